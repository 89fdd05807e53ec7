"""A small transformer on a text under Adam: losses with and without warm-up at many peak rates.

With layer norm before the blocks ("pre") and after the sums ("post"); each split of the text has
the same windows and the same start at all rates and under both schedules.
"""

from trainingtips.experiments import text_warm_up

CHAOS = "at these learning rates a last digit grows in training"
INPUTS = ["trainingtips/datasets/text.npz"]
NORMS, SPLITS = ("pre", "post"), 4
RATES = (0.004, 0.008, 0.016, 0.032, 0.064, 0.128)


def compute():
    runs = text_warm_up.runs(NORMS, RATES, SPLITS)
    losses = {norm: {kind: runs[norm, kind] for kind in text_warm_up.KINDS} for norm in NORMS}
    return {"rates": RATES, "splits": SPLITS} | losses
