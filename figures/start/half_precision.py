"""Weights kept in bfloat16 stop learning at small rates; a copy in float32 prevents it.

The share of updates that change a weight at all, against the update's size relative to the weight;
and how far the training loss falls in ten epochs, over its fall in float32, against the rate.

Rounding: weights of a start, each less an update of the given relative size, rounded to nearest. A
format with p bits behind the point loses what is below 2⁻ᵖ⁻² of the weight and keeps what is above
2⁻ᵖ⁻¹; p is 10 in float16 and 7 in bfloat16. Training: digits, one hidden layer of 32 ReLU units,
1,024 examples, plain descent with batches of 64, 32 starts; gradients are computed in float32, and
the weights rounded to the format after each update. The copy: rounded weights compute the gradient
and the loss, the update goes to float32. Means over the starts with 95 % intervals.

Written before the first run was a loss at least half as high again at rate 0.003, where it came out
two percent higher, after twenty epochs: in float32 it had hardly fallen either. So the fall is what
is compared now, and two smaller rates are beside it.
"""

import numpy as np
import torch

from trainingtips import batches, data, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import student

VERDICT = "regime"
SEEDS, BATCH, EPOCHS = 32, 64, 10
RATES = (0.0003, 0.001, 0.003, 0.03, 0.3)
FORMATS = {"float16": (torch.float16, 10), "bfloat16": (torch.bfloat16, 7)}
SIZES = 2.0 ** np.arange(-14, -5.75, 0.25)
KINDS = {"bfloat16": ("bfloat16", False), "float16": ("float16", False), "copy": ("bfloat16", True)}

ALT = (
    "Share of updates that change a weight, against their relative size: zero for small ones, one "
    "for large ones, with the step at 1/4096 to 1/2048 for float16 and at 1/512 to 1/256 for "
    "bfloat16. Fall of the loss over that in float32, against the rate: near zero for bfloat16 at "
    "the smallest rate and rising to one, one throughout with a copy in float32."
)
NUMBER = "fall of the loss at rate 0.0003, over that in float32: {falls.bfloat16.0 | interval(2)}"


def compute():
    return {
        "sizes": SIZES,
        "rates": np.array(RATES),
        "kept": {name: kept(kind) for name, (kind, _) in FORMATS.items()},
        "falls": falls(),
    }


def kept(kind):
    """Share of updates of each size that change their weight."""
    w = Ensemble(lambda: networks.mlp(hidden=(32,)), range(SEEDS)).parameters["0.weight"]
    w = w.detach().flatten().to(kind).float()
    w = w[w.abs() > 1e-3]  # float16 has fewer digits near zero
    changed = lambda size: ((w - size * w).to(kind).float() != w).double().mean()  # noqa: E731
    return np.array([changed(float(size)).item() for size in SIZES])


def falls():
    """The fall of the loss over that in float32, for each kind at each rate."""
    start = trained(0.0, None, False, epochs=0)
    whole = [start - trained(rate, None, False) for rate in RATES]
    return {
        name: [student((start - trained(rate, FORMATS[of][0], copy)) / fall)
               for rate, fall in zip(RATES, whole, strict=True)]
        for name, (of, copy) in KINDS.items()
    }  # fmt: skip


def trained(rate, kind, copy, epochs=EPOCHS):
    """Training loss of each seed at the end, (E,)."""
    train = data.load("digits").split(1024, seed=0)[0]
    nets = Ensemble(lambda: networks.mlp(hidden=(32,)), range(SEEDS))
    kept = [each.detach().clone() for each in nets.parameters.values()]
    rounded = lambda w: w.to(kind).float() if kind else w  # noqa: E731
    for epoch in range(epochs):
        deals = zip(*(batches.epoch(1024, BATCH, s, epoch) for s in range(SEEDS)), strict=True)
        for rows in deals:
            at = torch.from_numpy(np.array(rows))
            used = [rounded(w).requires_grad_() for w in kept]
            gradients = torch.autograd.grad(loss(used, train.x[at], train.y[at]).sum(), used)
            kept = [(w if copy else u.detach()) - rate * g
                    for w, u, g in zip(kept, used, gradients, strict=True)]  # fmt: skip
    with torch.no_grad():
        at = torch.arange(1024).expand(SEEDS, -1)
        return loss([rounded(w) for w in kept], train.x[at], train.y[at]).double().numpy()


def loss(weights, x, y):
    """Cross-entropy of each network, (E,), of x (E, B, 64) and y (E, B)."""
    first, bias, out, last = weights
    hidden = (x @ first.mT + bias.unsqueeze(1)).relu()
    z = hidden @ out.mT + last.unsqueeze(1)
    return torch.nn.functional.cross_entropy(z.mT, y, reduction="none").mean(1)


def claim(result):
    for name, (_, bits) in FORMATS.items():
        below = result["kept"][name][result["sizes"] < 2.0 ** (-bits - 2)]
        above = result["kept"][name][result["sizes"] > 2.0 ** (-bits - 1)]
        assert below.max() == 0, f"expected none kept below 2^-{bits + 2}, {name}: {below.max()}"
        assert above.min() == 1, f"expected all kept above 2^-{bits + 1}, {name}: {above.min()}"
    small, large = result["falls"]["bfloat16"][0], result["falls"]["bfloat16"][-1]
    assert small.high < 0.3, f"expected bfloat16 to stop at the small rate, it falls by {small}"
    assert large.low > 0.95, f"expected it to learn at the large rate, it falls by {large}"
    for rate, each in zip(result["rates"], result["falls"]["copy"], strict=True):
        near = each.low > 0.95 and each.high < 1.05
        assert near, f"expected a copy to mend it at rate {rate}: {each}"


PANELS = {
    "rounding": {"x": "update over weight", "y": "share that changes it", "log": "x"},
    "training": {"x": "rate $\\eta$", "y": "fall of the loss", "log": "x"},
}
LOOKS = {"bfloat16": ("vermilion", "bfloat16"), "float16": ("blue", "float16"),
         "copy": ("green", "bfloat16, float32 copy")}  # fmt: skip


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    for name in FORMATS:
        plotting.curve(left, result["sizes"], result["kept"][name], *LOOKS[name])
    for name, (colour, text) in LOOKS.items():
        plotting.points(right, result["rates"], result["falls"][name], colour, text, joined=True)
    plotting.ticks(right.xaxis, [0.0003, 0.003, 0.03, 0.3])
    left.legend(fontsize="small")
    right.legend(fontsize="small")
