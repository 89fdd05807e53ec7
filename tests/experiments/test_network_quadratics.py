"""Models of a network at rest: their losses in closed form, and what both rules need on them."""

import numpy as np
import pytest

from trainingtips import momentum
from trainingtips.experiments import network_quadratics as models
from trainingtips.experiments import taylor_terms as terms

VALUES, START = np.geomspace(1, 100, 7), np.linspace(1, 2, 7)


def test_losses_of_plain_descent_are_powers():
    tuned = momentum.tuned_plain(1, 100)
    found = models.losses(VALUES, START, tuned, 50)
    kept = (1 - tuned.eta * VALUES) ** (2 * np.arange(51)[:, None])
    exact = (VALUES * START**2 * kept).sum(1) / (VALUES * START**2).sum()
    np.testing.assert_allclose(found, exact)


def test_arrival_is_for_good():
    assert models.arrival(np.array([1, 0.5, 0.9, 0.4, 0.2]), 0.6) == 3
    assert models.arrival(np.array([1, 0.5]), 1.0) == 0
    with pytest.raises(ValueError, match="not at"):
        models.arrival(np.array([1, 0.5]), 0.1)


def test_in_the_long_run_the_root_of_the_condition_number():
    found = models.raced(VALUES, START, [0.1, 1e-6], 2000, 3200)
    assert found["condition"] == pytest.approx(100)
    assert found["long_run"] == pytest.approx(10, rel=0.02)
    assert found["measured"]["plain"] == pytest.approx(found["theory"]["plain"], rel=1e-6)
    for share, gain in zip([0.1, 1e-6], found["gains"], strict=True):
        plain, heavy = (np.argmax(path <= share) for path in found["losses"].values())
        assert gain == pytest.approx(plain / heavy)


def test_the_model_is_of_the_place_where_training_rests():
    values, c = models.at_rest(0, 2, 1e-2, 0.01, 100, 5)
    loss, (start, rest) = terms.rested(0, 2, 1e-2, 0.01, 100, 5, [0, 200])
    assert np.linalg.norm(c) == pytest.approx(float((start - rest).norm()))
    assert (np.diff(values) >= 0).all() and len(values) == len(start)
    model, true = 0.5 * (values * (1e-3 * c) ** 2).sum(), loss(rest + 1e-3 * (start - rest))
    assert float(true - loss(rest)) == pytest.approx(model, rel=0.05)
