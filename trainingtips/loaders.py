"""The loss over all batches of a loader, and its derivatives, with the memory of one batch."""

import warnings
import zlib
from collections.abc import Iterator, Mapping
from functools import partial

import torch
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils._pytree import tree_leaves, tree_map_only

from trainingtips import chance
from trainingtips.derivatives import product
from trainingtips.means import FEW, Divisor

# share of outputs by which they may differ without the rest of their batch: far above rounding
APART = {torch.float64: 1e-6, torch.float32: 1e-2}


def halves(batch, criterion):
    """(x, y) of a batch: a tuple that ends with y, or a dict with "labels".

    Without a criterion the module gets all of it, and y is read for its count alone.

    >>> halves({"ids": 1, "labels": 2}, criterion=max)
    ({'ids': 1}, 2)
    """
    if isinstance(batch, Mapping):
        batch = dict(batch)  # also those that only behave as one
        if criterion is None:
            return batch, batch.get("labels")
        if "labels" not in batch:
            raise ValueError(f"a batch's y is its 'labels'; received {', '.join(map(str, batch))}")
        return {name: x for name, x in batch.items() if name != "labels"}, batch["labels"]
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        received = type(batch).__name__
        if isinstance(batch, (tuple, list)):
            received = f"a {received} of {len(batch)}, without a y"
        raise TypeError(f"a batch is (x, y), or a dict with 'labels'; received {received}")
    if criterion is None:
        return tuple(batch), batch[-1]
    return (batch[0] if len(batch) == 2 else tuple(batch[:-1])), batch[-1]


def few(network, x, y, count=8):
    """The network's loss over the first examples of a batch."""
    x, y = _first((x, y), count)
    return lambda theta: network.loss(theta, x, y)


