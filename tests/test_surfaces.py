"""Surfaces against their stated eigenvalues, in both libraries."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trainingtips import curvature, surfaces

SURFACES = {
    "two_weights": (surfaces.two_weights, [-2, 2]),
    "bowl": (surfaces.bowl, [1, 1]),
    "saddle": (surfaces.saddle, [-1, 1]),
    "cubic": (surfaces.cubic, [0, 1]),
    "monkey_saddle": (surfaces.monkey_saddle, [0, 0]),
    "ravine": (surfaces.ravine(50.0), [1, 50]),
}


@pytest.mark.parametrize("name", SURFACES)
def test_the_origin_is_critical_with_the_stated_eigenvalues(name):
    surface, eigenvalues = SURFACES[name]
    origin = torch.zeros(2, dtype=torch.float64)
    assert curvature.gradient(surface, origin).norm() == 0
    found = np.linalg.eigvalsh(curvature.hessian(surface, origin).numpy())
    np.testing.assert_allclose(found, eigenvalues, atol=1e-12)


@pytest.mark.parametrize("name", SURFACES)
def test_numpy_and_torch_agree_for_any_leading_shape(name):
    surface, _ = SURFACES[name]
    points = np.random.default_rng(0).normal(size=(4, 3, 2))
    values = surface(points)
    assert values.shape == (4, 3)
    np.testing.assert_allclose(values, surface(torch.from_numpy(points)).numpy())
    assert surface(points[1, 2]) == pytest.approx(values[1, 2])


@pytest.mark.parametrize("name", SURFACES)
def test_wrong_shapes_are_refused(name):
    surface, _ = SURFACES[name]
    if name != "bowl":
        with pytest.raises(ValueError, match=r"\(3,\)"):
            surface(np.zeros(3))
    with pytest.raises(ValueError, match="float"):
        surface(1.0)


def test_a_ravine_is_not_wider_than_long():
    with pytest.raises(ValueError, match=r"0\.5"):
        surfaces.ravine(0.5)


@given(st.integers(-4, 4), st.integers(-4, 4))
def test_each_surface_is_its_polynomial(w1, w2):
    """In whole numbers, without rounding; the monkey saddle as the real part of (w₁ + iw₂)³."""
    a, b = Fraction(w1), Fraction(w2)
    expected = {
        "two_weights": 1 - 2 * a * b + a * a * b * b,
        "bowl": (a * a + b * b) / 2,
        "saddle": (a - b) * (a + b) / 2,
        "cubic": a * a / 2 + b * b * b,
        "monkey_saddle": (a * a - b * b) * a - 2 * a * b * b,
        "ravine": (a * a + 50 * b * b) / 2,
    }
    for name, (surface, _) in SURFACES.items():
        assert surface(np.array([w1, w2], float)) == expected[name], name
