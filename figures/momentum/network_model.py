"""On networks' own quadratic models tuned descent takes updates ∝ κ, tuned momentum ∝ √κ.

Until the distance to the model's minimum stays below a thousandth: 32 networks (points) beside what
theory's rates say (lines). Until a tenth of the model's loss is left, at κ near 1000, momentum
gains less.

Networks of 64, 8 and 10 units (tanh), 300 updates of full-batch Adam on 256 digits, cross-entropy,
double precision; each has a split and a start of its own. There the loss's quadratic model is
taken, with the whole Hessian, on the eigenvectors whose eigenvalues are at least λ_max/30 to
λ_max/3000: on the others it has no minimum, or one far away. The start is the network as it is. η
and β are the best for the ends of that spectrum. A slope is each network's own, in log-log axes
over five κ. In proportion: within a tenth of the exponent. By theory's rate alone, a thousandth
takes ln 1000/(−ln ρ) updates; an error that lies mostly elsewhere than at the spectrum's ends takes
fewer, and momentum's error, which goes like tρᵗ, more; by less than half or double it is still
called theory's. Training itself is nowhere repeated: the model is a bowl, and the network's loss is
one only near θ.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import parallel, plotting
from trainingtips.descent import descend
from trainingtips.experiments import other_networks
from trainingtips.experiments import quadratic_models as models
from trainingtips.statistics import ratio, student

CONDITIONS = (30, 100, 300, 1000, 3000)  # of the spectrum, at most
AT = 3  # that of the second panel
SHARE, FIRST = 1e-3, 0.1  # of the distance, of the loss
UPDATES, RATE = 300, 0.01  # of Adam
SHOWN = 200
OWN = {"data": "digits", "hidden": [8], "examples": 256, "networks": 32}
SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron, tanh",
        "optimiser": "descent and momentum",
        "hidden": [4],
        "examples": 256,
        "networks": 32,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "random_labels": {
        "data": "digits, labels at random",
        "network": "perceptron, tanh",
        "optimiser": "descent and momentum",
        "hidden": [8],
        "examples": 256,
        "networks": 32,
    },
    "fashion_cnn": "clothes with a perceptron are the cheaper ones",
    "text_transformer": "the whole Hessian of so many weights takes too long on a processor",
}
KINDS = ("plain", "heavy")

ALT = (
    "Updates to a thousandth of the distance over the condition number, in log-log axes: one line "
    "of points rises with slope one, the other with slope one half, each beside a line of theory. "
    "The model's loss over updates, on a log axis: momentum's swings a little and falls straight "
    "on, plain descent's falls ever more slowly and is far above."
)
NUMBER = "slope {plain.slope | interval(2)} without momentum, {heavy.slope | interval(2)} with it"


def compute(*, setting=None):
    own = setting or OWN
    found = parallel.each(partial(network, own=own), range(own["networks"]))
    kappa = np.array([each["kappa"] for each in found])  # (networks, conditions)
    result = {
        "weights": found[0]["weights"],
        "kappa": [geometric(column) for column in kappa.T],
        "held": [student(column) for column in np.array([each["held"] for each in found]).T],
    }
    needed = {kind: np.array([each[kind]["needed"] for each in found]) for kind in KINDS}
    first = {kind: np.array([each[kind]["first"] for each in found]) for kind in KINDS}
    for kind in KINDS:
        rates = np.array([each[kind]["rate"] for each in found])
        theory = np.log(SHARE) / np.log(rates)
        result[kind] = {
            "needed": [geometric(column) for column in needed[kind].T],
            "theory": np.exp(np.log(theory).mean(0)),
            "over": [geometric(column) for column in (needed[kind] / theory).T],
            "slope": student(slopes(kappa, needed[kind])),
            "first": geometric(first[kind]),
            "losses": np.exp(np.mean([np.log(each[kind]["losses"]) for each in found], 0)),
        }
    return result | {
        "gain": [geometric(column) for column in (needed["plain"] / needed["heavy"]).T],
        "first_gain": geometric(first["plain"] / first["heavy"]),
    }


def network(seed, own):
    """Of one network: κ and updates by condition, and its losses at that of the second panel."""
    whole, weights = trained(seed, own)
    parts = [whole.within(condition) for condition in CONDITIONS]
    found = {
        "weights": weights,
        "kappa": [part.condition for part in parts],
        "held": [len(part.curvatures) for part in parts],
    }
    for kind in KINDS:
        walks = [walk(part, kind) for part in parts]
        losses = walks[AT]["losses"]
        found[kind] = {
            "rate": [each["rate"] for each in walks],
            "needed": [each["needed"] for each in walks],
            "first": models.needed(losses, FIRST),
            "losses": losses[: SHOWN + 1] / losses[0],
        }
    return found


def trained(seed, own):
    """(the `Model` of the network's loss after training, how many weights it has)."""
    shape = {"hidden": [int(each) for each in own["hidden"]]}  # a setting's lists come as arrays
    loss, start = other_networks.problem(own | shape, seed)
    path = descend(loss, start, partial(torch.optim.Adam, lr=RATE), UPDATES)
    return models.model(loss, torch.from_numpy(path.points[-1])), len(start)


def walk(part, kind):
    """Descent on a model, tuned: theory's rate, the updates needed, and the loss along it."""
    pair = part.tuned()[kind]
    errors = part.errors(pair, max(models.enough(pair.rate, SHARE), SHOWN))
    needed = models.needed(part.distances(errors), SHARE)
    return {"rate": pair.rate, "needed": needed, "losses": part.losses(errors)}


def slopes(kappa, needed):
    """Each network's slope of log updates over log κ: (networks,)."""
    logs = zip(np.log(kappa), np.log(needed), strict=True)
    return np.array([np.polyfit(x, y, 1)[0] for x, y in logs])


def geometric(samples):
    """Geometric mean of independent networks, with Student's interval of the logarithms."""
    return ratio(samples, np.ones(len(samples)))


def claim(result):
    for kind, power in (("plain", 1), ("heavy", 0.5)):
        slope = result[kind]["slope"]
        near = power - 0.1 < slope.low and slope.high < power + 0.1
        assert near, f"expected {kind} descent's updates as κ^{power}, measured slope {slope}"
        for over in result[kind]["over"]:
            near = over.low > 0.5 and over.high < 2
            assert near, f"expected {kind} descent's updates near theory's, measured {over} of it"
    gain, first = result["gain"][AT], result["first_gain"]
    less = first.high < gain.low
    assert less, f"expected momentum to gain less at first: {first}, against {gain} in the long run"


KAPPA = {"x": r"condition number $\kappa$", "log": "xy"}
PANELS = {
    "to a thousandth of the way": KAPPA | {"y": "updates"},
    r"the model's loss, $\kappa$ near 1000": {"x": "update", "y": "share left", "log": "y"},
}
LOOKS = {  # colour, name; its place in either panel
    "plain": ("blue", "plain", (60, 1200), (120, 0.2)),
    "heavy": ("vermilion", "momentum", (450, 36), (90, 1e-4)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6)
    kappa = [each.mean for each in result["kappa"]]
    for kind, (colour, text, one, other) in LOOKS.items():
        found = result[kind]
        plotting.theory(left, kappa, found["theory"], colour)
        plotting.points(left, kappa, found["needed"], colour, text, one)
        plotting.curve(right, np.arange(SHOWN + 1), found["losses"], colour, text, other)
    plotting.level(right, FIRST, "muted")
