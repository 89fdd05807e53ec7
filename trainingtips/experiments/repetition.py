"""How often an interval holds the mean of an independent repetition, out of the kept fresh draws.

The record is that of `trainingtips redraw`: for each claim the draws that were made, and for each
mean with an interval the draws whose new mean lay outside of it. Intervals of one claim share their
seeds, so a claim is what counts as one sample here, not an interval.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainingtips.statistics import Measured, bootstrap, student


@dataclass(frozen=True)
class Count:
    """Of one claim: how many comparisons of a kept interval with a new mean, and how many held."""

    name: str
    held: int
    compared: int

    @property
    def section(self):
        return self.name.partition("/")[0]

    @property
    def share(self):
        return self.held / self.compared


def same_size(confidence=0.95):
    """The chance that the interval of a mean holds that of an independent repetition as large.

    The difference of both means has twice the variance: 2Φ(z/√2) − 1, for samples large enough.

    >>> round(same_size(), 3)
    0.834
    """
    from scipy import stats

    z = stats.norm.ppf((1 + confidence) / 2)
    return float(2 * stats.norm.cdf(z / np.sqrt(2)) - 1)


def counts(path):
    """A `Count` for each claim of the record that has chance in it and means with intervals.

    A claim whose first two draws have the same digits has no chance in it: there an interval holds
    whatever it is.
    """
    claims = json.loads(Path(path).read_text("utf-8"))["claims"]
    found = [_count(name, claims[name]) for name in sorted(claims) if _has_chance(claims[name])]
    return [each for each in found if each.compared]


def _has_chance(entry):
    digests = entry["digests"]
    first = [digests[draw] for draw in sorted(digests, key=int)[:2]]
    return len(first) == 2 and first[0] != first[1]


def _count(name, entry):
    absent = sum(map(len, entry["absent"].values()))
    compared = len(entry["outside"]) * len(entry["digests"]) - absent
    return Count(name, compared - sum(map(len, entry["outside"].values())), compared)


def mean_share(found):
    """The mean over claims of each one's share, each claim counted once, with Student's interval.

    Cut off at 0 and 1, which no share passes. Raises ValueError for fewer than two claims.
    """
    mean = student([each.share for each in found])
    return Measured(mean.mean, max(mean.low, 0.0), min(mean.high, 1.0), mean.n)


def pooled_share(found):
    """The share over all comparisons, with an interval by bootstrap over the claims."""
    held, compared = (np.array([getattr(c, name) for c in found]) for name in ("held", "compared"))

    def share(places, axis):
        places = places.astype(int)
        return held[places].sum(axis) / compared[places].sum(axis)

    return bootstrap(np.arange(len(found)), share)


def by_section(found):
    """{section: its mean share}, where a section has two claims or more."""
    sections = sorted({each.section for each in found})
    groups = {name: [each for each in found if each.section == name] for name in sections}
    return {name: mean_share(group) for name, group in groups.items() if len(group) > 1}
