"""Losses that are random, or whose second derivatives are wrong, are refused; others are not."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.autograd.function import once_differentiable

from trainingtips import critical, curvature, data, networks, soundness
from trainingtips.experiments import rescaling, tanh_networks
from trainingtips.flat import flat_loss

MSE = nn.functional.mse_loss
DOUBLE = torch.float64


def made(*modules, dtype=DOUBLE, train=True):
    torch.manual_seed(0)
    network = nn.Sequential(*modules).to(dtype).train(train)
    x, y = torch.randn(32, 6, dtype=dtype), torch.randn(32, 1, dtype=dtype)
    return curvature.flat_loss(network, MSE, x, y)


MEASURES = {
    "gradient": curvature.gradient,
    "hvp": lambda loss, theta: curvature.hvp(loss, theta, theta),
    "hessian": curvature.hessian,
    "eigenpairs": curvature.eigenpairs,
    "trace": lambda loss, theta: curvature.trace(loss, theta, 6),
    "hutchinson": lambda loss, theta: curvature.trace(loss, theta, 6, "hutchinson"),
    "density": lambda loss, theta: curvature.spectral_density(loss, theta, 2, 6),
    "sharpness": curvature.sharpness,
}
SECOND = [name for name in MEASURES if name not in ("gradient", "sharpness")]


@pytest.mark.parametrize("measure", MEASURES)
def test_dropout_in_train_mode_is_named(measure):
    layers = nn.Linear(6, 12), nn.Tanh(), nn.Dropout(0.5), nn.Linear(12, 1)
    loss, theta = made(*layers)
    with pytest.raises(
        ValueError, match=r"same theta: random numbers are in 2 \(Dropout\)\..*module\.eval\(\)"
    ):
        MEASURES[measure](loss, theta)
    MEASURES[measure](*made(*layers, train=False))


def test_randomness_that_changes_nothing_and_seeded_randomness_are_taken():
    loss, theta = made(nn.Linear(6, 12), nn.Dropout(0.0), nn.Linear(12, 1))
    curvature.hvp(loss, theta, theta)
    dropping, theta = made(nn.Linear(6, 12), nn.Dropout(0.5), nn.Linear(12, 1))

    def seeded(t):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return dropping(t)

    expected = torch.autograd.functional.hessian(seeded, theta)
    torch.testing.assert_close(curvature.hessian(seeded, theta), expected)


def test_randomness_of_any_other_source_is_seen():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at the same theta"):
        curvature.hvp(lambda t: (t**2).sum() * rng.normal(), torch.ones(3), torch.ones(3))
    with pytest.raises(ValueError, match="at the same theta"):
        curvature.eigenpairs(lambda t: (t**2).sum() * rng.normal(), torch.ones(100))


class Flawed(torch.autograd.Function):
    """x³ whose gradient's derivative is wrong: that gradient is marked as differentiable once."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x * w**2

    @staticmethod
    def backward(ctx, up):
        x, w = ctx.saved_tensors
        return up * w**2, (up * 2 * x).detach() * w  # the other half of the mixed derivative lost


def lopsided(theta):
    half = len(theta) // 2
    return Flawed.apply(theta[:half], theta[half:]).sum() + 0.5 * (theta**2).sum()


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
@pytest.mark.parametrize("measure", SECOND)
def test_an_asymmetric_hessian_is_refused(measure, dtype):
    torch.manual_seed(1)
    theta = torch.randn(100, dtype=dtype)
    with pytest.raises(ValueError, match=r"not symmetric.*a·Hb"):
        MEASURES[measure](lopsided, theta)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
@pytest.mark.parametrize("measure", SECOND)
def test_the_second_derivatives_of_weight_norm_are_right_or_refused(measure, dtype):
    torch.manual_seed(1)
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(6, 12))
    loss, theta = made(layer, nn.Tanh(), nn.Linear(12, 1), dtype=dtype)
    # the independent oracle: finite differences of the gradient, which is right
    slope = torch.autograd.functional.jacobian(lambda t: curvature.gradient(loss, t), theta)
    assert not slope.any()  # `gradient` is detached, so that the differences must be finite
    h = 1e-6 if dtype == DOUBLE else 1e-2
    rows = [
        (curvature.gradient(loss, theta + h * e) - curvature.gradient(loss, theta - h * e)) / 2 / h
        for e in torch.eye(len(theta), dtype=dtype)
    ]
    true, torchs = torch.stack(rows), torch.autograd.functional.hessian(loss, theta)
    if torch.allclose(true, torchs, rtol=1e-2, atol=1e-2 * float(true.abs().max())):
        MEASURES[measure](loss, theta)  # torch has mended it
        return
    with pytest.raises(ValueError, match=r"perhaps that of 0 \(ParametrizedLinear\)"):
        MEASURES[measure](loss, theta)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
