"""Whether training that stands still is at rest or bounces: its gradients and its single steps.

Networks under plain SGD, each on examples of its own, with batches drawn with replacement and the
loss `losses.half_squares`.
On a quadratic with batch noise the weight along an eigenvector of the Hessian is a random walk held
by a spring, θ ← (1 − ηλ)θ + noise, whose successive steps have correlation −ηλ/2.
"""

from itertools import pairwise

import numpy as np
import torch
from torch.func import functional_call, grad, vmap

from trainingtips.batches import epoch
from trainingtips.curvature import flat_loss, gradient, hessian
from trainingtips.losses import half_squares
from trainingtips.statistics import ratio, student


def follow(nets, x, y, eta, batch, updates, every):
    """Train an `Ensemble` further: `updates` (T,), and each member's `loss` and `norm`, (T, E).

    Each has its own x, (E, N, features), and y, (E, N, outputs); `norm` is the length of the
    gradient over all of them.
    """
    dealt = _dealt(nets.seeds, x.shape[1], batch, updates)
    return _looked(nets, x, y, eta, dealt, every)


def quietly(nets, x, y, eta, updates, every):
    """As `follow`, at the same rate without the batches' noise: each update from all of x."""
    return _looked(nets, x, y, eta, [None] * updates, every)


def weights(nets, x, y, eta, batch, updates):
    """Train further, and keep each member's weights before and after each update: (T, E, n)."""
    dealt = _dealt(nets.seeds, x.shape[1], batch, updates)
    return np.array([flat(nets) for _ in _train(nets, x, y, eta, dealt)])


def _looked(nets, x, y, eta, dealt, every):
    times, losses, lengths = [], [], []
    for t in _train(nets, x, y, eta, dealt):
        if t % every == 0:
            times.append(t)
            losses.append(vmap(_loss_of(nets))(_own(nets), x, y).numpy())
            lengths.append(norms(nets, x, y))
    return {"updates": np.array(times), "loss": np.array(losses), "norm": np.array(lengths)}


def _train(nets, x, y, eta, dealt):
    """Plain SGD on the rows `dealt`, (E, B) or None for all; yields the updates made, from 0."""
    each, members = vmap(grad(_loss_of(nets))), torch.arange(len(nets))[:, None]
    yield 0
    for t, rows in enumerate(dealt, 1):
        some = (x, y) if rows is None else (x[members, rows], y[members, rows])
        own = _own(nets)
        for name, g in each(own, *some).items():
            own[name].sub_(eta * g)
        yield t


