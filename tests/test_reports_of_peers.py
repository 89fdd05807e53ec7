"""Thirty-six things that users of other packages reported, and what happens here.

Each is tried on a network made on the spot: the number is right, by an oracle that is independent
of this package (the module's own backward pass, differences of it, numpy), or an error says what
to do. The table of them on the package's page is checked against this list.
"""

import copy
import gc
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.utils import parametrizations, vector_to_parameters
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, TensorDataset

from trainingtips import batches, curvature, timing
from trainingtips.descent import descend
from trainingtips.ensemble import Ensemble

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
DOUBLE = torch.float64
RIGHT, ERROR = "right", "an error that says what to do"
REPORTS = {}


def report(what, happens):
    """Enter a test into the list, in order: what was reported, and what happens here."""

    def enter(function):
        REPORTS[function.__name__] = SimpleNamespace(what=what, happens=happens, test=function)
        return function

    return enter


def drawn(*shape, seed=1, dtype=DOUBLE):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=DOUBLE).to(dtype)


def labels(n, classes=3):
    return torch.arange(n) * 7 % classes


def made(make):
    torch.manual_seed(0)
    return make().double()


def backward(module, criterion, x, y, theta):
    """(value, gradient) by the module's own backward pass, with θ written into a copy of it."""
    module = copy.deepcopy(module)
    own = [p for p in module.parameters() if p.requires_grad]
    vector_to_parameters(theta, own)
    places, names = ((), x) if isinstance(x, dict) else ((x,), {})
    with sdpa_kernel(SDPBackend.MATH):
        value = criterion(module(*places, **names), y)
        value.backward()
    slopes = [torch.zeros_like(p) if p.grad is None else p.grad for p in own]
    return value.detach(), torch.cat([each.reshape(-1) for each in slopes])


def matrix(module, criterion, x, y, theta, h=1e-5):
    """The Hessian, (n, n), by differences of that gradient."""
    steps = h * torch.eye(len(theta), dtype=theta.dtype)
    slope = partial(backward, module, criterion, x, y)
    return torch.stack([(slope(theta + e)[1] - slope(theta - e)[1]) / 2 / h for e in steps])


def agree(module, criterion, x, y, given=None):
    """Value, gradient, Hessian and products at a θ that is not the module's own, by `backward`."""
    loss, theta = curvature.flat_loss(module, criterion, *(given or (x, y)))
    theta = theta + 0.3 * drawn(len(theta), seed=5)
    value, slope = backward(module, criterion, x, y, theta)
    close = partial(torch.testing.assert_close, rtol=1e-5, atol=1e-7)
    close(loss(theta).detach(), value)
    close(curvature.gradient(loss, theta), slope)
    expected = matrix(module, criterion, x, y, theta)
    close(curvature.hessian(loss, theta), expected)
    close(curvature.hvp(loss, theta, drawn(2, len(theta))), drawn(2, len(theta)) @ expected)
    return loss, theta, expected


class Checkpointed(nn.Module):
    def __init__(self, reentrant):
        super().__init__()
        self.a, self.b, self.reentrant = nn.Linear(3, 4), nn.Linear(4, 2), reentrant

    def forward(self, x):
        return self.b(checkpoint(self.a, x, use_reentrant=self.reentrant).tanh())


class Uncheckpointed(Checkpointed):
    def forward(self, x):
        return self.b(self.a(x).tanh())


def checkpointed(reentrant):
    module, plain = made(lambda: Checkpointed(reentrant)), made(lambda: Uncheckpointed(reentrant))
    x, y = drawn(8, 3), drawn(8, 2)
    loss, theta = curvature.flat_loss(module, mse_loss, x, y)
    theta = theta + drawn(len(theta), seed=5)
    torch.testing.assert_close(
        curvature.gradient(loss, theta), backward(plain, mse_loss, x, y, theta)[1]
    )
    torch.testing.assert_close(
        curvature.hessian(loss, theta), matrix(plain, mse_loss, x, y, theta), rtol=1e-5, atol=1e-7
    )


@report("Reentrant checkpoints: a gradient of zeros", RIGHT)
def reentrant_checkpoints():
    checkpointed(True)


@report("Other checkpoints: wrong away from the module's own weights", RIGHT)
def checkpoints_elsewhere():
    checkpointed(False)


