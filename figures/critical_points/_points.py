"""Critical points of small networks on digits, searched from along training, and what stalls there.

Networks with 6 inputs (principal components of the digits), tanh units and 10 outputs, with a small
weight penalty ½c‖θ‖² in the loss: without one, many searches run off to infinite weights. The
starts are iterates of Adam, plus noise, as in Dauphin et al. 2014, on several splits of the data,
one network on each. From each start the Levenberg–Marquardt method lowers ‖g‖², all starts on a
split at once, on a closed-form Hessian;
`critical.find` judges by autograd where it ended, and takes no step of its own: a damped step would
leave a gradient that looks flat by its making.
"""

from dataclasses import replace

import numpy as np
import torch

from trainingtips import chance, parallel
from trainingtips.critical import find
from trainingtips.derivatives import hessian
from trainingtips.experiments import elsewhere
from trainingtips.experiments.curvature_slices import circles
from trainingtips.experiments.tanh_networks import Setting, components
from trainingtips.spectrum import signs

CHAOS = "where a long search stops is decided by its last digits"

SETTINGS = {
    "fashion": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron, tanh",
        "optimiser": "Adam, full batch",
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "random_labels": {
        "data": "digits, labels at random",
        "network": "perceptron, tanh",
        "optimiser": "Adam, full batch",
    },
    "cnn": "the search wants the whole Hessian of a small network, which has a closed form here",
}
EXAMPLES, INPUTS = 200, 6
PENALTY = 1e-2  # c
WIDTHS, LOSSES = (4, 8), ("squared error", "cross-entropy")
SEEDS, RATE = 8, 0.01  # splits, each with a trained network, and Adam's learning rate
MOMENTS = (0, 5, 10, 20, 30, 45, 60, 80, 100, 150, 200, 300, 500, 1000)  # updates made
NOISE = 0.1  # standard deviation of what is added to each weight at the start
UPDATES = 150  # of the search, at most
NEAR = 1e-6  # ‖g‖ of a point that counts as critical
TOLERANCES = [float(t) for t in np.geomspace(1e-8, 1e-3, 6)]  # of a zero, times the largest |λ|
CONSTANT = 1e-3  # outputs that vary less over the examples (standard deviation) are constant
BARE = 4  # splits that are also searched without the penalty
SADDLES = 20  # points of each setting that are looked at in slices
SLICES, ANGLES = 32, 16  # random slices of each, and points on a circle in a slice
RADII = (1e-3, 0.5)  # of the circles: where the Hessian rules, and what a plot would show


def compute(*, setting=None):
    parts = [(kind, width, setting) for kind in LOSSES for width in WIDTHS]
    settings = parallel.each(_setting, parts)
    return {
        "near": NEAR,
        "examples": EXAMPLES,
        "inputs": INPUTS,
        "seeds": SEEDS,
        "penalty": PENALTY,
        "tolerances": TOLERANCES,
        "settings": settings,
        "slices": SLICES,
        "radii": RADII,
    }


def _setting(part):
    """The points found for one loss and one width, and the same search without the penalty."""
    kind, width, setting = part
    whole = elsewhere.dataset(setting) if setting else None
    digits = [components(EXAMPLES, INPUTS, seed, whole) for seed in range(SEEDS)]
    own = [Setting(kind, width, *each, PENALTY) for each in digits]
    together = replace(own[0], **{n: torch.stack([getattr(s, n) for s in own]) for n in "xy"})
    paths = together.trained(SEEDS, RATE, MOMENTS)  # (moments, seeds, n)
    noise = torch.randn(paths.shape, generator=chance.generator(0)).double()
    starts = paths + NOISE * noise
    seeds = np.tile(np.arange(SEEDS), len(MOMENTS))
    points = _found(starts, own)
    outputs = [own[seed].output(p.theta)[0] for p, seed in zip(points, seeds, strict=True)]
    return {
        "kind": kind,
        "width": width,
        "weights": starts.shape[-1],
        "seed": seeds,
        "update": np.repeat(MOMENTS, SEEDS),
        "loss": [p.loss for p in points],
        "gradient_norm": [p.gradient_norm for p in points],
        "converged": np.array([p.converged for p in points]),
        "flat_share": [p.flat_share for p in points],
        "residual": [p.residual for p in points],
        "constant": np.array([float(z.std(0).max()) < CONSTANT for z in outputs]),
        "largest": [float(abs(p.eigenvalues).max()) for p in points],
        # rows: points; columns: TOLERANCES
        "negative": [[signs(p.eigenvalues, t)[0] for t in TOLERANCES] for p in points],
        "positive": [[signs(p.eigenvalues, t)[2] for t in TOLERANCES] for p in points],
        "bare": _bare(starts[::4, :BARE], [replace(each, penalty=0.0) for each in own[:BARE]]),
        "saddles": _saddles(points, paths, seeds, own),
    }


def _found(starts, own):
    """Where the search ends from each of the starts, (moments, seeds, n), moment by moment."""
    ends = [each.search(starts[:, i], UPDATES, NEAR) for i, each in enumerate(own)]
    pairs = [pair for row in zip(*ends, strict=True) for pair in zip(own, row, strict=True)]
    return [find(each.loss, end, 0, NEAR) for each, end in pairs]


def _bare(starts, own):
    """What becomes of the search from some of the starts without the penalty."""
    points = _found(starts, own)
    return {
        "loss": [p.loss for p in points],
        "gradient_norm": [p.gradient_norm for p in points],
        "residual": [p.residual for p in points],
        "largest_weight": [float(p.theta.abs().max()) for p in points],
        "index": [p.index() for p in points],
    }


def _saddles(points, paths, seeds, own):
    """SADDLES converged points with a negative eigenvalue, evenly spread over the index.

    Directions of the path are given by their components along the eigenvectors.
    """
    kept = [i for i, p in enumerate(points) if p.converged and p.signs()[0]]
    kept.sort(key=lambda i: points[i].index())
    chosen = sorted({kept[int(j)] for j in np.linspace(0, len(kept) - 1, SADDLES)})
    return [
        _saddle(points[i], paths[:, seeds[i]], int(seeds[i]), i // SEEDS, own[seeds[i]].loss)
        for i in chosen
    ]


def _saddle(point, path, seed, moment, loss):
    theta = point.theta
    values, vectors = np.linalg.eigh(hessian(loss, theta).numpy())
    leading = torch.linalg.svd(path - path.mean(0), full_matrices=False)[2][:2]
    directions = {"start": path[0] - theta, "trained": path[-1] - theta}
    directions |= {"first": leading[0], "second": leading[1]}
    return {
        "loss": point.loss,
        "seed": seed,
        "update": MOMENTS[moment],
        "eigenvalues": values,
        "path": {name: vectors.T @ d.numpy() for name, d in directions.items()},
        "circles": circles(theta, loss, seed, SLICES, ANGLES, RADII),
    }
