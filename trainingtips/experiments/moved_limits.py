"""The check-up's limits, stricter or looser than they are: which causes it would then suspect.

From the record of what was measured in each training, beside its limit; no training is made. A
rule is a label with all its limits, which are moved together by one factor.
"""

import math

from trainingtips.experiments import checkups

BOTH = ("overfitting",)  # rules that suspect only where all of their limits are passed


def beyond(row, name):
    """How far beyond a limit, as a factor, a row's value is; None where there is none.

    Infinite where it cannot be reached by any factor: at or below zero for a limit from below, and
    where a number that is not finite made its rule suspicious.
    """
    if name not in row["values"]:
        return None
    value, limit, way = row["values"][name]
    label = rule(name)
    if value is None:
        raised = label in {each.label for each in checkups.suspects(row)}
        return math.inf if raised and label == "exploding_gradient" else 0.0
    if way == "above":
        return value / limit
    return limit / value if value > 0 else math.inf


def rule(name):
    """The label of a limit."""
    return name.partition(":")[0]


def strictest(row, label):
    """The factor by which a rule's limits can be stricter until it no longer suspects the row."""
    found = [beyond(row, name) for name in row["values"] if rule(name) == label]
    if label in BOTH:
        return min(found) if len(found) > 1 else 0.0
    return max(found, default=0.0)


def rules(rows):
    """Labels that have limits, in alphabetical order."""
    return sorted({rule(name) for row in rows for name in row["values"]})


def is_measured(label, failing):
    """Whether a limit of that rule was measured in a training with that cause."""
    own = (row for row in failing if label in row["right"])
    return any(rule(name) == label for row in own for name in row["values"])


def measured(found):
    """(failing rows, healthy and mended ones) of all sets whose rows have what was measured."""
    rows = [row for each in found.values() for row in each.values() if row.get("values")]
    return [r for r in rows if r["cause"] != "healthy"], [
        r for r in rows if r["cause"] == "healthy"
    ]


def shares(factors, times):
    """Of rows with these factors, the share that is beyond limits so many times as strict."""
    return [sum(each > t for each in factors) / len(factors) for t in times]
