"""Numbers with their uncertainty. scipy does the work; importing this module imports nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """A mean with the ends of its confidence interval, from `n` independent samples.

    >>> Measured(1.0, 0.9, 1.2, 32).low
    0.9

    Raises ValueError where the mean is not within the interval or n < 1.
    """

    mean: float
    low: float
    high: float
    n: int

    def __post_init__(self):
        if not self.low <= self.mean <= self.high:
            raise ValueError(f"expected low <= mean <= high, received {self}")
        if self.n < 1:
            raise ValueError(f"n counts samples and is at least 1; received {self.n}")


def student(samples, confidence=0.95):
    """Mean of `samples`, shape (n,), with Student's interval.

    Raises ValueError for fewer than two samples, for samples that are not finite, and for a
    confidence outside (0, 1).

    >>> round(student([1.0, 2.0, 3.0]).high, 6)
    4.484138
    """
    import numpy as np
    from scipy import stats

    samples = np.asarray(samples, dtype=float)
    if samples.ndim != 1 or len(samples) < 2:
        raise ValueError(f"expected at least two samples, shape (n,); received {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError(f"samples must be finite; received {samples[~np.isfinite(samples)][0]}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1; received {confidence}")
    mean = samples.mean()
    half = stats.sem(samples) * stats.t.ppf((1 + confidence) / 2, len(samples) - 1)
    return Measured(float(mean), float(mean - half), float(mean + half), len(samples))


def paired(a, b, confidence=0.95):
    """Mean of the differences a − b of paired samples, each of shape (n,); see `student`."""
    import numpy as np

    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"pairs need equal shapes; received {a.shape} and {b.shape}")
    return student(a - b, confidence)
