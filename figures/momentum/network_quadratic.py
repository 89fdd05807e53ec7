"""On a network's quadratic model tuned momentum wins by √κ in the long run, and loses at first.

The model's loss at the minimum of a small network, from where its training started; and how many
times fewer updates momentum needs, over √κ, to a share of that loss. Eight networks, 95 %.

Networks with 64 inputs, 8 tanh units and 10 outputs on 1,024 digits, each with a split and a start
of its own, cross-entropy with a weight penalty, trained by Adam and L-BFGS until they rest. The
model is ½Σλc² with the eigenvalues of the Hessian there. Both rules are tuned by its largest and
smallest eigenvalue, whose ratio is κ. In the long run: by how much the error shrinks per update,
iterated, against theory, (√κ−1)/(√κ+1) and (κ−1)/(κ+1). At first: to a tenth of the loss, to which
momentum needs more updates than plain descent, for what is tuned to the flattest direction swings
long in the steep ones.
"""

import numpy as np

from trainingtips import parallel, plotting
from trainingtips.experiments import network_quadratics as models
from trainingtips.experiments.quadratics import per_ten
from trainingtips.statistics import ratio, student

REPEATS = {
    "claim": "momentum/condition_number", "setting": "network_quadratic",
    "data": "digits", "network": "perceptron, tanh", "optimiser": "SGD with momentum",
}  # fmt: skip
ILLUSTRATION = ("paths",)  # of one network
SEEDS, HIDDEN, PENALTY = 8, 8, 1e-2
TRAINING = {"rate": 0.01, "adam": 300, "rounds": 20}
SHARES = [1e-1, 1e-2, 1e-3, 1e-4, 1e-6]  # of the loss
UPDATES, FAR, SHOWN = 20_000, 32_000, 401

ALT = (
    "The model's loss on a log axis: plain descent falls at once and then creeps; with momentum it "
    "stays up for some updates, then falls steeply and crosses the other. Gain over the root of "
    "the condition number, against the share of the loss that is left: small at a tenth, and "
    "rising toward one as the goal becomes smaller."
)
NUMBER = (
    "with momentum {first | interval(1)} times as many updates to a tenth of the loss; in the long "
    "run √κ times fewer, measured {long_run | interval(3)} of that; κ = {condition | interval(0)}"
)


def compute():
    runs = parallel.each(run, range(SEEDS))
    root = np.array([each["condition"] for each in runs]) ** 0.5
    gains = np.array([each["gains"] for each in runs])
    found = {
        "condition": ratio(root**2, np.ones(SEEDS)),
        "shares": SHARES,
        "gains": [student(each) for each in (gains / root[:, None]).T],
        "first": ratio(np.ones(SEEDS), gains[:, 0]),  # times as many, to a tenth
        "long_run": student([each["long_run"] for each in runs] / root),
        "per_ten": {
            name: [per_ten(each["measured"][name]) / per_ten(each["theory"][name]) for each in runs]
            for name in models.TUNES
        },
        "paths": {name: path[:SHOWN] for name, path in runs[0]["losses"].items()},
    }
    return found | {"elsewhere": failing(found)}


def run(seed):
    values, start = models.at_rest(seed, HIDDEN, PENALTY, **TRAINING)
    return models.raced(values, start, SHARES, UPDATES, FAR)


def failing(found):
    """What of the sentence on quadratics made for it does not come out."""
    return [
        f"expected theory's rate for {name}, measured {abs(np.array(each) - 1).max():.1%} off"
        for name, each in found["per_ten"].items()
        if abs(np.array(each) - 1).max() >= 0.02
    ]


def claim(result):
    for name, each in result["per_ten"].items():
        error = abs(np.array(each) - 1).max()
        assert error < 0.02, f"expected theory's rate for {name}, measured {error:.1%} off"
    far, first = result["long_run"], result["first"]
    within = far.low > 0.98 and far.high < 1.02
    assert within, f"expected √κ times fewer updates in the long run, measured {far} of it"
    assert first.low > 1, f"expected more updates with momentum to a tenth, {first} times as many"


PANELS = {
    "one network": {"x": "update", "y": "loss of the model / its start", "log": "y"},
    "eight networks": {
        "x": "share of the loss to come to",
        "y": r"gain in updates / $\sqrt{\kappa}$",
        "log": "x",
        "ylim": (0, 1.15),
    },
}
LOOKS = {"plain": ("blue", "plain", (230, 0.02)), "heavy": ("vermilion", "momentum", (60, 0.3))}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6)
    for name, look in LOOKS.items():
        path = result["paths"][name]
        plotting.curve(left, range(len(path)), path, *look)
    plotting.points(right, result["shares"], result["gains"], "vermilion", joined=True)
    plotting.level(right, result["long_run"].mean, "text", "in the long run", (1e-3, 1.03))
    right.invert_xaxis()