@pytest.mark.parametrize("scale", [1e-12, 1e-4, 1e4])
def test_rounding_is_no_asymmetry(dtype, scale):
    # a softmax that is all but certain: its Hessian is what is left of far larger numbers
    torch.manual_seed(0)
    x, y = torch.randn(64, 30, dtype=dtype), torch.zeros(64, dtype=torch.int64)
    network = nn.Linear(30, 4).to(dtype)
    with torch.no_grad():
        network.bias[0] += 14
    loss, theta = curvature.flat_loss(network, nn.functional.cross_entropy, x, y)
    for measure in SECOND:
        if measure != "eigenpairs":  # would look for the ends of a spectrum of rounding
            MEASURES[measure](lambda t: scale * loss(t), theta)


def test_an_operator_that_is_differentiable_once_is_refused():
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @once_differentiable
        def backward(ctx, up):
            return up * 3 * ctx.saved_tensors[0] ** 2

    torch.manual_seed(0)
    x, y = torch.randn(20, 3, dtype=DOUBLE), torch.randn(20, 2, dtype=DOUBLE)

    def loss(theta):
        first, second = theta[:12].view(4, 3), theta[12:].view(2, 4)
        return MSE(Once.apply(x @ first.T) @ second.T, y)

    theta = torch.randn(20, dtype=DOUBLE)
    for measure in SECOND:
        with pytest.raises((RuntimeError, ValueError), match=r"not symmetric|differentiate twice"):
            MEASURES[measure](loss, theta)


@pytest.mark.parametrize("updates", [0, 300, 1600])
def test_kinks_are_no_false_slope(updates):
    """ReLU networks, trained until slopes are small beside what a kink in the way changes."""
    part = data.load().split(256, seed=0)[0]
    for seed in range(4):
        torch.manual_seed(seed)
        net = networks.mlp()
        rule = torch.optim.SGD(net.parameters(), lr=0.3)
        for _ in range(updates):
            rule.zero_grad()
            nn.functional.cross_entropy(net(part.x), part.y).backward()
            rule.step()
        loss, theta = flat_loss(net, nn.functional.cross_entropy, part.x, part.y)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            soundness.warn_of_slope(loss, theta)


@pytest.mark.parametrize("precision", [torch.float32, torch.float16])
def test_few_digits_are_no_false_slope(precision):
    """A loss that rounds its outputs on the way: its slope is known to few digits."""
    for seed in range(10):
        torch.manual_seed(seed)
        net, x = nn.Linear(3, 1).double(), torch.randn(20, 3).double()

        def loss(theta, net=net, x=x):
            z = torch.func.functional_call(net, {"weight": theta[None, :3], "bias": theta[3:]}, x)
            return z.to(precision).double().square().mean()

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            soundness.warn_of_slope(loss, torch.randn(4).double())


