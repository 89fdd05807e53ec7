"""Two matrices that stand in for the Hessian and are never negative, as losses of their own.

Each is the Hessian of another loss, so that every measure of `curvature` can be taken of it.
"""

from contextlib import suppress
from functools import partial

import torch
from torch.utils._pytree import tree_map

from trainingtips.derivatives import check_point, recording


def gauss_newton(loss, theta):
    """A loss whose Hessian at θ is the generalised Gauss–Newton matrix of `loss`.

    It is JᵀH_L J, with J the outputs' Jacobian and H_L the criterion's Hessian in them (Schraudolph
    2002): the criterion of the outputs made linear around θ. Value and gradient at θ are those of
    `loss`, which comes from `flat_loss` with a criterion. Raises TypeError for any other.

    >>> from trainingtips.derivatives import hessian
    >>> from trainingtips.flat import flat_loss
    >>> layer, x, y = torch.nn.Linear(2, 1), torch.ones(3, 2), torch.zeros(3, 1)
    >>> loss, theta = flat_loss(layer, torch.nn.functional.mse_loss, x, y)
    >>> torch.allclose(hessian(gauss_newton(loss, theta), theta), hessian(loss, theta))
    True
    """
    with recording(theta) as (theta,):
        if not hasattr(loss, "through") or loss.network.criterion is None:
            raise TypeError(
                f"the loss comes from flat_loss with a criterion, for the matrix needs the "
                f"outputs; received {type(loss).__name__}"
            )
        check_point(theta)
        with suppress(RuntimeError, TypeError, IndexError):  # a module for whole batches alone
            loss.few()(theta.detach())  # refuses what is no function of θ alone
        return loss.through(_Linear(loss.network, theta.detach()))


def fisher(gradients):
    """(loss, θ = 0) whose Hessian is the empirical Fisher matrix of per-example gradients, (N, n).

    It is the mean of gᵢgᵢᵀ over the rows of `batches.per_example_gradients`. Raises TypeError or
    ValueError for what is no finite float matrix.

    >>> from trainingtips.derivatives import hessian
    >>> hessian(*fisher(torch.tensor([[1.0, 0.0], [1.0, 2.0]])))
    tensor([[1., 1.],
            [1., 2.]])
    """
    with recording(gradients) as (gradients,):
        if not torch.is_tensor(gradients) or not gradients.is_floating_point():
            received = getattr(gradients, "dtype", type(gradients).__name__)
            raise TypeError(f"gradients are a float tensor; received {received}")
        if gradients.ndim != 2 or not gradients.numel():
            raise ValueError(
                f"gradients have shape (N, n), N ≥ 1; received {tuple(gradients.shape)}"
            )
        if not torch.isfinite(gradients).all():
            raise ValueError("gradients are finite; received nan or inf among them")
        return (lambda t: 0.5 * (gradients @ t).square().mean()), torch.zeros_like(gradients[0])


class _Linear:
    """A network whose outputs are linear in θ, tangent to another's at one θ."""

    def __init__(self, network, theta):
        self.network, self.at = network, theta
        self.criterion, self.device = network.criterion, network.device
        self.ready, self.value, self.suspects = network.ready, network.value, network.suspects
        self.recurrent = any(isinstance(m, torch.nn.RNNBase) for m in network.module.modules())

    def output(self, theta, x):
        at = self.at.to(theta.dtype)
        outputs = partial(self.network.output, x=x)
        if self.recurrent:
            return _by_reverse(outputs, at, theta - at)
        made, change = torch.func.jvp(outputs, (at,), (theta - at,))
        return tree_map(torch.add, made, change)

    def loss(self, theta, x, y):
        return self.value(self.output(theta, x), y)

    def drawing(self, theta, x):
        return self.network.drawing(theta, x)

    def written(self, theta, x):
        return self.network.written(theta, x)


def _by_reverse(function, at, way):
    """f(at) + J way by two backward passes: of recurrent layers torch has no forward derivative."""
    with torch.enable_grad():
        point = at.detach().requires_grad_()
        made = function(point)
        if not torch.is_tensor(made):
            raise TypeError(
                f"of a recurrent module the Gauss–Newton matrix needs one tensor of outputs; "
                f"received {type(made).__name__}"
            )
        by = torch.zeros_like(made, requires_grad=True)
        (pulled,) = torch.autograd.grad(made, point, by, create_graph=True)
        (change,) = torch.autograd.grad(pulled, by, way, create_graph=True)
    return made.detach() + change