@report("Each product leaks the graph it was made from", "the graph is freed with its product")
def leaking_graphs():
    freed = []

    class Watch:
        def __del__(self):
            freed.append(True)

    class Watched(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.watch = Watch()
            return x**3

        @staticmethod
        def backward(ctx, up):
            return up * 3 * ctx.saved_tensors[0] ** 2

    for _ in range(3):
        curvature.hvp(lambda t: Watched.apply(t).exp().sum(), torch.ones(3), torch.ones(3))
    gc.collect()
    assert len(freed) >= 3


def softmax_regression():
    """Its smallest eigenvalue is zero: adding one number to all scores changes nothing."""
    module = made(lambda: nn.Linear(30, 4))
    return *curvature.flat_loss(module, cross_entropy, drawn(40, 30), labels(40, 4)), module


@report("The search for an eigenvalue of zero never ends", RIGHT)
def eigenvalue_of_zero():
    loss, theta, module = softmax_regression()
    exact = np.linalg.eigvalsh(
        matrix(module, cross_entropy, drawn(40, 30), labels(40, 4), theta).numpy()
    )
    values, _ = curvature.eigenpairs(loss, theta)
    np.testing.assert_allclose(values, exact[[0, -1]], atol=1e-7)
    assert abs(curvature.escape_direction(loss, theta)[0]) < 1e-7


@report(
    "A search that does not converge tells nothing", "an error that holds what was found so far"
)
def spent_budget():
    loss, theta, module = softmax_regression()
    told = []
    with pytest.raises(curvature.Unfinished, match=r"raise `tolerance` or `budget`") as caught:
        curvature.eigenpairs(
            loss, theta, 8, "largest", budget=20, basis=17, tolerance=1e-14,
            progress=lambda *found: told.append(found),
        )  # fmt: skip
    found = caught.value
    h = matrix(module, cross_entropy, drawn(40, 30), labels(40, 4), theta)
    residuals = h @ found.vectors.T - found.vectors.T * torch.from_numpy(found.values)
    size = float(torch.linalg.matrix_norm(h, 2))
    np.testing.assert_allclose(residuals.norm(dim=0).numpy() / size, found.residuals, atol=1e-8)
    assert told and told[-1][0] >= 20


def tanh_network():
    return made(lambda: nn.Sequential(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 2)))


@report("Sharpness within `no_grad` is too small", RIGHT)
def sharpness_without_gradients():
    bowl, theta = (lambda t: 50 * (t**2).sum()), torch.zeros(2, dtype=DOUBLE)
    with torch.no_grad():  # 100 · 50 · 2 · ε², at the box's corners
        assert curvature.sharpness(bowl, theta, epsilon=0.01) == pytest.approx(1.0)


@report("A descent within `no_grad` stands still", RIGHT)
def descent_without_gradients():
    with torch.no_grad():
        path = descend(
            lambda t: (t**2).sum(), torch.tensor([1.0]), lambda p: torch.optim.SGD(p, 0.25), 3
        )
    assert path.points[:, 0].tolist() == [1.0, 0.5, 0.25, 0.125]


@report("Dropout in train mode: another number at each call", ERROR)
def dropout():
    module = made(lambda: nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.Linear(8, 2)))
    loss, theta = curvature.flat_loss(module, mse_loss, drawn(20, 6), drawn(20, 2))
    for measure in (curvature.gradient, curvature.sharpness, curvature.eigenpairs, curvature.trace):
        with pytest.raises(ValueError, match=r"1 \(Dropout\)\. .*module\.eval\(\)"):
            measure(loss, theta)


@report("Class weights vanish in the gradients of single examples", RIGHT)
def weights_of_single_examples():
    criterion = nn.CrossEntropyLoss(torch.tensor([1.0, 6.0, 0.2], dtype=DOUBLE))
    module, x, y = made(lambda: nn.Linear(6, 3)), drawn(12, 6), labels(12)
    rows = batches.per_example_gradients(module, criterion, x, y)
    for k in range(12):
        _, slope = backward(module, criterion, x[k : k + 1], y[k : k + 1], flat(module))
        share = criterion.weight[y[k]] / criterion.weight[y].sum()
        torch.testing.assert_close(rows[k], slope * share * 12)


