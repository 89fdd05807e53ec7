"""Each change does the one thing that it says, and nothing of it is left."""

import contextlib
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from trainingtips.checkup import experiments, held


def run(model, optimizer=None, known=None, batches=None):
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1)
    t = SimpleNamespace(model=model, optimizer=optimizer, batches=batches)
    return experiments.Run(t, 0, known or SimpleNamespace(rising=False), 30, contextlib.ExitStack())


def line(lr=0.1, **options):
    """A model θ whose gradient is 1, so that each step shows the rate."""
    model = nn.Module()
    model.theta = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    return model, torch.optim.SGD(model.parameters(), lr=lr, **options)


def steps(model, optimizer, count=3):
    seen = []
    for _ in range(count):
        before = model.theta.item()
        optimizer.zero_grad()
        model.theta.sum().backward()
        optimizer.step()
        seen.append(before - model.theta.item())
    return seen


def test_a_gradient_that_no_change_lets_through_is_said_to_be_untested():
    class Chooses(nn.Module):
        def __init__(self, soft):
            super().__init__()
            self.gate, self.out, self.soft = nn.Linear(3, 2), nn.Linear(2, 1), soft

        def forward(self, x):
            gate = self.gate(x).softmax(1)
            return self.out(gate.detach() if self.soft else F.one_hot(gate.argmax(1), 2).float())

    for soft in (True, False):
        known = SimpleNamespace(rising=False, without_gradient=["gate.weight", "gate.bias"])
        this = run(Chooses(soft), known=known)
        with this.stack:
            experiments.through(this)
            mode = experiments.Instead(this.table, this.model)
            with mode:
                this.model(torch.randn(4, 3)).sum().backward()
                this.t.optimizer.step()
            mode.remove()
            if soft:
                this.check()
            else:
                with pytest.raises(experiments.Impossible, match="lets a gradient through"):
                    this.check()


def test_what_enters_a_sigmoid_is_cut_and_gentle_ones_are_left():
    model = nn.Sequential(nn.Sigmoid(), nn.Linear(4, 1))
    this = run(model, known=SimpleNamespace(rising=False, output_place=None))
    x = torch.tensor([[-3.0, -1.0, 1.0, 3.0], [1.0, -1.0, 3.0, -3.0]])
    with this.stack:
        experiments.gentle(this)
        mode = experiments.Instead(this.table, this.model)
        seen = []
        handle = model[0].register_forward_hook(lambda m, a, out: seen.append(out))
        with mode:
            model(20 * x), model(0.1 * x)
        experiments.gentle(this)
        with experiments.Instead(this.table, this.model) as fresh:
            model(0.1 * x)
        fresh.remove()
        mode.remove(), handle.remove()
    assert torch.allclose(seen[0], (x / x.std()).sigmoid(), atol=1e-5)
    assert torch.allclose(seen[1], (0.1 * x / (20 * x).std()).sigmoid(), atol=1e-5)
    assert torch.allclose(seen[2], (0.1 * x).sigmoid())


def test_a_rate_that_rises_is_taken_to_where_it_rises():
    model, optimizer = line()
    rule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: (k + 1) / 1000)
    this = run(model, optimizer, SimpleNamespace(rising=True))
    with this.stack:
        experiments.constant(this)
        found = []
        for _ in range(2):
            found += steps(model, optimizer, 1)
            rule.step()
    assert found == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (experiments.rate(0.1), [0.01, 0.005, 0.0025]),
        (experiments.constant, [0.1, 0.1, 0.1]),
        (experiments.warm_up, [0.01, 0.01, 0.0075]),
    ],
)
def test_rates_are_changed_and_the_schedule_sees_its_own(change, wanted):
    model, optimizer = line()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    this = run(model, optimizer)
    with this.stack:
        change(this)
        found = []
        for _ in range(3):
            found += steps(model, optimizer, 1)
            schedule.step()
    assert found == pytest.approx(wanted, rel=1e-5)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.0125)
    assert not optimizer._optimizer_step_pre_hooks


def test_clipping_is_undone():
    model, optimizer = line(lr=1.0)
    this = run(model, optimizer)
    with this.stack:
        experiments.unclipped(this)
        model.theta.sum().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
    assert model.theta.item() == pytest.approx(-1)


def test_gradients_are_cleared_once_an_update_so_that_accumulation_stays():
    model, optimizer = line(lr=1.0)
    this = run(model, optimizer)
    with this.stack:
        experiments.cleared(this)
        mode = experiments.Instead(this.table, model)
        with mode:
            for _ in range(2):
                for _ in range(3):
                    model.theta.sum().backward()
                optimizer.step()
        mode.remove()
    assert model.theta.item() == pytest.approx(-6)  # not 3 + 6


