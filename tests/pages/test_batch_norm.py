"""The page on batch normalization: its identities, its table of conventions and its exercises.

The oracles are torch's own layers and autograd, numpy's eigenvalues, scipy's optimiser and plain
iteration; the package's `normalization` is not used.
"""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import optimize
from torch import nn

PAGE = (Path(__file__).parents[2] / "docs/batch_norm.md").read_text(encoding="utf-8")


def solution(number):
    """The text of an exercise's solution; its numbers are compared with computed ones."""
    return PAGE.split(f"\n**{number}. ")[1].split("??? success")[1].split("\n**")[0]


def assert_stated(number, *values):
    """Each value, a string of digits, stands in the solution of that exercise."""
    text = solution(number).replace("\\,", "")
    stated = re.findall(r"\d+(?:\.\d+)?", text)
    for value in values:
        assert value in stated, f"exercise {number} states {stated}, computed {value}"


def kappa(covariance):
    eigenvalues = np.linalg.eigvalsh(covariance)
    return eigenvalues[-1] / eigenvalues[0]


def test_exercise_1_scale_and_correlation():
    rng = np.random.default_rng(0)
    drawn = np.column_stack([np.ones(500), rng.normal(size=(500, 2))])
    x = np.linalg.qr(drawn)[0][:, 1:] * np.sqrt(500)  # centred, uncorrelated, of variance 1
    apart = x * [0.1, 10]
    assert_stated(1, f"{kappa(apart.T @ apart / 500):.0f}")
    rho = 0.9
    tied = np.column_stack([x[:, 0], rho * x[:, 0] + np.sqrt(1 - rho**2) * x[:, 1]]) * [0.1, 10]
    assert np.corrcoef(tied.T)[0, 1] == pytest.approx(rho)
    scaled = (tied - tied.mean(0)) / tied.std(0)
    assert_stated(1, f"{kappa(scaled.T @ scaled / 500):.0f}")


