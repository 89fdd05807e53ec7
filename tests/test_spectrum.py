"""Eigenvalues, trace and density against numpy's, on matrices and on networks."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from trainingtips import curvature, spectrum

DOUBLE = torch.float64


def matrix(values, seed=0):
    """A symmetric matrix with these eigenvalues, in a random position."""
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values),) * 2))[0]
    return q @ np.diag(values) @ q.T


def matrix_loss(h):
    h = torch.from_numpy(h)
    return lambda theta: 0.5 * theta @ h @ theta


def digits_like_network(dtype=DOUBLE, seed=0):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4)).to(dtype)
    x, y = torch.randn(50, 6, dtype=DOUBLE).to(dtype), torch.randint(4, (50,))
    return curvature.flat_loss(network, nn.functional.cross_entropy, x, y)


def full(loss, theta):
    """torch's own Hessian, by reverse mode twice: not the package's way."""
    return torch.autograd.functional.hessian(loss, theta).numpy()


@pytest.mark.parametrize("which", ["largest", "smallest", "both"])
def test_eigenpairs_of_a_network(which):
    loss, theta = digits_like_network()
    exact = np.linalg.eigvalsh(full(loss, theta))
    values, vectors = curvature.eigenpairs(loss, theta, 2, which)
    expected = {"largest": exact[-2:], "smallest": exact[:2]}.get(which, [*exact[:2], *exact[-2:]])
    np.testing.assert_allclose(values, expected, rtol=1e-6)
    torch.testing.assert_close(vectors @ vectors.T, torch.eye(len(values), dtype=DOUBLE))


def test_eigenpairs_in_single_precision():
    loss, theta = digits_like_network(torch.float32)
    exact = np.linalg.eigvalsh(full(*digits_like_network()))
    values, vectors = curvature.eigenpairs(loss, theta, 1, "largest")
    assert vectors.dtype == torch.float32
    np.testing.assert_allclose(values, exact[-1:], rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
@pytest.mark.parametrize("error", [1e-2, 1e-4])
def test_the_largest_eigenvalue_alone_is_as_exact_as_asked(dtype, error):
    exact = np.linalg.eigvalsh(full(*digits_like_network()))[-1]
    loss, theta = digits_like_network(dtype)
    assert len(theta) > spectrum.DENSE
    assert curvature.largest_eigenvalue(loss, theta, error) == pytest.approx(exact, rel=error)


def test_the_largest_eigenvalue_that_stands_out_takes_few_products():
    h = torch.from_numpy(matrix([*np.geomspace(1e-4, 1, 298), 5.0, 10.0]))
    calls = []

    def loss(theta):
        return 0.5 * theta @ h @ theta

    def times(v):
        calls.append(1)
        return h @ v

    loss.products = lambda theta, memory: times
    assert curvature.largest_eigenvalue(loss, torch.zeros(300, dtype=DOUBLE)) == pytest.approx(
        10, rel=1e-4
    )
    alone = len(calls)
    curvature.eigenpairs(loss, torch.zeros(300, dtype=DOUBLE), 1, "largest")
    assert alone <= 6 < len(calls) - alone


def test_two_that_pass_for_one_give_a_value_between_them():
    for apart in np.geomspace(1e-1, 1e-6, 11):
        h = matrix([*np.linspace(0, 1, 198), 2 - apart, 2.0])
        value = curvature.largest_eigenvalue(matrix_loss(h), torch.zeros(200, dtype=DOUBLE))
        assert 2 - apart - 2e-4 <= value <= 2 + 1e-12


def test_the_largest_eigenvalue_of_few_weights_is_numpys_and_what_is_wrong_is_told():
    h = matrix(np.linspace(-3, 2, 20))
    loss, theta = matrix_loss(h), torch.zeros(20, dtype=DOUBLE)
    assert curvature.largest_eigenvalue(loss, theta) == pytest.approx(2)
    with pytest.raises(ValueError, match="above 0; received 0"):
        curvature.largest_eigenvalue(loss, theta, 0)
    with pytest.raises(ValueError, match="received 0"):
        curvature.largest_eigenvalue(loss, theta, budget=0)


def test_a_zero_hessian_of_many_weights_has_zero_eigenvalues():
    values, vectors = curvature.eigenpairs(lambda t: t.sum(), torch.zeros(200, dtype=DOUBLE), 2)
    assert values.tolist() == [0.0] * 4
    torch.testing.assert_close(vectors @ vectors.T, torch.eye(4, dtype=DOUBLE))


def test_a_spent_budget_returns_what_was_found():
    h = matrix(np.linspace(-1, 1, 300))
    for which, end in {"largest": 1, "smallest": -1}.items():
        with pytest.raises(curvature.Unfinished, match=r"1 of 300.*above 1e-09.*`budget`") as found:
            curvature.eigenpairs(matrix_loss(h), torch.zeros(300, dtype=DOUBLE), 1, which, budget=1)
        (value,), (vector,) = found.value.values, found.value.vectors.numpy()
        residual = np.linalg.norm(h @ vector - value * vector)
        assert value == pytest.approx(end, abs=residual)  # no eigenvalue is farther than that
        assert found.value.residuals[0] == pytest.approx(residual, rel=0.05)  # ‖H‖ is 1
        assert np.linalg.norm(vector) == pytest.approx(1)
    with pytest.raises(ValueError, match=r"budget is a whole number.*received 0"):
        curvature.eigenpairs(matrix_loss(h), torch.zeros(300, dtype=DOUBLE), budget=0)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
def test_an_eigenvalue_of_zero_is_found(dtype):
    # softmax regression: adding the same to all classes changes nothing, so the smallest λ is 0
    torch.manual_seed(0)
    x, y = torch.randn(300, 30, dtype=dtype), torch.randint(10, (300,))
    network = nn.Linear(30, 10).to(dtype)
    loss, theta = curvature.flat_loss(network, nn.functional.cross_entropy, x, y)
    exact = np.linalg.eigvalsh(full(loss, theta).astype(float))
    counted = [0]

    def counting(t):
        counted[0] += 1
        return loss(t)

    values, vectors = curvature.eigenpairs(counting, theta, budget=400)
    accuracy = {torch.float32: 1e-5, DOUBLE: 1e-9}[dtype] * exact[-1]
    np.testing.assert_allclose(values, exact[[0, -1]], atol=accuracy)
    residuals = curvature.hvp(loss, theta, vectors) - torch.from_numpy(values)[:, None] * vectors
    assert float(residuals.norm(dim=1).max()) <= 3 * accuracy
    assert abs(curvature.escape_direction(loss, theta)[0]) <= accuracy


def test_signs_take_the_memory_of_a_few_vectors():
    n = 1_000_000
    loss, theta = (lambda t: t.square().sum()), torch.zeros(n)

    def product(v):
        largest.append(v.numel())
        return 2 * v

    largest = []
    loss.products = lambda theta, memory: product
    found = curvature.trace(loss, theta, 24, "hutchinson")
    assert found.mean == found.low == found.high == 2 * n
    assert max(largest) <= spectrum.BLOCK  # of 24 million


@pytest.mark.parametrize("block", [1, 500, 10**9])
def test_blocks_change_no_sign(block, monkeypatch):
    theta = torch.zeros(70)
    drawn = np.random.default_rng(5).integers(2, size=(9, 70)) * 2.0 - 1
    monkeypatch.setattr(spectrum, "BLOCK", block)
    rows = torch.cat(list(spectrum._blocks(np.random.default_rng(5), 9, theta)))
    assert np.array_equal(rows.numpy(), drawn)
    assert np.array_equal(spectrum._signs(np.random.default_rng(5), 9, theta).numpy(), drawn)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=12), st.integers(0, 99))
def test_eigenvalues_bound_every_rayleigh_quotient(values, seed):
    n = len(values)
    loss, theta = matrix_loss(matrix(values, seed)), torch.zeros(n, dtype=DOUBLE)
    ends, _ = curvature.eigenpairs(loss, theta, 1)
    v = torch.from_numpy(np.random.default_rng(seed).normal(size=(20, n)))
    v = v / v.norm(dim=1, keepdim=True)
    quotients = (v * curvature.hvp(loss, theta, v)).sum(1)
    assert ends[0] - 1e-9 <= quotients.min() and quotients.max() <= ends[-1] + 1e-9


@settings(deadline=None, derandomize=True, max_examples=10)
@given(st.permutations(range(8)))
def test_eigenvalues_do_not_depend_on_the_weights_order(order):
    h = matrix(np.arange(8) - 3.0)
    again = h[np.ix_(order, order)]
    theta = torch.zeros(8, dtype=DOUBLE)
    one = curvature.eigenpairs(matrix_loss(h), theta, 4)[0]
    np.testing.assert_allclose(
        curvature.eigenpairs(matrix_loss(again), theta, 4)[0], one, atol=1e-12
    )


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.sampled_from([-2.0, -1e-9, 0.0, 1e-9, 1.0, 3.0]), min_size=1, max_size=9))
def test_signs_count_every_eigenvalue_once(values):
    negative, zero, positive = curvature.signs(values)
    large = max(map(abs, values)) > 0.5  # the others are zero beside it
    if large:
        assert negative == values.count(-2.0)
        assert positive == values.count(1.0) + values.count(3.0)
    assert negative + zero + positive == len(values)


@pytest.mark.parametrize("method", ["hutchinson", "hutch++"])
def test_trace_intervals_cover_the_exact_trace(method):
    # 64 estimates at 95 %: at least 54 cover it but with a chance of 1e-3
    h = matrix(np.geomspace(1e-3, 10, 150))
    theta = torch.zeros(150, dtype=DOUBLE)
    found = [
        curvature.trace(matrix_loss(h), theta, 30, method=method, seed=seed) for seed in range(64)
    ]
    assert sum(m.low <= np.trace(h) <= m.high for m in found) >= 54


def test_hutch_plus_plus_is_closer_where_few_eigenvalues_dominate():
    h = matrix(1.0 / np.arange(1, 301) ** 2)
    theta = torch.zeros(300, dtype=DOUBLE)

    def error(method):
        found = [
            curvature.trace(matrix_loss(h), theta, 60, method=method, seed=s).mean
            for s in range(20)
        ]
        return np.sqrt(np.mean((np.array(found) - np.trace(h)) ** 2))

    assert error("hutch++") < 0.2 * error("hutchinson")


def test_trace_is_exact_for_few_weights():
    loss, theta = digits_like_network()
    found = curvature.trace(loss, theta, products=len(theta))
    assert found.low == found.mean == found.high
    assert found.mean == pytest.approx(np.trace(full(loss, theta)))


def test_a_range_of_fewer_dimensions_than_its_products_gives_the_exact_trace():
    # the sketch has 20 rows for three directions: what rounding leaves of the others is left out
    for dtype in (torch.float32, DOUBLE):
        h = torch.from_numpy(matrix([*np.zeros(197), 1.0, 2.0, 4.0])).to(dtype)
        theta = torch.zeros(200, dtype=dtype)
        found = curvature.trace(lambda t, h=h: 0.5 * t @ h @ t, theta, 60)
        assert found.mean == pytest.approx(7, rel=1e-5)
        assert found.high - found.low < 1e-4


def test_density_has_the_spectrums_moments():
    loss, theta = digits_like_network()
    exact = np.linalg.eigvalsh(full(loss, theta))
    density = curvature.spectral_density(loss, theta, probes=60, steps=40)
    assert density.weights.sum() == pytest.approx(1)
    assert density.weights.min() >= 0
    # the mean over probes of vᵀHᵏv: Hutchinson's standard error is √(2 Σλ^2k / probes) / n
    for power in (1, 2):
        error = np.sqrt(2 * (exact ** (2 * power)).sum() / 60) / len(exact)
        found = (density.weights * density.points**power).sum()
        assert abs(found - (exact**power).mean()) < 4 * error
    assert density.points.max() == pytest.approx(exact.max(), rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
def test_density_by_three_vectors_is_that_of_the_whole_basis(dtype, monkeypatch):
    # few outliers, which converge early: without reorthogonalisation they are found many times
    h = matrix([*np.geomspace(1e-4, 0.1, 296), 2.0, 3.0, 5.0, 10.0])
    small = torch.from_numpy(h).to(dtype)
    loss, theta = (lambda t: 0.5 * t @ small @ t), torch.zeros(300, dtype=dtype)
    whole = curvature.spectral_density(loss, theta, probes=3, steps=60)
    monkeypatch.setattr(spectrum, "BLOCK", 1)
    few = curvature.spectral_density(loss, theta, probes=3, steps=60)
    assert (few.points > 9.9).sum() > (whole.points > 9.9).sum()  # so there are repetitions
    accuracy = {torch.float32: 1e-5, DOUBLE: 1e-12}[dtype]
    for power in (1, 2, 3):
        moments = [(d.weights * d.points**power).sum() for d in (few, whole)]
        assert moments[0] == pytest.approx(moments[1], rel=accuracy)
    for low, high in ((-1, 1.5), (1.5, 4), (4, 7), (7, 11)):
        assert few.share(low, high) == pytest.approx(whole.share(low, high), abs=accuracy)


def test_density_takes_the_memory_of_a_few_vectors():
    n = 1_000_000
    loss, theta, held = (lambda t: t.square().sum()), torch.zeros(n), []

    def product(v):
        held.append(v.untyped_storage().nbytes())
        return torch.linspace(1, 2, n) * v

    loss.products = lambda theta, memory: product
    density = curvature.spectral_density(loss, theta, probes=1, steps=20)
    assert max(held) <= 2 * 4 * n  # of 20
    assert density.share(0.99, 2.01) == pytest.approx(1)


def test_density_of_two_clusters():
    h = matrix([0.0] * 150 + [1.0] * 50)
    density = curvature.spectral_density(matrix_loss(h), torch.zeros(200, dtype=DOUBLE), 40)
    assert density.share(0.5, 1.5) == pytest.approx(0.25, abs=0.05)
    x = np.linspace(-1, 2, 2001)
    smooth = density.at(x, width=0.05)
    assert np.trapezoid(smooth, x) == pytest.approx(1, abs=1e-3)
    with pytest.raises(ValueError, match="width"):
        density.at(x, 0)


def test_density_of_a_zero_hessian_and_of_one_weight():
    zero = curvature.spectral_density(lambda t: t.sum(), torch.zeros(5), 3, 4)
    assert zero.share(0, 0) == pytest.approx(1)
    one = curvature.spectral_density(lambda t: 3 * (t**2).sum(), torch.zeros(1))
    assert one.points.tolist() == [6.0] * 8


@pytest.mark.parametrize(
    ("function", "options", "words"),
    [
        (curvature.eigenpairs, {"k": 1, "which": "top"}, "top"),
        (curvature.trace, {"products": 5}, "from 6"),
        (curvature.trace, {"products": 9.5}, "9.5"),
        (curvature.trace, {"method": "exact"}, "exact"),
        (curvature.spectral_density, {"probes": 0}, "probes"),
        (curvature.spectral_density, {"steps": -1}, "steps"),
    ],
)
def test_wrong_arguments_are_named(function, options, words):
    with pytest.raises(ValueError, match=words):
        function(lambda t: (t**2).sum(), torch.zeros(3), **options)


def test_a_basis_too_small_is_refused():
    with pytest.raises(ValueError, match="above 4; received 3"):
        curvature.eigenpairs(lambda t: (t**2).sum(), torch.zeros(100), 2, "both", basis=3)


@pytest.mark.parametrize("function", [curvature.trace, curvature.spectral_density])
def test_what_is_no_point_is_refused(function):
    with pytest.raises(TypeError, match="list"):
        function(lambda t: t, [1.0])
    with pytest.raises(ValueError, match="scalar"):
        function(lambda t: t, torch.zeros(3))
    with pytest.raises(ValueError, match="nan"):
        function(lambda t: t.sum() * float("nan"), torch.zeros(3))


@pytest.mark.parametrize(("down", "up"), [(1.0, 1.0), (0.1, 2.0), (3.0, 0.5)])
def test_the_chance_of_rise_for_two_eigenvalues_is_an_angle(down, up):
    # λ₂z₂² > λ₁z₁² where the angle's tangent is below √(λ₂/λ₁)
    exact = 2 / np.pi * np.arctan(np.sqrt(up / down))
    assert curvature.chance_of_rise([-down, up]) == pytest.approx(exact, abs=1e-5)


def test_the_chance_of_rise_is_the_share_of_drawn_directions():
    values = np.array([-2.0, -0.3, 0.0, 0.1, 0.5, 1.5])
    v = np.random.default_rng(0).normal(size=(200_000, 6))
    share = (v**2 @ values > 0).mean()
    assert abs(curvature.chance_of_rise(values) - share) < 5 * np.sqrt(0.25 / 200_000)
    with pytest.raises(ValueError, match="finite"):
        curvature.chance_of_rise([])


def test_the_tolerance_says_what_counts_as_zero():
    assert spectrum.classify([1e-3, 1.0]) == "minimum"
    assert spectrum.classify([1e-3, 1.0], tolerance=1e-2) == "degenerate"
    assert spectrum.signs([-1e-3, 1e-3, 1.0], tolerance=1e-3) == (0, 2, 1)


@pytest.mark.parametrize("values", [[], [[1.0]], [float("nan")], [1.0, float("inf")]])
def test_what_are_no_eigenvalues_is_named(values):
    with pytest.raises(ValueError, match="eigenvalues are finite, of shape"):
        spectrum.signs(values)


def test_nearly_all_eigenpairs_of_many_weights_are_those_of_the_whole_matrix():
    h = matrix(np.linspace(-1, 3, 70))
    for k, which, expected in ((35, "both", slice(None)), (69, "largest", slice(1, None))):
        values, _ = spectrum.eigenpairs(matrix_loss(h), torch.zeros(70, dtype=DOUBLE), k, which)
        np.testing.assert_allclose(values, np.linspace(-1, 3, 70)[expected], atol=1e-12)


def test_one_probe_and_one_step_see_the_mean_eigenvalue():
    values = torch.tensor([1.0, 2.0, 6.0], dtype=DOUBLE)  # along the axes: a random sign is a mean
    loss, theta = (lambda t: 0.5 * (values * t**2).sum()), torch.zeros(3, dtype=DOUBLE)
    density = spectrum.spectral_density(loss, theta, probes=1, steps=1)
    np.testing.assert_allclose(density.points, [3])
    np.testing.assert_allclose(density.weights, [1])
    assert density.n == 3


@pytest.mark.parametrize("zeros", [[0.0], [0, 0], [0.0, -0.0, 0.0]])
def test_where_all_eigenvalues_are_zero_nothing_rises(zeros):
    assert curvature.chance_of_rise(zeros) == 0
    assert curvature.chance_of_rise([*zeros, 1e-300]) == pytest.approx(1, abs=1e-5)


def test_k_may_be_a_number_of_numpys():
    for n in (3, 100):  # by the whole Hessian, and by Lanczos
        theta = torch.linspace(1, 2, n, dtype=DOUBLE)
        loss = lambda t: t.pow(4).sum()  # noqa: E731
        found, expected = (curvature.eigenpairs(loss, theta, k)[0] for k in (np.int64(2), 2))
        assert np.array_equal(found, expected)
        for k in (0, n + 1, 2.0):
            with pytest.raises(ValueError, match=f"k is a whole number from 1 to {n}; received"):
                curvature.eigenpairs(loss, theta, k)