class Batched:
    """loss(θ) over every batch of a loader, as `flat_loss` makes it; one batch at a time.

    The value is that over all examples at once (`means.Divisor`), `weight(output, y)` being what a
    batch counts by where it cannot be told. Gradients and Hessian products go through the loader
    once each, so that they take one batch's memory. The loader's order is the same each time, also
    where it shuffles, and the random numbers of others are left alone. Warns of batch normalization
    by each batch's own mean, and of what else ties a batch's examples together: the value is then
    the mean of the batches' losses as they are. Raises TypeError for what can be gone through only
    once, and ValueError where the batches change all the same.
    """

    def __init__(self, loader, network, weight=None):
        if isinstance(loader, (torch.Tensor, str, Iterator)) or not hasattr(loader, "__iter__"):
            raise TypeError(
                f"without y, x is a DataLoader or a list of batches, which can be gone through "
                f"again; received {type(loader).__name__}"
            )
        self.loader, self.network, self.weight = loader, network, weight
        self.divisor, self.shares, self.prints = Divisor(network.criterion, weight), None, None
        self.generators = {id(g): (g, g.get_state()) for g in _generators(loader)}

    def __call__(self, theta):
        return _Value.apply(theta, self)

    def through(self, network):
        """The same loss through another network."""
        return Batched(self.loader, network, self.weight)

    def parts(self, theta):
        """(share, x, y) of each batch; the loss is the sum of share × the batch's loss."""
        if self.shares is None or self.divisor.open:
            self._survey(theta)
        for share, (x, y) in zip(self.shares, self._batches(), strict=True):
            if share:
                yield share, x, y

    def derive(self, theta, wanted):
        """(value, gradient), the latter of shape (n,), or None where it is not wanted."""
        value = torch.zeros((), dtype=torch.float64, device=theta.device)
        g = torch.zeros_like(theta) if wanted else None
        for share, x, y in self.parts(theta):
            point = theta.detach().clone().requires_grad_(wanted)
            with torch.enable_grad():
                part = self.network.loss(point, x, y)
            value += share * _scalar(part)
            if wanted and part.requires_grad:
                found = torch.autograd.grad(part, point, materialize_grads=True)[0]
                g.add_(found, alpha=share)
        return value.to(theta.dtype), g

    def products(self, theta, memory=None):
        """v ↦ Hv at θ, for v of (n,) or (k, n): each batch's graph is built once for all k."""

        def apply(v):
            total = torch.zeros_like(v)
            for share, x, y in self.parts(theta):
                # not held by a name: its graph would wait while the next batch's is built
                loss = partial(self.network.loss, x=x, y=y)
                total.add_(product(loss, theta, memory)(v), alpha=share)
            return total

        return apply

    def few(self):
        """The loss over a few of the examples, for what a check asks of the module alone."""
        x, y, _ = next(self._dealt())
        return few(self.network, x, y)

    def drawing(self, theta):
        """The submodules that draw random numbers, by name and class."""
        _, x, _ = next(self.parts(theta))
        return self.network.drawing(theta, x)

    def written(self, theta):
        """The autograd functions of somebody's own, by name, submodule and its class."""
        x, _, _ = next(self._dealt())
        return self.network.written(theta, x)

    def suspects(self):
        """The submodules whose second derivatives torch is known to get wrong."""
        return self.network.suspects()

    def _survey(self, theta):
        """Once through the loader: what each batch counts by, and how to know it again."""
        counts, prints, tied = [], [], False
        for x, y, found in self._dealt():
            y = tree_map_only(torch.Tensor, partial(_widened, kind=theta.dtype), y)
            second = len(counts) == 1 and self.shares is None
            alone = _alone(self.network, theta, x, y) if second else None  # not beside its graph
            with torch.enable_grad():
                output = self.network.output(theta.detach(), x)
                value = self.network.value(output, y)
            _scalar(value)
            if alone is not None:
                tied = _is_tied(output, alone, y)
            counts.append(self.divisor(output, y, value))
            prints.append(found)
            del output, value  # their graph, before the next batch's is built
        if not counts:
            raise ValueError("the loader has no batches")
        if self.divisor.kind == "sum":  # also where it was told by a later batch alone
            counts = [None] * len(counts)
        total = 1.0 if None in counts else sum(counts)
        if not total > 0:
            raise ValueError(f"the batches count by {total} in all; a mean needs more than 0")
        if len(counts) > 1 and self.shares is None:
            _warn_of_norms(self.network, tied)
        self.prints = prints
        self.shares = [1.0 if count is None else count / total for count in counts]

    def _batches(self):
        place = -1
        for place, (x, y, found) in enumerate(self._dealt()):
            if place >= len(self.prints) or found != self.prints[place]:
                raise ValueError(
                    f"batch {place} of the loader is not what it was: its examples change by "
                    f"themselves, as by random augmentation; give list(loader), or fix them"
                )
            yield x, y
        if place + 1 != len(self.prints):
            raise ValueError(
                f"the loader had {len(self.prints)} batches and now has {place + 1}"
            )  # fmt: skip

    def _dealt(self):
        """(x, y, fingerprint) of each batch in an order of its own, whatever else is drawn."""
        before = [(g, g.get_state()) for g, _ in self.generators.values()]
        for generator, state in self.generators.values():
            generator.set_state(state)
        own = chance.generator(0).get_state()
        try:
            batches, own = _with_state(own, lambda: iter(self.loader))
            while True:
                batch, own = _with_state(own, lambda: next(batches, None))
                if batch is None:
                    return
                x, y = halves(batch, self.network.criterion)
                found = _fingerprint((x, y))
                x, y = tree_map_only(torch.Tensor, lambda t: t.to(self.network.device), (x, y))
                yield *self.network.ready((x, y)), found
        finally:
            for generator, state in before:
                generator.set_state(state)


class _Value(torch.autograd.Function):
    """The value over all batches, whose graph holds θ alone."""

    @staticmethod
    def forward(ctx, theta, batched):
        ctx.batched = batched
        ctx.save_for_backward(theta)
        value, ctx.gradient = batched.derive(theta, ctx.needs_input_grad[0])
        return value

    @staticmethod
    def backward(ctx, upstream):
        (theta,) = ctx.saved_tensors
        return upstream * _Gradient.apply(theta, ctx.gradient, ctx.batched), None


