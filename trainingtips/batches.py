"""Which examples make up each batch, and how much a batch's gradient scatters."""

from dataclasses import dataclass
from itertools import count, islice

import numpy as np
import torch
from torch.func import functional_call, grad, vmap
from torch.nn.modules.batchnorm import _BatchNorm

from trainingtips import chance

ORDERS = ("shuffled", "fixed", "replacement")


def epoch(n, batch, seed=0, number=0, order="shuffled", drop_last=False):
    """The batches of epoch `number` over n examples: a list of index arrays, each (batch,).

    - "shuffled": every example once, in a new order each epoch;
    - "fixed": every example once, in the same order each epoch (that of "shuffled" in epoch 0);
    - "replacement": n draws, each from all examples.

    The last batch is smaller where `batch` does not divide n, or left out (`drop_last`). The same
    arguments give the same batches, so that a run can be taken up again at any epoch. Raises
    ValueError for a batch outside 1…n and an unknown order.

    >>> sorted(np.concatenate(epoch(5, 2, seed=1)).tolist())
    [0, 1, 2, 3, 4]
    >>> [len(indices) for indices in epoch(5, 2)]
    [2, 2, 1]
    """
    _check_sizes(n, batch, order)
    rng = chance.rng([seed, 0 if order == "fixed" else number])
    indices = rng.integers(n, size=n) if order == "replacement" else rng.permutation(n)
    parts = [indices[first : first + batch] for first in range(0, n, batch)]
    return parts[:-1] if drop_last and len(parts[-1]) < batch else parts


def stream(n, batch, seed=0, order="shuffled", drop_last=False, epochs=None):
    """The batches of `epochs` epochs (None: without end), one index array after another.

    >>> len(list(stream(20, 6, epochs=3)))
    12
    """
    _check_sizes(n, batch, order)  # at the call, not at the first batch
    numbers = count() if epochs is None else range(epochs)
    return (part for i in numbers for part in epoch(n, batch, seed, i, order, drop_last))


def per_example_gradients(module, criterion, x, y, chunk=None):
    """Each example's own gradient, (N, n), in the parameters' order of `curvature.flat_loss`.

    `criterion(output, y)` returns a scalar; the mean of the rows is the gradient of a criterion
    that averages over its batch. `chunk` examples are differentiated at once (None: all).
    Raises ValueError where batch normalization in train mode, or without running statistics, ties
    the examples together, and RuntimeError for dropout in train mode.

    >>> layer = torch.nn.Linear(1, 1, bias=False)
    >>> x, y = torch.tensor([[1.0], [2.0]]), torch.zeros(2, 1)
    >>> rows = per_example_gradients(layer, torch.nn.functional.mse_loss, x, y)
    >>> torch.allclose(rows, 2 * layer.weight * x**2)
    True
    """
    norms = [m for m in module.modules() if isinstance(m, _BatchNorm)]
    if any(m.training or m.running_mean is None for m in norms):
        raise ValueError(
            "batch normalization by the batch's own mean makes an example's gradient depend on the "
            "others; call module.eval() first, and keep running statistics"
        )
    if len(x) != len(y) or not len(x):
        raise ValueError(f"x and y hold N ≥ 1 examples each; received {len(x)} and {len(y)}")
    parameters = {name: p.detach() for name, p in module.named_parameters()}
    buffers = dict(module.named_buffers())

    def loss(parameters, x, y):
        output = functional_call(module, parameters | buffers, (x[None],))
        return criterion(output, y[None])

    found = vmap(grad(loss), (None, 0, 0), chunk_size=chunk)(parameters, x, y)
    return torch.cat([found[name].reshape(len(x), -1) for name in parameters], dim=1)


@dataclass(frozen=True)
class Noise:
    """How single examples' gradients scatter about their mean."""

    gradient_norm: float  # ‖ḡ‖ of the mean over all examples
    variance: float  # tr Σ: expected squared distance of an example's gradient from ḡ
    scale: float  # tr Σ / ‖ḡ‖²: the batch at which noise and signal are equal


def noise(gradients):
    """`Noise` of per-example gradients, (N, n); "simple noise scale", McCandlish et al. (2018).

    Σ is the covariance over these N examples (divided by N). The scale is infinite at ḡ = 0.

    >>> noise(torch.tensor([[3.0], [1.0]]))
    Noise(gradient_norm=2.0, variance=1.0, scale=0.25)
    """
    _check_gradients(gradients)
    mean = gradients.mean(0)
    norm = mean.norm().item()
    variance = (gradients - mean).square().sum(1).mean().item()
    return Noise(norm, variance, variance / norm**2 if norm else float("inf"))


def expected_std(gradients, batch, replacement=False):
    """Theory for `batch_std`: √(tr Σ / B), times √((N − B) / (N − 1)) without replacement."""
    n = len(gradients)
    _check_gradients(gradients)
    _check_sizes(n, batch, "shuffled")
    share = 1 if replacement or n == 1 else (n - batch) / (n - 1)
    return float(np.sqrt(noise(gradients).variance / batch * share))


def batch_std(gradients, batch, draws=1000, seed=0, replacement=False):
    """Root mean square distance of a batch's mean gradient from ḡ, over `draws` random batches.

    `gradients` is (N, n). Batches come from epochs of `stream`, reshuffled or with replacement.
    """
    _check_gradients(gradients)
    if not isinstance(draws, int) or draws < 1:
        raise ValueError(f"draws is a whole number from 1; received {draws!r}")
    order = "replacement" if replacement else "shuffled"
    parts = stream(len(gradients), batch, seed, order, drop_last=True)
    mean = gradients.mean(0)
    found = [
        (gradients[part].mean(0) - mean).square().sum().item() for part in islice(parts, draws)
    ]
    return float(np.sqrt(np.mean(found)))


def _check_sizes(n, batch, order):
    if order not in ORDERS:
        raise ValueError(f"order is one of {', '.join(ORDERS)}; received {order!r}")
    if not isinstance(batch, (int, np.integer)) or not 1 <= batch <= n:
        raise ValueError(f"batch is a whole number from 1 to N = {n}; received {batch!r}")


def _check_gradients(gradients):
    if not torch.is_tensor(gradients) or not gradients.is_floating_point():
        found = getattr(gradients, "dtype", type(gradients).__name__)
        raise TypeError(f"gradients are a float tensor; received {found}")
    if gradients.ndim != 2 or not len(gradients):
        raise ValueError(f"gradients have shape (N, n), N ≥ 1; received {tuple(gradients.shape)}")
