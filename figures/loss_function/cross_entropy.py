"""The weight of least cross-entropy is that of most likelihood; the logits' gradient is p − t.

Over one weight, the likelihood of twenty labels peaks where cross-entropy is least (dotted). For
one example with five classes, autograd's gradient (points) is p − t (bars).

Fourteen of the twenty labels are of class 1, and the model has one logit w for that class: p = 1 /
(1 + exp(−w)). The likelihood is the plain product of the twenty probabilities, and cross-entropy
the mean of −log p of the true class. The example's third class is true; autograd's is the gradient
of torch's cross-entropy.
"""

import numpy as np
import torch
from scipy import special

from trainingtips import plotting
from trainingtips.experiments import likelihoods
from trainingtips.losses import cross_entropy_gradient

LABELS = np.array([1] * 14 + [0] * 6)
WEIGHTS = np.linspace(-2, 4, 121)
LOGITS, TARGET = (1.0, 2.5, 0.5, -1.0, 0.0), 2
EXAMPLES = {"n": 1000, "classes": 10, "scale": 5, "seed": 0}

ALT = (
    "One weight: the likelihood rises to one peak and cross-entropy falls to one minimum, both at "
    "the same weight, marked by a line. Five classes: bars of p minus t, negative only for the "
    "true one, each with the dot of autograd's gradient on its end."
)
NUMBER = (
    "weight of least cross-entropy {least_cross_entropy | decimals(4)}, of most likelihood "
    "{most_likely | decimals(4)}"
)


def compute():
    least, lowest = likelihoods.least_cross_entropy(LABELS, bounds=(-2, 4))
    frequency = LABELS.mean()
    logits, targets = likelihoods.examples(**EXAMPLES)
    gap = likelihoods.autograd(logits, targets) - cross_entropy_gradient(logits, targets)
    one = torch.tensor(LOGITS, dtype=torch.float64)
    return {
        "labels": len(LABELS),
        "of_class_1": int(LABELS.sum()),
        "weights": WEIGHTS,
        "likelihood": [likelihoods.likelihood(w, LABELS) for w in WEIGHTS],
        "cross_entropy": [likelihoods.mean_cross_entropy(w, LABELS) for w in WEIGHTS],
        "most_likely": likelihoods.most_likely(LABELS, bounds=(-2, 4)),
        "least_cross_entropy": least,
        "log_odds": float(special.logit(frequency)),
        "lowest": lowest,
        "entropy": float(special.entr([frequency, 1 - frequency]).sum()),
        "p": torch.softmax(one, -1),
        "p_minus_t": cross_entropy_gradient(one, TARGET),
        "autograd": likelihoods.autograd(one[None], torch.tensor([TARGET]))[0],
        "gradient_error": float(gap.abs().max()),
    }


def claim(result):
    for name in ("most_likely", "least_cross_entropy"):
        gap = abs(result[name] - result["log_odds"])
        assert gap < 1e-4, f"expected {name} at the log odds of the labels, measured {gap:.1e} off"
    gap = abs(result["lowest"] - result["entropy"])
    assert gap < 1e-8, f"expected the labels' entropy as the lowest loss, measured {gap:.1e} off"
    link = -np.log(result["likelihood"]) / result["labels"] - result["cross_entropy"]
    gap = abs(np.array(link)).max()
    assert gap < 1e-5, f"expected −log likelihood / N, measured {gap:.1e} off"
    drawn = result["p"] - (np.arange(len(LOGITS)) == TARGET)
    error = abs(result["autograd"] - drawn).max()
    assert error < 2e-6, f"expected the points on the bars p − t, measured {error:.1e} off"
    error = result["gradient_error"]
    assert error < 1e-12, f"expected autograd to give p − t, measured {error:.1e} off"


CLASS = np.arange(1, len(LOGITS) + 1)
WEIGHT = {"x": "weight $w$", "y": "mean cross-entropy (nats)", "ylim": (0, 2.2)}
GRADIENT = {"x": "class", "y": "gradient in its logit", "ylim": (-1.15, 1.15), "xticks": CLASS}
PANELS = {"one weight, twenty labels": WEIGHT, "one example, five classes": GRADIENT}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS)
    other, likelihood = left.twinx(), 1e6 * np.array(result["likelihood"])
    other.set(ylabel="likelihood ($10^{-6}$)", ylim=(0, 8.4))
    plotting.curve(left, WEIGHTS, result["cross_entropy"], "blue", "cross-entropy", (-1.9, 2.0))
    plotting.curve(other, WEIGHTS, likelihood, "vermilion", "likelihood", (1.3, 5.35))
    plotting.mark(left, result["log_odds"])
    right.bar(CLASS, result["p_minus_t"], color=plotting.colour("blue"), alpha=0.5, label="$p - t$")
    plotting.points(right, CLASS, result["autograd"], "text", "autograd", look="o")
    plotting.level(right, 0, look="-")
    plotting.label(right, "true class", (TARGET + 1, -1.08), ha="center")
    right.legend(loc="upper right")
