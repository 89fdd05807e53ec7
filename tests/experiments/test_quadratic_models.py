"""Models of losses whose minimum is known, and torch's optimiser on all weights at once."""

import numpy as np
import pytest
import torch

from trainingtips import chance
from trainingtips.experiments import quadratic_models as models


def bowl(curvatures, seed=0):
    """(H, b) of a quadratic ½θᵀHθ − b·θ with these eigenvalues."""
    rng = chance.rng(seed)
    turn = np.linalg.qr(rng.normal(size=(len(curvatures),) * 2))[0]
    matrix = torch.tensor(turn @ np.diag(curvatures) @ turn.T)
    return matrix, torch.tensor(rng.normal(size=len(curvatures)))


def quadratic(matrix, b):
    return lambda theta: 0.5 * theta @ matrix @ theta - b @ theta


def test_the_way_to_a_quadratics_minimum():
    matrix, b = bowl([0.5, 1.0, 3.0, 20.0])
    theta = torch.tensor([1.0, -2.0, 0.5, 4.0], dtype=torch.float64)
    found = models.model(quadratic(matrix, b), theta)
    np.testing.assert_allclose(found.curvatures, [0.5, 1.0, 3.0, 20.0])
    assert found.condition == pytest.approx(40)
    way = theta - torch.linalg.solve(matrix, b)
    errors = found.start[None]
    assert found.distances(errors)[0] == pytest.approx(float(way.norm()))
    least = quadratic(matrix, b)(torch.linalg.solve(matrix, b))
    above = float(quadratic(matrix, b)(theta) - least)
    assert found.losses(errors)[0] == pytest.approx(above)


def test_falling_directions_are_left_out():
    matrix, b = bowl([-2.0, -0.1, 1.0, 5.0])
    found = models.model(quadratic(matrix, b), torch.zeros(4, dtype=torch.float64))
    np.testing.assert_allclose(found.curvatures, [1.0, 5.0])


@pytest.mark.parametrize("kind", ["plain", "heavy"])
def test_torchs_descent_on_all_weights_is_as_far(kind):
    curvatures = np.geomspace(1, 50, 12)
    matrix, b = bowl(curvatures, seed=3)
    start = torch.ones(12, dtype=torch.float64)
    found = models.model(quadratic(matrix, b), start)
    pair = found.tuned()[kind]
    theta, minimum = start.clone().requires_grad_(), torch.linalg.solve(matrix, b)
    rule = torch.optim.SGD([theta], lr=pair.eta, momentum=pair.beta)
    distances = []
    for _ in range(41):
        distances.append(float((theta.detach() - minimum).norm()))
        rule.zero_grad()
        quadratic(matrix, b)(theta).backward()
        rule.step()
    np.testing.assert_allclose(found.distances(found.errors(pair, 40)), distances, rtol=1e-8)


@pytest.mark.parametrize("kind", ["plain", "heavy"])
def test_after_enough_updates_each_error_is_small(kind):
    found = models.Model(np.geomspace(1, 300, 40), np.ones(40))
    pair = found.tuned()[kind]
    errors = abs(found.errors(pair, models.enough(pair.rate, 1e-3) + 200))
    assert (errors[-201:] < 1e-3).all()


def test_a_return_counts():
    assert models.needed([4.0, 0.9, 1.1, 0.5], 0.25) == 3
