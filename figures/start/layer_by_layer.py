"""Theory foretells the factor a layer, save for GELU with He; on ReLU, He keeps and Glorot halves.

The mean square of the units of thirty layers, before their activation, and of the gradients there:
points are 32 networks' means, lines the mean-field recursion. Orthogonal weights are hollow.

Thirty layers of 192 units without biases; 32 starts with 16 digits each, whose pixels are mapped by
a random matrix to 192 inputs of mean square one. σ² is the variance of a weight times the number of
inputs: a quarter (a small start), one (Glorot, all layers being as wide; also the orthogonal
start), two (He). The gradient at the last layer is random, of variance one. A layer's factor is the
geometric mean over the thirty; theory's is compared with its mean over the starts, which for ReLU
is expected to lie about one percent lower, as the logarithm of a mean square that fluctuates does.

The sentence that was written before the first run had no exception. GELU with He is one: a large
signal stays large there and a small one dies, so that what a few layers of finite width happen to
do at first decides, and the networks differ by orders of magnitude.
"""

import numpy as np
import torch

from trainingtips import chance, plotting
from trainingtips.experiments import elsewhere, signals
from trainingtips.statistics import student

VERDICT = "regime"
SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron",
        "optimiser": "none: at the start",
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": "filters at an edge have fewer inputs than theory counts",
    "text_transformer": "it has residual connections and norms",
}
SEEDS, DEPTH, WIDTH, DIGITS = 32, 30, 192, 16
STARTS = {  # kind of weights, σ²
    "small": ("gaussian", 0.25),
    "Glorot": ("gaussian", 1.0),
    "He": ("gaussian", 2.0),
    "orthogonal": ("orthogonal", 1.0),
}
EXCEPT = ("GELU", "He")
CLOSE = 0.05  # of theory's factor a layer

ALT = (
    "For tanh, ReLU and GELU, mean squares against the layer, on log axes, with the units above "
    "and the gradients below. ReLU: level with He, falling by nine powers of ten with Glorot and "
    "further with small weights. Tanh: nearly level with Glorot and He in the units, but He's "
    "gradients grow towards the first layer. GELU: all starts fall."
)
NUMBER = "factor of a layer on ReLU’s mean square: {factors.ReLU.He.forward | interval(3)} with He"


def compute(*, setting=None):
    weights = {k: signals.drawn(k, DEPTH, WIDTH, range(SEEDS)) for k in ("gaussian", "orthogonal")}
    x, back = inputs(setting or {"data": "digits"})
    found = {"layers": np.arange(1, DEPTH + 1), "runs": {}, "factors": {}}
    for name, activation in signals.ACTIVATIONS.items():
        runs = {s: one(activation, v, weights[k], x, back) for s, (k, v) in STARTS.items()}
        found["factors"][name] = {start: run.pop("factors") for start, run in runs.items()}
        found["runs"][name] = runs
    return found


def inputs(own):
    """(E, B, WIDTH) twice: digits, mixed, of mean square one, and random gradients."""
    digits, x, back = elsewhere.dataset(own), [], []
    for seed in range(SEEDS):
        rng = chance.generator(1000 + seed)
        chosen = digits.x[torch.randperm(len(digits), generator=rng)[:DIGITS]]
        mixed = chosen @ torch.randn(chosen.shape[1], WIDTH, generator=rng)
        x.append(mixed / mixed.square().mean(1, keepdim=True).sqrt())
        back.append(torch.randn(DIGITS, WIDTH, generator=rng))
    return torch.stack(x), torch.stack(back)


def one(activation, variance, weights, x, back):
    """Measured mean squares over the seeds, theory's, and the factors a layer of both."""
    forward, backward = signals.measured(activation, variance**0.5, weights, x, back)
    theory = signals.expected(activation, variance, DEPTH, variance)
    pairs = {"forward": (forward, theory[0]), "backward": (backward[:, ::-1], theory[1][::-1])}
    factors = {way: student(signals.per_layer(found)) for way, (found, _) in pairs.items()}
    factors |= {f"theory_{way}": float(signals.per_layer(t)) for way, (_, t) in pairs.items()}
    means = {"forward": forward.mean(0), "backward": backward.mean(0)}
    return means | {"theory_forward": theory[0], "theory_backward": theory[1], "factors": factors}


def claim(result):
    for name, starts in result["factors"].items():
        for start, each in starts.items():
            for way in ("forward", "backward"):
                found, theory = each[way], each[f"theory_{way}"]
                off = max(abs(found.low / theory - 1), abs(found.high / theory - 1))
                if (name, start) != EXCEPT:
                    assert off < CLOSE, f"expected {theory:.3f}, {name}, {start}, {way}: {found}"
                else:
                    assert off > CLOSE, f"expected GELU with He to be off, {way}: {found}"
    relu = result["factors"]["ReLU"]
    for way in ("forward", "backward"):
        he, glorot = relu["He"][way], relu["Glorot"][way]
        assert he.low > 0.95 and he.high < 1.05, f"expected He to keep it, {way}: {he}"
        assert glorot.low > 0.47 and glorot.high < 0.53, f"expected halves, {way}: {glorot}"


LIMITS = {"yscale": "log", "ylim": (1e-13, 1e4), "yticks": [1e-12, 1e-8, 1e-4, 1]}
LOOKS = {"small": ("purple", "s"), "Glorot": ("blue", "o"), "He": ("vermilion", "^"),
         "orthogonal": ("blue", "D")}  # fmt: skip


def draw(result, figure):
    narrow = plotting.is_narrow(figure)
    figure.set_figheight(8.5 if narrow else 5.2)
    grid = figure.subplots(*((3, 2) if narrow else (2, 3)), sharex=True, sharey=True)
    for column, (name, runs) in enumerate(result["runs"].items()):
        for row, (way, what) in enumerate({"forward": "units", "backward": "gradients"}.items()):
            axes = grid[column, row] if narrow else grid[row, column]
            axes.set(**LIMITS)
            axes.set_title(f"{name}, {what}", loc="left")
            one_panel(axes, result["layers"], runs, way)
    figure.supxlabel("layer")
    figure.supylabel("mean square")
    grid[0, 0].legend(
        fontsize="x-small", loc="center right", handletextpad=0.1, bbox_to_anchor=(1, 0.4)
    )


def one_panel(axes, layers, runs, way):
    for start, (colour, look) in LOOKS.items():
        plotting.theory(axes, layers, runs[start][f"theory_{way}"], colour)
        hollow = start == "orthogonal"  # over Glorot's, of which theory does not tell it apart
        places, squares = layers[::3], runs[start][way][::3]
        plotting.points(axes, places, squares, colour, start, look=look, hollow=hollow)
