"""What a module reads past its parameters, and what it hangs on what it computes.

Other weights can be put in a module's place for those that it holds as its parameters, and for no
others: a list of weights, a penalty in the criterion, a closure still read what they were made of.
"""

import sys

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map_only

OWN = ("torch", "trainingtips")  # packages that read for somebody else
HOOKS = ("register_hook", "register_post_accumulate_grad_hook")
CHANGE = 1.01  # what a weight is multiplied by to see whether its value matters


class Stray(ValueError):
    """What a function does that is lost when other tensors stand for the weights."""


def checked(function, module, names, given, hooks=True):
    """function(), which calls `module` with other tensors for its parameters `names`.

    Raises `Stray` where the result depends on one of those parameters all the same and, unless
    `hooks`, where something is to be called in the backward pass. `given` is what the function
    computes from, which may share memory with the parameters.
    """
    named = dict(module.named_parameters())
    watch = Watch({name: named[name] for name in names}, given)
    numbers = torch.get_rng_state()
    with watch:
        value = function()
    if watch.hooks and not hooks:
        raise Stray(
            f"{watch.hooks[0]} hangs a hook on what it computes, which is not called as it is for "
            f"one network where they are stacked; write it into the forward pass, or train them "
            f"one by one"
        )
    if watch.read and _matters(function, watch, numbers, value):
        raise Stray(_refused(module, watch.read, named))
    return value


class Untouched:
    """Calls functions with `values` that are the same at each call, though one writes into them.

    `writes` says whether one does, None before the first call. That one is undone and computed
    again with copies, as is all that follows. Raises ValueError where a later call is the first.
    """

    def __init__(self):
        self.writes = None

    def __call__(self, function, values):
        """function(values)"""
        if self.writes:
            return function(copies(values))
        versions = [(t, t._version) for t in tree_leaves(values) if _has_version(t)]
        kept = [t.detach().clone() for t, _ in versions] if self.writes is None else []
        found = function(values)
        self.writes = any(t._version != version for t, version in versions)
        if not self.writes:
            return found
        if not kept:
            raise ValueError(
                "the module or the criterion writes into what it is given, so that the next call "
                "gets other numbers; write x = x + 1 for x += 1, and no inplace=True at its start"
            )
        with torch.no_grad():
            for (t, _), before in zip(versions, kept, strict=True):
                t.copy_(before)
        return function(copies(values))


def copies(values):
    """`values` with their tensors copied, for what writes into them."""
    return tree_map_only(torch.Tensor, torch.clone, values)


def _has_version(value):
    """Whether a tensor counts what is written into it."""
    plain = isinstance(value, torch.Tensor) and value.layout == torch.strided
    return plain and not value.is_inference()


class Watch(TorchFunctionMode):
    """Within it, `read` collects the weights that are read, and `hooks` who hangs hooks.

    `read` maps a weight's name to the function that reads it.
    """

    def __init__(self, weights, given=()):
        super().__init__()
        own = set(map(_place, tree_leaves(given)))
        self.weights = {id(p): name for name, p in weights.items()}
        self.places = {_place(p): name for name, p in weights.items() if _place(p) not in own}
        self.places.pop(None, None)
        self.read, self.functions, self.hooks, self.changing = {}, set(), [], False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self.changing and function in self.functions:
            args, kwargs = tree_map_only(torch.Tensor, self._changed, (args, kwargs))
            return function(*args, **kwargs)
        found = function(*args, **kwargs)
        if getattr(function, "__name__", "") in HOOKS:
            self.hooks.append(_caller())
        names = [name for each in _tensors((*args, *kwargs.values())) if (name := self._name(each))]
        if names and _holds_values(found):
            self.read |= {name: _caller() for name in names if name not in self.read}
            self.functions.add(function)
        return found

    def _name(self, tensor):
        return self.weights.get(id(tensor)) or self.places.get(_place(tensor))

    def _changed(self, tensor):
        if self._name(tensor) is None:
            return tensor
        return (CHANGE * tensor.detach() + (CHANGE - 1)).requires_grad_(tensor.requires_grad)


def _caller():
    """The function, by name, that called torch."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] in OWN:
        frame = frame.f_back
    return frame.f_code.co_qualname


def _tensors(values):
    for each in values:
        if isinstance(each, torch.Tensor):
            yield each
        elif isinstance(each, (tuple, list)):
            yield from _tensors(each)


def _place(value):
    """Where a tensor's numbers are kept; None for what has none, or no place that is told."""
    if not isinstance(value, torch.Tensor):
        return None
    try:
        return value.untyped_storage().data_ptr() or None
    except (RuntimeError, NotImplementedError):  # sparse, or one of torch.func's own
        return None


def _holds_values(found):
    """Whether a function returned numbers, and not a shape, a type or a device alone."""
    if isinstance(found, (tuple, list)) and not isinstance(found, torch.Size):
        return any(map(_holds_values, found))
    return isinstance(found, (torch.Tensor, np.ndarray, float, complex))


def _matters(function, watch, numbers, value):
    """Whether the function's result is another one when the weights that it read are."""
    after = torch.get_rng_state()
    try:
        results = []
        for watch.changing in (False, True):
            torch.set_rng_state(numbers)
            with watch:
                results.append(function())
        again, changed = (_apart(value, each) for each in results)
        return changed > 10 * again  # not by what a GPU adds up in another order
    except (RuntimeError, TypeError, ValueError, KeyError, IndexError):
        return False  # within torch.func, where no values are told; a later call tells
    finally:
        torch.set_rng_state(after)


def _apart(a, b):
    """The largest difference of two results."""
    a, b = ([t for t in tree_leaves(x) if torch.is_tensor(t)] for x in (a, b))
    pairs = zip(a, b, strict=True)
    return max((float((u.detach() - v.detach()).abs().max()) for u, v in pairs), default=0.0)


def _refused(module, read, named):
    names = list(read)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    holders = [holder for name in names if (holder := _holder(module, named[name]))]
    held = f", as {holders[0]}" if holders else ""
    return (
        f"{read[names[0]]} reads {', '.join(names[:3])}{more} past the module's parameters{held}: "
        f"it stays what it is while theta moves, and no derivative knows of it. Read it as the "
        f"module's own parameter within forward; write a penalty on weights into a module that "
        f"returns its loss (criterion None), or into loss(theta)"
    )


def _holder(module, weight):
    """The attribute of a submodule, not one of its parameters, that holds this weight."""
    for name, each in module.named_modules():
        for key, value in vars(each).items():
            inside = tree_leaves(value) if not key.startswith("_") else ()
            if any(t is weight or _place(t) == _place(weight) for t in inside if _place(t)):
                return f"`{key}` of {name or 'the module'} ({type(each).__name__})"
    return None