class _Gradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, theta, gradient, batched):
        ctx.batched = batched
        ctx.save_for_backward(theta)
        return gradient.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx, v):
        (theta,) = ctx.saved_tensors
        with torch.enable_grad():
            return ctx.batched.products(theta)(v), None, None


def _scalar(value):
    if not torch.is_tensor(value) or value.ndim:
        received = tuple(value.shape) if torch.is_tensor(value) else type(value).__name__
        raise ValueError(f"the criterion returns a scalar tensor; received {received}")
    return value.detach()


def _alone(network, theta, x, y):
    """The outputs of a batch's first rows without the rest of it; None where they tell nothing.

    So it is of what draws random numbers, has no rows of examples, or takes whole batches alone.
    """
    rows = {len(t) if t.ndim else None for t in tree_leaves((x, y)) if torch.is_tensor(t)}
    few = min(FEW, (rows.pop() or 0) // 2) if len(rows) == 1 else 0
    before = torch.get_rng_state()
    try:
        with torch.no_grad():
            found = network.output(theta.detach(), _first(x, few)) if few else None
    except (RuntimeError, TypeError, ValueError, IndexError):
        return None
    finally:
        drew = not torch.equal(before, torch.get_rng_state())
        torch.set_rng_state(before)
    return None if drew else found


def _is_tied(output, alone, y):
    """Whether a batch's first outputs are others without the rest of the batch."""
    for whole, part in zip(tree_leaves(output), tree_leaves(alone), strict=False):
        if not (torch.is_tensor(whole) and torch.is_tensor(part) and whole.ndim and part.ndim):
            continue
        if len(whole) == len(y) and _is_other(whole[: len(part)].detach(), part):
            return True
    return False


def _first(values, count):
    return tree_map_only(torch.Tensor, lambda t: t[:count], values)


def _is_other(a, b):
    if a.shape != b.shape or not a.is_floating_point():
        return False
    return float((a - b).norm()) > APART.get(a.dtype, 0.1) * float(a.norm())


def _warn_of_norms(network, tied):
    """Warn where an example's output hangs on who is in its batch."""
    module = getattr(network, "module", None) or network.network.module  # one that is made linear
    norms = [
        f"{name or 'the module'} ({type(each).__name__})"
        for name, each in module.named_modules()
        if isinstance(each, _BatchNorm) and normalizes_by_batch(each)
    ]
    if not norms and not tied:
        return
    more = f" and {len(norms) - 3} more" if len(norms) > 3 else ""
    who = f"{', '.join(norms[:3])}{more} normalizes by each batch's own mean"
    warnings.warn(
        f"{who if norms else 'the module ties the examples of a batch together'}: this is the mean "
        f"of these batches' losses, each as in training, and not the loss of all examples at once; "
        f"it hangs on which make up a batch; module.eval() makes batch normalization take its "
        f"running statistics",
        stacklevel=2,
    )


def normalizes_by_batch(norm):
    """Whether a batch normalization takes the batch's own mean, and not the running one."""
    return norm.training or norm.running_mean is None


def _widened(tensor, kind):
    return tensor.to(kind) if tensor.dtype == torch.float32 else tensor


def _generators(loader):
    """The loader's and its samplers' own random generators."""
    holders = [loader, getattr(loader, "sampler", None), getattr(loader, "batch_sampler", None)]
    holders.append(getattr(holders[-1], "sampler", None))
    found = [getattr(each, "generator", None) for each in holders]
    return [each for each in found if isinstance(each, torch.Generator)]


def _with_state(state, function):
    """(function(), the state after it), with torch's global random state `state` meanwhile."""
    before = torch.get_rng_state()
    torch.set_rng_state(state)
    try:
        return function(), torch.get_rng_state()
    finally:
        torch.set_rng_state(before)


def _fingerprint(batch):
    found = 0
    for each in tree_leaves(batch):
        if torch.is_tensor(each) and each.layout == torch.strided:
            raw = each.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            found = zlib.crc32(raw.numpy(), zlib.crc32(str(tuple(each.shape)).encode(), found))
    return found
