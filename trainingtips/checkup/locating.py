"""Where in a model a number first is not finite: the training once more, up to there."""

import contextlib

import torch
from torch.utils._pytree import tree_leaves


class Located(BaseException):
    """Ends a reader's loop from within; no `except Exception` holds it."""


@contextlib.contextmanager
def first_not_finite(model, found):
    """Look at each module's output until one is not finite: `found` then has a sentence's part.

    Raises `Located` there. Inner modules are looked at before those that hold them, so that of a
    chain of NaN it is the first one, and of one that arises between modules the one around.
    """
    forwards = [0]
    handles = [model.register_forward_pre_hook(lambda *_: forwards.__setitem__(0, forwards[0] + 1))]

    def look(name, module, arguments, out):
        with torch._C.DisableTorchFunction(), torch.no_grad():
            if _finite(out):
                return
            what = f"{name or 'the model'} ({type(module).__name__})"
            if not _finite(arguments):
                text = f"the input of {what}"
            elif not _finite([p.detach() for p in module.parameters()]):
                text = f"the weights of {what}"
            else:
                text = f"the output of {what}"
        found.append(f"{text}, in forward {forwards[0]}")
        raise Located

    for name, module in model.named_modules():
        handles.append(module.register_forward_hook(lambda m, a, o, name=name: look(name, m, a, o)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _finite(values):
    numbers = (v for v in tree_leaves(values) if torch.is_tensor(v) and v.is_floating_point())
    return all(bool(torch.isfinite(v).all()) for v in numbers)
