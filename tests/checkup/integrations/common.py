"""A mistake that each adapter is to see: a softmax before a loss that takes one of its own."""

import torch
from torch import nn


def examples(n=160):
    g = torch.Generator().manual_seed(1)
    x = torch.randn(n, 6, generator=g)
    return x, (x @ torch.randn(6, 3, generator=g)).argmax(1)


class Net(nn.Module):
    def __init__(self, softmax=True):
        super().__init__()
        self.net, self.softmax = (
            nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3)),
            softmax,
        )

    def forward(self, x):
        out = self.net(x)
        return out.softmax(1) if self.softmax else out


def check(report, softmax, updates, seen, model):
    """What was seen is right, and nothing of the watching is left."""
    labels = [f.label for f in report.findings]
    assert ("softmax_twice" in labels) == softmax == report.alarm, labels
    assert "gradient_not_cleared" not in labels and "no_update" not in labels
    assert seen.updates == updates and not seen.lost, (seen.updates, seen.lost)
    assert not [h for m in model.modules() for h in m._forward_pre_hooks.values()
                if "watching" in getattr(h, "__module__", "")]  # fmt: skip
    assert not torch.overrides._get_current_function_mode_stack()
