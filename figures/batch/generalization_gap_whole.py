"""On 60,000 pictures of clothes small batches end up flatter as well, and test no better.

Networks trained to one training loss, by batch size: test accuracy and the largest curvature, means
with 95 % intervals over splits. Hollow: four times the learning rate.

Networks of 784, 64, 64 and 10 units (ReLU) learn Fashion-MNIST by plain gradient descent with η =
0.05 until the training loss over all 60,000 is 0.22, whatever B, on a GPU; the other 10,000 are for
the test. λ_max is the Hessian's largest eigenvalue. Means over 32 members, 4 starts on each of 8
splits of the 70,000, with Student's intervals over the splits. Hollow: η = 0.2. A rise of half a
point in test accuracy is what counts here as better. On 1,024 digits the gain from the full batch
to the smallest is more.
"""

from trainingtips import plotting
from trainingtips.experiments import splits

REPEATS = {
    "claim": "batch/generalization_gap", "setting": "fashion_whole",
    "data": "all of Fashion-MNIST", "network": "perceptron", "optimiser": "SGD",
}  # fmt: skip
NAMED = ("train_accuracy", "test_accuracy", "train_loss", "test_loss", "largest", "norm", "updates")
GAPS = ("train_accuracy", "test_accuracy", "test_loss")
KEPT = (
    "device",
    "rate",
    "target",
    "splits",
    "starts",
    "train_examples",
    "test_examples",
    "weights",
)
BETTER, FLATTER = 0.005, 2  # of test accuracy; times the curvature at the largest batch

ALT = (
    "Two panels against batch sizes from 16 to 1,024 on a log axis. Test accuracy: the points lie "
    "nearly level. The largest eigenvalue: it rises severalfold from the smallest batch to the "
    "largest. Hollow points with four times the learning rate lie lower there."
)
NUMBER = (
    "test accuracy lost from B = 16 to 1,024: {gaps.test_accuracy.2 | interval(2, share=True)}; "
    "λ_max grown {times.2 | interval(1)} times"
)


def compute(gap_whole):
    members, controls, number = (gap_whole[name] for name in ("members", "controls", "splits"))
    sizes = list(gap_whole["batches"])
    found = {
        "batches": sizes,
        **{name: gap_whole[name] for name in KEPT},
        "arrived": float((members["updates"] >= 0).mean()),
        "controls_arrived": float((controls["updates"] >= 0).mean()),
        "table": splits.measured(members, NAMED, number),
        "gaps": splits.gaps(members, GAPS, number),  # smallest B minus each larger one, paired
        "gap_by_split": splits.gap(members["test_accuracy"], number),
        "times": splits.times(members, ("largest",), number)["largest"][1:],
        "scaled": [
            each
            | {
                name: splits.over(controls[name][i], number)
                for name in ("test_accuracy", "largest")
            }
            | splits.beside(members, controls, i, sizes.index(each["batch"]), number)
            for i, each in enumerate(gap_whole["scaled"])
        ],
    }
    return found | {"elsewhere": failing(found)}


def failing(found):
    """What of the sentence on digits does not come out, in the words of its own claim."""
    sizes, gaps, times = found["batches"][1:], found["gaps"]["test_accuracy"], found["times"]
    lines = [
        (gap.low > 0, f"expected a lower test accuracy at B = {size}, measured {gap}")
        for size, gap in zip(sizes, gaps, strict=True)
    ]
    lines += [
        (each.low > 1, f"expected a larger λ_max at B = {size}, measured {each} times")
        for size, each in zip(sizes, times, strict=True)
    ]
    return [line for holds, line in lines if not holds]


def claim(result):
    assert result["arrived"] == 1, f"expected all at the target, measured {result['arrived']:.1%}"
    sizes = result["batches"][1:]
    for size, gap in zip(sizes, result["gaps"]["test_accuracy"], strict=True):
        assert gap.high < BETTER, f"expected B = 16 no better than B = {size}, measured {gap}"
    for size, times in zip(sizes, result["times"], strict=True):
        assert times.low > 1, f"expected a larger λ_max at B = {size}, measured {times} times"
    last = result["times"][-1]
    assert last.low > FLATTER, f"expected λ_max several times as large at the end: {last}"


SIZES = {"x": "batch size $B$", "log": "x", "xticks": [16, 64, 256, 1024]}
SHARES = ([0.86, 0.87, 0.88, 0.89, 0.9], "{x:.0%}")
PANELS = {
    "test accuracy": SIZES | {"y": "test accuracy", "ylim": (0.86, 0.9), "yticks": SHARES},
    "curvature": SIZES | {"y": r"$\lambda_{\max}$", "log": "xy", "yticks": [4, 8, 16, 32]},
}
LOOKS = {"test_accuracy": "blue", "largest": "vermilion"}


def draw(result, figure):
    panels = plotting.panels(figure, PANELS, height=3.5)
    hollow = [each["batch"] for each in result["scaled"]]
    for axes, (name, colour) in zip(panels, LOOKS.items(), strict=True):
        plotting.points(axes, result["batches"], result["table"][name], colour, joined=True)
        values = [each[name] for each in result["scaled"]]
        plotting.points(axes, hollow, values, colour, joined=True, hollow=True)
