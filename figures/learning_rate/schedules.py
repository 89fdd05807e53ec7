"""Every falling schedule beats the constant rate at its best peak; the three are alike.

Test error after 768 updates on digits against the peak rate of four schedules, with true labels and
with one label in five at random. Means with 95 % bands; compared are the best peaks.

One network, 64, 16 and 10 units (ReLU), on 1,024 digits, 768 updates of plain SGD with batches of
16; 32 seeds. Four schedules over peak rates of two decades: constant; a tenth from half time and a
hundredth from three quarters on; a half cosine down to zero; and a tenth of the time linear warm-up
before the cosine. Wrong training labels keep the gradients noisy to the end; the test error is on
true labels, after the last update. Each schedule is compared at its own best peak. At a peak that
is too small the constant rate is the best: a schedule that falls has on average half of it.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import paired, student

CHAOS = "at these learning rates a last digit grows in training"

SEEDS, N, BATCH, EPOCHS = 32, 1024, 16, 12
UPDATES = EPOCHS * N // BATCH  # 768
WARM = UPDATES // 10
RATES = np.geomspace(0.02, 2, 9)
WRONG = {"clean": 0.0, "noisy": 0.2}  # share of labels drawn at random
CEILING = 1e3  # a loss beyond it, or none at all, counts as this

ALT = (
    "Two panels in log-log axes of test error against peak rate. At small peaks the constant rate "
    "lies below the three falling schedules, which lie on one another. Near the largest usable "
    "peak they cross: the constant rate levels off and, with wrong labels, turns up, the others go "
    "on falling and end lower. Beyond it all of them fail at once."
)
NUMBER = (
    "test error saved by the cosine over the constant rate, each at its best peak: "
    "{clean.gain.cosine | interval(2, share=True)}"
)


def constant(t):
    return 1.0


def step(t):
    """A tenth from half of the updates on, a hundredth from three quarters on."""
    return 0.1 ** ((t >= UPDATES // 2) + (t >= UPDATES * 3 // 4))


def cosine(t):
    return 0.5 * (1 + np.cos(np.pi * t / UPDATES))


def warm_up_cosine(t):
    if t < WARM:
        return (t + 1) / WARM
    return 0.5 * (1 + np.cos(np.pi * (t - WARM) / (UPDATES - WARM)))


SCHEDULES = {f.__name__: f for f in (constant, step, cosine, warm_up_cosine)}


DECAYING = tuple(name for name in SCHEDULES if name != "constant")


def compute():
    factors = {n: float(np.mean([f(t) for t in range(UPDATES)])) for n, f in SCHEDULES.items()}
    parts = [(labels, schedule) for labels in WRONG for schedule in SCHEDULES]
    runs = dict(zip(parts, parallel.each(final, parts), strict=True))
    jobs = {labels: job({name: runs[labels, name] for name in SCHEDULES}) for labels in WRONG}
    return {"rates": RATES, "updates": UPDATES, "warm": WARM, "mean_factor": factors} | jobs


def job(runs):
    """What is kept of runs on one kind of labels, schedule -> (losses, accuracies)."""
    logs = {name: np.log10(loss) for name, (loss, _) in runs.items()}
    error = {name: 1 - accuracy for name, (_, accuracy) in runs.items()}
    best = {name: int(each.mean(1).argmin()) for name, each in error.items()}
    least = {name: error[name][at] for name, at in best.items()}
    tenth = {name: log[log.mean(1).argmin()] for name, log in logs.items()}
    return {
        "error": {name: [student(row) for row in each] for name, each in error.items()},
        "best_rate": {name: float(RATES[at]) for name, at in best.items()},
        "best_error": {name: student(each) for name, each in least.items()},
        "best_loss": {name: float(10 ** each.mean()) for name, each in tenth.items()},
        "gain": {n: paired(least["constant"], least[n]) for n in DECAYING},
        "loss_gain": {n: paired(tenth["constant"], tenth[n]) for n in DECAYING},
        "warm_up_gain": paired(least["cosine"], least["warm_up_cosine"]),
        "usable": {n: float(RATES[np.flatnonzero(e.mean(1) < 0.2)[-1]]) for n, e in error.items()},
    }


def relabelled(train, share):
    """The training set with that share of its labels drawn at random, some of them right."""
    generator = torch.Generator().manual_seed(0)
    chosen = torch.rand(len(train), generator=generator) < share
    drawn = torch.randint(train.classes, (len(train),), generator=generator)
    return data.Dataset(train.x, torch.where(chosen, drawn, train.y), train.classes)


def network():
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def final(part):
    """Training loss and test accuracy at the end of one schedule, each (rates, SEEDS)."""
    labels, schedule = part
    train, test = data.load("digits").split(N, seed=0)
    train, factor = relabelled(train, WRONG[labels]), SCHEDULES[schedule]
    nets = Ensemble(network, list(range(SEEDS)) * len(RATES))
    run = nets.train(
        train.x,
        train.y,
        lambda p: torch.optim.SGD(p, lr=1.0),
        BATCH,
        EPOCHS,
        rates=np.repeat(RATES, SEEDS),
        scheduler=lambda rule: torch.optim.lr_scheduler.LambdaLR(rule, factor),
        every=UPDATES,
    )
    losses = np.minimum(np.nan_to_num(run.losses[-1], nan=CEILING, posinf=CEILING), CEILING)
    accuracy = nets.accuracy(test.x, test.y)
    return losses.reshape(len(RATES), SEEDS), accuracy.reshape(len(RATES), SEEDS)


def claim(result):
    for name in WRONG:
        found = result[name]
        for schedule, gain in found["gain"].items():
            assert gain.low > 0, f"expected a lower error by {schedule} ({name}), measured {gain}"
        gain = found["warm_up_gain"]
        alike = gain.low > -0.01 and gain.high < 0.01
        assert alike, f"expected warm-up to change less than a percent ({name}): {gain}"
        constant = found["error"]["constant"][1]
        for schedule in DECAYING:
            other = found["error"][schedule][1]
            assert constant.high < other.low, f"expected more at a small peak, measured {other}"


def draw(result, figure):
    axes = plotting.panels(figure, 2, height=3.6)
    looks = {
        "constant": ("vermilion", "s-", "constant"),
        "step": ("blue", "o--", "step"),
        "cosine": ("green", "^-.", "cosine"),
        "warm_up_cosine": ("purple", "D:", "warm-up, cosine"),
    }
    for each, name in zip(axes, WRONG, strict=True):
        for schedule, (look, line, text) in looks.items():
            colour = plotting.colour(look)
            found = result[name]["error"][schedule]
            mean, low, high = 100 * np.array([[m.mean, m.low, m.high] for m in found]).T
            each.fill_between(result["rates"], low, high, color=colour, alpha=0.2, linewidth=0)
            each.loglog(result["rates"], mean, line, color=colour, markersize=4, label=text)
        each.set_yticks([5, 10, 20, 50], ["5", "10", "20", "50"])
        each.minorticks_off()
        each.set(xlabel="peak rate", ylim=(3, 100))
    axes[0].set(ylabel="test error (%)", title="true labels")
    axes[1].set(ylabel="test error (%)", title="one label in five at random")
    axes[0].legend(loc="upper center", bbox_to_anchor=(0.45, 1.0))
