"""How well a model does by a loss of one's own, and data that are not what was trained on."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from tests.checkup.trainings import dealt
from trainingtips import checkup
from trainingtips.checkup import measures, tasks
from trainingtips.checkup.watching import watch


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# ---- what a loss of one's own makes of the outputs


def test_outputs_are_judged_as_the_loss_takes_them():
    logits = normal(200, 4)
    heat = logits.sigmoid()
    assert (
        tasks.skill(logits, heat) < 0.3 < 0.999 < tasks.skill(logits, heat, link=("sigmoid", (4,)))
    )
    marks = (logits > 0).float()
    assert tasks.skill(logits, marks) < 0.9 < tasks.skill(logits, marks, link=("sigmoid", (4,)))
    # of another output of the model it says nothing
    assert tasks.skill(heat, heat, link=("sigmoid", (7,))) == pytest.approx(1)


@pytest.mark.parametrize("value", [1.0, float("nan")])
def test_an_embedding_is_no_answer_to_marks_and_whether_it_is_finite_says_nothing_of_that(value):
    with pytest.raises(ValueError, match=r"\(60, 16\) for targets of \(60,\)"):
        tasks.skill(torch.full((60, 16), value), (normal(60) > 0).float())


def dice(output, y):
    p = torch.sigmoid(output.squeeze(-1))
    return 1 - 2 * (p * y).sum() / (p.sum() + y.sum())


def squared(output, y):
    return (output.squeeze(-1) - y).square().mean()


@pytest.mark.parametrize("loss, wanted", [(dice, ("sigmoid", (1,))), (squared, None)])
def test_what_is_made_of_the_outputs_is_seen_behind_views_too(loss, wanted):
    model = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 1))
    with watch(model, torch.optim.SGD(model.parameters(), lr=0.1)) as seen:
        loss(model(normal(20, 3)), (normal(20) > 0).float()).backward()
    assert seen.link == wanted, "a sigmoid within the model is the model's own"


def setting(model, x, y, cut=400, rate=1e-2, **more):
    batches = DataLoader(TensorDataset(x[:cut], y[:cut]), 32, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    given = {"test": (x[cut:], y[cut:])} | more
    return checkup.Training(model=model, optimizer=optimizer, batches=batches, **given)


def by(loss):
    def train(t, updates):
        for x, y in dealt(t, updates):
            t.optimizer.zero_grad()
            loss(t.model(x), y).backward()
            t.optimizer.step()

    return train


def test_a_gradient_that_is_not_finite_is_mended_where_no_answer_can_be_judged():
    """Distances of pairs, some of them zero: the root has no slope there."""
    x = normal(500, 2, 6)
    y = (torch.arange(500) % 2).float()
    x[::2, 1] = x[::2, 0] + 0.1 * normal(250, 6, seed=1)
    x[::14, 1] = x[::14, 0]

    def loss(pair, same):
        d = (pair[:, 0] - pair[:, 1]).square().sum(1).sqrt()
        return (same * torch.relu(2 - d).square() + (1 - same) * d.square()).mean()

    report = checkup.examine(lambda: setting(nn.Linear(6, 8), x, y), by(loss), 60, seconds=60)
    assert report.findings[0].label == "nan_in_loss" and report.alarm
    assert report.findings[0].verdict == "confirmed"


# ---- data that are prepared otherwise, or paired otherwise


def test_examples_that_are_prepared_one_by_one_differ_from_those_that_are_not():
    x = normal(300, 20, 6) + 2 * normal(300, 1, 6, seed=1)
    other = normal(300, 20, 6, seed=2) + 2 * normal(300, 1, 6, seed=3)
    alone = (other - other.mean(1, keepdim=True)) / other.std(1, keepdim=True)
    assert measures.apart_in_examples(x, other) < 1.3
    assert measures.apart_in_examples(x, alone) > 5 < measures.apart_in_examples(alone, x)
    strange = other.clone()
    strange[:9] *= 1000
    assert measures.apart_in_examples(x, strange) < 1.5, "a few outliers are another matter"
    assert measures.apart_in_examples(x[:, 0], x[:, 0, :1]) == 1, "too few features to tell"


def test_a_test_set_that_is_prepared_one_by_one_is_found_and_confirmed():
    kinds = torch.arange(600) % 3
    shifts = normal(3, 6, seed=5)
    x = normal(600, 16, 6) + shifts[kinds][:, None]
    alone = x[450:] - x[450:].mean(1, keepdim=True)

    def setup():
        model = nn.Sequential(nn.Flatten(), nn.Linear(96, 32), nn.ReLU(), nn.Linear(32, 3))
        return setting(model, x, kinds, 450, test=(alone, kinds[450:]))

    report = checkup.examine(setup, by(F.cross_entropy), 60, seconds=60)
    first = report.findings[0]
    assert (first.label, first.verdict) == ("preprocessing_mismatch", "confirmed")
    assert "held out" in first.experiment


def test_masks_that_belong_to_other_pictures_are_found_by_what_the_test_set_teaches():
    g = torch.Generator().manual_seed(0)
    masks = (torch.rand(460, 1, 8, 8, generator=g) > 0.7).float()
    x = masks + 0.3 * normal(460, 1, 8, 8)

    def setup(seed):
        torch.manual_seed(seed)
        wrong = torch.cat([masks[:400].roll(7, 0), masks[400:]])
        return setting(nn.Conv2d(1, 1, 3, padding=1), x, wrong)

    train = by(F.binary_cross_entropy_with_logits)
    report = checkup.examine(setup, train, 100, seconds=60)
    first = report.findings[0]
    assert (first.label, first.verdict) == ("labels_mismatched", "confirmed")


def test_units_that_are_dead_from_the_start_are_woken_by_another_start():
    x, kinds = normal(500, 6), torch.arange(500) % 3
    x[torch.arange(500), kinds] += 3

    def setup():
        model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))
        nn.init.constant_(model[0].bias, -20.0)
        return setting(model, x, kinds, rate=1e-3)

    report = checkup.examine(setup, by(F.cross_entropy), 100, seconds=60)
    found = {each.label: each for each in report.findings}
    assert "from the start" in found["dead_relu"].measured
    assert found["dead_relu"].verdict == "confirmed"


def test_targets_in_other_units_are_found_and_confirmed():
    x = normal(500, 6)
    y = x[:, :1] * 0.9 + 0.1 * normal(500, 1, seed=2)

    def setup():
        return setting(nn.Linear(6, 1), x, y, rate=0.05, test=(x[400:], 640 + 130 * y[400:]))

    report = checkup.examine(setup, by(F.mse_loss), 100, seconds=60)
    first = report.findings[0]
    assert (first.label, first.verdict) == ("preprocessing_mismatch", "confirmed")
    assert "mean 6" in first.measured and "units" in first.experiment


# ---- models and losses of one's own


def test_a_part_that_is_called_by_itself_and_gets_no_gradient_is_cut_off():
    """The loop calls the parts, and never the model: what was called is seen by its weights."""

    class Parts(nn.Module):
        def __init__(self):
            super().__init__()
            self.features, self.output = nn.Linear(6, 12), nn.Linear(12, 3)

    x, kinds = normal(500, 6), torch.arange(500) % 3
    x[torch.arange(500), kinds] += 2

    def loop(cut):
        def train(t, updates):
            for _, (a, b) in zip(range(updates), list(t.batches) * updates, strict=False):
                features = torch.relu(t.model.features(a))
                features = features.detach() if cut else features
                t.optimizer.zero_grad()
                F.cross_entropy(t.model.output(features), b).backward()
                t.optimizer.step()

        return train

    found = [
        checkup.examine(lambda: setting(Parts(), x, kinds), loop(cut), 60, seconds=40)
        for cut in (True, False)
    ]
    first = found[0].findings[0]
    assert first.label == "graph_cut" and "features.weight" in first.measured
    assert not [each for each in found[1].findings if each.label == "graph_cut"]


def test_a_loss_by_hand_that_wants_probabilities_is_told_from_one_that_makes_them():
    x = normal(600, 8)
    y = (x[:, :4] > 0.8).float()

    def overlap(p, y):
        return 1 - (2 * (p * y).sum(1) + 1).div(p.sum(1) + y.sum(1) + 1).mean()

    def setup(seed):
        torch.manual_seed(seed)
        return setting(nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4)), x, y)

    report = checkup.examine(setup, by(overlap), 150, seconds=60)
    found = {each.label: each for each in report.findings}
    assert found["probabilities_expected"].verdict == "confirmed"
    assert report.findings[0].label == "probabilities_expected"
    report = checkup.examine(setup, by(lambda o, y: overlap(o.sigmoid(), y)), 150, seconds=60)
    assert "probabilities_expected" not in {each.label for each in report.findings}


@pytest.mark.parametrize("size, wanted", [(30.0, True), (0.1, False)])
def test_units_within_a_recurrent_layer_are_seen_to_saturate(size, wanted):
    model = nn.RNN(4, 8, batch_first=True)
    with watch(model, torch.optim.SGD(model.parameters(), lr=0.1)) as seen:
        model(size * normal(20, 5, 4))[0].sum().backward()
        seen.optimizers[0].step()
    (layer,) = seen.steps[0].recurrent
    assert (layer.saturated > 0.3) == wanted


def test_heads_are_put_together_and_targets_of_unlike_kinds_judged_each_by_its_own():
    mark, number = (normal(300) > 0).float(), normal(300, seed=1)
    y = torch.stack([mark, number], 1)
    heads = (4 * mark[:, None] - 2, number[:, None])
    logits = F.binary_cross_entropy_with_logits
    assert tasks.skill(heads, y, logits) == pytest.approx(1)
    half = (heads[0], torch.zeros(300, 1))
    assert tasks.skill(half, y, logits) == pytest.approx(0.5, abs=0.01)


def test_five_classes_are_not_judged_by_four_outputs():
    with pytest.raises(ValueError, match="4 outputs for classes up to 4"):
        tasks.skill(normal(50, 4), torch.arange(50) % 5, F.binary_cross_entropy_with_logits)


def test_where_the_loss_is_the_judge_other_examples_are_no_experiment():
    """Blended examples have a higher loss than those of the test set, and nothing is wrong."""
    x, kinds = normal(600, 6), torch.arange(600) % 3
    x[torch.arange(600), kinds] += 4
    packed = torch.stack([kinds, kinds.roll(1), torch.rand(600)], 1).float()
    mixed = packed[:, 2:] * x + (1 - packed[:, 2:]) * x.roll(1, 0)
    whole = torch.stack([kinds, kinds, torch.ones(600)], 1).float()

    def loss(logits, y):
        a, b = (F.cross_entropy(logits, y[:, k].long(), reduction="none") for k in (0, 1))
        return (y[:, 2] * a + (1 - y[:, 2]) * b).mean()

    def setup():
        return setting(nn.Linear(6, 3), mixed, packed, 450, test=(x[450:], whole[450:]))

    report = checkup.examine(setup, by(loss), 100, seconds=40)
    assert not report.alarm
    assert not {"test pairs", "held out", "agreed"} & {s["label"] for s in report.suspected}


# ---- rare places, several marks, numbers that stand for missing ones


class Masks(nn.Module):
    def __init__(self):
        super().__init__()
        self.way = nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1)
        )

    def forward(self, x):
        return self.way(x)


def spots(count):
    """Noisy pictures with one faint spot of four pixels of 256, and its mask."""
    mask = torch.zeros(count, 1, 16, 16)
    corner = torch.randint(0, 15, (count, 2), generator=torch.Generator().manual_seed(1))
    for k, (row, column) in enumerate(corner):
        mask[k, 0, row : row + 2, column : column + 2] = 1
    return 1.2 * mask + normal(count, 1, 16, 16), mask


@pytest.mark.parametrize("weighted", [False, True])
def test_a_label_of_few_pixels_that_is_never_the_answer_is_found(weighted):
    weight = torch.tensor(60.0) if weighted else None

    def setup(seed):
        torch.manual_seed(seed)
        x, y = spots(400)
        return setting(Masks(), x, y, cut=300)

    train = by(nn.BCEWithLogitsLoss(pos_weight=weight))
    report = checkup.examine(setup, train, updates=150, seconds=40)
    told = {f.label: f for f in report.findings}
    if weighted:
        assert not report.alarm and "classes_imbalanced" not in told
    else:
        assert report.findings[0].label == "classes_imbalanced"
        assert report.findings[0].verdict == "confirmed"


def test_each_label_weighs_as_much_and_weights_of_ones_own_stay():
    output, y = normal(6, 1, 4, 4), torch.zeros(6, 1, 4, 4)
    y[0] = 1
    found = tasks.answered(output, y, F.binary_cross_entropy_with_logits)
    assert [each.shape for each in found] == [(96,), (96,)]
    assert bool((found[0] == (output > 0).flatten()).all()) and int(found[1].sum()) == 16


def test_cross_entropy_of_several_marks_is_told():
    words = normal(12, 40)

    def setup(seed):
        torch.manual_seed(seed)
        marks = (torch.rand(700, 12, generator=torch.Generator().manual_seed(2)) < 0.2).float()
        x = marks @ words + normal(700, 40)
        model = nn.Sequential(nn.Linear(40, 32), nn.ReLU(), nn.Linear(32, 12))
        return setting(model, x, marks)

    report = checkup.examine(setup, by(F.cross_entropy), updates=200, seconds=40)
    assert report.findings[0].label == "wrong_loss"
    assert "are marked" in report.findings[0].measured


def test_a_number_that_stands_for_a_missing_one_is_the_cause_though_it_was_scaled_with_the_rest():
    def setup(seed):
        torch.manual_seed(seed)
        x = normal(600, 6)
        y = x @ torch.tensor([1.0, -1.0, 0.5, 0.0, 0.7, -0.2])
        x[torch.rand(x.shape, generator=torch.Generator().manual_seed(4)) < 0.05] = -9999.0
        x = (x - x.mean(0)) / x.std(0)
        model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
        return setting(model, x, y[:, None])

    report = checkup.examine(setup, by(F.mse_loss), updates=200, seconds=40)
    assert report.findings[0].label == "bad_values"
    assert report.findings[0].verdict == "confirmed"


def test_it_is_filled_in_the_targets_of_a_series_too():
    def windows(series):
        rows = series.unfold(0, 14, 1)
        return rows[:, :12], rows[:, 12:]

    def setup(seed):
        torch.manual_seed(seed)
        time = torch.arange(900.0)
        clean = 40 + 8 * torch.sin(time / 4) + torch.randn(900, generator=generator(5))
        logged = clean.clone()
        logged[torch.rand(900, generator=generator(6)) < 0.04] = -999.0
        mean, std = logged.mean(), logged.std()
        model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 2))
        t = setting(model, *windows((logged[:600] - mean) / std))
        t.test = windows((clean[600:] - mean) / std)
        return t

    report = checkup.examine(setup, by(F.mse_loss), updates=200, seconds=40)
    assert report.findings[0].label == "bad_values"
    assert report.findings[0].verdict == "confirmed" and report.findings[0].after[0] > 0.5


def generator(seed):
    return torch.Generator().manual_seed(seed)
