"""A network's loss as a function of one flat θ: over tensors, or over a loader's batches."""

from collections.abc import Mapping
from contextlib import contextmanager, nullcontext
from functools import partial

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize
from torch.utils import checkpoint
from torch.utils._pytree import tree_leaves, tree_map_only

from trainingtips import strays
from trainingtips.loaders import Batched, few, halves
from trainingtips.means import applied, check_criterion
from trainingtips.parts import choose, layers

_MISSING = object()
HALF = (torch.float16, torch.bfloat16)


def flat_loss(module, criterion, x, y=_MISSING, *, parameters=None, weight=None):
    """(loss, θ) of a network: θ holds its parameters in order, flat, and `loss(θ)` is a scalar.

    `criterion(output, y)` must return a scalar. x is a tensor, a tuple of the module's arguments,
    or a dict of its keyword arguments. Without y, x is a `DataLoader` or a list of batches: tuples
    that end with y, or dicts with "labels"; the loss is over all of their examples, exact also
    where batches are unequal, and takes one batch's memory (`loaders.Batched`; `weight` is told
    there). A criterion of None takes the loss that the module itself returns, as Hugging Face's.

    `parameters` are those that θ holds (`parts.choose`): unless given, all that are not frozen.
    Half precision is computed in float32. The module itself is left as it is: buffers are read,
    never written; its mode (train or eval) counts. θ may have more digits than the module; the
    criterion's own tensors, no part of θ, are given as many. What the module writes into its input
    is undone. Raises ValueError for a module without parameters, with sparse or lazy ones, or with
    `sparse=True` embeddings, and TypeError for what is no module or no criterion, and for
    parameters of several types, which cannot lie in one θ.

    >>> layer = torch.nn.Linear(2, 1)
    >>> x, y = torch.ones(3, 2), torch.zeros(3, 1)
    >>> loss, theta = flat_loss(layer, torch.nn.functional.mse_loss, x, y)
    >>> theta.shape, torch.equal(loss(theta), torch.nn.functional.mse_loss(layer(x), y))
    (torch.Size([3]), True)
    >>> batches = [(x[:2], y[:2]), (x[2:], y[2:])]
    >>> over, theta = flat_loss(layer, torch.nn.functional.mse_loss, batches)
    >>> torch.allclose(over(theta), loss(theta))
    True
    """
    network = _Network(module, criterion, parameters)
    if y is not _MISSING:
        return _Whole(network, network.ready(x), network.ready(y)), network.theta()
    if isinstance(x, Mapping):
        return _Whole(network, *network.ready(halves(x, criterion))), network.theta()
    return Batched(x, network, weight), network.theta()


def by_layer(measure, module, criterion, x, y=_MISSING, *, weight=None):
    """{layer: measure(loss, θ)}, with θ one layer's parameters alone and the others as they are.

    >>> net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    >>> x, y = torch.ones(4, 2), torch.zeros(4, 1)
    >>> by_layer(lambda loss, theta: len(theta), net, nn.functional.mse_loss, x, y)
    {'0': 9, '2': 4}
    """
    return {
        name: measure(*flat_loss(module, criterion, x, y, parameters=own, weight=weight))
        for name, own in layers(module).items()
    }


class _Whole:
    """The loss over (x, y) at once."""

    def __init__(self, network, x, y):
        self.network, self.x, self.y = network, x, y

    def __call__(self, theta):
        return self.network.loss(theta, self.x, self.y)

    def through(self, network):
        """The same loss through another network."""
        return _Whole(network, self.x, self.y)

    def few(self):
        """The loss over a few of the examples, for what a check asks of the module alone."""
        return few(self.network, self.x, self.y)

    def drawing(self, theta):
        """The submodules that draw random numbers, by name and class."""
        return self.network.drawing(theta, self.x)

    def written(self, theta):
        """The autograd functions of somebody's own, by name, submodule and its class."""
        return self.network.written(theta, self.x)

    def suspects(self):
        """The submodules whose second derivatives torch is known to get wrong."""
        return self.network.suspects()


