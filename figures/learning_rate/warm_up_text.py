"""Under Adam warm-up widens the peak rates at which a small transformer can be trained.

Loss on other windows of the text at the end, against the peak rate, with layer norm before the
blocks or after the sums. Dashed: 0.1 above the best without warm-up. Means over four splits, 95 %.

A transformer with two layers of attention, of width 16, learns the letters of Moby Dick by Adam:
256 updates of 16 windows of 16 signs. The rate is constant, or after 64 updates of linear warm-up;
each of the four splits has other windows, and a start of its own, the same for all rates and both
schedules. The loss is the cross-entropy in nats on 512 windows that were not trained on. A rate is
usable up to 0.1 nats above the best loss without warm-up; the best loss is no lower where warm-up
gains less than half of that. Layer norm stands before each block and at the end (pre-LN), or after
each sum, as in the first transformer (post-LN; Xiong et al. 2020, arXiv 2002.04745).

It did not come out: at rates a factor of two apart the largest usable one is the same with warm-up
and without, in both networks, and the best loss is no lower. Beyond it warm-up makes a bad rate
less bad with pre-LN. It was said of both before the first run, and then of post-LN alone.
"""

from trainingtips import plotting
from trainingtips.experiments import text_warm_up

VERDICT = "not reproduced"
REPEATS = {
    "claim": "learning_rate/warm_up", "setting": "text_transformer",
    "data": "Moby Dick", "network": "transformer", "optimiser": "Adam",
}  # fmt: skip
NORMS = {"pre": "layer norm before (pre-LN)", "post": "layer norm after (post-LN)"}
NEAR = 0.1  # nats, above the best without warm-up: a rate is usable
DECADES = 0.2  # what warm-up gains on digits at the least, in powers of ten

ALT = (
    "Two panels, loss against peak rate. With layer norm before the blocks the two curves lie on "
    "one another up to the fifth rate; at the sixth both are above the dashed line, the one with "
    "warm-up by less. With layer norm after the sums they lie on one another up to the fourth rate "
    "and leave the line together."
)
NUMBER = (
    "largest usable peak rate, with warm-up and without: {pre.usable.warm_up} and "
    "{pre.usable.constant} before, {post.usable.warm_up} and {post.usable.constant} after; best "
    "loss lower by {pre.gain | interval(3)} and {post.gain | interval(3)} nats"
)


def compute(warm_up_text):
    rates = list(warm_up_text["rates"])
    found = {"rates": rates, "near": NEAR, "splits": warm_up_text["splits"]}
    for norm in NORMS:
        found[norm] = text_warm_up.compared(rates, warm_up_text[norm], NEAR)
    return found | {"elsewhere": failing(found)}


def failing(found):
    """What of the sentence on digits does not come out."""
    lines = []
    for norm in NORMS:
        gain = found[norm]["decades"]
        lines += [
            (saved(found, norm), f"expected a peak rate that warm-up makes usable, {norm}"),
            (gain.low > DECADES, f"expected a lower loss with warm-up, {norm}: {gain} decades"),
        ]
    return [line for holds, line in lines if not holds]


def saved(found, norm):
    """Whether at some rate warm-up ends usable, and better than the constant rate by as much."""
    own, near = found[norm], found["near"]
    pairs = zip(own["warm_up"], own["apart"], strict=True)
    return any(one.high < own["limit"] and apart.low > near for one, apart in pairs)


def claim(result):
    for norm in NORMS:
        found, near = result[norm], result["near"]
        usable, gain = found["usable"], found["gain"]
        same = usable["warm_up"] == usable["constant"] > 0
        assert same, f"expected no wider a range with warm-up, {norm}: {usable}"
        assert not saved(result, norm), f"expected no rate that warm-up makes usable, {norm}"
        assert gain.high < near / 2, f"expected no lower a loss with warm-up, {norm}: {gain} nats"
        for kind, rate in found["best_rate"].items():
            inside = result["rates"][0] < rate < result["rates"][-1]
            assert inside, f"expected a best rate inside the grid, {norm}, {kind}: {rate}"
    before, after = (result[norm]["usable"]["constant"] for norm in NORMS)
    assert after < before, f"expected fewer usable rates with post-LN: {after}, {before}"
    beyond = result["pre"]["apart"][-1]
    assert beyond.low > result["near"], f"expected less harm beyond, pre-LN: {beyond} nats"


LOSS = {"x": "peak rate", "log": "x", "ylim": (2.3, 3.2), "xticks": [0.004, 0.016, 0.064]}
LOOKS = {  # colour, name, and where it stands
    "constant": ("vermilion", "without", (0.025, 2.9)),
    "warm_up": ("blue", "warm-up", (0.07, 2.6)),
}


def draw(result, figure):
    panels = dict.fromkeys(NORMS.values(), LOSS)
    panels[NORMS["pre"]] = LOSS | {"y": "loss at the end, nats"}
    for axes, norm in zip(plotting.panels(figure, panels, height=3.5), NORMS, strict=True):
        for kind, (colour, *words) in LOOKS.items():
            words = words if norm == "post" else ()
            curve = result[norm][kind]
            plotting.curve(axes, result["rates"], curve, colour, *words, marked=True)
        plotting.level(axes, result[norm]["limit"])
