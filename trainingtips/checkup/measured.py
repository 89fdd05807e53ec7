"""What was measured of a training, whether or not a rule minds it, beside what is usual.

The loss in its course, what comes out in the end, each layer's gradients and updates, the spread of
activations by depth, noise and curvature. Each function takes what is `Known` and gives lines.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from trainingtips.checkup import measures, tasks

NOISE, EDGE = "batch.md#how-noisy-is-a-batch", "learning_rate.md#the-edge-of-stability"
SADDLE = "critical_points.md#leaving-a-saddle"
START, LOGITS = "loss_function.md#a-bad-start", "loss_function.md#from-logits-to-probabilities"
LAYERS = "critical_points.md#what-the-gradient-does-not-see"


@dataclass
class Line:
    """One measurement, in words and numbers, and the page that explains it."""

    what: str
    value: str
    usual: str
    page: str


def lines(known):
    """(lines, sentences on what could not be measured) of a training."""
    found, failed = [], []
    for each in (
        loss_at_the_start,
        course,
        not_finite,
        answers,
        gradients,
        updates,
        still,
        spreads,
        slopes,
    ):
        try:
            found += each(known)
        except Exception as error:
            what = each.__name__.replace("_", " ")
            failed.append(f"{what} was not measured: {type(error).__name__}: {error}")
    return found, failed


def guess(known):
    """(what the loss is of a guess that needs no input, how that is called), or None."""
    call, y = known.call, known.y
    if call is None or call.options.get("reduction", "mean") != "mean":
        return None
    if call.function in (F.cross_entropy, F.nll_loss):
        axis = call.output.dim() > 1
        classes = call.output.shape[1 if axis else 0]
        return math.log(classes), f"log {classes} for {classes} classes"
    if call.function in (F.binary_cross_entropy, F.binary_cross_entropy_with_logits):
        return math.log(2), "log 2 for a mark"
    if call.function is F.mse_loss and torch.is_tensor(y) and len(y) > 1:
        return float(y.float().var(0).mean()), "the targets' variance"
    return None


def loss_at_the_start(known):
    losses = known.seen.losses
    if not losses:
        return []
    usual = guess(known)
    text = "" if usual is None else f"{usual[0]:.3g}, {usual[1]}"
    return [Line("the loss at the start", f"{losses[0]:.3g}", text, START)]


def course(known):
    """From where to where the loss goes, how it swings, and how often it leaps."""
    losses = [v for v in known.seen.losses if math.isfinite(v)]
    if len(losses) < 12:
        return []
    level, swing, leaps, late = measures.course(losses)
    text = (
        f"to {level:.3g}; in the last half it {'rises' if late > 0 else 'falls'} by {abs(late):.0%}"
    )
    text += f"; from one to the next it swings by {swing:.0%}, and leaps {leaps} times"
    page = NOISE
    return [Line("the loss in its course", text, "falls, and then stays; no leaps", page)]


def not_finite(known):
    """Where a number first was none, if any was."""
    where = known.base.located
    if where is None and known.seen.first_bad is not None:
        where = f"{known.seen.first_bad[1]}, seen after update {known.seen.first_bad[0]}"
    page = LOGITS
    return [Line("the first number that is not finite", where, "none", page)] if where else []


def answers(known):
    """Whether the trained model answers the same for everything."""
    if known.base.answered is None or known.kind is None:
        return []
    output, y = tasks.pair(*known.base.answered)
    if known.kind in ("classes", "one hot"):
        axis = tasks.class_axis(output, y) or 1
        told = output.argmax(axis).flatten()
        right = known.labels_of(y)
        text = f"the most frequent one is {_most(told):.0%} of the answers"
        usual = "" if right is None else f"{_most(right):.0%} of the targets"
    elif known.kind == "marks":
        text, usual = f"they spread by {float(output.float().std()):.3g}", "not by zero"
    else:
        spread, wanted = (float(v.float().std(0).mean()) for v in (output, y))
        text, usual = f"they spread by {spread:.3g}", f"the targets by {wanted:.3g}"
    return [Line("answers in the end", text, usual, START)]


def _most(classes):
    return float(torch.bincount(classes.long().flatten()).max() / classes.numel())


def gradients(known):
    found = measures.by_layer(known.seen.steps, "gradients", known.starts)
    return _ends(found, "gradient against weights, by layer", "within a factor of 100",
                 LAYERS)  # fmt: skip


def updates(known):
    found = measures.by_layer(known.seen.steps, "moved", known.starts)
    return _ends(found, "update against weights, by layer", "1e-4 to 1e-2",
                 EDGE)  # fmt: skip


def _ends(found, what, usual, page):
    if not found:
        return []
    least, most = min(found, key=found.get), max(found, key=found.get)
    text = f"{found[least]:.2g} ({least}) to {found[most]:.2g} ({most})"
    return [Line(what, text, usual, page)]


def still(known):
    """Parameters that get a gradient and never move."""
    steps = known.seen.steps
    names = {n for s in steps for n, g in s.gradients.items() if g}
    moved = {n for s in steps for n, (way, _) in s.ratios.items() if way}
    idle = sorted(names - moved)
    text = ", ".join(idle[:3]) + (f" and {len(idle) - 3} more" if len(idle) > 3 else "")
    return [
        Line(
            "parameters that never moved", text or "none", "none", "critical_points.md#in-practice"
        )
    ]


def spreads(known):
    """The spread of activations, first and last in the first forward."""
    first = next((s.activations for s in known.seen.steps if s.activations), [])
    if len(first) < 2:
        return []
    a, b = first[0], first[-1]
    text = f"{a.spread:.2g} ({a.kind}) at first, {b.spread:.2g} ({b.kind}) at last of {len(first)}"
    page = "batch_norm.md#the-same-inside-the-network"
    return [Line("spread of activations at the start", text, "within a factor of ten", page)]


def slopes(known):
    """Noise of the batches' gradients, and curvature at the end, at both ends of its range."""
    base, found = known.base, []
    first = next((measures.norm(s.gradients.values()) for s in known.seen.steps), math.nan)
    if math.isfinite(base.noise):
        text = f"{base.noise:.2g} of its mean, in squares"
        usual = "more towards the end"
        found.append(Line("noise of a batch's gradient", text, usual, NOISE))
    if math.isfinite(base.sharpness):
        text = f"{base.sharpness:.2g} of what the rate bears"
        found.append(Line("largest curvature", text, "below 1", EDGE))
    if math.isfinite(base.least) and base.slope < SMALL * first and base.sharpness:
        share, slope = base.least / base.sharpness, base.slope / first
        text = f"{share:.2g} of the largest, where the gradient is {slope:.2g} of the first"
        usual = "about 0 or above; far below it is a saddle"
        found.append(Line("least curvature", text, usual, SADDLE))
    return found


SMALL = 0.1  # of the first gradient's norm: below it the point may be a critical one
