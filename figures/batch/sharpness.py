"""At equal training loss λ_max rises with B, and the test loss with it; within one B less shows.

Networks stopped at one training loss. Measures of sharpness over those at the smallest B;
every network; rise of the test loss with ln λ_max, over all B and within
one, with 95 % intervals over splits.

Networks of 64, 32, 32 and 10 units (ReLU) on handwritten digits, η = 0.1, each stopped when its
training loss reaches 0.01; 32 members (4 starts on each of 8 splits). Some overshoot it; each rise
is asserted of what is left where sharpness is in proportion to the loss. Measures of sharpness are
geometric means of pairs: λ_max and trace of the Hessian H; λ_max in relative coordinates, D H D
with D = diag(θ), which no rescaling of layers changes; Keskar's sharpness in two boxes. The test
loss is over its split's mean. Within one B the members differ by start and order alone; λ_max then
varies less, so that the same slope would show as a weaker correlation; whether it is the same, so
few differences cannot tell. Intervals of slopes and correlations are by the jackknife over splits.

In Keskar's box a slope counts as well as curvature, and at this loss the gradient is not zero: at
the smallest B it makes up most of the measure, so that the smaller box hardly sees the curvature.
"""

from trainingtips import plotting
from trainingtips.experiments import splits

MEASURES = ("largest", "trace", "relative", "keskar", "keskar_small")
LOOKS = {  # colour and name
    "largest": ("vermilion", "$\\lambda_{\\max}$"),
    "trace": ("amber", "trace"),
    "relative": ("blue", "relative $\\lambda_{\\max}$"),
    "keskar": ("purple", "Keskar, $\\varepsilon$ = 0.001"),
    "keskar_small": ("green", "Keskar, $\\varepsilon$ = 0.0005"),
}
CLOUDS = (  # colour and name of a batch size, and where it stands
    ("blue", "$B$ = 4", (0.75, 0.0057)),
    ("vermilion", "$B$ = 16", (2.33, 0.024)),
    ("green", "64", (4.5, -0.0359)),
    ("purple", "1024", (4.5, -0.0429)),
)
ROWS = ["all $B$", "within $B$", *(f"$B$ = {size}" for size in (4, 16, 64, 1024))]

SETTINGS = {  # of the networks, to the loss 0.22
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": "filters are dear, and one start on each split has no spread within one B",
    "text_transformer": "to come to one loss by so many ways takes too long on a processor",
}
VERDICT = "regime"
TESTED, SURE = ("largest", "relative"), 0.999
ALT = (
    "Measures of sharpness against batch size: the largest eigenvalue, the trace and the relative "
    "eigenvalue rise several times and level off, Keskar's in the larger box rises by about three "
    "quarters, and in the smaller box it hardly changes. Every network, test loss "
    "against the largest eigenvalue: the clouds of the batch sizes climb together. Slopes: clear "
    "over all batch sizes; within one of "
    "about the same height but with far wider intervals."
)
NUMBER = (
    "λ_max at B = 1,024 over that at B = 4: {times.largest.3 | interval(1)}; rise of the test loss "
    "with ln λ_max: across B {across.largest.slope | interval(3)}, within "
    "{within.largest.slope | interval(3)}"
)
REPORTED = "Keskar’s sharpness: 1.23 for small and 205.14 for large batches on F1 [@keskar2017]"


