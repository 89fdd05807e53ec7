"""Numbers with their uncertainty. scipy does the work; importing this module imports nothing."""

from dataclasses import dataclass

from trainingtips import chance


@dataclass(frozen=True)
class Measured:
    """A mean with the ends of its confidence interval, from `n` independent samples.

    >>> Measured(1.0, 0.9, 1.2, 32).low
    0.9

    Raises ValueError where the mean is not within the interval (as where one is NaN) or n < 1.
    """

    mean: float
    low: float
    high: float
    n: int

    def __post_init__(self):
        if not self.low <= self.mean <= self.high:
            raise ValueError(f"expected low <= mean <= high, received {self}")
        if isinstance(self.n, float) or self.n < 1:
            raise ValueError(f"n counts samples: a whole number from 1; received {self.n}")


def student(samples, confidence=0.95):
    """Mean of `samples`, shape (n,), with Student's interval.

    It covers the true mean at the stated rate where samples are independent and normal. Raises
    ValueError for fewer than two samples, for samples that are not finite, and for a confidence
    outside (0, 1).

    >>> round(student([1.0, 2.0, 3.0]).high, 6)
    4.484138
    """
    from scipy import stats

    samples = _samples(samples, confidence)
    mean = samples.mean()
    half = stats.sem(samples) * stats.t.ppf((1 + confidence) / 2, len(samples) - 1)
    return Measured(float(mean), float(mean - half), float(mean + half), len(samples))


def paired(a, b, confidence=0.95):
    """Mean of the differences a − b of paired samples, each of shape (n,); see `student`.

    >>> paired([2.0, 5.0, 9.0], [1.0, 4.0, 8.0])
    Measured(mean=1.0, low=1.0, high=1.0, n=3)
    """
    a, b = _numbers(a), _numbers(b)
    if a.shape != b.shape:
        raise ValueError(f"pairs need equal shapes; received {a.shape} and {b.shape}")
    return student(a - b, confidence)


def bootstrap(samples, statistic=None, confidence=0.95, resamples=9999, seed=0):
    """`statistic` of `samples`, shape (n,), with its bootstrap interval, BCa (Efron 1987).

    `statistic` is the mean unless given: a function of an array and `axis=`, such as numpy's
    median. For shares, skewed samples and statistics without a formula; below some ten samples
    the interval is too narrow, and for means `student` is right. The same `seed`, the same
    interval. Where BCa is not defined, as for a median with ties, the percentile interval is given.
    Raises ValueError as `student` does.

    >>> bootstrap([0.0, 0.0, 0.0, 1.0] * 8).mean
    0.25
    """
    import numpy as np

    samples = _samples(samples, confidence)
    statistic = statistic or np.mean
    value = _finite(statistic(samples, axis=-1))
    # an interval's end may pass the statistic by rounding, or where the bias is strong
    low, high = _bootstrap_ends(samples, statistic, confidence, resamples, seed)
    return Measured(value, min(low, value), max(high, value), len(samples))


def share(found, confidence=0.95):
    """Share of `found`, shape (n,) of booleans, with Wilson's interval.

    Unlike a bootstrap it has a width where all are found, or none: 32 of 32 leave room for a share
    of 0.89. Raises ValueError for no samples, for numbers other than 0 and 1, and for a confidence
    outside (0, 1).

    >>> round(share([True] * 32).low, 2)
    0.89
    """

    found = _unmasked(found)
    if found.ndim != 1 or not len(found):
        raise ValueError(f"expected samples, shape (n,); received {found.shape}")
    other = [] if found.dtype == bool else [each for each in found.tolist() if each not in (0, 1)]
    if other:
        raise ValueError(f"a share is of what is true or false, or 1 or 0; received {other[0]!r}")
    found = found.astype(bool)
    return proportion(found.sum(), len(found), confidence)


def proportion(hits, n, confidence=0.95, method="wilson"):
    """The share of `hits` in `n` independent trials, with Wilson's interval.

    With `method="exact"` it is Clopper and Pearson's, which covers the true share at the stated
    rate at least. Raises ValueError where hits are not among n trials, or one is no whole number.

    >>> proportion(0, 10).mean, round(proportion(0, 10).high, 3)
    (0.0, 0.278)
    """
    from scipy import stats

    if not (_is_whole(hits) and _is_whole(n) and 0 <= hits <= n and n >= 1):
        raise ValueError(
            f"hits and n are whole numbers, hits between 0 and n ≥ 1 trials; received {hits} of {n}"
        )
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1; received {confidence}")
    found = stats.binomtest(int(hits), int(n)).proportion_ci(confidence, method)
    mean = float(hits / n)  # an end may pass it by rounding
    return Measured(mean, min(float(found.low), mean), max(float(found.high), mean), int(n))


