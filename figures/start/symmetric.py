"""Units alike learn alike; a difference in the last digit parts them late, 10⁻⁴ early enough.

How far the units of a hidden layer are apart, and the training loss, against updates, for 32
networks whose units start alike but for a random part of the size that each line names; 95 % bands.

Digits, a hidden layer of 16 tanh units. All units have one and the same row of weights, drawn anew
for each start, and the same outgoing weights, plus independent Gaussian parts of the size that each
line names, relative to the common ones; the last digit of a number in double precision is worth
2⁻⁵². Plain descent at rate 0.5, batches of 64, the same order of examples for all sizes, double
precision. Apart: the mean square of the rows less their mean, over the mean square of the rows;
medians. Alike: apart by less than 10⁻¹².

The sentence that was written before the first run, "units that start alike stay alike for ever",
did not come out on the processor that made it: it is one of exact arithmetic. A matrix product may
add up in another order at the edge of its blocks, so that equal units get unequal last digits.
The next sentence, "rounding alone parts them", did not come out on another maker's processor, where
they stay equal in every digit. So the last digit is changed by hand here, which is the same on all.
"""

import numpy as np
import torch

from trainingtips import batches, chance, plotting
from trainingtips.experiments import elsewhere, own_settings
from trainingtips.statistics import median, paired, share, student

VERDICT = "regime"
CHAOS = "a difference in the last digit grows beside that of rounding"

SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron, tanh",
        "optimiser": "SGD",
        "rate": 0.1,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron, tanh",
        "optimiser": "Adam",
        "rate": 0.01,
    },
    "fashion_cnn": "filters see unlike parts of a picture, and are not alike behind them",
    "text_transformer": "its heads and units would be alike for each sign apart",
}
DIGITS = {"data": "digits", "optimiser": "SGD", "rate": 0.5}
SEEDS, UNITS, BATCH, EPOCHS, EVERY = 32, 16, 64, 24, 16
# size of what differs at the start
PARTS = {"none": 0.0, "last": 2.0**-52, "1e-8": 1e-8, "1e-4": 1e-4, "1": 1.0}
PARTED = tuple(PARTS)[1:]  # without it, what parts them is the processor's own rounding
ALIKE, HALF = 1e-12, EPOCHS // 2

ALT = (
    "Apart, against updates, on a log axis: straight rising lines, from 1e-31 with a difference in "
    "the last digit, from higher up with a larger one, which bend where they come near one. "
    "Training loss: level at a high value with units alike and with the last digit, falling with "
    "more, and later the smaller the difference was."
)
NUMBER = "training loss of units alike, as a multiple: {times | interval(0)}"


def compute(*, setting=None):
    own = setting or DIGITS
    digits = elsewhere.dataset(own)
    train = torch.stack([digits.split(1024, seed=s)[0].x for s in range(SEEDS)])
    labels = torch.stack([digits.split(1024, seed=s)[0].y for s in range(SEEDS)])
    runs = {name: run(own, part, train, labels) for name, part in PARTS.items()}
    end = {name: each["losses"][-1] for name, each in runs.items()}
    return {
        "updates": np.arange(0, EPOCHS * 16 + 1, EVERY),
        "apart_at_start": float(runs["none"]["apart"][0].max()),
        "alike": share(runs["none"]["apart"][HALF] < ALIKE),
        "apart": {name: [median(row) for row in runs[name]["apart"]] for name in PARTED},
        "losses": {name: [student(row) for row in each["losses"]] for name, each in runs.items()},
        "behind": {name: paired(end[name], end["1"]) for name in PARTS if name != "1"},
        "times": median(end["none"] / end["1"]),
    }


