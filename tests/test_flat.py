"""Networks that others wrote, as losses of a flat θ: against torch's own derivatives."""

import copy
import gc
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils import parametrize
from torch.utils.checkpoint import checkpoint

from trainingtips import batches, curvature

MSE, CE = nn.functional.mse_loss, nn.functional.cross_entropy
DOUBLE = torch.float64


def moved(theta):
    """Another θ than the module's own."""
    generator = torch.Generator().manual_seed(5)
    return theta + 0.3 * torch.randn(theta.shape, generator=generator, dtype=theta.dtype)


def differences(loss, theta, h=1e-6):
    """The gradient by central differences of the loss alone."""
    units = torch.eye(len(theta), dtype=theta.dtype)
    return torch.stack([(loss(theta + h * e) - loss(theta - h * e)) / 2 / h for e in units])


def check_derivatives(loss, theta):
    """Gradient by differences of the loss, Hessian by differences of that gradient."""
    theta = moved(theta)
    torch.testing.assert_close(
        curvature.gradient(loss, theta), differences(loss, theta), rtol=1e-5, atol=1e-7
    )
    h = 1e-5
    rows = [
        (curvature.gradient(loss, theta + h * e) - curvature.gradient(loss, theta - h * e)) / 2 / h
        for e in torch.eye(len(theta), dtype=theta.dtype)
    ]
    hessian = curvature.hessian(loss, theta)
    torch.testing.assert_close(hessian, torch.stack(rows), rtol=1e-5, atol=1e-7)
    v = moved(torch.zeros(3, len(theta), dtype=theta.dtype))
    torch.testing.assert_close(curvature.hvp(loss, theta, v), v @ hessian)


class Checkpointed(nn.Module):
    def __init__(self, reentrant):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 1)
        self.reentrant = reentrant

    def forward(self, x):
        hidden = checkpoint(self.a, x, use_reentrant=self.reentrant).tanh()
        return checkpoint(self.b, hidden, use_reentrant=self.reentrant)


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpoints_are_computed_at_theta_and_not_at_the_modules_own(reentrant):
    torch.manual_seed(0)
    network = Checkpointed(reentrant).double()
    x, y = torch.randn(8, 3, dtype=DOUBLE), torch.randn(8, 1, dtype=DOUBLE)
    loss, theta = curvature.flat_loss(network, MSE, x, y)
    check_derivatives(loss, theta)
    network(x.requires_grad_()).sum().backward()  # checkpoints elsewhere are as they were
    assert all(p.grad is not None for p in network.parameters())


def test_a_graph_is_freed_with_its_product():
    # what a graph keeps shows only where a node of it is watched: torch's memory is not Python's
    freed = []

    class Watched(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.watch = Watch()
            return x**3

        @staticmethod
        def backward(ctx, up):
            return up * 3 * ctx.saved_tensors[0] ** 2

    class Watch:
        def __del__(self):
            freed.append(True)

    # an operator that keeps its own result would, with the tensor itself kept, keep itself
    curvature.hvp(lambda t: Watched.apply(t).exp().sum(), torch.ones(3), torch.ones(2, 3))
    gc.collect()
    assert freed


def test_a_loss_that_differentiates_within_itself():
    # a physics-informed loss: (f′(x) − f(x))², f a network of one input
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    x = torch.linspace(-1, 1, 9, dtype=DOUBLE)[:, None].requires_grad_()

    def residual(f, y):
        slope = torch.autograd.grad(f.sum(), x, create_graph=True)[0]
        return (slope - f).square().mean()

    loss, theta = curvature.flat_loss(network, residual, x, None)
    check_derivatives(loss, theta)
    curvature.check(loss, theta)
    assert curvature.eigenpairs(loss, theta)[0][-1] > 0
    assert curvature.sharpness(loss, theta) > 0
    with torch.no_grad():
        assert curvature.trace(loss, theta).mean > 0


def test_torch_func_and_sparse_matrices_within_a_loss():
    matrix = torch.tensor([[0.0, 2.0], [1.0, 0.0]], dtype=DOUBLE).to_sparse()

    def inner(t):
        return (t**4).sum()

    theta = torch.tensor([1.0, -0.5], dtype=DOUBLE)
    check_derivatives(lambda t: torch.func.grad(inner)(t).square().sum(), theta)
    check_derivatives(lambda t: torch.sparse.mm(matrix, t[:, None] ** 3).square().sum(), theta)


def test_gradients_off_change_no_number():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 2)).double()
    x, y = torch.randn(20, 6, dtype=DOUBLE), torch.randint(2, (20,))
    loss, theta = curvature.flat_loss(network, CE, x, y)
    expected = curvature.sharpness(loss, theta), curvature.adaptive_sharpness(loss, theta)
    with torch.no_grad():
        assert (curvature.sharpness(loss, theta), curvature.adaptive_sharpness(loss, theta)) == (
            expected
        )


