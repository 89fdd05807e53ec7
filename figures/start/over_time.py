"""A gradient changes by the spectral radius a step; in LSTMs by the forget gate and a little more.

The norm of the gradient a hundred steps back, for linear and tanh networks of spectral radius ρ and
for LSTMs by the bias of their forget gate: its factor a step. Lines: ρ, σ(b) and, solid, the
linearised LSTM; 95 %.

64 units, inputs of eight sequences of independent Gaussian numbers, a tenth in size; a random
gradient comes in at the last step. The recurrent weights are Gaussian, divided by their spectral
radius and multiplied by ρ. The factor is the geometric mean over steps 50 to 100 back, where the
eigenvalue of the largest size has taken over. LSTMs start as torch does, all biases zero but that
of the forget gate, b; the gradient is that of the cell. From ρ = 1 on the states of tanh grow until
they saturate, and its gradient grows by less than ρ. From b = 3 on that of an LSTM grows, with
every gate below one.

The sentence that was written before the first run had the forget gate alone, σ(b), and failed: the
gradient also goes through the cell's output and the recurrent weights. Around zero the factors are
|σ(b) + λ/4|, with the eigenvalues λ of the weights from the output to the new content, since the
other two gates are half open; the largest is what is claimed now.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import chance, plotting
from trainingtips.statistics import student

VERDICT = "regime"
SEEDS, WIDTH, SEQUENCES, STEPS, LATE, SIZE = 32, 64, 8, 100, 50, 0.1
RADII = (0.5, 0.8, 0.9, 1.0, 1.1, 1.3)
BIASES = (0.0, 1.0, 2.0, 3.0, 5.0)
CLOSE = 0.05

ALT = (
    "Factor a step against the spectral radius: linear networks on the diagonal, tanh networks "
    "near it up to one and below it from there on. LSTMs against the bias of the forget gate: "
    "points along a rising curve somewhat above the dotted sigmoid, towards one."
)
NUMBER = "factor a step at ρ = 0.9, tanh: {factors.tanh.2 | interval(3)}"


def compute():
    found = {name: [student(recurrent(name, rho)) for rho in RADII] for name in ("linear", "tanh")}
    runs = [lstm(bias) for bias in BIASES]
    found["lstm"] = [student(factors) for factors, _ in runs]
    return {
        "radii": np.array(RADII),
        "biases": np.array(BIASES),
        "factors": found,
        "linearised": [float(np.mean(expected)) for _, expected in runs],
        "above_gate": [
            student(np.array(f) - gate(b)) for (f, _), b in zip(runs, BIASES, strict=True)
        ],
    }


def gate(bias):
    """How far a gate with that bias and no other input is open."""
    return 1 / (1 + np.exp(-np.asarray(bias)))


def randn(seed, *shape):
    return torch.randn(shape, generator=chance.generator(seed))


def factor(states):
    """Factor a step of the gradients' norm, from `LATE` to `STEPS` steps back."""
    late, first = (states[-1 - back].grad.double().norm().item() for back in (LATE, STEPS))
    return (first / late) ** (1 / (STEPS - LATE))


def followed(state, step, seed):
    """The states of all steps, each with its gradient; `step` makes of one the next."""
    states = [state.requires_grad_()]
    for _ in range(STEPS):
        states.append(step(states[-1]))
        states[-1].retain_grad()
    states[-1].backward(randn(2000 + seed, *states[-1].shape))
    return states


def recurrent(name, radius):
    """The factor a step of each seed."""
    found = []
    for seed in range(SEEDS):
        w = randn(seed, WIDTH, WIDTH).double()
        w = (radius * w / torch.linalg.eigvals(w).abs().max()).float()
        x = iter(SIZE * randn(1000 + seed, STEPS, SEQUENCES, WIDTH))
        act = torch.tanh if name == "tanh" else lambda h: h
        step = lambda h, w=w, x=x, act=act: act(h @ w.mT + next(x))  # noqa: E731
        found.append(factor(followed(torch.zeros(SEQUENCES, WIDTH), step, seed)))
    return found


def lstm(bias):
    """The same of the cell of an LSTM with that bias of its forget gate, and theory's factors."""
    found, expected = [], []
    for seed in range(SEEDS):
        with chance.started(seed):
            cell = nn.LSTMCell(WIDTH, WIDTH)
        with torch.no_grad():
            cell.bias_ih.zero_()
            cell.bias_hh.zero_()
            cell.bias_ih[WIDTH : 2 * WIDTH] = bias
        x = iter(SIZE * randn(1000 + seed, STEPS, SEQUENCES, WIDTH))
        hidden = [torch.zeros(SEQUENCES, WIDTH)]

        def step(c, cell=cell, x=x, hidden=hidden):
            hidden[0], new = cell(next(x), (hidden[0], c))
            return new

        found.append(factor(followed(torch.zeros(SEQUENCES, WIDTH), step, seed)))
        content = cell.weight_hh.detach().double()[2 * WIDTH : 3 * WIDTH]
        expected.append((gate(bias) + torch.linalg.eigvals(content) / 4).abs().max().item())
    return found, expected


def claim(result):
    linear, tanh = result["factors"]["linear"], result["factors"]["tanh"]
    for radius, each, bent in zip(result["radii"], linear, tanh, strict=True):
        _close(each, radius, "linear")
        if radius < 1:
            _close(bent, radius, "tanh")
        else:
            assert bent.high < radius, f"expected tanh to grow by less than {radius}: {bent}"
    for theory, each in zip(result["linearised"], result["factors"]["lstm"], strict=True):
        _close(each, theory, "LSTM")
    for bias, each in zip(result["biases"], result["factors"]["lstm"], strict=True):
        assert bias < 3 or each.low > 1, f"expected a gradient that grows at b = {bias}: {each}"
    for bias, above in zip(result["biases"], result["above_gate"], strict=True):
        little = above.low > 0 and above.high < 0.25
        assert little, f"expected a little more than the gate, at b = {bias}: {above}"


def _close(found, theory, name):
    off = max(abs(found.low / theory - 1), abs(found.high / theory - 1))
    assert off < CLOSE, f"expected a factor of {theory:.3f} a step, {name}: {found}"


PANELS = {
    "recurrent": {"x": "spectral radius $\\rho$", "y": "factor a step"},
    "LSTM": {"x": "bias $b$ of the forget gate", "y": "factor a step"},
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    plotting.theory(left, result["radii"], result["radii"])
    for name, colour in (("linear", "blue"), ("tanh", "vermilion")):
        plotting.points(left, result["radii"], result["factors"][name], colour, name)
    left.legend()
    b = np.linspace(0, 5, 50)
    plotting.theory(right, b, gate(b), text="gate alone", look=":")
    plotting.theory(right, result["biases"], result["linearised"], text="linearised")
    plotting.points(right, result["biases"], result["factors"]["lstm"], "green", "measured")
    right.legend(loc="lower right")
