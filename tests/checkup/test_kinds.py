"""Kinds of failures and of programs that the rules did not see, each with the least of it."""

import math
import random
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from tests.checkup import inventions, reports, score
from tests.checkup.test_examining import blobs, setting, train
from tests.checkup.trainings import dealt
from trainingtips import checkup
from trainingtips.checkup import deciding, examining, experiments, held, measures, tasks


def by_key(n=3):
    return [
        {"pixels": torch.arange(4.0)[:, None] + i, "label": torch.arange(4), "id": i}
        for i in range(n)
    ]


def test_batches_with_keys_are_taken_apart_and_put_together():
    taken = held.Held(by_key())
    assert taken.x.shape == (12, 1) and taken.y.tolist() == [0, 1, 2, 3] * 3
    changed = list(held.Changed(by_key(), lambda x, y: (x * 2, y + 1)))
    assert changed[1]["pixels"].tolist() == [[2.0], [4.0], [6.0], [8.0]]
    assert changed[1]["label"].tolist() == [1, 2, 3, 4] and changed[1]["id"] == 1
    dealt = next(iter(held.Dealt(taken.x, taken.y, 4, 0, form=taken.form)))
    assert set(dealt) == {"pixels", "label"} and len(dealt["label"]) == 4


def test_a_loader_of_dicts_reaches_the_rules_of_data():
    t = inventions.HEALTHY["entries_by_name"](0)
    taken = held.Held(t.batches)
    assert taken.whole and taken.x.shape[1:] == (1, 8, 8)


def test_what_was_looked_at_leaves_out_what_could_not_be():
    def bare():
        t = setting(rate=0.05)
        return SimpleNamespace(model=t.model, optimizer=t.optimizer, loss=t.criterion, inner=t)

    def loop(t, updates):
        train(t.inner, updates)

    whole = checkup.examine(setting, train, updates=20, seconds=5)
    less = checkup.examine(bare, loop, updates=20, seconds=5)
    gone = {"bad_values", "not_shuffled", "labels_mismatched", "preprocessing_mismatch"}
    assert gone <= set(whole.looked_at) and not gone & set(less.looked_at)
    assert "dead_relu" in less.looked_at and "norm_statistics_stale" not in less.looked_at


def test_the_fitting_loss_keeps_weights_and_what_is_left_out():
    rows, y = torch.randn(6, 3), torch.tensor([0, 1, 2, 7, 1, 7])
    weight = torch.tensor([1.0, 2.0, 5.0])
    options = {"weight": weight, "ignore_index": 7, "reduction": "sum", "label_smoothing": 0.1}
    wanted = F.cross_entropy(rows, y, weight, ignore_index=7)
    assert torch.equal(experiments.fit(rows, y, options), wanted)


def test_classes_left_out_of_the_loss_are_left_out_of_the_skill():
    y = torch.tensor([0, 0, 0, 1, 2, 1, 2])
    rows = F.one_hot(torch.tensor([1, 2, 1, 1, 2, 1, 2]), 3).float()
    assert tasks.told(rows, y) < 0.7 and tasks.told(rows, y, ignored=0) == 1


def test_numbers_that_their_neighbours_contradict_are_those_that_were_drawn_anew():
    g = torch.Generator().manual_seed(0)
    x = torch.randn(500, 2, generator=g)
    y = x[:, :1] + x[:, 1:] + 0.3 * torch.randn(500, 1, generator=g)
    assert float(measures.contradicted_numbers(x, y).float().mean()) < 0.1
    y[:150] = y[torch.randperm(500, generator=g)[:150]] + 3
    found = measures.contradicted_numbers(x, y)
    assert float(found[:150].float().mean()) > 0.7 and float(found[150:].float().mean()) < 0.1