def compute(equal_loss, *, setting=None):
    members, number = equal_loss["members"], equal_loss["splits"]
    measures, loss = {name: members[name] for name in MEASURES}, members["test_loss"]
    keskar = {"keskar": "slope", "keskar_small": "slope_small"}
    slopes = {name: members[slope] / members[name] for name, slope in keskar.items()}
    missed = 1 - members["train_loss"] / equal_loss["target"]
    single = zip(measures["largest"][:, None], loss[:, None], strict=True)  # of one B each
    across, within = (
        {name: splits.trend(s, loss, number, inner) for name, s in measures.items()}
        for inner in (False, True)
    )
    return {
        **{name: equal_loss[name] for name in ("batches", "rate", "target", "boxes")},
        "arrived": float((members["updates"] >= 0).mean()),
        "overshoot": [splits.over(row, number) for row in missed],  # share of the target
        "worst_overshoot": float(missed.max()),
        **splits.measured(members, ("updates", "norm"), number),
        "measures": splits.measured(members, MEASURES, number),
        "times": splits.times(members, MEASURES, number),
        "slope_share": splits.measured(slopes, slopes, number),  # what the gradient accounts for
        "test_loss": splits.centred(loss, number),  # over its split's mean
        "largest": members["largest"],
        "across": across,
        "within": within,
        "each": [splits.trend(*rows, number, True) for rows in single],
        "slopes_apart": {
            name: splits.slopes_apart(measures[name], loss, number, SURE) for name in TESTED
        },
        # the correlation within one B if the slope were that across
        "expected_within": {
            name: across[name]["slope"].mean * each["spread"].mean / each["losses"].mean
            for name, each in within.items()
        },
    }


def claim(result):
    assert result["arrived"] == 1, f"expected all at the target, measured {result['arrived']:.1%}"
    # all of these are about as the loss: what is left where it is lower by the largest overshoot
    equal = 1 - max(missed.high for missed in result["overshoot"])
    for name in ("largest", "trace", "relative"):
        last = result["times"][name][-1]
        rise = f"expected {name} to double from least to largest B, measured {last} at {equal:.2f}"
        assert last.low * equal > 2, rise
    wide, tight = (result["times"][name][-1] for name in ("keskar", "keskar_small"))
    rise = f"expected Keskar's sharpness to rise in the larger box, measured {wide} at {equal:.2f}"
    assert wide.low * equal > 1.3, rise
    assert tight.high < wide.low, f"expected less of a rise in the smaller box, measured {tight}"
    for name in TESTED:
        across, within = result["across"][name], result["within"][name]
        for what in ("slope", "correlation"):
            found = across[what]
            assert found.low > 0, f"expected test loss to rise with {name} over B: {what} {found}"
        shown = f"expected a weaker correlation within B: {within}, {across}"
        assert within["correlation"].high < across["correlation"].mean, shown
        narrow = within["spread"].high / across["spread"].low
        assert narrow < 1, f"expected a narrower range of {name} within B, measured {narrow:.2f}"


BATCHES, POWERS = [4, 16, 64, 1024], [0.5, 1, 2, 4, 8]
SIZES = {"x": "batch size $B$", "log": "xy", "xticks": BATCHES, "yticks": POWERS[1:]}
LARGEST = {"x": r"$\lambda_{\max}$", "log": "x", "xticks": POWERS}
RISE = {"x": r"test loss per unit of $\ln \lambda_{\max}$"}
PANELS = {
    "measures of sharpness": SIZES | {"y": "times its value at $B$ = 4", "ylim": (0.8, 50)},
    "every network": LARGEST | {"y": "test loss over its split's mean", "xlim": (0.43, 8)},
    "slope": RISE | {"yticks": (range(len(ROWS)), ROWS)},
}


def draw(result, figure):
    left, middle, right = plotting.panels(figure, PANELS, height=3.9, ratios=[1.15, 1.1, 1])
    for name, look in LOOKS.items():
        plotting.points(left, result["batches"], result["times"][name], *look, joined=True)
    left.legend(loc="upper left", labelspacing=0.2, borderpad=0)
    for sharp, test, look in zip(result["largest"], result["test_loss"], CLOUDS, strict=True):
        plotting.points(middle, sharp, test, *look, "center")
    pooled = [result[name]["largest"]["slope"] for name in ("across", "within")]
    plotting.points(right, pooled, [0, 1], "vermilion")
    each = [found["slope"] for found in result["each"]]
    plotting.points(right, each, range(2, len(ROWS)), "blue")
    plotting.mark(right, 0)
    right.invert_yaxis()
