"""Momentum's step is the weighted sum of all past gradients, weight β^age, to rounding.

The weights of past gradients in a network's last step, found from the record by least squares, lie
on β^age (lines); each step equals the weighted sum as far as numbers are rounded.

A network with 64 inputs, 32 tanh units and 10 outputs learns digits with `torch.optim.SGD` and
momentum, batches of 64, double precision; every gradient and every step is written down. The
difference is how far each step is from −η Σ β^age g, relative to its length, against the rounding
error of one number.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.curvature import flat_loss

BETAS = (0.5, 0.9, 0.99)
SEED, UPDATES, ETA, BATCH = 0, 60, 0.05, 64
ROUNDING = float(np.finfo(np.float64).eps)

ALT = (
    "Left, the weights of past gradients in one step fall with their age: within a few updates for "
    "momentum 0.5, slowly for 0.9, hardly for 0.99; points found from the record lie on the curves "
    "of theory. Right, the difference between steps and weighted sums stays near rounding error."
)
NUMBER = (
    "largest relative difference at β = 0.5, last update: {errors.0.59 | scientific(1)}; rounding "
    "is {rounding | scientific(1)}"
)


def compute():
    runs = [recorded(beta) for beta in BETAS]
    return {
        "betas": BETAS,
        "updates": UPDATES,
        "weights": runs[0][0].shape[1],
        "rounding": ROUNDING,
        "found": [found_weights(*run) for run in runs],
        "errors": [errors(*run, beta) for run, beta in zip(runs, BETAS, strict=True)],
        "half": [int(np.ceil(np.log(0.5) / np.log(beta))) for beta in BETAS],
        "total": [(1 - beta**UPDATES) / (1 - beta) for beta in BETAS],
    }


def recorded(beta):
    """(gradients, steps): of each update, two arrays of shape (UPDATES, n)."""
    train, _ = data.load("digits").split(1024, seed=SEED)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        network = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10)).double()
    generator = torch.Generator().manual_seed(SEED)
    _, start = flat_loss(network, nn.functional.cross_entropy, train.x.double(), train.y)
    theta = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([theta], lr=ETA, momentum=beta)
    gradients, steps = [], []
    for _ in range(UPDATES):
        rows = torch.randperm(len(train.y), generator=generator)[:BATCH]
        batch = train.x[rows].double(), train.y[rows]
        loss, _ = flat_loss(network, nn.functional.cross_entropy, *batch)
        optimizer.zero_grad()
        loss(theta).backward()
        before = theta.detach().clone()
        optimizer.step()
        gradients.append(theta.grad.clone().numpy())
        steps.append((theta.detach() - before).numpy())
    return np.array(gradients), np.array(steps)


def found_weights(gradients, steps):
    """Weight of each gradient in the last step, newest first: (UPDATES,), by least squares."""
    return np.linalg.lstsq(gradients.T, -steps[-1] / ETA, rcond=None)[0][::-1]


def errors(gradients, steps, beta):
    """‖step + η Σ β^age g‖ / ‖step‖ of each update: (UPDATES,)."""
    ages = np.arange(UPDATES)[:, None] - np.arange(UPDATES)
    weights = np.where(ages >= 0, beta ** np.maximum(ages, 0).astype(float), 0)
    return np.linalg.norm(steps + ETA * weights @ gradients, axis=1) / np.linalg.norm(steps, axis=1)


def claim(result):
    for beta, found, error in zip(result["betas"], result["found"], result["errors"], strict=True):
        off = abs(found - beta ** np.arange(len(found))).max()
        assert off < 1e-5, f"expected weights β^age at β = {beta}, measured {off:.1e} off"
        units = error.max() / result["rounding"]
        assert units < 1000, f"expected rounding error at β = {beta}, measured {units:.0f} units"


LOOKS = (  # colour, name, and where it stands
    ("blue", r"$\beta$ = 0.5", (5, 0.1)),
    ("vermilion", r"$\beta$ = 0.9", (14, 0.3)),
    ("green", r"$\beta$ = 0.99", (30, 0.8)),
)


def draw(result, figure):
    titles = ["points: found from the record", "step against weighted sum"]
    left, right = plotting.panels(figure, titles)
    ages = np.arange(result["updates"])
    for beta, found, errors, look in zip(
        BETAS, result["found"], result["errors"], LOOKS, strict=True
    ):
        plotting.theory(left, ages, beta**ages, *look)
        plotting.points(left, ages, found, look[0])
        plotting.points(right, ages + 1, errors, look[0])
    left.set(xlabel="age of the gradient, in updates", ylabel="its weight in the step")
    rounding = result["rounding"]
    plotting.level(right, rounding, "text", "rounding error of one number", (4, rounding / 4))
    right.set(yscale="log", ylim=(1e-18, 1e-9), xlabel="update", ylabel="relative difference")
