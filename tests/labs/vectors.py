"""What torch and the package compute, in float64, for the labs' arithmetic to be compared with.

`python -m tests.labs.vectors FILE` writes them. Each case names a function of arithmetic.js by its
kind; compare.js calls it. Random, from one seed: 20 points here and there are no proof, hundreds
over all optimisers, surfaces and settings come close.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch

from trainingtips import losses, normalization, surfaces
from trainingtips.curvature import classify
from trainingtips.descent import descend
from trainingtips.taylor import taylor

SEED = 0
UPDATES = 30
OPTIMIZERS = {
    "sgd": [{}, {"momentum": 0.5}, {"momentum": 0.9}],
    "adagrad": [{}, {"eps": 1e-3}],
    "rmsprop": [{}, {"alpha": 0.5}, {"alpha": 0.9, "eps": 1e-4}],
    "adam": [{}, {"betas": [0.5, 0.9]}, {"betas": [0.0, 0.99], "eps": 1e-3}],
}
TORCH = {"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad}
TORCH |= {"rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam}
SCHEDULES = {  # torch's own, of T updates
    "constant": lambda rule, t: torch.optim.lr_scheduler.ConstantLR(rule, 1.0),
    "step": lambda rule, t: torch.optim.lr_scheduler.MultiStepLR(rule, [t // 2, t * 3 // 4]),
    "cosine": lambda rule, t: torch.optim.lr_scheduler.CosineAnnealingLR(rule, t),
    "warm_up": lambda rule, t: torch.optim.lr_scheduler.SequentialLR(
        rule,
        [
            torch.optim.lr_scheduler.LinearLR(rule, 1 / (t // 10), 1.0, t // 10 - 1),
            torch.optim.lr_scheduler.CosineAnnealingLR(rule, t - t // 10),
        ],
        [t // 10],
    ),
}


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def rotation(angle):
    c, s = math.cos(angle), math.sin(angle)
    return tensor([[c, -s], [s, c]])


def surface(name, arguments):
    """The package's loss for a call `surfaces.name(...arguments)` of arithmetic.js."""
    if name in ("two_weights", "saddle", "bowl", "monkey_saddle"):
        return getattr(surfaces, name)
    if name == "quadratic":
        (first, second), turn = arguments[0], rotation(arguments[1])
        if first == 1:
            straight = surfaces.ravine(second)
            return lambda w: straight(w @ turn)
        return surfaces.quadratic(tensor(arguments[0]), turn)
    if name == "form":
        h = tensor(arguments[0])
        return lambda w: w @ h @ w / 2
    if name == "regression":
        x, y = tensor(arguments[0]), tensor(arguments[1])
        return lambda w: 0.5 * torch.nn.functional.mse_loss(x @ w, y)
    return lambda z: getattr(losses, name)(z, arguments[0])


def some_surfaces(rng):
    rows = np.column_stack([rng.normal(size=20), np.ones(20)])
    return [
        ("two_weights", []),
        ("saddle", []),
        ("bowl", []),
        ("monkey_saddle", []),
        ("quadratic", [rng.uniform(0.1, 3, 2).tolist(), rng.uniform(-3, 3)]),
        ("quadratic", [[0.1, 2.0], 0.0]),
        ("quadratic", [[1.0, 1.0], 0.7]),  # κ = 1: no ravine at all
        ("quadratic", [[1.0, 100.0], 0.0]),
        ("quadratic", [[1.0, 30.0], 0.6]),
        ("form", [_symmetric(rng)]),
        ("regression", [rows.tolist(), rng.normal(size=20).tolist()]),
        ("cross_entropy", [int(rng.integers(3))]),
        ("squared_error", [int(rng.integers(3))]),
    ]


def _symmetric(rng):
    a = rng.normal(size=(2, 2))
    return (a + a.T).tolist()


def a_point(rng, name):
    logits = name in ("cross_entropy", "squared_error")
    return rng.normal(scale=4 if logits else 1, size=3 if logits else 2).tolist()