class _Network:
    """A module and a criterion at any θ."""

    def __init__(self, module, criterion, parameters):
        module = unwrapped(module)
        check_parts(module)
        check_criterion(criterion)
        chosen = {name: p.detach() for name, p in choose(module, parameters).items()}
        self.compiled = any(map(_is_compiled, module.modules()))
        _check_types(chosen)
        check_dense(module, chosen)
        self.module, self.criterion, self.parameters = module, criterion, chosen
        self.shapes = {name: p.shape for name, p in chosen.items()}
        self.sizes = [p.numel() for p in chosen.values()]
        first = next(iter(chosen.values()))
        self.half = first.dtype in HALF
        self.type, self.device = torch.float32 if self.half else first.dtype, first.device
        # copies, so that neither a call changes the module nor its training this loss
        others = {n: p for n, p in module.named_parameters() if n not in chosen}
        self.others = {name: self.ready(p.detach().clone()) for name, p in others.items()}
        self.buffers = {n: self.ready(b.detach().clone()) for n, b in module.named_buffers()}
        self.inputs, self.targets = strays.Untouched(), strays.Untouched()
        self.watched = False  # whether a call has shown that no weight is read past the module

    def theta(self):
        return self.ready(torch.cat([p.reshape(-1) for p in self.parameters.values()]))

    def ready(self, values):
        """Tensors within `values` as the computation needs them: not of half precision."""
        return single(values) if self.half else values

    def output(self, theta, x):
        parts = theta.split(self.sizes)
        shapes = self.shapes
        named = {name: part.view(shapes[name]) for name, part in zip(shapes, parts, strict=True)}
        state = named | self.others | self.buffers
        if theta.dtype != self.type:  # θ in more digits than the module: all of it
            state, x = _cast((state, x), (self.type,), theta.dtype)
        return self.inputs(partial(self._called, state), x)

    def _called(self, state, x):
        places, names = arguments(x)
        # copies of what the module counts in: it may be called once more, with x as it was
        state = state | {name: state[name].clone() for name in self.buffers}
        inside = without_checkpoints(), without_backward_hooks(self.module), plain_attention()
        with self._uncompiled(), inside[0], inside[1], inside[2], uncached():
            return functional_call(self.module, state, places, names)

    def _uncompiled(self):
        """Within it, parts that torch.compile has made run as they were written."""
        return torch.compiler.set_stance("force_eager") if self.compiled else nullcontext()

    def loss(self, theta, x, y):
        if self.watched:
            return self._loss(theta, x, y)
        once = partial(self._loss, theta, x, y)
        found = strays.checked(once, self.module, self.parameters, (theta, x, y))
        self.watched = True
        return found

    def _loss(self, theta, x, y):
        if theta.dtype != self.type:
            y = _cast(y, (self.type,), theta.dtype)
        return self.value(self.output(theta, x), y)

    def value(self, output, y):
        if self.criterion is not None:
            return self.targets(partial(applied, self.criterion, output), y)
        found = output.get("loss") if isinstance(output, Mapping) else getattr(output, "loss", None)
        if found is None:
            raise TypeError(
                f"without a criterion the module returns its loss, as output.loss; it returned "
                f"{type(output).__name__}, whose loss is None: give it its labels"
            )
        return found

    def drawing(self, theta, x):
        """The innermost submodules that draw random numbers, by name and class."""
        drew, before = [], {}

        def enter(module, inputs):
            before[module] = torch.get_rng_state()

        def leave(module, output):
            if not torch.equal(before.pop(module), torch.get_rng_state()):
                drew.append(module)

        self._visited(theta, x, enter, leave)
        if not drew:
            drew = self._unlike(theta, x)
        inner = [m for m in drew if not (set(m.modules()) - {m}) & set(drew)]
        return [_told(name, m) for name, m in self.module.named_modules() if m in inner]

    def _unlike(self, theta, x):
        """The first submodule, in a list, whose output is another one the second time."""
        seen = [[], []]
        for each in seen:
            self._visited(
                theta, x, lambda module, inputs: None,
                lambda module, output, each=each: each.append((module, _copied(output))),
            )  # fmt: skip
        for (module, first), (_, second) in zip(*seen, strict=False):
            if len(first) != len(second) or not all(map(torch.equal, first, second)):
                return [module]
        return []

    def written(self, theta, x):
        """Autograd functions that are nobody's of torch, each with the submodule that calls it."""
        found, seen, within = [], set(), []

        def see(values, module):
            for node in _nodes(values, seen):
                if isinstance(node, torch.autograd.function.BackwardCFunction):
                    own = type(node).__name__.removesuffix("Backward")
                    found.append(f"{own} in {_told(names[module], module)}")

        def enter(module, inputs):
            if within:  # what the module around has done to them
                see(inputs, within[-1])
            within.append(module)

        def leave(module, output):
            see(output, within.pop())

        names = {module: name for name, module in self.module.named_modules()}
        with torch.enable_grad():
            self._visited(theta.detach().clone().requires_grad_(), x, enter, leave)
        return found

    def _visited(self, theta, x, enter, leave):
        """Once through, with enter(module, inputs) before and leave(module, output) after each."""
        handles = []
        for each in self.module.modules():
            handles += [
                each.register_forward_pre_hook(enter),
                each.register_forward_hook(lambda module, inputs, output: leave(module, output)),
            ]
        try:
            self.output(theta, x)
        finally:
            for handle in handles:
                handle.remove()

    def suspects(self):
        return [
            _told(name, module)
            for name, module in self.module.named_modules()
            if any("WeightNorm" in type(hook).__name__ for hook in _weight_hooks(module))
        ]


