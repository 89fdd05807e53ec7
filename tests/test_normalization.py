"""Normalization against scikit-learn, numpy and torch; its measures against closed forms."""

import copy
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler
from torch import nn

from trainingtips import normalization as norm


def randn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# standardize


def test_standardize_agrees_with_scikit_learn():
    train, test = 3 * randn(50, 4) + 7, randn(20, 4, seed=1)
    train[:, 2] = 0.1
    scaler = StandardScaler().fit(train.numpy())
    z, statistics = norm.standardize(train)
    np.testing.assert_allclose(z, scaler.transform(train.numpy()), atol=1e-12)
    np.testing.assert_allclose(statistics[0], scaler.mean_)
    np.testing.assert_allclose(
        norm.standardize(test, statistics)[0], scaler.transform(test.numpy()), atol=1e-12
    )
    assert statistics[1][2] == 0 and (z[:, 2] == 0).all()


# plain arithmetic gives the last three a std of 1e-17, and so z = ±1
@pytest.mark.parametrize("n, value", [(1, 5.0), (3, 0.1), (7, 0.7), (50, 1 / 3)])
def test_a_constant_feature_is_zero_even_where_its_mean_rounds(n, value):
    x = torch.full((n, 1), value, dtype=torch.float64)
    z, (mean, std) = norm.standardize(x)
    assert (z == 0).all() and mean == value and std == 0


@settings(deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda d: st.lists(
            st.lists(st.integers(-1000, 1000), min_size=d, max_size=d), min_size=1, max_size=8
        )
    )
)
def test_standardize_twice_is_standardize_once(rows):
    x = torch.tensor(rows, dtype=torch.float64) / 7  # sevenths: sums round
    z, (_, std) = norm.standardize(x)
    constant = np.ptp(np.array(rows), axis=0) == 0
    assert ((std == 0).numpy() == constant).all()
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(z.numpy().std(0), ~constant, atol=1e-9)
    torch.testing.assert_close(norm.standardize(z)[0], z, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize(
    "x, error, words",
    [
        (torch.zeros(2, 2, dtype=torch.int64), TypeError, "received torch.int64"),
        (np.zeros((2, 2)), TypeError, "received ndarray"),
        (torch.zeros(3), ValueError, r"received \(3,\)"),
        (torch.zeros(0, 3), ValueError, r"received \(0, 3\)"),
        (torch.tensor([[1.0, math.nan]]), ValueError, "received 1 values that are not, of 2"),
    ],
)
@pytest.mark.parametrize("function", [norm.standardize, norm.condition_number])
def test_what_is_no_features_is_named(function, x, error, words):
    with pytest.raises(error, match=words):
        function(x)


@pytest.mark.parametrize(
    "mean, std, words",
    [
        (torch.zeros(3), torch.ones(2), r"mean is finite, of shape \(2,\)"),
        (torch.zeros(2), torch.tensor([1.0, math.inf]), "std is finite"),
        (torch.zeros(2), torch.tensor([1.0, -1.0]), "0 or more"),
    ],
)
def test_statistics_that_are_none_are_named(mean, std, words):
    with pytest.raises(ValueError, match=words):
        norm.standardize(torch.zeros(4, 2), (mean, std))


# condition number


@pytest.mark.parametrize("bias", [False, True])
def test_condition_number_is_numpys_of_the_hessian(bias):
    x = randn(40, 3) * torch.tensor([1.0, 10.0, 0.2]) + 2
    a = np.column_stack([x, np.ones(40)]) if bias else x.numpy()
    expected = np.linalg.cond(a.T @ a / 40)
    assert norm.condition_number(x, bias) == pytest.approx(expected, rel=1e-8)


def test_condition_number_survives_where_the_gram_matrix_has_lost_it():
    x = torch.tensor([[1.0, 0.0], [0.0, 1e-9]], dtype=torch.float64)
    rotation = torch.linalg.qr(randn(2, 2, seed=3))[0]
    assert norm.condition_number(x @ rotation) == pytest.approx(1e18, rel=1e-5)


def test_a_mean_that_is_not_zero_costs_condition_and_standardizing_repairs_it():
    # orthogonal ±1 features off by m: the Hessian's eigenvalues solve a 2 × 2 problem by hand
    m = 3.0
    x = torch.tensor([[1.0], [-1.0]]) + m
    trace, root = m * m + 2, math.sqrt((m * m + 2) ** 2 - 4)  # determinant 1
    expected = (trace + root) / (trace - root)
    assert norm.condition_number(x, bias=True) == pytest.approx(expected, rel=1e-5)
    assert norm.condition_number(norm.standardize(x)[0], bias=True) == pytest.approx(1)


@pytest.mark.parametrize(
    "x, bias",
    [
        (torch.zeros(3, 2), False),
        (torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]), False),
        (randn(2, 3), False),  # fewer examples than weights
        (randn(3, 3), True),  # so too with the bias
        (torch.full((5, 1), 7.0), True),  # a constant feature beside the bias
    ],
)
def test_a_singular_hessian_has_an_infinite_condition_number(x, bias):
    assert norm.condition_number(x, bias) == math.inf


