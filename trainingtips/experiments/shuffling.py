"""Three orders of the examples, those of `batches.ORDERS`, and the losses that they lead to."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import batches, data, networks, parallel
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import ratio, student

LAST = 3  # marks that count as the end: one alone goes up and down by a tenth
FIRST = "shuffled"  # the order that the others are compared with
OTHERS = tuple(order for order in batches.ORDERS if order != FIRST)


@dataclass(frozen=True)
class Setting:
    """One model on digits, in every order: as many updates, and the same starts seed by seed."""

    make: object  # builds the model
    n: int  # examples
    batch: int
    eta: float
    epochs: int
    every: int  # epochs from one look at the loss to the next
    seeds: int
    penalty: float = 0.0  # of ½ penalty ‖θ‖²; above zero where the model is convex


def softmax():
    """Softmax regression on digits, weights drawn by torch's own rules."""
    return nn.Linear(64, 10)


network = networks.mlp


def dealt(n, batch, epochs, order):
    """How often each batch of each epoch holds each example: [epoch][batch], arrays of (n,).

    >>> [part.tolist() for part in dealt(3, 2, 1, "fixed")[0]]
    [[1, 0, 1], [0, 1, 0]]
    """
    parts = [batches.epoch(n, batch, 0, number, order) for number in range(epochs)]
    return [[np.bincount(part, minlength=n) for part in each] for each in parts]


def compare(settings):
    """Name -> what the orders lead to, for each of `settings`, name -> `Setting`.

    With a penalty, losses are those above the least penalised loss, which convexity gives.
    """
    parts = [(setting, order) for setting in settings.values() for order in batches.ORDERS]
    found = dict(zip(parts, parallel.each(in_order, parts), strict=True))
    floor = {name: least(s) if s.penalty else 0.0 for name, s in settings.items()}
    above = {
        name: {order: found[setting, order] - floor[name] for order in batches.ORDERS}
        for name, setting in settings.items()
    }
    return {name: against_first(above[name], setting) for name, setting in settings.items()}


def in_order(part):
    """The penalised losses of one (setting, order), (marks, seeds), the first at the start."""
    setting, order = part
    train, penalty = training_set(setting), setting.penalty
    nets = Ensemble(setting.make, range(setting.seeds))
    run = nets.train(
        train.x, train.y,
        lambda p: torch.optim.SGD(p, lr=setting.eta, weight_decay=penalty),
        setting.batch, setting.epochs, order=order,
        every=setting.every * setting.n // setting.batch,
        observe={"loss": lambda nets: penalised(nets, train, penalty)},
    )  # fmt: skip
    return run.observed["loss"]


def training_set(setting):
    """The first part of the digits, of `setting.n` examples."""
    return data.load("digits").split(setting.n, seed=0)[0]


def penalised(nets, train, penalty):
    """Each member's loss with ½ penalty ‖θ‖², whose gradient SGD's weight decay adds: (E,)."""
    losses = nets.losses(train.x, train.y).astype(float)
    if penalty:
        squares = [p.detach().double().square().flatten(1).sum(1) for p in nets.parameters.values()]
        losses += 0.5 * penalty * sum(squares).numpy()
    return losses


def least(setting, epochs=400):
    """The least penalised loss of a convex model: full-batch descent with momentum."""
    train, penalty = training_set(setting), setting.penalty
    nets = Ensemble(partial(_double, setting.make), [0])
    exact = data.Dataset(train.x.double(), train.y, train.classes)
    rule = lambda p: torch.optim.SGD(p, lr=1, momentum=0.9, weight_decay=penalty)  # noqa: E731
    nets.train(exact.x, exact.y, rule, setting.n, epochs, every=epochs)
    return float(penalised(nets, exact, penalty)[0])


def _double(make):
    return make().double()


def against_first(above, setting):
    """What is kept of order -> losses, (marks, seeds): first of all their ratios to reshuffling.

    A ratio is a geometric mean over seeds; `early` is that of the first mark after the start,
    `late` that of the last three marks, of each seed's mean over them.
    """
    base = above[FIRST][1:]
    ends = {order: np.exp(np.log(rows[-LAST:]).mean(0)) for order, rows in above.items()}
    lead = {
        order: [ratio(*rows) for rows in zip(above[order][1:], base, strict=True)]
        for order in OTHERS
    }
    return {
        "eta": setting.eta,
        "epochs": setting.epochs,
        "seeds": setting.seeds,
        "marks": np.arange(0, setting.epochs + 1, setting.every),
        "final": {order: student(rows[-1]) for order, rows in above.items()},
        "ratio": lead,
        "early": {order: each[0] for order, each in lead.items()},
        "late": {order: ratio(ends[order], ends[FIRST]) for order in OTHERS},
        "losses": {order: [student(row) for row in rows] for order, rows in above.items()},
    }
