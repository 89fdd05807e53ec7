"""What must hold for networks to be trained stacked: alike but for their weights, and apart."""

import hashlib
import re
import weakref
from collections import deque
from collections.abc import Mapping, Set
from functools import partial
from inspect import isclass, iscode, isfunction, ismethod
from random import Random
from types import BuiltinMethodType, MethodType, ModuleType

import numpy as np
import torch
from torch import nn

from trainingtips import chance

PLAIN = (int, float, complex, str, bytes, bool, type(None), torch.dtype, torch.device, np.generic)
OWN = {*nn.Module().__dict__, "_compiled_call_impl"}  # what torch itself keeps in each module
READ = ("_forward_pre_hooks", "_forward_hooks")  # of those, what a forward pass calls
SHOWN = 60  # characters of a value that a message shows
# of what kinds, besides functions, the parts are told where a value is described as text
_TOLD = (partial, MethodType, nn.Module, Mapping, list, tuple)
_NONE = object()


def check_alike(networks):
    """Raise ValueError where a network computes otherwise than the first, whatever its weights.

    All that a module holds and that is no parameter and no buffer is compared: settings, tensors
    and arrays by value, functions by their code and what they enclose, other objects by their
    attributes.
    """
    for network in networks[1:]:
        found = _difference(networks[0], network)
        if found is not None:
            place, first, other, tensor = found
            way = "register it with register_buffer" if tensor else "let make() build them alike"
            raise ValueError(
                f"make() builds networks that differ in {place or 'their class'}: "
                f"{first} and {other}; stacked, all would be like the first: {way}, or train "
                f"them one by one"
            )


def check_ready(network):
    """Raise ValueError where parameters or buffers have no values yet."""
    for name, each in [*network.named_parameters(), *network.named_buffers()]:
        if nn.parameter.is_lazy(each):
            raise ValueError(
                f"{name} of make()'s network is lazy, and has no shape yet: call the network on a "
                f"few examples within make(), or give its sizes"
            )
        if each.is_meta:
            raise ValueError(
                f"{name} of make()'s network is on the meta device, and has no values; build it on "
                f"a device such as the CPU"
            )


def described(value):
    """What a function or an object computes by, as texts that are the same in each process.

    Its settings, functions' code, what they enclose; of other objects the type alone.
    """
    found, ahead, seen = [], [("", value)], {}
    while ahead:
        place, each = ahead.pop()
        if id(each) in seen:
            continue
        if not isinstance(each, PLAIN):
            seen[id(each)] = each
        found.append(f"{place}: {_text(each)}")
        if not _torchs(each) and _is_told(each):
            ahead += reversed([(place + key, part) for key, part in _parts(each)])
    return found


def check_hooks(network):
    """Raise ValueError where hooks change what a backward pass finds: stacked, they are lost."""
    hooked = [
        name
        for name, each in network.named_modules()
        if each._backward_hooks or each._backward_pre_hooks
    ]
    hooked += [name for name, each in network.named_parameters() if each._backward_hooks]
    if hooked:
        raise ValueError(
            f"{hooked[0] or 'the module'} has a hook on the backward pass, which is not called for "
            f"stacked networks; write it into the forward pass, or train them one by one"
        )


def check_rule(optimizer, leaves):
    """Raise TypeError where the rule, on stacked parameters, mixes members or treats them anew.

    `optimizer` is tried on two members, stacked and each alone, for three steps in float64: such a
    rule takes a stacked bias, (E, n), for a matrix, or clips by a norm over all members. A rule
    that draws random numbers, and so differs from itself, cannot be told apart and is taken.
    """
    generator = chance.generator(0)

    def drawn(scale):
        sort = {"dtype": torch.float64, "device": "cpu"}
        found = [torch.randn(p.shape[1:], generator=generator, **sort) for p in leaves]
        return [scale * each.to(p.device) for each, p in zip(found, leaves, strict=True)]

    starts = [drawn(1.0), drawn(1.0)]
    slopes = [[drawn(scale) for _ in range(3)] for scale in (1.0, 100.0)]
    devices = [leaves[0].device] if leaves[0].device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        try:
            alone = [_stepped(optimizer, *each) for each in zip(starts, slopes, strict=True)]
            again = _stepped(optimizer, starts[0], slopes[0])
            stacked = _stepped(
                optimizer,
                _stacked(*starts),
                [_stacked(*each) for each in zip(*slopes, strict=True)],
            )
        except Exception:  # it says so itself, on the parameters that it is for
            return
    if not all(map(_same, alone[0], again)):
        return
    for place, (found, *apart) in enumerate(zip(stacked, *alone, strict=True)):
        if not _same(found, torch.stack(apart)):
            raise TypeError(
                f"the optimiser's step on stacked members is not that on each alone, for a "
                f"parameter of shape {tuple(leaves[place].shape)} (members first): it mixes "
                f"members, or goes by a tensor's number of axes; train them one by one"
            )


