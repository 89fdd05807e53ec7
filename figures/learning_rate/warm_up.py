"""Warm-up raises the usable peak rate where the curvature falls early, and elsewhere gains nothing.

Final training loss against the peak rate, with and without warm-up, from a sharp and a flat start,
and λ_max along warm-up against 2/η. Bands: 95 %; dotted: always answering one tenth.

Networks with 64 inputs, three or two hidden layers of 16 units (ReLU) and 10 outputs on 512 digits,
384 updates of plain SGD with batches of 128; 64 seeds. The first network starts with He's weights
times two (large, sharp), the second with torch's default (small, flat). The rate is constant from
the start or after 48 updates of linear warm-up; losses are means of log loss. λ_max is the
Hessian's largest eigenvalue along the first updates with warm-up to η = 0.2.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import nn

from trainingtips import data, parallel, plotting
from trainingtips.curvature import eigenpairs, flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import paired, student

CHAOS = "at these learning rates a last digit grows in training"

SEEDS, N, BATCH, EPOCHS, WARM = 64, 512, 128, 96, 48
RATES = np.geomspace(0.02, 2, 11)
WATCHED_RATE, WATCHED_EPOCHS, WATCHED_EVERY = 0.2, 40, 16
CEILING = 1e3  # a loss beyond it, or none at all, counts as this
NETWORKS = {"sharp": (3, 2.0), "flat": (2, None)}  # hidden layers, multiple of He's weights
USABLE = 0.5  # a mean loss below it

ALT = (
    "Left, for the large start the loss without warm-up turns up at a smaller peak rate, and its "
    "lowest point is higher than with warm-up. Middle, for the small start the two curves run "
    "close together, the one with warm-up a little higher, and turn up at the same rate. Right, "
    "the large start's curvature begins far above the line of two over the rate and falls toward "
    "it, the small start's begins far below and climbs."
)
NUMBER = (
    "best loss with warm-up, in powers of ten below that without: {sharp.gain | interval(2)} from "
    "a sharp start, {flat.gain | interval(2)} from a flat one"
)


def compute():
    found = {"rates": RATES, "warm": WARM, "watched_rate": WATCHED_RATE}
    parts = [(name, what) for name in NETWORKS for what in (*KINDS, "watch")]
    runs = dict(zip(parts, parallel.each(run, parts), strict=True))
    for name in NETWORKS:
        logs = {kind: np.log10(runs[name, kind]) for kind in KINDS}
        best = {kind: int(log.mean(1).argmin()) for kind, log in logs.items()}
        updates, curvature = runs[name, "watch"]
        found[name] = {
            **{kind: [student(row) for row in each] for kind, each in logs.items()},
            "best_rate": {kind: RATES[at] for kind, at in best.items()},
            "best_loss": {kind: 10 ** logs[kind][at].mean() for kind, at in best.items()},
            "gain": paired(*(logs[kind][best[kind]] for kind in ("constant", "warm_up"))),
            "usable": {kind: usable(each) for kind, each in logs.items()},
            "updates": updates,
            "curvature": bands(curvature),
            "curvature_start": student(curvature[0]),
            "curvature_least": student(curvature.min(0)),
            "curvature_most": student(curvature.max(0)),
        }
    return found


KINDS = {"constant": 0, "warm_up": WARM}


def run(part):
    """One network's losses for one kind of start, see `final`, or its curvature, see `watch`."""
    name, what = part
    train, _ = data.load("digits").split(N, seed=0)
    if what == "watch":
        return watch(*NETWORKS[name], train)
    return final(*NETWORKS[name], KINDS[what], train)


def network(depth, gain):
    """A maker of networks; `gain` multiplies He's weights, None leaves torch's own start."""

    def make():
        widths = [64] + [16] * depth
        layers = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        net = nn.Sequential(*layers, nn.Linear(16, 10))
        for layer in net if gain else ():
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight)
                nn.init.zeros_(layer.bias)
                layer.weight.data *= gain
        return net

    return make


def schedule(warm):
    """Linear warm-up over `warm` updates, then constant; none for 0."""
    return lambda rule: torch.optim.lr_scheduler.LambdaLR(
        rule, lambda t: min(1, (t + 1) / warm) if warm else 1.0
    )


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=1.0)


