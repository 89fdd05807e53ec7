"""Losses in the logits against torch's own, autograd, and exact arithmetic."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from trainingtips import curvature, losses

PAIRS = [
    (losses.cross_entropy, losses.cross_entropy_gradient),
    (losses.squared_error, losses.squared_error_gradient),
]
VECTORS = st.lists(st.floats(-300, 300), min_size=2, max_size=6)


def draw(*shape, seed=0, scale=3.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(*shape, generator=generator, dtype=dtype)
    return logits, torch.randint(shape[-1], shape[:-1], generator=generator)


def exact(logits, target):
    """Both losses and their gradients by the textbook formulas, in decimals of 60 digits."""
    with localcontext() as context:
        context.prec = 60
        powers = [Decimal(z).exp() for z in logits]
        p = [power / sum(powers) for power in powers]
        e = [q - (k == target) for k, q in enumerate(p)]
        mean = sum(a * b for a, b in zip(p, e, strict=True))
        slopes = [2 * a * (b - mean) for a, b in zip(p, e, strict=True)]
        entropy, square = -p[target].ln(), sum(a * a for a in e)
        return float(entropy), list(map(float, e)), float(square), list(map(float, slopes))


@settings(deadline=None)
@given(VECTORS, st.floats(-200, 200))
def test_softmax_sums_to_one_and_ignores_a_shift(values, shift):
    logits = torch.tensor(values, dtype=torch.float64)
    p = losses.softmax(logits)
    assert float(p.sum()) == pytest.approx(1, abs=1e-12)
    torch.testing.assert_close(losses.softmax(logits + shift), p, rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(VECTORS)
def test_bounds_and_gradients_that_sum_to_zero(values):
    logits = torch.tensor(values, dtype=torch.float64)
    for (loss, gradient), ceiling in zip(
        PAIRS, (601 + np.log(len(values)), 2 + 1e-12), strict=True
    ):
        assert 0 <= float(loss(logits, 0)) <= ceiling
        assert abs(float(gradient(logits, 0).sum())) < 1e-12


@pytest.mark.parametrize("shape", [(3,), (5, 4), (2, 3, 10)])
def test_values_agree_with_torch(shape):
    logits, target = draw(*shape)
    flat, classes = logits.reshape(-1, shape[-1]), target.reshape(-1)
    entropy = functional.cross_entropy(flat, classes, reduction="none").view(shape[:-1])
    torch.testing.assert_close(losses.cross_entropy(logits, target), entropy)
    hot = functional.one_hot(target, shape[-1]).double()
    square = functional.mse_loss(logits.softmax(-1), hot, reduction="none").sum(-1)
    torch.testing.assert_close(losses.squared_error(logits, target), square)


@pytest.mark.parametrize("loss, gradient", PAIRS)
@pytest.mark.parametrize("shape", [(2,), (5, 4), (2, 3, 10)])
def test_closed_form_gradients_agree_with_autograd(loss, gradient, shape):
    logits, target = draw(*shape, seed=1)
    leaf = logits.clone().requires_grad_()
    (expected,) = torch.autograd.grad(loss(leaf, target).sum(), leaf)
    torch.testing.assert_close(gradient(logits, target), expected)
    assert torch.autograd.gradcheck(lambda z: loss(z, target), leaf)


def test_the_hessian_of_cross_entropy_is_softmax_covariance():
    logits, target = draw(4, seed=2)
    p = logits.softmax(0)
    found = curvature.hessian(lambda z: losses.cross_entropy(z, target), logits)
    torch.testing.assert_close(found, torch.diag(p) - torch.outer(p, p))


@pytest.mark.parametrize("dtype, rtol", [(torch.float32, 1e-5), (torch.float64, 1e-13)])
@pytest.mark.parametrize("target", [0, 1, 2])
def test_certain_right_or_wrong_every_digit_holds(dtype, rtol, target):
    values = [-11.0, 10.0, -25.0]  # of p: 1e-9, almost 1, 1e-15
    logits = torch.tensor(values, dtype=dtype)
    entropy, slope, square, square_slope = exact(values, target)
    found = [f(logits, target) for pair in PAIRS for f in pair]
    for value, expected in zip(found, (entropy, slope, square, square_slope), strict=True):
        np.testing.assert_allclose(value.numpy(), expected, rtol=rtol)


def test_huge_logits_stay_finite():
    logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]])
    assert losses.cross_entropy(logits, torch.tensor([0, 0])).tolist() == [0, 2e4]
    assert losses.squared_error(logits, torch.tensor([0, 0])).tolist() == [0, 2]
    for _, gradient in PAIRS:
        assert torch.isfinite(gradient(logits, 0)).all()


def test_an_int_target_holds_for_every_example():
    logits, _ = draw(5, 3)
    for pair in PAIRS:
        for function in pair:
            each = function(logits, torch.full((5,), 2))
            torch.testing.assert_close(function(logits, 2), each)


def test_the_corners_of_the_grid():
    y1, y2 = np.linspace(-10, 10, 5), np.linspace(-10, 10, 9)
    entropy, slope = losses.grid(losses.cross_entropy, 0, y1, y2, -1000)
    square, flat = losses.grid(losses.squared_error, 0, y1, y2, -1000)
    assert entropy.shape == slope.shape == square.shape == flat.shape == (9, 5)
    wrong = (-1, 0)  # y₂ = 10 in the last row, y₁ = −10 in the first column
    assert float(entropy[wrong]) == pytest.approx(20, abs=1e-8)
    assert float(slope[wrong]) == pytest.approx(np.sqrt(2), abs=1e-8)
    assert float(square[wrong]) == pytest.approx(2, abs=1e-7)
    assert float(flat[wrong]) == pytest.approx(4 * np.sqrt(2) * np.exp(-20), rel=1e-7)
    # with y₃ far off, both depend on y₁ − y₂ alone
    diagonal = torch.diagonal(square[::2])
    torch.testing.assert_close(diagonal, torch.full_like(diagonal, 0.5))


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.squared_error])
def test_the_grid_norms_are_slopes_of_its_values(loss):
    y1, y2, h = [0.3, 1.1], [-0.4, 0.2, 2.0], 1e-6
    _, norms = losses.grid(loss, 2, y1, y2, [0.7, -1.0])
    slopes = []
    for k in range(4):

        def value(sign, k=k):
            a, b, c = [*y1], [*y2], [0.7, -1.0]
            if k < 2:
                part = (a, b)[k]
                part[:] = [v + sign * h for v in part]
            else:
                c[k - 2] += sign * h
            return losses.grid(loss, 2, a, b, c)[0]

        slopes.append((value(1) - value(-1)) / (2 * h))
    torch.testing.assert_close(norms, torch.stack(slopes).norm(dim=0), rtol=1e-6, atol=1e-9)


def test_the_grid_of_two_classes_has_no_rest():
    values, _ = losses.grid(losses.cross_entropy, 1, [0.0], [0.0, 1.0])
    np.testing.assert_allclose(values[:, 0], [np.log(2), np.log1p(np.exp(-1))])


@pytest.mark.parametrize("function", [f for pair in PAIRS for f in pair])
@pytest.mark.parametrize(
    "logits, target, error, words",
    [
        (torch.zeros(3, dtype=torch.int64), 0, TypeError, "received torch.int64"),
        ([0.0, 1.0], 0, TypeError, "received list"),
        (torch.zeros(()), 0, ValueError, r"K ≥ 2; received \(\)"),
        (torch.zeros(4, 1), 0, ValueError, r"K ≥ 2; received \(4, 1\)"),
        (torch.zeros(3), 3, ValueError, "from 0 to 2; received 3 to 3"),
        (torch.zeros(3), -1, ValueError, "from 0 to 2; received -1"),
        (torch.zeros(2, 3), torch.tensor([0, 5]), ValueError, "received 0 to 5"),
        (torch.zeros(2, 3), torch.tensor([0]), ValueError, r"shape \(2,\); received \(1,\)"),
        (torch.zeros(2, 3), torch.zeros(2), TypeError, "received torch.float32"),
        (torch.zeros(3), 1.0, TypeError, "received float"),
        (torch.zeros(3), True, TypeError, "received bool"),
    ],
)
def test_what_is_no_logits_or_no_target_is_named(function, logits, target, error, words):
    with pytest.raises(error, match=words):
        function(logits, target)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((functional.cross_entropy, 0, [0.0], [0.0]), "of this module"),
        ((losses.cross_entropy, 0, [], [0.0]), r"y1 .* received \(0,\)"),
        ((losses.cross_entropy, 0, [0.0], 1.0), r"y2 .* received \(\)"),
        ((losses.cross_entropy, 0, [0.0], [0.0], [[1.0]]), r"y3 .* received \(1, 1\)"),
        ((losses.cross_entropy, 2, [0.0], [0.0]), "from 0 to 1"),
    ],
)
def test_a_grid_that_is_none_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        losses.grid(*arguments)


def test_half_squares_is_torchs_sum_of_squares_over_twice_the_examples():
    (output, _), (target, _) = draw(5, 3), draw(5, 3, seed=1)
    expected = functional.mse_loss(output, target, reduction="sum") / 10
    torch.testing.assert_close(losses.half_squares(output, target), expected)


@pytest.mark.parametrize("shapes", [((5, 1), (5,)), ((5,), (5, 1)), ((5,), (5,)), ((5, 3), (1, 3))])
def test_half_squares_of_other_shapes_are_refused(shapes):
    output, target = map(torch.zeros, shapes)
    with pytest.raises(ValueError, match=r"of one shape, \(N, K\); received \("):
        losses.half_squares(output, target)


def test_signs_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"signs of shape \(2, 3\); received \(3, 2\)"):
        losses.of_signs(torch.zeros(2, 3, 7), torch.zeros(3, 2).long())
