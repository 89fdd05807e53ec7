"""Tuned momentum keeps (√κ−1)/(√κ+1) of the error per update, tuned descent (κ−1)/(κ+1).

In the long run, updates per factor of ten: theory (lines), iterated (points) and the best that a
search finds (crosses). At κ = 1000, the error with momentum first grows, to about √κ/e.

Quadratics with 16 eigenvalues from 1 to κ, κ from 2 to 10⁴; the search is over η and β. The first
updates at κ = 1000 are from a start of one along each eigenvector, and show the largest error. With
momentum it is above plain descent's for the first updates.
"""

import numpy as np

from trainingtips import momentum, plotting
from trainingtips.experiments import quadratics
from trainingtips.experiments.quadratics import overtakes, per_ten

CONDITIONS = np.geomspace(2, 1e4, 12)
EIGENVALUES, UPDATES = 16, 48_000  # far into the slowest rate
SEARCHED = CONDITIONS[::2]
SHOWN, SHOWN_UPDATES = 1000.0, 400
TRANSIENTS = np.geomspace(10, 1e4, 7)

ALT = (
    "In the long run: in log-log axes, the updates per factor of ten against the condition "
    "number, a line of slope one without momentum and of slope one half with it; measured points "
    "on both. First updates: with momentum the error climbs to more than ten times the start "
    "before it falls steeply and crosses the slow line of plain descent."
)
NUMBER = (
    "error kept per update at κ = 10,000: {heavy.measured.11 | decimals(3)} with momentum, "
    "{plain.measured.11 | decimals(4)} without"
)


def compute():
    plain = [momentum.tuned_plain(1, k) for k in CONDITIONS]
    heavy = [momentum.tuned(1, k) for k in CONDITIONS]
    grid = CONDITIONS, EIGENVALUES, UPDATES
    curves = quadratics.transients(SHOWN, EIGENVALUES, SHOWN_UPDATES)
    others = [quadratics.transients(k, EIGENVALUES, SHOWN_UPDATES) for k in TRANSIENTS]
    return {
        "conditions": CONDITIONS,
        "plain": {"theory": [t.rate for t in plain], "measured": quadratics.iterated(plain, *grid)},
        "heavy": {"theory": [t.rate for t in heavy], "measured": quadratics.iterated(heavy, *grid)},
        "searched": SEARCHED,
        "found": [quadratics.searched(k) for k in SEARCHED],
        "curves": curves,
        "shown": SHOWN,
        "peak": float(curves["heavy"].max()),
        "crossing": overtakes(curves["heavy"], curves["plain"]),
        "transients": TRANSIENTS,
        "peaks": [float(each["heavy"].max()) for each in others],
        "crossings": [overtakes(each["heavy"], each["plain"]) for each in others],
    }


def claim(result):
    for name, power in (("plain", 1), ("heavy", 0.5)):
        root = result["conditions"] ** power
        off = abs(result[name]["theory"] / ((root - 1) / (root + 1)) - 1).max()
        assert off < 1e-5, f"expected the sentence's rate for {name}, theory is {off:.1e} off"
        theory, measured = (per_ten(result[name][each]) for each in ("theory", "measured"))
        error = abs(measured / theory - 1).max()
        assert error < 0.02, f"expected theory's rate for {name}, measured {error:.1%} off"
    best = per_ten(result["found"]) / per_ten(result["heavy"]["theory"][::2])
    assert (best > 0.999).all(), f"expected no better rate than theory, measured {best.min():.4f}"
    assert (best < 1.02).all(), f"expected a search to find the rate, measured {best.max():.4f}"
    peaks = result["peaks"] * np.e / np.sqrt(result["transients"])
    assert (abs(peaks[2:] - 1) < 0.1).all(), f"expected peaks of √κ/e, measured {peaks} of it"
    plain, heavy = result["curves"]["plain"], result["curves"]["heavy"]
    first = slice(1, result["crossing"])
    mean = (heavy[first] > plain[first]).mean()
    assert mean > 0.9, f"expected momentum behind at first, measured in {mean:.0%} of them"


KAPPA = {"x": r"condition number $\kappa$", "log": "xy"}
PANELS = {
    "in the long run": KAPPA | {"y": "updates per factor of ten"},
    r"$\kappa$ = 1000, first updates": {"x": "update", "y": "largest error", "log": "y"},
}
LOOKS = {  # colour; name and its place in the one panel and in the other
    "plain": ("blue", ("plain", (60, 300), "right"), ("plain", (300, 1.1))),
    "heavy": ("vermilion", ("momentum", (400, 8)), ("momentum", (215, 2e-5), "right")),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6)
    for name, (colour, long, first) in LOOKS.items():
        theory, measured = (per_ten(result[name][each]) for each in ("theory", "measured"))
        plotting.theory(left, result["conditions"], theory, colour, *long)
        plotting.points(left, result["conditions"], measured, colour)
        error = result["curves"][name]
        behind = (np.minimum(error, result["curves"]["plain"]), error)
        plotting.curve(right, range(len(error)), error, colour, *first, between=behind)
    plotting.points(left, result["searched"], per_ten(result["found"]), "text")
    plotting.note(left, "x found by a search", (0.97, 0.04), ha="right")
    plotting.label(right, f"behind for {result['crossing']} updates", (75, 6), "vermilion")