def test_rows_of_many_numbers_are_contradicted_as_rows_and_not_by_one_number_of_many():
    """Of sixty noisy columns one is far out in nearly every row, by chance alone."""
    g = torch.Generator().manual_seed(0)
    x = torch.randn(500, 2, generator=g)
    right = x @ torch.randn(2, 60, generator=g)
    y = right + 0.3 * torch.randn(500, 60, generator=g)
    y[:, 1] *= 1000  # in other units
    y[:, 2] = 7.0  # and one that says nothing
    assert float(measures.contradicted_numbers(x, y).float().mean()) < 0.1
    wrong = torch.arange(150)
    y[wrong] = 12 - 3 * y[wrong]
    found = measures.contradicted_numbers(x, y)
    assert float(found[:150].float().mean()) > 0.7 and float(found[150:].float().mean()) < 0.1


def watched(loop, model=None):
    model = model or nn.Linear(10, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = blobs(64)
    with checkup.watch(model, optimizer) as seen:
        for _ in range(4):
            optimizer.zero_grad()
            loop(model, x, y)
            optimizer.step()
    return seen


def test_a_loss_that_was_made_anew_has_no_graph():
    def loop(model, x, y):
        torch.tensor(F.cross_entropy(model(x), y).item(), requires_grad=True).backward()

    assert watched(loop).graphless == 4
    assert watched(lambda model, x, y: F.cross_entropy(model(x), y).backward()).graphless == 0


@pytest.mark.parametrize(
    ("parts", "divided", "wanted"), [(4, False, 4), (4, True, 1), (1, False, 1)]
)
def test_gradients_that_are_added_up_and_not_divided_are_counted(parts, divided, wanted):
    def loop(model, x, y):
        for _ in range(parts):
            loss = F.cross_entropy(model(x), y)
            (loss / parts if divided else loss).backward()

    assert watched(loop).added == wanted


def test_targets_that_the_loop_never_uses_are_no_targets():
    report = checkup.examine(
        lambda seed: reports.HEALTHY["views_alike"].setup(seed),
        lambda t, n: reports.usual_loop(t, None, n), updates=60, seconds=8,
    )  # fmt: skip
    assert not report.alarm
    assert any("does not use" in line for line in report.lost)


def test_players_against_each_other_have_no_skill():
    case = reports.HEALTHY["judges_by_a_hinge"]
    report = checkup.examine(case.setup, lambda t, n: case.loop(t, None, n), 30, 8)
    assert report.skill is None and not report.alarm


def bowl(curvatures, rate, **options):
    """A linear model whose loss has these curvatures, at a distance from its minimum."""
    model = nn.Linear(len(curvatures), 1, bias=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, **options)
    c = torch.tensor(curvatures)
    return model, optimizer, lambda: 0.5 * (c * model.weight**2).sum()


def test_the_largest_curvature_is_told_in_units_of_what_the_rate_bears():
    _, optimizer, loss = bowl([9.0, 1.0, 0.1], 0.1)
    assert measures.curvatures(loss, optimizer)[1] == pytest.approx(0.9 / 2, rel=0.02)
    _, optimizer, loss = bowl([9.0, 1.0, 0.1], 0.1, momentum=0.9)
    assert measures.curvatures(loss, optimizer)[1] == pytest.approx(0.9 / 3.8, rel=0.02)


def test_the_least_curvature_is_that_of_the_saddle_and_not_of_the_largest_size():
    _, optimizer, loss = bowl([1.0, 0.1, 0.0, -9.0], 0.1)
    assert measures.curvatures(loss, optimizer) == pytest.approx((-0.45, 0.05), rel=0.02)


def test_a_curvature_that_is_not_finite_is_none():
    model, optimizer, loss = bowl([9.0, 1.0], 0.1)
    model.weight.data[0, 0] = math.nan
    assert all(map(math.isnan, measures.curvatures(lambda: loss() ** 2, optimizer)))


def test_curvature_is_taken_as_an_adaptive_rate_sees_it():
    model = nn.Linear(3, 1, bias=False)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, betas=(0.0, 0.5), eps=0)
    c = torch.tensor([100.0, 1.0, 0.01])
    model.weight.data[:] = 1.0
    for _ in range(60):  # of the same gradient c
        model.weight.grad = c[None].clone()
        optimizer.step()
    # H = diag(c) and √v = c: the preconditioned curvature is one
    loss = lambda: 0.5 * (c * model.weight**2).sum()  # noqa: E731
    assert measures.curvatures(loss, optimizer)[1] == pytest.approx(0.1 / 2, rel=0.02)


