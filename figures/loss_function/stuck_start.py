"""From a confidently wrong start squared error is stuck, cross-entropy not; Adam frees most seeds.

Updates from a start that is wrong by d: until the true one of two logits leads, and until 90 % of
digits are right (median of 32 seeds, 95 %). Arrows: most do not arrive in time.

Two logits, the wrong one ahead by d, at η = 0.1. For plain descent theory says d / 2η with
cross-entropy and, for large d, exp(d) / 8η with squared error on the softmax. Adam divides the
gradient by its own size, so that a tiny one is as good as a large one, until it is smaller than
Adam's ε: at d = ln(4 / ε) = 19.8.

Networks (64-32-10, ReLU) start sure of class 0, by d added to that class's bias: updates until 90 %
of the test digits are right, median and 95 % interval of 32 seeds; an arrow at the top where most
seeds do not get there within 640 updates of 32 digits each. Adam narrows the gap where descent is
stuck, from d = 10 on; at d = 5 it is wider with Adam than without. The rates are those at which
each pair of loss and optimiser is quick from d = 0, out of a few tried.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.losses import cross_entropy, squared_error
from trainingtips.statistics import median, share

ETA, MOST = 0.1, 12_000  # of the two logits: learning rate, and updates at which we stop waiting
MARGINS = np.arange(1.0, 26.0)  # d
OFFSETS = (0.0, 5.0, 10.0, 15.0, 20.0)  # d of the networks
SEEDS, TRAIN, SPLIT, BATCH, EPOCHS, EVERY, ENOUGH = 32, 1024, 0, 32, 20, 20, 0.9
DONE = {"cross_entropy": 0.2, "squared_error": 0.08}  # training losses well past 90 % right
NEVER = -1  # stands for "not within the updates"

OPTIMISERS = {"descent": torch.optim.SGD, "adam": torch.optim.Adam}
PAIRS = [(loss, rule) for loss in ("cross_entropy", "squared_error") for rule in OPTIMISERS]
RATES = {
    ("cross_entropy", "descent"): 0.4,
    ("squared_error", "descent"): 1.0,
    ("cross_entropy", "adam"): 0.01,
    ("squared_error", "adam"): 0.01,
}

VERDICT = "regime"

ALT = (
    "Two panels of updates needed, on log axes, against how wrong the start is. Left, squared "
    "error with plain descent rises as a straight, steep line, exponentially; the other three "
    "curves grow slowly, until squared error with Adam turns up sharply near twenty. Right, for "
    "networks, squared error with descent needs more at ten and never arrives at fifteen and "
    "twenty; the other three arrive from everywhere."
)
NUMBER = (
    "updates from a margin of 9: {two_logits.squared_error_descent.8} by squared error, "
    "{two_logits.cross_entropy_descent.8} by cross-entropy, {two_logits.squared_error_adam.8} by "
    "squared error with Adam"
)


def compute():
    two = {f"{loss}_{rule}": two_logits(loss, rule) for loss, rule in PAIRS}
    networks = {f"{loss}_{rule}": digits(loss, rule) for loss, rule in PAIRS}
    return {
        "margins": MARGINS,
        "eta": ETA,
        "two_logits": two,
        "epsilon_margin": float(np.log(4 / torch.optim.Adam([torch.zeros(1)]).defaults["eps"])),
        "offsets": list(OFFSETS),
        "budget": EPOCHS * TRAIN // BATCH,
        "digits": networks,
    }


def two_logits(loss, rule):
    """Updates until the true class leads, from each margin, (25,); NEVER where it does not."""
    half = torch.from_numpy(MARGINS) / 2
    logits = torch.stack([-half, half], -1).requires_grad_()  # one row for each margin
    optimiser = OPTIMISERS[rule]([logits], lr=ETA)
    right = torch.zeros(len(MARGINS), dtype=torch.int64)
    value = {"cross_entropy": cross_entropy, "squared_error": squared_error}[loss]
    updates = np.full(len(MARGINS), NEVER)
    for update in range(1, MOST + 1):
        optimiser.zero_grad()
        value(logits, right).sum().backward()
        optimiser.step()
        leads = (logits[:, 0] >= logits[:, 1]).numpy()
        updates[(updates == NEVER) & leads] = update
        if (updates != NEVER).all():
            break
    return updates


def digits(loss, rule):
    """For each offset: `summary` of the updates to 90 % of the test digits."""
    train, test = data.load("digits").split(TRAIN, seed=SPLIT)
    nets = Ensemble(network, list(range(SEEDS)) * len(OFFSETS))
    with torch.no_grad():
        nets.parameters["2.bias"][:, 0] += torch.tensor(OFFSETS).repeat_interleave(SEEDS)
    run = nets.train(
        train.x,
        train.y,
        lambda parameters: OPTIMISERS[rule](parameters, lr=RATES[loss, rule]),
        BATCH,
        EPOCHS,
        criterion=CRITERIA[loss],
        every=EVERY,
        target=DONE[loss],  # no need to wait for those that have arrived
        observe={"accuracy": lambda nets: nets.accuracy(test.x, test.y)},
    )
    enough = run.observed["accuracy"] >= ENOUGH
    first = np.where(enough.any(0), run.updates[enough.argmax(0)], NEVER)
    return [summary(each) for each in first.reshape(len(OFFSETS), SEEDS)]


def network():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def squared_softmax(logits, y):
    """Mean over the examples of Σ (p − t)²: the package's `squared_error`, without its checks."""
    t = nn.functional.one_hot(y, logits.shape[-1])
    return (torch.softmax(logits, -1) - t).square().sum(-1).mean()