@pytest.mark.parametrize("scale", [1e-3, 1e-2, 0.1, 10, 100, 1e3])
def test_layers_of_very_unlike_sizes_are_no_false_slope(scale):
    """The same function in other weights, as far as they may be apart in a trained network."""
    module, loss, theta = rescaling.trained(0.3, 200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        soundness.warn_of_slope(loss, rescaling.rescaled(module, theta, scale))


@pytest.mark.parametrize("theta", [[0.0, 0.0], [1.0, 0.0], [0.0, 1e-9]])
def test_a_critical_point_has_no_false_slope(theta):
    """Its gradient is rounding, and so are the differences of its values."""

    def loss(t):
        return 3.0 + (t[0] * (t[0] - 1)).square() + 0.1 * t[1].square()

    point = torch.tensor(theta, dtype=DOUBLE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        soundness.warn_of_slope(loss, point)
        found = critical.find(loss, point + 0.01, steps=60)
        soundness.warn_of_slope(loss, found.theta)


def test_a_trained_minimum_has_no_false_slope():
    """Of tanh units with a penalty, until the gradient is rounding alone."""
    setting = tanh_networks.Setting("cross-entropy", 4, *tanh_networks.components(60, 3), 1e-2)
    start = setting.trained(1, 0.05, (400,))[0, 0]
    (end,) = setting.search(start[None], 150, 1e-12)
    assert curvature.gradient(setting.loss, end).norm() < 1e-9
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        soundness.warn_of_slope(setting.loss, end)


X = torch.linspace(-1, 1, 10, dtype=DOUBLE).reshape(2, 5)


def curved(t):
    return (t.sin() * t.roll(1).cos()).sum() + t.pow(4).sum() + 10


def in_single(t):
    """Data that know float32 alone."""
    return (X.float() @ t.detach().reshape(5, 2)).exp().sum()


CUT = {
    "detach": lambda t: curved(t.detach()),
    "item": lambda t: torch.tensor(float(curved(t.detach())), requires_grad=True),
    "a number": lambda t: torch.tensor(float(curved(t.detach()))),
    "numpy": lambda t: torch.as_tensor(curved(t.detach()).numpy().copy()),
    "inference_mode": lambda t: torch.inference_mode()(curved)(t),
    "its classes": lambda t: (t.reshape(5, 2) @ X).argmax(1).double().mean(),
    "a layer": lambda t: curved(torch.cat([t[:5], t[5:].detach()])),
    "a faint layer": lambda t: 1e4 * curved(t[:5]) + curved(t[5:].detach()),
}
EVERY = MEASURES | {
    "rows": lambda loss, theta: curvature.hvp(loss, theta, torch.stack([theta, theta + 1])),
    "adaptive": curvature.adaptive_sharpness,
    "diagonal": lambda loss, theta: curvature.diagonal(loss, theta, 4),
}


@pytest.mark.parametrize("cut", CUT)
@pytest.mark.parametrize("measure", EVERY)
def test_a_loss_that_is_cut_off_from_theta_is_told(measure, cut):
    torch.manual_seed(0)
    theta = torch.randn(10, dtype=DOUBLE)
    with pytest.warns(UserWarning, match="the gradient is not the slope of the loss"):
        EVERY[measure](lambda t: CUT[cut](t), theta)  # a new one: each is told of once


def test_a_loss_of_single_precision_that_is_cut_off_is_told():
    theta = torch.linspace(-1, 2, 10)
    half = lambda t: in_single(t) + t[:3].square().sum()  # noqa: E731
    for loss, words in [(in_single, "moves with theta"), (half, "7 of its 10 entries")]:
        with pytest.warns(UserWarning, match=words):
            curvature.gradient(loss, theta)


def dead(t):
    """A ReLU network of which two units never act, by far and by little."""
    hidden = X.abs().to(t) @ t[:15].reshape(5, 3) - torch.tensor([0, 100, 1e-7 + 8]).to(t)
    return (hidden.relu() @ t[15:18]).square().sum() + t[18]


HONEST = {
    "a constant": lambda t: torch.tensor(2.0),
    "a line": lambda t: 3 * t.sum(),
    "part of it": lambda t: curved(t[:4]),
    "times zero": lambda t: 0 * curved(t),
    "dead units": dead,
    "steps": lambda t: t.sign().sum(),
    "the edge of ReLU": lambda t: (t - BOTTOM[: len(t)].to(t)).relu().sum(),
    "the tip of |t|": lambda t: (t - BOTTOM[: len(t)].to(t)).abs().sum() + t[0],
    "the largest": lambda t: t.max(),
    "a bowl at its bottom": lambda t: (t - BOTTOM[: len(t)].to(t)).square().sum() + 7,
    "cubes at zero": lambda t: (t - BOTTOM[: len(t)].to(t)).pow(3).sum() + 7,
    "float32 inside": lambda t: curved(t[:4].float()).to(t) + 1e-3 * t.float().floor().sum(),
}
BOTTOM = torch.linspace(1, 2, 100, dtype=DOUBLE)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
@pytest.mark.parametrize("honest", HONEST)
def test_an_honest_zero_is_not_told_of(honest, dtype):
    theta = torch.linspace(1, 2, 100, dtype=DOUBLE)[:19].to(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curvature.gradient(HONEST[honest], theta)
        soundness._cut.discard(HONEST[honest])
        curvature.gradient(HONEST[honest], theta.double())


def test_pixels_that_are_always_blank_are_not_told_of():
    part = data.load().split(256, seed=0)[0]
    for seed in range(4):
        torch.manual_seed(seed)
        loss, theta = flat_loss(networks.mlp(), nn.functional.cross_entropy, part.x, part.y)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            g = curvature.gradient(loss, theta)
            assert not g.all()
            soundness.warn_of_cut(loss, theta)


def test_what_an_embedding_pads_with_is_not_told_of():
    torch.manual_seed(0)
    parts = nn.Embedding(30, 4, padding_idx=0), nn.Flatten(), nn.Linear(20, 3)
    x, y = torch.randint(0, 9, (8, 5)), torch.randint(3, (8,))
    assert (x == 0).any()
    loss, theta = flat_loss(nn.Sequential(*parts).double(), nn.functional.cross_entropy, x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not curvature.gradient(loss, theta)[:4].any()
