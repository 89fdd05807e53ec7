"""Networks in the style of public repositories: a right number, or an error that says what to do.

The oracle is the module's own backward pass at the same weights, and differences of it.
"""

import copy
import random
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss
from torch.nn.utils import parametrizations, rnn
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint

from tests.test_reports_of_peers import agree, backward, drawn, flat, labels, made
from trainingtips import batches, curvature
from trainingtips.ensemble import Ensemble

CE = nn.functional.cross_entropy
DOUBLE = torch.float64


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(self.embedding(x).mean(1).tanh())


class Experts(nn.Module):
    """Each example goes through the one of three layers that its gate likes best."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(6, 3)
        self.experts = nn.ModuleList([nn.Linear(6, 2) for _ in range(3)])

    def forward(self, x):
        share = self.gate(x).softmax(-1)
        best, out = share.argmax(-1), x.new_zeros(len(x), 2)
        for k, expert in enumerate(self.experts):
            rows = best == k
            out[rows] = expert(x[rows]) * share[rows, k : k + 1]
        return out


class Turned(nn.Module):
    """Complex and whole-number buffers, one of which counts the calls."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 2)
        self.register_buffer("turn", torch.exp(1j * torch.linspace(0, 1, 2, dtype=DOUBLE)))
        self.register_buffer("order", torch.tensor([1, 0]))
        self.register_buffer("calls", torch.tensor(0))

    def forward(self, x):
        self.calls += 1
        return (self.layer(x) * self.turn).real[:, self.order]