CRITERIA = {"cross_entropy": nn.functional.cross_entropy, "squared_error": squared_softmax}


def summary(updates):
    """Share of the seeds that arrive and, unless most surely do not, the median updates.

    Those that do not arrive count with the budget: a median, or an end, there means "or more".
    """
    arrived = updates != NEVER
    late = np.where(arrived, updates, EPOCHS * TRAIN // BATCH)
    found = share(arrived)
    return {"share": found} | ({"updates": median(late, looked=EVERY)} if found.high > 0.5 else {})


def claim(result):
    margins, eta, two = result["margins"], result["eta"], result["two_logits"]
    linear = margins / (2 * eta)
    off = abs(two["cross_entropy_descent"] - linear).max()
    assert off <= 10, f"expected d / 2η updates with cross-entropy, measured {off:.0f} off"
    stuck = two["squared_error_descent"]
    there = (margins >= 7) & (stuck != NEVER)
    ratio = stuck[there] / (np.exp(margins[there]) / (8 * eta))
    assert (abs(ratio - 1) < 0.05).all(), f"expected exp(d) / 8η, measured {ratio} of it"
    assert (stuck[margins >= 10] == NEVER).all(), "expected squared error to be stuck from d = 10"
    adam, edge = two["squared_error_adam"], result["epsilon_margin"]
    quick = adam[margins < edge - 1] / linear[margins < edge - 1]
    assert quick.max() < 1.3, (
        f"expected Adam at d / 2η below its ε, measured {quick.max():.2f} of it"
    )
    slow = adam[-1] / linear[-1]
    assert slow > 4, f"expected Adam's ε to hold it up at d = 25, measured {slow:.1f} of d / 2η"
    _claim_digits(result["digits"])


def _claim_digits(found):
    arrived = {pair: [row["share"] for row in rows] for pair, rows in found.items()}
    for d, stuck, freed in zip(
        OFFSETS, arrived["squared_error_descent"], arrived["squared_error_adam"], strict=True
    ):
        if d >= 15:
            assert stuck.high < 0.2, f"expected squared error to be stuck from d = {d}: {stuck}"
        assert freed.low > 0.5, f"expected Adam to free most seeds at d = {d}: {freed}"
    for rule in OPTIMISERS:
        least = min(each.low for each in arrived[f"cross_entropy_{rule}"])
        assert least > 0.8, f"expected cross-entropy with {rule} to arrive: {least:.2f}"
    five, ten = ({pair: rows[at]["updates"] for pair, rows in found.items()} for at in (1, 2))
    plain, adam = five["squared_error_descent"], five["squared_error_adam"]
    assert adam.low > plain.high, f"expected Adam to be slower at d = 5: {adam} and {plain}"
    calm = five["cross_entropy_adam"]
    assert adam.low > calm.high, f"expected a gap left at d = 5, measured {adam} and {calm}"
    plain, adam = ten["squared_error_descent"], ten["squared_error_adam"]
    assert adam.high < plain.low, f"expected Adam to be quicker at d = 10: {adam} and {plain}"


LOOKS = {
    "cross_entropy_descent": ("blue", "cross-entropy"),
    "cross_entropy_adam": ("green", "cross-entropy, Adam"),
    "squared_error_descent": ("vermilion", "squared error"),
    "squared_error_adam": ("purple", "squared error, Adam"),
}


def draw(result, figure):
    titles = ["two logits: until the true one leads", "digits: until 90 % are right"]
    left, right = plotting.panels(figure, titles, height=3.7)
    margins, eta = result["margins"], result["eta"]
    for name, (colour, text) in LOOKS.items():
        updates = result["two_logits"][name]
        there = updates != NEVER
        plotting.points(left, margins[there], updates[there], colour, text)
        _draw_digits(right, result, name, colour)
    plotting.theory(
        left, margins, np.exp(margins) / (8 * eta), "muted", r"$e^d / 8\eta$", (9.6, 9e3)
    )
    plotting.theory(left, margins, margins / (2 * eta), "muted", r"$d / 2\eta$", (21, 45))
    plotting.mark(left, result["epsilon_margin"], "muted", "Adam's ε", (19.4, 1.5e3), "right")
    left.set(yscale="log", ylim=(4, 3e4), xlabel="wrong class ahead by $d$", ylabel="updates")
    right.set(yscale="log", ylim=(40, 1200), xlim=(-1, 21.5), xticks=OFFSETS)
    right.set(xlabel="bias $d$ of one class", ylabel="updates")
    plotting.ticks(right.yaxis, [50, 100, 200, 400, 800])
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def _draw_digits(axes, result, name, colour):
    rows = list(zip(result["offsets"], result["digits"][name], strict=True))
    there = [(d, row["updates"]) for d, row in rows if row["share"].mean > 0.5]
    plotting.points(axes, *zip(*there, strict=True), colour, joined=True)
    for d in (d for d, row in rows if row["share"].mean <= 0.5):
        plotting.arrow(axes, (d, 640), (d, 1100), colour)
        plotting.label(axes, f"> {result['budget']}", (d, 540), colour, ha="center", va="center")