def test_arguments_by_place_and_by_name():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, a, b, scale=1.0):
            return self.layer(a + b) * scale

    network = Two().double()
    a, b, y = (torch.randn(4, k, dtype=DOUBLE) for k in (2, 2, 1))
    expected = MSE(network(a, b, scale=3.0), y).detach()
    for x in ({"a": a, "b": b, "scale": 3.0}, (a, b, 3.0), (a, {"b": b, "scale": 3.0})):
        loss, theta = curvature.flat_loss(network, MSE, x, y)
        torch.testing.assert_close(loss(theta), expected)


class Model(nn.Module):
    """A language model with a Hugging Face one's interface: keywords in, an object out."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.head = nn.Linear(4, 7)

    def forward(self, input_ids, labels=None):
        hidden = self.embedding(input_ids)
        mask = nn.Transformer.generate_square_subsequent_mask(input_ids.shape[1]).to(hidden)
        hidden = hidden + self.attention(hidden, hidden, hidden, attn_mask=mask)[0]
        logits, loss = self.head(hidden), None
        if labels is not None:
            loss = CE(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
        return SimpleNamespace(loss=loss, logits=logits)


def test_a_model_that_returns_its_own_loss():
    torch.manual_seed(0)
    model, ids = Model().double().eval(), torch.randint(7, (3, 5))
    batch = {"input_ids": ids, "labels": ids}
    loss, theta = curvature.flat_loss(model, None, batch)
    check_derivatives(loss, theta)
    torch.testing.assert_close(loss(theta), model(**batch).loss.detach())
    with pytest.raises(TypeError, match="give it its labels"):
        curvature.flat_loss(model, None, {"input_ids": ids})[0](theta)
    by_hand, _ = curvature.flat_loss(
        model, lambda out, y: CE(out.logits[:, :-1].flatten(0, 1), y[:, 1:].flatten()), batch
    )
    torch.testing.assert_close(by_hand(theta), loss(theta))


class Scaled(nn.Module):
    def forward(self, x):
        q = x.view(len(x), 1, 3, 2)
        return nn.functional.scaled_dot_product_attention(q, q, q, is_causal=True).flatten(1)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell = kind(2, 3, batch_first=True)

    def forward(self, x):
        return self.cell(x.view(len(x), 3, 2))[0][:, -1]


@pytest.mark.parametrize("kind", [nn.GRU, nn.RNN, nn.LSTM])
def test_recurrent_networks(kind):
    torch.manual_seed(0)
    network = nn.Sequential(Recurrent(kind), nn.Linear(3, 1)).double()
    x, y = torch.randn(5, 6, dtype=DOUBLE), torch.randn(5, 1, dtype=DOUBLE)
    check_derivatives(*curvature.flat_loss(network, MSE, x, y))


def test_scaled_dot_product_attention():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 6), Scaled(), nn.Linear(6, 1)).double()
    x, y = torch.randn(5, 6, dtype=DOUBLE), torch.randn(5, 1, dtype=DOUBLE)
    check_derivatives(*curvature.flat_loss(network, MSE, x, y))


class Padded(nn.Module):
    """An encoder in eval mode with a mask of padding, where torch has a quick kernel of its own."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(4, 2, 4, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 1)
        self.eval()

    def forward(self, x):
        padding = (torch.arange(x.shape[1]) > 1).expand(x.shape[:2])
        return self.layers(x, src_key_padding_mask=padding).mean(1)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_a_loss_is_the_same_with_and_without_its_gradient():
    torch.manual_seed(0)
    x, y = torch.randn(5, 3, 4, dtype=DOUBLE), torch.randn(5, 4, dtype=DOUBLE)
    loss, theta = curvature.flat_loss(Padded().double(), MSE, x, y)
    with torch.no_grad():
        alone = loss(theta)
    torch.testing.assert_close(alone, loss(theta.clone().requires_grad_()).detach())
    theta = moved(theta)
    torch.testing.assert_close(
        curvature.gradient(loss, theta), differences(loss, theta), rtol=1e-5, atol=1e-7
    )


