"""What a batch's loss is a mean over, so that batches add up to the loss over all examples.

The mean of unequal batches' means is no mean. With class weights a batch counts by the sum of its
examples' weights, with `ignore_index` by what is not ignored, and a sum has no divisor at all.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional
from torch.utils._pytree import tree_leaves, tree_map, tree_map_only

from trainingtips import chance

CLASSES = {nn.CrossEntropyLoss, nn.NLLLoss, functional.cross_entropy, functional.nll_loss}
ELEMENTS = {
    nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.BCELoss, nn.BCEWithLogitsLoss,
    functional.mse_loss, functional.l1_loss, functional.smooth_l1_loss, functional.huber_loss,
    functional.binary_cross_entropy, functional.binary_cross_entropy_with_logits,
}  # fmt: skip
BINARY = {functional.binary_cross_entropy, functional.binary_cross_entropy_with_logits}
TOLERANCE = {torch.float64: 1e-8, torch.float32: 1e-4}
FEW = 8  # rows of a batch that are kept, to be tried together with the next one's


def applied(criterion, output, y):
    """criterion(output, y), its own tensors in as many digits as the output has."""
    if not torch.is_tensor(output) and _kind(criterion)[0] in CLASSES | ELEMENTS:
        raise TypeError(
            f"the module returns {type(output).__name__}, and the criterion takes one tensor; say "
            f"which it is, as in criterion=lambda output, y: loss(output[0], y)"
        )
    kinds = {t.dtype for t in tree_leaves(output) if torch.is_tensor(t) and t.is_floating_point()}
    wanted = max(kinds, key=lambda kind: kind.itemsize, default=torch.float16)

    def short(t):
        return torch.is_tensor(t) and t.is_floating_point() and t.itemsize < wanted.itemsize

    if isinstance(criterion, nn.Module):
        named = dict(criterion.named_parameters()) | dict(criterion.named_buffers())
        named = {name: t.to(wanted) for name, t in named.items() if short(t)}
        return functional_call(criterion, named, (output, y)) if named else criterion(output, y)
    if isinstance(criterion, partial) and any(map(short, criterion.keywords.values())):
        options = {n: t.to(wanted) if short(t) else t for n, t in criterion.keywords.items()}
        criterion = partial(criterion.func, *criterion.args, **options)
    return criterion(output, y)


def by_place(criterion, y):
    """Whether the criterion's weight has a row of its own for each of a batch's examples."""
    kind, options = _kind(criterion)
    weight = options.get("weight") if kind in BINARY | {nn.BCELoss, nn.BCEWithLogitsLoss} else None
    return weight is not None and weight.ndim == y.ndim > 0 and len(weight) > 1


def check_criterion(criterion):
    """Raise TypeError for what is no function of (output, y), nor None for a module's own loss."""
    given = isinstance(criterion, type)
    if criterion is None or (callable(criterion) and not given):
        return
    received = f"the class {criterion.__name__}" if given else type(criterion).__name__
    example = f"{criterion.__name__}()" if given else "nn.MSELoss()"
    raise TypeError(
        f"the criterion is called as criterion(output, y), such as {example}; received {received}"
    )