def flat(module):
    return torch.cat([p.detach().reshape(-1) for p in module.parameters()])


class Scores(nn.Module):
    """Scores of 5 tokens, (N, 5, T), as the cross-entropy wants them."""

    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(5, 3), nn.Linear(3, 5)

    def forward(self, x):
        return self.head(self.embedding(x)).transpose(1, 2)


@report("`ignore_index` with uneven lengths: rows that are no batch's gradient", RIGHT)
def ignored_labels():
    module, x = made(Scores), labels(24, 5).view(6, 4)
    y = x.roll(1, 0).masked_fill(torch.arange(4) > torch.tensor([[0], [3], [1], [3], [2], [0]]), -1)
    criterion = nn.CrossEntropyLoss(ignore_index=-1)
    rows = batches.per_example_gradients(module, criterion, x, y)
    torch.testing.assert_close(rows.mean(0), backward(module, criterion, x, y, flat(module))[1])


@report("A loss with a derivative inside, as a physics-informed network's, fails", RIGHT)
def derivative_inside():
    module = made(lambda: nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)))
    x = torch.linspace(-1, 1, 9, dtype=DOUBLE)[:, None].requires_grad_()

    def residual(f, y):
        (slope,) = torch.autograd.grad(f.sum(), x, create_graph=True)
        return (slope - f).square().mean()

    loss, theta, expected = agree(module, residual, x, None)
    trace = curvature.trace(loss, theta)
    assert trace.mean == pytest.approx(float(expected.trace()), rel=1e-6)
    assert curvature.sharpness(loss, theta) > 0


@report("`torch.func.grad` within a loss breaks its second derivative", RIGHT)
def functional_gradient_inside():
    theta = drawn(5)
    hessian = curvature.hessian(
        lambda t: torch.func.grad(lambda s: (s**3).sum())(t).square().sum(), theta
    )
    torch.testing.assert_close(hessian, torch.diag(108 * theta**2))  # of Σ 9 t⁴


@report("A sparse matrix within a loss breaks its second derivative", RIGHT)
def sparse_matrix_inside():
    dense, theta = drawn(4, 5), drawn(5, seed=2)
    sparse = dense.to_sparse()
    hessian = curvature.hessian(
        lambda t: 0.5 * torch.sparse.mm(sparse, t[:, None]).square().sum(), theta
    )
    torch.testing.assert_close(hessian, dense.T @ dense)


@report("`weight_norm`: torch's own second derivative is wrong", ERROR)
def weight_norm():
    module = made(
        lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(6, 12)), nn.Linear(12, 1))
    )
    x, y = drawn(20, 6), drawn(20, 1)
    loss, theta = curvature.flat_loss(module, mse_loss, x, y)
    expected = matrix(module, mse_loss, x, y, theta)
    torchs = torch.autograd.functional.hessian(loss, theta)
    if torch.allclose(torchs, expected, rtol=1e-4, atol=1e-6):  # torch has mended it
        torch.testing.assert_close(curvature.hessian(loss, theta), torchs)
        return
    for measure in (curvature.hessian, curvature.eigenpairs, curvature.trace):
        with pytest.raises(ValueError, match=r"not symmetric.*0 \(ParametrizedLinear\)"):
            measure(loss, theta)


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    @once_differentiable
    def backward(ctx, up):
        return up * 3 * ctx.saved_tensors[0] ** 2


