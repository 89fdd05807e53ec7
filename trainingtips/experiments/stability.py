"""The largest curvature along training, and an optimiser's edge of stability.

On a quadratic gradient descent diverges where λ_max, the Hessian's largest eigenvalue, is above
2/η. For Adam it is that of the preconditioned Hessian P^(−½) H P^(−½), P = diag(√v̂ + ε), and the
edge is (2 + 2β₁)/((1 − β₁)η). Cohen et al. 2021 (arXiv 2103.00065), 2022 (arXiv 2207.14484).
"""

import numpy as np
import torch
from torch import nn

from trainingtips import chance, lanczos
from trainingtips.curvature import eigenpairs, flat_loss
from trainingtips.derivatives import product
from trainingtips.ensemble import Ensemble
from trainingtips.experiments.schedules import sgd
from trainingtips.statistics import columns, ratio, share, student

SEED = 0  # of the first vector of a Lanczos iteration


def adam_edge(beta1):
    """The edge of full-batch Adam, times η.

    >>> round(adam_edge(0.9), 9)
    38.0
    """
    return (2 + 2 * beta1) / (1 - beta1)


def walk(loss, start, make, edge, updates, every):
    """Descent on the whole set from `start`, (n,), with `make([θ])` the optimiser: a dict.

    `losses` after each update, (updates + 1,), and at every `every` of them `ratio`, λ_max over the
    edge, preconditioned where the optimiser is Adam, and `sharpness`, that of the Hessian itself.
    """
    theta = start.clone().requires_grad_()
    optimizer, rows, losses, vectors = make([theta]), [], [], {}

    def largest(scale, name):
        value, vectors[name] = top(loss, theta.detach(), scale, vectors.get(name))
        return value

    for t in range(updates + 1):
        optimizer.zero_grad()
        value = loss(theta)
        value.backward()
        losses.append(value.item())
        if t % every == 0:
            scale = preconditioner(optimizer, theta)
            own = largest(scale, "own")
            adam = isinstance(optimizer, torch.optim.Adam)
            rows.append([own, largest(torch.ones_like(scale), "plain") if adam else own])
        optimizer.step()
    own, plain = np.array(rows).T
    return {"ratio": own / edge, "sharpness": plain, "losses": np.array(losses)}


def preconditioner(optimizer, theta):
    """P^(−½) of the next update, (n,): ones for SGD. Adam's v̂ takes in the gradient at θ."""
    if not isinstance(optimizer, torch.optim.Adam):
        return torch.ones_like(theta)
    group, state = optimizer.param_groups[0], optimizer.state[theta]
    beta, t = group["betas"][1], int(state.get("step", 0)) + 1
    square = beta * state.get("exp_avg_sq", 0) + (1 - beta) * theta.grad**2
    return ((square / (1 - beta**t)).sqrt() + group["eps"]).rsqrt().detach()


def top(loss, theta, scale, start=None):
    """(λ, vector): the largest eigenvalue of diag(scale) H diag(scale) at θ, by Lanczos.

    `start`, (n,), is the vector that an earlier call found nearby, which saves iterations.
    """
    times = product(loss, theta)

    found = lanczos.ends(
        lambda v: scale * times(scale * v), 0, 1, theta,
        rng=chance.rng(SEED), basis=8, tolerance=1e-3, budget=3000, start=start,
    )  # fmt: skip
    return float(found.values[0]), found.vectors[0]


def loss_left(losses):
    """The mean loss at the end over that at half time, of a hundred updates each."""
    half = len(losses) // 2
    return float(losses[-100:].mean() / losses[half : half + 100].mean())


def share_rising(walk, every):
    """Share of the updates that raise the loss, once λ_max has reached the edge; 0 of none."""
    reached = np.flatnonzero(walk["ratio"] >= 1)[0] * every
    rises = np.diff(walk["losses"][reached:]) > 0
    return float(rises.mean()) if len(rises) else 0.0


def levels(walks, late, every):
    """Several `walk`s at each rate, [[dict]]: what they have in common, a list over the rates each.

    λ_max in units of the edge at the `start`, its `peak`, a geometric mean, and its `level` over
    the looks `late`, that of the Hessian itself (`lambda_max`), the share of the loss that is left
    (`loss_left`) and of the updates that raise it once the edge is reached, 0 where it never is.
    `passed`: the share of walks that are seen beyond the edge, with Wilson's interval.
    """
    told = {
        "start": lambda walk: walk["ratio"][0],
        "level": lambda walk: walk["ratio"][late].mean(),
        "lambda_max": lambda walk: walk["sharpness"][late].mean(),
        "loss_left": lambda walk: loss_left(walk["losses"]),
        "rising": lambda walk: share_rising(walk, every) if (walk["ratio"] >= 1).any() else 0.0,
    }
    found = {name: [student([f(w) for w in row]) for row in walks] for name, f in told.items()}
    peaks = [[walk["ratio"].max() for walk in row] for row in walks]
    return found | {
        "peak": [ratio(row, np.ones(len(row))) for row in peaks],
        "passed": [share(np.array(row) > 1) for row in peaks],
    }


def along(make, seeds, rate, train, batch, epochs, every, factor):
    """(updates, λ_max): of networks along batch training under a schedule: (T,), (T, seeds).

    `make` builds a network, `factor` is the schedule; see `schedules`. Curvatures are of the whole
    training set's cross-entropy, to a hundredth.
    """

    def largest(nets):
        return [_largest(nets.member(i), train) for i in range(seeds)]

    nets = Ensemble(make, range(seeds))
    run = nets.train(
        train.x, train.y, sgd, batch, epochs, rates=[rate] * seeds,
        scheduler=lambda rule: torch.optim.lr_scheduler.LambdaLR(rule, factor), every=every,
        observe={"curvature": largest},
    )  # fmt: skip
    return run.updates, run.observed["curvature"]


def summary(updates, curvature):
    """λ_max of several networks, (T, seeds), over the updates, (T,): means with intervals."""
    return {
        "updates": updates,
        "curvature": columns([student(row) for row in curvature]),
        "curvature_start": student(curvature[0]),
        "curvature_least": student(curvature.min(0)),
        "curvature_most": student(curvature.max(0)),
    }


def _largest(member, train):
    loss, theta = flat_loss(member, nn.functional.cross_entropy, train.x, train.y)
    return eigenpairs(loss, theta, 1, "largest", tolerance=1e-2, basis=8)[0][0]
