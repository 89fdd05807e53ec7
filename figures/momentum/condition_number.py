"""Tuned momentum keeps (√κ−1)/(√κ+1) of the error per update, tuned descent (κ−1)/(κ+1).

In the long run, updates per factor of ten: theory (lines), iterated (points) and the best that a
search finds (crosses). At κ = 1000, the error with momentum first grows, to about √κ/e.

Quadratics with 16 eigenvalues from 1 to κ, κ from 2 to 10⁴; the search is over η and β. The first
updates at κ = 1000 are from a start of one along each eigenvector, and show the largest error. With
momentum it is above plain descent's for the first updates.
"""

import numpy as np
from scipy import optimize

from trainingtips import momentum, plotting

CONDITIONS = np.geomspace(2, 1e4, 12)
EIGENVALUES, UPDATES = 16, 48_000  # far into the slowest rate
SEARCHED = CONDITIONS[::2]
SHOWN, SHOWN_UPDATES = 1000.0, 400
TRANSIENTS = np.geomspace(10, 1e4, 7)

ALT = (
    "Left, in log-log axes, the updates per factor of ten against the condition number: a line of "
    "slope one without momentum and of slope one half with it; measured points on both. Right, the "
    "error over updates: with momentum it climbs to more than ten times the start before it falls "
    "steeply and crosses the slow line of plain descent."
)
NUMBER = (
    "error kept per update at κ = 10,000: {heavy.measured.11 | decimals(3)} with momentum, "
    "{plain.measured.11 | decimals(4)} without"
)


def compute():
    plain = [momentum.tuned_plain(1, k) for k in CONDITIONS]
    heavy = [momentum.tuned(1, k) for k in CONDITIONS]
    curves = {"plain": transient(SHOWN, "plain"), "heavy": transient(SHOWN, "heavy")}
    peaks = [float(transient(k, "heavy").max()) for k in TRANSIENTS]
    return {
        "conditions": CONDITIONS,
        "plain": {"theory": [t.rate for t in plain], "measured": iterated(plain)},
        "heavy": {"theory": [t.rate for t in heavy], "measured": iterated(heavy)},
        "searched": SEARCHED,
        "found": [searched(k) for k in SEARCHED],
        "curves": curves,
        "shown": SHOWN,
        "peak": float(curves["heavy"].max()),
        "crossing": crossing(curves["plain"], curves["heavy"]),
        "transients": TRANSIENTS,
        "peaks": peaks,
        "crossings": [crossing(transient(k, "plain"), transient(k, "heavy")) for k in TRANSIENTS],
    }


def spectrum(condition):
    return np.geomspace(1, condition, EIGENVALUES)


def iterated(tuned):
    """The error kept per update, by iterating: one for each of CONDITIONS."""
    steps = np.array([t.eta * spectrum(k) for t, k in zip(tuned, CONDITIONS, strict=True)])
    return momentum.measured_rate(steps, np.array([t.beta for t in tuned]), UPDATES)


def searched(condition):
    """The least spectral radius that a search over ηλₙ and 1 − √β finds; matrices, no formula."""

    def worst(parameters):
        step, gap = np.exp(parameters)
        beta = (1 - gap) ** 2
        matrices = np.zeros((2, 2, 2))
        matrices[:, 0, 0] = 1 + beta - step * np.array([1, 1 / condition])
        matrices[:, 0, 1] = -beta
        matrices[:, 1, 0] = 1
        return abs(np.linalg.eigvals(matrices)).max()

    bounds = [(np.log(0.1), np.log(4)), (np.log(0.5 / np.sqrt(condition)), 0)]
    found = optimize.differential_evolution(worst, bounds, rng=0, tol=1e-9, maxiter=150)
    return float(found.fun)


def transient(condition, kind):
    """The largest error along an eigenvector after each update: (SHOWN_UPDATES + 1,)."""
    tune = momentum.tuned if kind == "heavy" else momentum.tuned_plain
    eta, beta, _ = tune(1, condition)
    values = spectrum(condition)
    points = momentum.heavy_ball(
        lambda theta: values * theta, np.ones(EIGENVALUES), eta, beta, SHOWN_UPDATES
    )
    return abs(points).max(1)


def crossing(plain, heavy):
    """The first update at which the heavy ball's error is the smaller, and stays so."""
    return int(np.flatnonzero(heavy >= plain)[-1]) + 1


def claim(result):
    for name in ("plain", "heavy"):
        theory, measured = (_updates(result[name][each]) for each in ("theory", "measured"))
        error = abs(measured / theory - 1).max()
        assert error < 0.02, f"expected theory's rate for {name}, measured {error:.1%} off"
    best = _updates(result["found"]) / _updates(result["heavy"]["theory"][::2])
    assert (best > 0.999).all(), f"expected no better rate than theory, measured {best.min():.4f}"
    assert (best < 1.02).all(), f"expected a search to find the rate, measured {best.max():.4f}"
    peaks = result["peaks"] * np.e / np.sqrt(result["transients"])
    assert (abs(peaks[2:] - 1) < 0.1).all(), f"expected peaks of √κ/e, measured {peaks} of it"
    plain, heavy = result["curves"]["plain"], result["curves"]["heavy"]
    first = slice(1, result["crossing"])
    mean = (heavy[first] > plain[first]).mean()
    assert mean > 0.9, f"expected momentum behind at first, measured in {mean:.0%} of them"


def _updates(rates):
    """Updates that divide the error by ten."""
    return np.log(10) / -np.log(np.asarray(rates))


LOOKS = {  # colour, name, and where it stands
    "plain": ("blue", "plain", (60, 300), "right"),
    "heavy": ("vermilion", "momentum", (400, 8)),
}


def draw(result, figure):
    titles = ["in the long run", r"$\kappa$ = 1000, first updates"]
    left, right = plotting.panels(figure, titles, height=3.6)
    for name, look in LOOKS.items():
        plotting.theory(left, result["conditions"], _updates(result[name]["theory"]), *look)
        plotting.points(left, result["conditions"], _updates(result[name]["measured"]), look[0])
    plotting.points(left, result["searched"], _updates(result["found"]), "text")
    plotting.note(left, "x found by a search", (0.97, 0.04), ha="right")
    left.set(xscale="log", xlabel=r"condition number $\kappa$")
    left.set(yscale="log", ylabel="updates per factor of ten")
    _draw_first(result["curves"]["plain"], result["curves"]["heavy"], result["crossing"], right)


def _draw_first(plain, heavy, crossing, axes):
    updates, behind = np.arange(len(plain)), slice(crossing + 1)
    plotting.curve(axes, updates, plain, "blue", "plain", (300, 1.1))
    plotting.curve(axes, updates, heavy, "vermilion", "momentum", (215, 2e-5), "right")
    shade = {"color": plotting.colour("vermilion"), "alpha": 0.2}
    axes.fill_between(updates[behind], plain[behind], heavy[behind], **shade)
    plotting.label(axes, f"behind for {crossing} updates", (75, 6), "vermilion")
    axes.set(yscale="log", xlabel="update", ylabel="largest error")