def test_noise_of_the_batches_is_the_spread_of_their_gradients_over_their_mean():
    gradients = torch.tensor([[3.0, 1.0], [3.0, -1.0], [3.0, 1.0], [3.0, -1.0]])
    assert measures.noise(gradients) == pytest.approx(4 / 3 / (9 - 1 / 3), rel=1e-5)


@pytest.mark.long
@pytest.mark.parametrize("name", reports.BROKEN)
def test_a_reported_failure_and_its_mended_version_are_examined_to_the_end(name):
    case = reports.BROKEN[name]
    broken = score.examined(case, name, seconds=5)
    mended = score.examined(case, name, fixed=True, seconds=5)
    for row in (broken, mended):
        assert not [line for line in row.report.lost if "was not checked" in line], row.report.lost


@pytest.mark.long
@pytest.mark.parametrize("name", reports.HEALTHY)
def test_what_is_odd_and_works_is_left_in_peace(name):
    case = reports.HEALTHY[name]
    assert not score.examined(case, name, seconds=10).report.alarm


def lines(n=400):
    g = torch.Generator().manual_seed(2)
    x = torch.randn(n, 6, generator=g)
    return x, x @ torch.linspace(-1, 1, 6) + 0.1 * torch.randn(n, generator=g)


def by_hand(loss, y_of=lambda y: y):
    """A network with one output, (N, 1), that learns by a loss of one's own from (N,)."""
    x, y = lines()
    y = y_of(y)
    model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))
    return checkup.Training(
        model,
        torch.optim.Adam(model.parameters(), lr=0.02),
        loss,
        DataLoader(TensorDataset(x[:300], y[:300]), batch_size=20, shuffle=True),
        (x[300:], y[300:]),
    )


def asymmetric(output, y):
    gap = y - output
    return torch.where(gap > 0, 0.7 * gap, -0.3 * gap).mean()


def likelihood(output, y):
    p = output.sigmoid().clamp(1e-6, 1 - 1e-6)
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


@pytest.mark.parametrize(
    ("loss", "y_of"), [(asymmetric, lambda y: y), (likelihood, lambda y: (y > 0).float())]
)
def test_shapes_that_meet_in_a_loss_of_one_s_own_are_the_cause(loss, y_of):
    report = checkup.examine(lambda: by_hand(loss, y_of), train, updates=120, seconds=30)
    first = report.findings[0]
    assert (first.label, first.verdict) == ("shapes_broadcast", "confirmed")


@pytest.mark.parametrize("loss", [asymmetric, likelihood])
def test_a_loss_of_one_s_own_on_equal_shapes_is_not_suspected(loss):
    t = by_hand(loss, lambda y: y[:, None])
    with checkup.watch(t.model, t.optimizer) as seen:
        train(t, 20)
    assert seen.updates == 20 and not seen.broadcast


def from_some_starts(seed):
    """A training that fails from the first start, and gets away from the others."""
    t = setting()
    with torch.no_grad():
        for p in t.model.parameters():
            p.mul_(1e-4 if seed == 0 else 1.0)
    return t


def test_a_training_that_fails_from_some_starts_is_judged_by_those():
    report = checkup.examine(from_some_starts, train, updates=60, seconds=40)
    found = {f.label: f for f in report.findings}["start_too_small"]
    assert found.verdict == "confirmed" and "3 starts" in found.experiment and report.alarm


def decision(bases, skills):
    found = deciding.Decision(None)
    found.bases = {k: SimpleNamespace(skill=s) for k, s in enumerate(bases)}
    found.known = SimpleNamespace(base=SimpleNamespace(reference=float("nan")))
    found.tried = {"change": deciding.Tried("change", dict(enumerate(skills)))}
    return found


def decided(bases, skills):
    return [round(g, 6) for g in decision(bases, skills).gains("change")]