class Cubed(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.a, self.b, self.function = nn.Linear(3, 4), nn.Linear(4, 2), function

    def forward(self, x):
        return self.b(self.function(self.a(x)))


@report("A function that is differentiable once gives a lopsided Hessian", ERROR)
def once_differentiable_function():
    module = made(lambda: Cubed(Once.apply))
    loss, theta = curvature.flat_loss(module, mse_loss, drawn(20, 3), drawn(20, 2))
    for measure in (curvature.hessian, curvature.eigenpairs, curvature.trace):
        with pytest.raises((ValueError, RuntimeError), match=r"not symmetric|differentiate twice"):
            measure(loss, theta)


def refused(make, optimizer, error, told):
    x, y = drawn(8, 6, dtype=torch.float32), labels(8)
    with pytest.raises(error, match=told):
        Ensemble(make, range(3)).train(x, y, optimizer, 4, 1)


@report("Stacked biases are taken for matrices by an optimiser's groups", ERROR)
def groups_by_axes():
    def decayed(parameters):
        sets = [[p for p in parameters if (p.ndim > 1) is many] for many in (True, False)]
        groups = [
            {"params": own, "weight_decay": w} for own, w in zip(sets, (0.1, 0.0), strict=True)
        ]
        return torch.optim.AdamW([group for group in groups if group["params"]])

    refused(lambda: nn.Linear(6, 3), decayed, TypeError, "goes by a tensor's number of axes")


@report("A rule that scales by the length of all gradients mixes stacked members", ERROR)
def coupled_rule():
    class Lars(torch.optim.SGD):
        def step(self, closure=None):
            for group in self.param_groups:
                nn.utils.clip_grad_norm_(group["params"], 1.0)
            return super().step(closure)

    refused(lambda: nn.Linear(6, 3), lambda p: Lars(p, 0.1), TypeError, "it mixes members")


@report("Members of different activation are all computed as the first", ERROR)
def members_that_differ():
    sorts = iter((nn.ReLU, nn.ReLU, nn.Tanh))
    refused(
        lambda: nn.Sequential(nn.Linear(6, 4), next(sorts)(), nn.Linear(4, 3)),
        lambda p: torch.optim.SGD(p, 0.1), ValueError, "differ in 1",
    )  # fmt: skip


@report("The noise scale of a sample is at most the sample's size", RIGHT)
def noise_of_a_sample():
    # rows around a mean of length 1 with variance 64 in each of 8 directions: the scale is 512
    found = []
    for seed in range(400):
        rows = 8 * drawn(64, 8, seed=seed)
        rows[:, 0] += 1
        found.append(batches.noise(rows, sample=True))
    assert batches.noise(rows).scale < 64
    assert np.mean([each.variance for each in found]) == pytest.approx(512, rel=0.02)
    covered = np.mean([each.low <= 512 <= each.high for each in found])
    assert covered >= 0.9


@report("Frozen weights are counted in silence", RIGHT)
def frozen_weights():
    module, x, y = tanh_network(), drawn(9, 6), drawn(9, 2)
    module[0].requires_grad_(False)
    _, theta, _ = agree(module, mse_loss, x, y)
    assert len(theta) == 8
    _, every = curvature.flat_loss(module, mse_loss, x, y, parameters="*")
    assert len(every) == 29


@report(
    "The trace of a million weights takes a gigabyte",
    "a few vectors, and for Hutch++ the range that it keeps",
)
def memory_of_a_trace():
    def trace():
        theta = torch.zeros(1_000_000)
        return curvature.trace(lambda t: t.square().sum(), theta, 96, "hutchinson")

    assert trace().mean == pytest.approx(2e6)
    # all signs at once are 384 MB in float32, and their products as much again; how soon the
    # collector frees a graph is chance. `test_memory` has what is in use
    assert timing.peak_bytes(trace) < 5e8


@report("Half precision: `KeyError`, or digits that drown", "computed in float32")
def half_precision():
    module = made(lambda: nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.Linear(5, 2)))
    x, y = drawn(20, 6), drawn(20, 2)
    for dtype in (torch.float16, torch.bfloat16):
        half = copy.deepcopy(module).to(dtype)
        loss, theta = curvature.flat_loss(half, mse_loss, x.to(dtype), y.to(dtype))
        wide = copy.deepcopy(half).double(), mse_loss, x.to(dtype).double(), y.to(dtype).double()
        expected = matrix(*wide, theta.double())
        torch.testing.assert_close(
            curvature.hessian(loss, theta).double(), expected, rtol=1e-3, atol=1e-4
        )


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, a, b):
        return self.layer(a * b)


@report('Inputs by name or several of them: "received 2 and 6"', RIGHT)
def several_inputs():
    module, x, y = made(Named), {"a": drawn(6, 2), "b": drawn(6, 2, seed=2)}, drawn(6, 1)
    agree(module, mse_loss, x, y)
    agree(module, mse_loss, x, y, given=(tuple(x.values()), y))


