"""Which examples make up each batch, and how much a batch's gradient scatters."""

from dataclasses import dataclass
from functools import partial
from itertools import count, islice

import numpy as np
import torch
from scipy.stats import t as student
from torch.func import functional_call, grad, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils._pytree import tree_leaves, tree_map_only

from trainingtips import chance, soundness, strays
from trainingtips.flat import (
    HALF,
    arguments,
    check_dense,
    check_parts,
    flat_loss,
    single,
    uncached,
    unwrapped,
    without_backward_hooks,
    without_checkpoints,
)
from trainingtips.loaders import normalizes_by_batch
from trainingtips.means import Divisor, applied, by_place, check_criterion
from trainingtips.parts import choose

TRIED, COUPLED = 16, 0.02  # examples tried together, and how far they may be from their rows
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


def per_example_gradients(module, criterion, x, y, chunk=None, *, parameters=None, weight=None):
    """Each example's own gradient, (N, n), in the parameters' order of `curvature.flat_loss`.

    `criterion(output, y)` returns a scalar; the mean of the rows is the gradient of a criterion
    that averages over its batch, also with class weights and `ignore_index`, by which an example
    counts (`means.Divisor`, and `weight` there). x may be a tuple or a dict of tensors. `chunk`
    examples are differentiated at once (None: all), and one after another where torch cannot do
    several, as in recurrent networks. `parameters` are those of the rows (`parts.choose`). Half
    precision is computed in float32. Hooks on the backward pass rest.
    Raises ValueError where batch normalization in train mode, or whatever else in the module or the
    criterion, ties the examples together, or where it cannot be told what an example counts by, and
    RuntimeError for dropout in train mode.

    >>> layer = torch.nn.Linear(1, 1, bias=False)
    >>> x, y = torch.tensor([[1.0], [2.0]]), torch.zeros(2, 1)
    >>> rows = per_example_gradients(layer, torch.nn.functional.mse_loss, x, y)
    >>> torch.allclose(rows, 2 * layer.weight * x**2)
    True
    """
    module = unwrapped(module)
    check_parts(module)
    check_criterion(criterion)
    norms = [m for m in module.modules() if isinstance(m, _BatchNorm)]
    if any(map(normalizes_by_batch, norms)):
        raise ValueError(
            "batch normalization by the batch's own mean makes an example's gradient depend on the "
            "others; call module.eval() first, and keep running statistics"
        )
    shapes = [tuple(t.shape) for t in tree_leaves(x) if torch.is_tensor(t)]
    if not torch.is_tensor(y):
        raise ValueError(f"y is one tensor of N examples; received {type(y).__name__}")
    if {shape[:1] for shape in shapes} != {y.shape[:1]} or not y.numel():
        received = " and ".join(map(str, [*shapes, tuple(y.shape)]))
        raise ValueError(f"x and y hold N ≥ 1 examples each, (N, …); received {received}")
    chosen = {name: p.detach() for name, p in choose(module, parameters).items()}
    check_dense(module, chosen)
    if by_place(criterion, y):
        raise ValueError(
            "the criterion's weight is of the examples by their place, and an example alone has "
            "none; leave it out, and multiply each row by its example's"
        )
    others = {n: p.detach() for n, p in module.named_parameters() if n not in chosen}
    fixed = others | {name: b.clone() for name, b in module.named_buffers()}  # read, not written
    if any(p.dtype in HALF for p in chosen.values()):
        chosen, fixed, x, y = single((chosen, fixed, x, y))

    given = strays.Untouched()

    def loss(parameters, x, y, fixed):
        x, y = strays.copies((x, y)) if given.writes else (x, y)
        places, names = arguments(tree_map_only(torch.Tensor, lambda t: t[None], x))
        # a copy of what is given: a module may count its calls, which torch refuses of others'
        state = parameters | {name: values.clone() for name, values in fixed.items()}
        with without_backward_hooks(module), without_checkpoints(), uncached():
            return applied(criterion, functional_call(module, state, places, names), y[None])

    found = given(lambda each: _rows(loss, chosen, *each, fixed, chunk), (x, y))
    _check_function(module, criterion, loss, chosen, _example(x, 0), y[0], fixed)
    x, y = strays.copies((x, y)) if given.writes else (x, y)
    rows = torch.cat([found[name].reshape(len(y), -1) for name in chosen], dim=1)
    counts = _counts(module, chosen | fixed, criterion, x, y, weight)
    _check_finite(rows, counts)
    few = _spread(len(y), max(2, min(TRIED, chunk or TRIED)))
    tried = rows[few], None if counts is None else counts[few].to(rows)
    _check_apart(module, criterion, chosen, fixed, _example(x, few), y[few], *tried)
    if counts is None:
        return rows
    share = (counts * (len(y) / counts.sum())).to(rows)[:, None]
    return torch.where(share == 0, 0.0, rows * share)  # an ignored example's own mean is nan


