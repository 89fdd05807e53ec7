"""What must hold for networks to be trained stacked: alike but for their weights, and apart."""

from inspect import isfunction

import torch

from trainingtips import chance

PLAIN = (int, float, str, bool, type(None), tuple, list, torch.dtype)


def check_alike(networks):
    """Raise ValueError where a network computes otherwise than the first, whatever its weights.

    Modules' classes and plain settings are compared, functions by their code.
    """
    first = _settings(networks[0])
    for network in networks[1:]:
        other = _settings(network)
        for name in first | other:  # a class before what is set in it
            if first.get(name) != other.get(name):
                raise ValueError(
                    f"make() builds networks that differ in {name or 'their class'}: "
                    f"{first.get(name)} and {other.get(name)}; stacked, all would be like the first"
                )


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


def _settings(network):
    """{place: class or setting} of all modules."""
    found = {}
    for name, module in network.named_modules():
        found[name] = type(module).__name__
        for key, value in module.__dict__.items():
            if key.startswith("_") or key == "training":
                continue
            if isfunction(value):
                found[f"{name}.{key}"] = _code(value)
            elif isinstance(value, PLAIN):
                found[f"{name}.{key}"] = repr(value)
            elif callable(value):
                found[f"{name}.{key}"] = getattr(value, "__name__", type(value).__name__)
    return found


def _code(function):
    """A function's name, and what tells it from others of the same name."""
    code = function.__code__
    return function.__qualname__, code.co_code, code.co_consts, code.co_names
