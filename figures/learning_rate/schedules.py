"""Every falling schedule beats the constant rate at its best peak; the three are alike.

Test error after 768 updates on digits against the peak rate of four schedules, with true labels and
with one label in five at random. Means with 95 % bands; compared are the best peaks.

One network, 64, 16 and 10 units (ReLU), on 1,024 digits, 768 updates of plain SGD with batches of
16; 32 seeds. Four schedules over peak rates of two decades: constant; a tenth from half time and a
hundredth from three quarters on; a half cosine down to zero; and a tenth of the time linear warm-up
before the cosine. Wrong training labels keep the gradients noisy to the end; the test error is on
true labels, after the last update. Each schedule is compared at its own best peak. At a peak that
is too small the constant rate is the best: a schedule that falls has on average half of it.
"""

from functools import partial

import numpy as np

from trainingtips import data, networks, parallel, plotting
from trainingtips.experiments import schedules

CHAOS = "at these learning rates a last digit grows in training"

SEEDS, N, BATCH, EPOCHS = 32, 1024, 16, 12
UPDATES = EPOCHS * N // BATCH  # 768
WARM = UPDATES // 10
RATES = np.geomspace(0.02, 2, 9)
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
    "test error saved by the cosine over the constant rate, each at its best peak: "
    "{clean.gain.cosine | interval(2, share=True)}"
)


def compute():
    factors = {n: float(np.mean([f(t) for t in range(UPDATES)])) for n, f in SCHEDULES.items()}
    parts = [(labels, schedule) for labels in WRONG for schedule in SCHEDULES]
    runs = dict(zip(parts, parallel.each(final, parts), strict=True))
    found = {"rates": RATES, "updates": UPDATES, "warm": WARM, "mean_factor": factors}
    for labels in WRONG:
        each = {name: runs[labels, name] for name in SCHEDULES}
        found[labels] = schedules.errors(RATES, each)
    return found


def final(part):
    """Training loss and test accuracy at the end of one schedule, each (rates, SEEDS)."""
    labels, schedule = part
    train, test = data.load("digits").split(N, seed=0)
    train, make = data.relabelled(train, WRONG[labels]), partial(networks.mlp, hidden=(16,))
    factor = SCHEDULES[schedule]
    nets, losses = schedules.final(make, SEEDS, RATES, train, BATCH, EPOCHS, factor)
    return losses, nets.accuracy(test.x, test.y).reshape(losses.shape)


def claim(result):
    for name in WRONG:
        found = result[name]
        for schedule, gain in found["gain"].items():
            assert gain.low > 0, f"expected a lower error by {schedule} ({name}), measured {gain}"
        gain = found["warm_up_gain"]
        alike = gain.low > -0.01 and gain.high < 0.01
        assert alike, f"expected warm-up to change less than a percent ({name}): {gain}"
        constant = found["error"]["constant"][1]
        for schedule in found["gain"]:
            other = found["error"][schedule][1]
            assert constant.high < other.low, f"expected more at a small peak, measured {other}"


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
