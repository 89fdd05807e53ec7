"""Large batches lose at equal epochs, less so with a tuned rate, and win at equal updates.

Test accuracy on digits against what training took, for batches of 4 to 1,024: with as many epochs
for each batch (thin: training digits), as many updates, or as many epochs at a rate chosen for each
(tuned). Bars: 95 % over splits.

The networks are a fully connected one (64, 32, 32 and 10 units, ReLU) and a small convolutional one
(two layers of 3×3 filters, stride 2). They learn 1,024 handwritten digits by plain gradient
descent. In 32 epochs, a batch size 16 times as large makes a sixteenth of the updates. With the
same number of updates for every B (512, convolutional 256), large batches see more epochs. A tuned
rate is the best of five or six by the validation accuracy of as many other starts on all splits.

Means over 8 splits, of 4 starts on each (convolutional 2), with Student's intervals over the
splits; 256 validation examples are the same for all, and test examples choose nothing. What large
batches lose at equal epochs they lose on the training digits too: they are not done with training.
A tuned rate makes it less at every size, and at B = 16 less than the error of one test's accuracy.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import splits
from trainingtips.statistics import columns

SETTINGS = {  # one of the two networks on each
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
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
    },
    "text_transformer": "so many passes over a text take too long on a processor",
}
VERDICT = "regime"
BUDGETS = ("epochs", "updates", "tuned")
NETWORKS = {
    "mlp": ("fully connected", "o", False),
    "convolutional": ("convolutional", "s", True),
}
KEPT = (
    *("batches", "rates", "rate", "budget_epochs", "budget_updates", "weights", "chosen"),
    *("validation", "splits", "starts", "train_examples", "validation_examples", "test_examples"),
)

ALT = (
    "Test accuracy of two networks, from 0 to 100 %. Against updates: with equal epochs it rises "
    "steeply from 20 % at 32 updates, the full batch, to 97 % at 8,192, batches of 4; with a "
    "tuned rate it is over 90 % from 128 updates on; with equal updates all batches lie in one "
    "short column. Against epochs: with equal epochs all batches stand in one tall column at 32 "
    "epochs, and with equal updates a nearly level line rises gently from batches of 4 to the "
    "full batch."
)
NUMBER = (
    "test accuracy lost at B = 1,024: {mlp.epochs.test_gaps.3 | interval(1, share=True)} at equal "
    "epochs, {mlp.tuned.test_gaps.3 | interval(1, share=True)} with a tuned rate, "
    "{mlp.updates.test_gaps.3 | interval(1, share=True)} at equal updates"
)
REPORTED = "no evidence that larger batches degrade out-of-sample performance [@shallue2019]"


def compute(budgets, *, setting=None):
    return {name: summary(budgets[name]) for name in NETWORKS if name in budgets}


def summary(found):
    """What is shown of one kind of network: each budget's accuracies, and how it was trained."""
    budgets = {budget: splits.summary(found[budget], found["splits"]) for budget in BUDGETS}
    return budgets | {name: found[name] for name in KEPT}


def claim(result):
    for name, found in result.items():
        for part in ("train_gaps", "test_gaps"):
            fixed, same, tuned = (found[budget][part] for budget in BUDGETS)
            for size, behind, ahead in zip(found["batches"][1:], fixed, same, strict=True):
                here = f"{name}: expected B = {size}"
                assert behind.low > 0, f"{here} behind at equal epochs, measured {behind}"
                assert ahead.high < 0, f"{here} ahead at equal updates, measured {ahead}"
            for lost, rest in zip(fixed, tuned, strict=True):
                assert rest.high < lost.low, f"{name}: expected less than {lost} tuned: {rest}"
            rest = tuned[-1]
            assert rest.low > 0, f"{name}: expected a rest of the gap, measured {rest}"
        for rate, rates in zip(found["chosen"], found["rates"], strict=True):
            inside = rates[0] < rate < rates[-1]
            assert inside, f"{name}: expected the best rate within its grid, found {rate} {rates}"
    found = result.get("mlp", result[name])
    near, right = found["tuned"]["test_gaps"][0], found["tuned"]["test"][0].mean
    error = np.sqrt(right * (1 - right) / found["test_examples"])  # of a share, by the binomial
    assert near.high < error, f"expected a tuned gap below {error:.4f} at B = 16: {near}"


LOOKS = {"epochs": ("blue", "-"), "tuned": ("purple", ":"), "updates": ("green", "--")}
ACCURACY = {"log": "x", "ylim": (0, 1.03), "yticks": (np.linspace(0, 1, 6), "{x:.0%}")}
PANELS = {
    "against updates": {"x": "updates", "y": "test accuracy", "xticks": [32, 128, 512, 2048, 8192]},
    "against epochs": {"x": "epochs", "y": "test accuracy", "xticks": [2, 8, 32, 128, 512]},
}
WORDS = (  # panel, words, place, colour, alignment
    (0, "equal epochs", (190, 0.6), "blue", "left"),
    (0, "rate tuned", (32, 0.97), "purple", "left"),
    (0, "equal updates", (560, 0.8), "green", "left"),
    (0, "$B$ = 1024", (40, 0.17), "text", "left"),
    (0, "$B$ = 4", (8192, 0.87), "text", "right"),
    (1, "equal updates", (60, 0.79), "green", "left"),
    (1, "equal epochs", (37, 0.45), "blue", "left"),
    (1, "$B$ = 4", (2, 0.75), "text", "left"),
    (1, "$B$ = 1024", (560, 0.97), "text", "right"),
)


def draw(result, figure):
    panels = plotting.panels(figure, PANELS, height=3.8, **ACCURACY)
    for found, (text, marker, hollow) in zip(result.values(), NETWORKS.values(), strict=True):
        sizes, n = np.array(found["batches"]), found["train_examples"]
        made = dict.fromkeys(BUDGETS, found["budget_epochs"] * n // sizes)
        made["updates"] = found["budget_updates"] + 0 * sizes
        for budget, (colour, dash) in LOOKS.items():
            look = {"look": marker + dash, "hollow": hollow}
            for axes, spent in zip(panels, (made[budget], made[budget] * sizes / n), strict=True):
                plotting.points(axes, spent, found[budget]["test"], colour, **look)
        train = columns(found["epochs"]["train"])[0]
        plotting.theory(panels[0], made["epochs"], train, "blue")
        plotting.points(panels[0], [], [], "text", text, look=marker, hollow=hollow)
    for panel, words, place, colour, side in WORDS:
        plotting.label(panels[panel], words, place, colour, ha=side)
    panels[0].legend(loc="lower right")
