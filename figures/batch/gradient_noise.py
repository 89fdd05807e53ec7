"""A mini-batch gradient's noise falls as 1/√B, and faster where B comes near N.

How far a batch's mean gradient is from the mean of all, over its value at B = 1: means of 32
networks with 95 % intervals (mostly smaller than the points) on theory's lines.

A network of 64, 32, 32 and 10 units (ReLU), trained for five epochs on N = 256 handwritten digits.
At its weights, each example has a gradient of its own; the noise of batch size B is the root mean
square distance of a batch's mean gradient from the mean of all, over 100 batches. Theory: √(tr Σ/B)
for draws with replacement, and √((N − B)/(N − 1)) times that where an epoch deals out every example
once. Each network's noise is in units of its own at B = 1.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import elsewhere, gradient_noise
from trainingtips.statistics import columns, student

SEEDS, N = 32, 256
OWN = gradient_noise.OWN | {"networks": SEEDS}
SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "networks": 32,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD",
        "networks": 32,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "text_transformer": {
        "data": "Moby Dick",
        "network": "transformer",
        "optimiser": "SGD",
        "networks": 16,
        "inputs": ["trainingtips/datasets/text.npz"],
    },
}
ETA, BATCH, EPOCHS = 0.1, 16, 5
SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 192, 224, 240, 252]
SMALL = 16  # up to N/16 the two ways of drawing differ by 3 %
DRAWS = 100

ALT = (
    "In log-log axes the noise of batches drawn with replacement is a straight line of slope minus "
    "one half over all batch sizes. For batches dealt out in epochs it follows the same line at "
    "first and then bends down, toward zero at the full batch of 256. Both lie on their theory."
)
NUMBER = "slope of the noise against B, in log-log axes: {slope_replacement | interval(3)}"


def compute(*, setting=None):
    own = setting or OWN
    nets, train, _ = gradient_noise.trained(N, ETA, BATCH, EPOCHS, own["networks"], own)
    criterion = elsewhere.cross_entropy(own)
    found = gradient_noise.by_size(nets, train, SIZES, DRAWS, criterion)
    over_mean, unit = found.pop("over_mean"), found["replacement_theory"][:, :1]
    few = np.array(SIZES) <= SMALL
    slopes = {
        "slope_replacement": gradient_noise.slopes(SIZES, found["replacement"]),
        "slope_epochs": gradient_noise.slopes(np.array(SIZES)[few], found["epochs"][:, few]),
    }
    return {
        "n": N,
        "small": SMALL,
        "sizes": SIZES,
        "weights": sum(p.numel() for p in nets.template.parameters()),
        "noise": {name: [student(each) for each in (v / unit).T] for name, v in found.items()},
        **{name: student(each) for name, each in slopes.items()},
        "ratio_epochs": [student(r) for r in (found["epochs"] / found["epochs_theory"]).T],
        "noise_over_mean": student(over_mean),
    }


def claim(result):
    for name in ("slope_replacement", "slope_epochs"):
        slope = result[name]
        within = slope.low > -0.53 and slope.high < -0.47
        assert within, f"expected slope −0.5 ± 0.03, measured {slope} ({name})"
    for size, ratio in zip(result["sizes"], result["ratio_epochs"], strict=True):
        near = ratio.low > 0.95 and ratio.high < 1.05
        assert near, f"expected the finite-population noise at B = {size}, measured {ratio} of it"
    last = result["noise"]["epochs"][-1].mean / result["noise"]["replacement"][-1].mean
    assert last < 0.2, f"expected little noise left near the full batch, measured share {last:.2f}"


LOOKS = {  # colour, name, and where it stands
    "replacement": ("blue", "drawn with replacement:\n$1/\\sqrt{B}$", (6, 0.5)),
    "epochs": (
        "vermilion",
        "dealt out in epochs:\n$\\sqrt{(N-B)\\,/\\,(N-1)}$ times that",
        (2, 0.016),
    ),
}


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=3.6)
    sizes, noise = result["sizes"], result["noise"]
    for name, look in LOOKS.items():
        plotting.theory(axes, sizes, columns(noise[f"{name}_theory"])[0], look[0])
        plotting.points(axes, sizes, noise[name], *look)
    plotting.mark(axes, result["n"])
    axes.set(xscale="log", xlabel="batch size $B$")
    axes.set(yscale="log", ylabel="noise of the batch's gradient")
    plotting.ticks(axes.xaxis, [1, 4, 16, 64, 256], ["1", "4", "16", "64", "$N$ = 256"])
    axes.yaxis.minorticks_off()
