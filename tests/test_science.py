"""The science package against closed forms, numpy, finite differences and torch.autograd."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from trainingtips import curvature, data, descent, statistics, surfaces, taylor


def network_loss(seed=0, normalized=False):
    torch.manual_seed(seed)
    extra = [nn.BatchNorm1d(6)] if normalized else []
    network = nn.Sequential(nn.Linear(5, 6), *extra, nn.Tanh(), nn.Linear(6, 3)).double()
    x, y = torch.randn(20, 5, dtype=torch.float64), torch.randint(3, (20,))
    return network, *curvature.flat_loss(network, nn.functional.cross_entropy, x, y), x, y


def random_symmetric(n, seed):
    a = np.random.default_rng(seed).normal(size=(n, n))
    return (a + a.T) / 2


def matrix_loss(matrix):
    h = torch.from_numpy(matrix)
    return lambda theta: 0.5 * theta @ h @ theta


def test_import_is_cheap():
    code = "import sys, trainingtips; print({'numpy', 'torch', 'matplotlib'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_two_weights_has_the_derived_derivatives():
    w1, w2 = 0.7, -1.3
    theta = torch.tensor([w1, w2], dtype=torch.float64)
    g = [-2 * (1 - w1 * w2) * w2, -2 * (1 - w1 * w2) * w1]
    h = [[2 * w2**2, -2 + 4 * w1 * w2], [-2 + 4 * w1 * w2, 2 * w1**2]]
    np.testing.assert_allclose(curvature.gradient(surfaces.two_weights, theta), g)
    np.testing.assert_allclose(curvature.hessian(surfaces.two_weights, theta), h)


def test_surfaces_agree_between_numpy_and_torch():
    points = np.random.default_rng(0).normal(size=(4, 3, 2))
    for surface in (surfaces.two_weights, surfaces.monkey_saddle):
        expected = surface(torch.from_numpy(points)).numpy()
        np.testing.assert_allclose(surface(points), expected)
        assert expected.shape == (4, 3)


def test_rotated_quadratic_has_its_eigenvalues():
    values = torch.tensor([-1.0, 2.0, 5.0], dtype=torch.float64)
    rotation = torch.linalg.qr(torch.from_numpy(random_symmetric(3, 1)))[0]
    loss = surfaces.quadratic(values, rotation)
    h = curvature.hessian(loss, torch.zeros(3, dtype=torch.float64))
    np.testing.assert_allclose(h, rotation @ torch.diag(values) @ rotation.T, atol=1e-12)


def test_flat_loss_is_the_modules_own_loss():
    network, loss, theta, x, y = network_loss()
    assert loss(theta).item() == pytest.approx(
        nn.functional.cross_entropy(network(x), y).item(), abs=1e-14
    )
    nn.functional.cross_entropy(network(x), y).backward()
    expected = torch.cat([p.grad.reshape(-1) for p in network.parameters()])
    torch.testing.assert_close(curvature.gradient(loss, theta), expected)


@pytest.mark.parametrize("training", [True, False])
def test_flat_loss_keeps_buffers_and_respects_the_mode(training):
    network, loss, theta, x, y = network_loss(normalized=True)
    network.train(training)
    before = {name: b.clone() for name, b in network.named_buffers()}
    first, second = loss(theta), loss(theta)
    assert first == second
    for name, buffer in network.named_buffers():
        assert torch.equal(buffer, before[name])
    assert first.item() == pytest.approx(nn.functional.cross_entropy(network(x), y).item())


def test_hessian_of_a_network_is_autograds():
    _, loss, theta, *_ = network_loss()
    expected = torch.autograd.functional.hessian(loss, theta)
    torch.testing.assert_close(curvature.hessian(loss, theta), expected)


def test_hvp_is_a_finite_difference_of_gradients_and_batches():
    _, loss, theta, *_ = network_loss()
    v = torch.randn(4, len(theta), dtype=theta.dtype)
    products = curvature.hvp(loss, theta, v)
    step = 1e-5
    for direction, product in zip(v, products, strict=True):
        ahead = curvature.gradient(loss, theta + step * direction)
        behind = curvature.gradient(loss, theta - step * direction)
        torch.testing.assert_close(product, (ahead - behind) / (2 * step), rtol=1e-5, atol=1e-8)
        torch.testing.assert_close(curvature.hvp(loss, theta, direction), product)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.integers(1, 9), st.integers(0, 10_000), st.floats(-3, 3))
def test_hvp_is_linear_and_symmetric(n, seed, factor):
    theta = torch.from_numpy(np.random.default_rng(seed).normal(size=n))
    a, b = torch.from_numpy(np.random.default_rng(seed + 1).normal(size=(2, n)))

    def loss(t):
        return (t**4).sum() + (t.sin() * t.roll(1)).sum()

    def product(v):
        return curvature.hvp(loss, theta, v)

    torch.testing.assert_close(product(factor * a + b), factor * product(a) + product(b))
    torch.testing.assert_close(a @ product(b), b @ product(a))


@pytest.mark.parametrize("n", [1, 2, 10, 100, 150])
@pytest.mark.parametrize("which", ["largest", "smallest", "both"])
def test_eigenpairs_are_numpys(n, which):
    matrix = random_symmetric(n, n)
    k = min(3, n)
    theta = torch.zeros(n, dtype=torch.float64)
    values, vectors = curvature.eigenpairs(matrix_loss(matrix), theta, k, which)
    exact = np.linalg.eigvalsh(matrix)
    chosen = {"largest": exact[-k:], "smallest": exact[:k]}
    both = np.array([*exact[:k], *exact[max(k, n - k) :]])
    np.testing.assert_allclose(values, chosen.get(which, both), atol=1e-8)
    for value, vector in zip(values, vectors.numpy(), strict=True):
        np.testing.assert_allclose(matrix @ vector, value * vector, atol=1e-6)
        assert np.linalg.norm(vector) == pytest.approx(1)


@pytest.mark.parametrize(
    ("eigenvalues", "kind"),
    [
        ([1, 2], "minimum"),
        ([-1, -2], "maximum"),
        ([-1, 0, 2], "saddle"),
        ([0, 2], "degenerate"),
        ([0.0], "degenerate"),
        ([1e-9, 1], "degenerate"),
        ([3], "minimum"),
    ],
)
def test_classify(eigenvalues, kind):
    assert curvature.classify(eigenvalues) == kind


def test_escape_direction_goes_down_at_the_saddle():
    saddle = torch.zeros(2, dtype=torch.float64)
    value, u = curvature.escape_direction(surfaces.two_weights, saddle)
    assert value == pytest.approx(-2)
    # ½λε² to leading order; the exact loss is (1 − ε²/2)²
    assert float(surfaces.two_weights(0.1 * u)) == pytest.approx((1 - 0.005) ** 2)


def test_zero_hessian_and_loss_without_theta():
    zero = torch.zeros(2, dtype=torch.float64)
    assert torch.equal(curvature.hessian(surfaces.monkey_saddle, zero), torch.zeros(2, 2).double())
    constant = curvature.hessian(lambda t: 0 * t.sum() + 1.0, zero)
    assert torch.equal(constant, torch.zeros(2, 2).double())


@pytest.mark.parametrize(
    ("loss", "theta", "error", "words"),
    [
        (lambda t: t.sum(), torch.tensor([1, 2]), TypeError, "int64"),
        (lambda t: t.sum(), [1.0], TypeError, "list"),
        (lambda t: t.sum(), torch.zeros(2, 2), ValueError, r"\(2, 2\)"),
        (lambda t: t.sum(), torch.zeros(0), ValueError, r"\(0,\)"),
        (lambda t: t, torch.zeros(3), ValueError, "scalar"),
        (lambda t: t.sum() / 0, torch.zeros(3), ValueError, "nan"),
        (lambda t: 1.0, torch.zeros(3), ValueError, "float"),
    ],
)
def test_bad_losses_are_refused_by_name(loss, theta, error, words):
    for function in (curvature.gradient, curvature.hessian, curvature.eigenpairs):
        with pytest.raises(error, match=words):
            function(loss, theta)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"which": "top"}, "top"), ({"k": 0}, "k is"), ({"k": 3}, "1 to 2"), ({"k": 1.5}, "1.5")],
)
def test_bad_eigenpairs_requests(options, words):
    with pytest.raises(ValueError, match=words):
        curvature.eigenpairs(surfaces.two_weights, torch.zeros(2), **options)


def test_taylor_is_exact_on_a_cubic():
    theta = torch.tensor([0.5, -1.0], dtype=torch.float64)
    delta = torch.tensor([[0.3, 0.2], [-1.0, 2.0]], dtype=torch.float64)
    w, d = theta.numpy(), delta.numpy()
    value = (w**3).sum()
    orders = [value + 0 * d[:, 0], value + d @ (3 * w**2), value + d @ (3 * w**2) + d**2 @ (3 * w)]
    for order, expected in enumerate(orders):
        model = taylor.taylor(lambda t: (t**3).sum(), theta, order)
        np.testing.assert_allclose(model(delta), expected)
    with pytest.raises(ValueError, match="order"):
        taylor.taylor(lambda t: t.sum(), theta, 3)
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        model(torch.zeros(2, 3))


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_descent_is_torch_optims_loop(name):
    start = torch.tensor([1.5, -0.5], dtype=torch.float64)
    optimizer = getattr(torch.optim, name)
    path = descent.descend(surfaces.two_weights, start, lambda p: optimizer(p, lr=0.05), 12)
    theta = start.clone().requires_grad_()
    rule = optimizer([theta], lr=0.05)
    for t in range(12):
        assert path.losses[t] == surfaces.two_weights(theta).item()
        np.testing.assert_array_equal(path.points[t], theta.detach())
        rule.zero_grad()
        surfaces.two_weights(theta).backward()
        assert path.gradient_norms[t] == pytest.approx(theta.grad.norm().item())
        rule.step()
    assert len(path) == 13
    assert not path.diverged


def test_descent_schedules_stops_and_marks_divergence():
    def bowl(t):
        return (t**2).sum()

    def sgd(lr):
        return lambda p: torch.optim.SGD(p, lr=lr)

    start = torch.tensor([1.0], dtype=torch.float64)
    halved = descent.descend(
        bowl, start, sgd(0.25), 2, lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.5)
    )
    np.testing.assert_allclose(halved.points[:, 0], [1, 0.5, 0.375])  # rates .25, .125
    stopped = descent.descend(bowl, start, sgd(0.25), 50, stop=lambda value, _: value < 0.1)
    np.testing.assert_allclose(stopped.points[:, 0], [1, 0.5, 0.25])
    wild = descent.descend(lambda t: (t**4).sum(), start * 10, sgd(1.0), 50)
    assert wild.diverged
    assert np.isfinite(wild.losses).all()
    with pytest.raises(TypeError, match="lambda p"):
        descent.descend(bowl, start, torch.optim.SGD([start.clone()], lr=1), 1)
    with pytest.raises(ValueError, match="-1"):
        descent.descend(bowl, start, sgd(1.0), -1)


def test_digits_are_there_and_split_without_overlap():
    digits = data.load("digits")
    assert digits.x.shape == (1797, 64)
    assert digits.x.dtype == torch.float32
    assert (digits.x.min(), digits.x.max()) == (0, 1)
    assert torch.equal(digits.y.unique(), torch.arange(10))
    train, rest = digits.split(1024, seed=3)
    again, _ = digits.split(1024, seed=3)
    assert torch.equal(train.x, again.x)
    rows = torch.cat([train.x, rest.x])
    assert torch.equal(rows.unique(dim=0), digits.x.unique(dim=0))
    assert len(train) == 1024
    with pytest.raises(ValueError, match="1797"):
        digits.split(1797)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.ones((3, 2))}, "no array 'y'"),
        ({"x": np.ones((3, 2)), "y": np.zeros(4, int)}, r"\(4,\)"),
        ({"x": np.full((3, 2), np.nan), "y": np.zeros(3, int)}, "finite"),
        ({"x": np.ones((3, 2)), "y": np.array([0, 1, -1])}, "from 0"),
        ({"x": np.ones((3, 2)), "y": np.zeros(3)}, "float64"),
    ],
)
def test_malformed_npz_is_refused(tmp_path, arrays, words):
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(ValueError, match=words):
        data.load(tmp_path / "own.npz")


def test_own_npz_and_unknown_names(tmp_path):
    np.savez(tmp_path / "own.npz", x=np.ones((3, 2, 2)), y=np.array([0, 1, 2]))
    assert data.load(tmp_path / "own.npz").x.shape == (3, 4)
    with pytest.raises(FileNotFoundError):
        data.load(tmp_path / "missing.npz")
    with pytest.raises(ValueError, match="'digitz'"):
        data.load("digitz")


def test_pickled_arrays_are_never_executed(tmp_path):
    np.savez(tmp_path / "bad.npz", x=np.array([{"a": 1}], dtype=object), y=np.zeros(1, int))
    with pytest.raises(ValueError, match="pickle"):
        data.load(tmp_path / "bad.npz")


def test_student_is_scipys_interval():
    samples = np.random.default_rng(0).normal(3, 2, 20)
    measured = statistics.student(samples, 0.9)
    t = stats.ttest_1samp(samples, 0).confidence_interval(0.9)
    assert (measured.low, measured.high) == pytest.approx((t.low, t.high))
    assert measured.mean == pytest.approx(samples.mean())
    assert statistics.paired(samples, samples - 1).mean == pytest.approx(1)


def test_student_covers_at_its_rate():
    draws = np.random.default_rng(1).normal(size=(2000, 8))
    inside = [m.low <= 0 <= m.high for m in map(statistics.student, draws)]
    # 95 % of 2,000 with a standard deviation of 0.5 points: four of them
    assert abs(np.mean(inside) - 0.95) < 0.02


@pytest.mark.parametrize(
    ("samples", "words"),
    [([1.0], "two"), ([[1.0, 2.0]], "shape"), ([1.0, np.nan], "finite"), ([], "two")],
)
def test_student_refuses(samples, words):
    with pytest.raises(ValueError, match=words):
        statistics.student(samples)


def test_measured_refuses_nonsense():
    with pytest.raises(ValueError, match="low <= mean"):
        statistics.Measured(1, 2, 3, 4)
    with pytest.raises(ValueError, match="n counts"):
        statistics.Measured(1, 0, 3, 0)
