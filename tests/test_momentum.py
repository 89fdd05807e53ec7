"""Momentum's closed forms against numpy's roots, scipy's solvers and torch's own optimiser."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, optimize

from trainingtips import momentum
from trainingtips.descent import descend

STEPS = st.floats(0, 5)
BETAS = st.floats(0, 1)


def companion(step, beta):
    """The matrix that takes (θ[t], θ[t−1]) to (θ[t+1], θ[t])."""
    return np.array([[1 + beta - step, -beta], [1.0, 0.0]])


@given(STEPS, BETAS)
def test_radius_is_the_largest_root(step, beta):
    exact = abs(np.roots([1, -(1 + beta - step), beta])).max()
    # at a double root the eigenvalue solver itself is good to the root of the rounding error
    np.testing.assert_allclose(momentum.radius(step, beta), exact, atol=1e-7)


def test_radius_broadcasts():
    steps, betas = np.linspace(0.1, 3, 4), np.array([[0.0], [0.5]])
    each = [[float(momentum.radius(s, b)) for s in steps] for b in betas[:, 0]]
    np.testing.assert_array_equal(momentum.radius(steps, betas), each)


def test_radius_takes_no_root_of_a_negative_number():
    with np.errstate(all="raise"):
        assert momentum.radius(1.0, 0.25) == 0.5


@given(BETAS)
def test_the_edge_is_where_the_radius_passes_one(beta):
    edge = momentum.stability_edge(beta)
    np.testing.assert_allclose(momentum.radius(edge, beta), 1, atol=1e-7)
    assert momentum.radius(edge + 0.01, beta) > 1
    if beta < 0.99:
        assert momentum.radius(edge - 0.01, beta) < 1


@pytest.mark.parametrize("step", [0.01, 0.1, 0.5, 1.0, 1.7, 2.5, 3.9])
def test_critical_momentum_is_the_best(step):
    betas = np.linspace(0, 1, 1001)
    radii = [abs(np.linalg.eigvals(companion(step, beta))).max() for beta in betas]
    best = betas[int(np.argmin(radii))]
    assert abs(best - momentum.critical_beta(step)) < 2e-3


@pytest.mark.parametrize(("low", "high"), [(1.0, 2.0), (0.2, 4.0), (3.0, 300.0)])
def test_tuned_is_what_a_global_search_finds(low, high):
    def worst(parameters):
        eta, beta = parameters
        ends = [companion(eta * each, beta) for each in (low, high)]
        return abs(np.linalg.eigvals(ends)).max()

    bounds = [(0, 4 / high), (0, 1)]
    found = optimize.differential_evolution(worst, bounds, seed=0, tol=1e-10, popsize=20)
    best = momentum.tuned(low, high)
    assert best.rate <= found.fun + 1e-6  # the search cannot beat it
    np.testing.assert_allclose(found.fun, best.rate, rtol=2e-3)
    np.testing.assert_allclose(found.x, best[:2], rtol=2e-2)
    np.testing.assert_allclose(worst(best[:2]), best.rate, rtol=1e-6)


def test_tuned_plain_is_what_a_bounded_search_finds():
    def worst(eta):
        return max(abs(1 - eta * each) for each in (0.2, 4.0))

    found = optimize.minimize_scalar(worst, bounds=(0, 0.5), method="bounded")
    best = momentum.tuned_plain(0.2, 4.0)
    np.testing.assert_allclose([best.eta, best.rate], [found.x, found.fun], rtol=1e-4)
    assert best.beta == 0


def test_one_eigenvalue_is_solved_in_a_step():
    np.testing.assert_allclose(momentum.tuned(2.0, 2.0), (0.5, 0, 0))
    np.testing.assert_allclose(momentum.tuned_plain(2.0, 2.0), (0.5, 0, 0))


def test_heavy_ball_is_torchs():
    curvatures = torch.tensor([0.2, 4.0], dtype=torch.float64)
    start = torch.tensor([-5.0, -2.0], dtype=torch.float64)
    path = descend(
        lambda theta: (curvatures * theta**2).sum() / 2,
        start,
        lambda parameters: torch.optim.SGD(parameters, lr=0.6, momentum=0.5),
        50,
    )
    ours = momentum.heavy_ball(lambda x: curvatures.numpy() * x, start.numpy(), 0.6, 0.5, 50)
    np.testing.assert_allclose(ours, path.points, rtol=0, atol=1e-12)


def test_heavy_ball_of_a_grid_is_each_alone():
    etas, betas = np.array([0.1, 0.4]), np.array([[0.0], [0.5], [0.9]])
    grid = momentum.heavy_ball(np.sin, 1.0, etas, betas, 20)
    assert grid.shape == (21, 3, 2)
    alone = momentum.heavy_ball(np.sin, 1.0, 0.4, 0.9, 20)
    np.testing.assert_array_equal(grid[:, 2, 1], alone)


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("step", [0.05, 0.7, 2.1, 3.5, 4.5])
def test_measured_rate_is_the_spectral_radius(step, beta):
    exact = abs(np.linalg.eigvals(companion(step, beta))).max()
    np.testing.assert_allclose(momentum.measured_rate([step], beta), exact, rtol=5e-3)


def test_measured_rate_is_that_of_the_slowest_direction():
    rate = momentum.measured_rate([[0.1, 0.5, 1.0]], np.array([0.0]))
    np.testing.assert_allclose(rate, [0.9])


def test_a_direction_solved_at_once_has_rate_zero():
    assert momentum.measured_rate([1.0], 0.0) == 0


@pytest.mark.parametrize(
    ("eta", "beta", "curvature", "noise"), [(0.1, 0.0, 1, 1), (0.3, 0.9, 2, 0.5), (1.2, 0.5, 2, 3)]
)
def test_noise_floor_solves_lyapunovs_equation(eta, beta, curvature, noise):
    drive = np.diag([(eta * noise) ** 2, 0.0])  # covariance added by each update
    covariance = linalg.solve_discrete_lyapunov(companion(eta * curvature, beta), drive)
    exact = curvature / 2 * covariance[0, 0]
    np.testing.assert_allclose(momentum.noise_floor(eta, beta, curvature, noise), exact)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: momentum.radius(1.0, 1.5), r"momentum lies in \[0, 1\]; received 1.5"),
        (lambda: momentum.radius(1.0, -0.1), "received -0.1"),
        (lambda: momentum.critical_beta(4.0), r"\[0, 4\); received 4.0"),
        (lambda: momentum.tuned(0.0, 1.0), "0 < smallest <= largest; received 0.0"),
        (lambda: momentum.tuned_plain(2.0, 1.0), "received 2.0 and 1.0"),
        (lambda: momentum.noise_floor(3.0, 0.0, 1.0, 1.0), "ηλ = 3.0, β = 0.0"),
        (lambda: momentum.noise_floor(0.1, 1.0, 1.0, 1.0), "β = 1.0"),
        (lambda: momentum.measured_rate([1.0], 0.5, 100), "multiple of 32; received 100"),
        (lambda: momentum.heavy_ball(np.sin, 1.0, 0.1, 0.5, -1), "received -1"),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_path_of_whole_numbers_is_one_of_floats_from_its_start():
    path = momentum.roll(lambda theta: theta, np.array([4, 8]), 0.5, 0.0)
    assert next(path).dtype == float and next(path).tolist() == [2.0, 4.0]


def test_each_of_many_rates_is_scaled_by_its_own_error():
    """One that ends at zero and one that is thrown out of range, each beside the other."""
    steps = np.array([[0.01], [0.9], [3.9]])
    together = momentum.measured_rate(steps, 0.0)
    np.testing.assert_allclose(together, abs(1 - steps[:, 0]), rtol=1e-12)


@pytest.mark.parametrize("ends", [(0, 1), (-1, 1), (2, 1), (1, np.inf), (np.nan, 1)])
def test_what_is_no_spectrum_is_named(ends):
    for function in (momentum.tuned, momentum.tuned_plain):
        with pytest.raises(ValueError, match=f"received {ends[0]} and {ends[1]}"):
            function(*ends)
