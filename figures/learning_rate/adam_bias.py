"""Without bias correction Adam's first step is 3.16 times too long, and the twelfth 6.6 times.

The first steps' factor is $(1 - \\beta_1^t)/\\sqrt{1 - \\beta_2^t}$ (line), as measured on a
network (points). Longer first steps are a gain at small learning rates and ruin at large ones.
Bands: 95 %.

Adam's averages start from zero, so that after t updates they hold only the shares 1 − β₁ᵗ and 1 −
β₂ᵗ of a full average. Without the correction the step is the factor times Adam's own, whatever the
gradients are; at the first update that is (1 − β₁)/√(1 − β₂). The points are from gradients of a
network on digits: torch's Adam against the same averages without correction. The losses are
training losses after 160 updates of 32 networks of 64, 16 and 10 units (ReLU), with and without.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import paired, student

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
SEED, SEEDS, N, BATCH, EPOCHS = 0, 32, 512, 32, 10
RATES = np.geomspace(3e-4, 0.1, 8)
STEPS = 3000

ALT = (
    "Left, with a logarithmic axis of updates, the factor starts at 3.16, rises to 6.6 at the "
    "twelfth update and falls to one after some thousands; points lie on the curve. Right, in "
    "log-log axes, the losses against the rate: without correction the loss is lower at small "
    "rates, and at the largest rates it shoots up while the other keeps falling or stays low."
)
NUMBER = (
    "first step {first | decimals(2)} times too long; step {largest_at}, {largest | decimals(1)} "
    "times"
)


def compute():
    times = np.arange(1, STEPS + 1)
    theory = (1 - BETA1**times) / np.sqrt(1 - BETA2**times)
    losses = {name: final(corrected) for name, corrected in (("with", True), ("without", False))}
    shown = np.unique(np.geomspace(1, STEPS, 24).round().astype(int))
    ratio = measured()
    return {
        "times": times,
        "theory": theory,
        "first": theory[0],
        "largest": theory.max(),
        "largest_at": int(theory.argmax()) + 1,
        "within_tenth": int(np.flatnonzero(theory > 1.1)[-1]) + 2,
        "shown": shown,
        "ratio": ratio[shown - 1],
        "largest_error": float(np.abs(ratio / theory - 1).max()),
        "first_half_corrected": 1 / np.sqrt(1 - BETA2),
        "rates": RATES,
        **{f"loss_{name}": [student(np.log10(row)) for row in each]
           for name, each in losses.items()},
        "gap": [paired(*np.log10(rows)) for rows in zip(*losses.values(), strict=True)],
    }  # fmt: skip


def uncorrected(t):
    """The factor that takes the correction out of torch's Adam, for its update t from 0."""
    return (1 - BETA1 ** (t + 1)) / (1 - BETA2 ** (t + 1)) ** 0.5


def measured():
    """Steps without correction over torch's, along one training run: (STEPS,)."""
    train, _ = data.load("digits").split(N, seed=SEED)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        net = network().double()
    x, order = train.x.double(), torch.Generator().manual_seed(SEED)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, betas=(BETA1, BETA2), eps=1e-16)
    weight = net[2].weight  # one layer will do
    m, v, ratios = torch.zeros_like(weight), torch.zeros_like(weight), []
    for _ in range(STEPS):
        rows = torch.randint(N, (BATCH,), generator=order)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), train.y[rows]).backward()
        before = weight.detach().clone()
        optimizer.step()
        m = BETA1 * m + (1 - BETA1) * weight.grad
        v = BETA2 * v + (1 - BETA2) * weight.grad**2
        own = 1e-3 * m / (v.sqrt() + 1e-16)
        ratios.append(float(own.norm() / (before - weight.detach()).norm()))
    return np.array(ratios)


def network():
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def final(corrected):
    """Training loss at the end, (rates, SEEDS)."""
    train, _ = data.load("digits").split(N, seed=SEED)
    nets = Ensemble(network, list(range(SEEDS)) * len(RATES))
    schedule = None if corrected else lambda o: torch.optim.lr_scheduler.LambdaLR(o, uncorrected)
    run = nets.train(
        train.x,
        train.y,
        lambda p: torch.optim.Adam(p, lr=1e-3, betas=(BETA1, BETA2), eps=EPS),
        BATCH,
        EPOCHS,
        rates=np.repeat(RATES, SEEDS),
        scheduler=schedule,
        every=EPOCHS * (N // BATCH),
    )
    return run.losses[-1].reshape(len(RATES), SEEDS)


def claim(result):
    first = np.sqrt(10)
    assert abs(result["first"] - first) < 1e-3, f"expected {first}, measured {result['first']}"
    error = result["largest_error"]
    assert error < 1e-6, f"expected torch's steps times the factor, measured {error:.1e} off"
    most, at = result["largest"], result["largest_at"]
    assert 6.5 < most < 6.6 and at == 12, f"expected 6.6 at the twelfth, measured {most} at {at}"
    small, large = result["gap"][1], result["gap"][-1]
    assert small.low > 0, f"expected a lower loss without correction at a small rate: {small}"
    assert large.high < 0, f"expected a higher loss without correction at a large rate: {large}"


def draw(result, figure):
    left, right = plotting.panels(figure, ["the first steps", "loss after 160 updates"], height=3.5)
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    left.semilogx(result["times"], result["theory"], "-", color=blue)
    left.semilogx(result["shown"], result["ratio"], "o", color=vermilion, markersize=4)
    left.axhline(1, linestyle=":", color=plotting.colour("muted"))
    plotting.label(left, "3.16", (1.25, 2.8), color=vermilion)
    plotting.label(left, "6.6 at update 12", (12, 6.85), color=vermilion, ha="center")
    plotting.label(left, "corrected: 1", (2.2, 1.2))
    left.set(xlabel="update", ylabel="step without / with correction", ylim=(0, 7.6))
    for name, colour, line in (("with", "blue", "o-"), ("without", "vermilion", "s--")):
        found = result[f"loss_{name}"]
        mean, low, high = 10 ** np.array([[m.mean, m.low, m.high] for m in found]).T
        colour = plotting.colour(colour)
        right.fill_between(result["rates"], low, high, color=colour, alpha=0.25, linewidth=0)
        right.loglog(result["rates"], mean, line, color=colour, markersize=4)
    plotting.label(right, "with", (2.4e-3, 1.0), color=blue)
    plotting.label(right, "without", (5e-4, 0.12), color=vermilion, ha="center")
    right.set(xlabel=r"learning rate $\eta$", ylabel="training loss, 160 updates")
