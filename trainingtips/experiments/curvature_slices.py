"""What random directions and planes through a point see of the Hessian's eigenvalues there."""

import numpy as np
import torch

from trainingtips import chance
from trainingtips.curvature import chance_of_rise, classify, eigenpairs, hessian
from trainingtips.statistics import share, student
from trainingtips.surfaces import quadratic


def in_plane(eigenvalues, turn, angles):
    """vᵀHv for unit v at `angles`, (k,), of a 2 × 2 Hessian with these eigenvalues: a dict.

    `turn` is the angle of the eigenvectors against the axes, in radians.
    """
    rotation = torch.tensor([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    loss = quadratic(torch.tensor(eigenvalues, dtype=torch.float64), rotation)
    origin = torch.zeros(2, dtype=torch.float64)
    h = hessian(loss, origin).numpy()
    values, vectors = eigenpairs(loss, origin)
    v = np.stack([np.cos(angles), np.sin(angles)])
    return {
        "kind": classify(values),
        "eigenvalues": values,
        "eigenvectors": vectors * vectors[:, :1].sign(),  # a solver may turn them round
        "curvature": np.einsum("ik,ij,jk->k", v, h, v),
    }


def in_network(loss, theta, samples, bins, confidence, seed):
    """vᵀHv of random unit v on the network's loss at θ, (n,), and its extremes by Lanczos: a dict.

    `mean` has an interval of that `confidence`, `counts` are those of a histogram.
    """
    values, vectors = eigenpairs(loss, theta)
    h = hessian(loss, theta)
    n = len(theta)
    generator = chance.generator(seed)
    v = torch.randn(samples, n, generator=generator, dtype=theta.dtype)
    v /= v.norm(dim=1, keepdim=True)
    seen = ((v @ h) * v).sum(1).numpy()
    counts, edges = np.histogram(seen, bins)
    spread = seen.max() - seen.min()
    return {
        "weights": n,
        "eigenvalues": values,
        "at_eigenvectors": ((vectors @ h) * vectors).sum(1),
        "seen": [seen.min(), seen.max()],
        "share_of_range": float(spread / (values[-1] - values[0])),
        "down": share(seen < 0),
        "mean": student(seen, confidence),
        "trace_over_n": float(h.trace() / n),
        "counts": counts,
        "edges": edges,
    }


def closed(z, values):
    """Whether H = diag(values) is positive definite on the spans of pairs z, (m, 2, n): (m,).

    The pair need not be orthonormal: ZHZᵀ has the same signs in every basis (Sylvester).
    """
    a, b = z[:, 0] ** 2 @ values, z[:, 1] ** 2 @ values
    return (a > 0) & (a * b > ((z[:, 0] * z[:, 1]) @ values) ** 2)


def saddle(eigenvalues, path, penalty, draws, zero, rng):
    """What random and chosen slices through a saddle see, by its eigenvalues, (n,), alone: a dict.

    `line` and `plane` are shares of `draws` slices that look like a minimum, `plane_plain` without
    the `penalty` in each eigenvalue. `path` gives directions "start", "trained", "first" and
    "second" along the eigenvectors. λ counts as negative below −`zero` times the largest |λ|.
    """
    values = np.array(eigenvalues)
    z = rng.normal(size=(draws, 2, len(values)))
    path = {name: np.array(v) for name, v in path.items()}
    line, theory = float((z[:, 0] ** 2 @ values > 0).mean()), chance_of_rise(values)
    spread = np.sqrt(theory * (1 - theory) / draws)
    return {
        "index": float((values < -zero * abs(values).max()).mean()),
        "line": line,
        "line_theory": theory,
        "line_z": float((line - theory) / max(spread, 1 / draws)),
        "plane": float(closed(z, values).mean()),
        "plane_plain": float(closed(z, values - penalty).mean()),
        "path_plane": bool(closed(np.stack([path["start"], path["trained"]])[None], values)[0]),
        "leading_plane": bool(closed(np.stack([path["first"], path["second"]])[None], values)[0]),
    }


def enlarged(eigenvalues, factor):
    """The eigenvalues, (n,), with the negative ones times `factor`: their signs are the same.

    So they become in other units: weights counted in units √`factor` times as long along those
    eigenvectors leave the loss and the index what they are.

    >>> enlarged([-1.0, 2.0], 3.0).tolist()
    [-3.0, 2.0]
    """
    values = np.array(eigenvalues, dtype=float)
    return np.where(values < 0, factor * values, values)


def weight(eigenvalues):
    """Sum of the negative eigenvalues, (n,), over that of the positive, by size: 1 at trace zero.

    >>> weight([-1.0, -1.0, 4.0])
    0.5
    """
    values = np.array(eigenvalues, dtype=float)
    return float(-values[values < 0].sum() / values[values > 0].sum())


def hiding(saddles, weights, draws, rng):
    """What random slices see of saddles whose negative eigenvalues are enlarged to a `weight`.

    `saddles` are lists of eigenvalues. A dict: the `weights` that they have, (saddles,), and
    `shares`, (saddles, weights): of `draws` slices, those that look like a minimum then.
    """

    def seen(values, wanted):
        values = enlarged(values, wanted / weight(values))
        return float(closed(rng.normal(size=(draws, 2, len(values))), values).mean())

    return {
        "weights": np.array([weight(values) for values in saddles]),
        "shares": np.array([[seen(values, wanted) for wanted in weights] for values in saddles]),
    }


def random_plane(eigenvalues, rng):
    """PᵀHP of one random plane through a point whose Hessian has these eigenvalues, (n,): (2, 2).

    >>> np.allclose(random_plane([3.0, 3.0, 3.0], np.random.default_rng(0)), 3 * np.eye(2))
    True
    """
    values = np.array(eigenvalues)
    plane = np.linalg.qr(rng.normal(size=(len(values), 2)))[0]
    return plane.T @ (values[:, None] * plane)


def circles(theta, loss, seed, slices, points, radii):
    """Random 2-D slices through θ, (n,), by the loss itself, and by its Hessian: a dict.

    For each of `radii`, how many of `slices` have the loss above that at θ all around the circle of
    so many `points`, and in how many ½δᵀHδ > 0 all around it says otherwise.
    """
    generator = chance.generator(seed)
    noise = torch.randn(slices, len(theta), 2, generator=generator, dtype=theta.dtype)
    planes = torch.linalg.qr(noise)[0]
    angle = torch.arange(points) * (2 * np.pi / points)
    circle = torch.stack([angle.cos(), angle.sin()]).double()
    delta = (planes @ circle).mT  # (slices, points, n)
    bowl = ((delta @ hessian(loss, theta)) * delta).sum(-1).gt(0).all(1)
    above = [
        torch.stack([loss(theta + radius * d) for d in delta]).gt(loss(theta)).all(1)
        for radius in radii
    ]
    return {
        "closed": [int(c.sum()) for c in above],
        "disagree": [int((c != bowl).sum()) for c in above],
    }
