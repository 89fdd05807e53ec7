"""Critical points of small networks on digits, searched from along training, and what stalls there.

Networks with 6 inputs (principal components of the digits), tanh units and 10 outputs, with a small
weight penalty ½c‖θ‖² in the loss: without one, many searches run off to infinite weights. The
starts are iterates of Adam of many seeds, plus noise, as in Dauphin et al. 2014. From each the
Levenberg–Marquardt method lowers ‖g‖², all starts of a setting at once, on a closed-form Hessian;
`critical.find` judges by autograd where it ended, and takes no step of its own: a damped step would
leave a gradient that looks flat by its making.
"""

from dataclasses import replace

import numpy as np
import torch

from trainingtips import chance, parallel
from trainingtips.critical import find
from trainingtips.derivatives import hessian
from trainingtips.experiments.curvature_slices import circles
from trainingtips.experiments.tanh_networks import Setting, components
from trainingtips.spectrum import signs

CHAOS = "where a long search stops is decided by its last digits"

EXAMPLES, INPUTS = 200, 6
PENALTY = 1e-2  # c
WIDTHS, LOSSES = (4, 8), ("squared error", "cross-entropy")
SEEDS, RATE = 12, 0.01  # trained networks, and Adam's learning rate
MOMENTS = (0, 5, 10, 20, 30, 45, 60, 80, 100, 150, 200, 300, 500, 1000)  # updates made
NOISE = 0.1  # standard deviation of what is added to each weight at the start
UPDATES = 150  # of the search, at most
NEAR = 1e-6  # ‖g‖ of a point that counts as critical
TOLERANCES = [float(t) for t in np.geomspace(1e-8, 1e-3, 6)]  # of a zero, times the largest |λ|
CONSTANT = 1e-3  # outputs that vary less over the examples (standard deviation) are constant
BARE = 4  # seeds that are also searched without the penalty
SADDLES = 20  # points of each setting that are looked at in slices
SLICES, ANGLES = 32, 16  # random slices of each, and points on a circle in a slice
RADII = (1e-3, 0.5)  # of the circles: where the Hessian rules, and what a plot would show


def compute():
    settings = parallel.each(_setting, [(kind, width) for kind in LOSSES for width in WIDTHS])
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
    kind, width = part
    setting = Setting(kind, width, *components(EXAMPLES, INPUTS), PENALTY)
    paths = setting.trained(SEEDS, RATE, MOMENTS)
    noise = torch.randn(paths.shape, generator=chance.generator(0)).double()
    starts = paths + NOISE * noise
    ends = setting.search(starts.flatten(0, 1), UPDATES, NEAR)
    points = [find(setting.loss, end, 0, NEAR) for end in ends]
    outputs = setting.output(torch.stack([p.theta for p in points]))[0]
    seeds = np.tile(np.arange(SEEDS), len(MOMENTS))
    some = starts[::4, :BARE].flatten(0, 1)
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
        "constant": (outputs.std(1).amax(1) < CONSTANT).numpy(),
        "largest": [float(abs(p.eigenvalues).max()) for p in points],
        # rows: points; columns: TOLERANCES
        "negative": [[signs(p.eigenvalues, t)[0] for t in TOLERANCES] for p in points],
        "positive": [[signs(p.eigenvalues, t)[2] for t in TOLERANCES] for p in points],
        "bare": _bare(some, replace(setting, penalty=0.0)),
        "saddles": _saddles(points, paths, seeds, setting.loss),
    }


def _bare(starts, setting):
    """What becomes of the search from some of the starts without the penalty."""
    ends = setting.search(starts, UPDATES, NEAR)
    points = [find(setting.loss, end, 0, NEAR) for end in ends]
    return {
        "loss": [p.loss for p in points],
        "gradient_norm": [p.gradient_norm for p in points],
        "residual": [p.residual for p in points],
        "largest_weight": [float(p.theta.abs().max()) for p in points],
        "index": [p.index() for p in points],
    }


def _saddles(points, paths, seeds, loss):
    """SADDLES converged points with a negative eigenvalue, evenly spread over the index.

    Directions of the path are given by their components along the eigenvectors.
    """
    kept = [i for i, p in enumerate(points) if p.converged and p.signs()[0]]
    kept.sort(key=lambda i: points[i].index())
    chosen = sorted({kept[int(j)] for j in np.linspace(0, len(kept) - 1, SADDLES)})
    return [_saddle(points[i], paths[:, seeds[i]], int(seeds[i]), i // SEEDS, loss) for i in chosen]


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
