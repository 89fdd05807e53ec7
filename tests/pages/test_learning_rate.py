"""The page on the learning rate: its lines of Python, its table and its exercises, each run.

The oracles are torch.optim's optimisers and schedulers, autograd, scipy and plain iteration.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import optimize

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


@pytest.mark.parametrize("step", [0.2, 1.0, 1.7])
def test_steps_in_a_noisy_bowl_have_the_correlation_of_theory(step):
    rng = np.random.default_rng(0)
    x, path = 0.0, []
    for noise in rng.normal(size=200_000):
        x = (1 - step) * x + noise
        path.append(x)
    moves = np.diff(path)
    assert abs(np.corrcoef(moves[1:], moves[:-1])[0, 1] + step / 2) < 0.01


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
