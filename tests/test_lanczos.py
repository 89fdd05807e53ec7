"""Ends of a spectrum against numpy's eigh of the whole matrix, and every call against itself."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trainingtips import curvature, lanczos

DOUBLE = torch.float64
N = 150
SPECTRA = {
    "even": np.linspace(-1, 1, N),
    "crowded at zero": np.concatenate(
        [-np.geomspace(1e-5, 1e-9, N - 10), np.geomspace(1e-3, 1, 10)]
    ),
    "low rank": np.array([0.0] * (N - 3) + [1, 2, 3]),
    "twice at each end": np.array([-3, -3, *np.linspace(-1, 1, N - 4), 2, 2]),
    "many zeros": np.array([0.0] * 60 + list(np.linspace(0.1, 1, N - 60))),
    "one value": np.full(N, -2.0),
    "positive": np.geomspace(0.5, 10, N),
}  # fmt: skip


def matrix(values, seed=0):
    """A symmetric matrix with these eigenvalues, in a random position."""
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values),) * 2))[0]
    return torch.from_numpy(q @ np.diag(values) @ q.T)


def found(h, low, high, **options):
    defaults = {"rng": np.random.default_rng(0), "basis": 20, "tolerance": 1e-9, "budget": 3000}
    like = torch.zeros(len(h), dtype=h.dtype)
    return lanczos.ends(lambda v: h @ v, low, high, like, **(defaults | options))


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 0), (1, 1), (2, 2), (0, 3)])
@pytest.mark.parametrize("name", SPECTRA)
def test_both_ends_are_numpys(name, low, high, early):
    h = matrix(SPECTRA[name])
    exact = np.linalg.eigvalsh(h.numpy())
    pairs = found(h, low, high, early=early)
    assert pairs.converged
    expected = [*exact[:low], *exact[N - high :]]
    np.testing.assert_allclose(pairs.values, expected, atol=1e-9 * abs(exact).max())
    eye = torch.eye(low + high, dtype=DOUBLE)
    torch.testing.assert_close(pairs.vectors @ pairs.vectors.T, eye, rtol=0, atol=1e-10)
    residuals = (pairs.vectors @ h - pairs.values[:, None] * pairs.vectors).norm(dim=1)
    assert (residuals <= 1e-9 * pairs.values.abs() + 1e-13 * pairs.norm).all()  # or rounding


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.integers(3, 40), st.integers(0, 9), st.sampled_from([(0, 1), (1, 0), (1, 1)]))
def test_any_basis_above_the_pairs_is_enough(basis, seed, ends):
    h = matrix(np.random.default_rng(seed).normal(size=80), seed)
    exact = np.linalg.eigvalsh(h.numpy())
    pairs = found(h, *ends, basis=basis, tolerance=1e-6)
    expected = [*exact[: ends[0]], *exact[80 - ends[1] :]]
    np.testing.assert_allclose(pairs.values, expected, atol=1e-6 * abs(exact).max())


def several(seed):
    """Eigenvalues of which many are there several times, or nearly."""
    rng = np.random.default_rng(seed)
    n, times = int(rng.integers(60, 200)), int(rng.integers(2, 7))
    few = rng.normal(size=n // times)
    near = few * (1 - 1e-6)
    alike = [
        np.repeat(few, times),
        np.concatenate([few, near]),
        rng.choice(few[:9], n),  # each more often than a basis has vectors
        np.concatenate([np.repeat(rng.exponential(size=4), times), np.zeros(n)]),
    ]
    return alike[seed % 4]


@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32])
@pytest.mark.parametrize("ends", [(0, 4), (4, 0), (3, 3), (1, 5), (20, 2)])
@pytest.mark.parametrize("seed", range(8))
def test_eigenvalues_that_are_there_several_times_are_found_so_often(seed, ends, dtype):
    values = several(seed)
    h, (low, high) = matrix(values, seed).to(dtype), ends
    pairs = found(
        h, low, high, basis=45, tolerance=1e-9 if dtype == DOUBLE else 1e-5, early=not low
    )
    exact = np.linalg.eigvalsh(h.double().numpy())
    exact, scale = [*exact[:low], *exact[len(h) - high :]], abs(exact).max()
    accuracy = scale * (1e-9 if dtype == DOUBLE else 2e-5)
    assert pairs.converged
    np.testing.assert_allclose(pairs.values, exact, atol=accuracy)
    gram = pairs.vectors @ pairs.vectors.T
    torch.testing.assert_close(gram, torch.eye(low + high, dtype=dtype), rtol=0, atol=1e-5)
    left = pairs.vectors @ h - pairs.values[:, None].to(dtype) * pairs.vectors
    assert float(left.norm(dim=1).max()) <= 2 * accuracy


@pytest.mark.parametrize("which", ["largest", "smallest", "both"])
def test_a_linear_layer_has_each_eigenvalue_once_for_each_output(which):
    torch.manual_seed(0)
    x, y = torch.randn(40, 30, dtype=DOUBLE), torch.randn(40, 4, dtype=DOUBLE)
    loss, theta = curvature.flat_loss(
        torch.nn.Linear(30, 4, bias=False).double(), torch.nn.functional.mse_loss, x, y
    )
    exact = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, theta)).numpy()
    expected = {"largest": exact[-6:], "smallest": exact[:6]}
    expected = expected.get(which, [*exact[:6], *exact[-6:]])
    np.testing.assert_allclose(curvature.eigenpairs(loss, theta, 6, which)[0], expected, rtol=1e-8)


@pytest.mark.parametrize("name", ["even", "positive", "crowded at zero"])
@pytest.mark.parametrize(("low", "high"), [(0, 3), (3, 0), (2, 2)])
def test_a_look_beyond_changes_no_digit_of_what_is_right(name, low, high):
    h, counted, told = matrix(SPECTRA[name]), [], []
    options = {"rng": np.random.default_rng(0), "basis": 20, "tolerance": 1e-9, "budget": 3000}
    options |= {"early": False, "progress": None}
    like = torch.zeros(N, dtype=DOUBLE)
    first, _ = lanczos._search(lambda v: h @ v, low, high, like, value=False, start=None, **options)

    def times(v):
        counted.append(1)
        return h @ v

    options |= {"rng": np.random.default_rng(0), "progress": lambda *a: told.append(a[0])}
    pairs = lanczos.ends(times, low, high, like, **options)
    for name in ("values", "vectors", "residuals"):
        assert torch.equal(getattr(first, name), getattr(pairs, name))
    assert told == sorted(set(told)) and told[-1] == pairs.products == len(counted)
    assert first.products < pairs.products < 2.2 * first.products


def test_a_look_that_the_budget_ends_leaves_the_pairs_unconverged():
    h = matrix(np.concatenate([np.linspace(0, 1, N), np.linspace(0, 1, N)]))
    whole = found(h, 0, 5, basis=12, tolerance=1e-9)
    pairs = found(h, 0, 5, basis=12, tolerance=1e-9, budget=whole.products // 3)
    assert whole.converged and not pairs.converged
    assert pairs.products <= 2 * (whole.products // 3) < whole.products


def test_a_space_that_the_basis_fills_is_taken_whole():
    h = matrix([1.0, 2.0, 2.0, 5.0])
    pairs = found(h, 2, 2, basis=4)
    np.testing.assert_allclose(pairs.values, [1, 2, 2, 5], atol=1e-12)
    assert pairs.products == 4


def test_an_end_that_stands_out_takes_few_products():
    h = matrix([*np.linspace(-1, 1, N - 1), 50.0])
    early, late = found(h, 0, 1, early=True, tolerance=1e-5), found(h, 0, 1, tolerance=1e-5)
    assert early.products < 8 and late.products == 20
    assert float(early.values[0]) == pytest.approx(50, rel=1e-9)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-8])
@pytest.mark.parametrize("name", ["even", "crowded at zero", "low rank", "many zeros", "positive"])
def test_a_value_alone_is_as_good_as_asked_and_sooner(name, tolerance):
    h = matrix(SPECTRA[name])
    top = float(np.linalg.eigvalsh(h.numpy())[-1])
    value = found(h, 0, 1, early=True, value=True, tolerance=tolerance)
    pair = found(h, 0, 1, early=True, tolerance=tolerance)
    assert value.converged and value.products <= pair.products
    assert float(value.values[0]) == pytest.approx(top, rel=tolerance)
    assert float(value.residuals[0]) > tolerance * top or value.products == pair.products


def test_what_is_told_while_it_runs():
    told, h = [], matrix(SPECTRA["even"])
    pairs = found(h, 1, 1, early=True, progress=lambda *each: told.append(each))
    products, values, residuals = told[-1]
    assert [each[0] for each in told] == list(range(2, pairs.products + 1))
    assert products == pairs.products and np.array_equal(values, pairs.values)
    assert residuals.max() < told[0][2].max()
    seen = []
    loss = lambda t: 0.5 * t @ h @ t  # noqa: E731
    curvature.eigenpairs(loss, torch.zeros(N, dtype=DOUBLE), progress=lambda *a: seen.append(a[0]))
    assert seen and seen == sorted(set(seen))


def test_a_start_near_the_end_saves_products():
    h = matrix(SPECTRA["even"])
    near = found(h, 0, 1, early=True).vectors[0]
    again = found(h, 0, 1, early=True, start=near + 1e-6 * h[0])
    assert again.products < found(h, 0, 1, early=True).products / 2
    assert float(again.values[0]) == pytest.approx(1, rel=1e-9)


def test_a_spent_budget_tells_how_far_it_is():
    h = matrix(SPECTRA["even"])
    pairs = found(h, 1, 0, basis=5, budget=10, tolerance=1e-12)
    assert not pairs.converged and pairs.products == 20
    (vector,), (value,) = pairs.vectors, pairs.values
    assert float((h @ vector - value * vector).norm()) == pytest.approx(float(pairs.residuals[0]))


def test_a_product_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        found(matrix([1.0, 2.0, 3.0]) * float("nan"), 0, 1, basis=2)


@pytest.mark.parametrize("name", ["crowded at zero", "twice at each end"])
@pytest.mark.parametrize("which", ["largest", "smallest", "both"])
def test_a_call_is_itself_again_to_the_last_digit(name, which):
    h, products = matrix(SPECTRA[name]), []

    def loss(theta):
        return 0.5 * theta @ h @ theta

    def call():
        return curvature.eigenpairs(
            loss, torch.zeros(N, dtype=DOUBLE), 1, which, tolerance=0.1, basis=8,
            progress=lambda count, *_: products.append(count),
        )  # fmt: skip

    values, vectors = call()
    first, products[:] = list(products), []
    torch.empty(12_345).normal_(generator=torch.Generator())  # other memory is in use
    again, rows = call()
    assert np.array_equal(values, again) and torch.equal(vectors, rows)
    assert first == products


def test_nothing_is_drawn_from_the_operating_system(monkeypatch):
    # scipy's eigsh did, whenever its basis broke down: the same call gave 443, 413 and 443 products
    genuine = np.random.default_rng

    def seeded(seed=None):
        assert seed is not None, "a generator without a seed"
        return genuine(seed)

    monkeypatch.setattr(np.random, "default_rng", seeded)
    h = matrix(SPECTRA["even"])
    curvature.eigenpairs(lambda t: 0.5 * t @ h @ t, torch.zeros(N, dtype=DOUBLE))
