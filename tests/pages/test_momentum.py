"""The page on momentum: its lines of Python, its table and its exercises, each run.

The oracles are torch.optim.SGD, eigenvalues of the iteration's matrix, scipy's solvers, and plain
iteration; the package's own formulas are not used.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import linalg, optimize

PAGE = (Path(__file__).parents[2] / "docs/momentum.md").read_text(encoding="utf-8")
RULE = re.search(r"```python\n(def update.*?)```", PAGE, re.DOTALL)[1]
ROW = re.compile(r"^\| ([^|]+) \| `(g = [^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)
STEPS, ETA, BETA = 30, 0.05, 0.8
START = torch.tensor([1.5, -0.7, 0.3], dtype=torch.float64)


def grad(theta):
    """Of ¼Σθ⁴ + ½(θ₁ + θ₂ + θ₃)²: not a quadratic, and no direction goes its own way."""
    return theta**3 + theta.sum()


def torch_path(eta=ETA, steps=STEPS, schedule=lambda step: 1.0, **options):
    """The points of torch's own optimiser: (steps + 1, 3)."""
    theta = START.clone().requires_grad_()
    optimizer = torch.optim.SGD([theta], lr=eta, **options)
    points = [START]
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = eta * schedule(step)
        theta.grad = grad(theta.detach())
        optimizer.step()
        points.append(theta.detach().clone())
    return torch.stack(points)


def row_path(code, compared, schedule=lambda step: 1.0):
    """The points of a row's own code: (STEPS + 1, 3)."""
    names = {"θ": START, "p": START, "v": torch.zeros_like(START), "β": BETA, "grad": grad}
    points = [eval(compared, dict(names))]
    for step in range(STEPS):
        names |= {"t": step, "η": ETA * schedule(step)}
        exec(code, names)
        points.append(eval(compared, dict(names)))
    return torch.stack(points)


def row(form):
    (found,) = [each for each in ROWS if each[0] == form]
    return found


def assert_same(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)


def test_the_rule_is_torchs_step_by_step():
    assert len(RULE.strip().splitlines()) <= 6
    names = {}
    exec(RULE, names)
    theta, velocity = START, torch.zeros_like(START)
    for expected in torch_path(momentum=BETA)[1:]:
        theta, velocity = names["update"](theta, velocity, grad(theta), ETA, BETA)
        assert_same(theta, expected)


def test_the_table_is_read_whole():
    table = PAGE.split("| form |")[1].split("\n\n")[0]
    assert len(ROWS) == table.count("\n") - 1 == 8


@pytest.mark.parametrize(
    ("form", "code", "options", "compared"), ROWS, ids=[each[0] for each in ROWS]
)
def test_a_row_of_the_table_walks_torchs_path(form, code, options, compared):
    options = eval(f"dict({options})", {"η": ETA, "β": BETA})
    assert_same(row_path(code, compared), torch_path(options.pop("lr"), **options))


def test_the_forms_are_not_all_one():
    paths = {tuple(row_path(code, "θ")[-1].tolist()) for _, code, _, _ in ROWS}
    ends = np.unique(np.round(list(paths), 9), axis=0)
    assert len(ends) == 5  # heavy ball, average, dampening, Nesterov, Nesterov's other points


def test_a_falling_rate_parts_rate_inside_from_rate_outside():
    def schedule(step):
        return 1.0 if step < 10 else 0.1

    outside = torch_path(momentum=BETA, schedule=schedule)
    inside = row_path(row("rate inside: Keras, the lecture")[1], "θ", schedule)
    assert_same(row_path(row("heavy ball: torch, this page")[1], "θ", schedule), outside)
    assert_same(inside[:11], outside[:11])
    unchanged = torch_path(momentum=BETA)
    step = (outside[11] - outside[10]) / (unchanged[11] - unchanged[10])
    torch.testing.assert_close(step, torch.full_like(START, 0.1))  # the whole step, at once
    kept = inside[11] - inside[10] + 0.1 * ETA * grad(inside[10])
    assert_same(kept, BETA * (inside[10] - inside[9]))  # the old velocity goes on at the old rate


