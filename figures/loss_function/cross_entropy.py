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
from scipy import optimize, special

from trainingtips import plotting
from trainingtips.losses import cross_entropy, cross_entropy_gradient

LABELS = np.array([1] * 14 + [0] * 6)
WEIGHTS = np.linspace(-2, 4, 121)
LOGITS, TARGET = (1.0, 2.5, 0.5, -1.0, 0.0), 2
EXAMPLES, CLASSES, SEED = 1000, 10, 0

ALT = (
    "Left, over the weight, the likelihood rises to one peak and cross-entropy falls to one "
    "minimum: both at the same weight, marked by a line. Right, bars of p minus t for five "
    "classes, negative only for the true one, each with the dot of autograd's gradient on its end."
)
NUMBER = (
    "weight of least cross-entropy {least_cross_entropy | decimals(4)}, of most likelihood "
    "{most_likely | decimals(4)}"
)


def compute():
    most = optimize.minimize_scalar(lambda w: -likelihood(w), bounds=(-2, 4), method="bounded")
    least = optimize.minimize_scalar(mean_cross_entropy, bounds=(-2, 4), method="bounded")
    frequency = LABELS.mean()
    generator = torch.Generator().manual_seed(SEED)
    logits = 5 * torch.randn(EXAMPLES, CLASSES, generator=generator, dtype=torch.float64)
    targets = torch.randint(CLASSES, (EXAMPLES,), generator=generator)
    one = torch.tensor(LOGITS, dtype=torch.float64)
    return {
        "labels": len(LABELS),
        "of_class_1": int(LABELS.sum()),
        "weights": WEIGHTS,
        "likelihood": [likelihood(w) for w in WEIGHTS],
        "cross_entropy": [mean_cross_entropy(w) for w in WEIGHTS],
        "most_likely": most.x,
        "least_cross_entropy": least.x,
        "log_odds": float(special.logit(frequency)),
        "lowest": float(least.fun),
        "entropy": float(special.entr([frequency, 1 - frequency]).sum()),
        "p": torch.softmax(one, -1),
        "p_minus_t": cross_entropy_gradient(one, TARGET),
        "autograd": autograd(one[None], torch.tensor([TARGET]))[0],
        "gradient_error": float(
            (autograd(logits, targets) - cross_entropy_gradient(logits, targets)).abs().max()
        ),
    }


def likelihood(w):
    """Product of the probabilities that the model gives to the labels."""
    p = special.expit(w)
    return float(np.prod(np.where(LABELS == 1, p, 1 - p)))


def mean_cross_entropy(w):
    """Mean over the labels, in nats, from two logits of which the other is zero."""
    logits = torch.tensor([[0.0, w]], dtype=torch.float64).expand(len(LABELS), 2)
    return float(cross_entropy(logits, torch.from_numpy(LABELS)).mean())


def autograd(logits, targets):
    """Gradient of the summed cross-entropy of torch in the logits, of their shape (N, K)."""
    leaf = logits.clone().requires_grad_()
    torch.nn.functional.cross_entropy(leaf, targets, reduction="sum").backward()
    return leaf.grad


def claim(result):
    for name in ("most_likely", "least_cross_entropy"):
        gap = abs(result[name] - result["log_odds"])
        assert gap < 1e-4, f"expected {name} at the log odds of the labels, measured {gap:.1e} off"
    gap = abs(result["lowest"] - result["entropy"])
    assert gap < 1e-8, f"expected the labels' entropy as the lowest loss, measured {gap:.1e} off"
    link = -np.log(result["likelihood"]) / result["labels"] - result["cross_entropy"]
    gap = abs(np.array(link)).max()
    assert gap < 1e-5, f"expected −log likelihood / N, measured {gap:.1e} off"
    error = result["gradient_error"]
    assert error < 1e-12, f"expected autograd to give p − t, measured {error:.1e} off"


def draw(result, figure):
    titles = ["one weight, twenty labels", "one example, five classes"]
    left, right = plotting.panels(figure, titles)
    other = left.twinx()
    scaled, weights = np.array(result["likelihood"]) * 1e6, result["weights"]
    plotting.curve(left, weights, result["cross_entropy"], "blue", "cross-entropy", (-1.9, 2.0))
    plotting.curve(other, weights, scaled, "vermilion")
    plotting.label(left, "likelihood", (1.3, 1.4), "vermilion")
    plotting.mark(left, result["log_odds"])
    left.set(xlabel="weight $w$", ylabel="mean cross-entropy (nats)", ylim=(0, 2.2))
    other.set(ylabel="likelihood ($10^{-6}$)", ylim=(0, 1.7 * scaled.max()))
    _draw_gradient(result, right)


def _draw_gradient(result, axes):
    classes = np.arange(1, len(LOGITS) + 1)
    bars = {"color": plotting.colour("blue"), "alpha": 0.5}
    axes.bar(classes, result["p_minus_t"], label="$p - t$", **bars)
    plotting.points(axes, classes, result["autograd"], "text", "autograd", look="o")
    plotting.level(axes, 0, look="-")
    plotting.label(axes, "true class", (TARGET + 1, -1.08), ha="center")
    axes.set(xlabel="class", ylabel="gradient in its logit", xticks=classes, ylim=(-1.15, 1.15))
    axes.legend(loc="upper right")
