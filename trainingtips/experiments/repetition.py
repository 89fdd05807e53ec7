"""How often an interval holds the mean of an independent repetition, out of the kept fresh draws.

The record is that of `trainingtips redraw`: for each claim the draws that were made, and for each
mean with an interval the draws whose new mean lay outside of it. Intervals of one claim share their
seeds, so a claim is what counts as one sample here, not an interval.
"""

import json
from pathlib import Path

import numpy as np

from trainingtips.statistics import Measured, bootstrap, student


def same_size(confidence=0.95, n=None, left_out=0.0):
    """The chance that the interval of a mean holds that of an independent repetition as large.

    The difference of both means has twice the variance: 2Φ(z/√2) − 1, for samples large enough;
    of `n` samples with Student's interval it is a little more. `left_out` is the standard deviation
    that each of the two means has besides, as from the split of the data, in standard errors.

    >>> round(same_size(), 3), round(same_size(n=8), 3), round(same_size(left_out=1), 3)
    (0.834, 0.862, 0.673)
    """
    from scipy import stats

    law = stats.norm if n is None else stats.t(n - 1)
    z = law.ppf((1 + confidence) / 2)
    return float(2 * law.cdf(z / np.sqrt(2 * (1 + left_out**2))) - 1)


def counts(path):
    """{claim: (comparisons in which the interval held, all comparisons)} of the record at `path`.

    Of claims that have chance in them and means with intervals. Where the first two draws of a
    claim have the same digits there is no chance in it, and an interval holds whatever it is.
    """
    claims = json.loads(Path(path).read_text("utf-8"))["claims"]
    found = {name: _count(claims[name]) for name in sorted(claims) if _has_chance(claims[name])}
    return {name: (held, compared) for name, (held, compared) in found.items() if compared}


def _has_chance(entry):
    digests = entry["digests"]
    first = [digests[draw] for draw in sorted(digests, key=int)[:2]]
    return len(first) == 2 and first[0] != first[1]


def _count(entry):
    absent = sum(map(len, entry["absent"].values()))
    compared = len(entry["outside"]) * len(entry["digests"]) - absent
    return compared - sum(map(len, entry["outside"].values())), compared


def shares(found):
    """{claim: the share of its comparisons in which the interval held}."""
    return {name: held / compared for name, (held, compared) in found.items()}


def mean_share(found):
    """The mean over claims of each one's share, each claim counted once, with Student's interval.

    Cut off at 0 and 1, which no share passes. Raises ValueError for fewer than two claims.
    """
    mean = student(list(shares(found).values()))
    return Measured(mean.mean, max(mean.low, 0.0), min(mean.high, 1.0), mean.n)


def pooled_share(found):
    """The share over all comparisons, with an interval by bootstrap over the claims."""
    held, compared = np.array(list(found.values())).T

    def ratio_of_sums(places, axis):
        places = places.astype(int)
        return held[places].sum(axis) / compared[places].sum(axis)

    return bootstrap(np.arange(len(found)), ratio_of_sums)


def by_section(found):
    """{section: its mean share}, where a section has two claims or more."""
    sections = sorted({name.partition("/")[0] for name in found})
    groups = [{n: c for n, c in found.items() if n.startswith(f"{each}/")} for each in sections]
    return {s: mean_share(g) for s, g in zip(sections, groups, strict=True) if len(g) > 1}
