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
from trainingtips.statistics import student

SEEDS, N, BATCH = 32, 512, 16
ETA, CUT = 0.4, 20
UPDATES, EVERY = 2048, 32
WATCHED = 416
TOP, BINS = 40, 8  # eigenvectors looked at, in groups of neighbours

ALT = (
    "Left, on a log axis, the loss and the gradient norm fall at first and then run level to the "
    "end; where the rate is cut both drop, the gradient norm by far more. Right, the correlation "
    "of successive steps against the step ηλ: it falls from zero toward minus one along the line "
    "of theory."
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
        "loss": bands(loss / loss[0].mean()),
        "norm": bands(norm / norm[0].mean()),
        "cut_updates": UPDATES + cut["updates"],
        "cut_loss": bands(cut["loss"] / loss[0].mean()),
        "cut_norm": bands(cut["norm"] / norm[0].mean()),
        "loss_drift": student(np.divide(*(loss[w].mean(0) for w in windows[::-1]))),
        "norm_drift": student(np.divide(*(norm[w].mean(0) for w in windows[::-1]))),
        "norm_of_start": student(norm[-last:].mean(0) / norm[0]),
        "cut_loss_left": student(cut["loss"][-5:].mean(0) / loss[-last:].mean(0)),
        "cut_norm_left": student(cut["norm"][-5:].mean(0) / norm[-last:].mean(0)),
        **grouped(moves),
        "gradient_share": student([each["gradient_share"] for each in moves]),
        "net_share": student([each["net_share"] for each in moves]),
    }


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


def bands(samples):
    """Student's mean and interval of (T, SEEDS): (3, T)."""
    found = [student(row) for row in samples]
    return np.array([[m.mean, m.low, m.high] for m in found]).T


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


def draw(result, figure):
    left, right = plotting.panels(
        figure, ["loss and gradient norm", "successive steps"], height=3.6
    )
    for name, look in (("loss", "blue"), ("norm", "vermilion")):
        colour = plotting.colour(look)
        for part, line in (("", "-"), ("cut_", "--")):
            mean, low, high = result[part + name]
            updates = result[part + "updates"]
            left.fill_between(updates, low, high, color=colour, alpha=0.25, linewidth=0)
            left.semilogy(updates, mean, line, color=colour, linewidth=1.4)
    left.axvline(UPDATES, linestyle=":", color=plotting.colour("muted"))
    plotting.label(left, "loss", (700, 0.36), color=plotting.colour("blue"))
    plotting.label(left, r"gradient norm $\|g\|$", (500, 0.155), color=plotting.colour("vermilion"))
    plotting.label(left, "rate / 20", (UPDATES - 40, 0.75), ha="right")
    left.set(xlabel="update", ylabel="share of its start", ylim=(0.01, 1.4))
    _draw_correlation(result, right)


def _draw_correlation(result, axes):
    step = np.array([m.mean for m in result["step"]])
    mean, low, high = np.array([[m.mean, m.low, m.high] for m in result["correlation"]]).T
    line, vermilion = np.array([0, 1.45]), plotting.colour("vermilion")
    axes.plot(line, -line / 2, "-", color=plotting.colour("blue"))
    axes.errorbar(step, mean, (mean - low, high - mean), fmt="o", color=vermilion)
    axes.axhline(0, linestyle=":", color=plotting.colour("muted"))
    plotting.label(axes, r"theory: $-\eta\lambda/2$", (0.72, -0.27), color=plotting.colour("blue"))
    plotting.label(
        axes, "steepest\ndirection", (1.28, -0.66), color=vermilion, ha="right", va="top"
    )
    axes.set(xlabel=r"step $\eta\lambda$ along an eigenvector", ylabel="correlation of next steps")
    axes.set(xlim=(0, 1.5), ylim=(-0.85, 0.05))
