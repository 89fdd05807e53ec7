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
from trainingtips.experiments import likelihoods, overflow
from trainingtips.losses import softmax

DIFFERENCES = np.linspace(-6, 6, 25)
SHIFTS = (-10.0, 0.0, 10.0)
EXAMPLES = {"n": 1000, "classes": 10, "scale": 3, "seed": 0}
OFFSETS = np.arange(-120.0, 121.0)  # c; whole, so that half precision holds c + 2
PRECISIONS = (("single", torch.float32), ("half", torch.float16))

ALT = (
    "Two classes: three sets of markers, one for each shift of both logits, lie on one S-shaped "
    "curve, the sigmoid. Errors against the shift: torch's is flat in both precisions; the "
    "written formula's lies on it in a stretch around zero and ends in 'not a number' on both "
    "sides, in half precision far sooner than in single."
)
NUMBER = (
    "largest difference: {shift_error | scientific(1)} under a shift, {sigmoid_error | "
    "scientific(1)} from the sigmoid"
)


def compute():
    logits, _ = likelihoods.examples(**EXAMPLES)
    shifts = torch.linspace(-1000, 1000, len(logits), dtype=torch.float64)[:, None]
    pairs = [overflow.two_classes(DIFFERENCES, shift) for shift in SHIFTS]
    first = np.array([softmax(pair)[:, 0].numpy() for pair in pairs])
    return {
        "differences": DIFFERENCES,
        "first": first,
        "sigmoid_error": float(abs(first - special.expit(DIFFERENCES)).max()),
        "shift_error": float((softmax(logits + shifts) - softmax(logits)).abs().max()),
        "written": {n: overflow.errors(overflow.written, OFFSETS, d) for n, d in PRECISIONS},
        "torch": {n: overflow.errors(softmax, OFFSETS, d) for n, d in PRECISIONS},
        "largest": {n: float(np.log(torch.finfo(d).max)) for n, d in PRECISIONS},
        "epsilon": {n: float(torch.finfo(d).eps) for n, d in PRECISIONS},
    }


def claim(result):
    off = abs(result["first"] - special.expit(result["differences"])).max()
    assert off < 1e-5, f"expected the drawn points on the sigmoid, measured {off:.1e} off"
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


SHIFT = {"x": "shift $c$ of all logits", "ylim": (1e-10, 1), "log": "y"}
PANELS = {
    "two classes": {"x": "difference of the logits $z_1 - z_2$", "y": "probability $p_1$"},
    "markers: as written; line: torch": SHIFT | {"y": "error of the probabilities"},
}
FINE = np.linspace(-6, 6, 200)
MARKS = (("blue", "o"), ("vermilion", "x"), ("green", "+"))
LOOKS = {  # colour, where its name stands, every how many points are shown, the height of "nan"
    "half": ("vermilion", (0, 4e-5), 1, 0.02),
    "single": ("blue", (0, 2e-9), 6, 3e-6),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS)
    plotting.theory(left, FINE, special.expit(FINE), "muted", "sigmoid", (1.9, 0.8))
    for i, (colour, look) in enumerate(MARKS):  # every third of each set, none behind another
        x, y, text = DIFFERENCES[i::3], result["first"][i][i::3], f"$c = {SHIFTS[i]:.0f}$"
        plotting.points(left, x, y, colour, text, look=look)
    left.legend(loc="upper left", title="both logits $+\\,c$")
    for name, (colour, at, every, height) in LOOKS.items():
        (x, y), (shift, error) = (result[by][name].values() for by in ("torch", "written"))
        plotting.theory(right, x, y, colour, f"{name} precision", at, "center")
        plotting.points(right, shift[::every], error[::every], colour)
        for end, align in ((shift[0], "right"), (shift[-1], "left")):
            plotting.mark(right, end, colour, " nan ", (end, height), align)
