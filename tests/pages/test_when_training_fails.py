"""The page's code runs as it stands, in its order, and finds what the page says that it finds."""

import copy
import math
import re
from pathlib import Path

import pytest
import torch
from markdown.extensions.toc import slugify
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from trainingtips import data

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "when_training_fails.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def given():
    digits = data.load("digits")
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(digits.x, digits.y), batch_size=32, shuffle=True)
    x, y = next(iter(loader))
    return {
        "model": network(), "criterion": nn.CrossEntropyLoss(), "loader": loader, "x": x, "y": y,
        "make_optimizer": lambda parameters: torch.optim.Adam(parameters, lr=3e-3),
    }  # fmt: skip


@pytest.fixture(scope="module")
def page():
    """The page's names after its blocks ran; the one that stands before the imports comes last."""
    space = given()
    start = copy.deepcopy(space["model"].state_dict())
    for block in [*BLOCKS[1:7], BLOCKS[0]]:
        exec(block, space)
        same = all(torch.equal(a, start[name]) for name, a in space["model"].state_dict().items())
        trains = "warm_up" in block
        assert same or trains, f"this changes the reader's model:\n{block}"
    return space


def headed(text):
    """[(heading, what stands below it, up to the next one)]"""
    parts = re.split(r"^##+ (.+)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def with_figures(page):
    """Addresses of a page's headings below which a figure with a claim stands."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return {
        f"{page}.md#{slugify(heading, '-')}"
        for heading, below in headed(text)
        if f"![](figures/{page}/" in below
    }


PAGES = [folder.name for folder in (DOCS.parent / "figures").iterdir()]
FIGURES = set().union(*map(with_figures, PAGES))
STEPS = [heading for heading, _ in headed(PAGE) if re.match(r"\d+\. ", heading)]
FIRST, LAST = "Stuck from the start", "In order"
NAMES = [heading for heading, _ in headed(PAGE)]
SHAPES = NAMES[NAMES.index(FIRST) : NAMES.index(LAST)]


@pytest.mark.parametrize("heading", [*SHAPES, *STEPS])
def test_each_shape_and_each_step_leads_to_a_figure_with_a_claim(heading):
    below = dict(headed(PAGE))[heading]
    assert FIGURES & set(re.findall(r"\]\((\w+\.md#[\w-]+)\)", below.replace("\n", " ")))


def test_these_are_the_shapes_and_steps():
    assert len(SHAPES) == 12 and len(STEPS) == 10
    assert "start.md#clipping" in FIGURES and "start.md#caveats" not in FIGURES


def test_there_are_these_blocks():
    firsts = [re.search(r"def (\w+)|^(import \w+|\w+ =)", block, re.M)[0] for block in BLOCKS]
    assert firsts == [
        "def first_not_finite", "import copy", "def guess", "def by_heart", "def by_layer",
        "def range_test", "def modes", "optimizer =", "half =",
    ]  # fmt: skip


def test_a_guess_is_what_zero_weights_reach(page):
    y = page["y"]
    logits = torch.zeros(len(y), 10)
    assert page["guess"](y, classes=10) == pytest.approx(page["criterion"](logits, y).item())
    numbers = y.float()
    mean = nn.functional.mse_loss(numbers.mean().expand(len(y)), numbers).item()
    assert page["guess"](numbers) == pytest.approx(mean * len(y) / (len(y) - 1))


def test_one_batch_is_learnt_by_heart_or_not(page):
    rule, criterion = page["make_optimizer"], page["criterion"]
    x, y = page["x"][:8], page["y"][:8]
    first, last = page["by_heart"](network(), rule, criterion, x, y)
    assert last < first / 100
    frozen = network().requires_grad_(False)
    frozen[2].bias.requires_grad_()
    first, last = page["by_heart"](frozen, rule, criterion, x, y)
    assert last > first / 2


def test_the_updates_are_those_of_descent(page):
    model, rate = network(), 0.1
    found = page["by_layer"](
        model, lambda p: torch.optim.SGD(p, lr=rate), page["criterion"], page["x"], page["y"]
    )
    assert set(found) == {name for name, _ in model.named_parameters()}
    page["criterion"](model(page["x"]), page["y"]).backward()
    for name, p in model.named_parameters():
        gradient, moved = found[name]
        assert gradient == pytest.approx(p.grad.norm().item(), rel=1e-5)
        assert moved == pytest.approx(rate * gradient / p.norm().item(), rel=1e-3)


def test_the_range_test_finds_where_it_diverges(page):
    rates, losses = page["range_test"](
        network(), lambda p: torch.optim.SGD(p, lr=1.0), page["criterion"], page["loader"]
    )
    assert rates[0] == pytest.approx(1e-5) and rates == sorted(rates)
    best = rates[losses.index(min(losses))]
    assert 0.02 < best < 5, best
    assert min(losses) < losses[0] - 0.1


def test_the_two_modes_differ_where_they_are_two(page):
    train, evaluated = page["modes"](network(), page["criterion"], page["x"], page["y"])
    assert train == evaluated
    normed = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10))
    train, evaluated = page["modes"](normed, page["criterion"], page["x"], page["y"])
    assert abs(train - evaluated) > 1e-3
    assert normed[1].num_batches_tracked == 0, "the reader's own averages are left alone"


def test_the_first_layer_that_is_not_finite_is_named(page):
    model = network()
    assert page["first_not_finite"](model, page["x"]) is None
    with torch.no_grad():
        model[2].weight[0, 0] = math.inf
    assert page["first_not_finite"](model, page["x"]) == "2"
    assert not model[2]._forward_hooks, "a hook was left"


def test_warm_up_clipping_and_half_precision_run():
    space = given() | {"torch": torch, "math": math}
    exec(BLOCKS[7], space)
    assert space["optimizer"].param_groups[0]["lr"] == pytest.approx(
        3e-3 * (0.01 + 0.99 * len(space["loader"]) / 500)
    )
    grads = [p.grad.norm() ** 2 for p in space["model"].parameters()]
    assert math.sqrt(sum(grads)) < 1 + 1e-4
    exec(BLOCKS[8], space)
    assert space["loss"].item() == pytest.approx(
        space["criterion"](space["model"](space["x"]), space["y"]).item(), rel=0.02
    )


def test_the_typed_numbers():
    assert len(re.findall(r"log \d+ is `", PAGE)) == 4
    for classes, text in re.findall(r"log (\d+) is `([\d.]+)`", PAGE):
        assert text == f"{math.log(int(classes)):.3f}"
    assert torch.finfo(torch.float16).max == 65504
    assert torch.tensor(2.9e-8).half() == 0 and torch.tensor(6e-8).half() > 0
    assert torch.finfo(torch.bfloat16).max == pytest.approx(torch.finfo(torch.float32).max, 0.01)
