"""Batch normalization smooths the loss along long steps; along short ones at one rate it roughens.

One step along the negative gradient, short or long: what becomes of the loss, and how far the
gradient has moved, after 32 updates and at the start. Medians; bands hold the middle half of 32
splits.

Ten hidden layers on digits, 32 splits, each with a start and an order of its own, after 32 updates
of batch 64. From there the point is moved along the negative gradient g of one batch, by steps η
from 0.01 to 2, as Santurkar, Tsipras, Ilyas and Mądry (2018) do. The loss is a multiple of what it
was; the move of the gradient is |g − g′| / |g|: from 1 on, taking g′ for zero would have been the
better guess. At the start: the same before the first update. Intervals of ratios are Student's, of
medians the bootstrap's, over the splits. "Smooths" is half the β or less, and a lower loss at the
end of the step, compared within a split; "roughens" is more than the plain network's β. (It was
half as much again, of which the sentence says nothing, and 32 splits came near that limit.)

At its own rate, ten times as large, the normalized network has by then come to a place where short
steps find less curvature than the plain network's: what they find depends on the rate.
"""

from torch import nn

from trainingtips import plotting
from trainingtips.experiments.deep_networks import network
from trainingtips.experiments.smooth_steps import follow, summary
from trainingtips.statistics import ratio

CHAOS = "at these learning rates a last digit grows in training"

VERDICT = "regime"
SEEDS, PROBE = 32, 64
STEPS = (0.01, 0.03, 0.1, 0.3, 1.0, 2.0)  # η
SHORT, LONG = STEPS.index(0.01), STEPS.index(1.0)
EPOCHS = (0, 2, 6)  # of 16 updates, at which the loss is probed
SHOWN = 1  # of them in the left and the middle panel
NORM = nn.BatchNorm1d
NETWORKS = {"plain": (None, 0.1), "same": (NORM, 0.1), "batch_norm": (NORM, 1.0)}  # rate

ALT = (
    "After 32 updates, the plain network's loss shoots up along steps above 0.3, tenfold and more, "
    "while with batch normalization it stays near its start or falls. The plain network's gradient "
    "moves by up to a hundred times its length, with batch normalization by about one; at the "
    "shortest steps the order is reversed at equal rates. At the start, the gradient moves five "
    "times as far with batch normalization at short steps, equally far at long ones."
)
NUMBER = (
    "effective β over the plain network’s: {long_same_rate | interval(2)} along long steps, "
    "{short_same_rate | interval(1)} along short ones"
)


def compute():
    found = {
        name: follow(network(norm), rate, STEPS, EPOCHS, range(SEEDS), PROBE)
        for name, (norm, rate) in NETWORKS.items()
    }
    beta = {name: each["beta"] for name, each in found.items()}  # (EPOCHS, SEEDS, STEPS)
    return {
        "steps": STEPS,
        "updates": [16 * epochs for epochs in EPOCHS],
        "runs": {name: summary(each, SHOWN, SHORT, LONG) for name, each in found.items()},
        # how many times as large as the plain network's, by split
        "short_at_start": ratio(beta["same"][0, :, SHORT], beta["plain"][0, :, SHORT]),
        "short_same_rate": ratio(beta["same"][SHOWN, :, SHORT], beta["plain"][SHOWN, :, SHORT]),
        "short_own_rate": ratio(
            beta["batch_norm"][SHOWN, :, SHORT], beta["plain"][SHOWN, :, SHORT]
        ),
        "long_same_rate": ratio(beta["same"][SHOWN, :, LONG], beta["plain"][SHOWN, :, LONG]),
        "long_own_rate": ratio(beta["batch_norm"][SHOWN, :, LONG], beta["plain"][SHOWN, :, LONG]),
        # the plain network's loss, as a multiple, over that of the normalized one's, by split
        "long_loss": ratio(*(found[n]["loss"][SHOWN, :, LONG] for n in ("plain", "same"))),
    }


def claim(result):
    for name in ("long_same_rate", "long_own_rate"):
        long = result[name]
        assert long.high < 0.5, f"expected half the β along long steps or less, {name}: {long}"
    for name in ("short_at_start", "short_same_rate"):
        short = result[name]
        assert short.low > 1, f"expected a larger β along short steps, {name}: {short}"
    own = result["short_own_rate"]
    assert own.high < 1, f"expected a smaller β at its own rate, later, measured {own} times"
    loss = result["long_loss"]
    assert loss.low > 1, f"expected the plain network's loss to end higher, measured {loss} times"


STEP = {"x": "step $\\eta$ along $-g$", "log": "xy"}
MOVE = {"ylim": (0.06, 600)}
PANELS = {
    "loss, 32 updates": {"y": "loss, as a multiple", "ylim": (0.1, 300)},
    "gradient, 32 updates": {"y": "move of $g$, as a share of $|g|$"} | MOVE,
    "gradient, at the start": MOVE,
}
SHARES = ("loss", "move", "move_at_start")
LOOKS = {  # colour, text, and the text at the start and its place
    "plain": ("blue", "plain, $\\eta$ = 0.1", "plain", (0.035, 0.17)),
    "same": ("purple", "batch norm, 0.1", "", None),
    "batch_norm": ("vermilion", "batch norm, 1", "batch norm", (0.011, 1.9)),
}


def draw(result, figure):
    panels = plotting.panels(figure, PANELS, height=3.5, **STEP)
    for axes, which in zip(panels, SHARES, strict=True):
        for name, (colour, text, *start) in LOOKS.items():
            low, median, high = result["runs"][name][which]
            if axes is not panels[2] or start[0]:  # both rates have the same start
                words = start if axes is panels[2] else [text]
                form = {"between": (low, high), "marked": True}
                plotting.curve(axes, result["steps"], median, colour, *words, **form)
        plotting.level(axes, 1)
    panels[0].legend(loc="upper left", fontsize="small", title="trained at")
