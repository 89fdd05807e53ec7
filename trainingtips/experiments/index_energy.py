"""How the index of critical points depends on their loss: which points count, ranks and powers.

Pennington and Bahri (2017) predict an index ∝ (energy above a threshold)^{3/2} at small index.
Intervals are over the splits of the data: the points of one split share its digits and its network.
"""

import numpy as np
from scipy import stats

from trainingtips.statistics import over_clusters

FLAT = 1e-3  # ‖Hg‖ / (‖H‖ ‖g‖) below which a point that did not converge is gradient-flat
POWERS = np.linspace(0.1, 4, 79)  # tried
RESAMPLES = 999
PREDICTED = 1.5


def summary(each, near, at):
    """What one setting's points say, as `figures/critical_points/_points.py` keeps them: a dict.

    `near` bounds ‖g‖ of a critical point, `at` is the place of the tolerance in use.
    """
    loss, seed, converged, constant, distinct = _columns(each)
    flat = ~converged & (np.array(each["residual"]) < FLAT)
    n, bare = each["weights"], each["bare"]
    ratio, index = (np.array(each[name]) / n for name in ("positive", "negative"))
    order = np.flatnonzero(distinct)[np.argsort(loss[distinct])]
    seen = seed[distinct], loss[distinct], ratio[distinct, at]
    return {
        "kind": each["kind"],
        "width": each["width"],
        "weights": n,
        "loss": loss,
        "ratio": ratio[:, at],
        "gradient_norm": each["gradient_norm"],
        "largest_norm": float(np.array(each["gradient_norm"])[converged].max()),
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
        "ratio_at_low": by_split(lambda a, b: tenth(a, b, lowest=True), *seen),
        "ratio_at_high": by_split(lambda a, b: tenth(a, b, lowest=False), *seen),
        "rank": by_split(rank, *seen),
        "by_tolerance": ratio[distinct].mean(0),
        "largest_change": float(np.ptp(ratio[distinct], axis=1).max()),
        "bare_starts": len(bare["loss"]),
        "bare_converged": int((np.array(bare["gradient_norm"]) <= near).sum()),
        "bare_flat": int((np.array(bare["residual"]) < FLAT).sum()),
    }


def spectra(saddles, count):
    """Loss and eigenvalues, from the largest, of `count` saddles from the highest loss down.

    Their losses are nearest to `count` levels in equal steps.

    >>> found = spectra([{"loss": x, "eigenvalues": [x, 3 * x]} for x in (0.5, 1.0, 1.1, 2.0)], 3)
    >>> [each["loss"] for each in found], found[0]["eigenvalues"].tolist()
    ([2.0, 1.1, 0.5], [6.0, 2.0])
    """
    loss = np.array([each["loss"] for each in saddles])
    levels = np.linspace(loss.max(), loss.min(), count)
    chosen = [saddles[int(abs(loss - level).argmin())] for level in levels]
    return [
        {"loss": each["loss"], "eigenvalues": np.sort(each["eigenvalues"])[::-1]} for each in chosen
    ]


def varied_rank(each, at):
    """Rank correlation of ratio and loss among a setting's points whose output is not constant.

    All points with one output for all examples have nearly one loss and one ratio: without them it
    is told whether the rest depends on the loss.
    """
    loss, seed, _, constant, distinct = _columns(each)
    used = distinct & ~constant
    ratio = np.array(each["positive"])[:, at] / each["weights"]
    return by_split(rank, seed[used], loss[used], ratio[used])


def without_penalty(saddles, penalty, zero):
    """What is left of the trend at kept saddles if the penalty's part is taken off the Hessian.

    A penalty ½c‖θ‖² adds c to each eigenvalue, and so makes those between −c and 0 positive. A
    dict: `rank` of the share of eigenvalues above c, and that share in the `lowest` and the
    `highest` quarter of the losses, over splits. `zero` is the tolerance, times the largest |λ|.
    """
    values = np.array([each["eigenvalues"] for each in saddles])
    loss, split = (np.array([each[name] for each in saddles]) for name in ("loss", "seed"))
    plain = (values - penalty > zero * abs(values).max(1, keepdims=True)).mean(1)
    return {
        "rank": by_split(rank, split, loss, plain),
        "lowest": by_split(lambda a, b: part(a, b, 4, lowest=True), split, loss, plain),
        "highest": by_split(lambda a, b: part(a, b, 4, lowest=False), split, loss, plain),
    }