def single(values):
    """`values` with their tensors of half precision as float32."""
    return _cast(values, HALF, torch.float32)


def _cast(values, kinds, wanted):
    """`values` with their tensors of these `kinds` as `wanted`."""
    return tree_map_only(
        torch.Tensor, lambda t: t.to(wanted) if t.dtype in kinds else t, values
    )  # fmt: skip


def _copied(output):
    return [t.detach().clone() for t in tree_leaves(output) if isinstance(t, torch.Tensor)]


def _nodes(output, seen):
    """The nodes of the output's graph that are not among `seen`, where they are from now on."""
    ahead = [t.grad_fn for t in tree_leaves(output) if isinstance(t, torch.Tensor)]
    while ahead:
        node = ahead.pop()
        if node is not None and node not in seen:
            seen.add(node)
            ahead += [each for each, _ in node.next_functions]
            yield node


def _told(name, module):
    return f"{name or 'the module'} ({type(module).__name__})"


def _weight_hooks(module):
    yield from module._forward_pre_hooks.values()
    for each in getattr(module, "parametrizations", {}).values():
        yield from each


def arguments(x):
    """(positional, keyword) arguments of the module: a tuple's, a dict's, or the one x itself."""
    if isinstance(x, Mapping):
        return (), dict(x)
    if type(x) in (tuple, list):  # not a PackedSequence, which is one argument
        if x and isinstance(x[-1], Mapping):
            return tuple(x[:-1]), dict(x[-1])
        return tuple(x), {}
    return (x,), {}


