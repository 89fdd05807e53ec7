"""Watching changes nothing: the same weights, bit by bit, no hook left, also after an exception."""

import contextlib

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tests.checkup import trainings
from trainingtips import checkup
from trainingtips.checkup import watching


@contextlib.contextmanager
def unwatched(model, optimizer):
    yield None


def trained(training, watch):
    torch.manual_seed(0)
    model = training(watch)
    return [p.detach().clone() for p in model.state_dict().values()], torch.rand(1)


@pytest.mark.parametrize("training", trainings.ALL, ids=lambda each: each.__name__)
def test_a_watched_training_is_the_same_training(training):
    seen = []

    @contextlib.contextmanager
    def watching(model, optimizer):
        with checkup.watch(model, optimizer) as each:
            seen.append((each, model, optimizer))
            yield each

    plain, chance = trained(training, unwatched)
    watched, after = trained(training, watching)
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))
    assert torch.equal(chance, after)
    ((each, model, optimizer),) = seen
    assert each.updates > 0 and set(each.lost) <= {"compiled"}, each.lost
    assert len(each.losses) > 0
    assert no_hooks(model, optimizer)
    assert not [f for f in each.report().findings if f.label == "gradient_not_cleared"]


def no_hooks(model, optimizers):
    optimizers = optimizers if isinstance(optimizers, list) else [optimizers]
    ours = [h for m in model.modules() for h in (*m._forward_hooks, *m._forward_pre_hooks)]
    theirs = [
        h for o in optimizers for h in (*o._optimizer_step_pre_hooks, *o._optimizer_step_post_hooks)
    ]
    return not ours and not theirs


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_no_hook_is_left_after_an_exception(kind):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(kind), checkup.watch(model, optimizer):
        F.mse_loss(model(torch.ones(4, 2)), torch.ones(4, 1)).backward()
        raise kind
    assert no_hooks(model, optimizer)
    assert not torch.overrides._get_current_function_mode_stack()


def test_a_step_that_fails_leaves_what_follows_seen():
    class Failing(torch.optim.Optimizer):
        fails = True

        def step(self, closure=None):
            if self.fails:
                raise ValueError("no")

    model = nn.Linear(2, 1)
    optimizer = Failing(model.parameters(), {})
    with checkup.watch(model, optimizer) as seen:
        for fails in (True, False):
            optimizer.fails = fails
            loss = F.mse_loss(model(torch.ones(4, 2)), torch.ones(4, 1))
            loss.backward()
            with contextlib.suppress(ValueError):
                optimizer.step()
    assert (seen.backwards, seen.updates) == (2, 1) and not seen.lost
    assert torch._C._is_torch_function_enabled()


def test_what_cannot_be_seen_is_said_and_the_training_goes_on(monkeypatch):
    def broken(*_):
        raise RuntimeError("no such thing")

    monkeypatch.setattr(watching, "measured", broken)
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with checkup.watch(model, optimizer) as seen:
        F.mse_loss(model(torch.ones(4, 2)), torch.ones(4, 1)).backward()
        optimizer.step()
    assert any("no such thing" in line for line in seen.report().lost)


def test_gradients_of_before_are_noticed_and_accumulation_is_not():
    def updates(clear, parts):
        torch.manual_seed(0)
        model = nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        with checkup.watch(model, optimizer) as seen:
            for _ in range(10):
                if clear:
                    optimizer.zero_grad()
                for _ in range(parts):
                    F.mse_loss(model(torch.randn(4, 2)), torch.ones(4, 1)).backward()
                optimizer.step()
        return {f.label for f in seen.report().findings}

    assert "gradient_not_cleared" in updates(clear=False, parts=1)
    assert "gradient_not_cleared" not in updates(clear=True, parts=4)


def test_two_players_that_clear_only_their_own_gradients_clear_them():
    first, second = nn.Linear(2, 2), nn.Linear(2, 1)
    model = nn.Sequential(first, second)
    players = [torch.optim.SGD(part.parameters(), lr=0.01) for part in (first, second)]
    with checkup.watch(model, players) as seen:
        for _ in range(10):
            for player in players:
                player.zero_grad()
                model(torch.randn(4, 2)).square().mean().backward()
                player.step()
    assert seen.checked > 10 and not seen.leftover


def test_memory_does_not_grow_with_the_updates(monkeypatch):
    monkeypatch.setattr(watching, "KEPT", 40)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    x, y = torch.ones(4, 2), torch.ones(4, 1)
    with checkup.watch(model, optimizer) as seen:
        for _ in range(700):
            optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()
    assert max(len(seen.steps), len(seen.losses) / 2, len(seen.batch_sizes)) <= 40


