"""From a badly wrong start squared error is stuck, cross-entropy not; Adam frees most to d = 15.

Updates until the true logit leads, and until 90 % of digits are right (looked at every 20; medians
of 16 splits, 95 %), from a start wrong by d. Hollow: Adam's other rates. At d = 5 it gains nothing;
at 20 it frees some.

Two logits, the wrong one ahead by d, at η = 0.1. For plain descent theory says d / 2η with
cross-entropy and, for large d, exp(d) / 8η with squared error on the softmax. Adam divides the
gradient by its own size, so that a tiny one is as good as a large one, until it is smaller than
Adam's ε: at d = ln(4 / ε) = 19.8. So most networks are to be freed below that, and beyond it more
than plain descent frees.

Networks (64-32-10, ReLU) start sure of class 0, by d added to that class's bias: updates of 32
digits until 90 % of the test digits are right, at most 640; each of 16 networks has its own split,
start and order. An arrow: at no rate do most networks arrive in time. For each loss, optimiser and
d the rate is the quickest of four or five on validation digits. Networks of one split make pairs;
written before they were taken: at d = 5 the interval of their mean, plain less Adam, reaches zero,
and ends below a third of what plain descent takes.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import parallel, plotting
from trainingtips.experiments import criteria, wrong_starts
from trainingtips.experiments.wrong_starts import NEVER
from trainingtips.losses import cross_entropy, squared_error
from trainingtips.statistics import paired

CHAOS = "at the quickest rates a last digit grows in training, and decides which is the quickest"
ETA, MOST = 0.1, 12_000  # of the two logits: learning rate, and updates at which we stop waiting
MARGINS = np.arange(1.0, 26.0)  # d
OFFSETS = (0.0, 5.0, 10.0, 15.0, 20.0)  # d of the networks
SETTING = wrong_starts.Setting(
    OFFSETS, seeds=16, train=1024, valid=373, batch=32, epochs=20, every=20, enough=0.9
)
LOSSES = {  # of single examples, and of a batch
    "cross_entropy": (cross_entropy, torch.nn.functional.cross_entropy),
    "squared_error": (squared_error, criteria.squared_softmax),
}
OPTIMISERS = {"descent": torch.optim.SGD, "adam": torch.optim.Adam}
PLAIN, ADAM, CALM = "squared_error_descent", "squared_error_adam", "cross_entropy_adam"
RATES = {  # of networks, to choose from
    "cross_entropy_descent": (0.2, 0.4, 0.8, 1.6),
    "cross_entropy_adam": (0.01, 0.02, 0.04, 0.08, 0.16),
    "squared_error_descent": (0.25, 0.5, 1.0, 2.0),
    "squared_error_adam": (0.005, 0.01, 0.02, 0.04, 0.08),
}
MILD, USUAL = 1, 1  # places of d = 5, and of the rate 0.01 among Adam's

VERDICT = "regime"

ALT = (
    "Two panels of updates needed, on log axes, against how wrong the start is. Two logits: "
    "squared error with plain descent rises as a straight, steep line, exponentially; the other "
    "three curves grow slowly, until squared error with Adam turns up sharply near twenty. "
    "Digits: squared error with descent needs more at ten and never arrives at fifteen and "
    "twenty; the other three arrive from everywhere."
)
NUMBER = (
    "updates from a margin of 9: {two_logits.squared_error_descent.8} by squared error, "
    "{two_logits.cross_entropy_descent.8} by cross-entropy, {two_logits.squared_error_adam.8} by "
    "squared error with Adam"
)


def compute():
    two, pairs = {}, [(loss, name) for loss in LOSSES for name in OPTIMISERS]
    for loss, name in pairs:
        rule = partial(OPTIMISERS[name], lr=ETA)
        two[f"{loss}_{name}"] = wrong_starts.two_logits(MARGINS, LOSSES[loss][0], rule, MOST)
    found = dict(zip(two, parallel.each(_networks, pairs), strict=True))
    return {
        "margins": MARGINS,
        "eta": ETA,
        "two_logits": two,
        "epsilon_margin": float(np.log(4 / torch.optim.Adam([torch.zeros(1)]).defaults["eps"])),
        "offsets": list(OFFSETS),
        "budget": SETTING.budget,
        "every": SETTING.every,
        "rates": RATES,
        "places": {name: each["places"] for name, each in found.items()},
        "digits": {name: each["rows"] for name, each in found.items()},
        "tried": {name: each["tried"] for name, each in found.items()},
        "gains": list(map(paired, *(found[name]["waits"] for name in (PLAIN, ADAM)))),
    }


def _networks(pair):
    """What each rate of a loss and an optimiser leads to from each offset, and the best."""
    loss, name = pair
    rules = [partial(OPTIMISERS[name], lr=rate) for rate in RATES[f"{loss}_{name}"]]
    return wrong_starts.compared(SETTING, LOSSES[loss][1], rules)


def claim(result):
    margins, eta, two = result["margins"], result["eta"], result["two_logits"]
    linear = margins / (2 * eta)
    off = abs(two["cross_entropy_descent"] - linear).max()
    assert off <= 10, f"expected d / 2η updates with cross-entropy, measured {off:.0f} off"
    stuck = two[PLAIN]
    there = (margins >= 7) & (stuck != NEVER)
    ratio = stuck[there] / (np.exp(margins[there]) / (8 * eta))
    assert (abs(ratio - 1) < 0.05).all(), f"expected exp(d) / 8η, measured {ratio} of it"
    assert (stuck[margins >= 10] == NEVER).all(), "expected squared error to be stuck from d = 10"
    adam, edge = two[ADAM], result["epsilon_margin"]
    quick = (adam / linear)[margins < edge - 1].max()
    assert quick < 1.3, f"expected Adam at d / 2η below its ε, measured {quick:.2f} of it"
    slow = adam[-1] / linear[-1]
    assert slow > 4, f"expected Adam's ε to hold it up at d = 25, measured {slow:.1f} of d / 2η"
    _claim_digits(result["digits"], result["tried"], edge)
    gain, third = result["gains"][MILD], result["digits"][PLAIN][MILD]["updates"].mean / 3
    none = gain.low <= 0 and gain.high < third
    assert none, f"expected no gain by Adam in pairs at d = 5, measured {gain} updates"
    for pair, places in result["places"].items():
        last = len(RATES[pair]) - 1
        ends = [d for d, at in zip(OFFSETS, places, strict=True) if at in (0, last)]
        if pair == PLAIN:
            ends = [d for d in ends if d < 15]  # beyond, no rate arrives
        assert not ends, f"{pair}: the best rate is at an end of those tried from d = {ends}"


def _claim_digits(found, tried, edge):
    left = [each["share"] for row in tried[PLAIN][3:] for each in row]
    for stuck in left:
        assert stuck.high < 0.2, f"expected squared error to be stuck from d = 15: {stuck}"
    arrived = {pair: [row["share"] for row in rows] for pair, rows in found.items()}
    for d, freed in zip(OFFSETS, arrived[ADAM], strict=True):
        least = 0.5 if d < edge else max(stuck.high for stuck in left)
        assert freed.low > least, f"expected Adam to free more than {least:.2f} at {d}: {freed}"
    for calm in arrived["cross_entropy_descent"] + arrived[CALM]:
        assert calm.low > 0.7, f"expected cross-entropy to arrive: {calm}"
    plain, adam = (found[pair][2]["updates"] for pair in (PLAIN, ADAM))
    assert adam.high < plain.low, f"expected Adam to be quicker at d = 10: {adam} and {plain}"
    plain, adam = (found[pair][MILD]["updates"] for pair in (PLAIN, ADAM))
    assert adam.high >= plain.low, f"expected no gain by Adam at d = 5: {adam} and {plain}"
    usual = tried[ADAM][MILD][USUAL]["updates"]
    assert usual.low > plain.high, f"expected Adam at 0.01 to be slower there: {usual} and {plain}"
    for far in (3, 4):
        adam, calm = (found[pair][far]["updates"] for pair in (ADAM, CALM))
        assert adam.low > calm.high, f"expected a gap left from d = 15: {adam} and {calm}"


TWO = {"x": "wrong class ahead by $d$", "ylim": (4, 3e4)}
DIGITS = {"x": "bias $d$ of one class", "xlim": (-1, 21.5), "xticks": OFFSETS}
PANELS = {
    "two logits: until the true one leads": TWO,
    "digits: until 90 % are right": DIGITS
    | {"ylim": (20, 1200), "yticks": [25, 50, 100, 200, 400, 800]},
}
LOOKS = {
    "cross_entropy_descent": ("blue", "cross-entropy"),
    "cross_entropy_adam": ("green", "cross-entropy, Adam"),
    "squared_error_descent": ("vermilion", "squared error"),
    "squared_error_adam": ("purple", "squared error, Adam"),
}
STEEP, STRAIGHT = ("muted", r"$e^d / 8\eta$", (9.6, 9e3)), ("muted", r"$d / 2\eta$", (21, 45))


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, 3.7, log="y", y="updates")
    margins, eta = result["margins"], result["eta"]
    for name, (colour, text) in LOOKS.items():
        there = (updates := result["two_logits"][name]) != NEVER
        plotting.points(left, margins[there], updates[there], colour, text)
        _draw_digits(right, result, name, colour)
    _draw_rates(right, result)
    plotting.theory(left, margins, np.exp(margins) / (8 * eta), *STEEP)
    plotting.theory(left, margins, margins / (2 * eta), *STRAIGHT)
    plotting.mark(left, result["epsilon_margin"], "muted", "Adam's ε", (19.4, 1.5e3), "right")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def _draw_digits(axes, result, name, colour):
    rows = list(zip(result["offsets"], result["digits"][name], strict=True))
    there = [(d, row["updates"]) for d, row in rows if row["share"].mean > 0.5]
    plotting.points(axes, *zip(*there, strict=True), colour, joined=True)
    for d in (d for d, row in rows if row["share"].mean <= 0.5):
        plotting.arrow(axes, (d, 640), (d, 1100), colour)
        plotting.label(axes, f"> {result['budget']}", (d, 540), colour, ha="center", va="center")


def _draw_rates(axes, result):
    """Adam's other rates at d = 5, side by side, from the smallest on."""
    others = [i for i in range(len(RATES[ADAM])) if i != result["places"][ADAM][MILD]]
    places = OFFSETS[MILD] + 0.6 * np.arange(1, len(others) + 1)
    updates = [result["tried"][ADAM][MILD][i]["updates"] for i in others]
    plotting.points(axes, places, updates, LOOKS[ADAM][0], hollow=True)
