"""Out of step, training beats a guess but validation never does; accuracy hides a class it misses.

Out of step: loss over a guess's in training (thin) and validation, where labels slip by a row, all
or half. Out of balance: answers to each digit after training with four 8s among 256. Means of 32
networks, 95 % bands.

Networks of 64, 64 and 10 units (ReLU), Adam at a rate of 0.003, batches of 32 of 256 digits; each
of 32 has a start, an order and a split of its own. Rows stand in the order of the split, and from
the slip on each has the label of the row before; validation digits are cut by the same hand and
slip as well. Out of balance: four 8s and 252 others, 160 updates; accuracy is on test digits
weighted as the training digits are, and beside it that after training on 256 digits as they come.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import torch

from trainingtips import parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings, own_splits, own_training
from trainingtips.statistics import paired, student

CHAOS = "Adam's first steps have the size of the rate, whatever a gradient's last digits are"

SETTINGS = {  # the rare class: 8s, or bags
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.003,
        "seeds": 32,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "convolution",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.003,
        "seeds": 16,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_sgd": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "rate": 0.3,
        "seeds": 32,
    },
    "text_transformer": "it has no rows to slip, and no class apart from the others",
}
DIGITS = {"data": "digits", "network": "perceptron", "rule": "Adam", "rate": 0.003, "seeds": 32}
EXAMPLES, BATCH, CLASSES = 256, 32, 10
LOOKS = (1, 4, 8, 16, 32, 64, 128, 256, 512)
SLIPS = {"none": 1.0, "half": 0.5, "all": 0.0}  # the share of rows that comes before the slip
RARE, FEW, UPDATES = 8, 4, 160  # the rare class, its training digits, updates

ALT = (
    "Out of step: with right labels both losses fall far below the guess. With all labels slipped "
    "the training loss falls to about half of it and the validation loss rises above it from the "
    "start. With half of them the validation loss falls a little and rises again. Out of balance: "
    "a matrix, full along its diagonal but for the row of 8, whose digits are called others."
)
NUMBER = "8s that are found, four of them among 256: {found.rare | interval(0, share=True)}"


def compute(*, setting=None):
    own = setting or DIGITS
    curves = dict(zip(SLIPS, parallel.each(partial(watched, own), SLIPS), strict=True))
    rare, usual = parallel.each(partial(confused, own), (True, False))
    lasts = {name: each["validation"] for name, each in curves.items()}
    return {
        "curves": {n: {k: [student(r) for r in rows] for k, rows in each.items()}
                   for n, each in curves.items()},
        "least": {name: student(each.min(0)) for name, each in lasts.items()},
        "learnt": student(curves["all"]["training"][-1]),
        "late": paired(lasts["half"][-1], lasts["half"].min(0)),
        "matrix": rare["matrix"].mean(0),
        "found": {"rare": student(rare["matrix"][:, RARE, RARE]),
                  "usual": student(usual["matrix"][:, RARE, RARE])},
        "accuracy": {"rare": student(rare["accuracy"]), "usual": student(usual["accuracy"]),
                     "less": paired(usual["accuracy"], rare["accuracy"])},
    }  # fmt: skip


def watched(own, name):
    """Losses over that of a guess on what was learnt and on what was held out: (looks, seeds)."""
    parts = split(own, EXAMPLES, EXAMPLES)
    parts = replace(parts, told=slipped(parts, SLIPS[name]))
    found = []
    for nets, t in training(own, parts, LOOKS[-1]):
        if t in LOOKS:
            rows = (parts.train, parts.validation)
            found.append([own_splits.judged(nets, parts, each, told=True)[0] for each in rows])
    found = np.moveaxis(np.array(found), 1, 0) / np.log(CLASSES)
    return dict(zip(("training", "validation"), found, strict=True))


def split(own, *counts):
    return own_splits.split(range(own["seeds"]), *counts, dataset=elsewhere.dataset(own))


def training(own, parts, updates):
    """The networks and how many updates they have made, after each of them."""
    make = own_settings.network(own, elsewhere.dataset(own), 64)
    nets = Ensemble(make, range(own["seeds"]))
    step = own_settings.step(nets, own)
    for t in own_training.updates(nets, parts, step, BATCH, updates * BATCH // EXAMPLES):
        yield nets, t


def slipped(parts, start):
    """Labels, (seeds, digits): from a share `start` of the rows on, those of the row before."""
    told = parts.told.clone()
    for rows in (parts.train, parts.validation):
        late = rows[:, int(start * rows.shape[1]) :]
        told.scatter_(1, late, parts.told.gather(1, late.roll(1, 1)))
    return told


def confused(own, is_rare):
    """Shares of each class's test digits by their answers, (seeds, 10, 10), and the accuracy."""
    parts = split(own, 1024)
    rows = parts.train[:, :EXAMPLES]
    if is_rare:
        rows = torch.stack([thinned(parts.y, each) for each in parts.train])
    parts = replace(parts, train=rows)
    *_, (nets, _) = training(own, parts, UPDATES)
    one = partial(torch.nn.functional.one_hot, num_classes=CLASSES)
    given = one(own_splits.outputs(nets, parts, parts.test).argmax(-1)).double()
    counts = one(parts.y[parts.test]).double().mT @ given
    matrix = counts / counts.sum(2, keepdim=True)
    weights = one(parts.y[parts.train]).double().mean(1)
    accuracy = (weights * matrix.diagonal(dim1=1, dim2=2)).sum(1)
    return {"matrix": matrix.numpy(), "accuracy": accuracy.numpy()}


def thinned(y, rows):
    """So many of the rows, with but a few of the rare class."""
    rare, others = rows[y[rows] == RARE], rows[y[rows] != RARE]
    return torch.cat([rare[:FEW], others[: EXAMPLES - FEW]])


def claim(result):
    least = result["least"]
    assert result["learnt"].high < 0.6, f"expected labels out of step by heart: {result['learnt']}"
    assert least["all"].low > 0.98, f"expected no validation loss below a guess: {least['all']}"
    assert least["none"].high < 0.2, f"expected right labels to be learnt: {least['none']}"
    some = least["half"].low > 0.6 and least["half"].high < 0.95
    assert some, f"expected half of them to be learnt in part: {least['half']}"
    assert result["late"].low > 0.05, f"expected it to rise again, measured {result['late']}"
    found, less = result["found"], result["accuracy"]["less"]
    assert less.high < 0.02, f"expected the accuracy to hide it, it is lower by {less}"
    assert found["rare"].high < 0.4, f"expected most of the rare class missed: {found['rare']}"
    assert found["usual"].low > 0.75, f"expected it to be found where it is usual: {found['usual']}"


PANELS = {
    "out of step": {"x": "update", "y": "loss, over that of a guess", "log": "x",
                    "xticks": [1, 8, 64, 512], "ylim": (0, 1.48), "yticks": [0, 0.5, 1]},
    "out of balance": {"x": "answer", "y": "digit", "xticks": range(10), "yticks": range(10)},
}  # fmt: skip
STYLES = {"all": ("vermilion", "all", (70, 1.2)), "half": ("purple", "half", (64, 0.56)),
          "none": ("blue", "right labels", (7, 0.28))}  # fmt: skip


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6)
    plotting.level(left, 1)
    for name, (colour, text, at) in STYLES.items():
        curves = result["curves"][name]
        plotting.curve(left, LOOKS, curves["validation"], colour, text, at)
        means = [each.mean for each in curves["training"]]
        plotting.theory(left, LOOKS, means, colour)
    plotting.shares(right, result["matrix"])
