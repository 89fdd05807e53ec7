"""Falling schedules beat the constant rate, each at its best peak, by more than they differ.

Test error after 768 updates on digits against the peak rate of four schedules, with true labels and
with one label in five at random. Means over 128 splits with 95 % bands.

One network, 64, 16 and 10 units (ReLU), on 1,024 digits, 768 updates of plain SGD with batches of
16; 128 splits of the digits, each with a start of its own. Four schedules over peak rates of one
decade: constant; a tenth from half time and a hundredth from three quarters on; a half cosine down
to zero; and a tenth of the time linear warm-up before the cosine. Wrong training labels keep the
gradients noisy to the end; errors are on true labels, after the last update. Each schedule's peak
is the one with the lowest mean error on 386 validation digits; compared are errors on the 387 test
digits. At a peak that is too small the constant rate is the best: a schedule that falls has on
average half of it.
"""

from functools import partial

import numpy as np

from trainingtips import networks, parallel, plotting
from trainingtips.experiments import elsewhere, schedules

CHAOS = "at these learning rates a last digit grows in training"

SETTINGS = {  # 1,797 examples, split as the digits are
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "splits": 48,
        "rows": 1797,
        "rates": [0.0125, 0.025, 0.05, 0.1, 0.2, 0.35, 0.6],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD",
        "rule": "SGD",
        "splits": 16,
        "rows": 1797,
        "rates": [0.025, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
        "rule": "Adam",
        "splits": 32,
        "rates": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
    },
    "text_transformer": "half of the claim is about labels drawn at random",
}
SEEDS, BATCH, EPOCHS, N = 128, 16, 12, 1024
UPDATES = EPOCHS * N // BATCH  # 768
WARM = UPDATES // 10
RATES = (0.05, 0.1, 0.2, 0.35, 0.6, 1.0)
WRONG = {"clean": 0.0, "noisy": 0.2}  # share of labels drawn at random
SCHEDULES = {
    "constant": schedules.constant,
    "step": partial(schedules.step, updates=UPDATES),
    "cosine": partial(schedules.cosine, updates=UPDATES),
    "warm_up_cosine": partial(schedules.warm_up_cosine, updates=UPDATES, warm=WARM),
}

ALT = (
    "Two panels in log-log axes of test error against peak rate. At small peaks the constant "
    "rate lies below the three falling schedules, which lie on one another. Near the largest "
    "usable peak they cross: the constant rate levels off and, with wrong labels, turns up, the "
    "others go on falling and end lower. Beyond it all of them fail at once."
)
NUMBER = (
    "test error saved by the cosine over the constant rate, peaks chosen on validation data: "
    "{clean.gain.cosine | interval(2, share=True)}"
)


def compute(*, setting=None):
    own = setting or {"splits": SEEDS, "rates": RATES}
    factors = {n: float(np.mean([f(t) for t in range(UPDATES)])) for n, f in SCHEDULES.items()}
    parts = [(labels, schedule) for labels in WRONG for schedule in SCHEDULES]
    made = parallel.each(final, [(*part, own) for part in parts])
    runs = dict(zip(parts, made, strict=True))
    found = {"rates": own["rates"], "updates": UPDATES, "warm": WARM, "mean_factor": factors}
    for labels in WRONG:
        each = {name: runs[labels, name] for name in SCHEDULES}
        found[labels] = schedules.chosen(own["rates"], each)
    return found


def final(part):
    """(losses, validation errors, test errors) at the end of one schedule, each (rates, SEEDS)."""
    labels, schedule, own = part
    make, other = partial(networks.mlp, hidden=(16,)), own if "data" in own else None
    if other:
        make = elsewhere.network(own, elsewhere.dataset(own))
    kinds = (SCHEDULES[schedule], WRONG[labels])
    return schedules.on_splits(make, own["splits"], own["rates"], BATCH, EPOCHS, *kinds, own=other)


def claim(result):
    for name in WRONG:
        found = result[name]
        for schedule, gain in found["gain"].items():
            assert gain.low > 0, f"expected a lower error by {schedule} ({name}), measured {gain}"
        nearer = found["nearer"]
        assert nearer.low > 0, f"expected less between them than to the constant: {name}, {nearer}"
        for schedule, rate in found["best_rate"].items():
            inside = result["rates"][0] < rate < result["rates"][-1]
            assert inside, f"expected a best peak inside the grid, {schedule} ({name}): {rate}"
        constant = found["error"]["constant"][0]
        for schedule in found["gain"]:
            other = found["error"][schedule][0]
            assert constant.high < other.low, f"expected more at a small peak, measured {other}"
    for schedule, gain in result["noisy"]["loss_gain"].items():
        assert gain.low > 0, f"expected a lower loss on wrong labels by {schedule}, gained {gain}"
    for schedule, gain in result["clean"]["loss_gain"].items():
        small = max(abs(gain.low), abs(gain.high)) < 0.1  # decades: by a quarter at most
        assert small, f"expected hardly another loss on true labels by {schedule}, gained {gain}"


SHARES = ([0.05, 0.1, 0.2, 0.5], "{x:.0%}")
ERROR = {"x": "peak rate", "y": "test error", "log": "xy", "ylim": (0.03, 1), "yticks": SHARES}
PANELS = {"true labels": ERROR, "one label in five at random": ERROR}
LOOKS = {
    "constant": ("vermilion", "constant"),
    "step": ("blue", "step"),
    "cosine": ("green", "cosine"),
    "warm_up_cosine": ("purple", "warm-up, cosine"),
}


def draw(result, figure):
    panels = plotting.panels(figure, PANELS, height=3.6)
    for axes, name in zip(panels, WRONG, strict=True):
        for schedule, look in LOOKS.items():
            error = result[name]["error"][schedule]
            plotting.curve(axes, result["rates"], error, *look, marked=True)
    panels[0].legend(loc="upper center", bbox_to_anchor=(0.45, 1.0))
