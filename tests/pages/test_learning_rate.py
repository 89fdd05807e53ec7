"""The page on the learning rate: its lines of Python, its table and its exercises, each run.

The oracles are torch.optim's optimisers and schedulers, autograd, scipy and plain iteration.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import optimize

from figures.learning_rate import (
    adagrad_burst,
    adam_bias,
    edge_of_stability,
    one_rate,
    rotation,
    schedules,
    stuck_not_small,
    warm_up,
)

PAGE = (Path(__file__).parents[2] / "docs/learning_rate.md").read_text(encoding="utf-8")
RULES = {
    name: code for code, name in re.findall(r"```python\n(def (\w+)\(.*?)```", PAGE, re.DOTALL)
}
ROW = re.compile(r"^\| ([^|`]+?) \| `(g = [^`]+)` \| `(\w+): ([^`]+)` \|$", re.MULTILINE)
ROWS = [
    (form.replace("`", ""), *rest)
    for form, *rest in ROW.findall(PAGE.replace("`s` from `0.1`", "s from 0.1"))
]
STEPS, ETA, ALPHA, A, B, EPS, DECAY = 25, 0.05, 0.95, 0.8, 0.97, 0.03, 0.1
START = torch.tensor([1.5, -0.7, 0.3], dtype=torch.float64)


def grad(theta):
    """Of ¼Σθ⁴ + ½(θ₁ + θ₂ + θ₃)²: not a quadratic, and no direction goes its own way."""
    return theta**3 + theta.sum()


def torch_path(name, **options):
    """The points of torch's own optimiser: (STEPS + 1, 3)."""
    theta = START.clone().requires_grad_()
    optimizer = getattr(torch.optim, name)([theta], **options)
    points = [START]
    for _ in range(STEPS):
        theta.grad = grad(theta.detach())
        optimizer.step()
        points.append(theta.detach().clone())
    return torch.stack(points)


def assert_same(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "torchs", "averages", "ours", "theirs"),
    [
        ("adagrad", "Adagrad", 1, (ETA, EPS), {"eps": EPS}),
        ("rmsprop", "RMSprop", 1, (ETA, ALPHA, EPS), {"alpha": ALPHA, "eps": EPS}),
        ("adam", "Adam", 2, (ETA, A, B, EPS), {"betas": (A, B), "eps": EPS}),
        (
            "adamw",
            "AdamW",
            2,
            (ETA, A, B, EPS, DECAY),
            {"betas": (A, B), "eps": EPS, "weight_decay": DECAY},
        ),
    ],
)
def test_the_lines_of_a_rule_are_torchs_step_by_step(name, torchs, averages, ours, theirs):
    assert len(RULES[name].strip().splitlines()) <= 6
    names = {}
    exec(RULES[name], names)
    state = [START, *[torch.zeros_like(START)] * averages]
    for t, expected in enumerate(torch_path(torchs, lr=ETA, **theirs)[1:], start=1):
        count = (t,) if averages == 2 else ()
        state = list(names[name](*state, *count, grad(state[0]), *ours))
        assert_same(state[0], expected)


def test_all_rules_of_the_page_are_tested():
    assert set(RULES) == {"adagrad", "rmsprop", "adam", "adamw"}


# the table of conventions


def names_at_start(form):
    zero = torch.zeros_like(START)
    start = 0.1 if "from 0.1" in form else 0.0
    return {
        "θ": START, "s": zero + start, "m": zero, "v": zero, "η": ETA, "α": ALPHA, "a": A, "b": B,
        "ε": EPS, "w": DECAY, "grad": grad, "sqrt": torch.sqrt,
    }  # fmt: skip


