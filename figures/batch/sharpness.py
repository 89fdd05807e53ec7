"""At equal training loss λ_max rises with B, but within one B it says little of the test loss.

Networks stopped at one training loss. Measures of sharpness over their value at the smallest B;
every network's λ_max and test loss; their correlation, over all B and within one, with 95 %
intervals.

Networks of 64, 32, 32 and 10 units (ReLU) on handwritten digits, η = 0.1, each stopped when its
training loss reaches 0.01; 32 members (8 starts on each of 4 splits). Measures of sharpness are
geometric means of pairs: λ_max and trace of the Hessian H; λ_max in relative coordinates, D H D
with D = diag(θ), which no rescaling of layers changes; Keskar's sharpness in two boxes. The test
loss is over its split's mean. The correlation is that of log λ_max; within one B the members differ
by start and order alone; its intervals are by bootstrap over members.

In Keskar's box a slope counts as well as curvature, and at this loss the gradient is not zero: at
the smallest B it makes up most of the measure, so that the smaller box hardly sees the curvature.
"""

import numpy as np
from scipy import stats

from trainingtips import plotting
from trainingtips.statistics import Measured, bootstrap, paired, student

MEASURES = ("largest", "trace", "relative", "keskar", "keskar_small")
RESAMPLES = 1999
LOOKS = {  # colour and name
    "largest": ("vermilion", "$\\lambda_{\\max}$"),
    "trace": ("amber", "trace"),
    "relative": ("blue", "relative $\\lambda_{\\max}$"),
    "keskar": ("purple", "Keskar, $\\varepsilon$ = 0.001"),
    "keskar_small": ("green", "Keskar, $\\varepsilon$ = 0.0005"),
}
CLOUDS = (  # colour of a batch size, and where its name stands
    ("blue", (0.75, 0.0057)),
    ("vermilion", (2.33, 0.024)),
    ("green", (4.5, -0.0359)),
    ("purple", (4.5, -0.0429)),
    ("text", (4.5, -0.0499)),
)

VERDICT = "regime"
ALT = (
    "Left, five measures of sharpness against batch size: the largest eigenvalue, the trace and "
    "the relative eigenvalue rise several times and level off, Keskar's in the larger box "
    "doubles, and in the smaller box it hardly changes. Middle, test loss against the largest "
    "eigenvalue: the clouds of the batch sizes climb to the right, but each cloud alone hardly "
    "does. Right, correlations: strong over all batch sizes, weak within any one."
)
NUMBER = (
    "λ_max at B = 1,024 over that at B = 4: {times.largest.4 | interval(1)}; correlation with the "
    "test loss within one B: {within.largest | interval(2)}"
)
REPORTED = "Keskar’s sharpness: 1.23 for small and 205.14 for large batches on F1 [@keskar2017]"


def compute(equal_loss):
    members, splits = equal_loss["members"], equal_loss["splits"]
    missed = 1 - members["train_loss"] / equal_loss["target"]
    sizes = range(len(equal_loss["batches"]))
    return {
        "batches": equal_loss["batches"],
        "rate": equal_loss["rate"],
        "target": equal_loss["target"],
        "boxes": equal_loss["boxes"],
        "arrived": float((members["updates"] >= 0).mean()),
        "overshoot": [student(row) for row in missed],  # share of the target
        "worst_overshoot": float(missed.max()),
        "updates": [student(row) for row in members["updates"]],
        "norm": [student(row) for row in members["norm"]],
        "measures": {name: [student(row) for row in members[name]] for name in MEASURES},
        "times": {  # each B over the smallest, geometric mean of the pairs
            name: [times(row, members[name][0]) for row in members[name]] for name in MEASURES
        },
        "slope_share": {  # of Keskar's sharpness, what the gradient alone accounts for
            name: [student(row) for row in members[slope] / members[name]]
            for name, slope in (("keskar", "slope"), ("keskar_small", "slope_small"))
        },
        "test_loss": centred(members["test_loss"], splits, within=False),  # over its split's mean
        "largest": members["largest"],
        "across": {name: correlation(members, name, splits, sizes, False) for name in MEASURES},
        "within": {name: correlation(members, name, splits, sizes, True) for name in MEASURES},
        "each": [correlation(members, "largest", splits, [i], True) for i in sizes],
    }


