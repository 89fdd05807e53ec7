"""What the check-up found on many trainings, out of its kept records, and what it would have found.

`tests/checkup/score.json` has a row for each training of each set: the cause, each suspicion with
its strength and what its experiment gained, and what was measured beside its limit. From it follows
what would have come out with other limits, without another training.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from trainingtips.checkup.deciding import GAIN, NEARLY

HEALTHY = "healthy"
BRIEF = 0.7  # from this strength on, a training that ends too early is an alarm
UNSEEN = ("before any rule", "unseen when the rules were written")  # in a set's name
SHOWN = 0.3  # of a suspicion that was not confirmed, the strength from which it is a finding


@dataclass(frozen=True)
class Suspect:
    """A suspicion of the record: `gain` and `least` are None where it was not tried."""

    label: str
    strength: float
    tier: float
    plain: bool
    gain: float | None
    least: float | None
    starts: int
    needed: float | None

    def confirmed(self, times):
        """None where it was not tried; else whether it gained so many times what is needed."""
        if self.gain is None:
            return None
        return self.least > 0 and self.gain > times * self.needed


def sets(path):
    """{name of a set: {name of a training: its row}}, of all that the record has."""
    kept = json.loads(Path(path).read_text("utf-8"))
    for each in kept.values():
        limits = each.get("limits", {})
        for row in each["cases"].values():
            values = row.get("values", {})
            row["values"] = {name: (value, *limits[name]) for name, value in values.items()}
    return {name: each["cases"] for name, each in kept.items()}


def suspects(row):
    return [Suspect(*each) for each in row["suspected"]]


def tried(row, times=1.0):
    """(labels in order, alarm) where the gains that experiments need are so many times as large."""
    found = suspects(row)
    top = max((s.gain or 0.0 for s in found), default=0.0)

    def place(s):
        gain, confirmed = s.gain or 0.0, s.confirmed(times)
        plain = s.plain and confirmed is None
        full = gain >= NEARLY * top and gain > GAIN
        first = 0.3 if plain else s.tier
        return not (confirmed or plain), not (full or plain), first, -gain, -s.strength

    shown = [s for s in sorted(found, key=place) if s.confirmed(times) or s.strength >= SHOWN]
    mends = [s for s in found if s.confirmed(times)]
    mends = [s for s in mends if s.label != "trained_too_briefly" or s.strength >= BRIEF]
    behind = row["skill"] is not None and (row["skill"] < 0.8 * row["reach"] or row["skill"] < 0.5)
    untried = [s for s in found if s.confirmed(times) is None and s.plain]
    plainly = behind and any(s.label != "symmetric_start" for s in untried)
    return [s.label for s in shown], bool(mends) or plainly


def measured(row, least):
    """(labels in order, alarm) of what is measured alone: suspicions of this strength and more."""
    strong = [s.label for s in suspects(row) if s.strength >= least]
    return strong, bool(strong)


def first(row, found):
    """Whether a right cause comes first, with an alarm."""
    labels, alarm = found
    return alarm and bool(labels) and labels[0] in row["right"]


FARTHEST = 1e6  # as a factor: told of what no factor reaches, zero or less for a limit from below


def beyond(row):
    """{limit: how far beyond it, as a factor}, of what the row has measured; above 1 is too far."""
    found = {}
    for name, (value, limit, way) in row["values"].items():
        if value is not None:
            share = value / limit
            found[name] = share if way == "above" else 1 / max(share, 1 / FARTHEST)
    return found


def failing(path):
    """{case: how it ended from each start, failing and mended} of the gallery's record.

    Ends that are no number are left out of the lists, and counted by `starts`.
    """
    kept = json.loads(Path(path).read_text("utf-8"))
    return {
        name: {
            "metric": case["metric"],
            "starts": len(case["failing"]["quality"]),
            **{k: [v for v in case[k]["quality"] if v is not None] for k in ("failing", "mended")},
        }
        for name, case in kept.items()
        if case["cause"] != HEALTHY
    }


def failures(found, seen):
    """Rows of the failing trainings that were in view when rules were written, or were not."""
    return [
        row
        for name, rows in found.items()
        for row in rows.values()
        if row["cause"] != HEALTHY and is_seen(name) == seen
    ]


def is_seen(name):
    """Whether the set of this name was in view; the others say that they were not."""
    return not any(said in name for said in UNSEEN)


def peaceful(found):
    """{kind: rows} of trainings with nothing to mend: mended ones, drawn ones, odd ones."""
    kinds = {"mended": [], "drawn": [], "odd": []}
    for name, rows in found.items():
        kind = next((k for k in ("mended", "drawn") if k in name), "odd")
        kinds[kind] += [row for row in rows.values() if row["cause"] == HEALTHY]
    return kinds


def told(found):
    """(failing rows, healthy and mended ones) of the sets whose rows have their suspicions."""
    rows = [r for name, each in found.items() if is_seen(name) for r in each.values()]
    rows = [r for r in rows if "suspected" in r]
    return [r for r in rows if r["cause"] != HEALTHY], [r for r in rows if r["cause"] == HEALTHY]


def same(row):
    """Whether `tried` gives the labels and the alarm that the check-up gave itself."""
    labels, alarm = tried(row)
    kept = [each.rstrip("+-?") for each in row["first"]]
    return list(dict.fromkeys(labels))[: len(kept)] == kept and alarm == row["alarm"]