class Last(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.head = kind(2, 3, batch_first=True), nn.Linear(3, 1)

    def forward(self, x):
        return self.head(self.cell(x)[0][:, -1])


@report('GRU and RNN: "doesn\'t match the broadcast shape"', RIGHT)
def recurrent_networks():
    for kind in (nn.GRU, nn.RNN):
        agree(made(lambda kind=kind: Last(kind)), mse_loss, drawn(5, 3, 2), drawn(5, 1))


@report('LSTM in float64: "doesn\'t match the broadcast shape"', RIGHT)
def lstm():
    agree(made(lambda: Last(nn.LSTM)), mse_loss, drawn(5, 3, 2), drawn(5, 1))


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 12), nn.Linear(4, 1)

    def forward(self, x):
        q, k, v = self.a(x)[:, None].chunk(3, -1)
        seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.b(seen[:, 0, -1])


@report('Attention: "derivative is not implemented", without a hint', RIGHT)
def attention():
    agree(made(Attending), mse_loss, drawn(5, 3, 4), drawn(5, 1))


@report("Embeddings with `sparse=True`: an obscure error", ERROR)
def sparse_embeddings():
    module = nn.Sequential(nn.Embedding(5, 2, sparse=True), nn.Linear(2, 1))
    with pytest.raises(ValueError, match=r"0 \(Embedding\).*set its `sparse` to False"):
        curvature.flat_loss(module, mse_loss, torch.tensor([1]), torch.ones(1, 1))


