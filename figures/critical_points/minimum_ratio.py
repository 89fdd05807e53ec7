"""At critical points of small networks, the share of positive eigenvalues nears 1 as loss falls.

Each mark is a critical point of a small network on 200 digits: its share of positive eigenvalues
against its loss. Crosses: where the search stalled, shown but not counted. Mean ratio: the
tolerance hardly matters.

Minimum ratio: positive eigenvalues over all eigenvalues of the Hessian. 6 inputs, 4 or 8 tanh units
and 10 outputs on 200 digits, squared error or cross-entropy, each with a weight penalty, which is
part of the loss shown. The regime: without the penalty the same search reaches ‖g‖ ≤ 1e-6 from
hardly any start.

Where the search stalls with g in the Hessian's near-kernel, the point is gradient-flat (Frye et al.
2021, arXiv 2003.10397) and no critical point. Duplicates (the same loss and the same largest
eigenvalue) count once. Pennington and Bahri (2017) predict an index ∝ (energy above a
threshold)^{3/2} at small index. Intervals: bootstrap over seeds.
"""

import numpy as np
from scipy import stats

from trainingtips import plotting
from trainingtips.statistics import bootstrap

VERDICT = "regime"

AT = 2  # index of the zero's tolerance in use: 1e-6 of the largest |λ|
FLAT = 1e-3  # ‖Hg‖ / (‖H‖ ‖g‖) below which a point that did not converge is gradient-flat
SMALL = 0.15  # the index up to which the power is fitted
POWERS = np.linspace(0.1, 4, 79)  # tried
RESAMPLES = 999

ALT = (
    "Three panels. Two of them, one for each loss, show the minimum ratio against the loss: the "
    "marks of converged points of a narrow and a wide network fall along tight bands from one at "
    "the lowest losses to about 0.7 at the highest; grey crosses, where the search stalled, lie "
    "along the same bands. In the third, the mean ratio hardly depends on the zero's tolerance."
)
NUMBER = (
    "share of positive eigenvalues: {settings.3.ratio_at_low | decimals(3)} at the lowest loss, "
    "{settings.3.ratio_at_high | decimals(2)} at the highest (cross-entropy, width 8); rank "
    "correlation {settings.3.rank | interval(2)}"
)


def compute(points):
    settings = [_setting(each, points["near"]) for each in points["settings"]]
    return {
        "near": points["near"],
        "penalty": points["penalty"],
        "examples": points["examples"],
        "seeds": points["seeds"],
        "tolerances": points["tolerances"],
        "settings": settings,
        "starts": sum(len(each["loss"]) for each in settings),
        "converged": sum(each["converged_count"] for each in settings),
        "distinct": sum(each["distinct_count"] for each in settings),
        "flat": sum(each["flat_count"] for each in settings),
        "constant": sum(each["constant_count"] for each in settings),
        "bare_starts": sum(each["bare_starts"] for each in settings),
        "bare_converged": sum(each["bare_converged"] for each in settings),
        "bare_flat": sum(each["bare_flat"] for each in settings),
    }


