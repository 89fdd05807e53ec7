"""Full-batch descent drives λ_max up to 2/η, where it hovers while the loss falls; Adam has 38/η.

The largest eigenvalue of the Hessian over its edge, 2/η, and the loss along descent; the same for
Adam, whose Hessian is preconditioned and whose edge is (2 + 2β₁)/((1 − β₁)η).

A network of 64, 40, 40 and 10 units (tanh, squared error) on 512 digits, one start. Over the edge
2/η a quadratic would diverge. For full-batch Adam it is the largest eigenvalue of the
preconditioned Hessian, P^(−½) H P^(−½) with P = diag(√v̂ + ε), in units of its edge, which is 38/η
for β₁ = 0.9. Cohen et al. 2021 (arXiv 2103.00065) and 2022 (arXiv 2207.14484).
"""

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import nn

from trainingtips import data, plotting
from trainingtips.curvature import flat_loss
from trainingtips.derivatives import product

CHAOS = "at the edge of stability a last digit grows"

SEED, N = 0, 512
RATES = (0.1, 0.2, 0.4)
ADAM_RATES = (1e-3, 2e-3)
UPDATES, EVERY = 2000, 40
BETA1 = 0.9
LATE = 0.2  # the last share of the updates, over which a level is measured

ALT = (
    "Left, two curves climb to a dotted line at one, the one of the larger rate sooner, a third "
    "starts above it and comes down, and all hover on the line or just above. Middle, the three "
    "losses fall on a log axis all the while, with short peaks. Right, Adam's two curves climb to "
    "one and stay there."
)
NUMBER = (
    "λ_max over the last fifth of the updates, in units of the edge: {level.0 | decimals(2)} at η "
    "= 0.1; Adam {adam_level.0 | decimals(2)}"
)
REPORTED = "found for many networks, and named [@cohen2021]"