def row_and_torch(form, code, name, settings):
    """The points of a row's own code, and those of torch with the settings beside it."""
    names = names_at_start(form)
    weights = [START[i : i + 1].clone().requires_grad_() for i in range(3)]
    optimizer, ours, theirs = None, [], []
    for t in range(1, STEPS + 1):
        names["t"] = t
        exec(code, names)
        each = eval(f"dict({settings})", dict(names))
        # a setting may differ from weight to weight: every weight is a group of its own
        groups = [
            {"params": [w], **{k: per_weight(value, i) for k, value in each.items()}}
            for i, w in enumerate(weights)
        ]
        if optimizer is None:
            first = each.get("initial_accumulator_value", 0.0)
            extra = {"initial_accumulator_value": first} if first else {}
            optimizer = getattr(torch.optim, name)([dict(g) for g in groups], **extra)
        for group, settings_now in zip(optimizer.param_groups, groups, strict=True):
            group.update({k: v for k, v in settings_now.items() if k != "params"})
        gradient = grad(torch.cat(weights).detach())
        for i, w in enumerate(weights):
            w.grad = gradient[i : i + 1]
        optimizer.step()
        ours.append(names["θ"])
        theirs.append(torch.cat(weights).detach().clone())
    return torch.stack(ours), torch.stack(theirs)


def per_weight(value, i):
    return float(value[i]) if torch.is_tensor(value) else value


def test_the_table_is_read_whole():
    table = PAGE.split("| form |")[1].split("\n\n")[0]
    assert len(ROWS) == table.count("\n") - 1 == 11


@pytest.mark.parametrize("row", ROWS, ids=[each[0] for each in ROWS])
def test_a_row_of_the_table_walks_torchs_path(row):
    assert_same(*row_and_torch(*row))


def test_the_rows_are_not_all_one():
    ends = {tuple(np.round(row_and_torch(*row)[0][-1].numpy(), 9)) for row in ROWS}
    assert len(ends) == len(ROWS)


def test_an_inner_epsilon_acts_like_its_root():
    tiny = 1e-12
    inner, outer = (tiny / np.sqrt(tiny**2 + 1e-7), tiny / (tiny + np.sqrt(1e-7)))
    assert abs(inner / outer - 1) < 1e-6
    assert abs(np.sqrt(1e-7) - 3e-4) < 2e-5  # the page's 3·10⁻⁴


# what the figures compute, by other means


def test_the_bowl_is_its_own_loss():
    theta = torch.tensor([-150.0, 1.0], dtype=torch.float64)
    x, y = torch.from_numpy(one_rate.X), torch.from_numpy(one_rate.targets())

    def loss(theta):
        return 0.5 * ((theta[0] + theta[1] * x - y) ** 2).mean()

    assert abs(float(loss(theta)) - one_rate.loss(theta.numpy())) < 1e-9
    found = torch.autograd.functional.hessian(loss, theta).numpy()
    np.testing.assert_allclose(found, one_rate.hessian(), rtol=1e-12)
    path, rate = one_rate.walk(1e-3, 1, start=theta.tolist()), 1e-3
    expected = theta - rate * torch.func.grad(loss)(theta)
    np.testing.assert_allclose(path[1], expected.numpy(), rtol=1e-12)


def test_the_mean_over_history_is_the_lectures():
    found = adagrad_burst.walk(0.5, mean=True, updates=40)
    h = one_rate.hessian()
    design, y = one_rate.design(), one_rate.targets()
    theta, history = np.array(one_rate.START), []
    for t in range(40):
        np.testing.assert_allclose(found["path"][t], theta, rtol=1e-7)
        gradient = design.T @ (design @ theta - y) / len(y)
        history.append(gradient)
        sigma = np.sqrt(np.mean(np.square(history), axis=0))
        largest = np.abs(np.linalg.eigvals(0.5 * h / sigma[:, None])).max()
        assert abs(found["step"][t] / largest - 1) < 1e-6
        theta = theta - 0.5 * gradient / sigma


@pytest.mark.parametrize("angle", [0.1, 0.5, 0.7])
def test_no_rates_leave_a_smaller_condition_number(angle):
    h = rotation.turned(angle)[1]

    def condition(log_ratio):
        scale = np.array([1.0, np.exp(log_ratio / 2)])
        values = np.linalg.eigvalsh(scale[:, None] * h * scale)
        return values[1] / values[0]

    best = optimize.minimize_scalar(
        condition, bounds=(-8, 8), method="bounded", options={"xatol": 1e-9}
    )
    assert abs(best.fun / rotation.scaled_condition(angle) - 1) < 1e-6