def _dealt(seeds, n, batch, updates):
    """Each update's rows of each member, (E, B), drawn with replacement."""
    for number in range(updates * batch // n):
        drawn = [np.concatenate(epoch(n, batch, seed, number, "replacement")) for seed in seeds]
        yield from torch.from_numpy(np.stack(drawn)).split(batch, 1)


def _loss_of(nets):
    return lambda own, x, y: half_squares(functional_call(nets.template, own, (x,)), y)


def _own(nets):
    """The members' weights, stacked; what changes them in place changes the members."""
    return {name: values.detach() for name, values in nets.parameters.items()}


def _lengths(gradients):
    return torch.cat([g.flatten(1) for g in gradients.values()], 1).norm(dim=1).numpy()


def norms(nets, x, y):
    """Length of each member's gradient over all of its x: (E,)."""
    return _lengths(vmap(grad(_loss_of(nets)))(_own(nets), x, y))


def flat(nets):
    """Each member's weights in one row: (E, n)."""
    return torch.cat([v.detach().flatten(1) for v in nets.parameters.values()], 1).numpy().copy()


def movements(nets, paths, x, y, eta, top):
    """`movement` of each member of an ensemble, of paths (T, E, n) and its own x and y."""
    parts = zip(paths.swapaxes(0, 1), x, y, strict=True)
    return [movement(nets.member(i), *part, eta, top) for i, part in enumerate(parts)]


def movement(module, path, x, y, eta, top):
    """How one network moved along the `top` steepest eigenvectors of the Hessian at its mean place.

    `path` holds its weights, (T, n). A dict: `step` ηλ and `correlation` of successive steps, both
    (top,); `gradient_share`, the share of the last gradient's square along ten eigenvectors; and
    `net_share`, the distance covered over the way walked.
    """
    loss, _ = flat_loss(module.double(), half_squares, x.double(), y.double())
    centre = torch.from_numpy(path.mean(0)).double()
    values, vectors = np.linalg.eigh(hessian(loss, centre).numpy())
    values, vectors = values[::-1][:top], vectors[:, ::-1][:, :top]
    steps = np.diff(path.astype(float), axis=0) @ vectors
    g = gradient(loss, torch.from_numpy(path[-1]).double()).numpy()
    whole = path[-1].astype(float) - path[0]
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    return {
        "step": eta * values,
        "correlation": (steps[1:] * steps[:-1]).mean(0) / (steps**2).mean(0),
        "gradient_share": float(((g @ vectors[:, :10]) ** 2).sum() / (g @ g)),
        "net_share": float(np.linalg.norm(whole) / lengths),
    }


def moved(moves, bins):
    """What several `movement`s have in common: means with intervals.

    Steps ηλ, correlations and their excess over −ηλ/2 in `bins` groups of neighbouring
    eigenvectors, and the two shares.
    """
    step = np.array([each["step"] for each in moves])
    correlation = np.array([each["correlation"] for each in moves])
    edges = np.unique(np.geomspace(1, step.shape[1], bins + 1).round().astype(int))
    groups = [slice(low - 1, high - 1) for low, high in pairwise(edges)]
    return {
        "step": [student(step[:, each].mean(1)) for each in groups],
        "correlation": [student(correlation[:, each].mean(1)) for each in groups],
        "excess": [student((correlation + step / 2)[:, each].mean(1)) for each in groups],
        "gradient_share": student([each["gradient_share"] for each in moves]),
        "net_share": student([each["net_share"] for each in moves]),
    }


def stillness(first, cut):
    """Two `follow`s, at one rate and on at a smaller one, as shares of the start: with intervals.

    Drifts are from halfway to the end, what a cut leaves is of the first one's end.
    """
    looks = len(first["updates"]) - 1
    half, last = looks // 2, looks // 8
    windows = slice(half, half + last), slice(-last, None)
    loss, norm = first["loss"], first["norm"]
    return {
        "updates": first["updates"],
        "loss": _means(loss / loss[0].mean()),
        "norm": _means(norm / norm[0].mean()),
        "cut_updates": first["updates"][-1] + cut["updates"],
        "cut_loss": _means(cut["loss"] / loss[0].mean()),
        "cut_norm": _means(cut["norm"] / norm[0].mean()),
        "loss_drift": student(np.divide(*(loss[w].mean(0) for w in windows[::-1]))),
        "norm_drift": student(np.divide(*(norm[w].mean(0) for w in windows[::-1]))),
        "norm_of_start": student(norm[-last:].mean(0) / norm[0]),
        "cut_loss_left": student(cut["loss"][-5:].mean(0) / loss[-last:].mean(0)),
        "cut_norm_left": student(cut["norm"][-5:].mean(0) / norm[-last:].mean(0)),
    }


def quiet(first, still):
    """What `quietly` leaves of the end of `first`, and its way as shares of the start.

    `still` goes on where `first` ended. Over the members with intervals: means along the way, and
    geometric means of what is left, as it may differ tenfold between them.
    """
    last = (len(first["updates"]) - 1) // 8
    return {
        "quiet_updates": first["updates"][-1] + still["updates"],
        **{f"quiet_{n}": _means(still[n] / first[n][0].mean()) for n in ("loss", "norm")},
        **{
            f"quiet_{n}_left": ratio(still[n][-5:].mean(0), first[n][-last:].mean(0))
            for n in ("loss", "norm")
        },
    }


def _means(samples):
    return [student(row) for row in samples]
