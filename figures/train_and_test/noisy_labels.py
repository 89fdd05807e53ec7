"""With wrong labels the rule is learnt first, and the exceptions are known by heart later.

Over epochs: shares of the training digits whose label is right and fitted, wrong and fitted, and
wrong and answered with the true class; and the error on test digits. Lines: means of 32 networks,
bands: 95 %.

Two labels in five of 256 training digits are drawn at random, so that 36 % are wrong. Networks of
64, 128 and 10 units (ReLU), Adam at a rate of 0.003, batches of 32, 100 epochs; each of 32 has a
start, an order, wrong labels and a split of its own. The test labels are right. The best epoch is
each network's own, by its test error, which makes that error look a little better than it is.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.statistics import paired, student

SETTINGS = {  # of the runs
    "fashion_mlp": {"data": "Fashion-MNIST, 14×14", "network": "perceptron", "optimiser": "Adam"},
    "fashion_cnn": {"data": "Fashion-MNIST, 14×14", "network": "convolution", "optimiser": "Adam"},
    "digits_sgd": {"data": "digits", "network": "perceptron", "optimiser": "SGD"},
    "text_transformer": "its wrong labels would be wrong signs, of which a text has its own share",
}
ALT = (
    "Training digits: the share of right labels that are fitted rises to one within some 30 "
    "epochs; that of wrong labels that are answered with the true class rises beside it to four "
    "fifths and falls to nearly zero by epoch 100, while wrong labels fitted rise from a tenth to "
    "nine tenths. Test: the error falls to a sixth by epoch 15 and doubles again."
)
NUMBER = (
    "of the wrong labels, answered with the true class at the best epoch: "
    "{best.seen_through | interval(0, share=True)}"
)
NAMED = ("right", "by_heart", "seen_through", "test_error")


def compute(noisy_labels, *, setting=None):
    curves = noisy_labels["noisy"]
    epoch = curves["test_error"].argmin(0)
    best = {name: np.take_along_axis(curves[name], epoch[None], 0)[0] for name in NAMED}
    half = {name: 1 + (curves[name] >= 0.5).argmax(0) for name in ("right", "by_heart")}
    return {
        "curves": {name: [student(row) for row in curves[name]] for name in NAMED},
        "best": {name: student(each) for name, each in best.items()}
        | {"epoch": student(epoch + 1)},
        "end": {name: student(curves[name][-1]) for name in NAMED},
        "lost": paired(curves["test_error"][-1], best["test_error"]),
        "half": {name: student(each) for name, each in half.items()},
        "arrived": float((curves["by_heart"].max(0) >= 0.5).mean()),
    }


def claim(result):
    best, end, half = (result[name] for name in ("best", "end", "half"))
    through, known = best["seen_through"], best["by_heart"]
    assert through.low > 0.7, f"expected most wrong labels to be seen through first: {through}"
    assert known.high < 0.15, f"expected few wrong labels by heart at the best epoch: {known}"
    assert best["right"].low > 0.9, f"expected right labels to be learnt by then: {best['right']}"
    assert end["by_heart"].low > 0.85, f"expected them by heart at the end: {end['by_heart']}"
    assert result["arrived"] == 1, "expected every network to come to know half of them by heart"
    later = half["by_heart"].low / half["right"].high
    assert later > 8, f"expected exceptions to take eight times the epochs, measured {later:.1f}"
    assert result["lost"].low > 0.1, f"expected ten points of error to be lost: {result['lost']}"


SHARES = ([0, 0.25, 0.5, 0.75, 1], "{x:.0%}")
EPOCH = {"x": "epoch", "xlim": (0, 101)}
PANELS = {
    "training digits": {"y": "share", "ylim": (0, 1.04), "yticks": SHARES} | EPOCH,
    "test digits": {"y": "share wrong", "ylim": (0, 0.72),
                    "yticks": ([0, 0.2, 0.4, 0.6], "{x:.0%}")} | EPOCH,
}  # fmt: skip
LOOKS = {
    "right": ("blue", "right labels, fitted", (40, 0.87)),
    "seen_through": ("green", "wrong labels,\nseen through", (7, 0.46)),
    "by_heart": ("vermilion", "wrong labels,\nby heart", (60, 0.42)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    epochs = np.arange(1, len(result["curves"]["right"]) + 1)
    for name, look in LOOKS.items():
        plotting.curve(left, epochs, result["curves"][name], *look)
    plotting.curve(right, epochs, result["curves"]["test_error"], "purple")
    plotting.mark(right, result["best"]["epoch"].mean, "muted", "best epoch", (18, 0.65))
