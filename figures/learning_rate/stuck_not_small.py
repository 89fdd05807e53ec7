"""A network's loss stands still while its gradient does not shrink: it bounces, it is not at rest.

Loss and gradient norm stand still until the rate is cut (dashed); then both fall. Successive steps
along an eigenvector are correlated by −ηλ/2, as bouncing predicts. Means of 32 networks with 95 %
intervals.

A network of 64, 4 and 10 units (tanh, squared error) on 512 digits, batches of 16, at a rate that
is too large. The loss over all examples and the norm of its gradient are in units of their values
at the start: both stand still from halfway on. Lower the rate twentyfold at the end, and both fall
at once.

The steps are those of the last 400 updates, along the Hessian's eigenvectors. On a quadratic with
batch noise the weight along an eigenvector is a random walk held by a spring, θ ← (1 − ηλ)θ +
noise, so that two successive steps have correlation −ηλ/2: zero means wandering, −1 a pure to and
fro.
"""

from copy import deepcopy
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from trainingtips import data, plotting
from trainingtips.curvature import flat_loss, gradient, hessian
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import columns, student

SEEDS, N, BATCH = 32, 512, 16
ETA, CUT = 0.4, 20
UPDATES, EVERY = 2048, 32
WATCHED = 416
TOP, BINS = 40, 8  # eigenvectors looked at, in groups of neighbours

ALT = (
    "Loss and gradient norm, on a log axis: both fall at first and then run level to the end; "
    "where the rate is cut both drop, the gradient norm by far more. The correlation of "
    "successive steps, against the step ηλ, falls from zero toward minus one along the line of "
    "theory."
)
NUMBER = (
    "over the second half of training the loss is multiplied by {loss_drift | interval(3)}, the "
    "gradient’s norm by {norm_drift | interval(2)}"
)