class Convolved(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv1d(1, 3, 3, padding=1, padding_mode="circular")
        self.three = nn.Conv3d(1, 2, (1, 2, 2))
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        hidden = nn.functional.gelu(self.one(x[:, None])).view(len(x), 1, 3, 2, 3)
        return self.head(self.three(hidden).flatten(1)[:, :8])


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        sizes = 1 + torch.arange(len(x)) % x.shape[1]
        packed = rnn.pack_padded_sequence(x, sizes, batch_first=True, enforce_sorted=False)
        return self.head(self.cell(packed)[1][0])


def layers(*parts):
    return made(lambda: nn.Sequential(*parts))


RIGHT = {
    "tied weights": lambda: (made(Tied), CE, labels(14, 7).view(7, 2), labels(7, 7)),
    "orthogonal": lambda: (
        layers(parametrizations.orthogonal(nn.Linear(6, 3)), nn.Tanh(), nn.Linear(3, 2)),
        mse_loss, drawn(9, 6), drawn(9, 2),
    ),
    "spectral norm in eval mode": lambda: (
        layers(parametrizations.spectral_norm(nn.Linear(6, 3)), nn.Tanh(), nn.Linear(3, 2)).eval(),
        mse_loss, drawn(9, 6), drawn(9, 2),
    ),
    "group normalization and dropout in eval mode": lambda: (
        layers(nn.Linear(6, 4), nn.GroupNorm(2, 4), nn.Dropout(0.5), nn.Linear(4, 2)).eval(),
        mse_loss, drawn(9, 6), drawn(9, 2),
    ),
    "ReLU in place": lambda: (
        layers(nn.Linear(6, 3), nn.ReLU(inplace=True), nn.Linear(3, 2)),
        mse_loss, drawn(9, 6), drawn(9, 2),
    ),
    "experts": lambda: (made(Experts), mse_loss, drawn(9, 6), drawn(9, 2)),
    "buffers": lambda: (made(Turned), mse_loss, drawn(9, 6), drawn(9, 2)),
    "convolutions of one and three axes": lambda: (
        made(Convolved), mse_loss, drawn(5, 6), drawn(5, 2)
    ),
    "packed sequences": lambda: (made(Packed), mse_loss, drawn(5, 4, 3), drawn(5, 2)),
    "a sum": lambda: (
        layers(nn.Linear(6, 3)), nn.CrossEntropyLoss(reduction="sum"), drawn(9, 6), labels(9),
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Casting complex values to real:UserWarning")
@pytest.mark.parametrize("name", RIGHT)
def test_the_numbers_are_right(name):
    agree(*RIGHT[name]())


def with_hooks(change):
    module = layers(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 2))
    hooked = copy.deepcopy(module)
    hooked[1].register_full_backward_hook(
        lambda module, inward, outward: tuple(2 * g for g in inward) if change else None
    )
    return hooked, module


@pytest.mark.parametrize("change", [False, True])
def test_hooks_on_the_backward_pass_change_no_derivative_of_the_loss(change):
    hooked, module = with_hooks(change)
    x, y = drawn(9, 6), drawn(9, 2)
    (loss, theta), (plain, _) = (curvature.flat_loss(m, mse_loss, x, y) for m in (hooked, module))
    torch.testing.assert_close(curvature.gradient(loss, theta), curvature.gradient(plain, theta))
    torch.testing.assert_close(curvature.hessian(loss, theta), curvature.hessian(plain, theta))
    rows = batches.per_example_gradients(hooked, mse_loss, x, y)
    torch.testing.assert_close(rows.mean(0), backward(module, mse_loss, x, y, theta)[1])
    hooked(x.requires_grad_()).sum().backward()
    assert hooked[1]._backward_hooks  # elsewhere they are as they were


class Cube(torch.autograd.Function):
    """Of the old kind, which torch.func refuses."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, up):
        return up * 3 * ctx.saved_tensors[0] ** 2


class Cubed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 2)

    def forward(self, x):
        return Cube.apply(self.layer(x))


@pytest.mark.parametrize("make", [Packed, Cubed])
def test_rows_where_torch_func_refuses_the_module(make):
    module, y = made(make), drawn(4, 2)
    x = drawn(4, 1, 3) if make is Packed else drawn(4, 6)
    rows = batches.per_example_gradients(module, mse_loss, x, y)
    torch.testing.assert_close(rows.mean(0), backward(module, mse_loss, x, y, flat(module))[1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_rows_and_noise_of_half_precision_are_computed_in_float32(dtype):
    module = layers(nn.Linear(6, 4), nn.LayerNorm(4), nn.Tanh(), nn.Linear(4, 2)).to(dtype)
    x, y = drawn(9, 6, dtype=dtype), drawn(9, 2, dtype=dtype)
    wide = copy.deepcopy(module).float(), mse_loss, x.float(), y.float()
    rows = batches.per_example_gradients(module, mse_loss, x, y)
    torch.testing.assert_close(rows, batches.per_example_gradients(*wide))
    found = batches.noise_over(module, mse_loss, [(x[:5], y[:5]), (x[5:], y[5:])])
    assert found.scale == pytest.approx(batches.noise(rows).scale, rel=1e-4)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_rows_that_are_not_finite_are_told_with_the_first(bad):
    module, x, y = layers(nn.Linear(6, 2)), drawn(9, 6), drawn(9, 2)
    x[3] = bad
    with pytest.raises(ValueError, match="gradient of example 3 is not finite, and 0 others"):
        batches.per_example_gradients(module, mse_loss, x, y)
    with pytest.raises(ValueError, match="not finite"):
        batches.noise_over(module, mse_loss, [(x, y)])


def test_examples_that_are_all_ignored_are_told():
    module, x, y = layers(nn.Linear(6, 3)), drawn(5, 6), torch.full((5,), -100)
    with pytest.raises(ValueError, match=r"count by 0\.0 in all"):
        batches.per_example_gradients(module, CE, x, y)
    with pytest.raises(ValueError, match="count by 0"):
        loss, theta = curvature.flat_loss(module, CE, [(x, y)])
        loss(theta)


def test_a_criterion_without_a_mean_is_told():
    module, x, y = layers(nn.Linear(6, 2)), drawn(5, 6), drawn(5, 2)
    criterion = nn.MSELoss(reduction="none")
    for loader in ((x, y), ([(x, y)],)):
        loss, theta = curvature.flat_loss(module, criterion, *loader)
        with pytest.raises(ValueError, match=r"returns a scalar tensor; received \(5, 2\)"):
            curvature.gradient(loss, theta)
    with pytest.raises(ValueError, match=r"returns a scalar tensor; received \(1, 2\)"):
        batches.per_example_gradients(module, criterion, x, y)


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag, self.head = nn.EmbeddingBag(9, 4, mode="mean"), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.bag(x))


def ctc(output, y):
    long = torch.full((len(y),), output.shape[1])
    scores = output.log_softmax(-1).transpose(0, 1)
    return nn.functional.ctc_loss(scores, y, long, torch.full((len(y),), y.shape[1]))


@pytest.mark.parametrize("measure", [curvature.hessian, curvature.eigenpairs, curvature.trace])
def test_what_torch_differentiates_once_alone_is_named(measure):
    loss, theta = curvature.flat_loss(made(Bag), mse_loss, labels(18, 9).view(6, 3), drawn(6, 2))
    with pytest.raises(NotImplementedError, match=r"once alone; for nn\.EmbeddingBag take nn\.Em"):
        measure(loss, theta)
    y = 1 + labels(8, 3).view(4, 2)
    loss, theta = curvature.flat_loss(layers(nn.Linear(3, 5)), ctc, drawn(4, 7, 3), y)
    with pytest.raises(NotImplementedError, match="once alone; the CTC loss has gradients alone"):
        measure(loss, theta)


def test_embeddings_that_shorten_themselves_are_named():
    def make():
        return nn.Sequential(nn.Embedding(9, 4, max_norm=0.5), nn.Flatten(), nn.Linear(12, 2))

    x, y = labels(18, 9).view(6, 3), drawn(6, 2, dtype=torch.float32)
    for refused in (
        lambda: curvature.flat_loss(make(), mse_loss, x, y),
        lambda: batches.per_example_gradients(make(), mse_loss, x, y),
        lambda: Ensemble(make, range(2)),
    ):
        with pytest.raises(ValueError, match=r"0 \(Embedding\) shortens.*`max_norm` to None"):
            refused()


@pytest.mark.filterwarnings("ignore:`torch.jit.trace.*` is deprecated:DeprecationWarning")
def test_what_torch_jit_has_compiled_is_named():
    def make():
        return torch.jit.trace(nn.Linear(6, 2), torch.zeros(1, 6))

    x, y = drawn(6, 6, dtype=torch.float32), drawn(6, 2, dtype=torch.float32)
    for refused in (
        lambda: curvature.flat_loss(make(), mse_loss, x, y),
        lambda: batches.per_example_gradients(make(), mse_loss, x, y),
        lambda: Ensemble(make, range(2)),
    ):
        with pytest.raises(TypeError, match=r"compiled by torch\.jit.*give the module that it was"):
            refused()


class Stopped(nn.Module):
    """What some networks do to the backward pass, so that it is no longer the forward pass's."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.a, self.b = kind, nn.Linear(6, 4), nn.Linear(4, 2)

    def forward(self, x):
        if self.kind == "no_grad":
            with torch.no_grad():
                hidden = self.a(x)
            return self.b(hidden)
        hidden = self.a(x)
        if self.kind == "straight through":
            hidden = hidden + (hidden.sign() - hidden).detach()
        if self.kind == "detach":
            hidden = hidden / hidden.detach().norm()
        return self.b(hidden)


@pytest.mark.parametrize("measure", [curvature.hessian, curvature.eigenpairs, curvature.trace])
@pytest.mark.parametrize("kind", ["detach", "straight through", "no_grad"])
def test_a_gradient_that_is_not_the_losss_slope_is_told(kind, measure):
    x, y = drawn(9, 6), drawn(9, 2)
    loss, theta = curvature.flat_loss(made(lambda: Stopped(kind)), mse_loss, x, y)
    with pytest.warns(UserWarning, match="the gradient is not the slope of the loss"):
        measure(loss, theta)
    for dtype in (DOUBLE, torch.float32):  # and not where it is
        module = made(lambda: Stopped(None)).to(dtype)
        measure(*curvature.flat_loss(module, mse_loss, x.to(dtype), y.to(dtype)))


class Past(nn.Module):
    """What reads a weight past the module, where no other θ can be put in its place."""

    def __init__(self, kind="list", dtype=DOUBLE):
        super().__init__()
        self.a, self.b = nn.Linear(6, 4, dtype=dtype), nn.Linear(4, 2, dtype=dtype)
        weight = self.a.weight
        self.watched = {"list": [weight], "data": {"a": weight.data}, "call": lambda: weight}[kind]

    def forward(self, x):
        weight = self.watched() if callable(self.watched) else tree_leaves(self.watched)[0]
        return self.b((self.a(x) * weight.norm()).tanh())


PAST = {
    "gradient": curvature.gradient,
    "hvp": lambda loss, theta: curvature.hvp(loss, theta, theta),
    "trace": curvature.trace,
    "gauss_newton": curvature.gauss_newton,
}


@pytest.mark.parametrize("measure", PAST)
@pytest.mark.parametrize("loader", [False, True])
def test_a_weight_that_is_read_past_the_module_is_told(measure, loader):
    x, y = drawn(9, 6), drawn(9, 2)
    given = ([(x[:4], y[:4]), (x[4:], y[4:])],) if loader else (x, y)
    loss, theta = curvature.flat_loss(made(Past), mse_loss, *given)
    for _ in range(2):  # the second time, too
        with pytest.raises(ValueError, match=r"^Past.forward reads a.weight.*`watched` of the mod"):
            PAST[measure](loss, theta)


@pytest.mark.parametrize("kind", ["list", "data", "call"])
def test_however_it_is_held_and_for_whatever_measure(kind):
    x, y = drawn(8, 6), drawn(8, 2)
    with pytest.raises(ValueError, match=r"reads a.weight past the mod"):
        curvature.gradient(*curvature.flat_loss(made(lambda: Past(kind)), mse_loss, x, y))
    with pytest.raises(ValueError, match=r"reads a.weight past the mod"):
        batches.per_example_gradients(made(lambda: Past(kind)), mse_loss, x, y)
    if kind == "data":
        with pytest.raises(ValueError, match=r"networks that differ in \.watched"):
            Ensemble(lambda: Past(kind), range(2))
        return
    nets = Ensemble(lambda: Past(kind), range(2))
    for _ in range(2):
        with pytest.raises(ValueError, match=r"reads a.weight past the mod"):
            nets.outputs(x)


def test_a_penalty_within_the_criterion_is_told_and_what_stays_in_place_is_not():
    module, x, y = layers(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 2)), drawn(9, 6), drawn(9, 2)

    def penalised(output, y):
        return mse_loss(output, y) + 0.01 * module[0].weight.square().sum()

    for refused in (
        lambda: curvature.gradient(*curvature.flat_loss(module, penalised, x, y)),
        lambda: batches.per_example_gradients(module, penalised, x, y),
    ):
        with pytest.raises(ValueError, match=r"penalised reads 0.weight past.*criterion None"):
            refused()
    loss, theta = curvature.flat_loss(module, penalised, x, y, parameters="2")
    plain, _ = curvature.flat_loss(module, mse_loss, x, y, parameters="2")
    torch.testing.assert_close(curvature.hessian(loss, theta), curvature.hessian(plain, theta))

    def placed(output, y):
        weight = module[0].weight  # its type, its place, its size
        return mse_loss(output, y.to(weight.device, weight.dtype)) * weight.shape[0]

    curvature.gradient(*curvature.flat_loss(module, placed, x, y))


class Forgetful(torch.autograd.Function):
    """A tanh whose slope is right and does not know what it depends on."""

    @staticmethod
    def forward(ctx, x):
        ctx.slope = 1 - x.detach().tanh() ** 2
        return x.tanh()

    @staticmethod
    def backward(ctx, up):
        return up * ctx.slope


class Forgotten(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.a, self.b = nn.Linear(6, width), nn.Linear(width, 2)

    def forward(self, x):
        return self.b(Forgetful.apply(self.a(x)))


@pytest.mark.parametrize("measure", [curvature.hessian, curvature.eigenpairs, curvature.trace])
@pytest.mark.parametrize("width", [4, 20])
def test_a_hessian_that_is_not_the_gradients_slope_is_told(measure, width):
    """Of few weights, and of more than are differentiated by a whole matrix."""
    module = made(lambda: Forgotten(width))
    loss, theta = curvature.flat_loss(module, mse_loss, drawn(9, 6), drawn(9, 2))
    with pytest.warns(UserWarning, match=r"not the gradient's slope.*Forgetful in the module "):
        measure(loss, theta)


def test_a_kink_is_no_hessian_of_another_gradient():
    """Where a second derivative jumps, or is lost in the digits of a loss that rounds."""
    x = drawn(20, 3)
    flat = {
        "two layers of zeros": (
            lambda t: ((x @ t[:9].view(3, 3)).relu() @ t[9:]).sum(), torch.zeros(12, dtype=DOUBLE)
        ),
        "squares of ReLU": (
            lambda t: (x @ t.view(3, 3)).relu().square().sum(), torch.zeros(9, dtype=DOUBLE)
        ),
        "the corner of a Huber loss": (
            lambda t: nn.functional.huber_loss(t, torch.zeros_like(t)), torch.ones(5, dtype=DOUBLE)
        ),
        "cubes at zero": (lambda t: t.pow(3).sum(), torch.zeros(5, dtype=DOUBLE)),
        "half of it rounded": (
            lambda t: (x @ t).tanh().half().double().square().sum() + t.pow(4).sum(),
            drawn(3, seed=2),
        ),
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loss, theta in flat.values():
            curvature.hessian(loss, theta)


class Shaken(nn.Module):
    """Random numbers that are not torch's."""

    def __init__(self, kind="numpy"):
        super().__init__()
        self.layer, self.kind, self.rng = nn.Linear(6, 2), kind, np.random.default_rng(0)

    def forward(self, x):
        drawn = self.rng.random() if self.kind == "numpy" else random.random()
        return self.layer(x) * (1 + float(drawn))


@pytest.mark.parametrize("kind", ["numpy", "random"])
def test_random_numbers_of_others_are_told(kind):
    random.seed(0)
    module, x, y = nn.Sequential(made(lambda: Shaken(kind)), nn.Tanh()), drawn(9, 6), drawn(9, 2)
    loss, theta = curvature.flat_loss(module, mse_loss, x, y)
    for measure in (curvature.gradient, curvature.gradient, curvature.hessian):
        with pytest.raises(ValueError, match=r"and then .* random numbers are in 0 \(Shaken\)"):
            measure(loss, theta)
    with pytest.raises(ValueError, match=r"and then .* random numbers are in 0 \(Shaken\)"):
        batches.per_example_gradients(module, mse_loss, x, y)


class Checkpointed(nn.Module):
    def __init__(self, reentrant):
        super().__init__()
        self.a, self.b, self.reentrant = nn.Linear(6, 5), nn.Linear(5, 2), reentrant

    def forward(self, x):
        return self.b(checkpoint(self.a, x, use_reentrant=self.reentrant).tanh())


STACKED = {
    "reentrant checkpoints": (lambda: Checkpointed(True), torch.float32),
    "other checkpoints": (lambda: Checkpointed(False), torch.float32),
    "several devices": (lambda: nn.DataParallel(nn.Linear(6, 2)), torch.float32),
    "bfloat16": (lambda: nn.Linear(6, 2).bfloat16(), torch.bfloat16),
    "experts": (Experts, torch.float32),
    "spectral norm": (
        lambda: nn.Sequential(parametrizations.spectral_norm(nn.Linear(6, 2))), torch.float32
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STACKED)
def test_stacked_networks_train_as_each_alone(name):
    make, dtype = STACKED[name]
    x, y = drawn(8, 6, dtype=dtype), drawn(8, 2, dtype=dtype)
    nets = Ensemble(make, range(2))
    alone = [nets.member(i).train() for i in range(2)]
    run = nets.train(x, y, lambda p: torch.optim.SGD(p, 0.05), 4, 2, criterion=mse_loss)
    assert run.losses.shape == (3, 2)
    for i, net in enumerate(alone):
        rule = torch.optim.SGD(net.parameters(), 0.05)
        for number in range(2):
            for part in batches.epoch(8, 4, i, number):
                rule.zero_grad()
                mse_loss(net(x[part].clone().requires_grad_()), y[part]).backward()
                rule.step()
        tolerance = {torch.float32: 1e-5, torch.bfloat16: 1e-2}[dtype]
        torch.testing.assert_close(flat(nets.member(i)), flat(net), rtol=tolerance, atol=tolerance)


def hooked_module():
    module = nn.Sequential(nn.Linear(6, 2))
    module[0].register_full_backward_hook(lambda module, inward, outward: None)
    return module


def hooked_parameter():
    module = nn.Sequential(nn.Linear(6, 2))
    module[0].weight.register_hook(lambda g: 2 * g)
    return module


class HookedWithin(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 4), nn.Linear(4, 2)

    def forward(self, x):
        hidden = self.a(x)
        if hidden.requires_grad:
            hidden.register_hook(lambda g: 2 * g)
        return self.b(hidden)


def test_stacked_networks_with_hooks_on_what_they_compute_are_refused():
    nets = Ensemble(HookedWithin, range(2))
    x, y = drawn(8, 6, dtype=torch.float32), drawn(8, 2, dtype=torch.float32)
    with pytest.raises(ValueError, match="hook"):
        nets.train(x, y, lambda p: torch.optim.SGD(p, 0.05), 4, 1, criterion=mse_loss)


@pytest.mark.parametrize("make", [hooked_module, hooked_parameter])
def test_stacked_networks_with_hooks_on_the_backward_pass_are_refused(make):
    with pytest.raises(ValueError, match=r"^0.* has a hook on the backward pass"):
        Ensemble(make, range(2))


def test_an_empty_batch_within_a_loader_counts_for_nothing_and_alone_is_told():
    module, x, y = layers(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 2)), drawn(9, 6), drawn(9, 2)
    agree(module, mse_loss, x, y, given=([(x[:4], y[:4]), (x[:0], y[:0]), (x[4:], y[4:])],))
    loss, theta = curvature.flat_loss(module, mse_loss, x[:0], y[:0])
    with pytest.raises(ValueError, match="the loss at theta is nan"):
        curvature.gradient(loss, theta)


def test_a_lazy_layer_is_told():
    module = nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 2))
    x, y = drawn(9, 6, dtype=torch.float32), drawn(9, 2, dtype=torch.float32)
    with pytest.raises(ValueError, match="has no shape before the module"):
        curvature.flat_loss(module, mse_loss, x, y)
    module(x)
    agree(module.double(), mse_loss, x.double(), y.double())
