"""Each measure against a case whose answer is known."""

import math

import pytest
import torch
from torch import nn

from trainingtips.checkup import measures, tasks


def rows(n=400, d=5, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_scaling_gives_mean_zero_and_spread_one_and_leaves_codes_alone():
    x = 7 + 3 * rows()
    x[:, 2] = torch.arange(400) % 9
    centre, spread = measures.scale(x, codes=True)
    z = (x - centre) / spread
    others = [0, 1, 3, 4]
    assert torch.allclose(z[:, others].mean(0), torch.zeros(4), atol=1e-5)
    assert torch.allclose(z[:, others].std(0), torch.ones(4), atol=1e-5)
    assert torch.equal(z[:, 2], x[:, 2])


def test_outliers_and_bad_numbers_are_told_from_a_normal_tail():
    x = rows(2000)
    bad, far = measures.outside(x)
    assert not bad.any() and not far.any()
    x[3, 1], x[5, 0], x[7, 2] = math.nan, math.inf, 1e4
    bad, far = measures.outside(x)
    assert bad.nonzero().flatten().tolist() == [3, 5]
    assert far.nonzero().flatten().tolist() == [7]


def test_order_is_one_for_a_random_deal_and_the_batch_size_for_sorted_classes():
    y = torch.arange(10).repeat_interleave(100)
    g = torch.Generator().manual_seed(0)
    one = nn.functional.one_hot
    mixed = measures.order([20] * 50, one(y[torch.randperm(1000, generator=g)]).float())
    assert 0.7 < mixed < 1.4
    assert measures.order([20] * 50, one(y).float()) == pytest.approx(20, rel=0.1)


def test_neighbours_agree_where_labels_follow_from_inputs_and_not_otherwise():
    x = rows()
    y = (x[:, 0] > 0).long()
    told = measures.neighbours(x, y, classes=True)
    mixed = measures.neighbours(x, y.flip(0), classes=True)
    assert told > 0.4 > 0.1 > abs(mixed)
    numbers = measures.neighbours(x[:, :2], x[:, :1] ** 2, classes=False)
    assert numbers > 0.8


def test_the_shift_of_a_pairing_is_found():
    x = torch.cumsum(rows(500, 3), 0) * 0 + rows(500, 3)
    y = (x[:, 0] > 0).long()
    shift, best, now = measures.best_shift(x, y.roll(2), classes=True)
    assert shift == -2 and best > now + 0.3


def test_contradicted_examples_are_the_ones_with_flipped_labels():
    x = torch.cat([rows(200, 2) * 0.3, rows(200, 2, 1) * 0.3 + 4])
    y = torch.arange(400) // 200
    y[::20] = 1 - y[::20]
    found = measures.contradicted(x, y, 2)
    assert found[::20].float().mean() > 0.9 and found.float().mean() < 0.1


def test_a_difference_in_preparation_is_measured_in_deviations():
    x = rows(4000)
    offset, ratio = measures.shifted(x, 3 * x + 2)
    assert offset == pytest.approx(2, rel=0.1) and ratio == pytest.approx(3, rel=1e-3)


def test_starts_are_in_units_of_one_over_root_inputs():
    layer = nn.Linear(100, 400)
    nn.init.normal_(layer.weight, std=0.5)
    assert measures.starts(layer)["weight"][0] == pytest.approx(5, rel=0.05)
    nn.init.constant_(layer.weight, 0.1)
    assert measures.starts(layer)["weight"][1] > 0.99


def test_ridge_regression_is_that_of_the_normal_equations():
    x, y = rows(50), rows(50, 2, 1)
    x = x - x.mean(0)
    penalty = 0.01 * len(x) * torch.eye(5)
    wanted = x @ torch.linalg.inv(x.T @ x + penalty) @ x.T @ (y - y.mean(0)) + y.mean(0)
    assert torch.allclose(measures.solve(x, y, x), wanted, atol=1e-5)


# ---- skills


def test_skill_is_recall_above_chance_for_classes():
    y = torch.tensor([0, 0, 0, 1, 1, 2])
    right = nn.functional.one_hot(y, 3).float()
    assert tasks.skill(right, y) == 1
    assert tasks.skill(torch.zeros(6, 3), y) == 0
    half = torch.tensor([0, 0, 0, 1, 0, 0])  # recalls 1, 1/2, 0
    assert tasks.skill(nn.functional.one_hot(half, 3).float(), y) == pytest.approx(0.25)


def test_skill_is_the_explained_variance_for_numbers_and_shapes_are_made_equal():
    y = rows(100, 1)
    assert tasks.skill(y + 0, y) == pytest.approx(1)
    assert tasks.skill(y.squeeze(1), y) == pytest.approx(1)
    assert tasks.skill(torch.full_like(y, float(y.mean())), y) == pytest.approx(0, abs=1e-6)
    assert tasks.skill(y * math.nan, y) == 0


def test_skill_of_marks_takes_the_threshold_of_the_loss():
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    logits = torch.tensor([[-1.0], [0.3], [2.0], [-0.2]])
    with_logits = nn.functional.binary_cross_entropy_with_logits
    assert tasks.skill(logits, y, with_logits) == 1
    assert tasks.skill(logits.sigmoid(), y, nn.functional.binary_cross_entropy) == 1


@pytest.mark.parametrize(
    ("y", "output", "kind"),
    [
        (torch.tensor([0, 2, 1]), torch.zeros(3, 3), "classes"),
        (torch.zeros(3, 5).long(), torch.zeros(3, 7, 5), "classes"),
        (torch.zeros(3, 5).long(), torch.zeros(3, 5, 7), "classes"),
        (torch.eye(3), torch.zeros(3, 3), "one hot"),
        (torch.tensor([[1.0, 1.0], [0.0, 1.0]]), torch.zeros(2, 2), "marks"),
        (torch.tensor([0, 1, 1]), torch.zeros(3, 1), "marks"),
        (torch.tensor([0.5, 2.0]), torch.zeros(2), "numbers"),
    ],
)
def test_what_targets_want_is_told_from_targets_and_outputs(y, output, kind):
    assert tasks.kind_of(y, output) == kind


def missing(kind):
    """Features of a table or bands of a picture; in one a number stands for what is missing."""
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(400, 3, generator=generator) * torch.tensor([1.0, 5.0, 0.2])
    if kind == "picture":
        x = torch.randn(400, 2, 8, 8, generator=generator)
        x[::5, 1, :2] = -9999.0
    elif kind == "table":
        x[::3, 1] = 999.0
    return x


@pytest.mark.parametrize("kind, feature, value", [("picture", 1, -9999.0), ("table", 1, 999.0)])
def test_a_number_that_stands_for_a_missing_one_is_found_and_the_others_measured(
    kind, feature, value
):
    x = missing(kind)
    found, centre, spread, share = (each.flatten() for each in measures.stand_ins(x))
    assert found.isnan().tolist() == [i != feature for i in range(x.shape[1])]
    assert found[feature] == value
    others = x[:, feature][x[:, feature] != value]
    assert float(centre[feature]) == pytest.approx(float(others.mean()), abs=1e-4)
    assert float(spread[feature]) == pytest.approx(float(others.std()), rel=1e-2)
    assert float(share[feature]) == pytest.approx(1 - len(others) / x[:, feature].numel())
    scaled = (x - x.mean()) / x.std()  # with it, as who overlooks it does
    assert not bool(measures.stand_ins(scaled)[0].flatten()[feature].isnan())


@pytest.mark.parametrize(
    "x",
    [
        missing("nothing"),
        torch.relu(missing("nothing")),
        (missing("nothing") > 1).float(),
        missing("nothing").clamp(-1, 1),
        torch.poisson(torch.full((400, 3), 0.1)),
        torch.cat([missing("nothing")[:399], torch.full((1, 3), 1e4)]),
    ],
    ids=["normal", "of ReLUs", "marks", "cut off", "counts", "one outlier"],
)
def test_nothing_stands_for_a_missing_number(x):
    assert measures.stand_ins(x) is None