def times(a, b):
    """The geometric mean of a/b over pairs, with its interval."""
    found = paired(np.log(a), np.log(b))
    return Measured(*np.exp([found.mean, found.low, found.high]).tolist(), found.n)


def correlation(members, name, splits, sizes, within):
    """Pearson's r of log sharpness and test loss, with a bootstrap interval over members.

    Of both, each split's mean is taken away: splits differ in their test examples. `within` takes
    it for each B alone, so that only differences between networks of one B are left.
    """
    a, b = (
        centred(values[list(sizes)], splits, within)
        for values in (np.log(members[name]), members["test_loss"])
    )

    def pearson(columns, axis):  # a member is drawn with all its batch sizes
        flat = [np.moveaxis(each[:, columns.astype(int)], 0, -2) for each in (a, b)]
        flat = [each.reshape(*each.shape[:-2], -1) for each in flat]
        return stats.pearsonr(*flat, axis=-1).statistic

    return bootstrap(np.arange(a.shape[1]), pearson, resamples=RESAMPLES)


def centred(values, splits, within):
    """(B, members) minus the mean of each split, for each B alone or over all of them."""
    parts = values.reshape(len(values), splits, -1)
    mean = parts.mean(2 if within else (0, 2), keepdims=True)
    return (parts - mean).reshape(values.shape)


def claim(result):
    assert result["arrived"] == 1, f"expected all at the target, measured {result['arrived']:.1%}"
    for missed in result["overshoot"]:
        assert missed.high < 0.1, f"expected equal losses to 10 %, measured {missed} below"
    for name in ("largest", "trace", "relative"):
        last = result["times"][name][-1]
        assert last.low > 2, f"expected {name} to double from least to largest B, measured {last}"
    wide, tight = (result["times"][name][-1] for name in ("keskar", "keskar_small"))
    assert wide.low > 1.3, f"expected Keskar's sharpness to rise in the larger box, measured {wide}"
    assert tight.high < wide.low, f"expected less of a rise in the smaller box, measured {tight}"
    for name in ("largest", "relative"):
        across, within = result["across"][name], result["within"][name]
        assert across.low > 0.6, f"expected test loss to go with {name} over B, measured {across}"
        message = f"expected {name} to explain under a third of it within B, measured r = {within}"
        assert within.high**2 < 1 / 3, message


def draw(result, figure):
    titles = ["measures of sharpness", "every network", "correlation"]
    left, middle, right = plotting.panels(figure, titles, height=3.9, ratios=[1.15, 1.1, 1])
    sizes = result["batches"]
    for name, look in LOOKS.items():
        plotting.points(left, sizes, result["times"][name], *look, joined=True)
    left.set(xscale="log", yscale="log", xlabel="batch size $B$", ylim=(0.8, 50))
    left.set(ylabel=f"times its value at $B$ = {sizes[0]}")
    plotting.ticks(left.xaxis, sizes)
    plotting.ticks(left.yaxis, [1, 2, 4, 8])
    left.legend(loc="upper left", labelspacing=0.2, borderpad=0)
    _draw_members(result, middle)
    _draw_correlations(result, right)


def _draw_members(result, axes):
    rows = zip(result["batches"], result["largest"], result["test_loss"], CLOUDS, strict=True)
    for size, sharp, test, (colour, at) in rows:
        name = f"$B$ = {size}" if size < 64 else f"{size}"
        plotting.points(axes, sharp, test, colour, name, at, "center")
    axes.set(xscale="log", xlabel=r"$\lambda_{\max}$", ylabel="test loss over its split's mean")
    plotting.ticks(axes.xaxis, [0.5, 1, 2, 4, 8])


def _draw_correlations(result, axes):
    names = ["all $B$", "within $B$", *(f"$B$ = {size}" for size in result["batches"])]
    pooled = [result["across"]["largest"], result["within"]["largest"]]
    plotting.points(axes, pooled, [0, -1], "vermilion")
    plotting.points(axes, result["each"], -np.arange(2, len(names)), "blue")
    plotting.mark(axes, 0)
    plotting.ticks(axes.yaxis, -np.arange(len(names)), names)
    axes.set(xlim=(-0.6, 1), xticks=[-0.5, 0, 0.5, 1])
    axes.set_xlabel(r"correlation, $\lambda_{\max}$ and test loss")