def test_an_operator_of_ones_own_that_cannot_be_batched():
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, up):
            (x,) = ctx.saved_tensors
            return Square.apply(x) * 3 * up

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.from_numpy(x.detach().numpy() ** 2)

        @staticmethod
        def backward(ctx, up):
            (x,) = ctx.saved_tensors
            return torch.from_numpy(2 * x.detach().numpy() * up.detach().numpy())

    theta = torch.tensor([1.0, 2.0], dtype=DOUBLE)
    hessian = curvature.hessian(lambda t: Cube.apply(t).sum(), theta)
    torch.testing.assert_close(hessian, torch.diag(6 * theta))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.Linear(12, 1)).to(dtype)
    x, y = torch.randn(20, 6, dtype=dtype), torch.randn(20, 1, dtype=dtype)
    loss, theta = curvature.flat_loss(network.eval(), MSE, x, y)
    wide, same = curvature.flat_loss(network.float(), MSE, x.float(), y.float())
    assert theta.dtype == torch.float32 and torch.equal(theta, same)
    assert torch.equal(curvature.hvp(loss, theta, theta), curvature.hvp(wide, same, same))
    with pytest.raises(TypeError, match=r"float32 or float64.*received torch\."):
        curvature.eigenpairs(lambda t: (t**2).sum(), torch.ones(3, dtype=dtype))


def test_sparse_embeddings_are_named():
    network = nn.Sequential(nn.Embedding(5, 2, sparse=True), nn.Linear(2, 1))
    with pytest.raises(ValueError, match=r"0 \(Embedding\).*`sparse` to False"):
        curvature.flat_loss(network, MSE, torch.tensor([1]), torch.ones(1, 1))


def test_a_compiled_module_is_computed_by_its_original():
    network = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1)).double()
    x, y = torch.randn(5, 3, dtype=DOUBLE), torch.randn(5, 1, dtype=DOUBLE)
    loss, theta = curvature.flat_loss(torch.compile(network, backend="eager"), MSE, x, y)
    check_derivatives(loss, theta)


@pytest.mark.parametrize("way", ["wrapped", "in place"])
def test_a_compiled_part_is_computed_by_its_original(way):
    # compiled code has no second derivatives
    network = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1)).double()
    x, y = torch.randn(5, 3, dtype=DOUBLE), torch.randn(5, 1, dtype=DOUBLE)
    expected = curvature.hessian(*curvature.flat_loss(network, MSE, x, y))
    if way == "wrapped":
        network[0] = torch.compile(network[0], backend="aot_eager")
    else:
        network[0].compile(backend="aot_eager")
    loss, theta = curvature.flat_loss(network, MSE, x, y)
    torch.testing.assert_close(curvature.hessian(loss, theta), expected)


def test_a_wrapper_for_several_devices_is_computed_by_its_original():
    torch.manual_seed(0)
    module, x, y = nn.Linear(3, 2), torch.randn(5, 3), torch.randn(5, 2)
    expected = curvature.flat_loss(module, MSE, x, y)
    loss, theta = curvature.flat_loss(nn.DataParallel(module), MSE, x, y)
    torch.testing.assert_close(curvature.hessian(loss, theta), curvature.hessian(*expected))


def test_frozen_parameters_are_no_part_of_theta():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    network[0].requires_grad_(False)
    x, y = torch.randn(9, 3, dtype=DOUBLE), torch.randn(9, 1, dtype=DOUBLE)
    loss, theta = curvature.flat_loss(network, MSE, x, y)
    whole, every = curvature.flat_loss(network, MSE, x, y, parameters="*")
    assert (len(theta), len(every)) == (5, 21)
    hessian = curvature.hessian(loss, theta)
    torch.testing.assert_close(hessian, curvature.hessian(whole, every)[16:, 16:])
    before = loss(theta)
    with torch.no_grad():
        network[0].weight.zero_()  # training goes on; this loss stays what it was
    assert torch.equal(loss(theta), before)
    with pytest.raises(ValueError, match=r"all parameters.*frozen.*parameters='\*'"):
        curvature.flat_loss(network.requires_grad_(False), MSE, x, y)


def test_a_layers_block_is_that_of_the_whole_hessian():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    x, y = torch.randn(9, 3, dtype=DOUBLE), torch.randn(9, 1, dtype=DOUBLE)
    whole = torch.autograd.functional.hessian(*curvature.flat_loss(network, MSE, x, y))
    blocks = {"0": whole[:16, :16], "2": whole[16:, 16:]}
    found = curvature.by_layer(curvature.hessian, network, MSE, x, y)
    assert found.keys() == blocks.keys()
    for name, block in blocks.items():
        torch.testing.assert_close(found[name], block)
    traces = curvature.by_layer(curvature.trace, network, MSE, [(x[:4], y[:4]), (x[4:], y[4:])])
    assert {n: t.mean for n, t in traces.items()} == pytest.approx(
        {n: float(b.trace()) for n, b in blocks.items()}
    )


