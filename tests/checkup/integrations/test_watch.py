"""Watching by call: it begins anew, ends twice, and unwraps optimisers."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from trainingtips.checkup import integrations


def test_it_begins_sees_and_leaves_no_hook():
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = integrations.Watch()
    assert watch.report is None
    watch.begin(model, [SimpleNamespace(optimizer=optimizer)])
    with pytest.warns(UserWarning, match="different"):
        F.mse_loss(model(torch.ones(4, 2)), torch.ones(4)).backward()
    optimizer.step()
    watch.end(), watch.end()
    assert watch.seen.updates == 1
    assert "shapes_broadcast" in [f.label for f in watch.report.findings]
    assert not model._forward_hooks and not optimizer._optimizer_step_post_hooks
    assert not torch.overrides._get_current_function_mode_stack()


def test_what_begins_again_is_another_training():
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = integrations.Watch()
    watch.begin(model, [optimizer])
    first = watch.seen
    watch.begin(model, [optimizer])
    assert watch.seen is not first and len(model._forward_hooks) == 1
    watch.end()


def test_wrappers_are_taken_off_and_what_is_no_optimizer_is_none():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)

    class Wrapped(torch.optim.Optimizer):
        def __init__(self, inner):
            self.optimizer = inner

    assert integrations.unwrapped(Wrapped(Wrapped(optimizer))) is optimizer
    assert integrations.unwrapped(optimizer) is optimizer
    assert integrations.unwrapped(None) is None and integrations.unwrapped(object()) is None