def powers(each, at, small):
    """The power of one setting's points up to the index `small`, its interval, and both fits.

    A dict: `loss` and `index` of the points; `rank`, their rank correlation; `power`, fitted with
    the threshold; `squares`, how many times as large the sum of squares is where the power is to
    be `PREDICTED`; and `fits`, by name, (threshold, power, factor) of each of the two.
    """
    loss, seed, _, constant, distinct = _columns(each)
    index = np.array(each["negative"])[:, at] / each["weights"]
    used = distinct & ~constant & (index <= small)
    loss, index = loss[used], index[used]
    own, predicted = best(loss, index), best(loss, index, np.array([PREDICTED]))
    return {
        "kind": each["kind"],
        "weights": each["weights"],
        "loss": loss,
        "index": index,
        "rank": by_split(rank, seed[used], loss, index),
        "power": by_split(power, seed[used], loss, index),
        "squares": float(predicted[-1] / own[-1]),
        "fits": {"own": own[:3], "predicted": predicted[:3]},
    }


def mean_rank(settings, at, small):
    """Mean over settings of the rank correlation of index and loss up to the index `small`.

    The points are those of `powers`. A split of the data is the same one in all settings, so that
    splits are resampled for all of them together.
    """
    rows = []
    for number, each in enumerate(settings):
        loss, seed, _, constant, distinct = _columns(each)
        index = np.array(each["negative"])[:, at] / each["weights"]
        used = distinct & ~constant & (index <= small)
        rows.append([seed[used], loss[used], index[used], np.full(used.sum(), number)])
    split, *samples = (np.concatenate(column) for column in zip(*rows, strict=True))
    return over_clusters(_mean_rank, split, *samples, resamples=RESAMPLES)


def _mean_rank(loss, index, setting):
    """Over the settings in which both differ, so that there is a rank."""
    parts = [(loss[setting == k], index[setting == k]) for k in np.unique(setting)]
    return np.mean([rank(*pair) for pair in parts if all(np.ptp(each) > 0 for each in pair)])


def _columns(each):
    """(loss, seed, converged, constant, distinct) of the points of a setting, (m,) each."""
    loss, seed = np.array(each["loss"]), np.array(each["seed"])
    converged = np.array(each["converged"], dtype=bool)
    constant = converged & np.array(each["constant"], dtype=bool)
    return loss, seed, converged, constant, first_of_each(loss, each["largest"], converged)


def first_of_each(loss, largest, converged):
    """Mask of the converged points, less those that repeat an earlier one up to symmetry."""
    seen, kept = set(), np.zeros(len(loss), dtype=bool)
    for i in np.flatnonzero(converged):
        name = round(float(loss[i]), 7), round(float(largest[i]), 5)
        kept[i] = name not in seen
        seen.add(name)
    return kept


def by_split(statistic, split, a, b):
    """`statistic` of (a, b), with its interval over the splits of the data."""
    return over_clusters(statistic, split, a, b, resamples=RESAMPLES)


def tenth(loss, ratio, lowest):
    """Mean ratio of the tenth of the points with the lowest loss, or the highest.

    >>> tenth(np.arange(20.0), np.arange(20.0), lowest=True)
    0.5
    """
    return part(loss, ratio, 10, lowest)


def part(loss, ratio, parts, lowest):
    """Mean ratio of the one of so many equal `parts` with the lowest loss, or the highest.

    >>> part(np.arange(20.0), np.arange(20.0), 4, lowest=False)
    17.0
    """
    order = np.argsort(loss, kind="stable")
    count = max(1, len(order) // parts)
    return float(ratio[order[:count] if lowest else order[-count:]].mean())


def rank(loss, ratio):
    """Spearman's rank correlation of two samples, (n,) each."""
    return stats.spearmanr(loss, ratio).statistic


def power(loss, index):
    """p of the least-squares fit index = a · max(loss − c, 0)ᵖ; the threshold c is fitted too."""
    return best(loss, index)[1]


def best(loss, index, powers=POWERS):
    """(c, p, a, sum of squares) of that fit, over a grid of c and `powers`; a has a closed form.

    c and p trade off: a lower c takes a larger p.
    """
    low, high = loss.min(), np.median(loss)
    c = np.linspace(low - (high - low), high, 41)
    x = np.maximum(loss - c[:, None, None], 0) ** powers[:, None]  # (c, p, points)
    a = x @ index / np.maximum((x**2).sum(-1), 1e-300)
    squares = ((index - a[..., None] * x) ** 2).sum(-1)
    i, j = np.unravel_index(squares.argmin(), squares.shape)
    return float(c[i]), float(powers[j]), float(a[i, j]), float(squares[i, j])


def by_fate(loss, ratio, found):
    """(loss, ratio) of points, (2, n) each, by what became of them in `found`, a `summary`.

    The names are "gradient-flat", "not converged", "constant output" and "converged".
    """
    flat, converged, constant = (np.array(found[n]) for n in ("flat", "converged", "constant"))
    fates = {"gradient-flat": flat, "not converged": ~flat & ~converged}
    fates |= {"constant output": constant, "converged": converged}
    return {name: np.array([loss, ratio])[:, mask] for name, mask in fates.items()}