def test_exercise_2_a_batch_of_two():
    pairs = torch.randn(2, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    plain = nn.BatchNorm1d(40, eps=1e-30, dtype=torch.float64)(pairs)  # torch refuses a zero
    torch.testing.assert_close(plain, torch.sign(pairs - pairs.flip(0)))
    pair = torch.tensor([[0.50], [0.51]], dtype=torch.float64)
    with_eps = nn.BatchNorm1d(1, dtype=torch.float64)(pair)
    assert_stated(2, f"{with_eps[1].item():.3f}")


def normalised_loss(w, x, y):
    """A linear layer, torch's normalization over the batch, and a second, fixed layer."""
    hidden = nn.functional.batch_norm(x @ w.T, None, None, training=True, eps=1e-30)
    return ((hidden.relu().sum(1) - y) ** 2).mean()


def train(w, x, y, rate, updates=20):
    for _ in range(updates):
        w = w.detach().requires_grad_()
        (g,) = torch.autograd.grad(normalised_loss(w, x, y), w)
        w = w - rate * g
    return w.detach()


def test_exercise_3_the_length_of_a_weight():
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(50, 6, dtype=torch.float64, generator=generator)
    y = torch.randn(50, dtype=torch.float64, generator=generator)
    w = torch.randn(4, 6, dtype=torch.float64, generator=generator)
    c, rate = 3.0, 0.05
    ended = train(w, x, y, rate)
    assert (ended - w).norm() > 0.01  # it went somewhere
    torch.testing.assert_close(train(c * w, x, y, c**2 * rate), c * ended)
    default = nn.Linear(1000, 1000).weight.detach()  # torch's own start
    he = nn.init.kaiming_normal_(torch.empty(1000, 1000), nonlinearity="relu")
    ratio = float(he.std() / default.std())
    assert ratio == pytest.approx(math.sqrt(6), rel=0.01)
    assert_stated(3, "6", f"{math.sqrt(6):.3f}")


def test_the_gradient_is_at_right_angles_and_shrinks():
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(50, 6, dtype=torch.float64, generator=generator)
    y = torch.randn(50, dtype=torch.float64, generator=generator)
    w = torch.randn(1, 6, dtype=torch.float64, generator=generator)
    g, h = (
        torch.autograd.grad(normalised_loss(v, x, y), v)[0]
        for v in (w.clone().requires_grad_(), (2 * w).requires_grad_())
    )
    assert abs(float((g * w).sum())) < 1e-10 * float(g.norm() * w.norm()) + 1e-12
    torch.testing.assert_close(h, g / 2)


@pytest.mark.parametrize(("momentum", "updates"), [(0.1, 44), (0.01, 459), (0.001, 4603)])
def test_exercise_4_a_slow_average(momentum, updates):
    layer = nn.BatchNorm1d(1, momentum=momentum, dtype=torch.float64)
    batch = torch.tensor([[0.0], [2.0]], dtype=torch.float64)  # of mean 1
    with torch.no_grad():
        count = 0
        while 1 - layer.running_mean.item() >= 0.01:
            layer(batch)
            count += 1
    assert count == updates
    assert_stated(4, str(updates))


def test_exercise_5_how_confident_a_logit_may_be():
    """Ten examples, one of each class: logits (10, 10) whose columns have mean 0, variance 1."""

    def loss(flat):
        """The loss and its gradient."""
        flat = torch.tensor(flat, requires_grad=True)
        logits = flat.reshape(10, 10)
        logits = (logits - logits.mean(0)) / logits.std(0, correction=0)
        value = (logits.logsumexp(1) - logits.diagonal()).mean()
        value.backward()
        return value.item(), flat.grad.numpy()

    rng = np.random.default_rng(5)
    starts = [rng.normal(size=100) for _ in range(4)]
    found = [optimize.minimize(loss, start, jac=True, tol=1e-10).fun for start in starts]
    least = sorted(found)[:2]  # a start may end in a lesser minimum
    assert least[1] - least[0] < 1e-6
    assert_stated(5, f"{least[0]:.4f}")


def test_a_normalised_sorted_batch_hides_the_class():
    """Of batches of one class each, whose means alone tell them apart, nothing is left."""
    classes = torch.arange(3.0).repeat_interleave(50)[:, None]
    x = 10 * classes + torch.randn(150, 1, generator=torch.Generator().manual_seed(0))
    layer = nn.BatchNorm1d(1)
    with torch.no_grad():
        apart = torch.cat([layer(part) for part in x.split(50)])
        together = layer(x)
    means = [[part.mean().item() for part in y.split(50)] for y in (apart, together)]
    assert np.ptp(means[0]) < 1e-5
    assert np.ptp(means[1]) > 2


def test_torch_keeps_the_unbiased_variance():
    layer = nn.BatchNorm1d(1, momentum=1.0)
    with torch.no_grad():
        layer(torch.tensor([[0.0], [2.0]]))
    assert layer.running_var.item() == pytest.approx(2.0)  # divided by B − 1; by B it is 1


def test_the_defaults_in_the_table_are_torchs():
    layer = nn.BatchNorm1d(1)
    assert layer.momentum == 0.1
    assert layer.eps == 1e-5
    rows = re.findall(
        r"^\| (\w+) \[@[\w-]+\] \| `momentum` \| `([\d.]+)` \| `([\d.]+)` \|", PAGE, re.M
    )
    assert {name for name, *_ in rows} == {"torch", "Keras", "flax", "MindSpore"}
    for name, default, weight in rows:
        kept = float(default) if name == "torch" else 1 - float(default)
        assert kept == pytest.approx(float(weight))


def test_the_block_of_the_page_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec("\n".join(line.strip() for line in code.splitlines()), names)
    assert names["block"](torch.randn(4, 64)).shape == (4, 32)


def test_the_pages_factors_of_the_published_updates():
    rows = re.findall(r"^\| .*? \| ([\d.]+) \| ([\d.]+) \| [\d.]+ % \|$", PAGE, re.MULTILINE)
    assert len(rows) == 4
    for updates, factor in rows:
        assert f"{31.0 / float(updates):.1f}" == f"{float(factor):.1f}"