def _rows(loss, parameters, x, y, fixed, chunk):
    """{name: (N, …)}: every example's gradient, several at once where torch can."""
    try:
        with sdpa_kernel(SDPBackend.MATH):  # the quick kernels of attention know no vmap
            return vmap(grad(loss), (None, 0, 0, None), chunk_size=chunk)(parameters, x, y, fixed)
    except Exception as error:
        if "random" in str(error):
            raise
    found = [_slopes(loss, parameters, _example(x, i), y[i], fixed) for i in range(len(y))]
    return {name: torch.stack([each[k] for each in found]) for k, name in enumerate(parameters)}


def _check_function(module, criterion, loss, parameters, x, y, fixed):
    """Raise ValueError where one example's loss is no function of the parameters alone."""
    own = {name: p.clone() for name, p in parameters.items()}  # not the module's own memory
    once = partial(loss, own, x, y, fixed)
    with torch.enable_grad():
        first = strays.checked(once, module, parameters, (x, y))
        again = once()
    values = float(first.detach()), float(again.detach())
    if soundness.apart(*values):
        x, y = tree_map_only(torch.Tensor, lambda t: t[None], (x, y))
        over = flat_loss(module, criterion, x, y, parameters=list(parameters))
        raise soundness.unsteady(*over, *values)


def _slopes(loss, parameters, x, y, fixed):
    """One example's gradient by the plain backward pass, which asks nothing of an operator."""
    point = {name: p.clone().requires_grad_() for name, p in parameters.items()}
    with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
        value = loss(point, x, y, fixed)
    if not torch.is_tensor(value) or value.ndim:
        received = tuple(value.shape) if torch.is_tensor(value) else type(value).__name__
        raise ValueError(f"the criterion returns a scalar tensor; received {received}")
    if not value.requires_grad:
        return [torch.zeros_like(p) for p in point.values()]
    return torch.autograd.grad(value, list(point.values()), materialize_grads=True)


def _check_finite(rows, counts):
    """Raise ValueError where an example that counts has no finite gradient, or none counts."""
    if counts is not None and not counts.sum() > 0:
        raise ValueError(f"the examples count by {float(counts.sum())} in all: none is left")
    bad = ~torch.isfinite(rows).all(1)
    if counts is not None:
        bad &= (counts != 0).to(bad.device)
    if bad.any():
        first = int(bad.nonzero()[0])
        raise ValueError(
            f"the gradient of example {first} is not finite, and {int(bad.sum()) - 1} others: "
            f"look at its x and y, or leave it out"
        )


def _spread(n, count):
    """Up to `count` of n places, from the first to the last: neighbours may be of one class."""
    return np.linspace(0, n - 1, min(n, count)).round().astype(int).tolist()


