"""Tanh layers train deepest where the gain is one; residual connections train at every depth.

The share of 32 networks that learn digits, against the gain σ of the start, for each depth; theory
has its edge at σ = 1, dotted. And against depth: plain at its best gain, layer norm and residual
connections at σ = 1.

Tanh layers of 16 units, Gaussian weights of variance σ²/16, no biases at the start; the input and
output layers are started as torch does. 80 updates of batch 32 by SGD with momentum 0.9, at each of
two rates, 0.02 and 0.1; a network learns where the loss on 256 digits falls below 80 % of log 10 at
one of them. Residual: each layer's output is added to its input, divided by the square root of
the depth. Layer norm: before each activation, without scale and shift. One of the two rates is
enough for a network to count. Depths, gains and updates were chosen after trials on two to four
of these starts. Theory: below σ = 1 the gradient shrinks by σ² a layer, above it grows by the
factor σ² E[φ′²].
"""

import numpy as np
import torch

from trainingtips import batches, chance, data, plotting
from trainingtips.statistics import share

SEEDS, WIDTH, BATCH, UPDATES, MOMENTUM = 32, 16, 32, 80, 0.9
RATES = (0.02, 0.1)
GAINS = {
    "plain": (0.5, 0.7, 1.0, 1.4, 2.0, 3.0),
    "layer norm": (1.0,),
    "residual": (1.0,),
}
DEPTHS = (4, 12, 24)
LEARNS = 0.8 * np.log(10)

ALT = (
    "Share of networks that learn, against the gain: with 4 layers nearly all for all but small "
    "gains, with 12 a hump around a gain of one, with 24 a low hump. Against depth: plain "
    "networks fall, residual ones stay at one."
)
NUMBER = "share that learns at 24 layers, plain: {best.plain.2 | interval(0, share=True)}"


def compute():
    digits = data.load("digits")
    found = {kind: [learn(kind, depth, digits) for depth in DEPTHS] for kind in GAINS}
    places = {kind: [int(each.mean(1).argmax()) for each in rows] for kind, rows in found.items()}
    return {
        "gains": np.array(GAINS["plain"]),
        "depths": np.array(DEPTHS),
        "shares": {k: [[share(row) for row in each] for each in v] for k, v in found.items()},
        "best_gain": {k: [GAINS[k][i] for i in v] for k, v in places.items()},
        "best": {k: [share(each[i]) for each, i in zip(v, places[k], strict=True)]
                 for k, v in found.items()},
    }  # fmt: skip


def learn(kind, depth, digits):
    """Which networks learn at one of the rates, (gains, seeds) of booleans."""
    ended = [train(kind, depth, digits, rate) for rate in RATES]
    best = np.nanmin([np.where(np.isfinite(each), each, np.inf) for each in ended], axis=0)
    return (best < LEARNS).reshape(len(GAINS[kind]), SEEDS)


def start(gains, depth):
    """Weights in, (E, 64, W), between, depth times (E, W, W), and out, (E, W, 10)."""
    gains = torch.tensor(gains).view(-1, 1, 1, 1)
    randn = lambda k, *shape: torch.stack(  # noqa: E731
        [torch.randn(shape, generator=chance.generator(1000 * k + s)) for s in range(SEEDS)]
    )
    scaled = lambda w, factor: (factor * w).flatten(0, 1).requires_grad_()  # noqa: E731
    one = torch.ones_like(gains)
    first, last = randn(0, 64, WIDTH) / 3, randn(1, WIDTH, 10) / WIDTH**0.5
    between = [randn(2 + i, WIDTH, WIDTH) / WIDTH**0.5 for i in range(depth)]
    return [scaled(first, one), *(scaled(w, gains) for w in between), scaled(last, one)]


def outputs(kind, weights, x):
    """Logits (E, B, 10) of x, (E, B, 64)."""
    first, *between, last = weights
    x = x @ first
    for w in between:
        inner = torch.tanh(x) @ w
        if kind == "layer norm":
            inner = torch.nn.functional.layer_norm(inner, (WIDTH,))
        x = x + inner / len(between) ** 0.5 if kind == "residual" else inner
    return torch.tanh(x) @ last


def loss(kind, weights, x, y):
    """Cross-entropy of each network, (E,)."""
    z = outputs(kind, weights, x)
    return torch.nn.functional.cross_entropy(z.mT, y, reduction="none").mean(1)


def train(kind, depth, digits, rate):
    """The loss of each network at the end, (E,)."""
    gains = GAINS[kind]
    weights = start(gains, depth)
    rule = torch.optim.SGD(weights, lr=rate, momentum=MOMENTUM, foreach=True)
    deals = [batches.stream(1024, BATCH, s, epochs=3) for s in range(SEEDS)]
    for _ in range(UPDATES):
        at = torch.from_numpy(np.stack([next(deal) for deal in deals])).repeat(len(gains), 1)
        rule.zero_grad()
        loss(kind, weights, digits.x[at], digits.y[at]).sum().backward()
        rule.step()
    with torch.no_grad():
        at = torch.arange(256).expand(len(gains) * SEEDS, -1)
        return loss(kind, weights, digits.x[at], digits.y[at]).numpy()


def claim(result):
    plain = result["shares"]["plain"][-1]
    at = dict(zip(result["gains"].tolist(), plain, strict=True))
    for gain in (0.5, 3.0):
        lower = at[gain].high < result["best"]["plain"][-1].low
        assert lower, f"expected the deepest to learn less at σ = {gain}: {at[gain]}"
    best = result["best_gain"]["plain"][-1]
    assert 0.85 <= best <= 1.5, f"expected the deepest to learn best near one, measured {best}"
    for depth, found in zip(result["depths"], result["best"]["residual"], strict=True):
        assert found.low > 0.85, f"expected residual networks of depth {depth} to learn: {found}"
    deep = result["best"]["plain"]
    assert deep[-1].high < deep[0].low, f"expected plain ones to lose by depth: {deep}"


PANELS = {
    "plain": {"x": "gain $\\sigma$ of the start", "log": "x", "xticks": [0.5, 1, 2, 3]},
    "at the best gain": {"x": "layers", "log": "x", "xticks": list(DEPTHS)},
}
COLOURS = ("blue", "green", "vermilion")


def draw(result, figure):
    shared = {"y": "share that learns", "ylim": (-0.05, 1.3)}
    left, right = plotting.panels(figure, PANELS, height=3.4, **shared)
    for depth, colour, row in zip(DEPTHS, COLOURS, result["shares"]["plain"], strict=True):
        plotting.points(left, result["gains"], row, colour, f"{depth} layers", joined=True)
    plotting.mark(left, 1)
    left.legend(fontsize="small", loc="upper center", ncols=3, columnspacing=0.8, handlelength=1.2)
    for kind, colour in zip(GAINS, ("blue", "purple", "vermilion"), strict=True):
        plotting.points(right, DEPTHS, result["best"][kind], colour, kind, joined=True)
    right.legend(fontsize="small", loc="lower left")
