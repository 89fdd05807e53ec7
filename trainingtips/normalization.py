"""Inputs and activations to mean 0 and variance 1, and measures of what that does to the loss.

Features x have shape (N, d): N examples. For a loss of a flat θ, as in `curvature`, the smoothness
along the gradient; for a network, the internal covariate shift of its layers: both as Santurkar,
Tsipras, Ilyas and Mądry define them (2018, "How does batch normalization help optimization?").
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch.func import functional_call

from trainingtips import curvature


def standardize(x, statistics=None):
    """(z, (mean, std)): z = (x − mean) / std by feature, (N, d); mean and std (d,).

    Without `statistics`, those of x itself (biased: divided by N). Give the training data's to
    standardize test data. A constant feature has std 0 and is only centred: 0 in the data
    that it is constant in.

    >>> z, statistics = standardize(torch.tensor([[1.0, 7.0], [3.0, 7.0]]))
    >>> z
    tensor([[-1.,  0.],
            [ 1.,  0.]])
    >>> standardize(torch.tensor([[2.0, 7.0]]), statistics)[0]
    tensor([[0., 0.]])
    """
    _check_features(x)
    mean, std = _statistics(x) if statistics is None else statistics
    for name, value in (("mean", mean), ("std", std)):
        if value.shape != x.shape[1:] or not torch.isfinite(value).all():
            shape = tuple(x.shape[1:])
            raise ValueError(f"{name} is finite, of shape {shape}; received {value}")
    if (std < 0).any():
        raise ValueError(f"std is 0 or more; received {std}")
    return (x - mean) / torch.where(std > 0, std, 1), (mean, std)


def _statistics(x):
    mean, std = x.mean(0), x.std(0, correction=0)
    constant = (x == x[0]).all(0)  # the mean of N equal floats may round: a std of 1e-17, not 0
    return torch.where(constant, x[0], mean), torch.where(constant, 0, std)


def condition_number(x, bias=False):
    """λ_max / λ_min of the least-squares Hessian xᵀx / N: a float, `inf` if that is singular.

    The Hessian of 1/(2N) ‖xw − y‖² in the weights w; singular up to float64's rounding counts as
    singular. With `bias`, x has a column of ones more.

    >>> condition_number(torch.tensor([[3.0, 0.0], [0.0, 1.0]]))
    9.0
    """
    _check_features(x)
    if bias:
        x = torch.cat([x, torch.ones_like(x[:, :1])], 1)
    if len(x) < x.shape[1]:
        return math.inf  # fewer examples than weights leave directions without curvature
    singular = torch.linalg.svdvals(x.double())  # their squares are N λ, at twice xᵀx's precision
    large, small = float(singular[0]), float(singular[-1])
    # σ below this is rounding, as in numpy.linalg.matrix_rank
    floor = large * len(x) * torch.finfo(torch.float64).eps
    return (large / small) ** 2 if small > floor else math.inf


def batch_norm(x, gamma, beta, eps=1e-5):
    """γ (x − μ) / √(σ² + ε) + β by feature, with the batch's own μ and biased σ²: (N, d).

    Ioffe and Szegedy (2015), algorithm 1; torch's BatchNorm1d in train mode. γ and β: (d,).

    >>> batch_norm(torch.tensor([[1.0], [3.0]]), torch.ones(1), torch.zeros(1), eps=0.0)
    tensor([[-1.],
            [ 1.]])
    """
    _check_shape(x)
    if len(x) < 2:
        raise ValueError("a batch of one has variance 0: its output is β alone; N ≥ 2 is needed")
    for name, value in (("gamma", gamma), ("beta", beta)):
        if value.shape != x.shape[1:]:
            shape = tuple(x.shape[1:])
            raise ValueError(f"{name} has shape {shape}; received {tuple(value.shape)}")
    mean = x.mean(0)
    variance = (x - mean).square().mean(0)
    return gamma * (x - mean) / (variance + eps).sqrt() + beta


def running_update(running, new, momentum):
    """(1 − momentum) running + momentum new: torch's convention, `momentum` weighs the new value.

    The other convention (Keras, and momentum in SGD) has it weigh the old value: its 0.9 is 0.1
    here. For a running variance, torch's `new` is the unbiased one, divided by N − 1, although the
    batch itself is normalised by the biased one.

    >>> running_update(torch.tensor(0.0), torch.tensor(1.0), momentum=0.25)
    tensor(0.2500)
    """
    if not 0 <= momentum <= 1:
        raise ValueError(f"momentum is a weight from 0 to 1; received {momentum!r}")
    return (1 - momentum) * running + momentum * new


@dataclass(frozen=True)
class Smoothness:
    """What `smoothness` saw at step sizes η along −g; g is the gradient at θ."""

    steps: tuple  # η
    losses: tuple  # L(θ − ηg)
    distances: tuple  # ‖g − g(θ − ηg)‖, gradient predictiveness
    beta: float  # effective β: the largest distance / (η‖g‖)


def smoothness(loss, theta, steps):
    """Probe the loss along its gradient at θ, (n,), for each step size η of `steps`: `Smoothness`.

    Santurkar et al. (2018), figure 4. Effective β bounds from below the Lipschitz constant of the
    gradient, in the one direction that descent goes; for ½ θᵀHθ it is ‖Hg‖ / ‖g‖. Raises
    ValueError where the gradient is zero, which has no direction, or the loss is not finite.

    >>> smoothness(lambda t: 3 * (t**2).sum(), torch.tensor([1.0]), [0.5]).beta
    6.0
    """
    steps = tuple(float(step) for step in steps)
    if not steps or not all(0 < step < math.inf for step in steps):
        raise ValueError(f"steps are finite, positive and at least one; received {steps}")
    g = curvature.gradient(loss, theta).detach()
    norm = float(g.norm())
    if not 0 < norm < math.inf:
        raise ValueError(f"the gradient at theta has norm {norm}: no direction to step along")
    probes = [theta.detach() - step * g for step in steps]
    distances = [float((g - curvature.gradient(loss, probe)).norm()) for probe in probes]
    with torch.no_grad():
        losses = [float(loss(probe)) for probe in probes]
    beta = max(d / (step * norm) for d, step in zip(distances, steps, strict=True))
    return Smoothness(steps, tuple(losses), tuple(distances), beta)


class Shift(NamedTuple):
    """How far a gradient moved: ‖g − g′‖, and the cosine of the angle between g and g′."""

    distance: float
    cosine: float


def covariate_shift(before, after):
    """`Shift` from gradient `before` to `after`, tensors of one shape; cosine nan if one is zero.

    >>> covariate_shift(torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0]))
    Shift(distance=5.0, cosine=0.0)
    """
    if before.shape != after.shape or not before.numel():
        shapes = f"{tuple(before.shape)} and {tuple(after.shape)}"
        raise ValueError(f"both gradients have one shape, not empty; received {shapes}")
    # in float64: products of small float32 gradients would vanish
    g, h = before.detach().reshape(-1).double(), after.detach().reshape(-1).double()
    norms = float(g.norm()), float(h.norm())
    if not all(norms):
        return Shift(float((g - h).norm()), math.nan)
    return Shift(float((g - h).norm()), float((g / norms[0]) @ (h / norms[1])))


def internal_covariate_shift(module, criterion, x, y, layers, update):
    """`Shift` of each layer's gradient once the layers before it are updated: a list, in order.

    Santurkar et al. (2018), definition 2.1: for layer i of k, the gradient by Wᵢ on one batch at
    (W₁ … Wᵢ … Wₖ) and at (W₁′ … Wᵢ₋₁′, Wᵢ … Wₖ). The first layer's is zero: nothing is before it.

    `layers` names each layer from the input on: a parameter, a submodule (all parameters below
    it), or a tuple of such. Together they hold each parameter once. `update(parameters, gradients)`
    takes two dicts by parameter name and returns one of new parameters W′; an optimiser's step
    on a copy may stand in: `lambda *_: dict(copy.named_parameters())`. The module stays as
    it is. Raises ValueError where its gradient is random, as with dropout in train mode.

    >>> net = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Linear(1, 1))
    >>> still = internal_covariate_shift(
    ...     net, torch.nn.MSELoss(), torch.ones(2, 1), torch.zeros(2, 1), ["0", "1"],
    ...     update=lambda parameters, gradients: parameters)
    >>> [shift.distance for shift in still]
    [0.0, 0.0]
    """
    old = {name: p.detach().clone() for name, p in module.named_parameters()}
    groups = _groups(layers, old)
    before = _gradients(module, criterion, x, y, old)
    again = _gradients(module, criterion, x, y, old)
    if any((before[n] - again[n]).norm() > 1e-3 * before[n].norm() for n in old):
        raise ValueError("two gradients at the same parameters differ: dropout in train mode?")
    new = update({name: p.clone() for name, p in old.items()}, dict(before))
    _check_update(new, old)
    shifts, mixed = [], dict(old)
    for names in groups:
        after = _gradients(module, criterion, x, y, mixed)
        g, h = (torch.cat([part[n].reshape(-1) for n in names]) for part in (before, after))
        shifts.append(covariate_shift(g, h))
        mixed |= {name: new[name].detach() for name in names}
    return shifts


def _gradients(module, criterion, x, y, parameters):
    leaves = {name: p.clone().requires_grad_() for name, p in parameters.items()}
    # batch norm in train mode writes to its buffers: to copies, so that the module stays as it is
    buffers = {name: b.detach().clone() for name, b in module.named_buffers()}
    value = criterion(functional_call(module, leaves | buffers, (x,)), y)
    found = torch.autograd.grad(value, list(leaves.values()), materialize_grads=True)
    return dict(zip(leaves, found, strict=True))


def _groups(layers, known):
    """Parameter names of each layer; raises unless they hold each known name exactly once."""
    if isinstance(layers, str):
        raise TypeError(f"layers is a sequence of names, such as ['0', '2']; received {layers!r}")
    groups = []
    for layer in layers:
        names = (layer,) if isinstance(layer, str) else tuple(layer)
        found = [n for n in known if any(n == name or n.startswith(f"{name}.") for name in names)]
        if not found:
            raise ValueError(f"no parameter in {layer!r}; known are {list(known)}")
        groups.append(found)
    held = [name for group in groups for name in group]
    if sorted(held) != sorted(known):
        missing = [name for name in known if name not in held]
        twice = sorted({name for name in held if held.count(name) > 1})
        raise ValueError(f"layers hold each parameter once; missing: {missing}, twice: {twice}")
    return groups


def _check_update(new, old):
    shapes = {name: tuple(p.shape) for name, p in new.items()}
    expected = {name: tuple(p.shape) for name, p in old.items()}
    if shapes != expected:
        raise ValueError(f"update returns parameters of shapes {expected}; received {shapes}")


def _check_shape(x):
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        received = x.dtype if isinstance(x, torch.Tensor) else type(x).__name__
        raise TypeError(f"x is a float tensor of shape (N, d); received {received}")
    if x.ndim != 2 or not x.numel():
        raise ValueError(f"x has shape (N, d) with N, d ≥ 1; received {tuple(x.shape)}")


def _check_features(x):
    _check_shape(x)
    if not torch.isfinite(x).all():
        bad = int((~torch.isfinite(x)).sum())
        raise ValueError(f"x is finite; received {bad} values that are not, of {x.numel()}")
