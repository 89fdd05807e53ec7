"""Ten mistakes in one training loop leave ten loss curves, which one rule tells apart.

Each panel: one run's loss over updates, solid, and the loss of a guess, dotted. Dashed: validation
(memorises) or eval mode (good in train mode). NaN: above
the panel from the start; the mean update of eight runs.

Digits, a network of 64-32-32-10, plain descent at the rate 0.2, batches of 32, 512 updates, eight
starts and splits. One thing is changed at a time: all weights start at zero; a schedule meant for
epochs, 0.985, is stepped each update; five times the rate that numbers bear (tanh, squared error);
32 wrong labels that always come last; batches of four at the rate of 32; a rate of 0.03; a warm-up
that never ends; 32 examples; running averages that move by 0.001; outputs (N, 1) against targets
(N,), which are broadcast. The rule reads the printed numbers alone: it asks in a fixed order for
NaN, for a loss that stays at a guess, for eval mode far above train mode, a rise, validation that
rises, spikes once an epoch at one place, jumps, a standstill, and a slow fall. It was written on
two other draws of chance.
"""

import numpy as np

from trainingtips import parallel, plotting
from trainingtips.experiments import broken_loops as loops
from trainingtips.statistics import share, student

SEEDS, UPDATES = range(8), 512
ILLUSTRATION = ("curves",)  # the first run of each; the shares and means are of all
TOP = 1.6  # of the baseline: what is higher leaves the panel

ALT = (
    "Ten small panels of loss over updates: level at the baseline; falling, then level; falling, "
    "then straight up and out; falling with a spike once an epoch; jumping; falling slowly; down "
    "and up again; training loss to zero and validation loss rising; training loss low and the "
    "loss in eval mode far above it; level at the variance."
)
NUMBER = (
    "runs named right, each of ten mistakes and none: {right | interval(0, share=True)}; the least "
    "of them: {least | interval(0, share=True)}"
)
TITLES = {
    "start": "stuck from the start",
    "plateau": "stuck later",
    "nan": "NaN",
    "spikes": "spikes",
    "oscillation": "oscillates",
    "slow": "slow",
    "up_again": "up again",
    "validation": "memorises",
    "modes": "good in train mode",
    "mean": "predicts the mean",
}


def compute():
    names = list(loops.LOOPS)
    found = dict(zip(names, parallel.each(_runs, names), strict=True))
    named = {name: share([each == name for each in one["shapes"]]) for name, one in found.items()}
    return {
        "right": share([n == each for n, one in found.items() for each in one["shapes"]]),
        "least": min(named.values(), key=lambda each: each.mean),
        "named": named,
        "facts": {name: student(one["facts"]) for name, one in found.items() if one["facts"]},
        "curves": {name: one["curves"] for name, one in found.items()},
    }


def _runs(name):
    """The shapes of all runs of a mistake, what is claimed of it, and the curves of the first."""
    seen = [loops.run(loops.LOOPS[name], seed, UPDATES) for seed in SEEDS]
    facts = [FACTS[name](each) for each in seen] if name in FACTS else []
    return {
        "shapes": [loops.shape(each) for each in seen],
        "facts": facts,
        "curves": _kept(seen[0]),
    }


def _kept(seen):
    """What is drawn: the part that is finite, in baselines, cut off far above the panel."""
    points, other = loops.curve(seen.losses), seen.validation
    points, other = (each[: np.argmax([*~np.isfinite(each), True])] for each in (points, other))
    evaluated = seen.evaluated[: np.argmax([*~np.isfinite(seen.evaluated), True])]
    parts = {"train": points, "validation": other, "evaluated": evaluated}
    return {name: np.minimum(each / seen.baseline, 4) for name, each in parts.items()}


def _level(seen):
    return seen.losses[UPDATES // 2 :].mean() / seen.baseline


def _at_one_place(seen):
    return loops.same_place(loops.spikes(seen.losses))


FACTS = {
    "start": _level,
    "mean": _level,
    "nan": lambda seen: np.argmin(np.isfinite(seen.losses)),
    "spikes": _at_one_place,
    "up_again": lambda seen: seen.validation[-4:].mean() / seen.validation.min(),
    "validation": lambda seen: seen.validation[-1] / seen.validation.min(),
    "modes": lambda seen: seen.evaluated[-1] / seen.losses[-loops.LOOK :].mean(),
}


def claim(result):
    named, facts = result["named"], result["facts"]
    for name, found in named.items():
        # of eight; what goes beyond these runs is the interval of all together, below
        assert found.mean > 0.5, f"expected most runs of {name!r} to be named so, measured {found}"
    right = result["right"]
    assert right.low > 0.8, f"expected four runs in five to be named, measured {right}"
    for name, off in (("start", 0.01), ("mean", 0.1)):
        level = facts[name]
        assert 1 - off < level.low and level.high < 1 + off, f"{name}: not a guess's loss: {level}"
    assert facts["nan"].low > 1, f"expected finite losses first, NaN at {facts['nan']}"
    assert facts["spikes"].low > 6, f"expected a spike in each of 8 epochs, {facts['spikes']}"
    for name, factor in (("up_again", 1.5), ("validation", 1.1), ("modes", 3)):
        assert facts[name].low > factor, f"{name}: expected {factor} times, {facts[name]}"


def draw(result, figure):
    narrow = plotting.is_narrow(figure)
    figure.set_figheight(7.6 if narrow else 3.6)
    rows = figure.subplots(*((5, 2) if narrow else (2, 5)), sharey=True).flat
    for axes, (name, title) in zip(rows, TITLES.items(), strict=True):
        curves = result["curves"][name]
        updates = (np.arange(len(curves["train"])) + 0.5) * loops.STEP
        plotting.level(axes, 1)
        plotting.curve(axes, updates, curves["train"], "blue")
        other = {"validation": "validation", "modes": "evaluated"}.get(name)
        if other:
            looks = (np.arange(len(curves[other])) + 1) * loops.LOOK
            plotting.curve(axes, looks, curves[other], "vermilion")
        if name == "nan":
            gone = result["facts"]["nan"].mean
            plotting.mark(axes, gone, "vermilion", "NaN from here on", (gone + 20, 0.45))
        axes.set_title(title, fontsize=9.5)
        axes.set(xlim=(0, UPDATES), ylim=(0, TOP))
        plotting.ticks(axes.xaxis, [0, UPDATES])
        plotting.ticks(axes.yaxis, [0, 1], ["0", "guess"])
