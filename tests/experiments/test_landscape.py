"""The hill against finite differences, and where its balls rest."""

from itertools import islice

import numpy as np
import pytest

from trainingtips import momentum
from trainingtips.experiments import landscape


def test_the_hill_rolls_down_its_own_slope():
    x, h = np.linspace(-4, 14, 2001), 1e-6
    difference = (landscape.surface(x + h) - landscape.surface(x - h)) / (2 * h)
    np.testing.assert_allclose(landscape.slope(x), difference, atol=1e-7)


def test_plain_descent_with_a_larger_rate_does_not_leave_the_numbers():
    x = momentum.roll(landscape.slope, np.linspace(-0.2, 4, 84), 15.0, 0.0)
    assert np.isfinite(next(islice(x, 500, None))).all()


@pytest.mark.parametrize(
    ("start", "place"), [(3.0, "plateau"), (landscape.DIP, "dip"), (landscape.DEEP, "deep")]
)
def test_a_ball_stays_where_it_starts_at_rest(start, place):
    found = landscape.rest(np.array([start]), 0.05, 0.0, 100)
    assert landscape.PLACES[int(found[0])] == place
    ball = landscape.ball(start, 0.05, 0.0, 100)
    assert abs(ball["rest"] - start) < 0.2
    assert ball["loss"] <= landscape.surface(start)
