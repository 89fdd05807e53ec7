"""Learning rate over batch size, η/B, sets the noise of SGD by itself, until η is too large.

What noise adds to a linear regression's loss, for all pairs of rate and batch size, lies on one
line over η/B. A network's training loss stays level while η grows with B, up to B = 16.

Linear regression on sixteen features of 1,024 handwritten digits with a weight penalty, from its
minimum, batches drawn with replacement: how far the noise lifts the loss above its least value
after η times the updates comes to 40. The network has 64, 32, 32 and 10 units (ReLU); its loss is
that after eight epochs, with η = B/80 and η = 0.1. 32 seeds, 95 %. Theory: one update adds variance
η²Σ/B, an epoch has N/B, which scale with η/B as long as ηλ is far below 2 (Smith and Le 2018).
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import gradient_noise, regression
from trainingtips.statistics import ratio, student

VERDICT = "regime"
N, SEEDS = 1024, 32
PENALTY, TIME = 0.05, 40  # of the linear regression; TIME = η × updates
SIZES = {0.01: [1, 2, 4, 8], 0.04: [4, 8, 16, 32], 0.16: [16, 32, 64, 128], 0.6: [64, 128, 256]}
SCALE = 1 / 80  # η/B of the network
BATCHES, RATE, EPOCHS = [4, 8, 16, 32, 64, 128], 0.1, 8
RISING = {size: SCALE * size for size in BATCHES}  # η by batch size
EQUAL = {size: RATE for size in BATCHES if size >= RATE / SCALE}
ALIKE, APART = 16, 64  # largest batch at which η/B still rules, and one at which it does not

ALT = (
    "Linear regression, in log-log axes: the noise's lift of the loss against rate over batch "
    "size; points of small rates fall on one straight line whatever the batch, those of the "
    "largest rate lie above it. Network: its loss with the rate scaled with the batch is level "
    "from 4 to 16 and then rises steeply; at a fixed rate it rises with the batch from the "
    "beginning."
)
NUMBER = (
    "loss kept up by noise at equal η/B, B = 128 over B = 8: {same_noise | interval(2)}, and B = "
    "256 at too large a rate over B = 4: {too_large | interval(1)}"
)


def compute():
    problem = regression.of_digits(N, PENALTY)
    lifts = regression.lifts(problem, SIZES, TIME, SEEDS)
    scaled = gradient_noise.final_losses(N, RISING, EPOCHS, SEEDS)
    fixed = gradient_noise.final_losses(N, EQUAL, EPOCHS, SEEDS)
    finite = {size: np.nan_to_num(each, nan=np.log(10)) for size, each in scaled.items()}
    return {
        "scale": SCALE,
        "eta": RATE,
        "epochs": EPOCHS,
        "largest_eigenvalue": float(np.linalg.eigvalsh(problem.hessian)[-1]),
        "theory": problem.variance / 4,  # lift over η/B for small η
        "rates": list(SIZES),
        "sizes": {f"{eta:g}": sizes for eta, sizes in SIZES.items()},
        "lift": {f"{eta:g}": [student(lifts[eta, b]) for b in SIZES[eta]] for eta in SIZES},
        "same_noise": ratio(lifts[0.16, 128], lifts[0.01, 8]),
        "too_large": ratio(lifts[0.6, 256], lifts[0.01, 4]),
        "batches": BATCHES,
        "scaled": [student(finite[size]) for size in BATCHES],
        "fixed_batches": list(fixed),
        "fixed": [student(each) for each in fixed.values()],
        "alike": ratio(finite[ALIKE], finite[BATCHES[0]]),
        "apart": ratio(finite[APART], finite[BATCHES[0]]),
        "fixed_apart": ratio(fixed[APART], fixed[min(fixed)]),
    }


def claim(result):
    for name in ("same_noise", "alike"):
        found = result[name]
        assert found.low > 0.85 and found.high < 1.15, f"expected equal noise, measured {found}"
    for name in ("too_large", "apart", "fixed_apart"):
        found = result[name]
        assert found.low > 1.3, f"expected a clear difference for {name}, measured {found}"
    theory = result["theory"] * result["rates"][0]
    for size, found in zip(result["sizes"]["0.01"], result["lift"]["0.01"], strict=True):
        part = found.mean * size / theory
        assert 0.8 < part < 1.25, f"expected tr Σ η / 4B, measured {part:.2f} of it at B = {size}"


LOSS = {"y": "training loss, 8 epochs", "ylim": (0.075, 3.2), "yticks": [0.1, 0.3, 1, 3]}
PANELS = {
    "linear regression": {"x": r"$\eta / B$", "y": "loss above the minimum"},
    "network": LOSS | {"x": "batch size $B$", "xticks": BATCHES},
}
COLOURS = dict(zip(SIZES, ("blue", "green", "purple", "vermilion"), strict=True))
FIXED, SCALED = ("blue", r"$\eta = 0.1$", (8, 0.5)), ("vermilion", r"$\eta = B/80$", (3.9, 0.15))


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.5, log="xy")
    for eta, colour in COLOURS.items():
        scale, lift = eta / np.array(SIZES[eta]), result["lift"][f"{eta:g}"]
        plotting.points(left, scale, lift, colour, f"$\\eta$ = {eta:g}", hollow=True)
    line = np.array([1e-3, 1.2e-2])
    plotting.theory(left, line, result["theory"] * line)
    left.legend(loc="upper left")
    plotting.curve(right, result["fixed_batches"], result["fixed"], *FIXED, marked=True)
    plotting.curve(right, result["batches"], result["scaled"], *SCALED, marked=True)
