"""The package's page: its examples run, on a network and a loader made here."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PAGE = (Path(__file__).parents[2] / "docs/api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_examples_run_and_agree_with_torch():
    torch.manual_seed(0)
    network = nn.Sequential()
    network.add_module("body", nn.Linear(4, 6))
    network.add_module("act", nn.Tanh())
    network.add_module("head", nn.Linear(6, 3))
    network = network.double()
    x, y = torch.randn(30, 4, dtype=torch.float64), torch.randint(3, (30,))
    loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
    names = {"network": network, "x": x, "y": y, "loader": loader}
    for code in EXAMPLES:
        exec(code, names)
    loss, theta = names["curvature"].flat_loss(network, nn.functional.cross_entropy, x, y)
    hessian = torch.autograd.functional.hessian(loss, theta)
    assert names["eigenvalue"] == pytest.approx(float(torch.linalg.eigvalsh(hessian)[0]))
    assert len(names["theta"]) == 21  # the head's
    assert {name: trace.mean for name, trace in names["traces"].items()} == pytest.approx(
        {"body": float(hessian[:30, :30].trace()), "head": float(hessian[30:, 30:].trace())}
    )
    assert names["scale"] > 0
    whole = names["batches"].noise_over(network, nn.functional.cross_entropy, loader)
    parts = {name: noise.variance for name, noise in names["noises"].items()}
    assert list(parts) == ["body", "head"]
    assert sum(parts.values()) == pytest.approx(whole.variance)
