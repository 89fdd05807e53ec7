"""Least squares on random features descends twice; trained networks do not, in width or in epochs.

Error on test digits, with three training labels in ten drawn at random. Features: least squares of
least norm; dotted, as many as examples. Width: networks after 150 epochs. Epochs: the narrowest and
widest. Means of 32, 95 % intervals.

128 training digits; each of 32 has a start, an order, wrong labels and a split of its own; test
labels are right. Features: ReLU of 64 pixels times Gaussian weights that stay as drawn; the weights
behind them are those of least squares to targets 0 and 1, of least norm where there are many.
Networks of 64, h and 10 units (ReLU), cross-entropy, Adam at a rate of 0.01, batches of 32. A
second descent in width would be a rise of the error from one width to the next and a fall after it;
in epochs, a fall after the rise.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import chance, parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings, own_splits, own_training
from trainingtips.statistics import paired, student

VERDICT = "regime"
CHAOS = "Adam's first steps have the size of the rate, whatever a gradient's last digits are"
REPORTED = "double descent in networks, in width and in epochs [@nakkiran2020]"

SETTINGS = {  # filters are a multiple of eight units
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.01,
        "seeds": 32,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_cnn": {
        "data": "digits",
        "network": "convolution",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.01,
        "seeds": 16,
    },
    "digits_sgd": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "rate": 0.3,
        "seeds": 32,
    },
    "fashion_cnn": "digits with a convolution are the cheaper ones",
    "text_transformer": "its wrong labels would be wrong signs, of which a text has its own share",
}
DIGITS = {"data": "digits", "network": "perceptron", "rule": "Adam", "rate": 0.01, "seeds": 32}
EXAMPLES, WRONG, BATCH = 128, 0.3, 32
FEATURES = (8, 16, 32, 64, 96, 128, 160, 192, 256, 512, 1024)
WIDTHS = (4, 8, 12, 16, 32, 64)
EPOCHS = (1, 2, 4, 8, 16, 32, 64, 100, 150)

ALT = (
    "Features: the error falls to some two fifths at 32 features, rises to four fifths at 128, as "
    "many as examples, and falls again to two fifths at 1,024. Width: it falls from 4 to 16 units "
    "and is level from there on. Epochs: with 64 units it falls to a fifth, rises to more than a "
    "third and stays; with 4 units it falls and is level."
)
NUMBER = "error at 128 random features less that at 1,024: {peak.after | interval(0, points=True)}"


def compute(*, setting=None):
    own = setting or DIGITS
    features = np.array(parallel.each(partial(fitted, own), FEATURES))
    found = np.array(parallel.each(partial(trained, own), WIDTHS))  # (widths, looks, 2, seeds)
    test, place = found[:, :, 1], FEATURES.index(EXAMPLES)
    late = test[-1, test[-1].mean(1).argmin() :]  # of the widest, from its best look on
    return {
        "features": [student(row) for row in features],
        "widths": [student(row) for row in test[:, -1]],
        "training": [student(row) for row in found[:, -1, 0]],
        "epochs": {"narrow": [student(r) for r in test[0]], "wide": [student(r) for r in test[-1]]},
        "peak": {
            "before": paired(features[place], features[FEATURES.index(32)]),
            "after": paired(features[place], features[-1]),
        },
        "wider": [paired(test[k + 1, -1], test[k, -1]) for k in range(len(WIDTHS) - 1)],
        "longer": [paired(late[-1], row) for row in late[:-1]],
    }


def fitted(own, count):
    """Test error of least squares on so many random features, of least norm: (seeds,)."""
    parts, pixels, found = split(own), elsewhere.dataset(own).x.shape[1], []
    each = zip(range(own["seeds"]), parts.told, parts.train, parts.test, strict=True)
    for seed, told, rows, test in each:
        weights = torch.randn(pixels, count, generator=chance.generator(1000 + seed))
        weights = weights / pixels**0.5
        x = (parts.x @ weights).relu().double()
        targets = torch.nn.functional.one_hot(told[rows], 10).double()
        behind = torch.linalg.lstsq(x[rows], targets, driver="gelsd").solution
        wrong = (x[test] @ behind).argmax(-1) != parts.y[test]
        found.append(wrong.double().mean().item())
    return found


def split(own):
    return own_splits.split(range(own["seeds"]), EXAMPLES, 0, WRONG, dataset=elsewhere.dataset(own))


def trained(own, width):
    """Training and test error of each network at the looks, (looks, 2, seeds)."""
    make = own_settings.network(own, elsewhere.dataset(own), width)
    nets = Ensemble(make, range(own["seeds"]))
    parts, found = split(own), []
    step, each = own_settings.step(nets, own), EXAMPLES // BATCH
    for t in own_training.updates(nets, parts, step, BATCH, EPOCHS[-1]):
        if t % each == 0 and t // each in EPOCHS:
            train = own_splits.judged(nets, parts, parts.train, told=True)[1]
            found.append([train, own_splits.judged(nets, parts, parts.test[:, :640])[1]])
    return found


def claim(result):
    for name, peak in result["peak"].items():
        assert peak.low > 0.2, f"expected a peak at as many features as examples, {name}: {peak}"
    means = [each.mean for each in result["features"]]
    assert np.argmax(means) == FEATURES.index(EXAMPLES), f"expected the peak there: {means}"
    for width, wider in zip(WIDTHS, result["wider"], strict=False):
        assert wider.high < 0.02, f"expected no rise beyond {width} units, measured {wider}"
    threshold = result["training"]
    assert threshold[0].low > 0.1, f"expected the narrowest not to fit its labels: {threshold[0]}"
    assert threshold[-1].high < 0.01, f"expected the widest to fit its labels: {threshold[-1]}"
    longer = result["longer"]
    assert longer[0].low > 0.05, f"expected the error to rise after the best epoch: {longer[0]}"
    for more in longer:
        assert more.low > -0.02, f"expected no second fall over epochs, measured {more}"


SHARES = ([0, 0.2, 0.4, 0.6, 0.8], "{x:.0%}")
ERROR = {"y": "test error", "ylim": (0, 0.92), "yticks": SHARES, "log": "x"}
PANELS = {
    "features": {"x": "random features", "xticks": [8, 32, 128, 1024]} | ERROR,
    "width": {"x": "hidden units", "xticks": [4, 16, 64]} | ERROR,
    "epochs": {"x": "epochs", "xticks": [1, 8, 64]} | ERROR,
}


def draw(result, figure):
    features, widths, epochs = plotting.panels(figure, PANELS, height=3.2)
    plotting.mark(features, EXAMPLES)
    plotting.points(features, FEATURES, result["features"], "blue", joined=True)
    plotting.points(widths, WIDTHS, result["widths"], "vermilion", joined=True)
    for name, colour, units in (("narrow", "purple", 4), ("wide", "vermilion", 64)):
        rows = result["epochs"][name]
        plotting.points(epochs, EPOCHS, rows, colour, f"{units} units", joined=True)
    epochs.legend(loc="lower left")
