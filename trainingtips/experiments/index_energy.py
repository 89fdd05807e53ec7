"""How the index of critical points depends on their loss: which points count, ranks and powers.

Pennington and Bahri (2017) predict an index ∝ (energy above a threshold)^{3/2} at small index.
"""

import numpy as np
from scipy import stats

from trainingtips.statistics import bootstrap

FLAT = 1e-3  # ‖Hg‖ / (‖H‖ ‖g‖) below which a point that did not converge is gradient-flat
POWERS = np.linspace(0.1, 4, 79)  # tried
RESAMPLES = 999


def summary(each, near, at, small):
    """What one setting's points say, as `figures/critical_points/_points.py` keeps them: a dict.

    `near` bounds ‖g‖ of a critical point, `at` is the place of the tolerance in use, and `small`
    the index up to which the power is fitted.
    """
    loss, seed = np.array(each["loss"]), np.array(each["seed"])
    converged = np.array(each["converged"], dtype=bool)
    flat = ~converged & (np.array(each["residual"]) < FLAT)
    constant = converged & np.array(each["constant"], dtype=bool)
    distinct = first_of_each(loss, each["largest"], converged)
    n, bare = each["weights"], each["bare"]
    ratio, index = (np.array(each[name]) / n for name in ("positive", "negative"))
    order = np.flatnonzero(distinct)[np.argsort(loss[distinct])]
    tenth = max(1, len(order) // 10)
    fitted = distinct & ~constant & (index[:, at] <= small)
    return {
        "kind": each["kind"],
        "width": each["width"],
        "weights": n,
        "loss": loss,
        "ratio": ratio[:, at],
        "gradient_norm": each["gradient_norm"],
        "largest_norm": float(np.array(each["gradient_norm"])[converged].max()),
        "stalled_norm": float(np.median(np.array(each["gradient_norm"])[~converged])),
        "converged": converged,
        "flat": flat,
        "constant": constant,
        "distinct": distinct,
        "converged_count": int(converged.sum()),
        "distinct_count": int(distinct.sum()),
        "flat_count": int(flat.sum()),
        "constant_count": int(constant.sum()),
        "minima": int((distinct & (index[:, at] == 0)).sum()),
        "lowest_loss": float(loss[order[0]]),
        "highest_loss": float(loss[order[-1]]),
        "ratio_at_low": float(ratio[order[:tenth], at].mean()),
        "ratio_at_high": float(ratio[order[-tenth:], at].mean()),
        "index_at_low": float(index[order[:tenth], at].mean()),
        "rank": by_seed(rank, seed[distinct], loss[distinct], ratio[distinct, at]),
        "power": by_seed(power, seed[fitted], loss[fitted], index[fitted, at]),
        "fitted": int(fitted.sum()),
        "by_tolerance": ratio[distinct].mean(0),
        "largest_change": float(np.ptp(ratio[distinct], axis=1).max()),
        "bare_starts": len(bare["loss"]),
        "bare_converged": int((np.array(bare["gradient_norm"]) <= near).sum()),
        "bare_flat": int((np.array(bare["residual"]) < FLAT).sum()),
    }


def first_of_each(loss, largest, converged):
    """Mask of the converged points, less those that repeat an earlier one up to symmetry."""
    seen, kept = set(), np.zeros(len(loss), dtype=bool)
    for i in np.flatnonzero(converged):
        name = round(float(loss[i]), 7), round(float(largest[i]), 5)
        kept[i] = name not in seen
        seen.add(name)
    return kept


def by_seed(statistic, seed, a, b):
    """`statistic` of (a, b), points of a seed together, with its bootstrap interval over seeds."""
    groups = [np.flatnonzero(seed == s) for s in np.unique(seed)]

    def of(chosen):
        rows = np.concatenate([groups[int(i)] for i in chosen])
        return statistic(a[rows], b[rows])

    return bootstrap(
        np.arange(len(groups), dtype=float),
        lambda samples, axis: np.apply_along_axis(of, axis, samples),
        resamples=RESAMPLES,
    )


def rank(loss, ratio):
    """Spearman's rank correlation of two samples, (n,) each."""
    return stats.spearmanr(loss, ratio).statistic


def power(loss, index):
    """p of the least-squares fit index = a · max(loss − c, 0)ᵖ; the threshold c is fitted too.

    Over a grid of c and p; a has a closed form. c and p trade off: a lower c takes a larger p.
    """
    low, high = loss.min(), np.median(loss)
    c = np.linspace(low - (high - low), high, 41)
    x = np.maximum(loss - c[:, None, None], 0) ** POWERS[:, None]  # (c, p, points)
    a = x @ index / np.maximum((x**2).sum(-1), 1e-300)
    squares = ((index - a[..., None] * x) ** 2).sum(-1)
    return float(POWERS[np.unravel_index(squares.argmin(), squares.shape)[1]])


def by_fate(loss, ratio, found):
    """(loss, ratio) of points, (2, n) each, by what became of them in `found`, a `summary`.

    The names are "gradient-flat", "not converged", "constant output" and "converged".
    """
    flat, converged, constant = (np.array(found[n]) for n in ("flat", "converged", "constant"))
    fates = {"gradient-flat": flat, "not converged": ~flat & ~converged}
    fates |= {"constant output": constant, "converged": converged}
    return {name: np.array([loss, ratio])[:, mask] for name, mask in fates.items()}
