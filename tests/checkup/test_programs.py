"""Programs as people write them, examined whole: what works is left in peace, a mistake is found.

`test_watching` is the same of watching alone.
"""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from tests.checkup.trainings import Dicts, Packed, Tied, dealt
from trainingtips import checkup

UPDATES, BATCH = 60, 16


def numbers(updates):
    return (slice(BATCH * (i % 8), BATCH * (i % 8 + 1)) for i in range(updates))


def classes():
    g = torch.Generator().manual_seed(1)
    y = torch.arange(256) % 3
    x = 2 * torch.randn(3, 6, generator=g)[y] + 0.5 * torch.randn(256, 6, generator=g)
    return x, y


def of_classes(model, optimizer, **more):
    """The first half to learn from, the other to test."""
    x, y = classes()
    batches = [(x[rows], y[rows]) for rows in numbers(8)]
    return SimpleNamespace(
        model=model, optimizer=optimizer, batches=batches, test=(x[128:], y[128:]), **more
    )


def net(*extra):
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), *extra, nn.Linear(16, 3))


def passes(t, updates):
    """(update, x, y), pass after pass."""
    for done, batch in enumerate(dealt(t, updates)):
        yield done, *batch


class Accumulated:
    """Gradients of two batches are added up, and clipped."""

    @staticmethod
    def setup(seed, rate):
        model = net()
        return of_classes(model, torch.optim.AdamW(model.parameters(), lr=0.05 * rate))

    @staticmethod
    def train(t, updates):
        for i, x, y in passes(t, updates):
            (F.cross_entropy(t.model(x), y) / 2).backward()
            if i % 2:
                nn.utils.clip_grad_norm_(t.model.parameters(), 1.0)
                t.optimizer.step()
                t.optimizer.zero_grad()


class Scaled:
    """Mixed precision, with a gradient scaler."""

    @staticmethod
    def setup(seed, rate):
        model = net()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.2 * rate)
        return of_classes(model, optimizer, scaler=torch.amp.GradScaler("cpu"))

    @staticmethod
    def train(t, updates):
        for _, x, y in passes(t, updates):
            t.optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                loss = F.cross_entropy(t.model(x), y)
            t.scaler.scale(loss).backward()
            t.scaler.unscale_(t.optimizer)
            nn.utils.clip_grad_norm_(t.model.parameters(), 1.0)
            t.scaler.step(t.optimizer)
            t.scaler.update()


class Halved:
    """Weights and inputs in bfloat16."""

    @staticmethod
    def setup(seed, rate):
        model = net().bfloat16()
        return of_classes(model, torch.optim.SGD(model.parameters(), lr=0.2 * rate))

    @staticmethod
    def train(t, updates):
        for _, x, y in passes(t, updates):
            t.optimizer.zero_grad()
            F.cross_entropy(t.model(x.bfloat16()), y).backward()
            t.optimizer.step()


class Compiled:
    """A compiled model, without the generation of code, which takes half a minute."""

    @staticmethod
    def setup(seed, rate):
        model = net()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.2 * rate)
        return of_classes(torch.compile(model, backend="eager"), optimizer)

    @staticmethod
    def train(t, updates):
        for _, x, y in passes(t, updates):
            t.optimizer.zero_grad()
            F.cross_entropy(t.model(x), y).backward()
            t.optimizer.step()


class TwoOptimizers:
    """One for each layer."""

    @staticmethod
    def setup(seed, rate):
        model = net()
        first = torch.optim.SGD(model[0].parameters(), lr=0.2 * rate)
        second = torch.optim.Adam(model[2].parameters(), lr=0.05 * rate)
        return of_classes(model, [first, second])

    @staticmethod
    def train(t, updates):
        for _, x, y in passes(t, updates):
            for each in t.optimizer:
                each.zero_grad()
            F.cross_entropy(t.model(x), y).backward()
            for each in t.optimizer:
                each.step()


