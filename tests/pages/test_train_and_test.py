"""The page on training and test: its exercises, against integrals and plain arithmetic."""

import math
import re
from pathlib import Path

import numpy as np
from scipy import integrate, stats

PAGE = (Path(__file__).parents[2] / "docs/train_and_test.md").read_text(encoding="utf-8")


def solution(number):
    return PAGE.split(f"\n**{number}. ")[1].split("??? success")[1].split("\n**")[0]


def test_exercise_1_the_best_of_two():
    def density(z):  # of the larger of two standard normal numbers
        return 2 * stats.norm.pdf(z) * stats.norm.cdf(z)

    expected = integrate.quad(lambda z: z * density(z), -12, 12)[0]
    assert math.isclose(expected, 1 / math.sqrt(math.pi), rel_tol=1e-9)
    assert r"\sigma / \sqrt\pi" in solution(1)


def test_exercise_2_how_many_examples():
    words = {4: "four times", 2: "twice"}
    for power in (-0.5, -1):
        times = 2 ** (-1 / power)
        assert math.isclose(times**power, 0.5)
        assert words[round(times)] in re.sub(r"\s+", " ", solution(2))


def test_exercise_3_sure_and_wrong():
    rng = np.random.default_rng(0)
    logits, y = rng.normal(size=(20, 10)), rng.integers(10, size=20)
    logits[np.arange(20), y] += 20.0  # nineteen surely right, one surely wrong
    logits[0, (y[0] + 1) % 10] = logits[0].max() + 10.0

    def judged(z):
        losses = np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[range(20), y]
        return (z.argmax(1) != y).mean(), losses

    (error, loss), (same, doubled) = judged(logits), judged(2 * logits)
    assert error == same == 1 / 20  # "neither error changes"
    assert (doubled[1:] < loss[1:]).all()  # "on the training examples the loss falls"
    assert math.isclose(doubled[0] / loss[0], 2, rel_tol=0.01)  # "doubles with it"
    assert doubled.mean() > loss.mean()
    for words in ("neither error changes", "falls towards zero", "doubles with it"):
        assert words in re.sub(r"\s+", " ", solution(3))