def _check_apart(module, criterion, chosen, fixed, x, y, rows, counts):
    """Raise ValueError where the rows of these few examples are not their batch's gradient.

    They count by `counts`, or alike (None). Nothing is told where none of them counts.
    """
    if counts is not None:
        if not counts.sum() > 0:
            return
        rows = torch.where(counts[:, None] == 0, 0.0, rows)
        rows = rows * (counts * (len(rows) / counts.sum()))[:, None]
    places, names = arguments(x)
    with torch.enable_grad():
        point = {name: p.clone().requires_grad_() for name, p in chosen.items()}
        with sdpa_kernel(SDPBackend.MATH), without_backward_hooks(module), uncached():
            output = functional_call(module, point | fixed, places, names)
        value = applied(criterion, output, y)
        if not value.requires_grad:
            return
        found = torch.autograd.grad(value, list(point.values()), materialize_grads=True)
    g = torch.cat([each.reshape(-1) for each in found])
    allowed = COUPLED * float(rows.norm()) / len(rows) ** 0.5
    apart = min(float((g - rows.mean(0)).norm()), float((g - rows.sum(0)).norm()) / len(rows))
    if apart > allowed:  # also false where both are nan
        raise ValueError(
            f"examples' own gradients do not make up their batch's: they are {apart:.2g} apart, of "
            f"a length of {allowed / COUPLED:.2g}; something in the module or the criterion, as a "
            f"normalization over the batch, ties the examples together"
            f"{'' if counts is None else ', or they count by other numbers than weight= says'}"
        )


def _counts(module, state, criterion, x, y, weight):
    """What each example counts by, (N,); None where all count the same."""
    divisor, some = Divisor(criterion, weight), slice(None) if weight else _spread(len(y), 64)
    if divisor.counts_alike():
        return None
    if not divisor.by_classes():
        few = tree_map_only(torch.Tensor, lambda t: t[some], x)
        with torch.enable_grad():  # a criterion may differentiate within itself
            places, names = arguments(few)
            with uncached():
                output = functional_call(module, state, places, names)
            if weight is None:  # a criterion of one's own: an error where it is no mean over rows
                divisor(output, y[some], applied(criterion, output, y[some]))
                return None
        parts = [(_example(output, slice(i, i + 1)), y[i : i + 1]) for i in range(len(y))]
    else:
        parts = [(None, y[i : i + 1]) for i in range(len(y))]
    counts = [divisor(*part, None) for part in parts]
    if len(set(counts)) == 1 and counts[0]:
        return None
    return torch.tensor(counts, dtype=torch.float64, device="cpu")


def _example(values, i):
    return tree_map_only(torch.Tensor, lambda t: t[i], values)


@dataclass(frozen=True)
class Noise:
    """How single examples' gradients scatter about their mean."""

    gradient_norm: float  # ‖ḡ‖ of the mean over all examples
    variance: float  # tr Σ: expected squared distance of an example's gradient from ḡ
    scale: float  # tr Σ / ‖ḡ‖²: the batch at which noise and signal are equal
    low: float | None = None  # the scale's interval, where the examples are a sample of more
    high: float | None = None


def noise(gradients, sample=False, confidence=0.95):
    """`Noise` of per-example gradients, (N, n); "simple noise scale", McCandlish et al. (2018).

    Σ is the covariance over these N examples (divided by N), and the scale that of these examples
    alone: at most about N where they are a sample of more. `sample` asks for the larger set's,
    without bias: Σ is divided by N − 1, and tr Σ / N, what the sample's own noise adds to ‖ḡ‖², is
    taken away. The scale is infinite at ḡ = 0, and where nothing is left of ‖ḡ‖². A sample's scale
    has an interval, `low` to `high`, of `confidence`: the jackknife's of ‖ḡ‖² / tr Σ (Efron & Stein
    1981), turned over, so that `high` is infinite where ‖ḡ‖² may be zero. Raises ValueError for a
    sample of one.

    >>> found = noise(torch.tensor([[3.0], [1.0]]))
    >>> found.gradient_norm, found.variance, found.scale
    (2.0, 1.0, 0.25)
    >>> noise(torch.tensor([[3.0], [1.0]]), sample=True).variance
    2.0
    """
    _check_gradients(gradients)
    mean = gradients.mean(0)
    norm = mean.norm().item()
    variance = (gradients - mean).square().sum(1).mean().item()
    if sample:
        lengths = torch.linalg.vector_norm(gradients, dim=1, dtype=torch.float64)
        squares = lengths.square().cpu().numpy()
        along = (gradients @ mean).double().cpu().numpy() * len(gradients)
        return _of_sample(norm, variance, squares, along, confidence)
    return Noise(norm, variance, variance / norm**2 if norm else float("inf"))


