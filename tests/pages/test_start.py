"""The page on the start: its exercises, against scipy and plain arithmetic."""

import math
import re
from pathlib import Path

from scipy import integrate, optimize, stats

PAGE = (Path(__file__).parents[2] / "docs/start.md").read_text(encoding="utf-8")


def stated(number):
    """The numbers in the solution of that exercise, as text."""
    text = PAGE.split(f"\n**{number}. ")[1].split("??? success")[1].split("\n**")[0]
    return re.findall(r"\d+(?:\.\d+)?", text.replace("\\,", ""))


def test_exercise_1_a_billion():
    left, layers = 1.0, 0
    while left >= 1e-9:
        left, layers = left / 2, layers + 1
    assert str(layers) in stated(1)
    assert str(2**layers) in stated(1)


def test_exercise_2_a_leak():
    def square(z):
        return (z if z > 0 else 0.01 * z) ** 2 * stats.norm.pdf(z)

    kept = integrate.quad(square, -12, 0)[0] + integrate.quad(square, 0, 12)[0]
    assert f"{1 / kept:.4f}" in stated(2)


def test_exercise_3_uneven_classes():
    def loss(b):
        return 0.9 * math.log1p(math.exp(-b)) + 0.1 * math.log1p(math.exp(b))

    best = optimize.minimize_scalar(loss, bounds=(-5, 5), method="bounded", options={"xatol": 1e-8})
    assert f"{best.x:.3f}" in stated(3)
    assert f"{best.fun:.3f}" in stated(3)
    assert f"{loss(0):.3f}" in stated(3)


def test_exercise_4_a_gate():
    bias = optimize.brentq(lambda b: (1 / (1 + math.exp(-b))) ** 100 - 0.5, 0, 10)
    assert f"{1 / (1 + math.exp(-bias)):.4f}" in stated(4)
    assert f"{bias:.2f}" in stated(4)