def _setting(each, near):
    loss, seed = np.array(each["loss"]), np.array(each["seed"])
    converged = np.array(each["converged"], dtype=bool)
    flat = ~converged & (np.array(each["residual"]) < FLAT)
    constant = converged & np.array(each["constant"], dtype=bool)
    distinct = first_of_each(loss, each["largest"], converged)
    n, bare = each["weights"], each["bare"]
    ratio, index = (np.array(each[name]) / n for name in ("positive", "negative"))
    order = np.flatnonzero(distinct)[np.argsort(loss[distinct])]
    tenth = max(1, len(order) // 10)
    fitted = distinct & ~constant & (index[:, AT] <= SMALL)
    return {
        "kind": each["kind"],
        "width": each["width"],
        "weights": n,
        "loss": loss,
        "ratio": ratio[:, AT],
        "gradient_norm": each["gradient_norm"],
        "largest_norm": float(np.array(each["gradient_norm"])[converged].max()),
        "stalled_norm": float(np.median(np.array(each["gradient_norm"])[~converged])),
        "converged": converged,
        "flat": flat,
        "constant": constant,
        "distinct": distinct,
        "converged_count": int(converged.sum()),
        "distinct_count": int(distinct.sum()),
        "flat_count": int(flat.sum()),
        "constant_count": int(constant.sum()),
        "minima": int((distinct & (index[:, AT] == 0)).sum()),
        "lowest_loss": float(loss[order[0]]),
        "highest_loss": float(loss[order[-1]]),
        "ratio_at_low": float(ratio[order[:tenth], AT].mean()),
        "ratio_at_high": float(ratio[order[-tenth:], AT].mean()),
        "index_at_low": float(index[order[:tenth], AT].mean()),
        "rank": by_seed(_rank, seed[distinct], loss[distinct], ratio[distinct, AT]),
        "power": by_seed(power, seed[fitted], loss[fitted], index[fitted, AT]),
        "fitted": int(fitted.sum()),
        "by_tolerance": ratio[distinct].mean(0),
        "largest_change": float(np.ptp(ratio[distinct], axis=1).max()),
        "bare_starts": len(bare["loss"]),
        "bare_converged": int((np.array(bare["gradient_norm"]) <= near).sum()),
        "bare_flat": int((np.array(bare["residual"]) < FLAT).sum()),
    }


def first_of_each(loss, largest, converged):
    """Mask of the converged points, less those that repeat an earlier one up to symmetry."""
    seen, kept = set(), np.zeros(len(loss), dtype=bool)
    for i in np.flatnonzero(converged):
        name = round(float(loss[i]), 7), round(float(largest[i]), 5)
        kept[i] = name not in seen
        seen.add(name)
    return kept


def by_seed(statistic, seed, a, b):
    """`statistic` of (a, b), points of a seed together, with its bootstrap interval over seeds."""
    groups = [np.flatnonzero(seed == s) for s in np.unique(seed)]

    def of(chosen):
        rows = np.concatenate([groups[int(i)] for i in chosen])
        return statistic(a[rows], b[rows])

    return bootstrap(
        np.arange(len(groups), dtype=float),
        lambda samples, axis: np.apply_along_axis(of, axis, samples),
        resamples=RESAMPLES,
    )


def _rank(loss, ratio):
    return stats.spearmanr(loss, ratio).statistic


def power(loss, index):
    """p of the least-squares fit index = a · max(loss − c, 0)ᵖ; the threshold c is fitted too.

    Over a grid of c and p; a has a closed form. c and p trade off: a lower c takes a larger p.
    """
    low, high = loss.min(), np.median(loss)
    c = np.linspace(low - (high - low), high, 41)
    x = np.maximum(loss - c[:, None, None], 0) ** POWERS[:, None]  # (c, p, points)
    a = x @ index / np.maximum((x**2).sum(-1), 1e-300)
    squares = ((index - a[..., None] * x) ** 2).sum(-1)
    return float(POWERS[np.unravel_index(squares.argmin(), squares.shape)[1]])


def claim(result):
    distinct, seeds = result["distinct"], result["seeds"]
    assert distinct >= 200, f"expected 200 distinct critical points, measured {distinct}"
    assert seeds >= 10, f"expected 10 seeds, measured {seeds}"
    for each in result["settings"]:
        where = f"{each['kind']}, width {each['width']}"
        norm = each["largest_norm"]
        assert norm <= result["near"], f"{where}: expected ‖g‖ ≤ 1e-6, measured {norm:.1e}"
        rank = each["rank"]
        assert rank.high < -0.8, f"{where}: expected a rank correlation < −0.8, measured {rank}"
        low, high = each["ratio_at_low"], each["ratio_at_high"]
        assert low > 0.93, f"{where}: expected a ratio near 1 at the lowest loss, measured {low}"
        assert high < 0.85, f"{where}: expected a ratio < 0.85 at the highest, measured {high}"
        change = abs(each["by_tolerance"] - each["by_tolerance"][AT]).max()
        assert change < 0.03, f"{where}: expected no effect of the tolerance, measured {change}"
    bare, starts = result["bare_converged"], result["bare_starts"]
    assert bare < starts / 4, f"expected few to converge without penalty, measured {bare}/{starts}"


LOSS = {"x": "loss, with its penalty", "ylim": (0.56, 1.02)}
PANELS = {
    "squared error": LOSS | {"y": "positive / all eigenvalues"},
    "cross-entropy": LOSS,
    "mean ratio": {
        "x": "zero's tolerance",
        "xticks": ([1e-8, 1e-6, 1e-4], ["$10^{-8}$", "$10^{-6}$", "$10^{-4}$"]),
        "ylim": (0.56, 1.02),
        "log": "x",
    },
}
COLOURS = ("blue", "green", "vermilion", "purple")  # of the settings, two in each panel
LEGEND = {"handletextpad": 0.2, "borderpad": 0.1, "labelspacing": 0.2}


def draw(result, figure):
    *panels, mean = plotting.panels(figure, PANELS, height=3.9, ratios=(1.25, 1.25, 0.9))
    pairs = [(panels[i // 2], each) for i, each in enumerate(result["settings"])]
    for axes, each in pairs:
        _draw_stalled(axes, each)
    for (axes, each), colour in zip(pairs, COLOURS, strict=True):
        _draw_found(axes, each, colour)
        plotting.curve(mean, result["tolerances"], each["by_tolerance"], colour, marked=True)
    for axes in panels:
        axes.legend(loc="lower left", **LEGEND)


def _draw_stalled(axes, each):
    flat, found = np.array(each["flat"]), np.array(each["converged"])
    rows = (("gradient-flat", "x", flat), ("not converged", "+", ~flat & ~found))
    for text, mark, these in rows:
        text = text if each["width"] == 8 else ""  # once in each panel
        loss, ratio = np.array(each["loss"])[these], np.array(each["ratio"])[these]
        plotting.points(axes, loss, ratio, "muted", text, look=mark)


def _draw_found(axes, each, colour):
    loss, ratio = np.array(each["loss"]), np.array(each["ratio"])
    found, constant = np.array(each["converged"]), np.array(each["constant"])
    plotting.points(axes, loss[found], ratio[found], colour, f"{each['weights']} weights")
    if constant.any():
        text, place = (
            "constant output" if each["width"] == 8 else "",
            (loss[constant], ratio[constant]),
        )
        plotting.points(axes, *place, "text", text, look="o", hollow=True)