# batch norm


def batch_norm_of_torch(d, eps, momentum=0.1):
    layer = nn.BatchNorm1d(d, eps=eps, momentum=momentum).double()
    with torch.no_grad():
        layer.weight.copy_(randn(d, seed=1))
        layer.bias.copy_(randn(d, seed=2))
    return layer


@pytest.mark.parametrize("n, eps", [(2, 1e-5), (16, 1e-5), (16, 0.5)])
def test_batch_norm_and_its_derivatives_are_torchs(n, eps):
    layer, x = batch_norm_of_torch(3, eps), (4 * randn(n, 3) + 1).requires_grad_()
    ours = norm.batch_norm(x, layer.weight, layer.bias, eps)
    torch.testing.assert_close(ours, layer(x))
    leaves, weights = (x, layer.weight, layer.bias), randn(n, 3, seed=5)
    expected = torch.autograd.grad((layer(x) * weights).sum(), leaves)
    torch.testing.assert_close(torch.autograd.grad((ours * weights).sum(), leaves), expected)


@pytest.mark.parametrize("momentum", [0.0, 0.1, 1.0])
def test_running_statistics_are_torchs(momentum):
    layer = batch_norm_of_torch(3, 1e-5, momentum)
    mean, variance = torch.zeros(3).double(), torch.ones(3).double()
    for seed in range(3):
        x = 2 * randn(8, 3, seed=seed) - 1
        layer(x)
        mean = norm.running_update(mean, x.mean(0), momentum)
        variance = norm.running_update(
            variance, torch.from_numpy(x.numpy().var(0, ddof=1)), momentum
        )
    torch.testing.assert_close(layer.running_mean, mean)
    torch.testing.assert_close(layer.running_var, variance)


@pytest.mark.parametrize(
    "x, gamma, beta, words",
    [
        (torch.zeros(1, 2), torch.ones(2), torch.zeros(2), "batch of one"),
        (torch.zeros(4, 2), torch.ones(1), torch.zeros(2), r"gamma has shape \(2,\); .* \(1,\)"),
        (torch.zeros(4, 2), torch.ones(2), torch.zeros(()), r"beta has shape \(2,\); .* \(\)"),
        (torch.zeros(4), torch.ones(2), torch.zeros(2), r"received \(4,\)"),
    ],
)
def test_what_batch_norm_cannot_take_is_named(x, gamma, beta, words):
    with pytest.raises(ValueError, match=words):
        norm.batch_norm(x, gamma, beta)


@pytest.mark.parametrize("momentum", [-0.1, 1.5, math.nan])
def test_momentum_is_a_weight(momentum):
    with pytest.raises(ValueError, match="from 0 to 1"):
        norm.running_update(torch.zeros(1), torch.ones(1), momentum)


# smoothness


def test_smoothness_of_a_quadratic_has_its_closed_form():
    a = randn(5, 5).numpy()
    h, theta, steps = a + a.T, randn(5, seed=1), [0.01, 0.1, 1.0]
    matrix = torch.from_numpy(h)
    found = norm.smoothness(lambda t: 0.5 * t @ matrix @ t, theta, steps)
    g = h @ theta.numpy()
    hg, ghg = np.linalg.norm(h @ g), g @ h @ g
    assert found.steps == tuple(steps)
    assert found.beta == pytest.approx(hg / np.linalg.norm(g), rel=1e-10)
    np.testing.assert_allclose(found.distances, np.multiply(steps, hg), rtol=1e-10)
    value = 0.5 * theta.numpy() @ g
    expected = [value - s * g @ g + 0.5 * s * s * ghg for s in steps]
    np.testing.assert_allclose(found.losses, expected, rtol=1e-10)


