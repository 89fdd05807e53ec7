"""The exercises of the page on batches, worked by other means than the page's."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from trainingtips import batches, curvature

PAGE = (Path(__file__).parents[2] / "docs/batch.md").read_text(encoding="utf-8")


def solution(number):
    """The text of an exercise's folded solution."""
    return re.search(rf"\*\*{number}\. .*?Solution\"\n(.*?)\n\n(?:\*\*|## )", PAGE, re.DOTALL)[1]


def test_counting():
    parts = batches.epoch(60_000, 256)
    assert (len(parts), len(parts[-1]), 20 * len(parts)) == (235, 96, 4700)
    assert "$235$" in solution(1) and "= 96$" in solution(1) and "$4700$" in solution(1)


def test_half_the_noise():
    """By drawing batches of numbers, not by the formula."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=1024)
    values -= values.mean()

    def noise(size, replace, draws=20_000):
        if replace:
            return values[rng.integers(1024, size=(draws // 4, size))].mean(1).std()
        order = rng.permuted(np.tile(values, (draws // 10, 1)), axis=1)
        return order[:, :size].mean(1).std()

    assert noise(1024, True) / noise(64, True) == pytest.approx(0.25, rel=0.05)
    assert 0.5 * noise(512, False) / noise(64, False) == pytest.approx(0.1291, rel=0.05)
    assert 0.5 * noise(512, True) / noise(64, True) == pytest.approx(0.1768, rel=0.05)
    assert all(each in solution(2) for each in ("B = 1024", "0.1291", "0.1768"))


def test_the_time_of_an_epoch():
    milliseconds = {
        size: sum(0.2 + 0.01 * len(part) for part in batches.epoch(60_000, size))
        for size in (1, 20, 2000)
    }
    for size, text in {1: "12.6", 20: "1.2", 2000: "0.606"}.items():
        assert milliseconds[size] / 1000 == pytest.approx(float(text))
        assert f"{text}\\,\\text{{s}}" in solution(3)
    within = [b for b in range(100, 300) if (0.2 + 0.01 * b) / b <= 1.1 * 0.01 + 1e-12]
    assert within[0] == 200


def test_scaling_with_care():
    def last(eta, curvature=5.0, updates=50):
        w = 1.0
        for _ in range(updates):
            w -= eta * curvature * w
        return abs(w)

    assert last(0.1 * 256 / 32) > 1e6 and last(0.1 * 64 / 32) < 1e-6
    assert "B = 64" in solution(4)


def test_sharp_or_not():
    def loss(t):
        return (1 - t[1] * torch.relu(t[0])) ** 2

    for point, expected in (([1.0, 1.0], 4), ([10.0, 0.1], 200.02)):
        theta = torch.tensor(point, dtype=torch.float64)
        exact = torch.autograd.functional.hessian(loss, theta)
        assert np.linalg.eigvalsh(exact).max() == pytest.approx(expected)
        relative = curvature.eigenpairs(*curvature.relative(loss, theta))[0]
        assert relative.max() == pytest.approx(4)
    assert "$4$ and $200.02$" in solution(5)
