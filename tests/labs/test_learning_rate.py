"""The lab of the race, against torch's optimisers and schedulers on the package's ravine."""

import json
import runpy

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

from trainingtips import surfaces

from . import LABS, ROOT

STATES = {
    "default": {},
    "turned": {"angle": 45, "updates": 250, "schedule": "cosine"},
    "warmed up": {"angle": 22.5, "updates": 140, "schedule": "warm_up", "factor": 0.5},
    "steps": {"angle": 90, "updates": 200, "schedule": "step"},
    # a prefix: RMSProp is chaotic there, so that rounding grows until nothing can be compared
    "too fast": {"angle": 15, "updates": 30, "factor": 10},
}
RACE = 250


@pytest.fixture(scope="module")
def runs(told):
    return dict(zip(STATES, told("learning_rate", *STATES.values()), strict=True))


@pytest.fixture(scope="module")
def best():
    found = json.loads((ROOT / "results/learning_rate/rotation.json").read_text())["result"]
    return found["angles"], found["rates"]


def optimizer(name, parameters, rate):
    if name == "momentum":
        return torch.optim.SGD(parameters, lr=rate, momentum=0.9)
    return getattr(torch.optim, {"RMSProp": "RMSprop"}.get(name, name))(parameters, lr=rate)


def scheduler(name, rule):
    if name == "constant":
        return LambdaLR(rule, lambda _: 1.0)
    if name == "step":
        return torch.optim.lr_scheduler.MultiStepLR(rule, [125, 187])
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR
    if name == "cosine":
        return cosine(rule, RACE)
    # SequentialLR with a LinearLR would start at a hundredth and not at a 25th of the peak
    return LambdaLR(
        rule,
        lambda t: (t + 1) / 25 if t < 25 else 0.5 * (1 + np.cos(np.pi * (t - 25) / (RACE - 25))),
    )


def walk(name, state, rate):
    """Torch's path: (updates + 1, 2)."""
    angle = np.radians(state["angle"])
    axes = torch.tensor(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype=torch.float64
    )
    w = (axes @ torch.tensor([-1.0, 0.45], dtype=torch.float64)).requires_grad_()
    rule = optimizer(name, [w], rate)
    schedule, points = scheduler(state["schedule"], rule), [w.detach().clone()]
    for _ in range(state["updates"]):
        rule.zero_grad()
        surfaces.ravine(100.0)(axes.T @ w).backward()
        rule.step()
        schedule.step()
        points.append(w.detach().clone())
    return torch.stack(points).numpy(), rule.state[w]


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("rule", ["SGD", "momentum", "Adagrad", "RMSProp", "Adam"])
def test_every_rule_ends_where_torch_ends(runs, best, name, rule):
    state, answer = runs[name]
    angles, rates = best
    shown = answer["shown"][rule]
    rate = {key.lower(): each for key, each in rates.items()}[rule.lower()]
    lr = state["factor"] * rate[angles.index(state["angle"])]
    points, _ = walk(rule, state, lr)
    left = np.linalg.norm(points, axis=1) / np.hypot(1, 0.45)
    assert shown["end"] == pytest.approx(points[-1].tolist(), rel=1e-7, abs=1e-9)
    assert shown["left"] == pytest.approx(left[-1], rel=1e-7, abs=1e-9)
    near = np.flatnonzero(left <= 0.01)
    assert shown["there"] == (near[0] if len(near) else None)


def test_effective_rates_are_steps_over_gradients(runs):
    state, answer = runs["default"]
    for rule in ("Adagrad", "RMSProp"):
        first, last = (
            walk(rule, state | {"updates": updates}, lr)[0][-1]
            for updates in (99, 100)
            for lr in [LAB["_rates"](_result)[rule][0]]
        )
        rates = (first - last) / (first * [1, 100])
        assert answer["shown"][rule]["rates"] == pytest.approx(rates.tolist(), rel=1e-4)
    assert answer["shown"]["SGD"]["rates"][0] == answer["shown"]["SGD"]["rates"][1]


def _result(name):
    return json.loads((ROOT / f"results/{name}.json").read_text())["result"]


LAB = runpy.run_path(str(LABS / "learning_rate.py"))


@pytest.mark.parametrize("rule", ["SGD", "momentum", "Adagrad", "RMSProp", "Adam"])
def test_the_still_picture_is_the_default_state(runs, rule):
    """Drawn without torch at the build, so compared here."""
    _, answer = runs["default"]
    points, rates = LAB["walk"](rule, LAB["_rates"](_result)[rule][0], 100)
    assert points[-1] == pytest.approx(answer["shown"][rule]["end"], rel=1e-7, abs=1e-9)
    assert rates[-1] == pytest.approx(answer["shown"][rule]["rates"], rel=1e-7)


def test_a_turn_costs_only_those_with_a_rate_for_each_weight(told):
    (_, along), (_, turned) = told("learning_rate", {"updates": 250}, {"angle": 45, "updates": 250})
    for rule in ("SGD", "momentum"):
        there = [each["shown"][rule]["there"] for each in (along, turned)]
        assert there[0] == there[1]
    adagrad = [each["shown"]["Adagrad"] for each in (along, turned)]
    assert adagrad[0]["there"] < 10 and adagrad[1]["there"] is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("default", ("Valley along a weight: Adagrad after 5", "SGD has 16\u00a0% left")),
        ("turned", ("Valley turned by 45°: Adam after 57", "Adagrad")),
        ("too fast", ("Farther away than at the start: SGD and momentum",)),
    ],
)
def test_it_says_what_happens(runs, name, words):
    says = runs[name][1]["says"]
    assert all(each in says for each in words), says
