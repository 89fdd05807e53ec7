"""Derivatives of networks of several kinds against torch's own, twice reversed."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import critical, curvature

NETWORKS = {
    "tanh": lambda: nn.Sequential(nn.Linear(16, 5), nn.Tanh(), nn.Linear(5, 3)),
    "convolution": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 4, 4)), nn.Conv2d(1, 3, 3), nn.Softplus(),
        nn.Flatten(), nn.Linear(12, 3),
    ),
    "batch norm": lambda: nn.Sequential(
        nn.Linear(16, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3)
    ),
    "pooled": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 4, 4)), nn.Conv2d(1, 2, 3, padding=1), nn.GELU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3),
    ),
    "layer norm": lambda: nn.Sequential(nn.Linear(16, 4), nn.LayerNorm(4), nn.Linear(4, 3)),
}  # fmt: skip
CRITERIA = {
    "cross-entropy": lambda out, y: nn.functional.cross_entropy(out, y),
    "squared error": lambda out, y: nn.functional.mse_loss(
        out, nn.functional.one_hot(y, 3).to(out)
    ),
}


def made(name, criterion="cross-entropy", dtype=torch.float64):
    torch.manual_seed(1)
    network = NETWORKS[name]().to(dtype)
    x, y = torch.randn(12, 16, dtype=dtype), torch.randint(3, (12,))
    return network, curvature.flat_loss(network, CRITERIA[criterion], x, y)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("name", NETWORKS)
def test_hessian_is_torchs(name, criterion):
    _, (loss, theta) = made(name, criterion)
    expected = torch.autograd.functional.hessian(loss, theta)
    torch.testing.assert_close(curvature.hessian(loss, theta), expected)
    # the same rows however few fit in memory at once
    torch.testing.assert_close(curvature.hessian(loss, theta, memory=1), expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_products_do_not_disturb_one_another(name):
    _, (loss, theta) = made(name)
    v = torch.randn(4, len(theta), dtype=theta.dtype)
    h = torch.autograd.functional.hessian(loss, theta)
    torch.testing.assert_close(curvature.hvp(loss, theta, v), v @ h)
    torch.testing.assert_close(curvature.hvp(loss, theta, v[2]), h @ v[2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_flat_loss_keeps_the_type_and_the_gradients_order(dtype):
    network, (loss, theta) = made("convolution", dtype=dtype)
    assert theta.dtype == dtype
    twin = copy.deepcopy(network)
    torch.manual_seed(1)
    NETWORKS["convolution"]()  # to the same random state as `made`
    x, y = torch.randn(12, 16, dtype=dtype), torch.randint(3, (12,))
    CRITERIA["cross-entropy"](twin(x), y).backward()
    expected = torch.cat([p.grad.reshape(-1) for p in twin.parameters()])
    torch.testing.assert_close(curvature.gradient(loss, theta), expected)
    assert all(p.grad is None for p in network.parameters())


def test_mixed_types_and_no_parameters_are_refused():
    mixed = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).double())
    with pytest.raises(TypeError, match=r"float32.*float64"):
        curvature.flat_loss(mixed, nn.functional.mse_loss, torch.ones(1, 2), torch.ones(1, 2))
    with pytest.raises(ValueError, match="ReLU has no parameters"):
        curvature.flat_loss(nn.ReLU(), nn.functional.mse_loss, torch.ones(1), torch.ones(1))


def test_loss_without_theta_and_linear_loss_have_zero_derivatives():
    theta = torch.ones(3)
    for loss, g in [(lambda t: torch.tensor(2.0), 0.0), (lambda t: 4 * t.sum(), 4.0)]:
        assert torch.equal(curvature.gradient(loss, theta), torch.full((3,), g))
        assert torch.equal(curvature.hvp(loss, theta, theta), torch.zeros(3))
        assert torch.equal(curvature.hvp(loss, theta, torch.ones(2, 3)), torch.zeros(2, 3))
        assert torch.equal(curvature.hessian(loss, theta), torch.zeros(3, 3))


def test_one_weight():
    theta = torch.tensor([2.0])
    assert curvature.hessian(lambda t: (t**3).sum(), theta).tolist() == [[12.0]]
    assert curvature.eigenpairs(lambda t: (t**3).sum(), theta)[0].tolist() == [12.0]


def test_a_tensor_that_already_wants_gradients_is_left_alone():
    theta = torch.ones(2, requires_grad=True)
    g = curvature.gradient(lambda t: (t**2).sum(), theta)
    assert not g.requires_grad and theta.grad is None


@pytest.mark.parametrize("v", [torch.zeros(3), torch.zeros(2, 2, 2), [1.0, 2.0], torch.tensor(1.0)])
def test_a_vector_of_the_wrong_shape_is_refused(v):
    with pytest.raises(ValueError, match=r"\(2,\) or \(k, 2\)"):
        curvature.hvp(lambda t: (t**2).sum(), torch.zeros(2), v)


MEASURES = {
    "gradient": curvature.gradient,
    "hvp": lambda loss, theta: curvature.hvp(loss, theta, theta),
    "rows": lambda loss, theta: curvature.hvp(loss, theta, torch.stack([theta, theta + 1])),
    "hessian": curvature.hessian,
    "trace": lambda loss, theta: curvature.trace(loss, theta, 6).mean,
    "density": lambda loss, theta: curvature.spectral_density(loss, theta, 1, 4).points,
    "diagonal": lambda loss, theta: curvature.diagonal(loss, theta, 4).values,
    "largest": curvature.largest_eigenvalue,
    "eigenvectors": lambda loss, theta: curvature.eigenpairs(loss, theta, 2)[1],
    "sharpness": curvature.sharpness,
    "adaptive": curvature.adaptive_sharpness,
    "relative": lambda loss, theta: curvature.trace(*curvature.relative(loss, theta), 6).mean,
    "gauss_newton": lambda loss, theta: curvature.hessian(
        curvature.gauss_newton(loss, theta), theta
    ),
    "critical": lambda loss, theta: critical.find(loss, theta, 3).theta,
}
MODES = {
    "inference_mode": torch.inference_mode,
    "no_grad": torch.no_grad,
    "set_grad_enabled": lambda: torch.set_grad_enabled(False),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_mode_without_gradients_changes_no_digit(measure, mode):
    _, (loss, theta) = made("tanh")
    expected = torch.as_tensor(MEASURES[measure](loss, theta))
    assert expected.any()
    with MODES[mode]():
        for point in (theta, theta.clone()):  # the second is one of that mode
            assert torch.equal(torch.as_tensor(MEASURES[measure](loss, point)), expected)


@pytest.mark.parametrize("mode", MODES)
def test_a_loader_that_is_read_in_a_mode_without_gradients(mode):
    network, _ = made("tanh")
    x, y = torch.randn(12, 16, dtype=torch.float64), torch.randint(3, (12,))
    pairs = list(zip(x, y, strict=True))
    loader = torch.utils.data.DataLoader(pairs, batch_size=5)  # puts batches together when read
    loss, theta = curvature.flat_loss(network, CRITERIA["cross-entropy"], loader)
    for measure in ("gradient", "hvp", "rows", "hessian", "trace"):
        expected = torch.as_tensor(MEASURES[measure](loss, theta))
        with MODES[mode]():
            assert torch.equal(torch.as_tensor(MEASURES[measure](loss, theta)), expected)


@pytest.mark.parametrize("measure", MEASURES)
def test_data_made_in_inference_mode_are_told(measure):
    with torch.inference_mode():
        _, (loss, theta) = made("tanh")
    with pytest.raises(ValueError, match=r"made under torch\.inference_mode\(\).*clones"):
        MEASURES[measure](loss, theta)


def corner(t):
    """A bowl, and a norm at its tip, whose second derivative is nan."""
    return t.square().sum() + t[:2].sub(1).square().sum().sqrt()


@pytest.mark.filterwarnings("ignore:the gradient is not the slope")
@pytest.mark.parametrize("n", [5, 100])
@pytest.mark.parametrize(
    "measure", ["hvp", "rows", "hessian", "trace", "density", "diagonal", "largest", "eigenvectors"]
)
def test_a_hessian_of_nan_is_refused(measure, n):
    theta = torch.ones(n, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"Hessian.* is not finite"):
        MEASURES[measure](corner, theta)


VECTORS = {
    "complex": (torch.ones(2, dtype=torch.complex64), TypeError, "real numbers; received"),
    "sparse": (torch.ones(2).to_sparse(), TypeError, "dense"),
    "meta": (torch.ones(2, device="meta"), TypeError, "on meta"),
    "nan": (torch.tensor([1.0, torch.nan]), ValueError, "v is finite; received nan"),
}


@pytest.mark.parametrize("kind", VECTORS)
def test_a_vector_of_no_numbers_is_refused(kind):
    v, error, words = VECTORS[kind]
    with pytest.raises(error, match=words):
        curvature.hvp(lambda t: (t**2).sum(), torch.zeros(2), v)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.float16, torch.float64])
def test_a_vector_of_another_type_is_taken_in_that_of_theta(dtype):
    found = curvature.hvp(lambda t: (t**2).sum(), torch.zeros(2), torch.ones(2, dtype=dtype))
    assert torch.equal(found, torch.tensor([2.0, 2.0]))


def test_no_vectors_have_no_products():
    for loss in (lambda t: (t**2).sum(), lambda t: t.sum(), lambda t: torch.tensor(1.0)):
        assert curvature.hvp(loss, torch.ones(3), torch.ones(0, 3)).shape == (0, 3)


POINTS = {
    "list": ([1.0, 2.0], TypeError, "received list"),
    "integers": (torch.ones(2, dtype=torch.int64), TypeError, "received torch.int64"),
    "sparse": (torch.ones(2).to_sparse(), TypeError, "dense tensor.*received torch.sparse_coo"),
    "meta": (torch.ones(2, device="meta"), TypeError, "dense tensor.*without values"),
    "matrix": (torch.ones(2, 2), ValueError, r"received \(2, 2\)"),
    "number": (torch.tensor(1.0), ValueError, r"received \(\)"),
}


@pytest.mark.parametrize("kind", POINTS)
@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_no_point_is_named(measure, kind):
    theta, error, words = POINTS[kind]
    _, (loss, _) = made("tanh")
    if measure in ("hvp", "rows"):
        with pytest.raises(error, match=words):
            curvature.hvp(loss, theta, torch.ones(2))
        return
    with pytest.raises(error, match=words):
        MEASURES[measure](loss, theta)


def test_counts_may_be_those_of_numpy():
    loss, theta = (lambda t: t.pow(4).sum()), torch.linspace(0, 1, 100, dtype=torch.float64)
    for measure, count in [
        (curvature.trace, 12), (curvature.diagonal, 4), (curvature.spectral_density, 2)
    ]:  # fmt: skip
        assert str(measure(loss, theta, np.int64(count))) == str(measure(loss, theta, count))
        with pytest.raises(ValueError, match=r"whole number from .*received 12\.0"):
            measure(loss, theta, 12.0)
    assert critical.find(loss, theta, np.int64(2)).updates == 2
