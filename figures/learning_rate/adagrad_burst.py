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

from figures.learning_rate.one_rate import START, surface
from trainingtips import plotting
from trainingtips.experiments import valley

ETA, UPDATES = 1.0, 700
FALLING_ETA = 3.0
RATES = (0.7, 1.0, 1.4, 2.0)  # at which the crossings are looked for, too

ALT = (
    "Paths on a map of the valley: that of the mean over history runs along the floor, bursts to "
    "and fro across it at two places and comes to rest at the minimum; that of the falling rate "
    "follows the floor smoothly. Preconditioned step: the first one's climbs above the line at 2 "
    "and falls back below it again and again; the second one's only falls and stays below."
)
NUMBER = (
    "times that the swing grows in the first burst: {bursts.growth.0 | digits(2)}; rises of the "
    "falling rate’s step: {falling_rises}"
)


def compute():
    mean, falling = walk(ETA, True), walk(FALLING_ETA, False)
    return {
        "eta": ETA,
        "falling_eta": FALLING_ETA,
        "mean": mean,
        "falling": falling,
        "bursts": valley.bursts(mean),
        "at_rates": [valley.bursts(walk(rate, True)) for rate in RATES],
        "falling_rises": int((np.diff(falling["step"]) > 1e-9).sum()),
        "falling_highest": falling["step"].max(),
        "loss_start": mean["loss"][0],
        "falling_loss": falling["loss"][-1],
        "mean_best": mean["loss"].min(),
        "last_burst_loss": mean["loss"][-300:].max(),
    }


def walk(rate, mean):
    return valley.adagrad(rate, mean, UPDATES, START)


def claim(result):
    for rate, found in zip(RATES, result["at_rates"], strict=True):
        assert len(found["updates"]) >= 1, f"expected bursts at rate {rate}, measured none"
        least = min(found["growth"])
        assert least > 1.5, f"expected the swing to grow above 2 at rate {rate}, measured {least}"
        most = found["outside"]
        assert most < 1.5, f"expected no growth below 2 at rate {rate}, measured {most}"
    rises = result["falling_rises"]
    assert rises == 0, f"expected the falling rate's step never to rise, measured {rises} rises"
    highest = result["falling"]["step"].max()
    assert highest < 2, f"expected the falling rate's step below the edge of 2, measured {highest}"
    start, end = result["loss_start"], result["falling_loss"]
    assert end < 1e-3 * start, f"expected the falling rate to arrive, measured {end} of {start}"


PANELS = {
    "paths": {},
    "preconditioned step": {"x": "update", "y": "preconditioned step", "ylim": (0, 3.5)},
}
LOOKS = {  # dash and colour; name and its place on the map, and beside the step
    "mean": ("-", "vermilion", ("mean over history:\nbursts", (-163, 3.4)), (160, 2.75)),
    "falling": ("--", "blue", ("falling rate", (-113, -0.9), "center"), (250, 0.55)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.8)
    surface(left)
    for name, (dash, colour, words, at) in LOOKS.items():
        plotting.curve(left, *result[name]["path"].T, colour, *words, look=dash)
        step, text = result[name]["step"], words[0].partition(":")[0]
        plotting.curve(right, np.arange(UPDATES), step, colour, text, at, look=dash)
    plotting.points(left, *START, "text", look="o")
    plotting.level(right, 2, "text", "edge", (690, 2.3), "right")
