"""Large batches lose at equal epochs, less so with a tuned rate, and win at equal updates.

Accuracy on digits against batch size, for a fully connected and a convolutional network: with as
many epochs for each batch, as many updates, or as many epochs at a rate chosen for each. Bands: 95
% over splits, for test accuracy.

The networks are a fully connected one (64, 32, 32 and 10 units, ReLU) and a small convolutional one
(two layers of 3×3 filters, stride 2). They learn 1,024 handwritten digits by plain gradient
descent. In 32 epochs, a batch size 16 times as large makes a sixteenth of the updates. With the
same number of updates for every B (512, convolutional 256), large batches see more epochs. A tuned
rate is the best of five by the validation accuracy of other starts on all splits.

Means over 8 splits, of 4 starts on each (convolutional 2), with Student's intervals over the
splits; 256 validation examples are the same for all, and test examples choose nothing. What large
batches lose at equal epochs they lose on the training digits too: they are not done with training.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import splits
from trainingtips.statistics import columns

VERDICT = "regime"
PARTS = ("train", "test")
BUDGETS = ("epochs", "updates", "tuned")
NETWORKS = {
    "mlp": ("fully connected", "blue", "o--", "o-"),
    "convolutional": ("convolutional", "vermilion", "s--", "s-"),
}
KEPT = (
    *("batches", "rates", "rate", "budget_epochs", "budget_updates", "weights", "chosen"),
    *("validation", "splits", "starts", "train_examples", "validation_examples", "test_examples"),
)
TOP = 0.9998  # a logit axis has no place for 1: what is higher is drawn at the edge

ALT = (
    "Three panels, accuracy against batch size. At equal epochs and one rate, train and test "
    "accuracy fall steeply with the batch size for both networks. At equal updates, all curves "
    "rise gently. At equal epochs with tuned rates, the curves stay level at first and fall only "
    "at the largest batch sizes."
)
NUMBER = (
    "test accuracy lost at B = 1,024: {mlp.epochs.test_gaps.3 | interval(1, share=True)} at equal "
    "epochs, {mlp.tuned.test_gaps.3 | interval(1, share=True)} with a tuned rate, "
    "{mlp.updates.test_gaps.3 | interval(1, share=True)} at equal updates"
)
REPORTED = "no evidence that larger batches degrade out-of-sample performance [@shallue2019]"


def compute(budgets):
    return {name: summary(budgets[name]) for name in NETWORKS}


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
            all_, rest = fixed[-1], tuned[-1]
            assert rest.high < all_.low, f"{name}: expected less than {all_} tuned, measured {rest}"
            assert rest.low > 0, f"{name}: expected a rest of the gap, measured {rest}"
        for rate, rates in zip(found["chosen"], found["rates"], strict=True):
            inside = rates[0] < rate < rates[-1]
            assert inside, f"{name}: expected the best rate within its grid, found {rate} {rates}"
    near = result["mlp"]["tuned"]["test_gaps"][0]
    assert near.high < 0.01, f"expected no gap at 4 times the batch, tuned; measured {near}"


TITLES = (
    "{budget_epochs} epochs, $\\eta$ = {rate:g}",
    "equal updates, $\\eta$ = {rate:g}",
    "{budget_epochs} epochs, $\\eta$ tuned",
)
SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.999]
PERCENT = [f"{100 * share:g} %" for share in SHARES]
SIZES = {"x": "batch size $B$", "log": "x", "xticks": [4, 16, 64, 256, 1024]}
ACCURACY = {"yscale": "logit", "ylim": (0.08, TOP), "yticks": (SHARES, PERCENT)}


def draw(result, figure):
    titles = [title.format(**result["mlp"]) for title in TITLES]
    panels = plotting.panels(figure, titles, height=3.6, **SIZES, **ACCURACY)
    for axes, budget in zip(panels, BUDGETS, strict=True):
        for name, (text, colour, dashed, plain) in NETWORKS.items():
            sizes, found = result[name]["batches"], result[name][budget]
            train, (test, *ends) = (np.clip(columns(found[of]), 0.05, TOP) for of in PARTS)
            look = {"look": dashed, "hollow": True}
            plotting.points(axes, sizes, train[0], colour, f"{text}, train", **look)
            plotting.curve(axes, sizes, test, colour, f"{text}, test", between=ends, look=plain)
    panels[0].set_ylabel("accuracy")
    panels[1].legend(loc="upper center", labelspacing=0.3)
