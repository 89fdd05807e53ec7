"""Some of a network's parameters: by name, by pattern, by layer, or all that are trained."""

from fnmatch import fnmatchcase

from torch import nn


def choose(module, parameters=None):
    """{name: parameter} of the module's parameters that `parameters` asks for, in their order.

    - None: all that are trained, that is not frozen by `requires_grad_(False)`;
    - a text: a parameter's name, a submodule's (all below it), or a pattern such as "*.weight"
      ("*" is all);
    - a submodule or a parameter of the module;
    - a list of these.

    What is asked for by name counts though it is frozen; what has several names, as tied weights,
    is given once, by its first, whichever is asked for. Raises ValueError for a module without
    parameters, or with none to choose by None, and for a request that fits none of them.

    >>> net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    >>> list(choose(net, "1")), list(choose(net, "*.bias"))
    (['1.weight', '1.bias'], ['0.bias', '1.bias'])
    """
    named = dict(module.named_parameters())
    if not named:
        raise ValueError(f"{type(module).__name__} has no parameters")
    if parameters is None:
        trained = {name: p for name, p in named.items() if p.requires_grad}
        if not trained:
            raise ValueError(
                f"all parameters of {type(module).__name__} are frozen; parameters='*' takes them"
            )
        return trained
    asked = parameters if isinstance(parameters, (list, tuple)) else [parameters]
    if not asked:
        raise ValueError("parameters is an empty list; None takes all that are trained")
    found = set()
    for each in asked:
        found |= _fitting(module, named, each)
    return {name: p for name, p in named.items() if id(p) in found}


def layers(module):
    """{name: its parameters' names} of every submodule that holds trained parameters itself.

    Parameters that lie in the module itself and in none below it are each their own layer. One that
    several submodules hold, as tied weights, belongs to each of them, by its first name.

    >>> layers(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)))
    {'0': ['0.weight', '0.bias'], '2': ['2.weight', '2.bias']}
    """
    first, found = {id(p): name for name, p in choose(module).items()}, {}
    for name, p in module.named_parameters(remove_duplicate=False):
        if id(p) in first:
            found.setdefault(name.rpartition(".")[0] or name, []).append(first[id(p)])
    return found


def _fitting(module, named, asked):
    """The ids of the parameters that one request fits, by whichever of their names."""
    if isinstance(asked, nn.Parameter):
        found = {id(p) for p in named.values() if p is asked}
    elif isinstance(asked, nn.Module):
        found = {id(p) for p in asked.parameters()} & {id(p) for p in named.values()}
    elif isinstance(asked, str):
        found = {
            id(p)
            for name, p in module.named_parameters(remove_duplicate=False)
            if name == asked or name.startswith(f"{asked}.") or fnmatchcase(name, asked)
        }
    else:
        raise TypeError(
            f"parameters are None, a name or pattern, a module, a parameter or a list of these; "
            f"received {type(asked).__name__}"
        )
    if not found:
        shown = repr(asked) if isinstance(asked, str) else f"this {type(asked).__name__}"
        raise ValueError(f"{shown} fits none of the parameters {', '.join(named)}")
    return found