def median(samples, looked=1, confidence=0.95):
    """Median of `samples`, shape (n,), between two of them: order statistics, for any distribution.

    For whole numbers that were only looked at every `looked`, such as the update at which a loss
    was first seen below a limit: it was there up to `looked` − 1 before, and the lower end says so.
    Samples that were cut off at a limit may be given as that limit: an end there means "or more".
    Raises ValueError for fewer than six samples, which no such interval of 95 % fits, for a
    `looked` below 1, and as `student` does.

    >>> median(range(10, 330, 10), looked=10)
    Measured(mean=165.0, low=91.0, high=230.0, n=32)
    """
    import numpy as np
    from scipy import stats

    if not _is_whole(looked) or looked < 1:
        raise ValueError(f"looked is a whole number from 1; received {looked}")
    ordered = np.sort(_samples(samples, confidence))
    below = int(stats.binom.ppf((1 - confidence) / 2, len(ordered), 0.5))
    if below < 1:
        raise ValueError(f"too few samples for an interval of {confidence:.0%}: {len(ordered)}")
    low, high = ordered[below - 1], ordered[-below]
    value = float(np.median(ordered))
    return Measured(value, float(low - (looked - 1)), float(high), len(ordered))


def over_clusters(statistic, clusters, *samples, confidence=0.95, resamples=1999, seed=0):
    """`statistic(*samples)`, each of shape (n,), with its interval over independent clusters.

    `clusters`, (n,), names the cluster of each sample, such as the split of the data on which it
    was trained: samples of one cluster need not be independent. Whole clusters are resampled, and
    the percentile interval is widened for their small number as Student's is (Hesterberg 2015,
    arXiv 1411.5279, "expanded percentile"). `n` is the number of clusters. Raises ValueError for
    fewer than six of them, for a sample without one, for unequal lengths, and for a confidence
    outside (0, 1).

    >>> import numpy as np
    >>> over_clusters(np.mean, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5], np.arange(12.0)).n
    6
    """
    import numpy as np
    from scipy import stats

    samples, clusters = [_samples(each, confidence) for each in samples], _labels(clusters)
    if any(each.shape != clusters.shape for each in samples):
        shapes = [each.shape for each in samples]
        raise ValueError(f"each sample has a cluster; received {clusters.shape} and {shapes}")
    rows = [np.flatnonzero(clusters == name) for name in np.unique(clusters)]
    k, rng = len(rows), chance.rng(seed)
    if k < 6:
        raise ValueError(f"expected six clusters or more, received {k}")
    if not _is_whole(resamples) or resamples < 1:
        raise ValueError(f"resamples is a whole number from 1; received {resamples}")

    def again():
        drawn = np.concatenate([rows[i] for i in rng.integers(k, size=k)])
        return statistic(*(each[drawn] for each in samples))

    found = [again() for _ in range(resamples)]
    tail = stats.norm.cdf(-np.sqrt(k / (k - 1)) * stats.t.ppf((1 + confidence) / 2, k - 1))
    value, (low, high) = _finite(statistic(*samples)), np.quantile(found, [tail, 1 - tail])
    return Measured(value, min(float(low), value), max(float(high), value), k)


def _bootstrap_ends(samples, statistic, confidence, resamples, seed):
    import warnings

    import numpy as np
    from scipy import stats

    if (samples == samples[0]).all():  # no spread, nothing to resample
        value = float(statistic(samples, axis=-1))
        return value, value
    options = {"confidence_level": confidence, "n_resamples": resamples, "vectorized": True}
    for method in ("BCa", "percentile"):
        rng = chance.rng(seed)
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            found = stats.bootstrap((samples,), statistic, method=method, rng=rng, **options)
        low, high = map(float, found.confidence_interval)
        if np.isfinite([low, high]).all():
            break
    return low, high