def test_the_preconditioner_is_that_of_adams_next_step():
    theta = START.float().requires_grad_()
    optimizer = torch.optim.Adam([theta], lr=ETA, betas=(0.0, 0.999))  # no average: m̂ = g
    for _ in range(3):
        theta.grad = grad(theta.detach())
        scale = edge_of_stability.preconditioner(optimizer, theta)
        before = theta.detach().clone()
        optimizer.step()
        torch.testing.assert_close(before - theta.detach(), ETA * scale**2 * theta.grad)


def test_top_is_the_largest_eigenvalue_of_the_scaled_hessian():
    matrix = torch.from_numpy(np.cov(np.random.default_rng(0).normal(size=(12, 40))))
    scale = torch.linspace(0.5, 2, 12, dtype=torch.float64)

    def loss(theta):
        return 0.5 * theta @ matrix @ theta

    theta = torch.ones(12, dtype=torch.float64)
    found = edge_of_stability.top(loss, theta, scale, {}, "own")
    expected = float(torch.linalg.eigvalsh(scale[:, None] * matrix * scale)[-1])
    assert abs(found / expected - 1) < 1e-3


def test_momentum_as_an_average_diverges_beyond_adams_edge():
    edge = (2 + 2 * edge_of_stability.BETA1) / (1 - edge_of_stability.BETA1)
    assert abs(edge - 38) < 1e-9
    for step, grows in ((0.99 * edge, False), (1.01 * edge, True)):
        theta, m = 1.0, 0.0
        for _ in range(3000):
            m = 0.9 * m + 0.1 * theta
            theta = theta - step * m
        assert (abs(theta) > 1) == grows


def factors(make, updates):
    """What a torch scheduler multiplies the rate by, at each update."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, found = make(optimizer), []
    for _ in range(updates):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_the_schedules_are_torchs():
    n, lr = schedules.UPDATES, torch.optim.lr_scheduler
    cosine = factors(lambda o: lr.CosineAnnealingLR(o, n), n)
    np.testing.assert_allclose([schedules.cosine(t) for t in range(n)], cosine, atol=1e-9)
    step = factors(lambda o: lr.MultiStepLR(o, [n // 2, 3 * n // 4]), n)
    np.testing.assert_allclose([schedules.step(t) for t in range(n)], step, rtol=1e-9)
    rest = factors(lambda o: lr.CosineAnnealingLR(o, n - schedules.WARM), n - schedules.WARM)
    later = [schedules.warm_up_cosine(t) for t in range(schedules.WARM, n)]
    np.testing.assert_allclose(later, rest, atol=1e-9)
    warm = warm_up.WARM
    linear = factors(lambda o: lr.LinearLR(o, 1 / warm, 1.0, warm - 1), warm + 5)
    np.testing.assert_allclose(factors(warm_up.schedule(warm), warm + 5), linear, rtol=1e-9)


def test_relabelling_leaves_the_rest_alone():
    train, _ = schedules.data.load("digits").split(schedules.N, seed=0)
    noisy = schedules.relabelled(train, 0.2)
    wrong = float((noisy.y != train.y).double().mean())
    assert 0.14 < wrong < 0.22  # a tenth of the drawn labels are right by chance
    assert torch.equal(schedules.relabelled(train, 0.0).y, train.y)


def test_torch_without_its_correction_is_adam_without_correction():
    theta = START.clone().requires_grad_()
    optimizer = torch.optim.Adam([theta], lr=ETA, betas=(0.9, 0.999), eps=0.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, adam_bias.uncorrected)
    own, m, v = START, torch.zeros_like(START), torch.zeros_like(START)
    for _ in range(STEPS):
        theta.grad = grad(theta.detach())
        optimizer.step()
        scheduler.step()
        g = grad(own)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        own = own - ETA * m / v.sqrt()
        torch.testing.assert_close(theta.detach(), own, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("step", [0.2, 1.0, 1.7])
def test_steps_in_a_noisy_bowl_have_the_correlation_of_theory(step):
    rng = np.random.default_rng(0)
    x, path = 0.0, []
    for noise in rng.normal(size=200_000):
        x = (1 - step) * x + noise
        path.append(x)
    moves = np.diff(path)
    assert abs(np.corrcoef(moves[1:], moves[:-1])[0, 1] + step / 2) < 0.01


def test_movement_finds_that_correlation_in_a_path():
    x = torch.randn(200, 64, generator=torch.Generator().manual_seed(0))
    y = torch.nn.functional.one_hot(torch.arange(200) % 10, 10).float()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = stuck_not_small.network()
    weights = torch.cat([p.detach().reshape(-1) for p in module.parameters()]).numpy()
    swing = np.where(np.arange(401) % 2, 0.01, -0.01)[:, None]  # every weight to and fro
    found = stuck_not_small.movement(module, weights + swing, x, y)
    np.testing.assert_allclose(found["correlation"], -1, atol=1e-2)
    assert found["net_share"] < 1e-6


# the exercises, with oracles of their own


def solution(number):
    """The text of an exercise's solution; its numbers are compared with computed ones."""
    return PAGE.split(f"\n**{number}. ")[1].split("??? success")[1].split("\n**")[0]


