"""At one learning rate and equal training loss, small batches test better and end up flatter.

Networks trained to one training loss, by batch size: accuracy and two measures of sharpness, means
with 95 % intervals. Hollow: four times the rate. The gap belongs to rate and batch together, not to
the batch alone.

Networks of 64, 32, 32 and 10 units (ReLU), trained on 1,024 handwritten digits by plain gradient
descent with η = 0.1 until the training loss is 0.01, whatever B; accuracy on these digits and on
others. Keskar's sharpness is 100 (max f − f)/(1 + f) in the box of ε = 0.001 (arXiv 1609.04836),
λ_max the Hessian's largest eigenvalue. Means over 32 members (8 starts on each of 4 splits) with 95
% intervals. Hollow: η = 0.4. B = 16 then tests as well as B = 4 does at η = 0.1, the same η/B, and
is no sharper.
"""

from trainingtips import plotting
from trainingtips.experiments import splits
from trainingtips.statistics import student

VERDICT = "regime"
NAMED = ("train_accuracy", "test_accuracy", "train_loss", "test_loss", "keskar", "largest")
SHARP = ("keskar", "largest")
SCALED = ("test_accuracy", "largest")
GAPS = ("train_accuracy", "test_accuracy", "test_loss")
KEPT = ("rate", "target", "splits", "train_examples", "test_examples")
ALT = (
    "Accuracy against batch size: on training data it is near 100 percent throughout, on test "
    "data it falls by more than a point from batch size 4 to 64 and then stays; two hollow points "
    "with four times the learning rate lie back up at the level of batch size 4. Sharpness: the "
    "largest eigenvalue rises sevenfold and Keskar's sharpness doubles; the hollow points lie far "
    "lower."
)
NUMBER = "test accuracy lost from B = 4 to 1,024: {gaps.test_accuracy.3 | interval(2, share=True)}"
REPORTED = "test accuracy 98.03 % and 97.81 % for small and large batches on F1 [@keskar2017]"


def compute(equal_loss):
    members, controls = equal_loss["members"], equal_loss["controls"]
    batches = list(equal_loss["batches"])
    by_split = splits.gap(members["test_accuracy"], equal_loss["splits"])
    return {
        "batches": batches,
        **{name: equal_loss[name] for name in KEPT},
        "arrived": float((members["updates"] >= 0).mean()),
        "table": splits.measured(members, NAMED),
        "deviation": {name: members[name].std(1, ddof=1) for name in NAMED},  # between members
        "gaps": splits.gaps(members, GAPS),  # smallest B minus each larger one, paired
        "gap_by_split": by_split,
        "smallest_gap": float(by_split.min()),
        "times": {name: times[1:] for name, times in splits.times(members, SHARP).items()},
        "scaled": [
            each
            | {name: student(controls[name][i]) for name in SCALED}
            | splits.beside(members, controls, i, batches.index(each["batch"]))
            for i, each in enumerate(equal_loss["scaled"])
        ],
    }


def claim(result):
    assert result["arrived"] == 1, f"expected all at the target, measured {result['arrived']:.1%}"
    for fitted in result["table"]["train_accuracy"]:
        assert fitted.low > 0.99, f"expected every B to fit the training set, measured {fitted}"
    for size, gap in zip(result["batches"][1:], result["gaps"]["test_accuracy"], strict=True):
        assert gap.low > 0, f"expected a lower test accuracy at B = {size}, measured {gap}"
    worst = result["gap_by_split"].min()
    assert worst > 0, f"expected the gap on every split, measured {worst:.4f} on one"
    for name, all_times in result["times"].items():
        for size, times in zip(result["batches"][1:], all_times, strict=True):
            assert times.low > 1, f"expected a larger {name} at B = {size}, measured {times} times"
    control = result["scaled"][0]
    gain, left = control["gain"], control["left"]
    assert gain.low > 0, f"expected a larger rate to test better at the same B, measured {gain}"
    assert left.high < 0.004, f"expected no gap left at the same η/B, measured {left}"


SHARES, POWERS = [0.96, 0.97, 0.98, 0.99, 1], [0.25, 0.5, 1, 2, 4, 8]
SIZES = {"x": "batch size $B$", "log": "x", "xticks": [4, 16, 64, 256, 1024]}
ACCURACY = {"y": "accuracy", "ylim": (0.953, 1.002), "yticks": (SHARES, "{x:.0%}")}
SHARPNESS = {"y": "sharpness", "log": "xy", "ylim": (0.15, 9), "yticks": POWERS}
PANELS = {"accuracy": SIZES | ACCURACY, "sharpness": SIZES | SHARPNESS}
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
    left, right = plotting.panels(figure, PANELS, height=3.7)
    for name, look in LOOKS.items():
        axes, values = left if "accuracy" in name else right, result["table"][name]
        plotting.points(axes, result["batches"], values, *look, joined=True)
        if name in HOLLOW:
            sizes, values = ([each[key] for each in result["scaled"]] for key in ("batch", name))
            plotting.points(axes, sizes, values, *HOLLOW[name], joined=True, hollow=True)
