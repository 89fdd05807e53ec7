"""A root mean square over all history makes Adagrad burst sideways, and a falling rate prevents it.

Two paths in a narrow valley, and their preconditioned step. With the mean over history the
step climbs past 2, and the path bursts; with the falling rate it can only fall.

The narrow valley of the figure one_rate, a line through ten points with b from −200 to −100. The
lecture's form divides by σ, the root mean square of all past gradients of a weight. Along the
valley's floor the gradients are small, σ forgets slowly but steadily, and the step grows until it
is too long for the valley's walls. On a quadratic that has an exact edge: with D = diag σ, the
largest eigenvalue of η D^(−½) H D^(−½), the “preconditioned step”, must stay below 2.

Each burst follows a crossing of 2 and ends once the burst's own gradients have raised σ. With the
rate falling as η/√t the mean becomes torch's sum, the step can only fall, and no burst is possible.
"""

import numpy as np
import torch

from figures.learning_rate import one_rate
from trainingtips import plotting

ETA, UPDATES = 1.0, 700
FALLING_ETA = 3.0
RATES = (0.7, 1.0, 1.4, 2.0)  # at which the crossings are looked for, too

ALT = (
    "Left, a map of the valley. The path with the mean over history turns into the valley, runs "
    "along its floor, bursts to and fro across it at two places and comes to rest at the minimum; "
    "the path with the falling rate follows the floor smoothly. Right, the preconditioned step of "
    "the first climbs above the dashed line at 2 and falls back below it again and again; that of "
    "the second falls from the start on and stays below."
)
NUMBER = (
    "times that the swing grows in the first burst: {bursts.growth.0 | digits(2)}; rises of the "
    "falling rate’s step: {falling_rises}"
)


def compute():
    mean, falling = walk(ETA, mean=True), walk(FALLING_ETA, mean=False)
    return {
        "eta": ETA,
        "falling_eta": FALLING_ETA,
        "mean": mean,
        "falling": falling,
        "bursts": bursts(mean),
        "at_rates": [bursts(walk(rate, mean=True)) for rate in RATES],
        "falling_rises": int((np.diff(falling["step"]) > 1e-9).sum()),
        "falling_highest": falling["step"].max(),
        "loss_start": mean["loss"][0],
        "falling_loss": falling["loss"][-1],
        "mean_best": mean["loss"].min(),
        "last_burst_loss": mean["loss"][-300:].max(),
    }


def walk(rate, mean, updates=UPDATES):
    """Torch's Adagrad in the valley: the points, the excess loss and the preconditioned step.

    Torch divides by the root of a sum; with the rate η√t that is the root of a mean.
    """
    theta = torch.tensor(one_rate.START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adagrad([theta], lr=rate)
    growth = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: (t + 1) ** 0.5 if mean else 1.0)
    h = torch.from_numpy(one_rate.hessian())
    minimum = torch.linalg.solve(
        h, torch.from_numpy(one_rate.design().T @ one_rate.targets() / len(one_rate.X))
    )
    path, steps = [], []
    for _ in range(updates):
        path.append(theta.detach().clone())
        theta.grad = h @ (theta.detach() - minimum)
        lr = optimizer.param_groups[0]["lr"]
        optimizer.step()
        growth.step()
        scale = optimizer.state[theta]["sum"] ** -0.25
        steps.append(lr * float(torch.linalg.eigvalsh(scale[:, None] * h * scale)[-1]))
    path = torch.stack(path).numpy()
    error = path - minimum.numpy()
    u = np.linalg.eigh(one_rate.hessian())[1][:, 1]
    return {
        "path": path,
        "step": np.array(steps),
        "across": np.abs(error @ u),
        "loss": 0.5 * np.einsum("ti,ij,tj->t", error, one_rate.hessian(), error),
    }


def bursts(walk):
    """Each upward crossing of 2: its update, and by how much the swing across the valley grew."""
    step, across = walk["step"], walk["across"]
    ups = np.flatnonzero((step[1:] > 2) & (step[:-1] <= 2)) + 1
    downs = [np.flatnonzero(step[up:] <= 2) for up in ups]
    found = [(up, up + down[0]) for up, down in zip(ups, downs, strict=True) if len(down)]
    return {
        "updates": [int(up) for up, _ in found],
        "ends": [int(down) for _, down in found],
        # the two points beside a place of crossing: one may lie on the floor by chance
        "growth": [float(across[down - 1] / across[up : up + 2].max()) for up, down in found],
        "outside": outside(walk),
    }


def outside(walk):
    """The largest growth of the swing over ten updates that all keep the step below 2."""
    swing = np.maximum(walk["across"][1:], walk["across"][:-1])  # it changes sides at each update
    start = np.flatnonzero(walk["step"] <= 2)
    start = start[(start > 50) & (start + 11 < len(swing))]
    calm = [t for t in start if (walk["step"][t : t + 11] <= 2).all()]
    return float(max(swing[t + 10] / swing[t] for t in calm))


def claim(result):
    for rate, found in zip(RATES, result["at_rates"], strict=True):
        assert len(found["updates"]) >= 1, f"expected bursts at rate {rate}, measured none"
        least = min(found["growth"])
        assert least > 1.5, f"expected the swing to grow above 2 at rate {rate}, measured {least}"
        most = found["outside"]
        assert most < 1.5, f"expected no growth below 2 at rate {rate}, measured {most}"
    rises = result["falling_rises"]
    assert rises == 0, f"expected the falling rate's step never to rise, measured {rises} rises"
    start, end = result["loss_start"], result["falling_loss"]
    assert end < 1e-3 * start, f"expected the falling rate to arrive, measured {end} of {start}"


def draw(result, figure):
    left, right = plotting.panels(figure, ["paths", "preconditioned step"], height=3.8)
    one_rate.surface(left)
    vermilion, blue = plotting.colour("vermilion"), plotting.colour("blue")
    left.plot(*result["falling"]["path"].T, "--", color=blue, linewidth=1.6)
    left.plot(*result["mean"]["path"].T, "-", color=vermilion, linewidth=0.8)
    left.plot(*one_rate.START, "o", color=plotting.colour("text"))
    plotting.label(left, "mean over history:\nbursts", (-163, 3.4), color=vermilion)
    plotting.label(left, "falling rate", (-113, -1.2), color=blue, ha="center", va="bottom")
    updates = np.arange(UPDATES)
    right.axhline(2, linestyle=":", color=plotting.colour("text"))
    right.plot(updates, result["mean"]["step"], "-", color=vermilion)
    right.plot(updates, result["falling"]["step"], "--", color=blue)
    plotting.label(right, "edge", (690, 2.3), ha="right")
    plotting.label(right, "mean over history", (160, 2.75), color=vermilion)
    plotting.label(right, "falling rate", (250, 0.55), color=blue)
    right.set(xlabel="update", ylabel="preconditioned step", ylim=(0, 3.5))
