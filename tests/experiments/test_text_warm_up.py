"""A transformer on a text: against torch's Adam on one network, and schedules compared by hand."""

from functools import partial

import numpy as np
import pytest
import torch

from trainingtips import batches, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import other_networks
from trainingtips.experiments import text_warm_up as text
from trainingtips.losses import of_signs


@pytest.mark.parametrize("kind", text.KINDS)
def test_losses_are_those_of_torchs_adam(kind, monkeypatch):
    for name, value in {"TRAIN": 64, "TEST": 32}.items():
        monkeypatch.setattr(text, name, value)
    monkeypatch.setitem(text.KINDS, "warm_up", 3)
    found = text.final([0.01, 0.03], ("post", kind, 2))
    whole = other_networks.dataset(text.TEXT)
    train, test = whole.split(64, seed=2)
    make = partial(networks.transformer, whole.classes, norm="post", **text.SHAPE)
    alone = Ensemble(make, [2]).member(0)
    rule = torch.optim.Adam(alone.parameters(), lr=0.03)
    for t, rows in enumerate(batches.epoch(64, text.BATCH, 2, 0)):
        rule.param_groups[0]["lr"] = 0.03 * (min(1, (t + 1) / 3) if kind == "warm_up" else 1)
        rule.zero_grad()
        of_signs(alone(train.x[rows]), train.y[rows]).backward()
        rule.step()
    expected = float(of_signs(alone(test.x[:32]), test.y[:32]).detach())
    assert found[1] == pytest.approx(expected, rel=1e-4)
    assert found[0] != found[1]


def test_schedules_compared_by_hand():
    constant = np.array([[2.5, 2.7], [2.4, 2.6], [4.0, 4.2]])
    warm = np.array([[2.5, 2.9], [2.45, 2.6], [2.5, 2.6]])
    found = text.compared([1, 2, 4], {"constant": constant, "warm_up": warm}, 0.1)
    assert found["best_rate"] == {"constant": 2, "warm_up": 2}
    assert found["limit"] == pytest.approx(2.6)
    assert found["usable"] == {"constant": 2.0, "warm_up": 4.0}
    assert found["gain"].mean == pytest.approx(-0.025)
    assert found["decades"].mean == pytest.approx(np.log10(2.4 / 2.45) / 2)
    assert [each.mean for each in found["apart"]] == pytest.approx([-0.1, -0.025, 1.55])