def test_a_start_that_gets_away_says_only_whether_the_change_does_harm():
    assert decided([0.1, 0.95, 0.2], [0.97, 0.94, 0.98]) == [0.87, 0.78]
    assert decided([0.1, 0.95, 0.2], [0.97, 0.60, 0.98]) == [0.87, -0.35, 0.78]
    # a training that does fairly well from the first start has not failed from it
    assert decided([0.8, 0.95, 0.9], [0.97, 0.94, 0.98]) == [0.17, -0.01, 0.08]


@pytest.mark.parametrize("strength, starts, asked", [
    (0.4, 3, 0.1), (0.4, 1, 0.25), (0.3, 3, 0.25), (0.7, 1, 0.1),
])  # fmt: skip
def test_a_weak_sign_or_one_start_alone_asks_for_more(strength, starts, asked):
    sign = SimpleNamespace(label="vanishing_gradient", strength=strength, changes=["change"])
    for more in (-0.02, 0.02):
        bases = [0.5] * starts
        found = decision(bases, [b + asked + more for b in bases])
        assert found.verdict(sign) == ("confirmed" if more > 0 else "refuted")


class Whole(nn.Module):
    """Takes its parts by their names, in places, or all in one argument."""

    def __init__(self, way):
        super().__init__()
        self.way, self.last = way, nn.Linear(4, 1)
        by_name = lambda atoms, bonds: self.answer(atoms, bonds)  # noqa: E731
        in_one = lambda g: self.answer(*(g.values() if isinstance(g, dict) else g))  # noqa: E731
        self.forward = in_one if "whole" in way else by_name

    def answer(self, atoms, bonds):
        return self.last(torch.cat([atoms, bonds], 1)).squeeze(1)


@pytest.mark.parametrize("way", ["dict", "dict, whole", "tuple", "tuple, whole"])
def test_a_model_of_several_inputs_is_asked_as_it_takes_them(way):
    model, a, b = Whole(way), torch.randn(6, 2), torch.randn(6, 2)
    x = {"atoms": a, "bonds": b} if "dict" in way else (a, b)
    output, _ = examining.answers(model, (x, torch.zeros(6)))
    assert torch.equal(output, model.answer(a, b))


class Words(nn.Module):
    """Classes of short texts, by the mean of what their words say."""

    def __init__(self):
        super().__init__()
        self.table, self.answer = nn.Embedding(40, 16), nn.Linear(16, 2)

    def forward(self, ids):
        return self.answer(torch.relu(self.table(ids).mean(1)))


def texts(wrong=0.0, moved=0, late=0):
    """setup() of texts whose class is which half of the vocabulary has more of their words."""

    def setup(seed=0):
        g = torch.Generator().manual_seed(seed)
        ids = torch.randint(0, 40, (1000, 9), generator=g)
        y = ((ids < 20).float().mean(1) > 0.5).long()
        coins = torch.rand(400, generator=g) < wrong
        learnt = torch.where(coins, torch.randint(0, 2, (400,), generator=g), y[:400])
        torch.manual_seed(seed)
        model = Words()
        x = (ids[:400] + moved) % 40
        data = TensorDataset(x, learnt.roll(late, 0))
        return examining.Training(
            model,
            torch.optim.Adam(model.parameters(), lr=1e-2),
            nn.CrossEntropyLoss(),
            DataLoader(data, 20, shuffle=True, generator=g),
            (ids[400:], y[400:]),
        )

    return setup


@pytest.mark.parametrize(
    "fault, cause",
    [
        ({"wrong": 0.9}, "labels_noisy"),
        ({"late": 1}, "labels_mismatched"),
        ({}, None),
    ],
)
def test_labels_of_texts_are_judged_by_the_test_set(fault, cause):
    report = checkup.examine(texts(**fault), train, updates=200, seconds=60)
    confirmed = [each.label for each in report.findings if each.verdict == "confirmed"]
    assert confirmed[:1] == ([cause] if cause else []), report


def test_other_tokens_in_the_test_set_are_another_preparation():
    x = torch.randint(0, 30, (200, 8))
    apart, usual = measures.tokens_apart(x, x + 15)
    assert apart == pytest.approx(0.5, abs=0.1) and usual < 0.15
    apart, usual = measures.tokens_apart(x, torch.randint(0, 30, (100, 8)))
    assert apart < 0.15


