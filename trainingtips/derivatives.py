"""Gradient, Hessian-vector products and Hessian of any loss at a point."""

import re
from contextlib import contextmanager
from operator import index

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from trainingtips import soundness

# bytes that one batch of Hessian-vector products may take: beyond a core's cache, a batch is no
# quicker than its products one by one
MEMORY = {"cpu": 2**21, "cuda": 2**30}
# operators that torch differentiates once alone, and what is the same
ONCE = {
    "embedding_bag": "for nn.EmbeddingBag take nn.Embedding and the mean, or sum, over its axis",
    "ctc_loss": "the CTC loss has gradients alone: `gradient`, and noise by its rows",
    "scaled_dot_product": "for attention write softmax(q kᵀ) v, or choose SDPBackend.MATH",
}


@contextmanager
def recording(*values):
    """Within it torch records what is needed to differentiate, under torch.inference_mode() too.

    There it records nothing, and every derivative would be zero. What was made there is not kept
    for a backward pass: of `values`, which it gives, such tensors are copied; others in the loss
    are told.
    """

    def plain(value):
        inside = isinstance(value, torch.Tensor) and value.is_inference()
        return value.clone() if inside else value

    with torch.inference_mode(False):
        try:
            yield [plain(value) for value in values]
        except RuntimeError as error:
            if "Inference tensors cannot be saved" not in str(error):
                raise
            raise ValueError(
                "the loss computes with tensors that were made under torch.inference_mode(), "
                "through which torch differentiates nothing; make data and weights outside "
                "it, or give their clones"
            ) from error


def recorded(times):
    """v ↦ times(v), within `recording`."""

    def apply(v):
        with recording(v) as (v,):
            return times(v)

    return apply


def gradient(loss, theta):
    """The gradient g at θ, shape (n,).

    >>> gradient(lambda t: (t**2).sum(), torch.tensor([1.0, -2.0]))
    tensor([ 2., -4.])
    """
    with recording(theta) as (theta,):
        _, found, value = _gradient(loss, theta, graph=False)
        soundness.check_repeats(loss, theta, value)
        if not found.all():
            soundness.warn_of_cut(loss, theta)
        return found.detach()


def hvp(loss, theta, v):
    """Hessian times v at θ: v of (n,) or (k, n), the same shape back.

    Pearlmutter (1994): the derivative of the gradient along v, without the Hessian.

    >>> hvp(lambda t: (t**3).sum(), torch.tensor([1.0, -2.0]), torch.ones(2))
    tensor([  6., -12.])
    """
    with recording(theta, v) as (theta, v):
        check_point(theta)
        _check_vector(v, theta)
        v, times = v.to(theta.device, theta.dtype), product(loss, theta)
        found = times(v)
        soundness.check_once(loss, theta, product, times, v, found)
        return found


def hessian(loss, theta, memory=None):
    """The Hessian at θ, shape (n, n), symmetric, by batches of products of at most `memory` bytes.

    A product needs about what the loss keeps for its gradient; as many at once as fit in `memory`
    are computed, and one at least. Unless given, it is what makes them quickest: 2 MiB on a
    processor, 1 GiB on a GPU. The matrix itself, n² numbers, comes on top.

    >>> hessian(lambda t: t[0] ** 2 * t[1], torch.tensor([1.0, 2.0]))
    tensor([[4., 2.],
            [2., 0.]])
    """
    with recording(theta) as (theta,):
        times = product(loss, theta, memory)
        n = len(theta)
        matrix = torch.empty(n, n, dtype=theta.dtype, device=theta.device)
        for first in range(0, n, 64):  # the unit vectors, too, only a few at a time
            count = min(64, n - first)
            units = torch.zeros(count, n, dtype=theta.dtype, device=theta.device)
            units[range(count), range(first, first + count)] = 1
            matrix[first : first + count] = times(units)
        soundness.check_matrix(loss, theta, matrix, product)
        return _symmetric(matrix)


def _symmetric(matrix):
    """The mean of the square matrix and its transpose, in its own memory."""
    for first in range(0, len(matrix), 64):
        end = first + 64
        rows, columns = matrix[first:end, first:], matrix[first:, first:end]
        mean = (rows + columns.T) / 2
        rows.copy_(mean)
        columns.copy_(mean.T)
    return matrix