def unwrapped(module):
    """The module within torch.compile, DataParallel or DistributedDataParallel, if it is in one.

    The first has no second derivatives; the others copy parameters that are not those of θ.
    """
    while True:
        if hasattr(module, "_orig_mod"):
            module = module._orig_mod
        elif isinstance(module, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            module = module.module
        else:
            return module


@contextmanager
def plain_attention():
    """Within it, torch's encoder layers compute by plain operations in eval mode, too.

    Their quick kernel has no derivatives, cannot be stacked, and writes zeros at padding, so that
    a loss would be another with and without a gradient.
    """
    quick = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(quick)


def _is_compiled(module):
    return hasattr(module, "_orig_mod") or module._compiled_call_impl is not None


def _check_types(chosen):
    kinds = {p.dtype for p in chosen.values()}
    if len(kinds) > 1:
        raise TypeError(f"expected parameters of one type; received {sorted(map(str, kinds))}")


def check_parts(module):
    """Raise an error for what cannot be computed at another θ, and say what to do."""
    if not isinstance(module, nn.Module):
        given = isinstance(module, type)
        received = f"the class {module.__name__}" if given else type(module).__name__
        raise TypeError(
            f"module is an nn.Module that holds its parameters, such as nn.Linear(2, 1); "
            f"received {received}"
        )
    for name, held in (*module.named_parameters(), *module.named_buffers()):
        if is_lazy(held):
            raise ValueError(
                f"{name} has no shape before the module's first call; call it once, module(x)"
            )
        if held.is_meta:
            raise ValueError(
                f"{name} is on the meta device, which holds no numbers; "
                f'call module.to_empty(device="cpu") and load its weights'
            )
    for name, each in module.named_modules():
        if isinstance(each, torch.jit.ScriptModule):
            raise TypeError(
                f"{_told(name, each)} is compiled by torch.jit, which lets nobody exchange its "
                f"parameters; give the module that it was made from"
            )
        if isinstance(each, (nn.Embedding, nn.EmbeddingBag)) and each.max_norm is not None:
            raise ValueError(
                f"{_told(name, each)} shortens its own weights at each call, so that no θ stays "
                f"what it is; set its `max_norm` to None"
            )


def check_dense(module, chosen):
    """Raise ValueError for parameters, or gradients of them, that are sparse."""
    for name, p in chosen.items():
        if p.layout != torch.strided:
            raise ValueError(
                f"{name} is sparse ({p.layout}), which does not fit in a flat θ; make it dense, "
                f"p.to_dense(), or choose others by `parameters`"
            )
    for name, each in module.named_modules():
        if isinstance(each, (nn.Embedding, nn.EmbeddingBag)) and each.sparse:
            raise ValueError(
                f"{_told(name, each)} has sparse gradients, which do "
                f"not fit in a flat θ; set its `sparse` to False"
            )


@contextmanager
def without_backward_hooks(module):
    """Within it, hooks on the backward pass rest: a loss's derivative is that of its value.

    They would be called by every product, and torch puts a function of its own around each such
    module that cannot be stacked. Hooks of parameters rest in any case, for θ takes their place.
    """
    kept = [
        (hooks, dict(hooks))
        for each in module.modules()
        for hooks in (each._backward_hooks, each._backward_pre_hooks)
        if hooks
    ]
    for hooks, _ in kept:
        hooks.clear()
    try:
        yield
    finally:
        for hooks, found in kept:
            hooks.update(found)


@contextmanager
def uncached():
    """Within it, parametrized weights are computed anew, also within `parametrize.cached()`.

    What is kept there is of another θ, and no derivative goes through it.
    """
    kept, parametrize._cache_enabled = parametrize._cache_enabled, 0
    try:
        yield
    finally:
        parametrize._cache_enabled = kept


@contextmanager
def without_checkpoints():
    """torch.utils.checkpoint computes plainly within this block.

    A checkpoint computes again while the gradient is taken, with the module's own parameters and
    not those of θ; a reentrant one hides the parameters from the gradient altogether.
    """
    kept = checkpoint.CheckpointFunction, checkpoint._checkpoint_without_reentrant_generator
    checkpoint.CheckpointFunction = _Plain
    checkpoint._checkpoint_without_reentrant_generator = _plain
    try:
        yield
    finally:
        checkpoint.CheckpointFunction, checkpoint._checkpoint_without_reentrant_generator = kept


class _Plain:
    @staticmethod
    def apply(function, preserve, *arguments):
        return function(*arguments)


def _plain(function, *options, **keywords):
    yield