def test_several_inputs_by_name_are_dealt_by_name():
    ids, mask, y = torch.arange(12).view(6, 2), torch.ones(6, 2), torch.arange(6)
    taken = held.Held([{"ids": ids, "mask": mask, "label": y}])
    given = ({"ids": ids, "mask": mask}, y)
    assert held.counted(given) == 6 and held.counted(({"ids": ids}, y[:4])) == 0
    batches = list(held.Dealt(*given, 2, 0, form=taken.form))
    assert [set(each) for each in batches] == [{"ids", "mask", "label"}] * 3
    for batch in batches:
        assert torch.equal(batch["ids"][:, 0], 2 * batch["label"])


class ByName(nn.Module):
    """Classes of points whose coordinates come by two names, one dictionary or two arguments."""

    def __init__(self, whole):
        super().__init__()
        self.whole = whole
        self.inner = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 3))

    def forward(self, given, kinds=None):
        points, kinds = (given["points"], given["kinds"]) if self.whole else (given, kinds)
        return self.inner(torch.cat([points, kinds], 1))


def by_two_names(whole, scale=1.0, sort=False, bad=False):
    """setup() and train() of points in dictionaries, with one fault or none."""

    def setup(seed=0):
        g = torch.Generator().manual_seed(seed)
        y = torch.arange(600) % 3
        points = torch.randn(600, 3, generator=g) + 1.5 * F.one_hot(y, 3)
        kinds = F.one_hot(torch.randint(0, 2, (600,), generator=g), 2).float()
        order = y[:400].argsort() if sort else torch.arange(400)
        points = points * scale
        if bad:
            points[7, 1] = float("nan")
        keys = [{"points": points[i], "kinds": kinds[i], "label": y[i]} for i in order]
        torch.manual_seed(seed)
        model = ByName(whole)
        test = {"points": points[400:], "kinds": kinds[400:]}
        return examining.Training(
            model,
            torch.optim.SGD(model.parameters(), lr=0.1),
            nn.CrossEntropyLoss(),
            DataLoader(keys, 20, shuffle=not sort, generator=g),
            (test, y[400:]),
        )

    def train(t, updates):
        for batch in dealt(t, updates):
            t.optimizer.zero_grad()
            y = batch.pop("label") if whole else batch["label"]
            out = t.model(batch) if whole else t.model(batch["points"], batch["kinds"])
            t.criterion(out, y).backward()
            t.optimizer.step()

    return setup, train


@pytest.mark.parametrize("whole", [True, False], ids=["one dictionary", "two arguments"])
@pytest.mark.parametrize(
    "fault, cause",
    [
        ({}, None),
        ({"sort": True}, "not_shuffled"),
        ({"scale": 3000.0}, "inputs_not_scaled"),
        ({"bad": True}, "bad_values"),
    ],
)
def test_the_data_rules_reach_inputs_by_name(whole, fault, cause):
    setup, loop = by_two_names(whole, **fault)
    report = checkup.examine(setup, loop, updates=120, seconds=60)
    confirmed = [each.label for each in report.findings if each.verdict == "confirmed"]
    assert confirmed[:1] == ([cause] if cause else []), report


class Ratings(nn.Module):
    """Of a user and a film, each by its number."""

    def __init__(self):
        super().__init__()
        self.users, self.films = nn.Embedding(30, 8), nn.Embedding(20, 8)
        self.last = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, user, film):
        return self.last(torch.cat([self.users(user), self.films(film)], 1)).squeeze(1)


