"""The exercises of the page on critical points, worked by other means than the page's."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from trainingtips import curvature, descent

PAGE = (Path(__file__).parents[2] / "docs/critical_points.md").read_text(encoding="utf-8")


def solution(number):
    """The text of an exercise's folded solution."""
    return re.search(rf"\*\*{number}\. .*?Solution\"\n(.*?)\n\n(?:\*\*|## )", PAGE, re.DOTALL)[1]


def test_three_weights_in_a_row():
    def loss(t):
        return (1 - t.prod()) ** 2

    origin = torch.zeros(3, dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(loss, origin)
    assert not hessian.any() and "H = 0" in solution(1)
    u = torch.ones(3, dtype=torch.float64)
    assert loss(0.01 * u) < loss(origin) < loss(-0.01 * u)
    assert f"{float(loss(0.1 * u)):.3f}" == "0.998" and "$0.998$" in solution(1)


@pytest.mark.parametrize(("start", "expected"), [(1e-6, 2770.0), (1e-3, 1385.0)])
def test_the_wait_at_a_saddle(start, expected):
    path = descent.descend(
        lambda t: -0.25 * (t**2).sum(),
        torch.tensor([start], dtype=torch.float64),
        lambda p: torch.optim.SGD(p, lr=0.01),
        3000,
        stop=lambda _, t: abs(t).item() >= 1,
    )
    assert len(path) - 1 == np.ceil(np.log(1 / start) / np.log(1.005))
    exact = np.interp(0, np.log(abs(path.points[-2:, 0])), [len(path) - 2, len(path) - 1])
    assert exact == pytest.approx(expected, abs=0.06)
    assert f"{expected:.1f}" in solution(2)


def test_kinds_from_eigenvalues():
    words = re.findall(r"\(([a-d])\) (\w+)", solution(3))
    values = {"a": [3, 1, 0.2], "b": [-4, 1e-9, 2], "c": [5, 1e-8, 0.3], "d": [-1, -7]}
    assert dict(words) == {key: curvature.classify(each) for key, each in values.items()}


def test_one_product():
    def loss(t):
        return 0.25 * (t**4).sum() - t[0] * t[1]

    point = torch.ones(2, dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(loss, point)
    assert (hessian @ torch.tensor([1.0, 2.0]).double()).tolist() == [1, 5]
    assert np.linalg.eigvalsh(hessian).tolist() == pytest.approx([2, 4])
    assert "(1, 5)" in solution(4) and "$2$ and $4$" in solution(4)
