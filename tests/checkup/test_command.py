"""`trainingtips checkup FILE.py`, from another folder, and what it says of a file that is none."""

import json

import pytest
from click.testing import CliRunner

from trainingtips.checkup import command
from trainingtips.press import cli

FILE = """
import torch
from torch import nn
from trainingtips.checkup import Training

def setup(seed):
    torch.manual_seed(seed)
    x = torch.randn(200, 4)
    y = (x[:, 0] > 0).long()
    model = nn.Linear(4, 2)
    batches = [(x[i : i + 20], y[i : i + 20]) for i in range(0, 160, 20)]
    return Training(model, torch.optim.SGD(model.parameters(), lr=0.5), nn.CrossEntropyLoss(),
                    batches, (x[160:], y[160:]))

def train(t, updates):
    for i in range(updates):
        x, y = list(t.batches)[i % 8]
        t.optimizer.zero_grad()
        t.criterion(t.model(x), y).backward()
        t.optimizer.step()
"""


def test_a_file_is_examined_and_its_report_written(tmp_path):
    (tmp_path / "mine.py").write_text(FILE)
    arguments = ["checkup", "mine.py", "--updates", "30", "--json", "--html", "report.html"]
    done = CliRunner().invoke(cli.main, arguments, obj=str(tmp_path))
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["version"] == 1 and found["skill"] > 0.5
    assert "<svg" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "said"), [(None, "there is no file"), ("def setup(): pass", "has no train")]
)
def test_a_file_without_a_training_is_refused(tmp_path, text, said):
    path = tmp_path / "mine.py"
    if text:
        path.write_text(text)
    with pytest.raises(command.NoTraining, match=said):
        command.examined(path, 10, 10)
    done = CliRunner().invoke(cli.main, ["checkup", str(path)])
    assert done.exit_code == 1 and said in done.output
