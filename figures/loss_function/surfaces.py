"""Confidently wrong, squared error on softmax is flat (1.2 × 10⁻⁸) and cross-entropy steep (1.41).

Both losses of three logits on one colour scale, and their slopes on another. From the corner,
gradient descent at one rate takes 200 updates on each, and goes somewhere on one.

Three classes, the first of them true; the logits z₁ and z₂ run from −10 to 10 and z₃ is −1000. The
slope is the norm of the gradient in all three logits, on a logarithmic scale. Descent starts from
the corner (−10, 10).
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.descent import descend
from trainingtips.losses import cross_entropy, grid, squared_error

LOGITS = np.linspace(-10, 10, 41)
REST, TARGET = -1000.0, 0
START = torch.tensor([-10.0, 10.0, REST], dtype=torch.float64)
ETA, UPDATES = 0.1, 200
LOSSES = {"cross_entropy": cross_entropy, "squared_error": squared_error}

ALT = (
    "Four maps over the first two logits. The loss: cross-entropy is a slope that falls evenly "
    "from the wrong corner, and squared error, on the same scale, looks flat. The slope: cross- "
    "entropy's is large over the whole wrong half, squared error's only in a band along the "
    "diagonal. Descent crosses cross-entropy's map and does not move on that of squared error."
)
NUMBER = (
    "slope at the corner: {squared_error.slope | scientific(2)} and {cross_entropy.slope | "
    "decimals(2)}"
)


def compute():
    found = {}
    for name, loss in LOSSES.items():
        values, norms = grid(loss, TARGET, LOGITS, LOGITS, REST)
        rule = lambda z: torch.optim.SGD(z, lr=ETA)  # noqa: E731
        path = descend(lambda z, loss=loss: loss(z, TARGET), START, rule, UPDATES)
        found[name] = {
            "values": np.float32(values).round(4),
            "log_norms": np.log10(norms.numpy()).round(3),
            "corner": float(values[-1, 0]),
            "slope": float(norms[-1, 0]),
            "path": path.points[::5, :2],
            "moved": float(np.linalg.norm(path.points[-1] - path.points[0])),
            "end": float(path.losses[-1]),
        }
    return found | {"eta": ETA, "updates": UPDATES}


def claim(result):
    wrong = 1 / (1 + np.exp(20.0))  # p of the true class at the corner
    expected = {
        "cross_entropy": (-np.log(wrong), np.sqrt(2) * (1 - wrong)),
        "squared_error": (2 * (1 - wrong) ** 2, np.sqrt(32) * wrong * (1 - wrong) ** 2),
    }
    for name, (value, slope) in expected.items():
        found = result[name]
        assert np.isclose(found["corner"], value, rtol=1e-4), (
            f"expected {name} {value:.4g} at the corner, measured {found['corner']:.4g}"
        )
        assert np.isclose(found["slope"], slope, rtol=1e-4), (
            f"expected a slope of {slope:.4g} there, measured {found['slope']:.4g}"
        )
    stuck, moved = result["squared_error"]["moved"], result["cross_entropy"]["moved"]
    longest = ETA * UPDATES * expected["squared_error"][1] * 1.01
    assert 0 < stuck < longest, f"expected squared error to move below {longest:.1e}: {stuck:.1e}"
    assert moved > 14, f"expected cross-entropy to cross the diagonal, measured {moved:.1f}"
    end = result["cross_entropy"]["end"]
    assert end < 0.1, f"expected cross-entropy to get below 0.1, measured {end:.2f}"


ROWS = (  # what is shown, its name, its levels, the ticks of its colour bar, what is below it
    ("values", "loss", np.arange(0, 21), [0, 5, 10, 15, 20], "neither"),
    ("log_norms", "log₁₀ of the slope", np.arange(-9, 1.1, 0.5), [-8, -6, -4, -2, 0], "min"),
)
TICKS = [-10, 0, 10]
AXES = {"xlabel": "$z_1$ (true class)", "ylabel": "$z_2$", "xticks": TICKS, "yticks": TICKS}


def draw(result, figure):
    figure.set_figheight(4.2 if plotting.is_narrow(figure) else 6.0)
    axes = figure.subplots(2, 2, sharex=True, sharey=True, subplot_kw=AXES)
    for row, (key, label, levels, ticks, extend) in zip(axes, ROWS, strict=True):
        for each, name in zip(row, LOSSES, strict=True):
            filled = each.contourf(LOGITS, LOGITS, result[name][key], levels, extend=extend)
            plotting.path(each, result[name]["path"], "vermilion", dotted=False)
            each.label_outer()
        plotting.arrow(row[0], *result["cross_entropy"]["path"][[-6, -1]], "vermilion")
        plotting.label(row[1], "stays", (-8.2, 8.2), "vermilion", va="top")
        figure.colorbar(filled, ax=row, label=label, ticks=ticks, pad=0.02)
    for each, title in zip(axes[0], ("cross-entropy", "squared error"), strict=True):
        each.set_title(title)
