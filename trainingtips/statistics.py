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
    import numpy as np

    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
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
    value = float(statistic(samples, axis=-1))
    # an interval's end may pass the statistic by rounding, or where the bias is strong
    low, high = _bootstrap_ends(samples, statistic, confidence, resamples, seed)
    return Measured(value, min(low, value), max(high, value), len(samples))


def share(found, confidence=0.95):
    """Share of `found`, shape (n,) of booleans, with Wilson's interval.

    Unlike a bootstrap it has a width where all are found, or none: 32 of 32 leave room for a share
    of 0.89. Raises ValueError for no samples, and for a confidence outside (0, 1).

    >>> round(share([True] * 32).low, 2)
    0.89
    """
    import numpy as np

    found = np.asarray(found, dtype=bool)
    if found.ndim != 1 or not len(found):
        raise ValueError(f"expected samples, shape (n,); received {found.shape}")
    return proportion(found.sum(), len(found), confidence)


def proportion(hits, n, confidence=0.95, method="wilson"):
    """The share of `hits` in `n` independent trials, with Wilson's interval.

    With `method="exact"` it is Clopper and Pearson's, which covers the true share at the stated
    rate at least. Raises ValueError where hits are not among n trials.

    >>> proportion(0, 10).mean, round(proportion(0, 10).high, 3)
    (0.0, 0.278)
    """
    from scipy import stats

    if not 0 <= hits <= n or n < 1:
        raise ValueError(f"hits lie between 0 and n ≥ 1 trials; received {hits} of {n}")
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
    Raises ValueError for fewer than six samples, which no such interval of 95 % fits, and as
    `student` does.

    >>> median(range(10, 330, 10), looked=10)
    Measured(mean=165.0, low=91.0, high=230.0, n=32)
    """
    import numpy as np
    from scipy import stats

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
    fewer than six of them, for unequal lengths, and for a confidence outside (0, 1).

    >>> import numpy as np
    >>> over_clusters(np.mean, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5], np.arange(12.0)).n
    6
    """
    import numpy as np
    from scipy import stats

    samples, clusters = [_samples(each, confidence) for each in samples], np.asarray(clusters)
    if any(each.shape != clusters.shape for each in samples):
        shapes = [each.shape for each in samples]
        raise ValueError(f"each sample has a cluster; received {clusters.shape} and {shapes}")
    rows = [np.flatnonzero(clusters == name) for name in np.unique(clusters)]
    k, rng = len(rows), chance.rng(seed)
    if k < 6:
        raise ValueError(f"expected six clusters or more, received {k}")

    def again():
        drawn = np.concatenate([rows[i] for i in rng.integers(k, size=k)])
        return statistic(*(each[drawn] for each in samples))

    found = [again() for _ in range(resamples)]
    tail = stats.norm.cdf(-np.sqrt(k / (k - 1)) * stats.t.ppf((1 + confidence) / 2, k - 1))
    value, (low, high) = float(statistic(*samples)), np.quantile(found, [tail, 1 - tail])
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
    number is not above zero.

    >>> round(ratio([2.0, 8.0], [1.0, 1.0]).mean, 6)
    4.0
    """
    import numpy as np

    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if not (a > 0).all() or not (b > 0).all():
        raise ValueError("a ratio's geometric mean needs numbers above zero")
    found = paired(np.log(a), np.log(b), confidence)
    return Measured(*(float(np.exp(v)) for v in (found.mean, found.low, found.high)), found.n)


def exponent(x, y):
    """p of y ∝ xᵖ by least squares in log-log axes; x and y of shape (n,), all above zero.

    >>> round(exponent([1.0, 2.0, 4.0], [3.0, 12.0, 48.0]), 6)
    2.0
    """
    import numpy as np

    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def _samples(samples, confidence):
    import numpy as np

    samples = np.asarray(samples, dtype=float)
    if samples.ndim != 1 or len(samples) < 2:
        raise ValueError(f"expected at least two samples, shape (n,); received {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError(f"samples must be finite; received {samples[~np.isfinite(samples)][0]}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1; received {confidence}")
    return samples
