"""Shifts beat nine times the digits where tests are shifted, and cost where tests are centred.

Test error after training on digits as they are, and shifted anew in each batch by up to a pixel,
against their number. As they are: test digits are centred. Shifted: likewise by up to a pixel.
Means of 32 networks, 95 % intervals.

Networks of 64, 64 and 10 units (ReLU), Adam at a rate of 0.003, 576 updates of batches of 32 for
each number of digits; each of 32 has a start, an order and a split of its own. Digits of 8 × 8
pixels come centred and scaled, so that a pixel is a large shift. A shift is one of nine, by −1, 0
or 1 pixel in both directions, with white at the edge. The error is on 640 test digits.
"""

from functools import partial
from math import isqrt

import numpy as np
import torch

from trainingtips import chance, parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings, own_splits, own_training
from trainingtips.statistics import paired, student

VERDICT = "regime"
CHAOS = "Adam's first steps have the size of the rate, whatever a gradient's last digits are"

SETTINGS = {  # a pixel is less of 14 than of 8
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
    "digits_cnn": {
        "data": "digits",
        "network": "convolution",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.003,
        "seeds": 32,
    },
    "digits_sgd": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "rate": 0.3,
        "seeds": 32,
    },
    "text_transformer": "a text moved by a sign is the same text",
}
DIGITS = {"data": "digits", "network": "perceptron", "rule": "Adam", "rate": 0.003, "seeds": 32}
WIDTH, BATCH, UPDATES, TESTED = 64, 32, 576, 640
EXAMPLES = (64, 192, 576)
TESTS = ("centred", "shifted")

ALT = (
    "As they are: both lines fall with the digits, and that of shifted training lies above. "
    "Shifted: training on digits as they are stays high at every number of them, above three "
    "fifths; training on shifted ones is far below and falls."
)
NUMBER = (
    "error on shifted tests, 576 digits less 64 with shifts: "
    "{worth.shifted | interval(0, share=True, points=True)}"
)


def compute(*, setting=None):
    own = setting or DIGITS
    items = [(n, shifts) for n in EXAMPLES for shifts in (False, True)]
    found = np.array(parallel.each(partial(trained, own), items))
    found = found.reshape(len(EXAMPLES), 2, 2, own["seeds"])
    plain, moved = ({t: found[:, k, j] for j, t in enumerate(TESTS)} for k in (0, 1))
    return {
        "error": {
            name: {t: [student(row) for row in rows[t]] for t in TESTS}
            for name, rows in (("plain", plain), ("shifts", moved))
        },
        "worth": {t: paired(plain[t][-1], moved[t][0]) for t in TESTS},
        "cost": [paired(*pair) for pair in zip(moved["centred"], plain["centred"], strict=True)],
        "more": paired(plain["shifted"][0], plain["shifted"][-1]),
    }


def trained(own, item):
    """Errors of each network on test digits as they are, and on shifted ones: (2, seeds)."""
    examples, shifts = item
    found, seeds = elsewhere.dataset(own), range(own["seeds"])
    nets = Ensemble(own_settings.network(own, found, WIDTH), seeds)
    parts = own_splits.split(seeds, examples, dataset=found)
    step, drawn = own_settings.step(nets, own), chance.generator(3)

    def shifting(x, y, t):
        step(shifted(x, drawn) if shifts else x, y, t)

    for _ in own_training.updates(nets, parts, shifting, BATCH, UPDATES * BATCH // examples):
        pass
    rows = parts.test[:, :TESTED]
    pictures = parts.pixels(rows)
    return [
        wrong(nets, x, parts.y[rows]) for x in (pictures, shifted(pictures, chance.generator(4)))
    ]


@torch.no_grad()
def wrong(nets, x, y):
    """Share of x, (seeds, M, pixels), that each network gets wrong: (seeds,)."""
    outputs = own_splits.forward(nets.template, nets.parameters, nets.buffers, x)
    return (outputs.argmax(-1) != y).double().mean(1).numpy()


def shifted(x, generator):
    """Pictures (E, B, side²), each moved by up to a pixel either way, or not at all."""
    side = isqrt(x.shape[-1])
    pictures = torch.nn.functional.pad(x.reshape(-1, side, side), (1, 1, 1, 1))
    moved = pictures.unfold(1, side, 1).unfold(2, side, 1).flatten(1, 2)  # (E·B, 9, side, side)
    chosen = torch.randint(9, (len(moved),), generator=generator)
    return moved[torch.arange(len(moved)), chosen].reshape(x.shape)


def claim(result):
    worth = result["worth"]
    assert worth["shifted"].low > 0.2, f"expected shifts to be worth more: {worth['shifted']}"
    assert worth["centred"].high < -0.05, (
        f"expected new digits to be worth more: {worth['centred']}"
    )
    for cost, examples in zip(result["cost"], EXAMPLES, strict=True):
        assert cost.low > 0.005, f"expected shifts to cost on centred tests, {examples}: {cost}"
    more = result["more"]
    assert more.high < 0.1, f"expected new digits hardly to help on shifted tests: {more}"


SCALE = {"x": "training digits", "log": "x", "xticks": EXAMPLES, "ylim": (0, 0.72),
         "yticks": ([0, 0.2, 0.4, 0.6], "{x:.0%}"), "y": "test error"}  # fmt: skip
PANELS = {"as they are": SCALE, "shifted": SCALE}
LOOKS = {"plain": ("blue", "trained as they are"), "shifts": ("vermilion", "trained with shifts")}


def draw(result, figure):
    for axes, test in zip(plotting.panels(figure, PANELS, height=3.4), TESTS, strict=True):
        for name, look in LOOKS.items():
            plotting.points(axes, EXAMPLES, result["error"][name][test], *look, joined=True)
        if test == "centred":
            axes.legend(loc="upper right")
