"""The check-up in programs that have a loop of their own: `lightning`, `transformers`, `skorch`.

Each module imports its library, which the extra `trainingtips[integrations]` installs, and has one
class `CheckUp`: a callback that watches from the beginning to the end and keeps a `report`.
"""

import contextlib

import torch

from trainingtips.checkup.watching import Seen, Watcher


class Watch:
    """Watching that begins and ends by call, for libraries that call back; safe to end twice."""

    def __init__(self):
        self.stack, self.seen = None, None

    @property
    def report(self):
        """The `Report` of what was seen, once a training has begun; else None."""
        return None if self.seen is None else self.seen.report()

    def begin(self, model, optimizers):
        """Watch `model` and the optimisers among `optimizers`, wrapped ones unwrapped."""
        self.end()
        found = [each for each in map(unwrapped, optimizers) if each is not None]
        self.seen = Seen(model, found)
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(Watcher(self.seen).on())

    def end(self):
        """No hook is left."""
        if self.stack is not None:
            stack, self.stack = self.stack, None
            stack.close()


def unwrapped(optimizer):
    """The torch optimiser within wrappers that keep it as `optimizer`, or None."""
    for _ in range(8):
        if isinstance(optimizer, torch.optim.Optimizer):
            inner = getattr(optimizer, "optimizer", None)
            if not isinstance(inner, torch.optim.Optimizer):
                return optimizer
            optimizer = inner  # Accelerate's is an optimiser itself, around another
        else:
            optimizer = getattr(optimizer, "optimizer", None)
    return None
