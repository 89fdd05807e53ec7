"""One function, with its layers rescaled, has any sharpness; relative measures do not change.

A trained ReLU network with its first layer multiplied and its last divided by a: one function, any
λ_max. So a random slice may look wide or narrow; scaled to the filters, all slices are one.

A ReLU network of 64, 16, 16 and 10 units, trained on 1,024 handwritten digits. Multiply the first
layer's weights and bias, and the second's bias, by a and divide the last layer's weights by a: the
network computes the same function (Dinh et al. 2017). Beside the Hessian's largest eigenvalue stand
two measures that ask for relative changes of the weights: the same eigenvalue in relative
coordinates, and adaptive sharpness (Kwon et al. 2021), each over its value at a = 1.

The slices show the loss along a line: along one random direction, a decides how narrow the valley
looks; with the direction's filters scaled to the weights' (Li et al. 2018) all are one.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.curvature import (
    adaptive_sharpness,
    eigenpairs,
    flat_loss,
    relative,
    sharpness,
)
from trainingtips.descent import descend

SEED, UPDATES, RATE = 0, 300, 0.5
SCALES = np.geomspace(1 / 16, 16, 9)
SHOWN = (1 / 4, 1, 4)  # scales whose slices are drawn
SLICE = np.linspace(-1, 1, 81)  # in lengths of θ at a = 1, or of each filter

ALT = (
    "Left, in log-log axes, the largest eigenvalue against the scale a is a deep valley, three "
    "decades high at both ends, while two relative measures are flat lines. Middle, three slices "
    "of the loss, one wide and one narrow. Right, after filter normalisation the three lie on one "
    "another."
)
NUMBER = "one function, with λ_max {largest.4 | digits(2)} or {largest.0 | digits(3)}"


def compute():
    module, loss, theta = trained()
    points = {scale: rescaled(module, theta, scale) for scale in (*SCALES, *SHOWN)}
    chosen = [points[scale] for scale in SCALES]
    generator = torch.Generator().manual_seed(SEED + 1)
    direction = torch.randn(len(theta), generator=generator, dtype=theta.dtype)
    plain = direction / direction.norm() * theta.norm()
    losses = [float(loss(point)) for point in chosen]
    return {
        "weights": len(theta),
        "scales": SCALES,
        "shown": SHOWN,
        "loss": losses[len(losses) // 2],
        "loss_error": float(np.ptp(losses) / losses[0]),
        "largest": [_largest(loss, point) for point in chosen],
        "relative": [_largest(*relative(loss, point)) for point in chosen],
        "adaptive": [adaptive_sharpness(loss, point, epsilon=1e-2) for point in chosen],
        "keskar": [sharpness(loss, point) for point in chosen],
        "distance": SLICE,
        "plain": [along(loss, points[a], plain) for a in SHOWN],
        "normalised": [
            along(loss, points[a], by_filter(module, points[a], direction)) for a in SHOWN
        ],
    }


def trained():
    """(module, loss, θ): full-batch gradient descent, in double precision, from a seeded start."""
    train, _ = data.load("digits").split(1024, seed=SEED)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        layers = [nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 10)]
        module = nn.Sequential(*layers).double()
    loss, start = flat_loss(module, nn.functional.cross_entropy, train.x.double(), train.y)
    path = descend(loss, start, lambda p: torch.optim.SGD(p, lr=RATE), UPDATES)
    return module, loss, torch.from_numpy(path.points[-1])


def parts(module, theta):
    """θ as [W₁, b₁, W₂, b₂, W₃, b₃], each in its own shape."""
    shapes = [p.shape for p in module.parameters()]
    split = theta.split([shape.numel() for shape in shapes])
    return [each.view(shape) for each, shape in zip(split, shapes, strict=True)]


def rescaled(module, theta, scale):
    """Other weights of the same function: relu(az) = a relu(z) for a > 0."""
    w1, b1, w2, b2, w3, b3 = parts(module, theta)
    scaled = [scale * w1, scale * b1, w2, scale * b2, w3 / scale, b3]
    return torch.cat([each.flatten() for each in scaled])


def by_filter(module, theta, direction):
    """`direction` with each unit's incoming weights as long as θ's, and biases left out."""
    scaled = [
        d / d.norm(dim=1, keepdim=True) * w.norm(dim=1, keepdim=True)
        if w.ndim == 2
        else torch.zeros_like(w)
        for d, w in zip(parts(module, direction), parts(module, theta), strict=True)
    ]
    return torch.cat([each.flatten() for each in scaled])


def along(loss, theta, direction):
    """The loss over θ + `SLICE` · direction."""
    return [float(loss(theta + float(step) * direction)) for step in SLICE]


def _largest(loss, theta):
    return float(eigenpairs(loss, theta, 1, "largest")[0][0])


def claim(result):
    error = result["loss_error"]
    assert error < 1e-9, f"expected one loss at every scale, measured {error:.1e} between them"
    spread = _spread(result["largest"])
    assert spread > 100, f"expected λ_max to differ a hundredfold, measured {spread:.1f}"
    for name in ("relative", "adaptive"):
        spread = _spread(result[name])
        assert spread < 1.001, f"expected {name} sharpness to stay, measured {spread:.4f} times"
    gaps = {name: np.ptp(result[name], axis=0).max() for name in ("plain", "normalised")}
    assert gaps["normalised"] < 1e-6, f"expected equal slices, measured {gaps['normalised']:.1e}"
    assert gaps["plain"] > 0.1, f"expected plain slices to differ, measured {gaps['plain']:.2g}"


def _spread(values):
    return float(np.max(values) / np.min(values))


SLICES = (  # colour, dash, width and name: the first shows below the others where they agree
    ("vermilion", "-", 3.2, "$a$ = 1/4"),
    ("text", "--", 2.0, "$a$ = 1"),
    ("blue", ":", 1.8, "$a$ = 4"),
)
MEASURES = {  # colour, name, and where it stands
    "largest": ("vermilion", r"$\lambda_{\max}$", (1.2, 30)),
    "relative": ("blue", r"relative $\lambda_{\max}$", (1, 0.5), "center"),
    "adaptive": ("green", "adaptive sharpness", (1, 0.29), "center"),
}


def draw(result, figure):
    titles = ["one function", "one random direction", "filter-normalised"]
    left, *slices = plotting.panels(figure, titles, height=3.4)
    middle = len(SCALES) // 2
    for name, look in MEASURES.items():
        values = np.array(result[name]) / result[name][middle]
        plotting.points(left, SCALES, values, *look, joined=True, hollow=name == "relative")
    left.set(xscale="log", yscale="log", xlabel="scale $a$", ylim=(0.2, 300))
    left.set(ylabel="over its value at $a = 1$")
    for axes, name in zip(slices, ("plain", "normalised"), strict=True):
        for values, (colour, dash, width, text) in zip(result[name], SLICES, strict=True):
            look = {"color": plotting.colour(colour), "linewidth": width, "label": text}
            axes.plot(result["distance"], values, dash, **look)
        axes.set(ylim=(0, 6), xlabel="step along the direction", ylabel="loss")
        axes.legend(loc="upper center", handlelength=1.4, borderpad=0.2)
