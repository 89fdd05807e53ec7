"""What lies around the origin, for losses whose surroundings are known."""

import numpy as np
import pytest
import torch

from trainingtips.experiments import surroundings as around

NONE = around.turned(0)


@pytest.mark.parametrize(
    ("loss", "side", "ways"),
    [
        (lambda w: w[..., 0] ** 2 + w[..., 1] ** 2, "above", 0),
        (lambda w: -(w[..., 0] ** 2) - w[..., 1] ** 2, "below", 0),
        (lambda w: w[..., 0] * w[..., 1], "both", 2),
        (lambda w: w[..., 0] ** 3 - 3 * w[..., 0] * w[..., 1] ** 2, "both", 3),
    ],
)
def test_the_sides_and_the_ways_down(loss, side, ways):
    assert around.on_circle(loss, 0.1) == (side, ways)


def test_turned_is_a_rotation():
    quarter = around.turned(90)
    torch.testing.assert_close(quarter, torch.tensor([[0.0, -1], [1, 0]]).double())


def test_the_eigenvectors_are_the_rotations_columns():
    rotation = around.turned(25)
    found = around.measured(around.curved([-1.5, 2.0], rotation, 0.2), [0.01, 0.1])
    np.testing.assert_allclose(found["eigenvalues"], [-1.5, 2.0], rtol=1e-9)
    for vector, column in zip(found["eigenvectors"], rotation.T, strict=True):
        assert abs(float(torch.as_tensor(vector) @ column)) == pytest.approx(1)
    assert found["kind"] == "saddle" and found["around"] == ["both", "both"]
    assert found["gradient_norm"] < 1e-12


def test_a_zero_eigenvalue_leaves_it_to_the_term():
    sides = {}
    for name, term in (("up", lambda a: a**4), ("down", lambda a: -(a**4))):
        found = around.measured(around.degenerate([0.0, 2.0], NONE, term), [0.1])
        assert found["kind"] == "degenerate"
        sides[name] = found["around"][0], found["ways_down"][0]
    assert sides == {"up": ("above", 0), "down": ("both", 2)}