def test_the_module_is_left_as_it_is():
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()
    state = {name: value.clone() for name, value in network.state_dict().items()}
    x, y = torch.randn(9, 3, dtype=DOUBLE), torch.randn(9, 1, dtype=DOUBLE)
    loss, theta = curvature.flat_loss(network, MSE, [(x, y)])
    torch.testing.assert_close(
        loss(moved(theta)), curvature.flat_loss(network, MSE, x, y)[0](moved(theta))
    )
    curvature.hvp(loss, theta, theta)
    for name, value in network.state_dict().items():
        assert torch.equal(value, state[name]), name
    assert torch.equal(functional_call(network.eval(), state, (x,)), network.eval()(x))


class Judge(nn.Module):
    """A criterion with weights of its own."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.register_buffer("scale", torch.tensor([0.3]))

    def forward(self, output, y):
        return (self.layer(output - y) * self.scale).square().mean()


@pytest.mark.parametrize("double", ["theta", "module"])
@pytest.mark.parametrize("over", ["whole", "loader"])
@pytest.mark.parametrize("kind", ["weighted", "partial", "judge"])
def test_a_criterions_own_tensors_have_as_many_digits_as_theta(kind, over, double):
    torch.manual_seed(0)
    weight, network = torch.tensor([0.3, 1.7]), nn.Linear(3, 1 if kind == "judge" else 2)
    x, y = torch.randn(7, 3), torch.randint(2, (7,))
    if kind == "judge":
        y, criterion = torch.randn(7, 1), Judge()
    elif kind == "weighted":
        criterion = nn.CrossEntropyLoss(weight=weight)
    else:
        criterion = partial(CE, weight=weight)
    if double == "module":
        network, x, y = network.double(), x.double(), y.double() if kind == "judge" else y
    data = (x, y) if over == "whole" else ([(x[:3], y[:3]), (x[3:], y[3:])],)
    loss, theta = curvature.flat_loss(network, criterion, *data)
    if double == "module" or kind != "judge":
        found = curvature.gradient(loss, theta.double())
    value = loss(theta.double())
    assert value.dtype == DOUBLE and len(theta) == sum(p.numel() for p in network.parameters())
    kept = weight.clone()
    wide = (
        copy.deepcopy(criterion).double()
        if kind != "partial"
        else partial(CE, weight=weight.double())
    )
    answers = y.double() if kind == "judge" else y
    expected = wide(copy.deepcopy(network).double()(x.double()), answers)
    torch.testing.assert_close(value, expected.detach(), rtol=1e-12, atol=0)
    assert torch.equal(weight, kept)  # and the criterion is left as it is
    if double == "module":
        torch.testing.assert_close(found, differences(loss, theta.double()), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("over", ["whole", "loader"])
@pytest.mark.parametrize("called", [True, False])
def test_cached_parametrizations_are_computed_at_theta(over, called):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    for layer in (network[0], network[2]):
        parametrize.register_parametrization(layer, "weight", nn.Sigmoid(), unsafe=True)
    x, y = torch.randn(8, 3, dtype=DOUBLE), torch.randn(8, 1, dtype=DOUBLE)
    data = (x, y) if over == "whole" else ([(x[:3], y[:3]), (x[3:], y[3:])],)
    loss, theta = curvature.flat_loss(network, MSE, *data)
    expected = curvature.hessian(loss, moved(theta))
    with parametrize.cached():
        before = network(x) if called else None
        loss, theta = curvature.flat_loss(network, MSE, *data)
        assert torch.equal(curvature.hessian(loss, moved(theta)), expected)
        assert not called or network[0].weight is network[0].weight  # the cache is as it was
    assert before is None or torch.equal(before, network(x))


class Writing(nn.Module):
    """Writes into its input, as `x += 1` and inplace=True at the start do."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x):
        x += 1
        return self.layer(x).tanh()


@pytest.mark.parametrize("over", ["whole", "loader"])
@pytest.mark.parametrize("wide", [True, False])
def test_a_module_that_writes_into_its_input_gets_the_same_one_each_time(over, wide):
    torch.manual_seed(0)
    network, x, y = Writing(), torch.randn(8, 3), torch.randn(8, 1)
    if wide:
        network, x, y = network.double(), x.double(), y.double()
    kept = x.clone()
    data = (x, y) if over == "whole" else ([(x[:3], y[:3]), (x[3:], y[3:])],)
    loss, theta = curvature.flat_loss(network, MSE, *data)
    plain = curvature.flat_loss(nn.Sequential(network.layer, nn.Tanh()), MSE, kept + 1, y)[0]
    for _ in range(3):
        torch.testing.assert_close(loss(theta), plain(theta))
    torch.testing.assert_close(curvature.gradient(loss, theta), curvature.gradient(plain, theta))
    torch.testing.assert_close(curvature.hessian(loss, theta), curvature.hessian(plain, theta))
    assert torch.equal(x, kept)


