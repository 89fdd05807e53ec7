"""Networks trained to one training loss at every batch size: accuracy, sharpness, the line between.

Plain gradient descent on mini-batches of handwritten digits, one learning rate, 4 starts on each of
8 random splits. The loss over the whole training set is looked at every few updates and a network
is stopped when it has reached the target, so that all batch sizes are compared at one loss: the
Hessian of cross-entropy shrinks with the loss, and whoever trains longer looks flatter. A member
(split and seed) has the same split, start and seed of its order at every batch size. Three controls
have four times the learning rate: two have the η/B of the batch size before, and the full batch has
no noise at all.

Sharpness is measured on the training set in double precision. The last part is the line
(1 − α) θ_small + α θ_large through the solutions of the smallest and the largest batch size.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import nn

from trainingtips import data, networks, parallel
from trainingtips.curvature import eigenpairs, flat_loss, gradient, relative, sharpness, trace
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_training
from trainingtips.experiments import own_splits as own

CHAOS = "a last digit decides which update is the first to reach the loss"
SETTINGS = {  # clothes to the loss to which all of them were trained, see `_gap_whole`
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "rows": 1797,
        "target": 0.22,
        "starts": 4,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD",
        "rows": 1797,
        "target": 0.22,
        "starts": 1,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "text_transformer": "to come to one loss by so many ways takes too long on a processor",
    "digits_adam": "its members stop by plain descent",
}


@dataclass(frozen=True)
class Setting:
    """The experiment; another data set needs other values here and nothing else."""

    make: object = networks.mlp
    data: str = "digits"
    device: str = "cpu"
    train: int = 1024  # the rest are test examples
    splits: int = 8
    starts: int = 4  # members on each split
    batches: tuple = (4, 16, 64, 1024)
    rate: float = 0.1  # η, the same for every B
    target: float = 0.01  # training loss at which a member is stopped
    every: tuple = (8, 8, 8, 16)  # updates from one look at the loss to the next, for each B
    scaled: tuple = ((16, 0.4, 8), (64, 0.4, 8), (1024, 0.4, 8))  # controls: B, another η, looks
    limit: int = 20_000  # updates after which a member counts as not there
    boxes: tuple = (1e-3, 5e-4)  # ε of Keskar's sharpness
    products: int = 15  # Hessian-vector products for the trace
    steps: int = 31  # points on the line, α from −1 to 2
    elsewhere: dict | None = field(default=None, hash=False)  # of SETTINGS: data and network


SETTING = Setting()
CRITERION = nn.functional.cross_entropy


def compute(*, data="digits", device="cpu", setting=None):
    own = {name: setting[name] for name in ("target", "starts")} if setting else {}
    return experiment(replace(SETTING, data=data, device=device, elsewhere=setting, **own))


def experiment(setting):
    sizes = zip(setting.batches, setting.every, strict=True)
    plans = [(size, setting.rate, every) for size, every in sizes]
    plans += setting.scaled  # the controls come last
    runs = parallel.each(trained, [(setting, *plan) for plan in plans])
    count = len(setting.batches)
    rows = [found for _, found in runs]
    small, large = runs[0][0], runs[count - 1][0]
    return {
        "batches": setting.batches,
        "rate": setting.rate,
        "target": setting.target,
        "scaled": [{"batch": b, "rate": rate} for b, rate, _ in setting.scaled],
        "splits": setting.splits,
        "starts": setting.starts,
        "train_examples": setting.train,
        "test_examples": loaded(setting)[1].test.shape[1],
        "weights": sum(p.numel() for p in loaded(setting)[0].make().parameters()),
        "boxes": setting.boxes,
        "members": stacked(rows[:count]),  # name -> (B, members), those of one split together
        "controls": stacked(rows[count:]),  # name -> (scaled, members)
        "alpha": np.linspace(-1, 2, setting.steps),
        "line": line(setting, small, large),  # name -> (α, members)
        "distance": norms({name: large[name] - value for name, value in small.items()}),
    }


def loaded(setting):
    """The setting with its network fitted to the data, and what each member has of them."""
    if setting.elsewhere:
        whole = elsewhere.dataset(setting.elsewhere)
        setting = replace(setting, make=elsewhere.network(setting.elsewhere, whole))
    else:
        whole = data.load(setting.data)
        setting = replace(setting, make=networks.fitting(setting.make, whole))
    parts = own.split(range(setting.splits), setting.train, dataset=whole).to(setting.device)
    return setting, parts.only(np.repeat(range(setting.splits), setting.starts))


def members(setting):
    return Ensemble(setting.make, range(setting.splits * setting.starts), setting.device)


def trained(part):
    """(parameters, measures) of all members, at one batch size and rate."""
    setting, size, rate, every = part
    setting, parts = loaded(setting)
    nets, reached = to_target(setting, size, rate, every, parts)
    found = {"updates": reached, "norm": norms(nets.parameters)} | at_the_end(nets, parts)
    if (size, rate, every) in setting.scaled:
        found["largest"] = np.array([largest(*each) for each in problems(nets, parts)])
    else:
        found |= curvatures(setting, nets, parts)
    return {name: value.detach() for name, value in nets.parameters.items()}, found


def stacked(rows):
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def to_target(setting, size, rate, every, parts):
    """The members, stopped at the target loss, and the updates that led there, (members,)."""
    nets, epochs = members(setting), -(-setting.limit * size // setting.train)

    def there(nets, parts):
        return own.training_losses(nets, parts) <= setting.target

    # all members to the end: what the last digits are must not depend on who is there first
    return nets, own_training.until(nets, parts, rate, size, epochs, every, there, leave=False)


def at_the_end(nets, parts):
    pairs = {name: own.judged(nets, parts, getattr(parts, name)) for name in ("train", "test")}
    found = {f"{name}_loss": loss for name, (loss, _) in pairs.items()}
    return found | {f"{name}_accuracy": 1 - wrong for name, (_, wrong) in pairs.items()}


@torch.no_grad()
def norms(parameters):
    """Each member's ‖θ‖, (E,), of stacked parameters."""
    return (
        sum((p.double() ** 2).flatten(1).sum(1) for p in parameters.values()).sqrt().cpu().numpy()
    )


def curvatures(setting, nets, parts):
    """Name -> (E,): measures of sharpness of each member's training loss."""
    rows = []
    for loss, theta in problems(nets, parts):
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


def problems(nets, parts):
    """(loss, θ) of each network on its split's training set, in double precision."""
    for i, rows in enumerate(parts.train):
        x, y = parts.x[rows].double(), parts.y[rows]
        yield flat_loss(nets.member(i).double(), CRITERION, x, y)


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
def line(setting, small, large):
    """Losses and accuracies of (1 − α) θ_small + α θ_large: name -> (α, E)."""
    setting, parts = loaded(setting)
    between, rows = members(setting), []
    for alpha in np.linspace(-1, 2, setting.steps):
        for name, values in between.parameters.items():
            values.copy_(torch.lerp(small[name], large[name], float(alpha)))
        rows.append(at_the_end(between, parts))
    return stacked(rows)