def _stepped(optimizer, start, slopes):
    """The parameters after a step along each of `slopes`."""
    parameters = [each.clone().requires_grad_() for each in start]
    rule = optimizer(parameters)
    for slope in slopes:
        for parameter, g in zip(parameters, slope, strict=True):
            parameter.grad = g.clone()
        rule.step()
    return [each.detach() for each in parameters]


def _stacked(first, second):
    return [torch.stack(pair) for pair in zip(first, second, strict=True)]


def _same(a, b):
    return torch.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


def _difference(first, other):
    """(place, the one, the other, whether of tensors) of the first difference; None of none."""
    known = [_registered(each) for each in (first, other)]
    modules = [dict(each.named_modules()) for each in (first, other)]
    for name in modules[0] | modules[1]:  # a class before what is set in it
        one, two = (each.get(name) for each in modules)
        found = _apart(name, type(one), type(two), known)
        if found is None:
            found = _apart(name, _held(one), _held(two), known)
        if found is not None:
            return found
    return None


def _apart(place, one, two, known):
    """As `_difference`, of two values that are held at a place."""
    ahead, seen = [(place, one, two)], {}
    while ahead:
        place, one, two = ahead.pop()
        if one is two or (id(one), id(two)) in seen:
            continue
        seen[id(one), id(two)] = one, two  # kept, so that no other gets their ids
        names = [each.get(id(value), _NONE) for each, value in zip(known, (one, two), strict=True)]
        if names != [_NONE, _NONE]:  # members' own weights and modules, which may differ
            if names[0] == names[1]:
                continue
            return place, _short(one), _short(two), False
        if _label(one) != _label(two):
            return place, *_told(_label(one), _label(two)), False
        if isinstance(one, torch.Tensor | np.ndarray):
            found = _numbers_apart(place, one, two)
            if found is not None:
                return found
        parts = [list(_parts(each)) for each in (one, two)]
        keys = [[key for key, _ in each] for each in parts]
        if keys[0] != keys[1]:
            return (
                place,
                *_told(*([k for k in a if k not in b] for a, b in (keys, keys[::-1]))),
                False,
            )
        inner = [
            (place + key, mine, theirs) for (key, mine), (_, theirs) in zip(*parts, strict=True)
        ]
        ahead += [(place, type(one), type(two)), *reversed(inner)]
    return None


def _registered(network):
    """{id: place} of a network's modules, parameters and buffers."""
    each = (network.named_modules, network.named_parameters, network.named_buffers)
    return {id(value): (i, name) for i, own in enumerate(each) for name, value in own()}


class _Held(dict):
    """What a module holds beside its parameters, buffers, modules and training mode."""


def _held(module):
    if module is None:
        return None
    hooks = module._forward_pre_hooks.values()
    computed = {getattr(each, "name", getattr(each, "_tensor_name", None)) for each in hooks}
    found = {
        key: value
        for key, value in module.__dict__.items()
        if key not in OWN and not (isinstance(value, torch.Tensor) and key in computed)
    }
    return _Held(found | {key: list(getattr(module, key).values()) for key in READ})


def _label(value):
    """What must be equal of two values, besides their parts: their kind, and plain values."""
    if isclass(value):
        return value.__name__
    if iscode(value):
        return value.co_name, value.co_code, value.co_names
    if isfunction(value):
        return value.__qualname__
    if isinstance(value, BuiltinMethodType | ModuleType):
        return value.__name__
    kind = type(value).__name__
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, Set):
        return kind, sorted(map(_bare, value))
    if isinstance(value, torch.Tensor | np.ndarray):
        return kind, str(value.dtype), tuple(value.shape)
    if isinstance(value, Mapping) and not isinstance(value, _Held):
        return kind, [repr(key) for key in value if isinstance(key, PLAIN)]
    if _described(value):
        return _bare(value)
    return kind


def _described(value):
    """Whether a value has no parts that are told, and so nothing but a text."""
    return next(iter(_parts(value)), None) is None