def start(part, pixels):
    """Weights in, out and their biases of each seed: alike, but for `part`."""
    # drawn as everywhere, and made double at once: in float32 a part of 10⁻⁸ is lost
    one = lambda s, k: torch.randn(k, generator=chance.generator(s)).double()  # noqa: E731
    rows = torch.stack([one(s, (1, pixels)) for s in range(SEEDS)]) / pixels**0.5
    out = torch.stack([one(100 + s, (10, 1)) for s in range(SEEDS)]) / 4
    own = torch.stack([one(200 + s, (UNITS, pixels)) for s in range(SEEDS)])
    rows = rows + part / pixels**0.5 * own
    out = out + part / 4 * torch.stack([one(300 + s, (10, UNITS)) for s in range(SEEDS)])
    biases = torch.zeros(SEEDS, 1, UNITS), torch.zeros(SEEDS, 1, 10)
    return [each.double().requires_grad_() for each in (rows, biases[0], out, biases[1])]


def run(own, part, x, y):
    """Losses and how far the units are apart, each (T, E)."""
    weights, x = start(part, x.shape[-1]), x.double()
    update = own_settings.UPDATES[own["optimiser"]](weights, own["rate"])
    found = {"losses": [], "apart": []}
    for epoch in range(EPOCHS + 1):
        with torch.no_grad():
            found["losses"].append(loss(weights, x, y).numpy())
            found["apart"].append(apart(weights[0]).numpy())
        for rows in zip(*(batches.epoch(1024, BATCH, s, epoch) for s in range(SEEDS)), strict=True):
            if epoch == EPOCHS:
                break
            at = torch.from_numpy(np.array(rows))
            now = x[torch.arange(SEEDS)[:, None], at], y.gather(1, at)
            update(torch.autograd.grad(loss(weights, *now).sum(), weights))
    return {name: np.array(rows) for name, rows in found.items()}


def loss(weights, x, y):
    """Cross-entropy of each seed, (E,), of x (E, B, pixels) and y (E, B)."""
    rows, bias, out, last = weights
    z = torch.tanh(x @ rows.mT + bias) @ out.mT + last
    return (
        torch.nn.functional.cross_entropy(z.flatten(0, 1), y.flatten(), reduction="none")
        .view(y.shape)
        .mean(1)
    )


def apart(rows):
    """Share of the rows' mean square that is not their mean's, (E,)."""
    common = rows[:, :1]  # less the first row: exactly zero where all are equal
    differ = rows - common
    differ = differ - differ.mean(1, keepdim=True)
    return differ.square().mean((1, 2)) / rows.square().mean((1, 2))


def claim(result):
    last, behind = result["apart"]["last"], result["behind"]
    at_start, alike = result["apart_at_start"], result["alike"]
    assert at_start == 0, f"expected the same units at the start, apart by {at_start}"
    assert alike.mean == 1, f"expected them alike to twelve digits by half time, in all: {alike}"
    assert behind["none"].low > 0.3, f"expected them to learn far less, behind by {behind['none']}"
    middle, end = last[HALF], last[-1]
    assert middle.high < ALIKE, f"expected a last digit still small by half time: {middle}"
    assert end.low > 1e6 * middle.high, f"expected it to grow, {middle} to {end}"
    late = behind["last"]
    assert late.low > 0.3, f"expected a last digit to come too late, behind by {late}"
    small = behind["1e-4"]
    assert small.high < behind["none"].low / 4, f"expected 10⁻⁴ to be nearly enough, {small}"


PANELS = {
    "units apart": {"x": "update", "y": "share not in common", "log": "y", "ylim": (1e-33, 50)},
    "training": {"x": "update", "y": "training loss", "log": "y", "ylim": (0.05, 6)},
}
LOOKS = {
    "none": ("muted", "alike"),
    "last": ("amber", "last digit differs"),
    "1e-8": ("purple", "differ by $10^{-8}$"),
    "1e-4": ("vermilion", "differ by $10^{-4}$"),
    "1": ("blue", "independent"),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    for name, (colour, text) in LOOKS.items():
        if name in PARTED:
            plotting.curve(left, result["updates"], result["apart"][name], colour)
        plotting.curve(right, result["updates"], result["losses"][name], colour, text)
    figure.legend(loc="outside upper center", ncols=2 if plotting.is_narrow(figure) else 5)
