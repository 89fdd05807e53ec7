"""Learning rate over batch size, η/B, sets the noise of SGD alone only while η is small.

How far noise lifts a linear regression's loss, over the lift at a small rate and equal η/B: at
larger rates it rises as theory's exact lines say. A network's loss stays level, to a quarter,
while η grows with B to 16.

Linear regression on sixteen features of 1,024 handwritten digits with a weight penalty, from its
minimum, batches drawn with replacement: how far the noise lifts the loss above its least value
until η times the updates comes to 40, a mean over the last quarter. Theory is the exact recursion
of the second moment of the weights' deviation; for one direction it gives η/B times Σ/2(2 − ηλ).
The network has 64, 32, 32 and 10 units (ReLU); its loss is that of the eighth epoch, a mean of
eight looks, with η = B/80, so that η times the updates is the same, and η = 0.1. At one rate a
large batch makes fewer updates, which alone leaves a higher loss; so batch 32 is also trained for
as many updates as batch 8, four times as long. Written before that run: its loss is the lower one
then, for it has less noise. 96 seeds for the regression, 80 networks, on one split, 95 %. Smith and
Le (2018): one update adds variance η²Σ/B, an epoch has N/B, which scale with η/B.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import gradient_noise, regression
from trainingtips.statistics import ratio, student

VERDICT = "regime"
N, SEEDS, NETWORKS = 1024, 96, 80
LEAST = 0.01  # a rate so small that the noise is a function of η/B alone
PENALTY, TIME = 0.05, 40  # of the linear regression; TIME = η × updates
SIZES = {0.01: [1, 8], 0.04: [4, 32], 0.16: [16, 128], 0.5: [64, 256]}  # by rate
SCALE = 1 / 80  # η/B of the network
BATCHES, RATE, EPOCHS, LOOKS = [4, 8, 16, 32, 64], 0.1, 8, 8
RISING = {size: SCALE * size for size in BATCHES}  # η by batch size
EQUAL = {size: RATE for size in BATCHES if size > RATE / SCALE}
LONGER = 32  # a batch that is trained for as many updates as one of RATE / SCALE, at one rate
OWN = gradient_noise.OWN | {"networks": NETWORKS}
SETTINGS = {  # the regression, too, is of those pictures
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "networks": 80,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD",
        "networks": 40,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "text_transformer": "half of the claim is about a linear regression on pictures",
}
QUARTER = 1.25  # up to that a loss is level, as the caption says
ALIKE, APART = 16, 64  # largest batch at which η/B still rules, and one at which it does not

ALT = (
    "Linear regression: the noise's lift of the loss at equal rate over batch size, against the "
    "rate: level at small rates, then rising to twice as much; measured points lie on the line of "
    "theory. Network: its loss with the rate scaled with the batch is nearly level from 4 to 16 "
    "and then rises steeply; at a fixed rate it rises with the batch from the beginning, and with "
    "as many updates a batch of 32 ends below all of these."
)
NUMBER = (
    "loss kept up by noise at equal η/B: η = 0.16 over 0.01 {same_noise | interval(2)}, exact "
    "{same_noise_exact | decimals(2)}; η = 0.5 {too_large | interval(2)}, exact "
    "{too_large_exact | decimals(2)}"
)


def compute(*, setting=None):
    own = setting or OWN
    problem = (regression.of_clothes if setting else regression.of_digits)(N, PENALTY)
    lifts = regression.lifts(problem, SIZES, TIME, SEEDS)
    exact = {pair: regression.expected_lift(problem, *pair, TIME) for pair in lifts}
    small = {  # the exact lift at the least rate and the same η/B: a batch of any real size
        (eta, b): regression.expected_lift(problem, LEAST, b * LEAST / eta, TIME)
        for eta, b in lifts
    }
    scaled = gradient_noise.level_losses(N, RISING, EPOCHS, LOOKS, own["networks"], own)
    fixed = {8: scaled[8]} | gradient_noise.level_losses(
        N, EQUAL, EPOCHS, LOOKS, own["networks"], own
    )
    times = LONGER // int(RATE / SCALE)
    longer = gradient_noise.level_losses(
        N, {LONGER: RATE}, times * EPOCHS, LOOKS, own["networks"], own
    )[LONGER]
    same, large = (0.16, 128), (0.5, 256)

    def by_rate(row):
        return {f"{eta:g}": [row(eta, b) for b in SIZES[eta]] for eta in SIZES}

    return {
        "scale": SCALE,
        "eta": RATE,
        "epochs": EPOCHS,
        "largest_eigenvalue": float(np.linalg.eigvalsh(problem.hessian)[-1]),
        "theory": problem.variance / 4,  # lift over η/B for η → 0
        "rates": list(SIZES),
        "sizes": {f"{eta:g}": sizes for eta, sizes in SIZES.items()},
        "of_exact": by_rate(lambda *pair: student(lifts[pair] / exact[pair])),
        "over_small": by_rate(lambda *pair: student(lifts[pair] / small[pair])),
        "exact_over_small": by_rate(lambda *pair: exact[pair] / small[pair]),
        "small_over_theory": small[same] / (problem.variance / 4 * same[0] / same[1]),
        "same_noise": student(lifts[same] / small[same]),
        "same_noise_exact": exact[same] / small[same],
        "too_large": student(lifts[large] / small[large]),
        "too_large_exact": exact[large] / small[large],
        "batches": BATCHES,
        "scaled": [student(scaled[size]) for size in BATCHES],
        "fixed_batches": list(fixed),
        "fixed": [student(each) for each in fixed.values()],
        "near": ratio(scaled[8], scaled[BATCHES[0]]),
        "alike": ratio(scaled[ALIKE], scaled[BATCHES[0]]),
        "apart": ratio(scaled[APART], scaled[BATCHES[0]]),
        "fixed_alike": ratio(fixed[32], fixed[8]),
        "longer": student(longer),
        "longer_alike": ratio(longer, fixed[8]),
    }


def claim(result):
    for eta, row in result["of_exact"].items():
        for size, found in zip(result["sizes"][eta], row, strict=True):
            # four standard errors of a mean of so many seeds
            near = abs(found.mean - 1) < 0.1 and found.high - found.low < 0.2
            assert near, f"expected the exact lift at η = {eta}, B = {size}, measured {found} of it"
    steepest, over = result["largest_eigenvalue"], result["exact_over_small"]
    most = {eta: (2 - LEAST * steepest) / (2 - float(eta) * steepest) for eta in over}
    for eta in list(over)[1:]:  # more than at the least rate, and less than if all were steepest
        rises = all(1 < more < most[eta] for more in over[eta])
        assert rises, f"expected up to {most[eta]:.2f} at η = {eta}, found {over[eta]}"
    little, much = max(over["0.04"]), min(over["0.5"])  # a twentieth; nearer to twice than to once
    assert little < 1.05 and much > 2**0.5, f"expected η/B to rule at 0.04 alone: {little}, {much}"
    few = result["small_over_theory"]  # the next order: less than at four times the rate
    assert 1 < few < most["0.04"], f"expected η tr Σ / 4B at a small rate, found {few} of it"
    alike, apart, fixed = (result[name] for name in ("alike", "apart", "fixed_alike"))
    level = alike.low > 1 / QUARTER and alike.high < QUARTER
    assert level, f"expected a level loss to B = 16, measured {alike} times"
    for more in (apart, fixed):
        assert more.low > QUARTER, f"expected a higher loss at B = 64, and at one rate: {more}"
    longer = result["longer_alike"]
    assert longer.high < 1, f"expected a lower loss of batch 32 after as many updates: {longer}"


LOSS = {"y": "training loss, 8 epochs", "ylim": (0.05, 3.2), "yticks": [0.1, 0.3, 1, 3]}
PANELS = {
    "linear regression": {
        "x": r"rate $\eta$",
        "y": r"lift over that at small $\eta$",
        "log": "x",
        "xticks": list(SIZES),
        "ylim": (0.8, 2.5),
    },
    "network": LOSS | {"x": "batch size $B$", "xticks": BATCHES, "log": "xy"},
}
FIXED, SCALED = ("blue", r"$\eta = 0.1$", (8, 0.5)), ("vermilion", r"$\eta = B/80$", (3.9, 0.15))


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.5)
    for place in (0, -1):  # the smallest and the largest batch of each rate
        sizes, exact, found = (
            [row[place] for row in result[name].values()]
            for name in ("sizes", "exact_over_small", "over_small")
        )
        colour = ("amber", "green")[place]
        plotting.theory(left, result["rates"], exact, colour)
        text = "$B$ = " + ", ".join(map(str, sizes))
        plotting.points(left, result["rates"], found, colour, text, hollow=True)
    left.legend(loc="upper left")
    plotting.curve(right, result["fixed_batches"], result["fixed"], *FIXED, marked=True)
    plotting.curve(right, result["batches"], result["scaled"], *SCALED, marked=True)
    longer = LONGER, result["longer"], FIXED[0], "the same, as many updates", (28, 0.064), "right"
    plotting.points(right, *longer, hollow=True, look="D")
