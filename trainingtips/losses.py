"""Classification losses as surfaces over the logits: cross entropy and squared error of softmax.

Logits z have shape (..., K), K ≥ 2 classes; `target` holds class indices, an int or an int64
tensor of shape (...); a loss has one value per example, shape (...). p is softmax(z), t the one-hot
target, e = p − t. Confidently wrong, cross entropy still has slope and squared error has none
(Golik, Doetsch and Ney 2013, "Cross-entropy vs. squared error training"):

>>> z = torch.tensor([-10.0, 10.0, -1000.0])
>>> print(f"{cross_entropy(z, 0):.1f}, slope {cross_entropy_gradient(z, 0).norm():.3f}")
20.0, slope 1.414
>>> print(f"{squared_error(z, 0):.1f}, slope {squared_error_gradient(z, 0).norm():.1e}")
2.0, slope 1.2e-08
"""

import torch


def softmax(logits):
    """Probabilities p of the classes, (..., K), from logits of that shape.

    Torch subtracts the largest logit first, so that no exponential overflows.

    >>> softmax(torch.tensor([1000.0, 1000.0]))
    tensor([0.5000, 0.5000])
    """
    _check(logits)
    return torch.softmax(logits, -1)


def cross_entropy(logits, target):
    """−log p of the target class, in nats: (...).

    Written as log(1 + Σ exp(zⱼ − z_target)) over the other classes: a confidently right example
    keeps its tiny loss, which −log(1 − tiny) would round to zero.

    >>> cross_entropy(torch.zeros(2, 4), torch.tensor([0, 3])).exp()
    tensor([4., 4.])
    """
    hot = _one_hot(logits, target)
    others = logits.masked_fill(hot, -torch.inf).logsumexp(-1)
    margin = others - logits.masked_fill(~hot, 0).sum(-1)
    return torch.logaddexp(torch.zeros_like(margin), margin)


def cross_entropy_gradient(logits, target):
    """p − t, the derivative of `cross_entropy` by the logits: (..., K).

    >>> cross_entropy_gradient(torch.zeros(2), 0)
    tensor([-0.5000,  0.5000])
    """
    return _error(logits, target)


def squared_error(logits, target):
    """Σ (p − t)² over the classes, from 0 to 2: (...). The Brier score, before its mean.

    >>> squared_error(torch.zeros(2), 0)
    tensor(0.5000)
    """
    return _error(logits, target).square().sum(-1)


def squared_error_gradient(logits, target):
    """2 pₖ (eₖ − Σⱼ pⱼ eⱼ), the derivative of `squared_error` by the logits: (..., K).

    Softmax's Jacobian brings the factor pₖ: near a one-hot p the slope is nearly zero, be it right
    or wrong. Takes memory for K² numbers per example.

    >>> squared_error_gradient(torch.zeros(2), 0)
    tensor([-0.5000,  0.5000])
    """
    p, e = softmax(logits), _error(logits, target)
    # as Σⱼ pⱼ (eₖ − eⱼ): for a p near one-hot the two terms above cancel, and float32 would give 0
    return 2 * p * (p[..., None, :] * (e[..., :, None] - e[..., None, :])).sum(-1)


def half_squares(output, target):
    """½ Σₖ (outputₖ − targetₖ)², the mean over the examples: a criterion, (N, K) twice → scalar.

    Raises ValueError for other shapes, which would be spread over each other.

    >>> half_squares(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 0.0]]))
    tensor(2.5000)
    """
    if output.ndim < 2 or output.shape != target.shape:
        raise ValueError(
            f"output and target are of one shape, (N, K); received {tuple(output.shape)} and "
            f"{tuple(target.shape)}"
        )
    return 0.5 * ((output - target) ** 2).sum(-1).mean()


_GRADIENT = {cross_entropy: cross_entropy_gradient, squared_error: squared_error_gradient}