def columns(measured):
    """(means, lows, highs) of a sequence of `Measured` values: three arrays of shape (n,).

    >>> columns([Measured(1.0, 0.9, 1.2, 32), Measured(2.0, 1.5, 2.5, 32)])[2].tolist()
    [1.2, 2.5]
    """
    import numpy as np

    rows = [(each.mean, each.low, each.high) for each in measured]
    return tuple(np.array(rows, dtype=float).reshape(-1, 3).T)


def ratio(a, b, confidence=0.95):
    """The geometric mean of a/b over pairs, each of shape (n,), with its interval; see `paired`.

    It is how many times as large a is: that of b/a is one over it. Raises ValueError where a
    number is not above zero, or infinite.

    >>> round(ratio([2.0, 8.0], [1.0, 1.0]).mean, 6)
    4.0
    """
    import numpy as np

    a, b = _above_zero(a, "a ratio's geometric mean"), _above_zero(b, "a ratio's geometric mean")
    found = paired(np.log(a), np.log(b), confidence)
    return Measured(*(float(np.exp(v)) for v in (found.mean, found.low, found.high)), found.n)


def exponent(x, y):
    """p of y ∝ xᵖ by least squares in log-log axes; x and y of shape (n,), all above zero.

    Raises ValueError for a number that is not, or infinite, for unequal shapes, and where x has
    fewer than two values.

    >>> round(exponent([1.0, 2.0, 4.0], [3.0, 12.0, 48.0]), 6)
    2.0
    """
    import numpy as np

    checked = [_above_zero(each, "an exponent") for each in (x, y)]
    if checked[0].ndim != 1 or checked[0].shape != checked[1].shape:
        shapes = " and ".join(str(each.shape) for each in checked)
        raise ValueError(f"x and y have one shape (n,); received {shapes}")
    if len(np.unique(checked[0])) < 2:
        raise ValueError(f"an exponent needs two values of x or more; received {checked[0]}")
    # float32 keeps its logarithms' digits; what has fewer is fitted in float64
    kept = [np.asarray(each) for each in (x, y)]
    x, y = (
        a if a.dtype.kind != "O" and a.itemsize > 2 else b
        for a, b in zip(kept, checked, strict=True)
    )
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def _is_whole(number):
    try:
        return bool(int(number) == number)
    except (TypeError, ValueError, OverflowError):  # a text, nan, inf
        return False


def _finite(value):
    """The statistic's value as a float, which an interval can lie around."""
    import math

    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"the statistic of the samples is {value}: no interval lies around that")
    return value


def _above_zero(values, what):
    import numpy as np

    values = _numbers(values)
    wrong = values[~((values > 0) & np.isfinite(values))]
    if wrong.size:
        raise ValueError(f"{what} needs finite numbers above zero; received {wrong.flat[0]}")
    return values


def _unmasked(values):
    """`values` as an array; numpy would take what is masked for numbers like the others."""
    import numpy as np

    if np.ma.is_masked(values):
        raise ValueError("received masked samples; fill them, or drop them by .compressed()")
    return np.asarray(values)


def _numbers(values):
    """`values` as an array of floats; TypeError for texts, dates, complex and other things."""
    import numpy as np

    found = _unmasked(values)
    if found.dtype.kind == "O" and found.ndim:
        wrong = [each for each in found.flat if isinstance(each, (str, bytes, complex))]
    else:
        wrong = [] if found.dtype.kind in "biuf" or not found.ndim else [found.flat[0]]
    if wrong:
        raise TypeError(f"expected numbers, received {wrong[0]!r}")
    if found.dtype.kind not in "biufO" or (found.dtype.kind == "O" and not found.ndim):
        raise TypeError(f"expected numbers, shape (n,); received {type(values).__name__}")
    try:
        return np.asarray(values, dtype=float)
    except OverflowError:
        raise ValueError("expected numbers, received one beyond a float's, some 1e308") from None


def _labels(clusters):
    """The clusters' names as an array; ValueError where a sample has none."""
    clusters = _unmasked(clusters)
    none = clusters != clusters  # nan and NaT
    if none.any() or (clusters.dtype.kind == "O" and any(each is None for each in clusters.flat)):
        raise ValueError("each sample has a cluster; received nan or None for one's name")
    return clusters


def _samples(samples, confidence):
    import numpy as np

    samples = _numbers(samples)
    if samples.ndim != 1 or len(samples) < 2:
        raise ValueError(f"expected at least two samples, shape (n,); received {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError(f"samples must be finite; received {samples[~np.isfinite(samples)][0]}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1; received {confidence}")
    return samples
