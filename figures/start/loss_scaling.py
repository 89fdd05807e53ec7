"""Gradients too small for float16 are lost, and training stands still; a scaled loss mends that.

Lost: share of the gradient's entries that float16 makes zero, against what multiplies the loss;
lines by theory. Training: fall of the loss in ten epochs, over float32's, gradients divided by that
factor again. Means of 32 networks, 95 % intervals.

The factor stands for how small a loss's gradients are: a mean over many outputs, such as pixels or
tokens, has one far below one. Digits, one hidden layer of 32 ReLU units, 1,024 examples, plain
descent at rate 0.3 with batches of 64. Weights, outputs and sums are float32; every gradient that
is handed on, of outputs, hidden units, weights and biases, is rounded to float16. Its smallest
number is 2⁻²⁴, and below 2⁻²⁵ it is zero; its largest is 65,504. An update whose gradient is not
finite is left out. Lost are entries that are not zero in float32, in the first batch. Scaled:
torch's rule, which multiplies the loss by 2¹⁶ and halves that after each update left out, for each
network by itself.
"""

import numpy as np
import torch

from trainingtips import batches, data, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import student

SEEDS, BATCH, EPOCHS, RATE, SCALE = range(32), 64, 10, 0.3, 2.0**16
FACTORS = 2.0 ** np.arange(-28, 29, 4)
SCALED = 2.0 ** np.arange(-24, 9, 8)
KEPT = range(-12, 13, 4)  # powers of two at which nothing that matters is lost

ALT = (
    "Lost: one up to 2 to the minus 20th, falling along the line of theory to nearly zero at 2 to "
    "the minus 8th. Training: zero up to 2 to the minus 20th, rising to one at 2 to the minus "
    "12th, level, and falling again from 2 to the 20th on; with scaling one from 2 to the minus "
    "24th on."
)
NUMBER = "fall at a factor of 2⁻²⁴, scaled, over that in float32: {scaled.0 | interval(2)}"


def compute():
    start, whole = trained(1.0, epochs=0)["loss"], trained(1.0, exact=True)["loss"]
    over = lambda run: student((start - run["loss"]) / (start - whole))  # noqa: E731
    found = [trained(factor) for factor in FACTORS]
    first = trained(1.0, exact=True, epochs=0)["first"]  # (E, weights), at the start
    lost = [trained(factor, epochs=0)["first"] == 0 for factor in FACTORS]
    there = first != 0
    theory = [(first.abs() * factor < 2.0**-25) & there for factor in FACTORS]
    share = lambda rows: (rows & there).sum(1) / there.sum(1)  # noqa: E731
    return {
        "zero": [student(share(rows).numpy()) for rows in lost],
        "theory": [share(rows).double().mean().item() for rows in theory],
        "falls": [over(run) for run in found],
        "scaled": [over(trained(factor, SCALE)) for factor in SCALED],
    }


def trained(factor, scale=None, exact=False, epochs=EPOCHS):
    """Each network's loss at the end, (E,), and its gradient in the first batch, (E, weights)."""
    train = data.load("digits").split(1024, seed=0)[0]
    weights = list(Ensemble(lambda: networks.mlp(hidden=(32,)), SEEDS).parameters.values())
    weights = [each.detach().clone() for each in weights]
    scales = torch.full((len(SEEDS),), scale or 1.0)
    first = None
    for epoch in range(max(epochs, 1)):
        deals = zip(*(batches.epoch(1024, BATCH, s, epoch) for s in SEEDS), strict=True)
        for rows in deals:
            at = torch.from_numpy(np.array(rows))
            found = gradients(weights, train.x[at], train.y[at], factor * scales, exact)
            first = torch.cat([g.flatten(1) for g in found], 1) if first is None else first
            if not epochs:
                break
            fine = torch.stack([g.isfinite().flatten(1).all(1) for g in found]).all(0)
            for w, g in zip(weights, found, strict=True):
                each = (-1, *[1] * (w.ndim - 1))
                step = RATE * g / (factor * scales).view(each)
                w -= torch.where(fine.view(each), step, 0.0)
            scales = torch.where(fine, scales, scales / 2) if scale else scales
    at = torch.arange(1024).expand(len(SEEDS), -1)
    _, z = outputs(weights, train.x[at])
    loss = torch.nn.functional.cross_entropy(z.mT, train.y[at], reduction="none").mean(1)
    return {"loss": loss.double().numpy(), "first": first}


def outputs(weights, x):
    """Hidden units and outputs of each network, of x (E, B, 64)."""
    first, bias, out, last = weights
    hidden = (x @ first.mT + bias.unsqueeze(1)).relu()
    return hidden, hidden @ out.mT + last.unsqueeze(1)


def gradients(weights, x, y, factors, exact=False):
    """Gradients of `factors`, (E,), times the mean cross-entropy, each rounded unless `exact`."""
    rounded = (lambda g: g) if exact else (lambda g: g.half().float())
    hidden, z = outputs(weights, x)
    told = torch.nn.functional.one_hot(y, z.shape[-1])
    of_z = rounded((z.softmax(-1) - told) / y.shape[1] * factors.view(-1, 1, 1))
    of_hidden = rounded((of_z @ weights[2]) * (hidden > 0))
    found = of_hidden.mT @ x, of_hidden.sum(1), of_z.mT @ hidden, of_z.sum(1)
    return [rounded(each) for each in found]


def claim(result):
    for factor, each, expected in zip(FACTORS, result["zero"], result["theory"], strict=True):
        near = each.low > expected - 0.1 and each.high < expected + 0.1
        assert near, f"expected a share of {expected:.2f} to be lost at {factor}, measured {each}"
    falls = dict(zip(FACTORS, result["falls"], strict=True))
    small = falls[2.0**-24]
    assert small.high < 0.1, f"expected training to stand still at 2^-24, it falls by {small}"
    for power in KEPT:
        each = falls[2.0**power]
        assert each.low > 0.95 and each.high < 1.05, f"expected nothing lost at 2^{power}: {each}"
    large = falls[2.0**24]
    assert large.high < 0.1, f"expected every gradient to overflow at 2^24, it falls by {large}"
    for factor, each in zip(SCALED, result["scaled"], strict=True):
        near = each.low > 0.95 and each.high < 1.05
        assert near, f"expected a scaled loss to mend it at a factor of {factor}: {each}"


TICKS = {2.0**-24: "2⁻²⁴", 2.0**-12: "2⁻¹²", 1.0: "1", 2.0**12: "2¹²", 2.0**24: "2²⁴"}
AXIS = {"x": "what multiplies the loss", "log": "x"}
PANELS = {
    "lost": AXIS | {"y": "share of the gradient"},
    "training": AXIS | {"y": "fall of the loss"},
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    plotting.theory(left, FACTORS, result["theory"], "blue")
    plotting.points(left, FACTORS, result["zero"], "blue")
    plotting.points(right, FACTORS, result["falls"], "vermilion", "float16", joined=True)
    plotting.points(right, SCALED, result["scaled"], "green", "scaled", hollow=True)
    for axes in (left, right):
        plotting.ticks(axes.xaxis, list(TICKS), list(TICKS.values()))
    right.legend(fontsize="small")
