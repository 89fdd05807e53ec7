"""What is measured besides: each line on a training of which it is known."""

import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tests.checkup.test_examining import blobs, setting, train
from trainingtips import checkup
from trainingtips.checkup import locating, measures


def test_the_course_of_a_loss_is_its_level_swing_leaps_and_late_change():
    falling = [2.0] * 20 + [1.0] * 20
    assert measures.course(falling) == (1.0, 0.0, 0, 0.0)
    late = measures.course([4.0] * 20 + [2.0] * 10 + [1.0] * 10)[3]
    assert late == pytest.approx(-0.5)
    swinging = [1.0, 1.2] * 30
    assert measures.course(swinging)[1] == pytest.approx(0.2 / measures.course(swinging)[0])
    leaping = [1.0] * 30
    leaping[15] = leaping[25] = 10.0
    assert measures.course(leaping)[2] == 2


class Rooted(nn.Module):
    """A root of what may be negative lies between its layers."""

    def __init__(self):
        super().__init__()
        self.enter, self.out = nn.Linear(10, 24), nn.Linear(24, 4)

    def forward(self, x):
        return self.out(self.enter(x).sqrt())


class Logarithm(nn.Module):
    def forward(self, x):
        return x.log()


def found(model, x):
    said = []
    with pytest.raises(locating.Located), locating.first_not_finite(model, said):
        for _ in range(3):
            model(x)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    return said[0]


def test_a_number_that_is_not_finite_is_found_in_the_module_where_it_arises():
    x = torch.randn(8, 10)
    chain = nn.Sequential(nn.Linear(10, 4), Logarithm(), nn.Linear(4, 2))
    assert found(chain, x) == "the output of 1 (Logarithm), in forward 1"
    assert found(Rooted(), x) == "the input of out (Linear), in forward 1"
    assert found(nn.Sequential(nn.Linear(10, 4)), x * math.nan).startswith(
        "the input of 0 (Linear)"
    )
    chain[0].weight.data[0] = math.inf
    assert found(chain, x).startswith("the weights of 0 (Linear)")
    said = []
    with locating.first_not_finite(nn.Linear(10, 2), said):
        pass
    assert not said


def measured(report):
    return {line.what: line for line in report.measured}


def test_a_healthy_training_has_each_line_and_its_report_is_whole(tmp_path):
    report = checkup.examine(setting, train, updates=60, seconds=30)
    lines = measured(report)
    first = lines["the loss at the start"]
    assert first.usual.startswith("1.39, log 4") and 1 < float(first.value) < 3
    assert "the least" not in lines["answers in the end"].value
    assert lines["parameters that never moved"].value == "none"
    assert {"largest curvature", "noise of a batch's gradient"} <= lines.keys()
    assert "0.weight" in lines["gradient against weights, by layer"].value
    assert report.as_dict()["measured"][0]["what"] == "the loss at the start"
    assert "The loss at the start" in str(report)
    report.to_html(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert all(line.what.replace("'", "&#x27;") in text for line in report.measured)


def test_where_a_loss_became_nan_is_in_the_report():
    report = checkup.examine(lambda: setting(Rooted()), train, updates=20, seconds=20)
    where = measured(report)["the first number that is not finite"].value
    assert where == "the input of out (Linear), in forward 1"


def test_one_answer_for_everything_is_seen():
    def constant():
        x, y = blobs()
        y = (y == 0).long()
        model = nn.Linear(10, 2)
        nn.init.zeros_(model.weight)
        batches = DataLoader(TensorDataset(x, y), batch_size=20)
        return checkup.Training(model, torch.optim.SGD([model.bias], lr=0.1),
                                nn.CrossEntropyLoss(), batches)  # fmt: skip

    line = measured(checkup.examine(constant, train, updates=20, seconds=10))["answers in the end"]
    assert line.value == "the most frequent one is 100% of the answers"
    assert line.usual.endswith("of the targets") and not line.usual.startswith("100%")


def test_a_saddle_is_told_where_the_gradient_is_small():
    """Two layers that start near zero stand at a saddle, and stay there for some updates."""

    def slow():
        g = torch.Generator().manual_seed(3)
        x = torch.randn(200, 10, generator=g)
        y = x @ torch.randn(10, 1, generator=g) - 20
        model = nn.Sequential(nn.Linear(10, 8, bias=False), nn.Linear(8, 1))
        for p in (model[0].weight, model[1].weight):
            nn.init.normal_(p, std=1e-5)
        batches = [(x[i : i + 20], y[i : i + 20]) for i in range(0, 200, 20)]
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)  # the bias takes the mean
        return checkup.Training(model, optimizer, nn.MSELoss(), batches)

    lines = measured(checkup.examine(slow, train, updates=20, seconds=10))
    assert float(lines["least curvature"].value.split()[0]) < -0.01