@pytest.mark.parametrize("what", [("model", nn.Linear(1, 1)), (nn.Linear(1, 1), "optimizer")])
def test_what_is_no_model_or_optimizer_is_refused(what):
    with pytest.raises(TypeError, match="received str"), checkup.watch(*what):
        pass


def test_shapes_that_broadcast_are_noticed_and_all_pairs_of_a_batch_are_not():
    def shapes(loss):
        model = nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        with checkup.watch(model, optimizer) as seen:
            loss(model(torch.randn(8, 2)), torch.randn(8)).backward()
        return seen.broadcast

    assert shapes(lambda out, y: ((out - y) ** 2).mean()) == [((8, 1), (8,), (8, 8))]
    assert not shapes(lambda out, y: ((out - y[:, None]) ** 2).mean())
    assert not shapes(lambda out, y: (out[:, None] - out[None]).square().mean())


def test_columns_that_differ_are_counted_as_a_sort_of_all_rows_counts_them():
    torch.manual_seed(0)
    columns = torch.randn(7, 40)
    columns[:, 5] = columns[:, 30]
    columns[:, 6:9] = columns[:, 1:2]
    columns[0, 10], columns[:, 11] = 0.0, columns[:, 10]
    columns[0, 11] = -0.0  # is zero as well
    columns[3, 12] = torch.nextafter(columns[3, 12], torch.tensor(9.0))
    assert watching.distinct(columns) == torch.unique(columns.T, dim=0).shape[0] == 35


@pytest.mark.parametrize("shape", [(64, 40), (8, 12, 5, 5), (9, 7, 6), (30,), (1, 5)])
def test_units_that_are_dead_or_alike_are_counted_one_by_one(shape):
    torch.manual_seed(1)
    out = torch.randn(shape, requires_grad=True)
    values = out.detach().clone()
    if values.dim() > 1:
        values[:, 0] = 0
        values[:, 1] = 0.1  # constant, and so like no other unit
        values[:, 3] = values[:, 2]
    found = watching.measured("relu", values)
    last = values.dim() == 3
    units = [values] if values.dim() == 1 else list(values.movedim(-1 if last else 1, 0))
    moving = [u.flatten().tolist() for u in units if len(set(u.flatten().tolist())) > 1]
    expected = 1 - len(set(map(tuple, moving))) / len(moving) if len(moving) > 1 else 0
    assert found.alike == pytest.approx(expected) and found.units == len(units)
    assert found.dead == pytest.approx(sum(not u.any() for u in units) / len(units))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_of_units_that_are_not_finite_none_is_like_another(wrong):
    values = torch.arange(12.0).reshape(4, 3)
    values[1, :2] = wrong
    assert watching.measured("relu", values).alike == 0


def test_a_forward_of_no_examples_is_no_fault_of_the_watching():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    with watching.watch(model, torch.optim.SGD(model.parameters(), lr=0.1)) as seen:
        model(torch.ones(0, 3)).sum().backward()
    assert not seen.lost


def test_the_norms_of_large_parameters_are_those_of_blocks_of_them(monkeypatch):
    def steps(large):
        monkeypatch.setattr(watching, "LARGE", large)
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 1))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        with checkup.watch(model, optimizer) as seen:
            for _ in range(12):
                optimizer.zero_grad()
                F.mse_loss(model(torch.randn(32, 64)), torch.ones(32, 1)).backward()
                optimizer.step()
        assert not seen.lost
        return seen.steps

    whole, some = steps(1 << 20), steps(1 << 10)
    for a, b in zip(whole, some, strict=True):
        assert a.gradients == b.gradients and a.number == b.number
        (moved, weight), (moved_too, weight_too) = (s.ratios["0.weight"] for s in (a, b))
        assert moved_too == pytest.approx(moved, rel=0.1)
        assert weight_too == pytest.approx(weight, rel=0.1) and weight_too != weight
        assert a.ratios["2.weight"] == b.ratios["2.weight"]


def test_between_the_looks_a_test_is_seen_and_ways_out_are_counted_by_looks():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(2, 8), nn.Linear(8, 1)

        def forward(self, x):
            return self.last(F.dropout(self.first(x).detach(), 0.5))  # always on

    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = torch.ones(4, 2), torch.ones(4, 1)
    with checkup.watch(model, optimizer) as seen:
        for k in range(120):
            optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()
            if k == 110:  # far from a look
                model.eval()
                with torch.no_grad():
                    model(x)
                model.train()
    assert 8 <= seen.attended < 60 and seen.training == 120
    assert seen.escapes["detach"] == seen.attended
    assert seen.dropout_always == 1 and seen.undivided == seen.backwards == 120
