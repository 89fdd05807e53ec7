"""The lab of training and test, against numpy's least squares and integrals on a fine grid."""

import math
from runpy import run_path

import numpy as np
import pytest

from tests.press.pages.test_chance import mulberry

from . import LABS

STATES = {
    "default": {},
    "noisy": {"weights": 7, "examples": 12, "noise": 0.8, "decay": 0.5, "seed": 2},
    "edge": {"weights": 20},
    "many": {"weights": 80, "examples": 9, "seed": 4},
    "few": {"weights": 2},
    "right": {"weights": 6, "noise": 0},
}
PAGE = run_path(str(LABS / "train_and_test.py"))
GRID = (np.arange(20000) + 0.5) / 20000


@pytest.fixture(scope="module")
def runs(told):
    return dict(zip(STATES, told("train_and_test", *STATES.values()), strict=True))


def waves(x, count):
    """1, √2 cos(πx), √2 cos(2πx), …, (k, count)."""
    found = [np.ones_like(x)]
    found += [math.sqrt(2) * np.cos(math.pi * k * x) for k in range(1, count)]
    return np.stack(found, axis=1)


def points(state):
    draw, n = mulberry(state["seed"]), state["examples"]
    x = np.array([next(draw) for _ in range(n)])
    noise = [math.sqrt(-2 * math.log(1 - next(draw))) * math.cos(2 * math.pi * next(draw))
             for _ in range(n)]  # fmt: skip
    return x, waves(x, len(PAGE["TRUTH"])) @ PAGE["TRUTH"] + state["noise"] * np.array(noise)


def errors(state, count):
    """Training and test error: of |Φw − y|² + λ|w|², as least squares with rows for the decay."""
    (x, y), scale = points(state), PAGE["given"](None)["scale"][:count]
    rows = np.vstack([waves(x, count) * scale, math.sqrt(state["decay"]) * np.eye(count)])
    w = np.linalg.lstsq(rows, np.append(y, np.zeros(count)), rcond=None)[0]
    fit, right = waves(GRID, count) * scale @ w, waves(GRID, len(PAGE["TRUTH"])) @ PAGE["TRUTH"]
    train = np.mean((waves(x, count) * scale @ w - y) ** 2)
    return train, np.mean((fit - right) ** 2) + state["noise"] ** 2


@pytest.mark.parametrize("name", STATES)
def test_errors_are_those_of_least_squares(runs, name):
    state, answer = runs[name]
    shown, (train, test) = answer["shown"], errors(state, state["weights"])
    assert shown["train"] == pytest.approx(train, rel=1e-6, abs=1e-12)
    assert shown["test"] == pytest.approx(test, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["default", "noisy"])
def test_the_best_and_the_highest_are(runs, name):
    state, answer = runs[name]
    shown, found = answer["shown"], [errors(state, count)[1] for count in range(1, 81)]
    assert shown["best"] == 1 + np.argmin(found)
    assert shown["least"] == pytest.approx(min(found), rel=1e-6)
    assert shown["top"] == shown["best"] + np.argmax(found[shown["best"] - 1 :])


def test_the_still_picture_is_what_moves(runs):
    state, answer = runs["default"]
    _, _, fits = PAGE["fitted"](*(state[key] for key in ("examples", "noise", "decay", "seed")))
    _, train, test = fits[state["weights"] - 1]
    assert answer["shown"]["train"] == pytest.approx(train, rel=1e-6)
    assert answer["shown"]["test"] == pytest.approx(test, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("default", ("10 weights on 20 examples", "the others fit noise", "with 8; the highest")),
        ("few", ("too few weights",)),
        ("edge", ("it swings between them",)),
        ("many", ("training error under 0.001", "the error falls again")),
        ("right", ("about as good as it gets",)),
    ],
)
def test_it_says_what_happens(runs, name, words):
    says = runs[name][1]["says"]
    assert all(each in says for each in words), says
