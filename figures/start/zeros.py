"""From zeros, ReLU and tanh networks learn how frequent classes are and no more; sigmoid ones do.

Left: training loss of a network whose weights and biases are all zero; dotted, the entropy of the
classes' frequencies. Right: the probability that it gives to each class at the end, against the
class's frequency: 32 data sets, with their diagonal.

Digits, 256 for each of 32 seeds, drawn so that class k is k + 1 times as frequent as class 0: one
hidden layer of 16 units, plain descent at a rate of 0.5 on all 256, 600 updates. Where units are
zero, the last weights have no gradient, and where the last weights are zero, no gradient comes
through them to the first ones. So only the last biases move, and what they can learn is the best
answer without an input: each class with its frequency, at a loss of their entropy. A sigmoid of
zero is one half: its last weights do have a gradient, the same from each unit. Compared with
torch's own start, in bands of 95 %. The loss before the first update is log 10.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import chance, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings
from trainingtips.statistics import paired, student

SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron",
        "optimiser": "SGD",
        "rate": 0.1,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
        "rate": 0.01,
    },
    "fashion_cnn": "a filter of zeros is a unit of zeros at every place",
    "text_transformer": "its norms start at one: not all of it is zero",
}
DIGITS = {"data": "digits", "optimiser": "SGD", "rate": 0.5}
SEEDS, KEPT, UNITS, UPDATES, EVERY = 32, 256, 16, 600, 20
KINDS = {"ReLU": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
BLIND = ("ReLU", "tanh")

ALT = (
    "Training loss against updates: with ReLU and tanh it falls a little from log 10 to the dotted "
    "entropy and stays there; with sigmoid it goes on falling below it, and from torch's own start "
    "far below. Right: probabilities against frequencies lie on the diagonal."
)
NUMBER = "training loss from zeros less the entropy, ReLU: {above.ReLU | interval(4)}"


def compute(*, setting=None):
    own = setting or DIGITS
    whole = elsewhere.dataset(own)
    rows = torch.stack([uneven(whole.y, s) for s in range(SEEDS)])
    x, y = whole.x[rows], whole.y[rows]
    frequent = torch.nn.functional.one_hot(y, whole.classes).double().mean(1).numpy()
    entropy = -(frequent * np.log(np.maximum(frequent, 1e-300))).sum(1)
    make = partial(networks.mlp, whole.x.shape[1], whole.classes, (UNITS,))
    drawn = [w.detach() for w in Ensemble(make, range(SEEDS)).parameters.values()]
    zeros = [torch.zeros_like(w) for w in drawn]
    runs = {name: run(own, kind, zeros, x, y) for name, kind in KINDS.items()}
    runs["own start"] = run(own, torch.relu, drawn, x, y)
    ends = {name: each["losses"][-1] for name, each in runs.items()}
    return {
        "updates": np.arange(0, UPDATES + 1, EVERY),
        "losses": {name: [student(row) for row in each["losses"]] for name, each in runs.items()},
        "entropy": student(entropy),
        "above": {name: paired(end, entropy) for name, end in ends.items()},
        "least": {name: float((ends[name] - entropy).min()) for name in BLIND},
        "behind": paired(ends["sigmoid"], ends["own start"]),
        "first": float(abs(runs["ReLU"]["losses"][0] - np.log(whole.classes)).max()),
        "elsewhere": {name: runs[name]["moved"] for name in KINDS},
        "frequent": frequent,
        "answered": {name: runs[name]["answered"] for name in BLIND},
    }


def uneven(y, seed):
    """KEPT rows, of which class k makes up a share in proportion to k + 1."""
    weights = (y + 1).double() / torch.bincount(y)[y]
    return torch.multinomial(weights, KEPT, generator=chance.generator(seed))


def run(own, kind, weights, x, y):
    """Losses (T, E), the largest weight beside the last biases, and mean probabilities (E, K)."""
    leaves = [each.clone().requires_grad_() for each in weights]
    update = own_settings.UPDATES[own["optimiser"]](leaves, own["rate"])
    losses = []
    for i in range(UPDATES + 1):
        w1, b1, w2, b2 = leaves
        z = kind(x @ w1.mT + b1.unsqueeze(1)) @ w2.mT + b2.unsqueeze(1)
        loss = torch.nn.functional.cross_entropy(z.mT, y, reduction="none").mean(1)
        if i % EVERY == 0:
            losses.append(loss.detach().double().numpy())
        if i < UPDATES:
            update(torch.autograd.grad(loss.sum(), leaves))
    return {
        "losses": np.array(losses),
        "moved": max(float(w.detach().abs().max()) for w in leaves[:3]),
        "answered": z.detach().double().softmax(-1).mean(1).numpy(),
    }


def claim(result):
    assert result["first"] < 1e-5, f"expected log C at the start, off by {result['first']}"
    for name in BLIND:
        moved = result["elsewhere"][name]
        assert moved == 0, f"expected the last biases alone to move, {name}: {moved}"
        off = abs(result["answered"][name] - result["frequent"]).max()
        assert off < 0.01, f"expected frequencies, {name}: off by {off}"
        least, above = result["least"][name], result["above"][name]
        assert least > -1e-5, f"expected no loss below the entropy, {name}: {least}"
        assert above.high < 0.01, f"expected the entropy, {name}: {above}"
    some = result["above"]["sigmoid"]
    assert some.high < -0.05, f"expected sigmoid units to learn something: {some}"
    assert result["elsewhere"]["sigmoid"] > 0, "expected sigmoid's weights to move"
    behind, entropy = result["behind"], result["entropy"].mean
    assert behind.low > entropy / 4, f"expected far less than from a drawn start: {behind}"


PANELS = {
    "from zeros": {"x": "update", "y": "training loss", "ylim": (0, 2.45)},
    "the answer to everything": {"x": "frequency of the class", "y": "probability",
                                 "xticks": [0, 0.1, 0.2], "yticks": [0, 0.1, 0.2]},
}  # fmt: skip
LOOKS = {
    "ReLU": ("blue", "ReLU and tanh", (590, 2.23), "right"),
    "sigmoid": ("vermilion", "sigmoid", (300, 1.8), "left"),
    "own start": ("muted", "ReLU, torch's own start", (80, 0.3), "left"),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    for name, look in LOOKS.items():
        plotting.curve(left, result["updates"], result["losses"][name], *look)
    plotting.level(left, result["entropy"].mean)
    ends = [0, 1.05 * result["frequent"].max()]
    plotting.theory(right, ends, ends, "muted")
    for name, colour in (("ReLU", "blue"), ("tanh", "vermilion")):
        frequent, answered = result["frequent"].ravel(), result["answered"][name].ravel()
        plotting.points(right, frequent, answered, colour, name, look="o", hollow=name == "tanh")
    right.legend(fontsize="x-small", loc="upper left")