def assert_stated(number, *values):
    """Each value, a string of digits, stands in the solution of that exercise."""
    stated = re.findall(r"\d+(?:\.\d+)?", solution(number))
    for value in values:
        assert value in stated, f"exercise {number} states {stated}, computed {value}"


def test_exercise_1_limit():
    def kept(eta):
        return max(abs(1 - eta), abs(1 - 200 * eta))

    limit = optimize.brentq(lambda eta: kept(eta) - 1, 0.006, 0.02)
    best = optimize.minimize_scalar(
        kept, bounds=(0, 0.01), method="bounded", options={"xatol": 1e-12}
    )
    updates = np.log(10) / -np.log(best.fun)
    assert_stated(1, f"{limit:.2f}", f"{best.x:.5f}", f"{best.fun:.5f}", f"{updates:.1f}")


def test_exercise_2_averages():
    m = v = 0.0
    found = []
    for _ in range(200):  # gradients of one
        m, v = 0.9 * m + 0.1, 0.99 * v + 0.01
        found.append(m / np.sqrt(v))
    assert_stated(2, f"{found[0]:.2f}", f"{max(found):.2f}", str(np.argmax(found) + 1))


def test_exercise_3_distance():
    theta = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adagrad([theta], lr=0.1, eps=0.0)
    for _ in range(100):
        theta.grad = torch.full_like(theta, -3.0)
        optimizer.step()
    distance = float(theta.detach())
    assert_stated(3, f"{distance:.3f}", f"{distance / 0.1:.2f}")
    mean = sum(0.1 * 3 / np.sqrt(np.mean(np.full(t, 9.0))) for t in range(1, 101))
    assert_stated(3, f"{mean:.0f}")


def test_exercise_4_turn():
    axis = np.array([np.cos(np.pi / 12), np.sin(np.pi / 12)])
    h = 100 * np.eye(2) - 99 * np.outer(axis, axis)  # curvature 1 along the axis
    scale = np.diag(h) ** -0.5
    low, high = np.linalg.eigvalsh(scale[:, None] * h * scale)
    r = abs(h[0, 1]) / np.sqrt(h[0, 0] * h[1, 1])
    assert_stated(4, f"{h[0, 0]:.3f}", f"{h[1, 1]:.2f}", f"{abs(h[0, 1]):.2f}")
    assert_stated(4, f"{r:.4f}", f"{high / low:.2f}")


def test_exercise_5_off_the_edge():
    curvature = optimize.brentq(lambda c: abs(1 - 0.05 * c) - 1, 21, 100)
    error, updates = 1.0, 0
    while abs(error) <= 1e6:
        error, updates = error - 0.2 * curvature * error, updates + 1
    assert_stated(5, f"{curvature:.0f}", str(updates), f"{abs(1 - 0.2 * curvature):.0f}")
