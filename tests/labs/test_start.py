"""The lab of the start: its theory against scipy's integrals, its network against torch's."""

import math

import pytest
import torch
from scipy import integrate, stats
from torch.nn import functional

from tests.press.pages.test_chance import mulberry

STATES = {
    "default": {"width": 16},
    "tanh": {"activation": "tanh", "gain": 1.41, "depth": 12, "width": 8, "seed": 3},
    "large": {"activation": "tanh", "gain": 3, "depth": 30, "width": 8},
    "gelu": {"activation": "gelu", "gain": 2, "depth": 9, "width": 24, "seed": 1},
}
UNITS = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "gelu": lambda h: functional.gelu(h, approximate="tanh"),
}


@pytest.fixture(scope="module")
def runs(told):
    return dict(zip(STATES, told("start", *STATES.values()), strict=True))


def normals(draw, *shape):
    found = []
    for _ in range(math.prod(shape)):
        radius = math.sqrt(-2 * math.log(1 - next(draw)))
        found.append(radius * math.cos(2 * math.pi * next(draw)))
    return torch.tensor(found, dtype=torch.float64).reshape(shape)


def network(state):
    """Mean squares of the last layer's sums, and of the gradient in the first layer's."""
    n, draw = state["width"], mulberry(state["seed"])
    x, back = (row / row.square().mean().sqrt() for row in normals(draw, 2, n))
    matrices = state["gain"] / math.sqrt(n) * normals(draw, state["depth"], n, n)
    first = last = (matrices[0] @ x).requires_grad_()
    for matrix in matrices[1:]:
        last = matrix @ UNITS[state["activation"]](last)
    (gradient,) = torch.autograd.grad(last @ back, first)
    return {"signal": last.square().mean().item(), "gradient": gradient.square().mean().item()}


def expected(f):
    """E f(z) of a standard normal z; cut at zero, where ReLU bends."""
    parts = [integrate.quad(lambda z: f(z) * stats.norm.pdf(z), *ends, epsabs=1e-13, limit=200)
             for ends in ((-9, 0), (0, 9))]  # fmt: skip
    return sum(value for value, _ in parts)


def theory(state, layers=40):
    unit, squares, factors = UNITS[state["activation"]], [1.0, state["gain"] ** 2], [None]

    def value(h):
        return float(unit(torch.tensor(h, dtype=torch.float64)))

    def slope(h):
        h = torch.tensor(h, dtype=torch.float64, requires_grad=True)
        return float(torch.autograd.grad(unit(h), h)[0])

    for layer in range(1, layers + 1):
        size, square = math.sqrt(squares[layer]), state["gain"] ** 2
        factors.append(square * expected(lambda z, size=size: slope(size * z) ** 2))
        squares.append(square * expected(lambda z, size=size: value(size * z) ** 2))
    return squares, factors


@pytest.mark.parametrize("name", STATES)
def test_the_network_is_torchs(runs, name):
    state, answer = runs[name]
    found, torchs = answer["shown"]["drawn"], network(state)
    assert found["signal"] == pytest.approx(torchs["signal"], rel=1e-9)
    assert found["gradient"] == pytest.approx(torchs["gradient"], rel=1e-9)


@pytest.mark.parametrize("name", ["default", "tanh", "gelu"])
def test_the_theory_is_scipys(runs, name):
    state, answer = runs[name]
    depth, shown = state["depth"], answer["shown"]
    squares, factors = theory(state, depth)
    assert shown["theory"]["signal"] == pytest.approx(squares[depth], rel=1e-9)
    assert shown["theory"]["gradient"] == pytest.approx(math.prod(factors[1:depth]), rel=1e-9)


def test_deep_in_is_the_fortieth_layer(runs):
    state, answer = runs["large"]
    squares, factors = theory(state)
    deep = answer["shown"]["deep"]
    assert deep["signal"] == pytest.approx(squares[40] / squares[39], rel=1e-7)
    assert deep["gradient"] == pytest.approx(factors[40], rel=1e-7)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("default", ("variance 1.00/n", "over 30 layers signal and gradient vanish", "2 × 10⁻⁹")),
        ("large", ("the signal arrives, the gradient explodes",)),
    ],
)
def test_it_says_what_happens(runs, name, words):
    says = runs[name][1]["says"]
    assert all(each in says for each in words), says


def test_the_still_picture_is_what_moves(told):
    """Python's and JavaScript's recursion and network, at the default state."""
    from runpy import run_path

    from . import LABS

    page = run_path(str(LABS / "start.py"))
    ((state, answer),) = told("start", {})
    signal, gradient = page["drawn"](
        *(state[key] for key in ("activation", "gain", "width", "seed", "depth"))
    )
    assert answer["shown"]["drawn"]["signal"] == pytest.approx(signal[-1], rel=1e-9)
    assert answer["shown"]["drawn"]["gradient"] == pytest.approx(gradient[0], rel=1e-9)
    for unit, (_, slope) in page["UNITS"].items():
        h = torch.linspace(-4, 4, 82, dtype=torch.float64, requires_grad=True)
        (torchs,) = torch.autograd.grad(UNITS[unit](h).sum(), h)
        assert slope(h.detach().numpy()) == pytest.approx(torchs.numpy(), abs=1e-12)