def test_a_criterion_that_writes_into_its_targets_gets_the_same_ones_each_time():
    network, x, y = nn.Linear(3, 1).double(), torch.randn(8, 3).double(), torch.randn(8, 1).double()
    kept = y.clone()
    loss, theta = curvature.flat_loss(network, lambda output, y: MSE(output, y.mul_(2)), x, y)
    plain, _ = curvature.flat_loss(network, MSE, x, 2 * kept)
    for _ in range(3):
        torch.testing.assert_close(loss(theta), plain(theta))
    assert torch.equal(y, kept)


def test_an_input_that_is_written_into_at_a_later_call_is_told():
    class Late(Writing):
        calls = 0

        def forward(self, x):
            Late.calls += 1
            return super().forward(x) if Late.calls > 1 else self.layer(x)

    loss, theta = curvature.flat_loss(Late(), MSE, torch.randn(8, 3), torch.randn(8, 1))
    loss(theta)
    with pytest.raises(ValueError, match=r"writes into what it is given.*write x = x \+ 1"):
        loss(theta)


def test_a_first_layer_in_place_is_computed():
    torch.manual_seed(0)
    network, x = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(3, 1)).double(), torch.randn(8, 3)
    x, y = x.double(), torch.randn(8, 1, dtype=DOUBLE)
    kept = x.clone()
    check_derivatives(*curvature.flat_loss(network, MSE, x, y))
    assert torch.equal(x, kept)


class Sparse(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(3).to_sparse())

    def forward(self, x):
        return torch.sparse.mm(self.weight, x.T).T


@pytest.mark.parametrize(
    ("module", "criterion", "error", "told"),
    [
        (
            nn.Linear(3, 3),
            nn.MSELoss,
            TypeError,
            r"such as MSELoss\(\); received the class MSELoss",
        ),
        (nn.Linear(3, 3), "mse", TypeError, "received str"),
        (lambda x: x, MSE, TypeError, "an nn.Module that holds its parameters.*received function"),
        (nn.Linear, MSE, TypeError, "received the class Linear"),
        (nn.LazyLinear(3), MSE, ValueError, r"weight has no shape.*call it once, module\(x\)"),
        (nn.Linear(3, 3, device="meta"), MSE, ValueError, "weight is on the meta device.*to_empty"),
        (Sparse(), MSE, ValueError, "weight is sparse.*make it dense"),
        (nn.Embedding(3, 3, sparse=True), MSE, ValueError, "set its `sparse` to False"),
        (nn.LSTM(3, 3), nn.MSELoss(), TypeError, r"returns tuple.*loss\(output\[0\], y\)"),
        (nn.Linear(3, 3), nn.BCEWithLogitsLoss(torch.rand(4, 1)), ValueError, "by their place"),
    ],
)
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature:UserWarning")
@pytest.mark.parametrize("way", ["whole", "loader", "rows"])
def test_what_cannot_be_computed_is_told_and_what_to_do(module, criterion, error, told, way):
    x, y = torch.rand(4, 3), torch.rand(4, 3)
    if isinstance(module, nn.Embedding):
        x = torch.arange(3).repeat(2)[:4]
    if way == "whole" and isinstance(criterion, nn.BCEWithLogitsLoss):
        loss, theta = curvature.flat_loss(module, criterion, x, y)
        assert loss(theta) > 0  # they have their places there
        return
    with pytest.raises(error, match=told):
        if way == "rows":
            batches.per_example_gradients(module, criterion, x, y)
        else:
            data = (x, y) if way == "whole" else ([(x, y), (x, y)],)
            loss, theta = curvature.flat_loss(module, criterion, *data)
            loss(theta)


def test_a_criterion_that_takes_the_modules_tuple_is_no_fault():
    network, x, y = nn.LSTM(3, 2).double(), torch.randn(4, 3).double(), torch.randn(4, 2).double()
    loss, theta = curvature.flat_loss(network, lambda output, y: MSE(output[0], y), x, y)
    assert torch.equal(loss(theta), MSE(network(x)[0], y).detach())
