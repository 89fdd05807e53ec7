"""Networks trained to one training loss at every batch size: accuracy, sharpness, the line between.

Plain gradient descent on mini-batches of handwritten digits, one learning rate, 8 starts on each of
4 random splits. The loss over the whole training set is looked at every few updates and a network
is stopped when it has reached the target, so that all batch sizes are compared at one loss: the
Hessian of cross-entropy shrinks with the loss, and whoever trains longer looks flatter. A member
(split and seed) has the same split, start and seed of its order at every batch size. Two controls
have a larger learning rate and a larger batch, so that η/B is that of another member.

Sharpness is measured on the training set in double precision. The last part is the line
(1 − α) θ_small + α θ_large through the solutions of the smallest and the largest batch size.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from trainingtips import data, networks, parallel
from trainingtips.curvature import eigenpairs, flat_loss, gradient, relative, sharpness, trace
from trainingtips.ensemble import Ensemble

CHAOS = "a last digit decides which update is the first to reach the loss"


@dataclass(frozen=True)
class Setting:
    """The experiment; another data set needs other values here and nothing else."""

    make: object = networks.mlp
    data: str = "digits"
    device: str = "cpu"
    train: int = 1024  # the rest are test examples
    splits: int = 4
    starts: int = 8  # members on each split
    batches: tuple = (4, 16, 64, 256, 1024)
    rate: float = 0.1  # η, the same for every B
    target: float = 0.01  # training loss at which a member is stopped
    every: tuple = (8, 8, 8, 16, 16)  # updates from one look at the loss to the next, for each B
    scaled: tuple = ((16, 0.4, 8), (64, 0.4, 8))  # controls: B, another η, updates between looks
    limit: int = 20_000  # updates after which a member counts as not there
    boxes: tuple = (1e-3, 5e-4)  # ε of Keskar's sharpness
    products: int = 15  # Hessian-vector products for the trace
    steps: int = 31  # points on the line, α from −1 to 2


SETTING = Setting()
CRITERION = nn.functional.cross_entropy


def compute(*, data="digits", device="cpu"):
    return experiment(replace(SETTING, data=data, device=device))


def experiment(setting):
    sizes = zip(setting.batches, setting.every, strict=True)
    plans = [(size, setting.rate, every) for size, every in sizes]
    plans += setting.scaled  # the controls come last
    parts = [(setting, number, *plan) for number in range(setting.splits) for plan in plans]
    runs = parallel.each(trained, parts)  # splits and plans can be done at once
    runs = [runs[first : first + len(plans)] for first in range(0, len(parts), len(plans))]
    found = [on_split(setting, number, row) for number, row in enumerate(runs)]
    alpha = np.linspace(-1, 2, setting.steps)
    return {
        "batches": setting.batches,
        "rate": setting.rate,
        "target": setting.target,
        "scaled": [{"batch": b, "rate": rate} for b, rate, _ in setting.scaled],
        "splits": setting.splits,
        "starts": setting.starts,
        "train_examples": setting.train,
        "test_examples": found[0]["test_examples"],
        "weights": sum(p.numel() for p in loaded(setting)[0].make().parameters()),
        "boxes": setting.boxes,
        "members": joined(found, "members"),  # name -> (B, members)
        "controls": joined(found, "controls"),  # name -> (scaled, members)
        "alpha": alpha,
        "line": joined(found, "line"),  # name -> (α, members)
        "distance": np.concatenate([each["distance"] for each in found]),  # ‖θ_large − θ_small‖
    }


def joined(found, part):
    """Name -> (…, members), of the splits' own (…, starts)."""
    names = found[0][part]
    return {name: np.concatenate([split[part][name] for split in found], axis=1) for name in names}


def loaded(setting):
    """The setting with its network fitted to the data, and the data."""
    whole = data.load(setting.data)
    setting = replace(setting, make=networks.fitting(setting.make, whole))
    return setting, whole.to(setting.device)


