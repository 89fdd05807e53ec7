"""Sharpness against closed forms, brute force, and Dinh's rescaling of a ReLU network."""

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import curvature


def bowl(values):
    values = torch.tensor(values, dtype=torch.float64)
    return lambda t: 0.5 * (values * t**2).sum()


def relu_network(factor):
    """(loss, θ) of one ReLU network, its first layer times `factor`, its second divided by it."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    x, y = torch.randn(30, 4, dtype=torch.float64), torch.randint(3, (30,))
    with torch.no_grad():
        network[0].weight.mul_(factor)
        network[0].bias.mul_(factor)
        network[2].weight.div_(factor)
    return curvature.flat_loss(network, nn.functional.cross_entropy, x, y)


def test_keskars_number_on_a_bowl():
    # the maximum over the box is in its corner: ½ Σ λᵢ ε² (|θᵢ| + 1)², here at θ = 0
    loss, theta = bowl([1.0, 4.0, 9.0]), torch.zeros(3, dtype=torch.float64)
    assert curvature.sharpness(loss, theta, 0.1) == pytest.approx(100 * 0.5 * 14 * 0.01)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e6])
def test_the_size_of_the_loss_does_not_end_the_search(scale):
    values = torch.linspace(0.1, 5, 40, dtype=torch.float64)
    start = torch.full((40,), 0.01, dtype=torch.float64)
    loss = bowl((scale * values).tolist())
    top = 0.5 * scale * (values * (start + 1e-2 * start) ** 2).sum()
    found = curvature.adaptive_sharpness(loss, start, 1e-2)
    assert found == pytest.approx(float(top - loss(start)), rel=1e-6)


def test_the_box_grows_with_the_weights():
    theta = torch.tensor([3.0, 0.0], dtype=torch.float64)
    top = 0.5 * (3 + 0.1 * 4) ** 2 + 0.5 * 4 * 0.1**2
    expected = 100 * (top - 4.5) / (1 + 4.5)
    assert curvature.sharpness(bowl([1.0, 4.0]), theta, 0.1) == pytest.approx(expected)


def test_sharpness_is_at_least_what_random_search_finds():
    loss, theta = relu_network(1.0)
    found = curvature.sharpness(loss, theta, 1e-2, iterations=30)
    corners = torch.from_numpy(np.random.default_rng(0).choice([-1.0, 1.0], size=(500, len(theta))))
    steps = 1e-2 * (theta.abs() + 1) * corners
    best = max(float(loss(theta + step)) for step in steps)
    base = float(loss(theta))
    assert found >= 100 * (best - base) / (1 + base)


def test_a_subspace_of_all_dimensions_sees_a_rise_too():
    loss, theta = bowl([1.0, 4.0, 9.0]), torch.zeros(3, dtype=torch.float64)
    small = curvature.sharpness(loss, theta, 0.1, subspace=1)
    assert small > 0
    # along one random direction a: |z| ≤ ε, a rise of ½ ε² aᵀHa
    a = np.random.default_rng(0).normal(size=(3, 1))[:, 0]
    assert small == pytest.approx(100 * 0.5 * 0.01 * (np.array([1.0, 4, 9]) * a**2).sum())


@pytest.mark.parametrize("factor", [0.1, 7.0])
def test_only_the_adaptive_measures_survive_rescaling(factor):
    """The rescaled network is the same function (Dinh et al. 2017)."""
    (loss, theta), (loss2, theta2) = relu_network(1.0), relu_network(factor)
    assert float(loss(theta)) == pytest.approx(float(loss2(theta2)))
    raw = [curvature.eigenpairs(*pair, 1, "largest")[0][0] for pair in
           ((loss, theta), (loss2, theta2))]  # fmt: skip
    assert max(raw) > 2 * min(raw)
    relative = [
        curvature.eigenpairs(*curvature.relative(*pair), 1, "largest")[0][0]
        for pair in ((loss, theta), (loss2, theta2))
    ]
    assert relative[0] == pytest.approx(relative[1], rel=1e-8)
    adaptive = [
        curvature.adaptive_sharpness(*pair, 0.05) for pair in ((loss, theta), (loss2, theta2))
    ]
    assert adaptive[0] == pytest.approx(adaptive[1], rel=1e-6)


def test_adaptive_sharpness_on_a_bowl():
    theta = torch.tensor([2.0, -1.0], dtype=torch.float64)
    expected = 0.5 * (2.2**2 + 4 * 1.1**2) - 0.5 * (4 + 4)
    assert curvature.adaptive_sharpness(bowl([1.0, 4.0]), theta, 0.1) == pytest.approx(expected)


def test_flat_and_degenerate_losses():
    theta = torch.ones(3, dtype=torch.float64)
    assert curvature.sharpness(lambda t: torch.tensor(2.0), theta) == 0
    assert curvature.sharpness(lambda t: 0 * t.sum(), theta) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epsilon": 0}, "epsilon is above 0; received 0"),
        ({"epsilon": float("nan")}, "nan"),
        ({"iterations": 0}, "iterations"),
        ({"starts": 1.5}, "starts"),
        ({"subspace": 4}, "subspace"),
    ],
)
def test_wrong_arguments_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        curvature.sharpness(lambda t: (t**2).sum(), torch.ones(3), **options)


def test_a_negative_loss_has_no_keskar_sharpness():
    with pytest.raises(ValueError, match="-3"):
        curvature.sharpness(lambda t: -t.sum(), torch.ones(3))


def test_a_subspace_has_the_weights_precision():
    loss = lambda t: (t**2).sum()  # noqa: E731
    theta = torch.tensor([1.0, -2.0, 0.5])
    single = curvature.sharpness(loss, theta, 0.1, subspace=2)
    double = curvature.sharpness(loss, theta.double(), 0.1, subspace=2)
    assert single == pytest.approx(double, rel=1e-4)


def test_iterations_bound_the_search():
    calls = []

    def loss(t):
        calls.append(1)
        return (t.sin() * t.roll(1).cos()).sum() + len(t)

    def count(iterations):
        calls.clear()
        fresh = lambda t: loss(t)  # noqa: E731  # so that each is checked, by as many calls
        curvature.sharpness(fresh, torch.linspace(-1, 1, 30).double(), 0.5, iterations)
        return len(calls)

    assert count(1) < count(3) < count(12)


WALLS = {
    "inf": (lambda t: torch.where(t.sum() > 3, torch.inf, t.square().sum()), "loss is inf"),
    "nan": (lambda t: t.square().sum() + (3.0 - t.sum() + 1e-9).sqrt(), "loss is nan"),
    "a slope of nan": (lambda t: (t - 1).square().sum().sqrt() + t.square().sum(), "gradient that"),
    "a slope of inf": (lambda t: (t - 1).abs().sum().sqrt() + t.square().sum(), "gradient that"),
}


@pytest.mark.filterwarnings("ignore:the gradient is not the slope")
@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("measure", [curvature.sharpness, curvature.adaptive_sharpness])
def test_a_box_in_which_the_loss_has_no_slope_is_refused(measure, wall):
    loss, words = WALLS[wall]
    with pytest.raises(ValueError, match=words):
        measure(loss, torch.ones(3, dtype=torch.float64), 1e-2)


def test_a_loss_that_is_finite_around_the_box_alone_is_taken():
    def loss(t):
        return torch.where(t.abs().max() < 2, t.square().sum(), torch.nan)

    theta = torch.ones(3, dtype=torch.float64)
    assert curvature.adaptive_sharpness(loss, theta, 0.1) == pytest.approx(3 * 1.21 - 3)
    whole = np.int64(20)  # as numpy counts
    found = curvature.sharpness(loss, theta, 0.1, whole, np.int32(2), subspace=np.int64(3))
    assert found == curvature.sharpness(loss, theta, 0.1, 20, 2, subspace=3)
