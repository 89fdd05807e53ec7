"""Loops and models that are not as they should be: a clear sentence, and nothing left behind."""

from collections import namedtuple
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tests.checkup.test_examining import blobs, setting, train
from trainingtips import checkup
from trainingtips.checkup import measures, tasks


def test_a_loop_without_backward_is_told():
    def loop(t, updates):
        for _, (x, y) in zip(range(updates), t.batches, strict=False):
            t.criterion(t.model(x), y)
            t.optimizer.step()

    report = checkup.examine(setting, loop, updates=20, seconds=10)
    assert report.findings[0].label == "no_update" and report.alarm


def test_a_loop_without_updates_is_said():
    report = checkup.examine(setting, lambda t, updates: None, updates=5, seconds=5)
    assert any("no step" in line for line in report.lost)


def test_the_number_of_threads_is_as_it_was():
    before = torch.get_num_threads()

    def loop(t, updates):
        torch.set_num_threads(before + 1)
        train(t, updates)

    checkup.examine(setting, loop, updates=5, seconds=3)
    assert torch.get_num_threads() == before


def test_a_setup_that_gives_the_same_model_again_is_told_so():
    model = nn.Linear(10, 4)
    report = checkup.examine(lambda: setting(model, rate=1e-5), train, updates=20, seconds=10)
    assert any("same model" in line for line in report.lost)
    assert not report.confirmed


def test_a_gradient_of_nan_or_of_zero_is_no_cut_graph():
    def loop(t, updates):
        for _, (x, y) in zip(range(updates), t.batches, strict=False):
            t.optimizer.zero_grad()
            (t.criterion(t.model(x), y) * float("nan")).backward()
            t.optimizer.step()

    report = checkup.examine(setting, loop, updates=10, seconds=10)
    assert "graph_cut" not in [f.label for f in report.findings]


def test_distributions_and_counts_are_judged_by_what_their_loss_means():
    y = torch.rand(40, 3, generator=torch.Generator().manual_seed(0)).log_softmax(1)
    for output in (y, y + 3, y.exp()):
        assert tasks.skill(output, y.exp(), F.kl_div) == pytest.approx(1, abs=1e-5)
    rates = torch.arange(1.0, 9.0)[:, None]
    assert tasks.skill(rates.log(), rates, F.poisson_nll_loss) == pytest.approx(1)


def watched(model, loss):
    """What is seen in three updates of a model by `loss(output, y)`."""
    x, y = blobs(40)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with checkup.watch(model, optimizer) as seen:
        for _ in range(3):
            optimizer.zero_grad()
            loss(model(x), F.one_hot(y, 4).float()).backward()
            optimizer.step()
    return seen


@pytest.mark.parametrize(
    ("loss", "wanted"),
    [
        (lambda out, y: ((out - y) ** 2).sum(), SimpleNamespace(summed=160, penalised=0)),
        (lambda out, y: ((out - y) ** 2).sum() / 160, SimpleNamespace(summed=None, penalised=0)),
        (lambda out, y: ((out - y) ** 2).mean(), SimpleNamespace(summed=None, penalised=0)),
    ],
    ids=["sum", "sum divided", "mean"],
)
def test_a_sum_that_is_written_by_hand_is_seen(loss, wanted):
    seen = watched(nn.Linear(10, 4), loss)
    assert (seen.summed, seen.penalised) == (wanted.summed, wanted.penalised)


def test_a_penalty_on_the_weights_and_a_sigmoid_of_a_sigmoid_are_seen():
    model = nn.Sequential(nn.Linear(10, 4), nn.Sigmoid())

    def loss(out, y):
        return F.binary_cross_entropy(out.sigmoid(), y) + model[0].weight.pow(2).sum()

    seen = watched(model, loss)
    assert seen.penalised >= 3 and seen.twice == {"sigmoid"} and seen.summed is None
    plain = watched(model, F.binary_cross_entropy)
    assert not plain.penalised and not plain.twice


def test_noise_agrees_more_than_chance_and_labels_out_of_step_do_not():
    x, y = blobs(600)
    g = torch.Generator().manual_seed(1)
    drawn = torch.randint(4, (600,), generator=g)
    noisy = torch.where(torch.rand(600, generator=g) < 0.6, drawn, y)
    moved = y[torch.randperm(600, generator=g)]
    for labels, more in ((noisy, True), (moved, False)):
        found = measures.neighbours(x, labels, True)
        assert (found > measures.chance_of_agreement(labels)) == more


def test_batches_that_are_dicts_or_have_names_reach_the_loop_as_they_are():
    Batch = namedtuple("Batch", "x y")

    def named(t, updates):
        for _, batch in zip(range(updates), t.batches, strict=False):
            train(SimpleNamespace(**{**vars(t), "batches": [(batch.x, batch.y)]}), 1)

    def by_key(t, updates):
        for _, batch in zip(range(updates), t.batches, strict=False):
            train(SimpleNamespace(**{**vars(t), "batches": [(batch["x"], batch["y"])]}), 1)

    def other(kind):
        def setup():
            t = setting()
            t.batches = [kind(*batch) for batch in t.batches]
            return t

        return setup

    for kind, loop in ((Batch, named), (lambda x, y: {"x": x, "y": y}, by_key)):
        report = checkup.examine(other(kind), loop, updates=20, seconds=10)
        assert not any("stopped" in line for line in report.lost), report.lost
        assert report.skill > 0.5
