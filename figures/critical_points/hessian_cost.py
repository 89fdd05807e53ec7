"""The Hessian costs O(n) gradients and n² numbers; at random weights, its lowest pair a hundred.

Time, in gradients, and memory of one Hessian-vector product, the lowest eigenpair and the whole
Hessian, against the number of weights n. The slopes are the claim; the seconds are this machine's.
After training the pair takes more (see `lowest_eigenpair`).

A network 64-w-10 (tanh, cross-entropy) on 1,024 handwritten digits, with w from 1 to 13,333, so
that n runs from 85 to a million weights. Processor time on one thread: one Hessian-vector product,
the lowest eigenpair by Lanczos (residual under a tenth of the eigenvalue), and the whole Hessian as
far as it is reasonable. Memory: by how much each raises what is in use at the peak.
"""

import time

import numpy as np
import torch
from torch import nn

from trainingtips import chance, data, plotting
from trainingtips.curvature import eigenpairs, flat_loss, gradient, hessian, hvp
from trainingtips.timing import peak_bytes, seconds

HARDWARE = True
VERDICT = "regime"  # the lowest eigenpair: at random weights, not after training
WIDTHS = (1, 4, 13, 40, 133, 400, 1333, 4000, 13_333)  # n = 75 w + 10
LARGEST = 10_010  # the whole Hessian up to here: 400 MB of it
EXAMPLES = 1024
FLOOR = 2**20  # bytes; below, what is measured is the allocator
COSTS = ("gradient", "product", "lowest", "whole")

ALT = (
    "Two log-log panels against the number of weights, from a hundred to a million. Time, in "
    "gradients: a product stays flat near three, the lowest eigenpair nearly flat around a "
    "hundred, and the whole Hessian climbs in proportion to n. Memory: the Hessian climbs with "
    "slope two, the others with slope one, far below."
)
NUMBER = (
    "at n = {n.8}: {gradient.8 | digits(2)} s for a gradient, {product.8 | digits(2)} s for a "
    "product Hv, {lowest.8 | digits(2)} s for the lowest eigenpair"
)


def compute():
    with chance.started(0):
        rows = [measure(width) for width in WIDTHS]
    return {key: np.array([row[key] for row in rows]) for key in rows[0] if key != "whole"} | {
        "whole": np.array([row["whole"] for row in rows if row["whole"]]),
        "whole_bytes": np.array([b for row in rows if (b := row["whole_bytes"])]),
    }


def measure(width):
    """Seconds and bytes of each of the four costs for one network; 0 for what was not measured."""
    digits = data.load("digits")
    network = nn.Sequential(nn.Linear(64, width), nn.Tanh(), nn.Linear(width, 10))
    x, y = digits.x[:EXAMPLES], digits.y[:EXAMPLES]
    loss, theta = flat_loss(network, nn.functional.cross_entropy, x, y)
    v = torch.randn(len(theta), generator=chance.generator(0))
    calls = [0]

    def counted(point):
        calls[0] += 1
        return loss(point)

    functions = {
        "gradient": lambda: gradient(loss, theta),
        "product": lambda: hvp(loss, theta, v),
        "lowest": lambda: eigenpairs(counted, theta, 1, "smallest", tolerance=0.1),
        "whole": lambda: hessian(loss, theta),
    }
    row = {"n": len(theta)}
    for name, function in functions.items():
        skip = name == "whole" and len(theta) > LARGEST
        repeats = 3 if name in ("lowest", "whole") else 31
        timed = None if skip else seconds(function, repeats, 1, 5, clock=time.process_time)
        row[name] = 0.0 if skip else timed.median
        row[f"{name}_bytes"] = 0 if skip else max(FLOOR, peak_bytes(function))
    return row


def slope(x, y):
    """The exponent p of y ∝ xᵖ, by least squares in log-log."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def derived(result):
    """The ratios to a gradient, the exponents from n ≥ 900 on, and the Hessian's bytes over 4n²."""
    n, g = result["n"].astype(float), result["gradient"]
    count = len(result["whole"])
    whole, lowest = result["whole"] / g[:count], result["lowest"] / g
    return {
        "product": result["product"] / g,
        "lowest": lowest,
        "whole": whole,
        "time_slope": slope(n[:count][n[:count] >= 900], whole[n[:count] >= 900]),
        "lowest_slope": slope(n[n >= 900], lowest[n >= 900]),
        "bytes_over_matrix": float(result["whole_bytes"][-1] / (4 * n[count - 1] ** 2)),
    }


def claim(result):
    found = derived(result)
    assert result["n"][0] <= 100 and result["n"][-1] > 999_000, "expected n from 10² to 10⁶"
    worst = found["product"].max()
    assert worst <= 4, f"expected a product within 4 gradients, measured {worst:.1f}"
    exponent = found["time_slope"]
    assert 0.75 < exponent < 1.25, f"expected O(n) gradients, measured n^{exponent:.2f}"
    share = found["bytes_over_matrix"]
    assert 0.98 < share < 1.3, f"expected 4n² bytes and little more, measured {share:.2f} of it"
    exponent = found["lowest_slope"]
    assert abs(exponent) < 0.3, f"expected the eigenpair's cost flat, measured n^{exponent:.2f}"
    worst = found["lowest"].max()
    assert worst < 500, f"expected an eigenpair for some hundred gradients, measured {worst:.0f}"


N = {"x": "number of weights $n$", "log": "xy"}
PANELS = {
    "time": {"y": "time, in gradients", "ylim": (1, 1e5)},
    "memory": {"y": "memory at the peak, in MiB", "ylim": (0.7, 3e3)},
}
TIMES = {
    "product": ("green", "one product $Hv$", (3e3, 4.6)),
    "lowest": ("blue", "lowest eigenpair", (3e3, 280)),
    "whole": ("vermilion", "whole Hessian", (2e4, 8e3)),
}
BYTES = {
    "gradient": ("green", "gradient", (1.2e5, 5)),
    "lowest": ("blue", "lowest eigenpair", (1.5e4, 1300)),
    "whole": ("vermilion", "whole Hessian\n(dotted: $4n^2$ bytes)", (70, 250)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.8, **N)
    found, n = derived(result), result["n"]
    for name, look in TIMES.items():
        plotting.curve(left, n[: len(found[name])], found[name], *look, marked=True)
    plotting.theory(left, n[[0, 4]], n[[0, 4]], "muted", "$n$", (200, 500), look=":")
    for name, look in BYTES.items():
        sizes = result[f"{name}_bytes"] / 2**20
        plotting.curve(right, n[: len(sizes)], sizes, *look, marked=True)
    matrix = 4 * n[:5].astype(float) ** 2 / 2**20
    plotting.theory(right, n[:5][matrix > 1], matrix[matrix > 1], "muted", look=":")
