"""Other data and networks: each word of a setting gives what it says, and the two fit together."""

import ast
from pathlib import Path

import pytest
import torch

from trainingtips import data
from trainingtips.experiments import elsewhere, own_settings
from trainingtips.losses import half_squares
from trainingtips.press.kept import scripts

ROOT = Path(__file__).parents[2]
SCRIPTS = scripts.find_scripts(ROOT)
EVERY = [
    (name, setting, given)
    for name, script in SCRIPTS.items()
    for setting, given in script.settings.items()
    if isinstance(given, dict)
]


def shared(name):
    """The settings of what `name` builds on."""
    needs = [scripts.need(SCRIPTS[name], each, SCRIPTS) for each in SCRIPTS[name].arguments]
    return {each for need in needs if need for each in SCRIPTS[need].settings}


def test_pictures_are_fourteen_pixels_wide():
    small = elsewhere.dataset({"data": elsewhere.FASHION})
    whole = data.load("fashion").x.view(-1, 28, 28)
    assert torch.allclose(small.x[:, 15], whole[:, 2:4, 2:4].mean((1, 2)))


@pytest.mark.parametrize(
    ("name", "setting", "given"), [each for each in EVERY if each[2]["data"] in elsewhere.DATA]
)
def test_a_settings_network_takes_its_data(name, setting, given):
    found = elsewhere.dataset(given)
    train, _ = found.split(3, seed=0)
    own = "rule" in given  # members' own splits: as wide as the experiment says
    make = own_settings.network(given, found, 64) if own else elsewhere.network(given, found)
    output = make()(train.x)
    assert output.shape == (*train.y.shape, found.classes)
    value = elsewhere.cross_entropy(given)(output, train.y)
    expected = -output.log_softmax(-1).gather(-1, train.y[..., None]).mean()
    torch.testing.assert_close(value, expected)


@pytest.mark.parametrize(("name", "setting", "given"), EVERY)
def test_a_setting_names_the_file_that_its_data_is_in(name, setting, given):
    files = {
        "Fashion-MNIST, 14×14": "fashion",
        "Moby Dick": "text",
        "flights from New York": "flights",
    }
    packaged = given["data"] in files
    named = [f"trainingtips/datasets/{files[given['data']]}.npz"] if packaged else []
    own = given.get("inputs", [])
    # else it is in the key of every setting, or in that of what this one builds on
    otherwise = {*named} <= {*SCRIPTS[name].inputs} or setting in shared(name)
    assert own == named or (own == [] and otherwise)
    assert all((ROOT / path).is_file() for path in named)


def test_labels_at_random_are_other_labels_of_the_same_digits():
    found, digits = (
        elsewhere.dataset({"data": elsewhere.AT_RANDOM}),
        elsewhere.dataset({"data": "digits"}),
    )
    assert torch.equal(found.x, digits.x)
    same = (found.y == digits.y).double().mean()
    assert 0.05 < same < 0.15, "one of ten by chance"


def test_so_many_examples_as_it_says():
    whole = elsewhere.dataset({"data": "digits"})
    some = elsewhere.dataset({"data": "digits", "rows": 30})
    assert torch.equal(some.x, whole.x[:30]) and len(some) == 30 and some.classes == 10


def test_squares_are_those_of_one_hot_classes():
    output, y = torch.rand(4, 3), torch.tensor([0, 2, 1, 1])
    expected = half_squares(output, torch.eye(3)[y])
    torch.testing.assert_close(elsewhere.squares(output, y), expected)
    signs = elsewhere.squares(output.view(2, 2, 3), y.view(2, 2))
    torch.testing.assert_close(signs, expected)


def test_rates_elsewhere_are_as_many_as_on_digits():
    tree = ast.parse((ROOT / "figures/learning_rate/edge_of_stability.py").read_text())
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    values = {getattr(node.targets[0], "id", ""): node.value for node in assigned}
    own = ast.literal_eval(values["RATES"])
    for given in ast.literal_eval(values["SETTINGS"]).values():
        if isinstance(given, dict):
            assert {k: len(v) for k, v in given["rates"].items()} == {
                k: len(v) for k, v in own.items()
            }
