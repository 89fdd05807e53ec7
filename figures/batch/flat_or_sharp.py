"""Shifted by δ, a minimum of curvature λ pays ½λδ²; but real shifts are longer where λ is small.

The test loss is the training loss, moved: a sharp valley pays more for the same δ, and a trained
network pays ½λδ². But new data move a real minimum furthest where λ is small.

The network, 16 inputs, 8 tanh units and 10 outputs on digits at 4×4 with a weight penalty, is moved
by δ along five eigenvectors of its Hessian: points are the loss's rise, mean of both signs, lines
½λδ². New data: how far logistic regression (even or odd, 17 weights) moves when 898 digits are
replaced by 898 others, along each eigenvector of the training Hessian; 1,024 random halvings, 95 %;
slopes of what is paid are of means over 32 groups of them. Theory (line): vᵀSv/(λN), with S the
covariance of an example's gradient; 1/N for a well-specified model without a penalty, where all
directions pay alike. The penalty of 1e-4 is half of the least λ, and there it halves what is paid;
the same is measured with a hundredth of it.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import shifts
from trainingtips.statistics import exponent, paired, student

FLAT, SHARP, SHIFT = 1.0, 16.0, 0.45  # curvatures of the picture's minima; its δ
PLACES = (-2.0, 2.0)
HIDDEN, PENALTY = 8, 1e-3
RANKS = [0, 4, 12, 36, 108]  # eigenvectors of the network's Hessian, from the largest λ
DELTAS = np.geomspace(1e-3, 1, 13)
VERDICT = "regime"
SEEDS, GROUPS, HALF = 1024, 32, 898
RIDGE, LITTLE = 1e-4, 1e-6  # penalties of the logistic regression

ALT = (
    "As pictured: a curve with a wide and a narrow valley, and the same curve moved to the right:"
    " at the old minima the moved curve is a little higher in the wide valley and far higher in "
    "the narrow one. As measured: the wide valley moves far and the narrow one a little, and both"
    " pay about the same. A trained network: rises of its loss on five parallel lines of slope "
    "two. New data: the shift of real minima falls with the curvature, and what it costs rises a "
    "little, on a line of theory."
)
NUMBER = (
    "slope in log-log axes against the curvature: of the squared shift {slope | interval(2)}, of "
    "what it costs {paid_slope | interval(2)}"
)


def compute():
    digits = shifts.pooled()
    loss, theta = shifts.network(digits, HIDDEN, PENALTY)
    values, rises = shifts.along_eigenvectors(loss, theta, RANKS, DELTAS)
    curvatures, squared = shifts.between_halves(digits, HALF, RIDGE, SEEDS)
    paid = 0.5 * curvatures * squared
    little, moved = shifts.between_halves(digits, HALF, LITTLE, SEEDS)
    slopes = shifts.grouped_exponents(curvatures, paid, GROUPS)
    free = shifts.grouped_exponents(little, 0.5 * little * moved, GROUPS)
    theory = [shifts.expected_paid(digits, HALF, penalty) for penalty in (RIDGE, LITTLE)]
    return {
        "flat": FLAT,
        "sharp": SHARP,
        "shift": SHIFT,
        "weights": len(theta),
        "eigenvalues": values,
        "deltas": DELTAS,
        "rises": rises,
        "curvatures": np.exp(np.log(curvatures).mean(0)),
        "squared_shift": [student(each) for each in squared.T],
        "paid": [student(each) for each in paid.T],
        "paid_by_n": student(HALF * paid[:, 0]),  # of the flattest direction
        "theory": theory[0],
        "penalty": RIDGE,
        "least_curvature": float(curvatures[:, 0].mean()),
        "slope": student(shifts.grouped_exponents(curvatures, squared, GROUPS)),
        "paid_slope": student(slopes),
        "free_slope": student(free),
        "penalty_adds": paired(slopes, free),
        "theory_slopes": [exponent(*each) for each in theory],
    }


def claim(result):
    for value, rises in zip(result["eigenvalues"], result["rises"], strict=True):
        theory = 0.5 * value * result["deltas"] ** 2
        error = abs(rises / theory - 1)[:5].max()  # δ ≤ 0.01
        # the fourth order's share; a wrong factor, such as a half, would be off by fifty times that
        assert error < 0.02, f"expected ½λδ² at λ = {value:.2g}, measured {error:.1%} off"
    slope, paid, free = (result[name] for name in ("slope", "paid_slope", "free_slope"))
    # nearer to −1, where all directions pay alike, than to 0, where all shifts are alike
    assert slope.high < -0.5, f"expected longer shifts at small λ, measured slope {slope}"
    assert paid.low > 0, f"expected a little more at large λ, measured {paid}"
    theories = result["theory_slopes"]
    apart = abs(theories[0] - theories[1]) / 2  # half: nearer to its own theory than to the other
    for found, theory in zip((paid, free), theories, strict=True):
        near = abs(found.mean - theory) < apart
        assert near, f"expected {theory:.3f} by theory, to {apart:.3f}, measured {found}"
    more = result["penalty_adds"]
    assert more.low > 0, f"expected the penalty to add to the trend, measured {more}"
    flattest = result["paid_by_n"]
    # on a log axis nearer to a half than to one
    assert flattest.high < 0.5**0.5, (
        f"expected the flattest to pay half of 1/N, measured {flattest}"
    )


VALLEYS = {"x": "weight", "y": "loss", "ylim": (-0.2, 2.9)}
PANELS = {
    "as pictured: equal shifts": VALLEYS,
    "as measured: longer where flat": VALLEYS,
    "a trained network": {"x": r"shift $\delta$", "y": "rise of the loss", "log": "xy"},
    "new data": {"x": r"curvature $\lambda$", "y": "along one eigenvector", "log": "xy"},
}
PAID = r"$\frac{1}{2}\lambda\delta^2$"
X = np.linspace(-4.2, 3.6, 196)
CURVATURES = np.array([FLAT, SHARP])
LABELS = {0: (1.2e-3, 1e-3), -1: (6e-2, 1e-8)}  # of the steepest and of the flattest line


def draw(result, figure):
    equal, real, middle, right = plotting.panels(figure, PANELS, height=3.1, columns=2)
    # as long as measured, λ to half the slope of the squared shift; in the mean as long as equal
    longer = (CURVATURES / np.sqrt(FLAT * SHARP)) ** (result["slope"].mean / 2)
    valleys(equal, [SHIFT, SHIFT])
    valleys(real, SHIFT * longer)
    plotting.label(equal, f"pays {PAID}", (1.6, 0.5), ha="right")
    values, deltas = result["eigenvalues"], result["deltas"]
    for value, rises, colour in zip(values, result["rises"], plotting.COLOURS, strict=True):
        plotting.theory(middle, deltas, 0.5 * value * deltas**2, colour)
        plotting.points(middle, deltas, rises, colour)
    for at, place in LABELS.items():
        plotting.label(middle, f"$\\lambda$ = {values[at]:.2g}", place)
    squared, curvatures = result["squared_shift"], result["curvatures"]
    plotting.theory(right, *result["theory"], "blue")
    plotting.points(right, curvatures, squared, "vermilion", r"$\delta^2$", (0.03, 2))
    plotting.points(right, curvatures, result["paid"], "blue", PAID, (0.01, 4e-3))


def valleys(axes, moves):
    """The picture, the same with its valleys moved, and what that costs at the old minima."""
    plotting.curve(axes, X, picture(X), "blue", "training", (-4.1, 2.5))
    plotting.curve(axes, X, picture(X, moves), "vermilion", "test", (0.1, 2.5))
    for place, paid in zip(PLACES, 0.5 * CURVATURES * np.square(moves), strict=True):
        plotting.curve(axes, [place] * 2, [0, paid], "text", look="o-")


def picture(x, moves=(0, 0)):
    """Two parabolas of curvatures `FLAT` and `SHARP`, whichever is lower, capped, each shifted."""
    places = np.add(PLACES, moves)
    return np.minimum((0.5 * CURVATURES * (x[:, None] - places) ** 2).min(1), 2.4)