class Closure:
    """LBFGS, which calls the loss itself."""

    slow = 1e-5

    @staticmethod
    def setup(seed, rate):
        model = net()
        return of_classes(model, torch.optim.LBFGS(model.parameters(), lr=0.5 * rate, max_iter=4))

    @staticmethod
    def train(t, updates):
        for _, x, y in passes(t, updates // 4):

            def closure(x=x, y=y):
                t.optimizer.zero_grad()
                loss = F.cross_entropy(t.model(x), y)
                loss.backward()
                return loss

            t.optimizer.step(closure)


class TiedWeights:
    """The next token, which follows from the last: embedding and output are one matrix."""

    slow = 1e-2

    @staticmethod
    def setup(seed, rate):
        g = torch.Generator().manual_seed(2)
        first = torch.randint(11, (64, 1), generator=g)
        tokens = (first + 3 * torch.arange(7)) % 11
        model = Tied()
        model.embed = nn.Sequential(model.embed, nn.Linear(8, 8))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.03 * rate)
        batches = [(rows[:, :-1], rows[:, 1:]) for rows in tokens.split(16)]
        return SimpleNamespace(model=model, optimizer=optimizer, batches=batches, test=None)

    @staticmethod
    def train(t, updates):
        for _, x, y in passes(t, updates):
            t.optimizer.zero_grad()
            F.cross_entropy(t.model(x).flatten(0, 1), y.flatten()).backward()
            t.optimizer.step()


class FrozenInGroups:
    """A frozen first layer, rates by group, and a scheduler that steps each epoch."""

    @staticmethod
    def setup(seed, rate):
        model = net()
        model[0].requires_grad_(False)
        groups = [{"params": [model[2].weight]}, {"params": [model[2].bias], "lr": 0.1 * rate}]
        optimizer = torch.optim.SGD(groups, lr=0.3 * rate)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.9)
        return of_classes(model, optimizer, scheduler=schedule)

    @staticmethod
    def train(t, updates):
        for i, x, y in passes(t, updates):
            t.optimizer.zero_grad()
            F.cross_entropy(t.model(x), y).backward()
            t.optimizer.step()
            if i % 8 == 7:
                t.scheduler.step()


class LossWithin:
    """Batches and outputs are dicts, and the model computes its loss."""

    @staticmethod
    def setup(seed, rate):
        model = Dicts()
        x, y = classes()
        t = of_classes(model, torch.optim.RMSprop(model.parameters(), lr=0.01 * rate))
        t.batches = [{"features": x[rows], "labels": y[rows]} for rows in numbers(8)]
        return t

    @staticmethod
    def train(t, updates):
        for batch in dealt(t, updates):
            t.optimizer.zero_grad()
            t.model(**batch)["loss"].backward()
            t.optimizer.step()


class PackedSequences:
    """Sequences of unequal lengths, packed by the loop."""

    slow = 1e-2

    @staticmethod
    def setup(seed, rate):
        g = torch.Generator().manual_seed(3)
        x = torch.randn(96, 6, 3, generator=g)
        y = (x[:, 0, 0] > 0).long()
        model = Packed()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.03 * rate)
        batches = list(zip(x.split(16), y.split(16), strict=True))
        return SimpleNamespace(model=model, optimizer=optimizer, batches=batches, test=None)

    @staticmethod
    def train(t, updates):
        for _, x, y in passes(t, updates):
            t.optimizer.zero_grad()
            lengths = torch.arange(len(x)) % 5 + 2
            packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            F.cross_entropy(t.model(packed), y).backward()
            t.optimizer.step()


PROGRAMS = [
    Accumulated, Scaled, Halved, Compiled, TwoOptimizers, Closure, TiedWeights, FrozenInGroups,
    LossWithin, PackedSequences,
]  # fmt: skip


def examined(program, rate):
    report = checkup.examine(
        lambda seed: program.setup(seed, rate), program.train, updates=UPDATES, seconds=60
    )
    lost = [line for line in report.lost if "Error" in line]
    if program is PackedSequences:  # the loop packs what the batches hold: that is said
        assert "the model's answers could not be judged" in lost[0]
        assert any("skill is here the share of the first loss" in line for line in report.lost)
    else:
        assert not lost
    return report


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.__name__)
def test_what_works_is_left_in_peace(program):
    report = examined(program, 1.0)
    assert not report.alarm, report


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.__name__)
def test_a_rate_that_is_far_too_low_is_found(program):
    report = examined(program, getattr(program, "slow", 1e-3))
    first = report.findings[0]
    assert (first.label, first.verdict) == ("rate_too_low", "confirmed"), report