def compute():
    plain = [walk(lambda p, r=rate: torch.optim.SGD(p, lr=r), 2 / rate) for rate in RATES]
    edge = (2 + 2 * BETA1) / (1 - BETA1)
    adam = [walk(lambda p, r=rate: torch.optim.Adam(p, lr=r), edge / rate) for rate in ADAM_RATES]
    late = slice(-int(LATE * (UPDATES // EVERY)), None)
    return {
        "rates": RATES,
        "adam_rates": ADAM_RATES,
        "adam_edge": edge,
        "updates": np.arange(0, UPDATES + 1, EVERY),
        "plain": plain,
        "adam": adam,
        "level": [each["ratio"][late].mean() for each in plain],
        "lambda_max": [each["sharpness"][late].mean() for each in plain],
        "start": [each["ratio"][0] for each in plain],
        "adam_level": [each["ratio"][late].mean() for each in adam],
        "adam_lambda_max": [each["sharpness"][late].mean() for each in adam],
        "adam_lambda_middle": [each["sharpness"][len(each["sharpness"]) // 2] for each in adam],
        "loss_left": [loss_left(each["losses"]) for each in plain],
        "rising": [share_rising(each) for each in plain],
    }


def walk(make, edge):
    """Descent on the whole set; at each EVERY updates λ_max, over the edge where preconditioned."""
    loss, theta = problem()
    theta.requires_grad_()
    optimizer, starts, rows, losses = make([theta]), {}, [], []
    for t in range(UPDATES + 1):
        optimizer.zero_grad()
        value = loss(theta)
        value.backward()
        losses.append(value.item())
        if t % EVERY == 0:
            scale = preconditioner(optimizer, theta)
            rows.append([
                top(loss, theta.detach(), scale, starts, "own"),
                top(loss, theta.detach(), torch.ones_like(scale), starts, "plain"),
            ] if isinstance(optimizer, torch.optim.Adam) else
                [top(loss, theta.detach(), scale, starts, "own")] * 2)  # fmt: skip
        optimizer.step()
    own, plain = np.array(rows).T
    return {"ratio": own / edge, "sharpness": plain, "losses": np.array(losses)}


def problem():
    """(loss, θ) of the network at its start."""
    train, _ = data.load("digits").split(N, seed=SEED)
    target = nn.functional.one_hot(train.y, 10).float()
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        network = nn.Sequential(
            nn.Linear(64, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 10)
        )
    return flat_loss(network, squared, train.x, target)


def squared(output, target):
    return 0.5 * ((output - target) ** 2).sum(-1).mean()


def preconditioner(optimizer, theta):
    """P^(−½) of the next update, (n,): ones for SGD. Adam's v̂ takes in the gradient at θ."""
    if not isinstance(optimizer, torch.optim.Adam):
        return torch.ones_like(theta)
    group, state = optimizer.param_groups[0], optimizer.state[theta]
    beta, t = group["betas"][1], int(state.get("step", 0)) + 1
    square = beta * state.get("exp_avg_sq", 0) + (1 - beta) * theta.grad**2
    return ((square / (1 - beta**t)).sqrt() + group["eps"]).rsqrt().detach()


def top(loss, theta, scale, starts, name):
    """The largest eigenvalue of diag(scale) H diag(scale); Lanczos goes on from the last vector."""
    times = product(loss, theta)

    def apply(v):
        v = torch.as_tensor(np.ravel(v), dtype=theta.dtype)
        return (scale * times(scale * v)).numpy().astype(float)

    if name not in starts:
        starts[name] = np.random.default_rng(SEED).normal(size=len(theta))
    operator = LinearOperator((len(theta),) * 2, matvec=apply, dtype=float)
    values, vectors = eigsh(operator, 1, which="LA", v0=starts[name], tol=1e-3, ncv=8)
    starts[name] = vectors[:, 0]
    return float(values[0])


def loss_left(losses):
    """The mean loss at the end over that at half time."""
    half = len(losses) // 2
    return float(losses[-100:].mean() / losses[half : half + 100].mean())


def share_rising(walk):
    """Share of the updates that raise the loss, once λ_max has reached the edge."""
    reached = np.flatnonzero(walk["ratio"] >= 1)[0] * EVERY
    return float((np.diff(walk["losses"][reached:]) > 0).mean())


def claim(result):
    for name, rates in (("level", RATES), ("adam_level", ADAM_RATES)):
        for rate, level in zip(rates, result[name], strict=True):
            assert 0.93 < level < 1.1, f"expected λ_max at the edge for η = {rate}: {level:.3f}"
    for rate, start in zip(RATES, result["start"], strict=True):
        if rate < 0.4:
            assert start < 0.9, f"expected a start below the edge for η = {rate}: {start:.3f}"
    for rate, left in zip(RATES, result["loss_left"], strict=True):
        assert left < 0.8, f"expected the loss to fall at the edge for η = {rate}: {left:.2f} left"


def draw(result, figure):
    axes = plotting.panels(figure, 3, height=3.4)
    updates, looks = result["updates"], ("blue", "vermilion", "green")
    lines = ("-", "--", "-.")
    for rate, each, look, line in zip(RATES, result["plain"], looks, lines, strict=True):
        colour = plotting.colour(look)
        axes[0].plot(updates, each["ratio"], line, color=colour, label=f"$\\eta$ = {rate:g}")
        axes[1].semilogy(each["losses"], line, color=colour, linewidth=1)
    for rate, each, look, line in zip(ADAM_RATES, result["adam"], looks, lines, strict=False):
        colour = plotting.colour(look)
        axes[2].plot(updates, each["ratio"], line, color=colour, label=f"$\\eta$ = {rate:g}")
    for each in (axes[0], axes[2]):
        each.axhline(1, linestyle=":", color=plotting.colour("text"))
        each.set(ylim=(0, 1.45))
        each.legend(loc="lower right")
    axes[0].set(ylabel=r"$\lambda_{\max}$, in $2/\eta$", title="descent: curvature")
    axes[1].set(ylabel="loss", title="descent: loss")
    axes[1].set_yticks([0.5, 0.2, 0.1, 0.05, 0.02], ["0.5", "0.2", "0.1", "0.05", "0.02"])
    axes[1].minorticks_off()
    axes[2].set(ylabel=r"preconditioned, in $38/\eta$", title="Adam: curvature")
    for each in axes:
        each.set(xlabel="update", xticks=[0, 1000, 2000])