def test_dampening_leaves_the_first_step_undamped():
    first = torch_path(momentum=BETA, dampening=BETA, steps=1)
    average = row_path(row("running average, as in Adam")[1], "θ")
    ratio = (first[1] - first[0]) / (average[1] - average[0])
    torch.testing.assert_close(ratio, torch.full_like(START, 1 / (1 - BETA)))


# the exercises, with oracles of their own


def radius(eta, beta, *curvatures):
    """Error kept per update, from the eigenvalues of the matrix of (θ[t], θ[t−1])."""
    ends = [[[1 + beta - eta * each, -beta], [1, 0]] for each in curvatures]
    return abs(np.linalg.eigvals(ends)).max()


def updates(rate, factor=10):
    return np.log(factor) / -np.log(rate)


def solution(number):
    """The text of an exercise's solution; its numbers are compared with computed ones."""
    return PAGE.split(f"\n**{number}. ")[1].split("??? success")[1].split("\n**")[0]


def assert_stated(number, *values):
    """Each value, a string of digits, stands in the solution of that exercise."""
    stated = re.findall(r"\d+(?:\.\d+)?", solution(number))
    for value in values:
        assert value in stated, f"exercise {number} states {stated}, computed {value}"


def test_exercise_1_memory():
    for beta, stated in ((0.9, "44"), (0.99, "459")):
        weight, age = 1.0, 0
        while weight >= 0.01:
            weight, age = weight * beta, age + 1
        assert_stated(1, str(age))
        assert stated == str(age)


def test_exercise_2_tuning():
    plain = optimize.minimize_scalar(
        lambda eta: radius(eta, 0, 1, 400),
        bounds=(0, 0.01),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert_stated(2, f"{plain.x:.5f}", f"{plain.fun:.4f}", f"{updates(plain.fun):.1f}")
    bounds = [(0, 0.01), (0, 1)]
    found = optimize.differential_evolution(
        lambda pair: radius(*pair, 1, 400), bounds, rng=1, tol=1e-12, popsize=30, maxiter=2000
    )
    assert_stated(2, f"{found.x[0]:.5f}")
    assert abs(found.x[1] - 0.8186) < 2e-3  # a narrow valley: the search is not exact in it
    assert abs(found.fun - 0.9048) < 1e-3
    assert abs(updates(found.fun) - 23.0) < 0.3
    assert_stated(2, "0.8186", "0.9048", "23.0")


def test_exercise_3_rescue():
    edge = optimize.brentq(lambda beta: radius(0.5, beta, 5) - 1, 0, 0.5)
    assert radius(0.5, edge - 0.01, 5) > 1 > radius(0.5, edge + 0.01, 5)
    assert radius(0.5, 0.999, 5) < 1
    betas = np.linspace(0.3, 0.4, 10_001)
    radii = [radius(0.5, beta, 5) for beta in betas]
    assert abs(betas[np.argmin(radii)] - 0.3377) < 1e-4
    assert_stated(3, f"{edge:.2f}", "0.3377", f"{min(radii):.4f}")


def floor(eta, beta):
    """Twice the steady loss over σ², by Lyapunov's equation, λ = 1."""
    matrix = np.array([[1 + beta - eta, -beta], [1.0, 0.0]])
    return linalg.solve_discrete_lyapunov(matrix, np.diag([eta**2, 0.0]))[0, 0]


def test_exercise_4_price():
    plain, heavy = floor(0.1, 0), floor(0.1, 0.9)
    assert_stated(4, f"{plain:.4f}", f"{heavy:.4f}", f"{heavy / plain:.3f}")
    eta = optimize.brentq(lambda eta: floor(eta, 0.9) - plain, 0.001, 0.1, xtol=1e-12)
    assert_stated(4, f"{eta:.6f}")


def test_exercise_5_speed_limit():
    least = min(radius(step, 0.99, 1) for step in np.geomspace(1e-6, 3.98, 4001))
    assert abs(updates(least) - 458.2) < 0.1
    assert_stated(5, "458.2")