def ratings(rate=1e-2, coins=0.0):
    """setup() and train() of a loop over (user, film, rating), with one fault or none."""

    def setup(seed=0):
        g = torch.Generator().manual_seed(seed)
        user, film = (torch.randint(0, n, (1200,), generator=g) for n in (30, 20))
        mild, good = torch.randn(30, generator=g), torch.randn(20, generator=g)
        y = (mild[user] + good[film]) / 2**0.5
        wrong = torch.rand(700, generator=g) < coins
        learnt = torch.where(wrong, y[torch.randint(0, 1200, (700,), generator=g)], y[:700])
        torch.manual_seed(seed)
        model = Ratings()
        data = TensorDataset(user[:700], film[:700], learnt)
        return examining.Training(
            model,
            torch.optim.Adam(model.parameters(), lr=rate),
            nn.MSELoss(),
            DataLoader(data, 20, shuffle=True, generator=g),
            ((user[700:], film[700:]), y[700:]),
        )

    def train(t, updates):
        for user, film, y in dealt(t, updates):
            t.optimizer.zero_grad()
            t.criterion(t.model(user, film), y).backward()
            t.optimizer.step()

    return setup, train


@pytest.mark.parametrize(
    "fault, cause",
    [
        ({}, None),
        ({"rate": 1e-5}, "rate_too_low"),
        ({"coins": 0.6}, "labels_noisy"),
    ],
)
def test_a_loop_over_several_inputs_and_a_target_is_judged(fault, cause):
    setup, loop = ratings(**fault)
    report = checkup.examine(setup, loop, updates=400, seconds=60)
    confirmed = [each.label for each in report.findings if each.verdict == "confirmed"]
    assert confirmed[:1] == ([cause] if cause else []), report


def test_what_the_model_does_not_take_is_no_input():
    ids, place, y = torch.arange(6.0).view(6, 1), torch.arange(6), torch.arange(6)
    both, one = held.Held([(ids, place, y)], Ratings()), held.Held([(ids, place, y)], nn.Flatten())
    assert isinstance(both.inputs, tuple) and one.x is one.inputs and one.x.shape == (6, 1)
    changed = next(iter(held.Changed([(ids, place, y)], lambda x, y: (x, y + 1), both.form)))
    assert [each.tolist() for each in changed[1:]] == [place.tolist(), (y + 1).tolist()]


@pytest.mark.parametrize("rate", [0.1, 1e-3])
@pytest.mark.parametrize("criterion", ["cross-entropy", "by hand"])
def test_a_target_before_the_examples_weights_is_the_target(rate, criterion):
    def setup():
        t = setting(rate=rate)
        x, y = t.batches.dataset.tensors
        g = torch.Generator().manual_seed(0)
        data = TensorDataset(x, y, 0.5 + torch.rand(len(x), generator=g))
        t.batches = DataLoader(data, t.batches.batch_size, shuffle=True, generator=g)
        return t

    def loop(t, updates):
        for x, y, weight in dealt(t, updates):
            t.optimizer.zero_grad()
            out = t.model(x)
            if criterion == "by hand":
                losses = -out.log_softmax(1).mul(F.one_hot(y, out.shape[1])).sum(1)
            else:
                losses = F.cross_entropy(out, y, reduction="none")
            (losses * weight).mean().backward()
            t.optimizer.step()

    assert examining.Examination(setup, loop, 60, 30).data_of(0).held.form.y == 1
    report = checkup.examine(setup, loop, updates=100, seconds=30)
    assert report.skill > 0.9 if rate > 0.01 else report.skill < 0.5
    assert report.alarm == (rate < 0.01), report


def test_a_target_by_any_name_is_the_target():
    def setup():
        t = setting(rate=0.1)
        x, y = t.batches.dataset.tensors
        keys = [
            {"row": i, "species": k, "petals": v} for i, (v, k) in enumerate(zip(x, y, strict=True))
        ]
        t.batches = DataLoader(keys, t.batches.batch_size, shuffle=True)
        return t

    def loop(t, updates):
        for batch in dealt(t, updates):
            t.optimizer.zero_grad()
            t.criterion(t.model(batch["petals"]), batch["species"]).backward()
            t.optimizer.step()

    taken = examining.Examination(setup, loop, 60, 30).data_of(0).held
    assert (taken.form.x, taken.form.y) == ("petals", "species") and taken.x.shape == (400, 10)
    report = checkup.examine(setup, loop, updates=100, seconds=30)
    assert report.skill > 0.9 and not report.alarm, report


@dataclass
class Answer:
    logits: torch.Tensor
    hidden: object = None