def of_signs(logits, signs):
    """Cross-entropy of a text, a scalar: logits (N, T, K), the signs that come next (N, T).

    Raises ValueError for other shapes: signs of (T, N) would be others' answers.

    >>> round(float(of_signs(torch.zeros(2, 3, 41), torch.zeros(2, 3).long()).exp()), 3)
    41.0
    """
    if logits.shape[:-1] != signs.shape:
        raise ValueError(
            f"logits {tuple(logits.shape)} need signs of shape {tuple(logits.shape[:-1])}; "
            f"received {tuple(signs.shape)}"
        )
    return torch.nn.functional.cross_entropy(logits.flatten(0, -2), signs.flatten())


def grid(loss, target, y1, y2, y3=()):
    """Values of a loss and norms of its gradient in all logits, over a grid of the first two.

    `loss` is `cross_entropy` or `squared_error`, `target` one class for the whole grid. y1 (m,)
    and y2 (n,) are values of the first two logits; y3, a number or a sequence, holds the fixed
    rest. Returns two float64 tensors (n, m), rows by y2 and columns by y1: what matplotlib's
    `contourf(y1, y2, values)` takes.

    >>> values, norms = grid(squared_error, 0, [-10, 0, 10], [-10, 10], y3=-1000)
    >>> values.round(decimals=2)
    tensor([[0.5000, 0.0000, 0.0000],
            [2.0000, 2.0000, 0.5000]], dtype=torch.float64)
    """
    if loss not in _GRADIENT:
        raise ValueError(f"loss is cross_entropy or squared_error of this module; received {loss}")
    y1, y2, y3 = (torch.as_tensor(y, dtype=torch.float64) for y in (y1, y2, y3))
    for name, y in (("y1", y1), ("y2", y2)):
        if y.ndim != 1 or not len(y):
            raise ValueError(f"{name} has shape (m,) with m ≥ 1; received {tuple(y.shape)}")
    if y3.ndim > 1:
        raise ValueError(f"y3 is a number or of shape (K − 2,); received {tuple(y3.shape)}")
    rows, columns = torch.meshgrid(y2, y1, indexing="ij")
    rest = y3.reshape(-1).expand(*rows.shape, -1)
    logits = torch.cat([columns[..., None], rows[..., None], rest], -1)
    return loss(logits, target), _GRADIENT[loss](logits, target).norm(dim=-1)


def _error(logits, target):
    """e = p − t, with the target's entry −Σ of the others: p − 1 would round off at p near 1."""
    hot = _one_hot(logits, target)
    others = torch.softmax(logits, -1).masked_fill(hot, 0)
    return others - hot * others.sum(-1, keepdim=True)


def _one_hot(logits, target):
    """The target classes as a mask, bool of (..., K); raises where logits or target are none."""
    _check(logits)
    classes = logits.shape[-1]
    if not isinstance(target, torch.Tensor):
        if isinstance(target, bool) or not isinstance(target, int):
            received = type(target).__name__
            raise TypeError(f"target is an int or an int64 tensor; received {received}")
        target = torch.full(logits.shape[:-1], target, device=logits.device)
    if target.dtype != torch.int64:
        raise TypeError(f"target is an int or an int64 tensor; received {target.dtype}")
    if target.shape != logits.shape[:-1]:
        raise ValueError(
            f"logits {tuple(logits.shape)} need targets of shape {tuple(logits.shape[:-1])}; "
            f"received {tuple(target.shape)}"
        )
    if target.numel() and not 0 <= int(target.min()) <= int(target.max()) < classes:
        low, high = int(target.min()), int(target.max())
        raise ValueError(f"target is a class from 0 to {classes - 1}; received {low} to {high}")
    return target[..., None] == torch.arange(classes, device=logits.device)


def _check(logits):
    if not isinstance(logits, torch.Tensor) or not logits.is_floating_point():
        received = logits.dtype if isinstance(logits, torch.Tensor) else type(logits).__name__
        raise TypeError(f"logits are a float tensor of shape (..., K); received {received}")
    if not logits.ndim or logits.shape[-1] < 2:
        raise ValueError(f"logits have shape (..., K), K ≥ 2; received {tuple(logits.shape)}")
