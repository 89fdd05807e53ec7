"""The lowest eigenpair takes 40 products at first, in a larger network more once training slows.

Hessian-vector products until Lanczos has the lowest eigenpair, along training: geometric means
over 8 splits with 95 % intervals, and the most of any split (×). Its eigenvalue, relative to that
at the start, shrinks by orders of magnitude.

Networks 64-w-10 (tanh, cross-entropy), w = 13 and 40, on 256 handwritten digits, double precision;
Adam on the full batch. Lanczos keeps 40 vectors and ends where the residual is under a tenth of the
eigenvalue, as in `hessian_cost`; it tests when its basis is full and after each product from there.
One basis takes 40 products; at the start that is enough, and fewer may be. Later the lowest
eigenvalue lies close beside many others that are nearly zero, and relative to the largest it is
tiny. It is below zero at nine moments in ten, at least. How many products that takes hangs on the
method, too: scipy's, which restarts otherwise and now and then from a random vector, takes up to
hundreds. "More" is the mean over splits of the larger network. That some split takes over twice as
many, as the sentence said before, did not come out: three of four fresh draws had 66 to 78 at most.
The question is asked where training has slowed down, so the cost there is the one that counts.
"""

from functools import partial

import numpy as np

from trainingtips import parallel, plotting
from trainingtips.experiments import lanczos_cost
from trainingtips.statistics import ratio

HIDDEN, SPLITS, EXAMPLES = (13, 40), 8, 256
RATE, MOMENTS = 0.01, (0, 100, 300, 1000)  # Adam's, and updates made
TOLERANCE, BASIS = 0.1, 40  # residual over |λ|; products of one basis

ALT = (
    "Against the updates of training, the products of the lowest eigenpair: 40 at first for "
    "both networks, then they rise in the larger, with crosses far above for the worst split. The "
    "size of the lowest eigenvalue falls by orders of magnitude meanwhile."
)
NUMBER = (
    "products for n = {n.1}: {products.1.0 | interval(0)} at the start, "
    "{products.1.3 | interval(0)} after {moments.3} updates, {most.1.3} at most"
)


def compute():
    along = partial(
        lanczos_cost.along, examples=EXAMPLES, rate=RATE, moments=MOMENTS, tolerance=TOLERANCE
    )
    runs = parallel.each(along, [(w, seed) for w in HIDDEN for seed in range(SPLITS)])
    by = {
        name: np.reshape([run[name] for run in runs], (len(HIDDEN), SPLITS, len(MOMENTS)))
        for name in ("products", "lowest", "loss", "gradient")
    }
    size = abs(by["lowest"])
    return {
        "n": [run["n"] for run in runs[::SPLITS]],
        "moments": MOMENTS,
        "basis": BASIS,
        "products": [_means(rows) for rows in by["products"]],
        "most": by["products"].max(1),
        "times": [ratio(rows[:, -1], rows[:, 0]) for rows in by["products"]],
        "shrunk": [_means(rows / rows[:, :1]) for rows in size],
        "negative": int((by["lowest"] < 0).sum()),
        "points": by["lowest"].size,
        "loss": [_means(rows) for rows in by["loss"]],
        "gradient": [_means(rows) for rows in by["gradient"]],
    }


def _means(rows):
    """Geometric means over the splits, (splits, moments), with Student's interval of the logs."""
    return [ratio(column, np.ones(len(column))) for column in rows.T]


def claim(result):
    for n, products in zip(result["n"], result["products"], strict=True):
        start = products[0]
        assert start.high < 45, f"expected 40 products at the start, n = {n}: {start}"
    times = result["times"][-1]
    assert times.low > 1, f"expected more after training in the larger network: {times}"
    for n, shrunk in zip(result["n"], result["shrunk"], strict=True):
        end = shrunk[-1]
        assert end.high < 0.1, f"expected the eigenvalue to shrink tenfold, n = {n}: {end}"
    negative, points = result["negative"], result["points"]
    assert negative >= 0.9 * points, f"expected nearly all below zero, {negative} of {points}"


PANELS = {
    "products $Hv$": {"y": "for the lowest eigenpair", "yticks": [40, 60, 80, 100]},
    "lowest eigenvalue": {"y": "size, over that at the start"},
}
COLOURS = ("blue", "vermilion")


def draw(result, figure):
    panels = plotting.panels(figure, PANELS, height=3.5, x="update", log="y")
    places = np.arange(len(result["moments"]))  # even steps: the first moment is zero
    for axes, name in zip(panels, ("products", "shrunk"), strict=True):
        for n, rows, colour in zip(result["n"], result[name], COLOURS, strict=True):
            plotting.curve(axes, places, rows, colour, f"$n$ = {n}", marked=True)
        plotting.ticks(axes.xaxis, places, [f"{m}" for m in result["moments"]])
    for rows, colour in zip(result["most"], COLOURS, strict=True):
        plotting.points(panels[0], places, rows, colour, look="x")
    plotting.level(panels[0], result["basis"], "muted", "one basis")
    panels[1].legend(loc="lower left")