def product(loss, theta, memory=None):
    """The function v ↦ Hv at θ, for v of (n,) or (k, n), in batches; `memory` as for `hessian`.

    The gradient's graph is built once and differentiated again for each v, so that a product of a
    series costs no more than a gradient or two.
    """
    with recording(theta) as (theta,):
        own = getattr(loss, "products", None)
        if own is not None:  # the sum over a loader's batches, with the memory of one
            return recorded(own(theta, memory))
        point, g, size = _graph(loss, theta)
        if memory is None:
            memory = MEMORY.get(theta.device.type, MEMORY["cpu"])
        at_once = int(memory // max(size, theta.element_size() * len(theta)))

        def some(v):
            with _told_once():
                found = torch.autograd.grad(
                    g, point, v, retain_graph=True, is_grads_batched=v.ndim == 2, allow_unused=True
                )[0]
            return torch.zeros_like(v) if found is None else found

        def one_by_one(v):
            return torch.stack([some(row) for row in v])

        def apply(v):
            nonlocal at_once
            if not g.requires_grad or not len(v):  # linear in θ, or without θ; no rows
                return torch.zeros_like(v)
            if v.ndim == 1:
                return some(v)
            if at_once < 2:
                return one_by_one(v)
            try:
                return torch.cat([some(part) for part in v.split(at_once)])
            except Exception:  # whatever a recurrent network's or an own operator's batching raises
                at_once = 1
                return one_by_one(v)

        return recorded(apply)


def _graph(loss, theta):
    """(point, gradient, bytes that their graph keeps); no bytes where they cannot be told."""
    sizes = {}

    def keep(tensor):
        sizes[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor.detach()  # the tensor itself would hold the graph that holds it

    # the quick kernels of attention have no second derivative
    with sdpa_kernel(SDPBackend.MATH), _told_once():
        try:
            with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
                return *_gradient(loss, theta, graph=True)[:2], sum(sizes.values())
        except (RuntimeError, NotImplementedError):
            # torch.func.grad within the loss refuses hooks, a sparse matrix has no address;
            # where the loss itself is at fault, it says so here
            return *_gradient(loss, theta, graph=True)[:2], float("inf")


@contextmanager
def _told_once():
    """An operator that torch differentiates once alone is told with what to do."""
    try:
        yield
    except (NotImplementedError, RuntimeError) as error:
        found = re.search(r"derivative for '?(?:aten::)?(\w+)'? is not implemented", str(error))
        if not found:
            raise
        hints = (text for name, text in ONCE.items() if name in found[1])
        hint = next(hints, "write it with torch's plain operators")
        raise NotImplementedError(
            f"the loss has no second derivative: torch differentiates {found[1]} once alone; {hint}"
        ) from error


def check(loss, theta):
    """loss(θ); raises TypeError or ValueError where θ is not flat and float or loss no scalar.

    The loss may differentiate within itself, as those of physics-informed networks do.
    """
    with recording(theta) as (theta,):
        check_point(theta)
        with torch.enable_grad():
            value = loss(theta.detach())
        _check_value(value)
        return value.detach()


def _gradient(loss, theta, graph):
    """(the point, its gradient, the value); the first two of a graph where `graph` is true."""
    check_point(theta)
    with torch.enable_grad():
        point = theta.detach().clone().requires_grad_()
        value = soundness.steadily(loss, point)
        _check_value(value)
        if not value.requires_grad:
            return point, torch.zeros_like(theta), value
        found = torch.autograd.grad(value, point, create_graph=graph, materialize_grads=True)
    return point, found[0], value.detach()


def check_point(theta):
    """Raise TypeError or ValueError where θ is not one flat tensor of dense floats."""
    if not isinstance(theta, torch.Tensor) or not theta.is_floating_point():
        received = theta.dtype if isinstance(theta, torch.Tensor) else type(theta).__name__
        raise TypeError(f"theta is a float tensor of shape (n,); received {received}")
    if theta.dtype not in (torch.float32, torch.float64):
        raise TypeError(
            f"theta is of float32 or float64, for second derivatives drown in fewer digits; "
            f"received {theta.dtype}"
        )
    if theta.layout != torch.strided or theta.device.type == "meta":
        received = theta.layout if theta.layout != torch.strided else "a tensor without values"
        raise TypeError(f"theta is a dense tensor with values, shape (n,); received {received}")
    if theta.ndim != 1 or not len(theta):
        raise ValueError(f"theta has shape (n,) with n ≥ 1; received {tuple(theta.shape)}")


def _check_vector(v, theta):
    n = len(theta)
    if not isinstance(v, torch.Tensor) or v.shape[-1:] != theta.shape or v.ndim > 2:
        received = tuple(v.shape) if isinstance(v, torch.Tensor) else type(v).__name__
        raise ValueError(f"v has shape ({n},) or (k, {n}); received {received}")
    if v.is_complex() or v.layout != torch.strided or v.device.type == "meta":
        received = v.dtype if v.is_complex() else v.layout
        raise TypeError(f"v is a dense tensor of real numbers; received {received} on {v.device}")
    if not torch.isfinite(v).all():
        raise ValueError(f"v is finite; received {v[~torch.isfinite(v)][0].item()}")


def whole(name, number, least=1, most=None):
    """`number` as an int, from `least` to `most`; ValueError by `name` for what is none."""
    try:
        found = index(number)
        if least <= found and (most is None or found <= most):
            return found
    except TypeError:  # not a whole number
        pass
    end = "" if most is None else f" to {most}"
    raise ValueError(f"{name} is a whole number from {least}{end}; received {number!r}")


def _check_value(value):
    if not isinstance(value, torch.Tensor) or value.ndim:
        received = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
        raise ValueError(f"the loss returns a scalar tensor; received {received}")
    if not torch.isfinite(value):
        raise ValueError(f"the loss at theta is {value.item()}; derivatives there mean nothing")
