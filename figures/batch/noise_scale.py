"""Learning rate over batch size, η/B, sets the noise of SGD by itself, until η is too large.

What noise adds to a linear regression's loss, for all pairs of rate and batch size, lies on one
line over η/B. A network's training loss stays level while η grows with B, up to B = 16.

Linear regression on sixteen features of 1,024 handwritten digits with a weight penalty, from its
minimum, batches drawn with replacement: how far the noise lifts the loss above its least value
after η times the updates comes to 40 (32 seeds). Drawn against η/B, the small rates lie on one
line. The network has 64, 32, 32 and 10 units (ReLU); its training loss is that after eight epochs,
with η = B/80 and with η = 0.1 (32 seeds). Intervals are 95 %.

Theory: one update adds variance η²Σ/B, an epoch has N/B updates, which both scale with η/B at equal
η·updates as long as ηλ is far below 2 (Smith and Le 2018).
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import Measured, student

VERDICT = "regime"
N, SEEDS = 1024, 32
PENALTY, TIME = 0.05, 40  # of the linear regression; TIME = η × updates
SIZES = {0.01: [1, 2, 4, 8], 0.04: [4, 8, 16, 32], 0.16: [16, 32, 64, 128], 0.6: [64, 128, 256]}
SCALE = 1 / 80  # η/B of the network
BATCHES, RATE, EPOCHS = [4, 8, 16, 32, 64, 128], 0.1, 8
ALIKE, APART = 16, 64  # largest batch at which η/B still rules, and one at which it does not

ALT = (
    "Left, in log-log axes, the noise's lift of the loss against rate over batch size: points of "
    "small rates fall on one straight line whatever the batch; those of the largest rate lie "
    "above it. Right, the network's loss with the rate scaled with the batch is level from 4 to 16 "
    "and then rises steeply; at a fixed rate it rises with the batch from the beginning."
)
NUMBER = (
    "loss kept up by noise at equal η/B, B = 128 over B = 8: {same_noise | interval(2)}, and B = "
    "256 at too large a rate over B = 4: {too_large | interval(1)}"
)


def compute():
    x, y = regression()
    h = x.T @ x / N + PENALTY * np.eye(x.shape[1])
    minimum = np.linalg.solve(h, x.T @ y / N)
    lifts = {(eta, size): lift(x, y, h, minimum, eta, size) for eta in SIZES for size in SIZES[eta]}
    train, _ = data.load("digits").split(N, seed=0)
    scaled = {size: final(train, SCALE * size, size) for size in BATCHES}
    fixed = {size: final(train, RATE, size) for size in BATCHES if size >= RATE / SCALE}
    finite = {size: np.nan_to_num(each, nan=np.log(10)) for size, each in scaled.items()}
    return {
        "scale": SCALE,
        "eta": RATE,
        "epochs": EPOCHS,
        "largest_eigenvalue": float(np.linalg.eigvalsh(h)[-1]),
        "theory": variance(x, y, minimum) / 4,  # lift over η/B for small η
        "rates": list(SIZES),
        "sizes": {f"{eta:g}": sizes for eta, sizes in SIZES.items()},
        "lift": {
            f"{eta:g}": [student(lifts[eta, size]) for size in sizes]
            for eta, sizes in SIZES.items()
        },
        "same_noise": over(lifts[0.16, 128], lifts[0.01, 8]),
        "too_large": over(lifts[0.6, 256], lifts[0.01, 4]),
        "batches": BATCHES,
        "scaled": [student(finite[size]) for size in BATCHES],
        "fixed_batches": list(fixed),
        "fixed": [student(each) for each in fixed.values()],
        "alike": over(finite[ALIKE], finite[BATCHES[0]]),
        "apart": over(finite[APART], finite[BATCHES[0]]),
        "fixed_apart": over(fixed[APART], fixed[min(fixed)]),
    }


def regression():
    """(x, y): digits at 4×4, features to mean 0 and λ_max 3, (N, 16), and "is it even?" as ±1."""
    train, _ = data.load("digits").split(N, seed=0)
    x = train.x.double().view(N, 4, 2, 4, 2).mean((2, 4)).reshape(N, 16).numpy()
    x = (x - x.mean(0)) / x.std(0)
    x *= np.sqrt(3 / np.linalg.eigvalsh(x.T @ x / N)[-1])
    return x, 1.0 - 2 * (train.y.numpy() % 2)


def variance(x, y, minimum):
    """tr Σ of the examples' gradients at the minimum."""
    gradients = (x @ minimum - y)[:, None] * x
    return float(gradients.var(0).sum())


