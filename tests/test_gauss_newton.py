"""Gauss–Newton and Fisher matrices against their definitions, row by row."""

import pytest
import torch
from torch import nn

from trainingtips import batches, curvature

DOUBLE = torch.float64
CRITERIA = {
    "squares": (nn.functional.mse_loss, lambda: torch.randn(11, 3, dtype=DOUBLE)),
    "classes": (
        nn.CrossEntropyLoss(torch.tensor([1.0, 4.0, 0.5], dtype=DOUBLE)),
        lambda: torch.randint(3, (11,)),
    ),
}


def made(criterion):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)).double()
    return network, torch.randn(11, 4, dtype=DOUBLE), CRITERIA[criterion][1]()


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("over", ["all at once", "a loader"])
def test_the_gauss_newton_matrix_is_that_of_the_definition(criterion, over):
    network, x, y = made(criterion)
    rule = CRITERIA[criterion][0]
    data = (x, y) if over == "all at once" else ([(x[:4], y[:4]), (x[4:], y[4:])],)
    loss, theta = curvature.flat_loss(network, rule, *data)
    parts = curvature.gauss_newton(loss, theta)

    def outputs(t):
        names = dict(network.named_parameters())
        split = t.split([p.numel() for p in names.values()])
        own = {n: s.view(p.shape) for (n, p), s in zip(names.items(), split, strict=True)}
        return torch.func.functional_call(network, own, (x,)).flatten()

    jacobian = torch.autograd.functional.jacobian(outputs, theta)
    inner = torch.autograd.functional.hessian(
        lambda out: rule(out.view(11, 3), y), outputs(theta).detach()
    )
    expected = jacobian.T @ inner @ jacobian
    torch.testing.assert_close(curvature.hessian(parts, theta), expected)
    v = torch.randn_like(theta)
    torch.testing.assert_close(curvature.hvp(parts, theta, v), expected @ v)
    torch.testing.assert_close(curvature.gradient(parts, theta), curvature.gradient(loss, theta))
    full = torch.autograd.functional.hessian(loss, theta)
    assert not torch.allclose(full, expected, rtol=1e-2)  # the network is curved itself
    assert curvature.trace(parts, theta, 100).mean == pytest.approx(float(expected.trace()))
    top = curvature.eigenpairs(parts, theta, 1, "largest")[0][0]
    assert top == pytest.approx(float(torch.linalg.eigvalsh(expected)[-1]))


def test_the_fisher_matrix_is_the_mean_of_outer_products():
    network, x, y = made("classes")
    rows = batches.per_example_gradients(network, nn.functional.cross_entropy, x, y)
    loss, zero = curvature.fisher(rows)
    expected = sum(torch.outer(g, g) for g in rows) / len(rows)
    torch.testing.assert_close(curvature.hessian(loss, zero), expected)
    value = curvature.eigenpairs(loss, zero, 1, "largest")[0][0]
    assert value == pytest.approx(float(torch.linalg.eigvalsh(expected)[-1]))


def test_a_loss_without_outputs_is_refused():
    with pytest.raises(TypeError, match=r"comes from flat_loss with a criterion.*function"):
        curvature.gauss_newton(lambda t: t.sum(), torch.ones(2))


class Last(nn.Module):
    """Two logits of a sequence's last state."""

    def __init__(self, kind):
        super().__init__()
        self.inner, self.outer = kind(2, 3, batch_first=True), nn.Linear(3, 2)

    def forward(self, x):
        return self.outer(self.inner(x)[0][:, -1])


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_of_recurrent_layers_it_is_that_of_the_jacobian(kind):
    torch.manual_seed(0)
    module, x, y = Last(kind).double(), torch.randn(5, 4, 2).double(), torch.arange(5) % 2
    criterion = nn.CrossEntropyLoss()
    loss, theta = curvature.flat_loss(module, criterion, x, y)

    def outputs(t):
        own = dict(zip(dict(module.named_parameters()), _split(t, module), strict=True))
        return torch.func.functional_call(module, own, x).reshape(-1)

    jacobian = torch.autograd.functional.jacobian(outputs, theta)
    inner = torch.autograd.functional.hessian(
        lambda o: criterion(o.view(5, 2), y), outputs(theta).detach()
    )
    found = curvature.hessian(curvature.gauss_newton(loss, theta), theta)
    assert torch.allclose(found, jacobian.T @ inner @ jacobian, atol=1e-12)
    by_batches, _ = curvature.flat_loss(module, criterion, [(x[:2], y[:2]), (x[2:], y[2:])])
    again = curvature.hessian(curvature.gauss_newton(by_batches, theta), theta)
    assert torch.allclose(again, found, atol=1e-12)


def _split(theta, module):
    shapes = [p.shape for p in module.parameters()]
    return [
        t.view(s) for t, s in zip(theta.split([s.numel() for s in shapes]), shapes, strict=True)
    ]


def test_a_criterion_that_forgets_part_of_its_slope_is_told_of():
    layer, x = nn.Linear(2, 1).double(), torch.randn(6, 2).double()
    forgets = lambda o, y: ((o - y).detach() * (o - y)).mean()  # noqa: E731
    loss, theta = curvature.flat_loss(layer, forgets, x, torch.zeros(6, 1).double())
    with pytest.warns(UserWarning, match="slope"):
        curvature.hessian(curvature.gauss_newton(loss, theta), theta)


@pytest.mark.parametrize(
    ("gradients", "error", "words"),
    [
        ([[1.0]], TypeError, "received list"),
        (torch.ones(2, 2, dtype=torch.int64), TypeError, "received torch.int64"),
        (torch.ones(2), ValueError, r"received \(2,\)"),
        (torch.ones(0, 2), ValueError, r"received \(0, 2\)"),
        (torch.tensor([[1.0, torch.nan]]), ValueError, "nan or inf"),
    ],
)
def test_what_are_no_gradients_has_no_fisher_matrix(gradients, error, words):
    with pytest.raises(error, match=words):
        curvature.fisher(gradients)