def compute():
    train, _ = data.load("digits").split(N, seed=0)
    x, y = train.x, nn.functional.one_hot(train.y, 10).float()
    nets = Ensemble(network, range(SEEDS))
    first = follow(nets, x, y, ETA, UPDATES, EVERY)
    calm = deepcopy(nets)
    cut = follow(calm, x, y, ETA / CUT, WATCHED, EVERY // 2)
    seen = nets.train(
        x, y, sgd(ETA), BATCH, WATCHED * BATCH // N, criterion=squared, order="replacement",
        every=1, observe={"theta": flat},
    )  # fmt: skip
    moves = [movement(nets.member(i), seen.observed["theta"][:, i], x, y) for i in range(SEEDS)]
    half, last = UPDATES // EVERY // 2, UPDATES // EVERY // 8
    windows = slice(half, half + last), slice(-last, None)
    loss, norm = first["loss"], first["norm"]
    return {
        "eta": ETA,
        "weights": seen.observed["theta"].shape[-1],
        "updates": first["updates"],
        "loss": means(loss / loss[0].mean()),
        "norm": means(norm / norm[0].mean()),
        "cut_updates": UPDATES + cut["updates"],
        "cut_loss": means(cut["loss"] / loss[0].mean()),
        "cut_norm": means(cut["norm"] / norm[0].mean()),
        "loss_drift": student(np.divide(*(loss[w].mean(0) for w in windows[::-1]))),
        "norm_drift": student(np.divide(*(norm[w].mean(0) for w in windows[::-1]))),
        "norm_of_start": student(norm[-last:].mean(0) / norm[0]),
        "cut_loss_left": student(cut["loss"][-5:].mean(0) / loss[-last:].mean(0)),
        "cut_norm_left": student(cut["norm"][-5:].mean(0) / norm[-last:].mean(0)),
        **grouped(moves),
        "gradient_share": student([each["gradient_share"] for each in moves]),
        "net_share": student([each["net_share"] for each in moves]),
    }


def means(samples):
    """The mean over SEEDS of each row of (T, SEEDS)."""
    return [student(row) for row in samples]


def network():
    return nn.Sequential(nn.Linear(64, 4), nn.Tanh(), nn.Linear(4, 10))


def squared(output, target):
    return 0.5 * ((output - target) ** 2).sum(-1).mean()


def sgd(eta):
    return lambda parameters: torch.optim.SGD(parameters, lr=eta)


def follow(nets, x, y, eta, updates, every):
    run = nets.train(
        x, y, sgd(eta), BATCH, updates * BATCH // N, criterion=squared, order="replacement",
        every=every, observe={"norm": lambda nets: norms(nets, x, y)},
    )  # fmt: skip
    return {"updates": run.updates, "loss": run.losses, "norm": run.observed["norm"]}


def norms(nets, x, y):
    """Length of each member's full gradient: (E,)."""

    def loss(parameters):
        return squared(functional_call(nets.template, parameters, (x,)), y)

    found = vmap(grad(loss))({k: v.detach() for k, v in nets.parameters.items()})
    return torch.cat([g.flatten(1) for g in found.values()], 1).norm(dim=1).numpy()


def flat(nets):
    """Each member's weights in one row: (E, n)."""
    return torch.cat([v.detach().flatten(1) for v in nets.parameters.values()], 1).numpy().copy()


def movement(module, path, x, y):
    """How one network moved, (T, n), along the eigenvectors of the Hessian at its mean place."""
    loss, _ = flat_loss(module.double(), squared, x.double(), y.double())
    centre = torch.from_numpy(path.mean(0)).double()
    values, vectors = np.linalg.eigh(hessian(loss, centre).numpy())
    values, vectors = values[::-1][:TOP], vectors[:, ::-1][:, :TOP]
    steps = np.diff(path.astype(float), axis=0) @ vectors
    g = gradient(loss, torch.from_numpy(path[-1]).double()).numpy()
    whole = path[-1].astype(float) - path[0]
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    return {
        "step": ETA * values,
        "correlation": (steps[1:] * steps[:-1]).mean(0) / (steps**2).mean(0),
        "gradient_share": float(((g @ vectors[:, :10]) ** 2).sum() / (g @ g)),
        "net_share": float(np.linalg.norm(whole) / lengths),
    }


def grouped(moves):
    """Steps ηλ and correlations in groups of neighbouring eigenvectors: BINS of each."""
    step = np.array([each["step"] for each in moves])
    correlation = np.array([each["correlation"] for each in moves])
    edges = np.unique(np.geomspace(1, TOP, BINS + 1).round().astype(int))
    groups = [slice(low - 1, high - 1) for low, high in pairwise(edges)]
    return {
        "step": [student(step[:, each].mean(1)) for each in groups],
        "correlation": [student(correlation[:, each].mean(1)) for each in groups],
        "excess": [student((correlation + step / 2)[:, each].mean(1)) for each in groups],
    }


def claim(result):
    loss, norm = result["loss_drift"], result["norm_drift"]
    assert loss.low > 0.97, f"expected a loss within 3 % in the second half, measured {loss}"
    assert norm.low > 0.9, f"expected a gradient that does not shrink with it, measured {norm}"
    cut = result["cut_norm_left"]
    assert cut.high < 0.3, f"expected the gradient to fall with the rate, measured {cut} left"
    cut = result["cut_loss_left"]
    assert cut.high < 0.97, f"expected the loss to fall with the rate, measured {cut} left"
    for step, excess in zip(result["step"], result["excess"], strict=True):
        near = excess.low > -0.04 and excess.high < 0.04
        assert near, f"expected correlation −ηλ/2 at ηλ = {step.mean:.2f}, measured {excess} off"
    share = result["gradient_share"]
    assert share.low > 0.8, f"expected the gradient along ten eigenvectors, measured {share}"
    net = result["net_share"]
    assert net.high < 0.02, f"expected hardly a net movement, measured {net} of the way walked"


PANELS = {
    "loss and gradient norm": {
        "x": "update",
        "y": "share of its start",
        "ylim": (0.01, 1.4),
        "log": "y",
    },
    "successive steps": {
        "x": r"step $\eta\lambda$ along an eigenvector",
        "xlim": (0, 1.5),
        "y": "correlation of next steps",
        "ylim": (-0.85, 0.05),
    },
}
LOOKS = {  # colour, name, and where it stands
    "loss": ("blue", "loss", (700, 0.36)),
    "norm": ("vermilion", r"gradient norm $\|g\|$", (500, 0.155)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6)
    for name, look in LOOKS.items():
        plotting.curve(left, result["updates"], result[name], *look, look="-")
        plotting.curve(left, result["cut_updates"], result[f"cut_{name}"], look[0], look="--")
    plotting.mark(left, UPDATES)
    plotting.label(left, "rate / 20", (UPDATES - 40, 0.75), ha="right")
    line, step = np.array([0, 1.45]), columns(result["step"])[0]
    plotting.theory(right, line, -line / 2, "blue", r"theory: $-\eta\lambda/2$", (0.72, -0.27))
    plotting.points(right, step, result["correlation"], "vermilion")
    plotting.label(right, "steepest\ndirection", (1.28, -0.78), "vermilion", ha="right")
    plotting.level(right, 0)