def instead(change, model, call, known=None):
    this = run(model, known=known)
    with this.stack:
        change(this)
        mode = experiments.Instead(this.table, model)
        with mode:
            out = call()
        mode.remove()
    assert not model._forward_hooks and not model._forward_pre_hooks
    return out


def test_probabilities_become_logits_for_the_loss():
    x, y = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    known = SimpleNamespace(loss=F.cross_entropy)
    loss = instead(
        experiments.logits, nn.Linear(3, 3), lambda: F.cross_entropy(x.softmax(1), y), known
    )
    assert loss.item() == pytest.approx(float(F.cross_entropy(x, y)), rel=1e-4)


def test_shapes_are_made_equal_for_losses_and_for_differences():
    out, y = torch.randn(6, 1), torch.randn(6)
    wanted = float(((out.squeeze(1) - y) ** 2).mean())
    model = nn.Linear(1, 1)
    first = instead(experiments.equal_shapes, model, lambda: F.mse_loss(out, y))
    second = instead(experiments.equal_shapes, model, lambda: ((out - y) ** 2).mean())
    assert float(first) == pytest.approx(wanted) and float(second) == pytest.approx(wanted)


def test_the_last_activation_alone_is_left_out():
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1), nn.ReLU())
    x = torch.randn(9, 2)
    known = SimpleNamespace(output_place=1)
    out = instead(experiments.unbounded, model, lambda: model(x), known)
    assert torch.equal(out, model[:3](x))


class Cut(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(2, 2), nn.Linear(2, 1)

    def forward(self, x):
        with torch.no_grad():
            h = self.first(x)
        return self.last(h.detach())


def test_nothing_leaves_the_graph():
    model = Cut()

    def backward():
        model(torch.ones(3, 2)).sum().backward()
        return model.first.weight.grad

    assert backward() is None
    assert instead(experiments.through, model, backward) is not None
    with torch.no_grad():
        assert not model(torch.ones(3, 2)).requires_grad


def test_every_parameter_is_given_to_the_optimizer_also_those_in_lists():
    model = nn.Module()
    model.own, model.hidden = nn.Linear(2, 2), [nn.Linear(2, 2)]
    optimizer = torch.optim.SGD(model.own.parameters(), lr=0.1)
    experiments.everything(run(model, optimizer))
    held_by = {id(p) for g in optimizer.param_groups for p in g["params"]}
    assert {id(p) for p in model.hidden[0].parameters()} <= held_by
    with pytest.raises(experiments.Impossible, match="every parameter"):
        experiments.everything(run(model, optimizer))


def test_a_new_start_draws_no_number_of_the_training():
    model = nn.Sequential(nn.Linear(3, 3))
    nn.init.zeros_(model[0].weight)
    torch.manual_seed(0)
    wanted = torch.rand(1)
    torch.manual_seed(0)
    experiments.started(run(model))
    assert torch.equal(torch.rand(1), wanted)
    assert model[0].weight.std() > 0.1


def test_a_start_after_he_keeps_the_size_through_many_layers_of_relu():
    layers = [each for _ in range(12) for each in (nn.Linear(256, 256), nn.ReLU())]
    model = nn.Sequential(*layers)
    x = torch.randn(64, 256, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    wanted = torch.rand(1)
    torch.manual_seed(0)
    experiments.started(run(model))
    lost = model(x).square().mean()
    experiments.he_started(run(model))
    assert torch.equal(torch.rand(1), wanted), "no number of the training is drawn"
    kept = model(x).square().mean()
    assert lost < 0.1 < 0.3 < kept < 3
    with pytest.raises(experiments.Impossible, match="linear or convolutional"):
        experiments.he_started(run(nn.Embedding(3, 2)))


def test_group_norm_takes_the_place_and_the_parameters_of_batch_norm():
    model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8))
    scale = model[1].weight
    experiments.group_norm(run(model))
    assert isinstance(model[1], nn.GroupNorm) and model[1].weight is scale


def test_wider_layers_are_those_that_the_optimizer_has():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    experiments.wider(run(model, optimizer))
    assert model(torch.randn(5, 1, 9, 9)).shape == (5, 2, 5, 5)
    assert model[0].weight.shape == (16, 1, 3, 3)
    model(torch.randn(5, 1, 9, 9)).sum().backward()
    optimizer.step()


def test_dealt_batches_are_a_permutation_of_the_examples():
    x = torch.arange(20)
    dealt = held.Dealt(x, x, 5, seed=0)
    first, second = (torch.cat([b[0] for b in dealt]) for _ in range(2))
    assert torch.equal(first.sort().values, x) and not torch.equal(first, second)


def test_batches_that_the_loop_does_not_read_are_noticed():
    this = run(nn.Linear(1, 1), batches=[(torch.ones(2), torch.ones(2))])
    this.known.held = SimpleNamespace(form=None)
    this.change_batches(lambda x, y: (x, y))
    with pytest.raises(experiments.Impossible, match="does not read"):
        this.check()