def points(rng, count):
    for _ in range(count):
        for name, arguments in some_surfaces(rng):
            w = a_point(rng, name)
            loss, theta = surface(name, arguments), tensor(w).requires_grad_()
            value = loss(theta)
            (gradient,) = torch.autograd.grad(value, theta)
            expected = {"loss": value.item(), "gradient": gradient.tolist()}
            if name not in ("cross_entropy", "squared_error"):
                expected["hessian"] = torch.autograd.functional.hessian(loss, tensor(w)).tolist()
                delta = rng.normal(size=2)
                model = taylor(loss, tensor(w), 2)
                expected["taylor"] = [(w + delta).tolist(), float(model(tensor(delta)))]
            yield {"kind": "point", "surface": [name, arguments], "at": w, "expected": expected}


def paths(rng):
    for name, settings in OPTIMIZERS.items():
        for options in settings:
            for which, arguments in some_surfaces(rng):
                for rate in (0.01, 0.1, 3.0):  # the last diverges on most surfaces
                    schedule = rng.choice(list(SCHEDULES))
                    yield path(name, options, which, arguments, rate, schedule, a_point(rng, which))


def path(name, options, which, arguments, rate, schedule, start):
    made = {key: tuple(v) if isinstance(v, list) else v for key, v in options.items()}
    found = descend(
        surface(which, arguments),
        tensor(start),
        lambda p: TORCH[name](p, lr=rate, **made),
        UPDATES,
        lambda rule: SCHEDULES[schedule](rule, UPDATES),
    )
    size = np.abs(found.points).max(1)
    stable = int((np.maximum.accumulate(size) < 1e3).sum())  # beyond, rounding errors grow too
    return {
        "kind": "path",
        "optimizer": [name, options],
        "surface": [which, arguments],
        "lr": rate,
        "schedule": schedule,
        "start": start,
        "updates": UPDATES,
        "expected": {
            "points": found.points[:stable].tolist(),
            "losses": found.losses[:stable].tolist(),
            "whole": stable == UPDATES + 1,
        },
    }


def zero_rate():
    """α = 0: nothing moves, whatever the rule."""
    for name, settings in OPTIMIZERS.items():
        yield path(name, settings[0], "two_weights", [], 0.0, "constant", [0.3, -0.4])


def matrices(rng, count):
    for number in range(count):
        a = rng.normal(size=(2, 2))
        h = (a + a.T) / 2 if number % 4 else np.diag(rng.integers(-1, 2, 2).astype(float))
        values, vectors = np.linalg.eigh(h)
        kind = classify(torch.from_numpy(values), 1e-6)
        projectors = [np.outer(u, u).tolist() for u in vectors.T]
        expected = {"values": values.tolist(), "kind": kind}
        if values[1] - values[0] > 1e-3:  # else any direction is one
            expected["projectors"] = projectors
        yield {"kind": "matrix", "matrix": h.tolist(), "expected": expected}


def the_rest(rng):
    for _ in range(20):
        z = rng.normal(scale=20, size=4)
        yield {
            "kind": "softmax",
            "logits": z.tolist(),
            "expected": torch.softmax(torch.from_numpy(z), 0).tolist(),
        }
    for eps in (1e-12, 1e-5, 0.1):
        x = rng.normal(loc=3, scale=(1, 50, 1e-3), size=(20, 3))
        expected = torch.nn.functional.batch_norm(
            torch.from_numpy(x), None, None, training=True, eps=eps
        )
        yield {"kind": "standardize", "rows": x.tolist(), "eps": eps, "expected": expected.tolist()}
    x = np.column_stack([rng.normal(size=8), np.full(8, 0.1)])
    z, _ = normalization.standardize(torch.from_numpy(x))
    yield {"kind": "standardize", "rows": x.tolist(), "eps": 0, "expected": z.tolist()}
    for _ in range(60):
        step, beta = rng.uniform(0, 4.5), rng.choice([0, 1 - 1e-6, rng.uniform()])
        companion = np.array([[1 + beta - step, -beta], [1.0, 0.0]])
        expected = float(np.abs(np.linalg.eigvals(companion)).max())
        yield {"kind": "radius", "step": step, "beta": beta, "expected": expected}


def cases():
    rng = np.random.default_rng(SEED)
    return [
        *points(rng, 12),
        *paths(rng),
        *zero_rate(),
        *matrices(rng, 60),
        *the_rest(rng),
    ]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(cases()))
