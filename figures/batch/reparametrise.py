"""One function, with its layers rescaled, is as sharp as one likes; relative measures do not move.

A trained ReLU network with its first layer multiplied and its last divided by a: one function, and
any λ_max above a least one. So a random slice may look wide or narrow; scaled to the filters, all
slices are one.

A ReLU network of 64, 16, 16 and 10 units, trained on 1,024 handwritten digits. Multiply the first
layer's weights and bias, and the second's bias, by a and divide the last layer's weights by a: the
network computes the same function (Dinh et al. 2017). Beside the Hessian's largest eigenvalue stand
two measures that ask for relative changes of the weights: the same eigenvalue in relative
coordinates, and adaptive sharpness (Kwon et al. 2021), each over its value at a = 1. Slices show
the loss along one random direction, as it is and with its filters scaled to the weights' (Li et al.
2018).
"""

import numpy as np

from trainingtips import plotting
from trainingtips.curvature import adaptive_sharpness, relative, sharpness
from trainingtips.experiments import rescaling

UPDATES, RATE = 300, 0.5
SCALES = np.geomspace(1 / 16, 16, 9)
SHOWN = (1 / 4, 1, 4)  # scales whose slices are drawn
SLICE = np.linspace(-1, 1, 81)  # in lengths of θ at a = 1, or of each filter

ALT = (
    "One function, in log-log axes: the largest eigenvalue against the scale a is a deep valley, "
    "three decades high at both ends, while two relative measures are flat lines. One random "
    "direction: three slices of the loss, one wide and one narrow. Filter-normalised, the three "
    "lie on one another."
)
NUMBER = "one function, with λ_max {largest.4 | digits(2)} or {largest.0 | digits(3)}"


def compute():
    module, loss, theta = rescaling.trained(RATE, UPDATES)
    chosen = [rescaling.rescaled(module, theta, scale) for scale in SCALES]
    shown = [rescaling.rescaled(module, theta, scale) for scale in SHOWN]
    direction = rescaling.direction(theta, seed=1)
    plain = direction / direction.norm() * theta.norm()
    by_filter = [(point, rescaling.by_filter(module, point, direction)) for point in shown]
    losses = [float(loss(point)) for point in chosen]
    return {
        "weights": len(theta),
        "scales": SCALES,
        "shown": SHOWN,
        "loss": losses[len(losses) // 2],
        "loss_error": float(np.ptp(losses) / losses[0]),
        "largest": [rescaling.largest(loss, point) for point in chosen],
        "relative": [rescaling.largest(*relative(loss, point)) for point in chosen],
        "adaptive": [adaptive_sharpness(loss, point, epsilon=1e-2) for point in chosen],
        "keskar": [sharpness(loss, point) for point in chosen],
        "distance": SLICE,
        "plain": [rescaling.along(loss, point, plain, SLICE) for point in shown],
        "normalised": [rescaling.along(loss, *pair, SLICE) for pair in by_filter],
    }


def claim(result):
    error = result["loss_error"]
    assert error < 1e-9, f"expected one loss at every scale, measured {error:.1e} between them"
    spread = rescaling.spread(result["largest"])
    assert spread > 100, f"expected λ_max to differ a hundredfold, measured {spread:.1f}"
    ends, least = [result["largest"][at] for at in (0, -1)], min(result["largest"])
    assert min(ends) > 50 * least, f"expected a rise to both sides, measured {ends} over {least}"
    assert least > 1, f"expected no flat end of the valley, measured a least λ_max of {least:.1f}"
    for name in ("relative", "adaptive"):
        spread = rescaling.spread(result[name])
        assert spread < 1.001, f"expected {name} sharpness to stay, measured {spread:.4f} times"
    gaps = {name: np.ptp(result[name], axis=0).max() for name in ("plain", "normalised")}
    assert gaps["normalised"] < 1e-6, f"expected equal slices, measured {gaps['normalised']:.1e}"
    assert gaps["plain"] > 0.1, f"expected plain slices to differ, measured {gaps['plain']:.2g}"


SCALE = {"x": "scale $a$", "log": "xy"}
STEP = {"x": "step along the direction", "y": "loss", "ylim": (0, 6)}
PANELS = {
    "one function": SCALE | {"y": "over its value at $a = 1$", "ylim": (0.2, 300)},
    "one random direction": STEP,
    "filter-normalised": STEP,
}
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
    left, *slices = plotting.panels(figure, PANELS)
    for name, look in MEASURES.items():
        values = np.array(result[name]) / result[name][len(SCALES) // 2]
        plotting.points(left, SCALES, values, *look, joined=True, hollow=name == "relative")
    for axes, name in zip(slices, ("plain", "normalised"), strict=True):
        for values, (colour, dash, width, text) in zip(result[name], SLICES, strict=True):
            look = {"color": plotting.colour(colour), "linewidth": width, "label": text}
            axes.plot(result["distance"], values, dash, **look)
        axes.legend(loc="upper center", handlelength=1.4, borderpad=0.2)
