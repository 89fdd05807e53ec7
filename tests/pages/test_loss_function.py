"""The page on loss functions: the numbers in its exercises, computed by other means.

The oracles are torch's own losses with autograd, scipy's optimisers and integrators, and plain
iteration; the package's losses are not used.
"""

import re
from pathlib import Path

import numpy as np
import torch
from scipy import integrate, optimize, special
from torch.nn import functional

PAGE = (Path(__file__).parents[2] / "docs/loss_function.md").read_text(encoding="utf-8")


def assert_stated(number, *values):
    """Each value, a string of digits, stands in the solution of that exercise."""
    text = PAGE.split(f"\n**{number}. ")[1].split("??? success")[1].split("\n**")[0]
    stated = re.findall(r"\d+(?:\.\d+)?", text.split("\n## ")[0])
    for value in values:
        assert value in stated, f"exercise {number} states {stated}, computed {value}"


def losses(logits, target=0):
    """Cross-entropy and squared error on softmax, each with its gradient's norm, by autograd."""
    found = []
    for squared in (False, True):
        z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        if squared:
            t = functional.one_hot(torch.tensor(target), len(logits))
            value = functional.mse_loss(z.softmax(0), t.double(), reduction="sum")
        else:
            value = functional.cross_entropy(z[None], torch.tensor([target]))
        value.backward()
        found.append((float(value.detach()), float(z.grad.norm())))
    return found


def test_exercise_1_a_first_check():
    for classes, squared in ((10, "0.9"), (1000, "0.999")):
        (entropy, _), (error, _) = losses([0.0] * classes)
        assert_stated(1, f"{entropy:.3f}", squared)
        assert abs(error - float(squared)) < 1e-9


def test_exercise_2_the_corner():
    (entropy, steep), (error, flat) = losses([-5.0, 5.0, -1000.0])
    assert_stated(2, f"{entropy:.5f}", f"{steep:.4f}", f"{error:.4f}")
    assert_stated(2, f"{flat * 1e4:.3f}", f"{flat / np.sqrt(2) * 1e4:.4f}")
    assert_stated(2, f"{special.softmax([-5.0, 5.0])[0] * 1e5:.2f}")


def slope(d):
    """Of squared error on two classes in the lead of the wrong one, by autograd."""
    lead = torch.tensor(d, dtype=torch.float64, requires_grad=True)
    p = torch.stack([torch.zeros_like(lead), lead]).softmax(0)
    ((p[0] - 1) ** 2 + p[1] ** 2).backward()
    return float(lead.grad)


def test_exercise_3_how_long_is_stuck():
    eta = 0.1
    lead, updates = 20.0, 0
    while lead > 0:
        lead, updates = lead - 2 * eta * special.expit(lead), updates + 1
    assert abs(updates - 100) <= 10  # the slope is one only while the lead is large
    assert_stated(3, "100")
    # the time exactly: dT = dd / (2η slope)
    whole, _ = integrate.quad(lambda d: 1 / (2 * eta * slope(d)), 0, 20, limit=200)
    formula = float(re.search(r"= ([\d.]+) \\cdot 10\^8", PAGE)[1]) * 1e8
    assert abs(formula / whole - 1) < 1e-3
    assert_stated(3, f"{np.exp(20) / (8 * eta) * 1e-8:.3f}", f"{whole / 1000 / 86400:.2f}")


def test_exercise_4_steepest():
    best = optimize.minimize_scalar(lambda d: -slope(d), bounds=(-5, 5), method="bounded",
                                    options={"xatol": 1e-9})  # fmt: skip
    assert_stated(4, f"{best.x:.4f}", f"{-best.fun:.4f}")
    assert abs(special.expit(-best.x) - 1 / 3) < 1e-6


def test_exercise_5_two_softmaxes():
    def loss(logits):
        return float(functional.cross_entropy(torch.from_numpy(logits).softmax(0)[None],
                                              torch.tensor([0])))  # fmt: skip

    found = optimize.minimize(loss, np.zeros(10), method="BFGS")
    assert_stated(5, f"{loss(np.array([50.0] + [0.0] * 9)):.4f}")
    assert found.fun > 1.461  # no search gets below the bound
    assert found.fun < 1.47  # and it comes near


def test_a_starting_loss_of_log_k():
    """What "In practice" says: an unsure network's loss is near log K."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        x, y = torch.rand(200, 64), torch.randint(10, (200,))
        net = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    loss = functional.cross_entropy(net(x), y).item()
    assert abs(loss - np.log(10)) < 0.1
