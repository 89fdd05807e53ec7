"""At one learning rate and equal training loss, small batches test better and end up flatter.

Networks trained to one training loss, by batch size: accuracy and two measures of sharpness, means
with 95 % intervals over splits. Hollow: four times the rate, which gains without any noise of
batches too, at the full batch.

Networks of 64, 32, 32 and 10 units (ReLU), trained on 1,024 handwritten digits by plain gradient
descent with η = 0.1 until the training loss is 0.01, whatever B; accuracy on these digits and on
others. Keskar's sharpness is 100 (max f − f)/(1 + f) in the box of ε = 0.001 (arXiv 1609.04836),
λ_max the Hessian's largest eigenvalue. Means over 32 members, 4 starts on each of 8 splits, with
Student's 95 % intervals over the splits. Hollow: η = 0.4, at B = 16 and 64 with the η/B of the
batch size before at η = 0.1.

Is it the noise of the batches? At equal η/B the first pair tests alike and the second does not, so
η/B does not decide. The full batch at η = 0.4 has no such noise, and makes up a part of its gap to
B = 4 all the same: the rate acts on its own. That noise does nothing is not shown by this, since
B = 4 at η = 0.4 was not run.
"""

from trainingtips import plotting
from trainingtips.experiments import splits

SETTINGS = {  # of the networks, to the loss 0.22
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD",
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "text_transformer": "to come to one loss by so many ways takes too long on a processor",
    "digits_adam": "the account, η/B, is of plain descent",
}
VERDICT = "regime"
NAMED = ("train_accuracy", "test_accuracy", "train_loss", "test_loss", "keskar", "largest")
SHARP = ("keskar", "largest")
SCALED = ("test_accuracy", "largest")
GAPS = ("train_accuracy", "test_accuracy", "test_loss")
KEPT = ("rate", "target", "splits", "train_examples", "test_examples")
ALT = (
    "Accuracy against batch size: on training data it is near 100 percent throughout, on test "
    "data it falls by about a point from batch size 4 to 64 and little more beyond; hollow points "
    "with four times the learning rate, at three batch sizes, lie higher, the full one too. "
    "Sharpness: the largest eigenvalue rises severalfold and Keskar's by about three quarters; the "
    "hollow points lie lower."
)
NUMBER = (
    "test accuracy lost from B = 4 to 1,024: {gaps.test_accuracy.2 | interval(2, share=True)}; "
    "gained by four times the rate at 1,024: {scaled.2.gain | interval(2, share=True)}"
)
REPORTED = "test accuracy 98.03 % and 97.81 % for small and large batches on F1 [@keskar2017]"


def compute(equal_loss, *, setting=None):
    members, controls, number = (equal_loss[name] for name in ("members", "controls", "splits"))
    batches = list(equal_loss["batches"])
    test = members["test_accuracy"]
    by_split = splits.gap(test, number)
    alone = splits.parted(controls["test_accuracy"][-1:] - test[-1:], number)[0].mean(1)
    return {
        "batches": batches,
        **{name: equal_loss[name] for name in KEPT},
        "arrived": float((members["updates"] >= 0).mean()),
        "controls_arrived": float((controls["updates"] >= 0).mean()),
        "table": splits.measured(members, NAMED, number),
        "deviation": {name: members[name].std(1, ddof=1) for name in NAMED},  # between members
        "gaps": splits.gaps(members, GAPS, number),  # smallest B minus each larger one, paired
        "gap_by_split": by_split,
        "smallest_gap": float(by_split.min()),
        "times": {name: each[1:] for name, each in splits.times(members, SHARP, number).items()},
        "scaled": [
            each
            | {name: splits.over(controls[name][i], number) for name in SCALED}
            | splits.beside(members, controls, i, batches.index(each["batch"]), number)
            for i, each in enumerate(equal_loss["scaled"])
        ],
        # of the gap to the smallest batch, what the rate makes up at the full batch
        "without_noise": splits.jackknife(
            lambda kept: alone[kept].mean() / by_split[kept].mean(), number
        ),
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
    assert result["controls_arrived"] == 1, "expected all controls at the target"
    for each in result["scaled"]:
        gain, size = each["gain"], each["batch"]
        assert gain.low > 0, f"expected four times the rate to test better at B = {size}: {gain}"
    first, second, _ = (each["gap_before"] for each in result["scaled"])
    # left of the gap that B = 16 has at the smaller rate, in the same units
    gap = result["gaps"]["test_accuracy"][0]
    assert first.high < gap.mean, f"expected less of the gap left at B = 16, measured {first}"
    assert second.high < 0, f"expected more than the same η/B gives at B = 64, measured {second}"
    alone = result["without_noise"]
    assert alone.low > 0.2, f"expected the rate to make up a part of the gap without noise: {alone}"


SHARES, POWERS = [0.96, 0.97, 0.98, 0.99, 1], [0.25, 0.5, 1, 2, 4, 8]
SIZES = {"x": "batch size $B$", "log": "x", "xticks": [4, 16, 64, 1024]}
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
    "largest": ("vermilion", r"$\lambda_{\max}$, $\eta$ = 0.4", (150, 1.25)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.7)
    for name, look in LOOKS.items():
        axes, values = left if "accuracy" in name else right, result["table"][name]
        plotting.points(axes, result["batches"], values, *look, joined=True)
        if name in HOLLOW:
            sizes, values = ([each[key] for each in result["scaled"]] for key in ("batch", name))
            plotting.points(axes, sizes, values, *HOLLOW[name], joined=True, hollow=True)