class Divisor:
    """`divisor(output, y, value)`: the number that this batch's loss `value` is a mean over.

    It is None for a sum. Known for torch's own losses, and for the loss that a Hugging Face model
    returns; every other is tried: applied to parts of the batch, and to rows of this batch and of
    the one before, it must add up as a mean over rows does, or as a sum. Raises ValueError where it
    does not, so that no total is wrong unnoticed. While nothing has told which of the two it is, as
    at a first batch of one row, the number of rows is returned, and `open` is true.

    >>> weighted = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0]))
    >>> Divisor(weighted)(torch.zeros(3, 2), torch.tensor([0, 1, 1]), None)
    11.0
    """

    def __init__(self, criterion, own=None):
        self.criterion, self.own = criterion, own
        self.kind, self.shape, self.few, self.placed = None, None, None, 0

    def __call__(self, output, y, value):
        if self.own is not None:
            return float(self.own(output, y))
        kind, options = _kind(self.criterion)
        if self.sums:
            return None
        if kind in CLASSES:
            return _classes(output, y, options)
        if kind in ELEMENTS:
            self.placed += by_place(self.criterion, y)
            if self.placed > 1:
                raise ValueError(
                    "the criterion's weight is of the examples by their place, the same in every "
                    "batch; give each example's weight beside its y, to a criterion of your own"
                )
            return float(torch.broadcast_shapes(output.shape, y.shape).numel())
        if self.criterion is None:
            return _returned(output, y, value)
        return self._tried(output, y, value)

    @property
    def sums(self):
        """Whether the loss is a sum, as far as is known."""
        return self.kind == "sum" or _kind(self.criterion)[1].get("reduction", "mean") == "sum"

    @property
    def open(self):
        """Whether what was tried is a mean or a sum, and no batch has told which."""
        return self.few is not None and self.kind is None

    def counts_alike(self):
        """Whether every example of a batch counts the same, by what the criterion is."""
        return self.own is None and (self.sums or _kind(self.criterion)[0] in ELEMENTS)

    def by_classes(self):
        """Whether y alone tells what an example counts by."""
        return self.own is None and _kind(self.criterion)[0] in CLASSES

    def _tried(self, output, y, value):
        rows, tails = _rows(output, y)
        if self.shape not in (None, tails):
            raise ValueError(f"batches of rows of {self.shape} and of {tails}: {_ask()}")
        self.shape = tails
        if rows > 1:
            self._learn(output, y, max(1, rows // 3), value)
        before, self.few = self.few, tree_map(_kept, (output, y))
        if before is not None and _joins(before, self.few):
            # what all rows of a batch have in common shows beside another's
            self._learn(*tree_map(_joined, before, self.few), _rows(*before)[0])
        return None if self.sums else float(rows)

    def _learn(self, output, y, first, value=None):
        """Whether the loss is a mean or a sum over rows; an error where it is neither."""
        fits, alike = self._fits(output, y, first, value)
        if alike:  # as of a start at zero: any other weights of the parts would fit, too
            fits &= self._elsewhere(output, y, first)
        if self.kind is None and len(fits) == 1:
            (self.kind,) = fits
        if not fits or self.kind not in {None, *fits}:
            raise ValueError(f"the criterion is no mean over its batch's rows: {_ask()}")

    def _elsewhere(self, output, y, first):
        """What it may be by other outputs; either where it takes none but its own."""
        with suppress(RuntimeError, ValueError, TypeError, IndexError, AssertionError):
            other = tree_map_only(torch.Tensor, _any, output)
            value = applied(self.criterion, other, y)
            if torch.isfinite(value):
                return self._fits(other, y, first, value)[0]
        return {"mean", "sum"}

    def _fits(self, output, y, first, value=None):
        """(which of "mean" and "sum" it may be, whether both parts' losses are the same)."""
        rows = _rows(output, y)[0]
        parts = [tree_map(partial(_part, part=part), (output, y)) for part in _cuts(first)]
        head, tail = (applied(self.criterion, *part) for part in parts)
        value = applied(self.criterion, output, y) if value is None else value
        added = {"mean": (first * head + (rows - first) * tail) / rows, "sum": head + tail}
        size = max(abs(float(each.detach())) for each in (head, tail))
        fits = {kind for kind, total in added.items() if _close(total, value, size)}
        return fits, _close(head, tail)


def _kind(criterion):
    """(what the criterion is, by class or function, and its options); (None, {}) for one's own."""
    if isinstance(criterion, partial) and not criterion.args and _is_plain(criterion):
        return criterion.func, criterion.keywords
    if isinstance(criterion, nn.Module) and _is_torchs(type(criterion)):
        return type(criterion), {n: getattr(criterion, n, None) for n in _OPTIONS} | {
            "reduction": getattr(criterion, "reduction", "mean")
        }
    return (criterion if _is_torchs(criterion) else None), {}


_OPTIONS = ("weight", "ignore_index")


def _is_plain(criterion):
    """Whether a function of torch's with options is a sum, or a mean over what it is without."""
    given = set(criterion.keywords)
    weighs = criterion.func in ELEMENTS - BINARY and "weight" in given  # divides by their sum
    return _is_torchs(criterion.func) and not weighs and not given & {"size_average", "reduce"}


def _is_torchs(what):
    """Whether torch wrote it: another's `reduction` may mean anything."""
    return str(getattr(what, "__module__", "")).startswith("torch.nn.")


def _classes(output, y, options):
    if y.is_floating_point():  # probabilities: a mean over rows, whatever the weights
        return float(y.numel() / y.shape[1 if y.ndim > 1 else 0])
    ignored = options.get("ignore_index")
    counted = y[y != (-100 if ignored is None else ignored)]
    weight = options.get("weight")
    return float(len(counted) if weight is None else weight.double()[counted].sum())


def _returned(output, y, value):
    """For a model that returns its loss: what it is a mean over, found by computing it again."""
    logits = output.get("logits") if isinstance(output, Mapping) else None
    logits = getattr(output, "logits", None) if logits is None else logits
    if torch.is_tensor(logits) and torch.is_tensor(y):
        for again, count in _guesses(logits.double(), y):
            if _close(again, value):
                return float(count)
    raise ValueError(f"the loss that the module returns is no mean that is known: {_ask()}")


def _guesses(logits, y):
    if y.is_floating_point():
        if logits.numel() == y.numel():
            yield functional.mse_loss(logits.reshape(-1), y.double().reshape(-1)), y.numel()
            yield functional.binary_cross_entropy_with_logits(
                logits.reshape(-1), y.double().reshape(-1)
            ), y.numel()  # fmt: skip
        return
    if logits.shape[:-1] != y.shape:
        return
    pairs = [(logits, y)]
    if y.ndim == 2:
        pairs.append((logits[:, :-1], y[:, 1:]))  # each token foretells the next
    for scores, labels in pairs:
        again = functional.cross_entropy(scores.flatten(0, -2), labels.flatten())
        yield again, int((labels != -100).sum())


def _rows(output, y):
    leaves = [t for t in tree_leaves((output, y)) if torch.is_tensor(t)]
    sizes = {len(t) if t.ndim else None for t in leaves}
    if len(sizes) != 1 or None in sizes:
        raise ValueError(f"output and y have no common number of rows: {_ask()}")
    return sizes.pop(), [tuple(t.shape[1:]) for t in leaves]


def _cuts(first):
    return slice(0, first), slice(first, None)


def _part(value, part):
    return value[part] if torch.is_tensor(value) else value


def _kept(value):
    """The first rows alone, without what they were computed from."""
    if not torch.is_tensor(value):
        return value
    return value[:FEW].detach().clone().requires_grad_(value.requires_grad)


def _joins(a, b):
    """Whether two batches differ in their tensors alone, and not in a name that comes with them."""
    a, b = ([t for t in tree_leaves(each) if not torch.is_tensor(t)] for each in (a, b))
    return a == b


def _joined(a, b):
    return torch.cat([a, b]) if torch.is_tensor(a) else a


def _any(value):
    """Numbers from 0 to 1 in place of an output's: no row's loss is another's, or zero."""
    if not value.is_floating_point():
        return value
    generator = chance.generator(0)
    made = torch.rand(value.shape, generator=generator, dtype=torch.float64, device="cpu")
    return made.to(value).requires_grad_(value.requires_grad) * 1


def _close(a, b, size=0.0):
    """Whether two numbers are the same, up to the rounding of numbers of `size`."""
    tolerance = TOLERANCE.get(b.dtype, 1e-4)
    a, b = float(a.detach()), float(b.detach())
    return abs(a - b) <= tolerance * max(abs(a), abs(b), size)


def _ask():
    return (
        "pass weight=, a function of (output, y) that returns the number that a batch's loss is "
        "a mean over, such as the sum of the class weights of y"
    )