class Twice(torch.autograd.Function):
    """x³, which numpy computes, so that no product of several vectors at once can go through."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(x.detach().numpy() ** 3)

    @staticmethod
    def backward(ctx, up):
        return Slope.apply(ctx.saved_tensors[0], up)


class Slope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, up):
        ctx.save_for_backward(x, up)
        return torch.from_numpy(3 * x.detach().numpy() ** 2 * up.detach().numpy())

    @staticmethod
    def backward(ctx, v):
        x, up = (each.detach().numpy() for each in ctx.saved_tensors)
        v = v.detach().numpy()
        return torch.from_numpy(6 * x * up * v), torch.from_numpy(3 * x**2 * v)


@report("Functions of one's own under several vectors at once", RIGHT)
def functions_of_ones_own():
    agree(made(lambda: Cubed(Twice.apply)), mse_loss, drawn(5, 3), drawn(5, 2))


def loader(x, y, batch):
    return DataLoader(TensorDataset(x, y), batch_size=batch)


@report("Memory grows with the data", "memory of one batch, over a loader")
def memory_of_a_batch():
    alive = [0, 0]  # rows of whose graphs there are, now and at most

    class Graph:
        def __init__(self, rows):
            self.rows = rows
            alive[0] += rows
            alive[1] = max(alive)

        def __del__(self):
            alive[0] -= self.rows

    class Counted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.graph = Graph(len(x))
            return x.clone()

        @staticmethod
        def backward(ctx, up):
            return up

    module, x, y = tanh_network(), drawn(128, 6), drawn(128, 2)
    agree(module, mse_loss, x, y, given=(loader(x, y, 16),))
    module.register_forward_hook(lambda module, given, output: Counted.apply(output))
    loss, theta = curvature.flat_loss(module, mse_loss, loader(x, y, 16))
    curvature.hvp(loss, theta, drawn(3, len(theta)))
    assert alive == [0, 16]  # of 128: the batch at hand


@report("Weighted losses over unequal batches: the mean of means", RIGHT)
def weighted_batches():
    criterion = nn.CrossEntropyLoss(torch.tensor([1.0, 6.0, 0.2], dtype=DOUBLE), ignore_index=2)
    module, x, y = made(lambda: nn.Linear(6, 3)), drawn(17, 6), labels(17)
    agree(module, criterion, x, y, given=(loader(x, y, 5),))


@report("No choice of weights, no values by layer", RIGHT)
def values_by_layer():
    module, x, y = tanh_network(), drawn(9, 6), drawn(9, 2)
    whole = matrix(module, mse_loss, x, y, flat(module))
    found = curvature.by_layer(curvature.hessian, module, mse_loss, x, y)
    for name, part in {"0": slice(0, 21), "2": slice(21, 29)}.items():
        torch.testing.assert_close(found[name], whole[part, part], rtol=1e-5, atol=1e-7)
    loss, theta = curvature.flat_loss(module, mse_loss, x, y, parameters="*.bias")
    torch.testing.assert_close(
        curvature.gradient(loss, theta),
        backward(module, mse_loss, x, y, flat(module))[1][[18, 19, 20, 27, 28]],
    )


@report("Gradients of single examples where torch cannot batch", RIGHT)
def single_examples_of_recurrent_networks():
    module, x, y = made(lambda: Last(nn.LSTM)), drawn(5, 3, 2), drawn(5, 1)
    rows = batches.per_example_gradients(module, mse_loss, x, y)
    for k in range(5):
        each = backward(module, mse_loss, x[k : k + 1], y[k : k + 1], flat(module))[1]
        torch.testing.assert_close(rows[k], each)


@report("The noise scale needs all rows at once, and has no interval", RIGHT)
def streamed_noise():
    module, x, y = made(lambda: nn.Linear(6, 3)), drawn(50, 6), labels(50)
    rows = [
        backward(module, cross_entropy, x[k : k + 1], y[k : k + 1], flat(module))[1].numpy()
        for k in range(50)
    ]
    mean, variance = np.mean(rows, 0), np.var(rows, 0, ddof=1).sum()
    found = batches.noise_over(module, cross_entropy, loader(x, y, 8), sample=True)
    expected = variance / (mean @ mean - variance / 50)
    assert found.scale == pytest.approx(expected) and found.low < expected < found.high


@report("Whole numbers, such as tokens, into stacked networks", RIGHT)
def tokens_into_an_ensemble():
    x = labels(32, 5).view(8, 4)
    y = x.roll(1, 0)
    nets = Ensemble(Scores, [3, 4])
    alone = [nets.member(i).train() for i in range(2)]
    nets.train(x, y, lambda p: torch.optim.SGD(p, 0.1), 4, 2)
    for i, net in enumerate(alone):
        rule = torch.optim.SGD(net.parameters(), 0.1)
        for number in range(2):
            for part in batches.epoch(8, 4, i + 3, number):
                rule.zero_grad()
                cross_entropy(net(x[part]), y[part]).backward()
                rule.step()
        torch.testing.assert_close(flat(nets.member(i)), flat(net), rtol=1e-4, atol=1e-6)


@report("No diagonal, no Gauss–Newton matrix, no Fisher matrix", RIGHT)
def other_matrices():
    module, x, y = tanh_network(), drawn(9, 6), labels(9, 2)
    loss, theta = curvature.flat_loss(module, cross_entropy, x, y)
    close = partial(torch.testing.assert_close, rtol=1e-5, atol=1e-7)
    exact = matrix(module, cross_entropy, x, y, theta)
    close(curvature.diagonal(loss, theta).values, exact.diagonal())
    newton, rows = torch.zeros(29, 29, dtype=DOUBLE), []
    for k in range(9):
        slopes = []
        for score in range(2):
            pick = lambda output, _, score=score: output[0, score]  # noqa: E731
            slopes.append(backward(module, pick, x[k : k + 1], None, theta)[1])
        jacobian = torch.stack(slopes)
        p = module(x[k : k + 1]).detach()[0].softmax(0)
        newton += jacobian.T @ (torch.diag(p) - torch.outer(p, p)) @ jacobian / 9
        rows.append(backward(module, cross_entropy, x[k : k + 1], y[k : k + 1], theta)[1])
    close(curvature.hessian(curvature.gauss_newton(loss, theta), theta), newton)
    found = batches.per_example_gradients(module, cross_entropy, x, y)
    rows = torch.stack(rows)
    close(curvature.hessian(*curvature.fisher(found)), rows.T @ rows / 9)


@report("A network wrapped for several devices", "right, on the first device")
def several_devices():
    module, x, y = tanh_network(), drawn(9, 6), drawn(9, 2)
    loss, theta = curvature.flat_loss(nn.DataParallel(module), mse_loss, x, y)
    torch.testing.assert_close(
        curvature.hessian(loss, theta), matrix(module, mse_loss, x, y, theta), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("name", REPORTS)
def test_what_was_reported(name):
    REPORTS[name].test()


def test_the_page_has_this_list():
    assert len(REPORTS) == 36
    rows = [f"| {k} | {each.what} | {each.happens} |" for k, each in enumerate(REPORTS.values(), 1)]
    shown = re.findall(r"^ *(\| \d+ \| .* \|)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert shown == rows, "write these rows into the page:\n" + "\n".join(rows)
