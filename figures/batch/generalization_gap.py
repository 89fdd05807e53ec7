"""At one learning rate and equal training loss, small batches test better and end up flatter.

Networks trained to one training loss, by batch size: accuracy and two measures of sharpness, means
with 95 % intervals. Hollow: four times the rate. The gap belongs to rate and batch together, not to
the batch alone.

Networks of 64, 32, 32 and 10 units (ReLU), trained on 1,024 handwritten digits by plain gradient
descent with η = 0.1 until the training loss is 0.01, whatever the batch size; accuracy on the
training digits and on others. Keskar's sharpness is 100 (max f − f)/(1 + f) in the box of ε = 0.001
(arXiv 1609.04836), λ_max the Hessian's largest eigenvalue. Means over 32 members (8 starts on each
of 4 splits of the data) with 95 % intervals.

Hollow points: η = 0.4. B = 16 then tests as well as B = 4 does at η = 0.1, the same η/B, and is no
sharper.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.statistics import Measured, paired, student

VERDICT = "regime"
ALT = (
    "Left, against batch size: accuracy on training data is near 100 percent throughout, on test "
    "data it falls by more than a point from batch size 4 to 64 and then stays. Two hollow points "
    "with four times the learning rate lie back up at the level of batch size 4. Right, the "
    "largest eigenvalue rises sevenfold and Keskar's sharpness doubles; the hollow points lie far "
    "lower."
)
NUMBER = "test accuracy lost from B = 4 to 1,024: {gaps.test_accuracy.3 | interval(2, share=True)}"
REPORTED = "test accuracy 98.03 % and 97.81 % for small and large batches on F1 [@keskar2017]"


def compute(equal_loss):
    members, controls = equal_loss["members"], equal_loss["controls"]
    batches = list(equal_loss["batches"])
    test = members["test_accuracy"]
    by_split = (test[0] - test[-1]).reshape(equal_loss["splits"], -1).mean(1)
    named = ("train_accuracy", "test_accuracy", "train_loss", "test_loss", "keskar", "largest")
    return {
        "batches": batches,
        "rate": equal_loss["rate"],
        "target": equal_loss["target"],
        "splits": equal_loss["splits"],
        "train_examples": equal_loss["train_examples"],
        "test_examples": equal_loss["test_examples"],
        "arrived": float((members["updates"] >= 0).mean()),
        "table": {name: [student(row) for row in members[name]] for name in named},
        "deviation": {name: members[name].std(1, ddof=1) for name in named},  # between members
        "gaps": {  # smallest B minus each larger one, paired
            name: [paired(members[name][0], row) for row in members[name][1:]]
            for name in ("train_accuracy", "test_accuracy", "test_loss")
        },
        "gap_by_split": by_split,
        "smallest_gap": float(by_split.min()),
        "times": {  # each larger B over the smallest, geometric mean of the pairs
            name: [times(row, members[name][0]) for row in members[name][1:]]
            for name in ("keskar", "largest")
        },
        "scaled": [
            each
            | {name: student(controls[name][i]) for name in ("test_accuracy", "largest")}
            | against(members, controls, i, batches.index(each["batch"]))
            for i, each in enumerate(equal_loss["scaled"])
        ],
    }


def times(a, b):
    """The geometric mean of a/b over pairs, with its interval."""
    found = paired(np.log(a), np.log(b))
    return Measured(*np.exp([found.mean, found.low, found.high]).tolist(), found.n)


def against(members, controls, number, place):
    """A control beside its own B at the usual rate, and beside the B with the same η/B."""
    test, sharp = controls["test_accuracy"][number], controls["largest"][number]
    return {
        "gain": paired(test, members["test_accuracy"][place]),
        "left": paired(members["test_accuracy"][place - 1], test),
        "times_left": times(sharp, members["largest"][place - 1]),
    }


def claim(result):
    assert result["arrived"] == 1, f"expected all at the target, measured {result['arrived']:.1%}"
    for fitted in result["table"]["train_accuracy"]:
        assert fitted.low > 0.99, f"expected every B to fit the training set, measured {fitted}"
    for size, gap in zip(result["batches"][1:], result["gaps"]["test_accuracy"], strict=True):
        assert gap.low > 0, f"expected a lower test accuracy at B = {size}, measured {gap}"
    worst = result["gap_by_split"].min()
    assert worst > 0, f"expected the gap on every split, measured {worst:.4f} on one"
    for name, ratios in result["times"].items():
        for size, ratio in zip(result["batches"][1:], ratios, strict=True):
            assert ratio.low > 1, f"expected a larger {name} at B = {size}, measured {ratio} times"
    control = result["scaled"][0]
    gain, left = control["gain"], control["left"]
    assert gain.low > 0, f"expected a larger rate to test better at the same B, measured {gain}"
    assert left.high < 0.004, f"expected no gap left at the same η/B, measured {left}"


LOOKS = {  # colour, name, and where it stands
    "train_accuracy": ("green", "train", (256, 0.9965)),
    "test_accuracy": ("blue", r"test, $\eta$ = 0.1", (85, 0.9632)),
    "largest": ("vermilion", r"$\lambda_{\max}$, $\eta$ = 0.1", (90, 3.1)),
    "keskar": ("purple", r"Keskar's sharpness, $\eta$ = 0.1", (30, 0.26)),
}
HOLLOW = {
    "test_accuracy": ("blue", r"test, $\eta$ = 0.4", (80, 0.971)),
    "largest": ("vermilion", r"$\lambda_{\max}$, $\eta$ = 0.4", (85, 1.4)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, ["accuracy", "sharpness"], height=3.7)
    sizes, scaled = result["batches"], result["scaled"]
    for name, look in LOOKS.items():
        axes = left if "accuracy" in name else right
        plotting.points(axes, sizes, result["table"][name], *look, joined=True)
    for name, look in HOLLOW.items():
        axes = left if "accuracy" in name else right
        values, batches = [each[name] for each in scaled], [each["batch"] for each in scaled]
        plotting.points(axes, batches, values, *look, joined=True, hollow=True)
        axes.set(xscale="log", xlabel="batch size $B$")
        plotting.ticks(axes.xaxis, sizes)
    left.set(ylabel="accuracy", ylim=(0.953, 1.002))
    plotting.ticks(left.yaxis, [0.96, 0.97, 0.98, 0.99, 1], "{x:.0%}")
    right.set(yscale="log", ylabel="sharpness", ylim=(0.15, 9))
    plotting.ticks(right.yaxis, [0.25, 0.5, 1, 2, 4, 8])