def test_effective_beta_is_that_of_the_worst_step():
    # t⁴ at 1 has g = 4: the ratio |4 − 4(1 − 4η)³| / 4η is its curvature 12 for a small η, 4 where
    # the step lands on the minimum, and grows again beyond
    found = norm.smoothness(lambda t: (t**4).sum(), torch.ones(1).double(), [1e-9, 0.25, 0.75])
    ratios = [d / (4 * s) for d, s in zip(found.distances, found.steps, strict=True)]
    np.testing.assert_allclose(ratios, [12, 4, 12], rtol=1e-6)
    steep = norm.smoothness(lambda t: (t**4).sum(), torch.ones(1).double(), [0.25, 1.0, 0.5])
    assert steep.beta == pytest.approx(28)  # η = 1: (4 + 4 · 27) / 4


@pytest.mark.parametrize("steps", [[], [0.0], [0.1, -0.1], [math.inf], [math.nan]])
def test_steps_are_positive_and_finite(steps):
    with pytest.raises(ValueError, match="steps are finite, positive"):
        norm.smoothness(lambda t: (t**2).sum(), torch.ones(2), steps)


def test_no_gradient_no_direction():
    with pytest.raises(ValueError, match=r"norm 0\.0"):
        norm.smoothness(lambda t: (t**2).sum(), torch.zeros(2), [0.1])


def test_a_probe_that_diverges_says_so():
    with pytest.raises(ValueError, match="inf"):
        norm.smoothness(lambda t: (t**2).sum(), torch.ones(1), [1e30])


# covariate shift


def test_covariate_shift_of_known_gradients():
    g = torch.tensor([[3.0, 4.0]])
    assert norm.covariate_shift(g, 2 * g) == pytest.approx((5, 1))
    assert norm.covariate_shift(g, -g) == pytest.approx((10, -1))
    tiny = norm.covariate_shift(1e-30 * g, torch.tensor([[-4e-30, 3e-30]]))
    assert tiny == pytest.approx((5e-30 * math.sqrt(2), 0), rel=1e-5, abs=1e-35)
    distance, cosine = norm.covariate_shift(g, 0 * g)
    assert distance == 5 and math.isnan(cosine)


@pytest.mark.parametrize("after", [torch.zeros(3), torch.zeros(1, 2)])
def test_gradients_to_compare_have_one_shape(after):
    with pytest.raises(ValueError, match=r"received \(2,\) and"):
        norm.covariate_shift(torch.ones(2), after)


def mean_square(output, y):
    return ((output - y) ** 2).mean()


def step(eta):
    return lambda parameters, gradients: {n: p - eta * gradients[n] for n, p in parameters.items()}


def linear_net(*widths, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(*(nn.Linear(a, b, bias=False) for a, b in pairwise(widths))).double()


def test_two_linear_layers_by_hand():
    """½(ŷ − y)² with ŷ = bax: ∂/∂b is (bax − y)ax; after the update of a, (ba′x − y)a′x."""
    net = linear_net(1, 1, 1)
    x, y, eta = 2.0, 1.0, 0.1
    a, b = (p.item() for p in net.parameters())
    moved = a - eta * (b * a * x - y) * b * x
    before, after = (b * a * x - y) * a * x, (b * moved * x - y) * moved * x

    def half_square(output, target):
        return 0.5 * ((output - target) ** 2).sum()

    first, second = norm.internal_covariate_shift(
        net,
        half_square,
        torch.tensor([[x]]).double(),
        torch.tensor([[y]]).double(),
        ["0", "1"],
        step(eta),
    )
    assert first == (0, pytest.approx(1))
    assert second == pytest.approx((abs(before - after), np.sign(before * after)))


def test_three_linear_layers_by_matrix_algebra():
    """Each layer's gradient of ‖ŷ − y‖² is (layers above)ᵀ r (input)ᵀ, at W₁′ … Wᵢ₋₁′, Wᵢ … W₃."""
    net, eta, n = linear_net(4, 3, 3, 2, seed=1), 0.05, 6
    x, y = randn(n, 4), randn(n, 2, seed=1)
    old = [p.detach().numpy() for p in net.parameters()]

    def gradient(weights, i):
        w1, w2, w3 = weights
        inputs = [x.numpy().T, w1 @ x.numpy().T, w2 @ w1 @ x.numpy().T][i]
        above = [w3 @ w2, w3, np.eye(2)][i]
        residual = w3 @ w2 @ w1 @ x.numpy().T - y.numpy().T
        return above.T @ (2 * residual / residual.size) @ inputs.T

    new = [w - eta * gradient(old, i) for i, w in enumerate(old)]
    found = norm.internal_covariate_shift(net, mean_square, x, y, ["0", "1", "2"], step(eta))
    for i, shift in enumerate(found):
        g, h = gradient(old, i).ravel(), gradient(new[:i] + old[i:], i).ravel()
        cosine = g @ h / np.linalg.norm(g) / np.linalg.norm(h)
        assert shift == pytest.approx((np.linalg.norm(g - h), cosine), abs=1e-12)
    assert found[2].distance > 1e-3 and found[2].cosine < 1 - 1e-6  # and not for want of a shift


def normalized_net():
    torch.manual_seed(0)
    layers = [nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2)]
    return nn.Sequential(*layers).double()