def noise_over(
    module, criterion, loader, *, sample=False, parameters=None, weight=None, confidence=0.95
):
    """`noise` over all examples of a loader, with the memory of one batch's rows.

    A sample's interval takes all rows a second time, for it needs each one's share of the mean. The
    loader is that of `curvature.flat_loss`, and its order as fixed; `parameters` and `weight`
    are those of `per_example_gradients`. Raises ValueError for a loss that is a sum.

    >>> layer = torch.nn.Linear(1, 1, bias=False)
    >>> x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.zeros(3, 1)
    >>> over = noise_over(layer, torch.nn.functional.mse_loss, [(x[:2], y[:2]), (x[2:], y[2:])])
    >>> rows = per_example_gradients(layer, torch.nn.functional.mse_loss, x, y)
    >>> bool(np.isclose(over.scale, noise(rows).scale, rtol=1e-5))
    True
    """
    over, theta = flat_loss(module, criterion, loader, parameters=parameters, weight=weight)
    over._survey(theta)  # so that each batch's share is known

    def parts():
        """Each batch's rows, whose sum over all batches is the whole gradient."""
        for share, (x, y) in zip(over.shares, over._batches(), strict=True):
            if over.divisor.sums:
                raise ValueError("noise is told of a loss that is a mean; this one is a sum")
            if not share:  # each of its examples is ignored, and is one of the N all the same
                yield torch.zeros(len(y), len(theta), dtype=torch.float64, device=theta.device)
                continue
            rows = per_example_gradients(
                module, criterion, x, y, parameters=parameters, weight=weight
            )
            yield rows.double() * (share / len(rows))

    total, lengths = torch.zeros_like(theta, dtype=torch.float64), []
    for rows in parts():
        total += rows.sum(0)
        lengths.append(rows.square().sum(1))
    squares = torch.cat(lengths).cpu().numpy()
    norm, n = float(total.norm()), len(squares)
    variance = max(0.0, n * float(squares.sum()) - norm**2)
    if not sample:
        return Noise(norm, variance, variance / norm**2 if norm else float("inf"))
    along = torch.cat([rows @ total for rows in parts()]).cpu().numpy()
    return _of_sample(norm, variance, squares * n**2, along * n**2, confidence)


def _of_sample(norm, variance, squares, along, confidence):
    """`Noise` of what N rows are drawn from, by each row's ‖g‖² and g·Σg, both (N,)."""
    n = len(squares)
    if n < 2:
        raise ValueError("a sample of one example shows no noise")
    variance = variance * n / (n - 1)
    square = max(0.0, norm**2 - variance / n)
    scale = variance / square if square else float("inf")
    return Noise(float(np.sqrt(square)), variance, scale, *_interval(squares, along, confidence))


def _interval(squares, along, confidence):
    """The scale's interval by the jackknife of its reciprocal."""
    n, rest = len(squares), len(squares) - 1
    if n < 3:
        return 0.0, float("inf")

    def reciprocal(count, squares, length):
        mean = length / count**2
        variance = (squares / count - mean) * count / (count - 1)
        return np.divide(mean, variance, out=np.full_like(mean, np.inf), where=variance > 0) - 1 / (
            count
        )

    whole, length = squares.sum(), along.sum()
    value = reciprocal(n, np.array([whole]), np.array([length]))[0]
    each = reciprocal(rest, whole - squares, length - 2 * along + squares)
    with np.errstate(invalid="ignore"):
        error = np.sqrt(rest / n * np.square(each - each.mean()).sum())
    if not np.isfinite(error):
        return 0.0, float("inf")
    reach = student.ppf((1 + confidence) / 2, rest) * error
    low, high = value - reach, value + reach
    return (1 / high if high > 0 else float("inf")), (1 / low if low > 0 else float("inf"))


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
