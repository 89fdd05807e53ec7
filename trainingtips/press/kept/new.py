"""A new figure script, to start from: it states, measures, asserts and draws something true."""

from pathlib import Path

from trainingtips.press.base import files, paths
from trainingtips.press.base.errors import UsageError
from trainingtips.press.kept import scripts

TEMPLATE = '''"""The average of n coin flips strays from one half by about 1 / (2 √n).

The spread of the averages (points) lies on theory's line.

Each point is the standard deviation over 2,000 averages of n flips of a fair coin.
"""

import numpy as np

from trainingtips import chance, plotting

FLIPS = 4 ** np.arange(1, 7)
COINS = 2_000  # repetitions for each n
SEED = 0

# Where they apply (docs/contributing.md):
# VERDICT = "regime"  # the claim holds only where it says so; or "not reproduced"
# HARDWARE = True  # a timing: kept with its machine, measured anew by `make record` alone
# CHAOS = "why"  # rounding grows, so that another processor finds other numbers
# REPORTED = "what a paper measured [@key]"  # stands beside ours in the list of claims
NUMBER = "spread of 4,096 flips: {spread.5 | digits(3)}"  # in the list of claims
ALT = "Points on a falling straight line, in log-log axes; the line is one over twice root n."


def compute():
    rng = chance.rng(SEED)
    means = [rng.binomial(n, 0.5, COINS) / n for n in FLIPS]
    return {"flips": FLIPS, "spread": np.array([mean.std() for mean in means])}


def claim(result):
    expected = 0.5 / np.sqrt(result["flips"])
    error = abs(result["spread"] / expected - 1).max()
    # 2,000 repetitions know a spread to 1.6 %: six times that is no accident
    assert error < 0.1, f"expected a spread within 10 % of 1 / (2 √n), measured {error:.1%} off"


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1)
    plotting.theory(axes, result["flips"], 0.5 / np.sqrt(result["flips"]), text="1 / (2 √n)")
    plotting.points(axes, result["flips"], result["spread"], "blue", "measured")
    axes.set(xscale="log", yscale="log", xlabel="flips n", ylabel="spread of the average")
    axes.legend()
'''


def write(root, name):
    """Write `figures/<name>.py` from the template; returns its path relative to `root`.

    Its counter-results come with it, where the project keeps such (see `counters`).

    Raises UsageError for a name that is none, or that is taken.
    """
    if not scripts.is_name(name):
        raise UsageError(
            f"{paths.shown(name)} is not a figure's name; it is section/name in lower-case "
            f"letters, digits and underscores, for instance batch/noise_scale"
        )
    path = Path("figures") / f"{name}.py"
    if not paths.is_inside(root, path):
        raise UsageError(f"{path.parent} is a link that leads out of the project")
    if (Path(root) / path).exists():
        raise UsageError(f"{path} exists already; choose another name or edit that file")
    shared = name.partition("/")[2].startswith("_")
    written = {Path(root) / path: (SHARED if shared else TEMPLATE).encode()}
    counters = Path(scripts.COUNTERS) / f"{name}.py"
    if not shared and (Path(root) / scripts.COUNTERS).is_dir():
        if (Path(root) / counters).exists() or not paths.is_inside(root, counters):
            raise UsageError(f"{counters} exists already, or is a link that leads elsewhere")
        written[Path(root) / counters] = COUNTERS.encode()
    files.replace_all(written)
    return path


COUNTERS = '''"""What could have come out instead; claim() refuses each of these."""


def far_too_close(result):
    """strays from one half by about 1 / (2 √n)"""
    result["spread"][-1] /= 2  # averages of many flips lie closer than theory says
'''

SHARED = '''"""A shared experiment: what it is, in a sentence."""

from trainingtips import chance

SEED = 0


def compute():
    rng = chance.rng(SEED)
    return {"samples": rng.normal(size=32)}
'''
