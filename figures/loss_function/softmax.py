"""Softmax ignores a shift of all logits, and for two classes it is the sigmoid of their difference.

For two classes, three common shifts c of the logits give one curve. As its formula is written,
softmax ends in no number (nan) at large shifts; torch's is right at every c.

softmax(z)ₖ = exp(zₖ) / Σⱼ exp(zⱼ). Of two classes, the probability of the first is drawn against z₁
− z₂. The errors are those of the formula computed as it is written, for the logits (c, c + 1, c +
2), whose probabilities do not depend on c: the largest error, in single and in half precision. Once
an exponential overflows, or all of them vanish, the answer is no number at all. torch's softmax
takes the largest logit off first.
"""

import numpy as np
import torch
from scipy import special

from trainingtips import plotting
from trainingtips.losses import softmax

DIFFERENCES = np.linspace(-6, 6, 25)
SHIFTS = (-10.0, 0.0, 10.0)
EXAMPLES, CLASSES, SEED = 1000, 10, 0
OFFSETS = np.arange(
    -120.0, 121.0
)  # c of the right panel; whole, so that half precision holds c + 2
PRECISIONS = {"single": torch.float32, "half": torch.float16}

ALT = (
    "Left, three sets of markers, one for each shift of both logits, lie on one S-shaped curve, "
    "the sigmoid. Right, against the shift, torch's error is flat in both precisions; the written "
    "formula's lies on it in a stretch around zero and ends in 'not a number' on both sides, in "
    "half precision far sooner than in single."
)
NUMBER = (
    "largest difference: {shift_error | scientific(1)} under a shift, {sigmoid_error | "
    "scientific(1)} from the sigmoid"
)


def compute():
    generator = torch.Generator().manual_seed(SEED)
    logits = 3 * torch.randn(EXAMPLES, CLASSES, generator=generator, dtype=torch.float64)
    shifts = torch.linspace(-1000, 1000, EXAMPLES, dtype=torch.float64)[:, None]
    first = np.array([softmax(pairs(shift))[:, 0].numpy() for shift in SHIFTS])
    return {
        "differences": DIFFERENCES,
        "first": first,
        "sigmoid_error": float(abs(first - special.expit(DIFFERENCES)).max()),
        "shift_error": float((softmax(logits + shifts) - softmax(logits)).abs().max()),
        "written": {name: errors(written, dtype) for name, dtype in PRECISIONS.items()},
        "torch": {name: errors(softmax, dtype) for name, dtype in PRECISIONS.items()},
        "largest": {n: float(np.log(torch.finfo(d).max)) for n, d in PRECISIONS.items()},
        "epsilon": {n: float(torch.finfo(d).eps) for n, d in PRECISIONS.items()},
    }


def pairs(shift):
    """Logits of two classes with the differences of the left panel: (25, 2)."""
    half = torch.from_numpy(DIFFERENCES) / 2
    return torch.stack([half, -half], -1) + shift


def written(logits):
    """Softmax as its formula is written."""
    powers = logits.exp()
    return powers / powers.sum(-1, keepdim=True)


def errors(rule, dtype):
    """Largest error of the probabilities where they are numbers, and the shifts of that stretch."""
    logits = torch.from_numpy(OFFSETS)[:, None] + torch.arange(3.0)
    found = rule(logits.to(dtype)).double().numpy()
    number = np.isfinite(found).all(-1)
    error = abs(found - special.softmax([0.0, 1.0, 2.0])).max(-1)
    return {"shift": OFFSETS[number], "error": error[number]}


def claim(result):
    for name in ("sigmoid_error", "shift_error"):
        error = result[name]
        assert error < 1e-12, f"expected {name} within rounding, measured {error:.1e}"
    for name, top in result["largest"].items():
        last = result["written"][name]["shift"][-1]
        expected = np.floor(top - 2)  # the largest exponential is exp(c + 2)
        assert last == expected, f"expected a number up to c = {expected}, measured {last}"
        assert len(result["torch"][name]["shift"]) == len(OFFSETS), "expected torch's at every c"
        worst = result["torch"][name]["error"].max() / result["epsilon"][name]
        assert worst < 1, f"expected torch's error below one rounding step, measured {worst:.2f}"


LOOKS = {  # colour, where its name stands, every how many points are shown, the height of "nan"
    "half": ("vermilion", (0, 4e-5), 1, 0.02),
    "single": ("blue", (0, 2e-9), 6, 3e-6),
}


def draw(result, figure):
    left, right = plotting.panels(figure, ["two classes", "markers: as written; line: torch"])
    fine = np.linspace(-6, 6, 200)
    plotting.theory(left, fine, special.expit(fine), "muted", "sigmoid", (1.9, 0.8))
    for i, (colour, mark) in enumerate(zip(plotting.COLOURS, "ox+", strict=False)):
        at = slice(i, None, 3)  # three sets of markers on one curve, none behind another
        text = f"$c = {SHIFTS[i]:.0f}$"
        plotting.points(left, DIFFERENCES[at], result["first"][i][at], colour, text, look=mark)
    left.set(xlabel="difference of the logits $z_1 - z_2$", ylabel="probability $p_1$")
    left.legend(loc="upper left", title="both logits $+\\,c$")
    for name, look in LOOKS.items():
        _draw_errors(right, result["torch"][name], result["written"][name], name, *look)
    right.set(xlabel="shift $c$ of all logits", yscale="log")
    right.set(ylabel="error of the probabilities", ylim=(1e-10, 1))


def _draw_errors(axes, calm, rough, name, colour, at, every, height):
    text = f"{name} precision"
    plotting.theory(axes, calm["shift"], calm["error"], colour, text, at, "center")
    plotting.points(axes, rough["shift"][::every], rough["error"][::every], colour)
    first, *_, last = rough["shift"]
    plotting.mark(axes, first, colour, "nan", (first - 3, height), "right")
    plotting.mark(axes, last, colour, "nan", (last + 3, height))