def final(depth, gain, warm, train):
    """Training loss at the end, (rates, SEEDS), at most CEILING."""
    nets = Ensemble(network(depth, gain), list(range(SEEDS)) * len(RATES))
    rates = np.repeat(RATES, SEEDS)
    updates = EPOCHS * -(-N // BATCH)
    run = nets.train(
        train.x, train.y, sgd, BATCH, EPOCHS, rates=rates, scheduler=schedule(warm), every=updates
    )
    losses = np.nan_to_num(run.losses[-1], nan=CEILING, posinf=CEILING)
    return np.minimum(losses, CEILING).reshape(len(RATES), SEEDS)


def watch(depth, gain, train):
    """λ_max of each network along the first updates with warm-up: (T,) and (T, SEEDS)."""

    def largest(nets):
        return [top(nets.member(i), train) for i in range(SEEDS)]

    nets = Ensemble(network(depth, gain), range(SEEDS))
    run = nets.train(
        train.x, train.y, sgd, BATCH, WATCHED_EPOCHS, rates=[WATCHED_RATE] * SEEDS,
        scheduler=schedule(WARM), every=WATCHED_EVERY, observe={"curvature": largest},
    )  # fmt: skip
    return run.updates, run.observed["curvature"]


def top(member, train):
    loss, theta = flat_loss(member, nn.functional.cross_entropy, train.x, train.y)
    return eigenpairs(loss, theta, 1, "largest", tolerance=1e-2, basis=8)[0][0]


def usable(logs):
    """The largest rate with a mean loss below USABLE; 0 if there is none."""
    means = 10 ** logs.mean(1)
    good = np.flatnonzero(means < USABLE)
    return float(RATES[good[-1]]) if len(good) else 0.0


def bands(samples):
    """Student's mean and interval of (T, SEEDS): (3, T)."""
    found = [student(row) for row in samples]
    return np.array([[m.mean, m.low, m.high] for m in found]).T


def claim(result):
    sharp, flat = result["sharp"], result["flat"]
    gain = sharp["gain"]
    assert gain.low > 0.3, f"expected half the best loss with warm-up, gained {gain} decades"
    raised, usable = _raised(sharp), sharp["usable"]
    assert raised.any(), f"expected a rate that only warm-up makes usable, measured {usable}"
    usable = flat["usable"]
    assert usable["warm_up"] == usable["constant"], f"expected one usable rate: {usable}"
    # what the flat start may gain is small against what the sharp one does
    most = flat["gain"]
    assert most.high < gain.low / 4, f"expected next to no gain on the flat start, measured {most}"
    edge = 2 / result["watched_rate"]
    start, least = sharp["curvature_start"], sharp["curvature_least"]
    assert start.low > 2 * edge, f"expected λ_max above 2/η at the sharp start, measured {start}"
    assert least.high < start.low / 2, f"expected λ_max to fall, from {start} to {least}"
    start = flat["curvature_start"]
    assert start.high < edge, f"expected λ_max below 2/η at the flat start, measured {start}"


def _raised(found):
    """At which rates the loss is below USABLE with warm-up and above without, beyond chance."""
    limit = np.log10(USABLE)
    with_it, without = found["warm_up"], found["constant"]
    pairs = zip(with_it, without, strict=True)
    return np.array([w.high < limit < c.low for w, c in pairs])


def draw(result, figure):
    axes = plotting.panels(figure, 3, height=3.5)
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    titles = {"sharp": "large, sharp start", "flat": "small, flat start"}
    for each, (name, title) in zip(axes, titles.items(), strict=False):
        for kind, colour, line in (("constant", vermilion, "s--"), ("warm_up", blue, "o-")):
            found = result[name][kind]
            mean, low, high = 10 ** np.array([[m.mean, m.low, m.high] for m in found]).T
            each.fill_between(result["rates"], low, high, color=colour, alpha=0.25, linewidth=0)
            each.loglog(result["rates"], mean, line, color=colour, markersize=4)
        each.axhline(np.log(10), linestyle=":", color=plotting.colour("muted"))
        each.set(xlabel="peak rate", title=title, ylim=(6e-3, 5))
    axes[0].set(ylabel="training loss at the end")
    plotting.label(axes[0], "without", (0.17, 0.7), color=vermilion, ha="right")
    plotting.label(axes[0], "warm-up", (0.09, 0.05), color=blue, ha="right")
    _draw_curvature(result, axes[2])


def _draw_curvature(result, axes):
    for name, look, line in (("sharp", "purple", "-"), ("flat", "green", "--")):
        colour, updates = plotting.colour(look), result[name]["updates"]
        mean, low, high = result[name]["curvature"]
        axes.fill_between(updates, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.semilogy(updates, mean, line, color=colour)
    axes.axhline(2 / WATCHED_RATE, linestyle=":", color=plotting.colour("text"))
    plotting.label(axes, r"$2/\eta$", (0, 7.6), va="top")
    plotting.label(axes, "large start", (40, 45), color=plotting.colour("purple"))
    plotting.label(axes, "small start", (70, 0.75), color=plotting.colour("green"))
    axes.axvline(WARM, linestyle=":", color=plotting.colour("muted"))
    axes.set(xlabel="update", ylabel=r"$\lambda_{\max}$", title="curvature in warm-up")