def test_an_optimiser_may_take_the_step_and_the_module_stays():
    net, x, y = normalized_net(), randn(8, 4), randn(8, 2, seed=1)
    stepped, state = copy.deepcopy(net), copy.deepcopy(net.state_dict())
    mean_square(stepped(x), y).backward()
    torch.optim.SGD(stepped.parameters(), lr=0.1).step()
    layers = ["0", "1", ("3.weight", "3.bias")]
    by_torch = norm.internal_covariate_shift(
        net, mean_square, x, y, layers, lambda *_: dict(stepped.named_parameters())
    )
    by_hand = norm.internal_covariate_shift(net, mean_square, x, y, layers, step(0.1))
    np.testing.assert_allclose(by_torch, by_hand, rtol=1e-9)
    assert by_torch[0].distance == 0 and by_torch[2].distance > 0
    torch.testing.assert_close(net.state_dict(), state, rtol=0, atol=0)
    assert all(p.grad is None for p in net.parameters())


def test_a_last_layer_alone_has_no_direction_where_its_inputs_are_dead():
    net = linear_net(1, 1, 1)
    with torch.no_grad():
        net[0].weight.zero_()
    x, y = torch.ones(1, 1).double(), torch.ones(1, 1).double()
    _, second = norm.internal_covariate_shift(net, mean_square, x, y, ["0", "1"], step(0.1))
    assert second.distance > 0 and math.isnan(second.cosine)


@pytest.mark.parametrize(
    "layers, error, words",
    [
        ("0", TypeError, r"such as \['0', '2'\]; received '0'"),
        (["0", "7"], ValueError, "no parameter in '7'; known are .*'0.weight'"),
        (["0", "3"], ValueError, r"missing: \['1.weight', '1.bias'\], twice: \[\]"),
        (["0", "0.bias", "1", "3"], ValueError, r"missing: \[\], twice: \['0.bias'\]"),
    ],
)
def test_layers_hold_each_parameter_once(layers, error, words):
    with pytest.raises(error, match=words):
        norm.internal_covariate_shift(
            normalized_net(), mean_square, randn(8, 4), randn(8, 2), layers, step(0.1)
        )


def test_a_layers_name_is_not_a_prefix_of_anothers():
    net = nn.Sequential(*(nn.Linear(1, 1) for _ in range(11)))
    names = [str(i) for i in range(11)]  # "1" and "10"
    still = norm.internal_covariate_shift(
        net, mean_square, torch.ones(2, 1), torch.zeros(2, 1), names, step(0.0)
    )
    assert [shift.distance for shift in still] == [0] * 11


def test_an_update_returns_every_parameter():
    net, data = linear_net(1, 1, 1), (torch.ones(1, 1).double(), torch.zeros(1, 1).double())
    with pytest.raises(ValueError, match=r"update returns .* received {}"):
        norm.internal_covariate_shift(net, mean_square, *data, ["0", "1"], lambda *_: {})


def test_dropout_would_pass_for_a_shift_and_is_refused():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 20), nn.Dropout(), nn.Linear(20, 1)).double()
    arguments = (net, mean_square, randn(8, 4), randn(8, 1), ["0", "2"], step(0.0))
    with pytest.raises(ValueError, match="dropout"):
        norm.internal_covariate_shift(*arguments)
    net.eval()
    assert [s.distance for s in norm.internal_covariate_shift(*arguments)] == [0, 0]


def test_a_constant_feature_is_found_beside_others():
    x = randn(7, 2)
    x[:, 1] = 0.7
    z, (mean, std) = norm.standardize(x)
    assert (z[:, 1] == 0).all() and mean[1] == 0.7 and std[1] == 0 and std[0] > 0


def test_epsilon_is_torchs_own_unless_given():
    x = 1e-3 * randn(6, 3)
    found = norm.batch_norm(x, torch.ones(3).double(), torch.zeros(3).double())
    torch.testing.assert_close(found, nn.BatchNorm1d(3).double()(x).detach())