def trained(part):
    """(parameters, measures) of the members of one split, at one batch size and rate."""
    setting, number, size, rate, every = part
    setting, whole = loaded(setting)
    train, test = whole.split(setting.train, seed=number)
    nets, run = to_target(setting, size, rate, every, seeds_of(setting, number), train)
    found = {"updates": run.reached} | at_the_end(nets, train, test)
    if (size, rate, every) in setting.scaled:
        sharp = [largest(*problem(nets.member(i), train)) for i in range(len(nets))]
        found["largest"] = np.array(sharp)
    else:
        found |= curvatures(setting, nets, train)
    return {name: value.detach() for name, value in nets.parameters.items()}, found


def seeds_of(setting, number):
    return range(number * setting.starts, (number + 1) * setting.starts)


def on_split(setting, number, runs):
    """What is kept of one split; `runs` are the batch sizes', then the controls'."""
    setting, whole = loaded(setting)
    train, test = whole.split(setting.train, seed=number)
    count = len(setting.batches)
    rows = [found for _, found in runs]
    small, large = runs[0][0], runs[count - 1][0]
    return {
        "members": stacked(rows[:count]),
        "controls": stacked(rows[count:]),
        "line": line(setting, number, small, large, train, test),
        "distance": norms({name: large[name] - value for name, value in small.items()}),
        "test_examples": len(test),
    }


def stacked(rows):
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def to_target(setting, size, rate, every, seeds, train):
    """The members, stopped at the target loss, and the run that led there."""
    nets = Ensemble(setting.make, seeds, setting.device)
    epochs = -(-setting.limit * size // setting.train)
    run = nets.train(
        train.x, train.y, lambda p: torch.optim.SGD(p, lr=rate), size, epochs,
        target=setting.target, every=every,
    )  # fmt: skip
    return nets, run


def at_the_end(nets, train, test):
    return {
        "train_loss": nets.losses(train.x, train.y),
        "test_loss": nets.losses(test.x, test.y),
        "train_accuracy": nets.accuracy(train.x, train.y),
        "test_accuracy": nets.accuracy(test.x, test.y),
        "norm": norms(nets.parameters),
    }


@torch.no_grad()
def norms(parameters):
    """Each member's ‖θ‖, (E,), of stacked parameters."""
    return (
        sum((p.double() ** 2).flatten(1).sum(1) for p in parameters.values()).sqrt().cpu().numpy()
    )


def curvatures(setting, nets, train):
    """Name -> (E,): measures of sharpness of each member's training loss."""
    rows = []
    for i in range(len(nets)):
        loss, theta = problem(nets.member(i), train)
        rows.append(
            {
                "largest": largest(loss, theta),
                "trace": trace(loss, theta, setting.products).mean,
                "relative": largest(*relative(loss, theta)),
                "keskar": sharpness(loss, theta, setting.boxes[0], starts=1),
                "keskar_small": sharpness(loss, theta, setting.boxes[1], starts=1),
                "slope": slope(loss, theta, setting.boxes[0]),
                "slope_small": slope(loss, theta, setting.boxes[1]),
            }
        )
    return stacked(rows)


def problem(module, train):
    """(loss, θ) of the network on the training set, in double precision."""
    return flat_loss(module.double(), CRITERION, train.x.double(), train.y)


def largest(loss, theta):
    """λ_max, to about one part in a million, far below its spread between seeds."""
    return float(eigenpairs(loss, theta, 1, "largest", tolerance=1e-3, basis=8)[0][0])


def slope(loss, theta, epsilon):
    """What Keskar's sharpness would be without curvature: 100 ε Σ |gᵢ| (|θᵢ| + 1) / (1 + f)."""
    with torch.no_grad():
        value = float(loss(theta))
    highest = float((gradient(loss, theta).abs() * (theta.abs() + 1)).sum())
    return 100 * epsilon * highest / (1 + value)


@torch.no_grad()
def line(setting, number, small, large, train, test):
    """Losses and accuracies of (1 − α) θ_small + α θ_large: name -> (α, E)."""
    between = Ensemble(setting.make, seeds_of(setting, number), setting.device)
    rows = []
    for alpha in np.linspace(-1, 2, setting.steps):
        for name, values in between.parameters.items():
            values.copy_(torch.lerp(small[name], large[name], float(alpha)))
        rows.append(at_the_end(between, train, test))
        del rows[-1]["norm"]
    return stacked(rows)