def _parts(value):
    """(key, part) of all that a value consists of, in order."""
    if isclass(value):
        for key, each in value.__dict__.items():
            if isinstance(each, property | staticmethod | classmethod):
                each = getattr(each, "fget", getattr(each, "__func__", None))
            if isfunction(each) or (isinstance(each, PLAIN) and not key.startswith("__")):
                yield f".{key}", each
    elif iscode(value):
        yield from ((f"'s constant {i}", each) for i, each in enumerate(value.co_consts))
    elif isfunction(value):
        yield "", value.__code__
        yield "'s defaults", value.__defaults__
        yield "'s defaults", value.__kwdefaults__
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
            yield f"'s `{name}`", _content(cell)
        yield from _attributes(value)
    elif isinstance(value, partial):
        yield from (("", value.func), ("'s arguments", value.args), ("'s", value.keywords))
    elif ismethod(value):
        yield from (("", value.__func__), ("'s `self`", value.__self__))
    elif isinstance(value, BuiltinMethodType):
        yield "'s `self`", value.__self__
    elif isinstance(value, weakref.ref):
        yield "", value()
    elif isinstance(value, torch.Generator):
        yield "'s state", value.get_state()
    elif isinstance(value, np.random.Generator):
        yield "'s state", value.bit_generator.state
    elif isinstance(value, np.random.RandomState):
        yield "'s state", value.get_state()
    elif isinstance(value, Random):
        yield "'s state", value.getstate()
    elif isinstance(value, nn.Module):  # one that is not registered: its weights are shared, too
        yield "", _held(value)
        for each in (value._parameters, value._buffers, value._modules):
            yield from ((f".{key}", part) for key, part in each.items())
    elif not isinstance(value, (ModuleType, torch.Tensor, *PLAIN)):
        yield from _items(value)
        yield from _attributes(value)


def _items(value):
    if isinstance(value, _Held):
        yield from ((f".{key}", each) for key, each in value.items())
    elif isinstance(value, Mapping):
        plain = sorted((key for key in value if isinstance(key, PLAIN)), key=repr)
        yield from ((f"[{key!r}]", value[key]) for key in plain)
        others = [(key, each) for key, each in value.items() if not isinstance(key, PLAIN)]
        for key, each in others:
            yield from (("'s key", key), (f"[{_short(key)}]", each))
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        yield from ((f"[{i}]", each) for i, each in enumerate(value.ravel().tolist()))
    elif isinstance(value, list | tuple | deque):
        yield from ((f"[{i}]", each) for i, each in enumerate(value))


def _attributes(value):
    own = getattr(value, "__dict__", None)
    if isinstance(own, dict) and not isinstance(value, torch.Tensor):
        yield from ((f".{key}", each) for key, each in own.items())
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for key in (slots,) if isinstance(slots, str) else slots:
            if key not in ("__dict__", "__weakref__") and hasattr(value, key):
                yield f".{key}", getattr(value, key)


def _numbers_apart(place, one, two):
    """As `_difference`, of tensors or arrays of one type and shape: at their first entry."""
    if isinstance(one, np.ndarray):
        if one.dtype.hasobject:
            return None
        unlike = (one != two) & ~((one != one) & (two != two))
        where = np.argwhere(unlike)[:1].tolist()
    else:
        one, two = (each.detach() for each in (one, two))
        if one.layout != torch.strided:
            one, two = one.to_dense(), two.to_dense()
        if one.device.type == "meta" or torch.equal(one, two.to(one.device)):
            return None
        two = two.to(one.device)
        where = ((one != two) & ~((one != one) & (two != two))).nonzero()[:1].tolist()
    if not where:
        return None
    at = tuple(where[0])
    place += str(list(at)) if at else ""
    return place, _short(one[at].item()), _short(two[at].item()), True


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _bare(value):
    """repr, without addresses."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def _told(one, two):
    """Two labels, as texts; where no text is short and apart, that they are others."""
    texts = [each if isinstance(each, str) else _short(each) for each in (one, two)]
    texts = [each if len(each) <= SHOWN else f"{each[:SHOWN]}…" for each in texts]
    return texts if texts[0] != texts[1] else [texts[0], "another such"]


def _short(value):
    text = " ".join(_bare(value).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _is_told(value):
    """Whether a value's parts are told where it is described as text."""
    return isfunction(value) or iscode(value) or isinstance(value, _TOLD)


def _torchs(value):
    """Whether it is a function of torch's, which its name tells, whatever the version."""
    return isfunction(value) and (value.__module__ or "").split(".")[0] == "torch"


def _text(value):
    """A label as one short text, and numbers by their digest."""
    whole = _is_told(value) or isinstance(value, (*PLAIN, Set))
    text = str(_label(value)) if whole else type(value).__name__
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().contiguous()
        text, value = str(_label(value)), value.to_dense().reshape(-1).view(torch.uint8).numpy()
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        text += f" {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()[:16]}"
    if iscode(value):
        text = f"code {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return text
