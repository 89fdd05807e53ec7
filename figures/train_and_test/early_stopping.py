"""Early stopping saves most that wrong labels cost; a patience of one epoch is short, eight enough.

Error on test digits at the epoch that is kept, less that at the least validation loss of the whole
run, and the epochs spent, against patience. Few: 32 validation digits in place of 256. Means of 32
networks, 95 % intervals.

The runs are those of the noisy labels: 256 training digits, 100 epochs of Adam, with right labels
and with two in five drawn at random, in the validation digits too. Patience p: training ends once
the validation loss has not fallen below its least for p epochs, and the weights of that least are
kept. Costs are paired within a network, in points of the error on 640 test digits with right
labels. Without stopping: the error at epoch 100, less the same reference. "Short" is asserted of
the mean over right and wrong labels, "enough" of 256 validation digits and to a point; with 32 of
them no patience is, for certain. "Most": stopping saves more than wrong labels still cost then,
the error at the least validation loss less that of the runs with right labels.
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
PATIENCE = (1, 2, 4, 8, 16, 32)
KINDS = {  # the runs, and the validation loss by which they are stopped
    "noisy": ("noisy", "validation"),
    "few": ("noisy", "few"),
    "clean": ("clean", "validation"),
}
ALT = (
    "Cost: with wrong labels, patience of one epoch costs some points and that of eight nothing; "
    "with 32 validation digits one epoch costs more; with right labels nothing beyond patience "
    "of four. Not to stop costs many points with wrong labels, none with right ones. Epochs spent: "
    "they rise with patience, and stay far below 100 with wrong labels."
)
NUMBER = "lost by not stopping, with wrong labels: {unstopped.noisy.cost | interval(1, share=True)}"


def compute(noisy_labels, *, setting=None):
    found = {name: kind(noisy_labels[run], by) for name, (run, by) in KINDS.items()}
    return {
        "patience": {name: each["patience"] for name, each in found.items()},
        "unstopped": {name: each["unstopped"] for name, each in found.items()},
        "best": {name: each["best"] for name, each in found.items()},
        "still_lost": paired(found["noisy"]["kept"], found["clean"]["kept"]),
        "one_epoch": student(np.mean([found[n]["costs"][0] for n in ("noisy", "clean")], 0)),
    }


def kind(curves, by):
    """What each patience costs and takes, and what it costs never to stop."""
    error, judge = curves["test_error"], curves[by]
    whole = at(error, curves["validation"].argmin(0))  # by all validation digits, without stopping
    stops = [[stopped(column, p) for column in judge.T] for p in PATIENCE]
    kept, spent = np.moveaxis(np.array(stops), -1, 0)
    costs = [at(error, each) - whole for each in kept]
    return {
        "patience": [
            {"cost": student(cost), "epochs": student(each)}
            for cost, each in zip(costs, spent, strict=True)
        ],
        "unstopped": {"cost": paired(error[-1], whole)},
        "best": {
            "epoch": student(curves["validation"].argmin(0) + 1),
            "error": student(whole),
            "loss_rise": paired(curves["test_loss"][-1], curves["test_loss"].min(0)),
        },
        "costs": costs,
        "kept": whole,
    }


def stopped(losses, patience):
    """(place of the least loss so far, epochs spent) when patience ends, or the losses do."""
    least = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[least]:
            least = epoch
        if epoch - least >= patience:
            break
    return least, epoch + 1


def at(curves, places):
    return np.take_along_axis(curves, np.asarray(places)[None], 0)[0]


def claim(result):
    patience, unstopped = result["patience"], result["unstopped"]
    noisy, few = ([each["cost"] for each in patience[name]] for name in ("noisy", "few"))
    assert unstopped["noisy"]["cost"].low > 0.1, f"not to stop costs {unstopped['noisy']['cost']}"
    saved, lost = unstopped["noisy"]["cost"], result["still_lost"]
    assert saved.low > lost.high, f"expected stopping to save most: {saved}, still lost {lost}"
    clean = unstopped["clean"]["cost"]
    assert clean.high < 0.01, f"expected right labels not to need stopping, lost {clean}"
    right = [each["cost"] for each in patience["clean"]]
    for cost in (*noisy[3:], *right[3:]):
        assert cost.low > -0.01 and cost.high < 0.01, f"expected patience to cost nothing: {cost}"
    short = result["one_epoch"]
    assert short.low > 0, f"expected a patience of one to cost, measured {short}"
    assert few[0].mean > few[3].mean, f"expected one epoch to cost more, few digits: {few}"
    spent = patience["noisy"][3]["epochs"]
    assert spent.high < 60, f"expected patience of 8 to save epochs of 100, spent {spent}"


COSTS = ([0, 0.02, 0.04, 0.06, 0.08], "{x:.0%}")
PATIENT = {"x": "patience in epochs", "log": "x", "xticks": PATIENCE}
PANELS = {
    "what it costs": PATIENT | {"y": "test error more", "yticks": COSTS},
    "what it takes": PATIENT | {"y": "epochs", "ylim": (0, 104)},
}
LOOKS = {"noisy": ("vermilion", "wrong labels"), "few": ("purple", "wrong labels, few"),
         "clean": ("blue", "right labels")}  # fmt: skip


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    plotting.level(left, 0)
    for name, (colour, text) in LOOKS.items():
        rows = result["patience"][name]
        costs = [each["cost"] for each in rows]
        plotting.points(left, PATIENCE, costs, colour, text, joined=True)
        plotting.points(right, PATIENCE, [each["epochs"] for each in rows], colour, joined=True)
    left.legend()
