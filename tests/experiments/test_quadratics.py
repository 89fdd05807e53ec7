"""Iterated and searched rates against the closed forms of `momentum`."""

import numpy as np

from trainingtips import momentum
from trainingtips.experiments import quadratics


def test_a_search_finds_polyaks_rate():
    found, expected = quadratics.searched(30.0), momentum.tuned(1, 30.0).rate
    assert expected * (1 - 1e-9) < found < expected * 1.02


def test_iterated_rates_are_the_tuned_ones():
    conditions = [2.0, 9.0]
    tuned = [momentum.tuned_plain(1, k) for k in conditions]
    found = quadratics.iterated(tuned, conditions, 4, 3200)
    np.testing.assert_allclose(found, [1 / 3, 0.8], rtol=1e-3)


def test_plain_descents_largest_error_falls_at_once_and_momentums_rises_first():
    found = quadratics.transients(100.0, 8, 40)
    rate = 99 / 101
    np.testing.assert_allclose(found["plain"], rate ** np.arange(41), rtol=1e-9)
    assert found["heavy"].max() > 2
    assert found["heavy"][-1] < found["plain"][-1]


def test_an_edge_beyond_the_grid():
    assert quadratics.edge([1.0, 2.0], [0.5, 0.9], beyond=4.0) == 4.0


def test_a_path_is_the_heavy_balls_and_keeps_its_radius():
    curvatures, start = (0.2, 4.0), (-5.0, -2.0)
    found = quadratics.path(curvatures, start, 0.4, 0.3, 200)
    expected = momentum.heavy_ball(lambda t: np.array(curvatures) * t, start, 0.4, 0.3, 200)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    radius = quadratics.radius(curvatures, 0.4, 0.3)
    exact = max(float(momentum.radius(0.4 * each, 0.3)) for each in curvatures)
    assert abs(radius - exact) < 1e-12
    assert abs(quadratics.kept(found) / radius - 1) < 0.005