def lift(x, y, h, minimum, eta, size):
    """½ (w − w*)ᵀH(w − w*) of each seed, averaged over the last quarter of the updates: (SEEDS,)"""
    rng = np.random.default_rng(0)
    w = np.tile(minimum, (SEEDS, 1))
    total = round(TIME / eta)
    lifts = []
    for update in range(total):
        rows = rng.integers(N, size=(SEEDS, size))
        part = x[rows]
        error = np.einsum("sbi,si->sb", part, w) - y[rows]
        w = w - eta * (np.einsum("sb,sbi->si", error, part) / size + PENALTY * w)
        if update >= 0.75 * total:
            off = w - minimum
            lifts.append(0.5 * ((off @ h) * off).sum(1))
    return np.mean(lifts, axis=0)


def final(train, eta, size):
    """Training loss of each network after `EPOCHS` epochs, (SEEDS,)."""
    nets = Ensemble(network, range(SEEDS))
    rule = lambda p: torch.optim.SGD(p, lr=eta)  # noqa: E731
    run = nets.train(train.x, train.y, rule, size, EPOCHS, every=EPOCHS * N)
    return run.losses[-1]


def network():
    return nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)
    )


def over(a, b):
    """Ratio of geometric means of a and b, each (SEEDS,), with its interval."""
    log = student(np.log(a) - np.log(b))
    return Measured(*(float(np.exp(v)) for v in (log.mean, log.low, log.high)), log.n)


def claim(result):
    for name in ("same_noise", "alike"):
        found = result[name]
        assert found.low > 0.85 and found.high < 1.15, f"expected equal noise, measured {found}"
    for name in ("too_large", "apart", "fixed_apart"):
        found = result[name]
        assert found.low > 1.3, f"expected a clear difference for {name}, measured {found}"
    theory = result["theory"] * result["rates"][0]
    for size, found in zip(result["sizes"]["0.01"], result["lift"]["0.01"], strict=True):
        ratio = found.mean * size / theory
        assert 0.8 < ratio < 1.25, f"expected tr Σ η / 4B, measured {ratio:.2f} of it at B = {size}"


def draw(result, figure):
    left, right = plotting.panels(figure, ["linear regression", "network"], height=3.5)
    for eta, colour in zip(result["rates"], ("blue", "green", "purple", "vermilion"), strict=True):
        name = f"{eta:g}"
        scale, lift = eta / np.array(result["sizes"][name]), result["lift"][name]
        plotting.points(left, scale, lift, colour, f"$\\eta$ = {name}", hollow=True)
    line = np.array([1e-3, 1.2e-2])
    plotting.theory(left, line, result["theory"] * line)
    left.set(xscale="log", yscale="log", xlabel=r"$\eta / B$", ylabel="loss above the minimum")
    left.legend(loc="upper left")
    fixed, scaled = (
        ("blue", r"$\eta = 0.1$", (8, 0.5)),
        ("vermilion", r"$\eta = B/80$", (3.9, 0.15)),
    )
    plotting.curve(right, result["fixed_batches"], result["fixed"], *fixed, marked=True)
    plotting.curve(right, result["batches"], result["scaled"], *scaled, marked=True)
    right.set(xscale="log", yscale="log", xlabel="batch size $B$")
    right.set_ylabel("training loss, 8 epochs")
    plotting.ticks(right.xaxis, result["batches"])
    plotting.ticks(right.yaxis, [0.1, 0.3, 1, 3])