@pytest.mark.parametrize("form", [Answer, lambda logits: SimpleNamespace(logits=logits)])
def test_answers_within_an_object_are_judged(form):
    class Told(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 4))

        def forward(self, x):
            return form(self.inner(x))

    def loop(t, updates):
        for x, y in dealt(t, updates):
            t.optimizer.zero_grad()
            t.criterion(t.model(x).logits, y).backward()
            t.optimizer.step()

    report = checkup.examine(lambda: setting(Told(), rate=0.1), loop, updates=100, seconds=30)
    assert report.skill > 0.9 and not report.alarm, report
    assert "could not be judged" not in str(report)


def test_of_several_outputs_for_a_number_the_best_is_the_answer():
    y = torch.randn(50)
    quantiles = torch.stack([y - 1, y + 0.1 * torch.randn(50), y + 1], 1)
    assert tasks.skill(quantiles, y) == pytest.approx(0.99, abs=0.01)
    with pytest.raises(ValueError, match="each a number of its own"):
        tasks.skill(torch.randn(50, 12), y)


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("rate", [0.1, 1e-3])
def test_a_loop_that_takes_batches_by_their_places(shuffled, rate):
    def setup():
        t = setting(rate=rate)
        t.batches = [*t.batches]
        return t

    def loop(t, updates):
        draw = random.Random(0)
        for k in range(updates):
            if shuffled and k % len(t.batches) == 0:
                draw.shuffle(t.batches)
            x, y = t.batches[k % len(t.batches)] if shuffled else draw.choice(t.batches)
            t.optimizer.zero_grad()
            t.criterion(t.model(x), y).backward()
            t.optimizer.step()

    report = checkup.examine(setup, loop, updates=100, seconds=30)
    assert report.skill > 0.9 if rate > 0.01 else report.skill < 0.5
    confirmed = [each.label for each in report.findings if each.verdict == "confirmed"]
    assert confirmed[:1] == (["rate_too_low"] if rate < 0.01 else []), report


def test_wrapped_batches_are_reached_by_place_as_by_iteration():
    batches = [(torch.full((2, 1), float(k)), torch.tensor([k, k])) for k in range(4)]
    changed = held.Changed(batches, lambda x, y: (x + 1, y))
    assert [float(x[0]) for x, _ in changed] == [1.0, 2.0, 3.0, 4.0]
    assert float(changed[2][0][0]) == 3.0 and len(changed[1:3]) == 2
    dealt = held.Dealt(torch.arange(8.0)[:, None], torch.arange(8), 2, 0)
    whole = [y.tolist() for _, y in dealt]
    assert [dealt[k][1].tolist() for k in (1, 2, 3)] == whole[1:]
    assert sorted(y for k in range(4) for y in dealt[k][1].tolist()) == [*range(8)]


@pytest.mark.parametrize("limit", [None, 1e-6])
def test_a_hook_that_cuts_gradients_is_taken_off(limit):
    def setup():
        t = setting(rate=0.1)
        for p in t.model.parameters():
            if limit:
                p.register_hook(lambda g: g.clamp(-limit, limit))
        return t

    report = checkup.examine(setup, train, updates=100, seconds=30)
    confirmed = [each.label for each in report.findings if each.verdict == "confirmed"]
    assert confirmed[:1] == (["clip_too_low"] if limit else []), report


def test_an_input_of_several_that_is_not_scaled_is_named():
    setup, _ = by_two_names(False, scale=3000.0)

    def pairs():
        t = setup()
        keys = t.batches.dataset
        rows = [(each["points"], each["kinds"], each["label"]) for each in keys]
        t.batches = DataLoader(rows, 20, shuffle=True)
        t.test = (tuple(t.test[0].values()), t.test[1])
        return t

    def straight(t, updates):
        for points, kinds, y in dealt(t, updates):
            t.optimizer.zero_grad()
            t.criterion(t.model(points, kinds), y).backward()
            t.optimizer.step()

    report = checkup.examine(pairs, straight, updates=120, seconds=60)
    first = next(each for each in report.findings if each.verdict == "confirmed")
    assert first.label == "inputs_not_scaled" and first.measured.startswith("input 0: features")
