"""What a training is suspected of: a rule a function, with what it measured and what is usual.

A rule gives a `Suspicion` or None. Its strength says how far what was measured is outside of what
is usual, from 0 (nothing is known against it, but the experiment is worth its time) to 1 (it is a
fact of the program). The order of findings comes from the experiments; see `deciding`.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from trainingtips.checkup import calls, experiments, held, measures, tasks

RULES = []
NUMBERS = 2000  # of an example, at most, where its neighbours are asked


@dataclass
class Suspicion:
    """A cause that is possible here; `changes` are names of `CHANGES`, the deciding one first."""

    label: str
    strength: float
    measured: str
    usual: str
    changes: tuple = ()


# what a rule may need, and whether it is there
THERE = {
    "updates": lambda k: k.seen.steps,
    "losses": lambda k: k.seen.losses,
    "loss": lambda k: k.call is not None,
    "targets": lambda k: k.kind is not None and torch.is_tensor(k.y),
    "batches": lambda k: k.held.x is not None,
    "examples": lambda k: k.held.inputs is not None,
    "inputs": lambda k: k.held.x is not None and k.held.x.is_floating_point(),
    "classes": lambda k: k.classes is not None,
    "test": lambda k: k.test is not None,
    "units": lambda k: any(s.activations or s.recurrent for s in k.seen.steps),
    "norms": lambda k: any(isinstance(m, BATCH_NORM) for m in k.seen.model.modules()),
}
BATCH_NORM = torch.nn.modules.batchnorm._BatchNorm


def rule(*labels, needs=""):
    """A rule for causes of these labels; what it needs is named in `THERE`."""

    def keep(function):
        RULES.append((function, labels, needs.split()))
        return function

    return keep


def suspected(known):
    """(suspicions, sentences on rules that failed, labels that were looked at)."""
    found, failed, looked = [], [], set()
    for each, labels, needs in RULES:
        try:
            if not all(THERE[name](known) for name in needs):
                continue
            got = each(known)
        except Exception as error:
            failed.append(
                f"{each.__name__.replace('_', ' ')} was not checked: "
                f"{type(error).__name__}: {error}"
            )
            continue
        looked |= {*labels}
        found += got if isinstance(got, list) else [got] if got else []
    return found, failed, sorted(looked)


def over(k, what, value, limit):
    """Whether what was measured is above its limit; the report has both, by the name of it."""
    k.values[what] = (float(value), limit, "above")
    return value > limit


def under(k, what, value, limit):
    """Whether it is below."""
    k.values[what] = (float(value), limit, "below")
    return value < limit


CHANGES = {
    "rate / 10": ("with η/10", experiments.rate(0.1)),
    "rate / 3": ("with η/3", experiments.rate(1 / 3)),
    "rate / 100": ("with η/100", experiments.rate(0.01)),
    "rate × 3": ("with 3 η", experiments.rate(3.0)),
    "rate × 10": ("with 10 η", experiments.rate(10.0)),
    "rate × 100": ("with 100 η", experiments.rate(100.0)),
    "constant rate": ("with the first rate throughout", experiments.constant),
    "warm-up": ("with a warm-up over a third of the updates", experiments.warm_up),
    "momentum": ("with momentum 0.9", experiments.less_momentum),
    "no decay": ("without weight decay", experiments.no_decay),
    "no clipping": ("without clipping", experiments.unclipped),
    "clipping": ("with the gradient clipped at its norm in the beginning", experiments.clipped()),
    "clipping at 1": ("with the gradient clipped at a norm of 1", experiments.clipped(1.0)),
    "finite gradients": ("without what is not finite in the gradient", experiments.finite),
    "equal layers": ("with each layer's gradient equally large", experiments.equalised),
    "cleared": ("with gradients cleared before each backward", experiments.cleared),
    "stepped": ("with a step after each backward", experiments.stepped),
    "averaged": ("with the mean instead of the sum", experiments.averaged),
    "loss as computed": ("with backward from the loss that was computed", experiments.computed),
    "as classes": ("with a unit for each class, and cross-entropy", experiments.as_classes),
    "whole graph": ("with nothing detached in the forward", experiments.through),
    "every parameter": ("with every parameter in the optimiser", experiments.everything),
    "train mode": ("in train mode throughout", experiments.train_mode),
    "default start": ("from torch's own start", experiments.started),
    "He start": ("from a start that keeps the size of what ReLUs pass on", experiments.he_started),
    "leaky": ("with leaky ReLU", experiments.leaky),
    "ReLU": ("with ReLU between the layers, and its start", experiments.unsaturated),
    "gentle": ("with what enters sigmoid and tanh cut to spread one", experiments.gentle),
    "free output": ("without the last activation", experiments.unbounded),
    "sigmoid": ("with a sigmoid for the one unit", experiments.sigmoid_for_one),
    "fitting loss": ("with the loss that fits the targets", experiments.fitting_loss),
    "logits": ("with logits for the loss", experiments.logits),
    "probabilities": ("with probabilities for the loss", experiments.probabilities_for),
    "log-probabilities": ("with log-probabilities for the loss", experiments.log_probabilities),
    "equal shapes": ("with outputs and targets in one shape", experiments.equal_shapes),
    "scaled inputs": ("with inputs centred and scaled", experiments.standard_inputs),
    "scaled targets": ("with targets centred and scaled", experiments.standard_targets),
    "reshuffled": ("with the examples shuffled", experiments.reshuffled),
    "batch / 8": ("with batches an eighth as large, and eight times the updates", None),
    "batch × 8": ("with batches eight times as large", experiments.batch(8)),
    "balanced": ("with each class drawn equally often", experiments.balanced),
    "weighted": ("with a loss in which each label weighs as much", experiments.weighted),
    "cleaned": ("without the bad rows", experiments.cleaned),
    "filled": ("with what stands for a missing number filled in", experiments.filled),
    "agreed": ("without the examples whose neighbours disagree", experiments.agreed),
    "re-paired": ("with y moved against x", experiments.repaired),
    "held out": ("judged by a quarter of the training set, held out", experiments.held_out),
    "test pairs": ("learnt from half of the test set, judged by the other", experiments.from_test),
    "group norm": ("with group norm for batch norm", experiments.group_norm),
    "no dropout": ("without dropout", experiments.no_dropout),
    "regularised": ("with decay and dropout", experiments.regularised),
    "float32": ("in single precision", experiments.whole_precision),
    "longer": ("with four times the updates", None),
    "wider": ("with hidden layers four times as wide", experiments.wider),
    "another network": ("with a plain network of two layers of 256", experiments.another_network),
    "one sigmoid": ("with one sigmoid", experiments.one_sigmoid),
    "remembering": ("with a recurrent start that remembers", experiments.remembering),
}


def _longer(run):
    run.times = 4
    run.again = True  # also where the loop ends before its time


def _small_batches(run):
    experiments.batch(1 / 8)(run)
    run.times = 8


CHANGES["longer"] = (CHANGES["longer"][0], _longer)
CHANGES["batch / 8"] = (CHANGES["batch / 8"][0], _small_batches)


# ---- mistakes in the loop and the model


@rule("gradient_not_cleared", needs="updates")
def gradient_not_cleared(k):
    seen = k.seen
    share = seen.leftover / seen.checked if seen.checked else 0.0
    if over(k, "gradient_not_cleared: updates", share, 0.5):
        return Suspicion(
            "gradient_not_cleared",
            1.0,
            f"in {share:.0%} of the updates the last one's gradient was still there",
            "none",
            ("cleared",),
        )
    return None


@rule("no_update")
def no_update(k):
    seen = k.seen
    if seen.backwards and not seen.updates:
        text = "no step of the optimiser"
        return Suspicion("no_update", 1.0, text, "one an update", ("stepped",))
    if not seen.backwards and seen.steps and not any(any(s.gradients.values()) for s in seen.steps):
        text = f"no backward in {seen.updates} steps, and no gradient"
        return Suspicion("no_update", 1.0, text, "one an update", ())
    empty = [s for s in seen.steps if any(s.raw.values()) and not any(s.gradients.values())]
    if len(empty) > 0.5 * len(seen.steps) > 0:
        text = f"no gradient was there in {len(empty)} of {len(seen.steps)} steps"
        return Suspicion("no_update", 1.0, text, "step() after backward()", ("stepped",))
    held_by = {id(p) for o in seen.optimizers for g in o.param_groups for p in g["params"]}
    own = list({id(p): p for p in experiments.all_parameters(seen.model)}.values())
    own = [p for p in own if p.is_floating_point()]
    idle = [p for p in own if id(p) not in held_by or not p.requires_grad]
    if not idle:
        return None
    share = sum(p.numel() for p in idle) / max(1, sum(p.numel() for p in own))
    forgotten = any(p.requires_grad or id(p) in held_by for p in idle)
    return Suspicion(
        "no_update",
        0.9 if forgotten and share > 0.02 else 0.25,
        f"{share:.0%} of the model's weights are in no optimiser, or frozen",
        "none, or on purpose",
        ("every parameter",),
    )


@rule("graph_cut", needs="updates")
def graph_cut(k):
    """Parameters that the loss depends on, by finite differences, and that get no gradient."""
    seen = k.seen
    if seen.graphless > 0.5 * seen.backwards:
        return Suspicion(
            "graph_cut",
            1.0,
            f"in {seen.graphless} of {seen.backwards} times backward begins at a number that "
            "was made anew: nothing was computed for it",
            "the loss itself",
            ("loss as computed", "whole graph"),
        )
    # a gradient of zero (of dead units), or of NaN, is one, but for what rounds within the forward
    rounds = any(name in seen.escapes for name in ("round", "sign", "floor", "ceil"))
    got = {n for s in seen.steps for n, g in s.gradients.items() if g != 0 or not rounds}
    trained = {n for n, p in seen.model.named_parameters() if p.requires_grad}
    without = sorted(trained - got)
    ways = {n: c for n, c in seen.escapes.items() if n in ("detach", "detach_", "data", "numpy")}
    if not k.depends(without):
        without = []
    if not without and sum(ways.values()) > 0.5 * seen.attended > 0:
        return Suspicion(
            "graph_cut",
            0.5,
            f"the forward leaves the graph by {' and '.join(ways)}, "
            f"{sum(ways.values()) / seen.attended:.3g} times each",
            "never, or on purpose",
            ("whole graph",),
        )
    if not without:
        return None
    k.without_gradient = without
    names = ", ".join(without[:2]) + (f" and {len(without) - 2} more" if len(without) > 2 else "")
    return Suspicion(
        "graph_cut",
        1.0,
        f"the output depends on {names}, and no gradient arrives there",
        "a gradient wherever the output depends on a parameter",
        ("whole graph",),
    )


@rule("evaluation_mode")
def evaluation_mode(k):
    seen = k.seen
    has = any(
        isinstance(m, (torch.nn.modules.batchnorm._BatchNorm, torch.nn.modules.dropout._DropoutNd))
        for m in seen.model.modules()
    )
    share = seen.evaluating / seen.training if seen.training else 0.0
    if has and over(k, "evaluation_mode: updates", share, 0.2):
        return Suspicion(
            "evaluation_mode",
            1.0,
            f"{share:.0%} of the updates were made in eval mode",
            "none",
            ("train mode",),
        )
    if k.tested_in_train_mode:
        return Suspicion(
            "evaluation_mode",
            0.9,
            f"{seen.tested_training} of {seen.tested} forwards without gradient, as in a test, "
            "were made in train mode",
            "none",
            ("eval mode",),
        )
    return None


@rule(
    "softmax_twice",
    "sigmoid_twice",
    "probabilities_expected",
    "squared_error_on_softmax",
    "shapes_broadcast",
    needs="loss",
)
def loss_and_output(k):
    """The loss function against what it is given: probabilities, logits, shapes."""
    call, found = k.call, []
    if call is not None:
        f, out, target = call.function, call.output.float(), call.target
        rows = out.movedim(1, -1) if out.dim() > 1 else out
        one = out.dim() > 1 and out.shape[1] > 1
        if (
            f is F.cross_entropy
            and one
            and (experiments.probabilities(rows) or k.output_kind == "softmax")
        ):
            found.append(
                Suspicion(
                    "softmax_twice",
                    1.0,
                    "cross-entropy is given probabilities",
                    "logits of any size",
                    ("logits", "free output"),
                )
            )
        if f is F.binary_cross_entropy_with_logits and experiments.in_unit(out):
            found.append(
                Suspicion(
                    "sigmoid_twice",
                    1.0,
                    "the loss with a sigmoid is given values between 0 and 1",
                    "logits of any size",
                    ("logits",),
                )
            )
        if f is F.nll_loss and not bool(((rows.exp().sum(-1) - 1).abs() < 1e-2).all()):
            found.append(
                Suspicion(
                    "probabilities_expected",
                    1.0,
                    "nll_loss is given what are no log-probabilities",
                    "rows whose exponentials sum to one",
                    ("log-probabilities", "fitting loss"),
                )
            )
        if f is F.kl_div and not bool(((rows.exp().sum(-1) - 1).abs() < 1e-2).all()):
            found.append(
                Suspicion(
                    "probabilities_expected",
                    1.0,
                    "kl_div is given what are no log-probabilities",
                    "rows whose exponentials sum to one",
                    ("log-probabilities",),
                )
            )
        if f is F.binary_cross_entropy and "sigmoid" in k.seen.twice:
            found.append(
                Suspicion(
                    "sigmoid_twice",
                    1.0,
                    "a sigmoid is taken of a sigmoid's output",
                    "of logits of any size",
                    ("one sigmoid",),
                )
            )
        in_marks = k.kind in ("one hot", "marks") or (  # also where the loop makes them of classes
            k.kind == "classes" and torch.is_tensor(target) and target.shape == out.shape
        )
        if f in calls.REGRESSION and in_marks and bounded(k, call):
            found.append(
                Suspicion(
                    "squared_error_on_softmax",
                    0.8,
                    f"{call.name} of a {k.output_kind}'s output",
                    "cross-entropy",
                    ("fitting loss",),
                )
            )
        if (
            f in calls.ELEMENTWISE
            and torch.is_tensor(target)
            and call.shapes[0] != call.shapes[1]
            and out.numel() == target.numel()
        ):
            found.append(
                Suspicion(
                    "shapes_broadcast",
                    1.0,
                    f"the loss compares shapes {call.shapes[0]} and {call.shapes[1]}",
                    "equal shapes",
                    ("equal shapes",),
                )
            )
    return found


@rule("shapes_broadcast", needs="updates")
def written_by_hand(k):
    """Shapes that meet in a loss written by hand: each output is compared with each target.

    Measured is the shape of a difference or a product; usual is that of its parts. No loss of torch
    need be called: who writes one by hand has none that would warn.
    """
    if not k.seen.broadcast:
        return None
    a, b, c = k.seen.broadcast[0]
    return Suspicion(
        "shapes_broadcast",
        1.0,
        f"a difference or product of shapes {a} and {b} has the shape {c}",
        "equal shapes",
        ("equal shapes",),
    )


@rule("probabilities_expected", needs="targets")
def probabilities_by_hand(k):
    """Numbers of any size, given to a loss written by hand that may be one of probabilities."""
    output = k.output
    if k.call is not None or k.seen.link or k.kind not in ("marks", "one hot", "classes"):
        return None
    if k.bounded or not torch.is_tensor(output) or experiments.in_unit(output.float()):
        return None
    low, high = (float(v) for v in (output.min(), output.max()))
    return Suspicion(
        "probabilities_expected",
        0.5,
        f"a loss written by hand is given outputs from {low:.3g} to {high:.3g}, as they are",
        "probabilities, or logits that the loss makes into some",
        ("probabilities",),
    )


def bounded(k, call):
    """Whether what the loss compares comes out of a sigmoid or softmax, in the model or after."""
    return k.bounded or bool(call.source and call.source[0] in ("sigmoid", "softmax"))


@rule("wrong_output_range", needs="targets")
def wrong_output_range(k):
    low, high = {
        "relu": (0, math.inf), "sigmoid": (0, 1), "tanh": (-1, 1), "softmax": (0, 1),
        "log_softmax": (-math.inf, 0), "smooth": (-0.3, math.inf),
    }.get(k.output_kind, (-math.inf, math.inf))  # fmt: skip
    if k.kind not in ("numbers", "marks") or not torch.is_tensor(k.y):
        return None
    y = k.y.float()
    y = y[torch.isfinite(y)]
    slack = 0.02 * float(y.std()) if y.numel() > 1 else 0.0
    share = float(((y < low - slack) | (y > high + slack)).float().mean())
    if over(k, "wrong_output_range: targets outside", share, 0.01):
        return Suspicion(
            "wrong_output_range",
            1.0,
            f"{share:.0%} of the targets lie outside of what the last {k.output_kind} reaches",
            "none",
            ("free output",),
        )
    return None


@rule("wrong_output_range", needs="loss")
def squashed_logits(k):
    """A bounded or one-sided activation on what the loss takes for logits."""
    if k.loss in (F.cross_entropy, F.binary_cross_entropy_with_logits) and k.output_kind in (
        "relu",
        "tanh",
        "sigmoid",
    ):
        if k.output_kind == "sigmoid" and k.loss is F.binary_cross_entropy_with_logits:
            return None
        return Suspicion(
            "wrong_output_range",
            0.9,
            f"the logits are the output of {k.output_kind}",
            "logits of any size",
            ("free output",),
        )
    return None


@rule("output_units_wrong")
def output_units_wrong(k):
    axis = k.seen.softmax_axis
    if axis and axis[0] is not None and axis[1] and axis[1][axis[0]] == 1:
        return Suspicion(
            "output_units_wrong",
            1.0,
            "softmax is taken over one unit: it is always 1",
            "as many units as classes, or a sigmoid",
            ("sigmoid",),
        )
    return None


@rule("wrong_loss", needs="targets")
def wrong_loss(k):
    """Does another loss, of the same outputs, learn more?"""
    if k.kind is None:
        return None
    fits = {
        "classes": (F.cross_entropy, F.nll_loss),
        "one hot": (F.cross_entropy, F.nll_loss),
        "shares": (F.cross_entropy, F.kl_div),
        "marks": (F.binary_cross_entropy, F.binary_cross_entropy_with_logits, F.soft_margin_loss),
        "numbers": (*calls.REGRESSION, F.poisson_nll_loss, F.gaussian_nll_loss),
    }[k.kind]
    if k.numbers_of_classes is not None:
        values = k.numbers_of_classes
        return Suspicion(
            "wrong_loss",
            0.5,
            f"targets that are {len(values)} whole numbers, {int(values[0])} to {int(values[-1])}, "
            "are learnt as numbers",
            "cross-entropy, if they are classes",
            ("as classes",),
        )
    name = k.call.name if k.call else "a loss written by hand"
    strength = 0.25 if k.loss in fits else 0.5
    if k.kind == "marks" and k.loss in (F.cross_entropy, F.kl_div) and k.y.dim() == 2:
        most = float(k.y.float().sum(1).max())
        if most > 1:
            strength = 0.8
            name += f", which takes a row for shares of one where {most:.0f} are marked"
    losses = [v for v in k.seen.losses if math.isfinite(v)]
    if k.loss in fits and losses and losses[-1] < -0.01:
        strength, name = 0.8, f"{name}, below zero at {losses[-1]:.3g}"
    return Suspicion(
        "wrong_loss",
        strength,
        f"{name}, for targets that are {k.kind}",
        "cross-entropy for classes and marks, squared error for numbers",
        ("fitting loss",),
    )


@rule("loss_not_averaged")
def loss_not_averaged(k):
    if k.added > 3:
        return Suspicion(
            "loss_not_averaged",
            0.9,
            f"the gradients of {k.added} batches are added up in an update, each of a whole loss",
            "their mean: loss / batches",
            ("averaged",),
        )
    if k.summed:
        return Suspicion(
            "loss_not_averaged", 0.9, f"the loss is a sum over {k.summed}", "a mean", ("averaged",)
        )
    return None


@rule("symmetric_start")
def symmetric_start(k):
    alike = {n: a for n, (s, a) in k.starts.items() if a > 0.5}
    if alike:
        name, share = max(alike.items(), key=lambda each: each[1])
        return Suspicion(
            "symmetric_start",
            1.0,
            f"{share:.0%} of the units of {name} start as another one",
            "none",
            ("default start",),
        )
    return None


@rule("start_too_large", "start_too_small")
def start_scale(k):
    # torch's own start has 0.58 (uniform with a = √5), He's 1.41, orthogonal ones 1
    spreads = {n: s for n, (s, a) in k.starts.items() if a <= 0.5}
    if not spreads:
        return None
    values = sorted(spreads.values())
    large, small = values[-1], values[0]
    found = []
    if over(k, "start_too_large: over 1/√(inputs)", large, 3):
        found.append(
            Suspicion(
                "start_too_large",
                min(1.0, large / 6),
                f"weights start {large:.3g} times 1/√(inputs)",
                "0.6 to 1.4 times",
                ("default start", "He start"),
            )
        )
    if under(k, "start_too_small: over 1/√(inputs)", small, 0.2):
        found.append(
            Suspicion(
                "start_too_small",
                min(1.0, 0.2 / max(small, 1e-9) / 5),
                f"weights start {small:.3g} times 1/√(inputs)",
                "0.6 to 1.4 times",
                ("default start", "He start"),
            )
        )
    return found


# ---- data


@rule("bad_values", needs="examples")
def bad_values(k):
    bad, far = k.data.outside
    if bad is None:
        return None
    n, m = int(bad.sum()), int(far.sum())
    if n:
        return Suspicion(
            "bad_values",
            1.0,
            f"{n} of {len(bad)} examples hold NaN or infinity",
            "none",
            ("cleaned",),
        )
    if k.data.stand_ins is not None:
        value, centre, spread, share = (each.flatten() for each in k.data.stand_ins)
        most = int(share.nan_to_num().argmax())
        away = float((value - centre).abs()[most] / spread[most])
        return Suspicion(
            "bad_values",
            0.9,
            f"the number {float(value[most]):.4g} is {float(share[most]):.1%} of a feature, "
            f"{away:.3g} standard deviations of the others away from them",
            "none that stands for what is missing",
            ("filled",),
        )
    if m and m < 0.2 * len(far):
        return Suspicion(
            "bad_values",
            0.7,
            f"{m} of {len(far)} examples hold a number 20 times as far out as nine tenths of them",
            "none",
            ("cleaned",),
        )
    return None


@rule("inputs_not_scaled", needs="inputs")
def inputs_not_scaled(k):
    return _not_scaled(k, k.held.x, "features")


@rule("inputs_not_scaled", needs="examples")
def named_inputs_not_scaled(k):
    """Of several inputs by name, is one far from mean 0 and spread 1?"""
    found = (_not_scaled(k, x, f"input {name!r}: features") for name, x in k.data.by_name.items())
    return next(filter(None, found), None)


def _not_scaled(k, x, what):
    offset, spread, unlike = measures.extent(x)
    size = math.hypot(offset, spread)
    off = [
        over(k, "inputs_not_scaled: offset over spread", offset / max(spread, 1e-12), 3),
        over(k, "inputs_not_scaled: size", size, 10),
        under(k, "inputs_not_scaled: size, small", size, 0.05),
        over(k, "inputs_not_scaled: widest over middle", unlike, 10),
    ]
    if not any(off):
        return None
    return Suspicion(
        "inputs_not_scaled",
        0.8,
        f"{what} of mean {offset:.3g} and spread {spread:.3g}, "
        f"the widest {unlike:.3g} times the middle one",
        "mean 0, spread 1",
        ("scaled inputs",),
    )


@rule("targets_not_scaled", needs="targets")
def targets_not_scaled(k):
    if k.kind != "numbers" or not torch.is_tensor(k.y):
        return None
    y = k.y.float()
    centre, spread = float(y.mean().abs()), float(y.std())
    off = [
        over(k, "targets_not_scaled: offset over spread", centre / max(spread, 1e-12), 3),
        over(k, "targets_not_scaled: spread", spread, 5),
        under(k, "targets_not_scaled: spread, small", spread, 0.05),
    ]
    if not any(off):
        return None
    return Suspicion(
        "targets_not_scaled",
        0.8,
        f"targets of mean {centre:.3g} and spread {spread:.3g}",
        "mean 0, spread 1",
        ("scaled targets",),
    )


@rule("not_shuffled", needs="examples")
def not_shuffled(k):
    y, sizes = k.held.y, k.held.sizes
    if y is None or len(sizes) < 4:
        return None
    classes = k.classes
    rows = (
        F.one_hot(classes).float() if classes is not None else y.reshape(len(y), -1)[:, :64].float()
    )
    ratio = measures.order(sizes, rows)
    if over(k, "not_shuffled: variance of batches", ratio, 3):
        return Suspicion(
            "not_shuffled",
            min(1.0, ratio / 6),
            f"the batches' means vary {ratio:.3g} times as much as in a random deal",
            "1",
            ("reshuffled",),
        )
    return None


@rule("classes_imbalanced", needs="targets")
def classes_imbalanced(k):
    y = k.classes
    if y is None:
        return rare_places(k)
    counts = torch.bincount(y)
    counts = counts[counts > 0]
    ratio = float(counts.max() / counts.min())
    if over(k, "classes_imbalanced: largest over smallest", ratio, 4):
        return Suspicion(
            "classes_imbalanced",
            min(1.0, ratio / 20),
            f"the largest class has {ratio:.3g} times the examples of the smallest",
            "below 4",
            ("balanced",),
        )
    return None


def rare_places(k):
    """Of labels of places, in pictures or sequences: is the rarest hardly ever the answer?"""
    if k.kind not in ("classes", "marks") or k.y.dim() < 2 or k.base.answered is None:
        return None
    if k.kind == "marks" and k.y[0].squeeze().dim() < 2:
        return None  # several marks of one example: each is a question of its own
    found = tasks.answered(*k.base.answered, k.loss, k.ignored, k.seen.link)
    if found is None:
        return None
    told, right = found
    counts = torch.bincount(right)
    rare = int(counts.masked_fill(counts == 0, len(right)).argmin())
    ratio = float(counts.max() / counts[rare])
    heard = float((told[right == rare] == rare).float().mean())
    if ratio > 4 and under(k, "classes_imbalanced: the rarest label found", heard, 0.5):
        return Suspicion(
            "classes_imbalanced",
            min(1.0, ratio / 20),
            f"the rarest label, of {float(counts[rare]) / len(right):.2%} of the places, is found "
            f"in {heard:.0%} of them",
            "in most of them",
            ("weighted",),
        )
    return None


@rule("labels_mismatched", "labels_noisy", needs="inputs")
def labels(k):
    """Do neighbours agree on the label, in the training set as in the test set?"""
    x = k.held.x
    if not _is_asked(x):
        return None
    found = []
    classes = k.classes is not None
    y = k.classes if classes else k.held.y
    if not classes and k.kind != "numbers":
        return nothing_learnt(k)
    here = measures.neighbours(k.held.features(), y, classes)
    there = math.nan
    if k.test is not None and torch.is_tensor(k.test[0]) and len(k.test[0]) > 50:
        ty = k.labels_of(k.test[1]) if classes else k.test[1]
        there = measures.neighbours(k.test[0].reshape(len(k.test[0]), -1), ty, classes)
    text = (
        f"neighbours' labels agree {here:.2f} in the training set and "
        f"{there:.2f} in the test set (0 is chance)"
    )
    # labels out of step agree as by chance; of noise the square of the right ones' share is left
    chance = measures.chance_of_agreement(y) if classes else 0.15
    if under(k, "labels_mismatched: agreement of neighbours", here, 0.15):
        strength = 0.9 if there > here + 0.25 else 0.2
        strength = 0.2 if here > chance else strength
        found.append(
            Suspicion(
                "labels_mismatched",
                strength,
                text,
                "as much in both",
                ("re-paired", "test pairs") if k.shift else ("test pairs",),
            )
        )
    apart = there > here + 0.25
    if classes or k.agreeing is not None:
        good = k.agreeing
        share = 1 - float(good.float().mean()) if good is not None else 0.0
        if (share > 0.1 or apart) and here > min(0.1, chance):
            found.append(
                Suspicion(
                    "labels_noisy",
                    (0.8 if apart else 0.6) if classes else 0.5 if apart else 0.3,
                    f"{share:.0%} of the examples are contradicted by their neighbours; {text}",
                    "a few per cent",
                    ("agreed", "test pairs") if apart else ("agreed",),
                )
            )
    return found


def other_units(k):
    """Are the test set's targets in other units than those of the training set?"""
    y, there = k.held.y, k.test[1]
    if k.kind != "numbers" or not torch.is_tensor(there) or y.shape[1:] != there.shape[1:]:
        return None
    (m, s), (mt, st) = (
        (float(v.float().mean()), max(float(v.float().std()), 1e-12)) for v in (y, there)
    )
    off = [
        over(k, "preprocessing_mismatch: offset of targets", abs(mt - m) / s, 3),
        over(k, "preprocessing_mismatch: widths of targets", max(s / st, st / s), 5),
    ]
    if not any(off):
        return None
    return Suspicion(
        "preprocessing_mismatch",
        1.0,
        f"the test set's targets have mean {mt:.3g} and spread {st:.3g}, those that are learnt "
        f"{m:.3g} and {s:.3g}",
        "the same units",
        ("test targets as training",),
    )


def nothing_learnt(k):
    """Of targets that neighbours cannot be asked for: can nothing be learnt from their pairs?"""
    if k.test is None or not math.isfinite(k.base.train) or k.base.train > 0.3:
        return None
    return Suspicion(
        "labels_mismatched",
        0.25,
        f"what the training examples were learnt to is a skill of {k.base.train:.2f}",
        "more than of a guess",
        ("test pairs",),
    )


@rule("labels_mismatched", "labels_noisy", needs="test targets")
def labels_by_the_test_set(k):
    """Where examples have no neighbours to ask: is less learnt than from the test set's own?

    Of tokens, graphs and several inputs by name. From labels out of step nothing can be learnt,
    from noisy ones something.
    """
    count = held.counted(k.test)
    if _is_asked(k.held.x) or k.kind not in ("classes", "marks", "numbers") or count < 96:
        return None
    skill = k.base.skill
    if not skill < 0.5:  # no measure of the labels: where it is high, they are good enough
        return None
    told = skill > 2 / math.sqrt(count)
    return [
        Suspicion(
            label,
            0.3 if likely else 0.2,
            f"on the test set, skill is {skill:.2f} (0 is a guess)",
            "above a half; and no more from half of the test set",
            ("test pairs",),
        )
        for label, likely in (("labels_noisy", told), ("labels_mismatched", not told))
    ]


def _is_asked(x):
    """Whether `labels` asks the neighbours of such inputs."""
    return x is not None and x.is_floating_point() and x[0].numel() <= NUMBERS


@rule("preprocessing_mismatch", needs="batches test")
def other_tokens(k):
    """Do the whole numbers of the training and the test set differ in how often each comes?"""
    x, there = k.held.x, k.test[0]
    whole = torch.is_tensor(there) and not (x.is_floating_point() or there.is_floating_point())
    if not whole or x.is_complex() or x.dtype == torch.bool or there.dtype == torch.bool:
        return None
    apart, usual = measures.tokens_apart(x, there)
    if over(k, "preprocessing_mismatch: tokens apart over chance", apart / max(usual, 0.1), 3):
        return Suspicion(
            "preprocessing_mismatch",
            0.9,
            f"{apart:.0%} of the test set's tokens are others than the training set's",
            f"{usual:.0%}, by chance",
            ("test pairs",),
        )
    return None


@rule("preprocessing_mismatch", needs="inputs test")
def preprocessing_mismatch(k):
    x = k.held.x
    if x is None or k.test is None or not torch.is_tensor(k.test[0]) or not x.is_floating_point():
        return None
    if k.test[0].shape[1:] != x.shape[1:]:
        return None
    offset, ratio = measures.shifted(x, k.test[0])
    off = [
        over(k, "preprocessing_mismatch: offset", offset, 0.7),
        over(k, "preprocessing_mismatch: ratio of widths", ratio, 1.7),
    ]
    if any(off):
        return Suspicion(
            "preprocessing_mismatch",
            1.0,
            f"the test set's features are off by {offset:.3g} deviations, "
            f"and {ratio:.3g} times as wide or narrow",
            "0 and 1",
            ("test as training", "test pairs"),
        )
    if found := other_units(k):
        return found
    if len(x) < 50 or len(k.test[0]) < 50:
        return None
    ratio = measures.apart_in_examples(x, k.test[0])
    if over(k, "preprocessing_mismatch: means of examples", ratio, 10):
        return Suspicion(
            "preprocessing_mismatch",
            1.0,
            f"from example to example, their own mean or spread varies {ratio:.3g} times as much "
            "in one set as in the other",
            "1",
            ("held out", "test pairs"),
        )
    return None


# ---- choices and settings


@rule("schedule_wrong", needs="updates")
def schedule_wrong(k):
    rates = [max(r) for r in k.seen.rates if r]
    if len(rates) < 10 or min(rates) <= 0:
        ratio = math.inf if rates and max(rates) > 0 else 1.0
    else:
        ratio = max(rates) / min(rates)
    if not over(k, "schedule_wrong: largest over smallest rate", ratio, 3) or len(rates) < 10:
        return None
    third = rates[len(rates) // 3]
    early = third < 0.1 * max(rates[: max(1, len(rates) // 3)])
    return Suspicion(
        "schedule_wrong",
        0.9 if early or rates[-1] > 3 * rates[0] else 0.3,
        f"the rate goes from {rates[0]:.3g} over {third:.3g} to {rates[-1]:.3g}",
        "a tenth after a third of the updates at the earliest",
        ("constant rate",),
    )


@rule("clip_too_low", needs="updates")
def clip_too_low(k):
    share, factor = measures.clipping(k.seen.steps)
    if under(k, "clip_too_low: what is left", factor, 0.5) and share > 0.2:
        return Suspicion(
            "clip_too_low",
            0.8 if factor < 0.1 else 0.4,
            f"{share:.0%} of the gradients are cut, to {factor:.3g} of their norm",
            "few, at spikes",
            ("no clipping",),
        )
    hooked = [p for p in k.seen.model.parameters() if p._backward_hooks]
    if hooked:
        return Suspicion(
            "clip_too_low",
            0.4,
            f"hooks change the gradients of {len(hooked)} parameters on their way",
            "none",
            ("no clipping",),
        )
    return None


@rule("weight_decay_too_large")
def weight_decay(k):
    found = [
        (g.get("weight_decay", 0), 0.3 if isinstance(o, torch.optim.AdamW) else 5e-3)
        for o in k.seen.optimizers
        for g in o.param_groups
    ]
    most, limit = max(found, default=(0, 1))
    if most >= 1e-3:
        return Suspicion(
            "weight_decay_too_large",
            0.8 if most > limit else 0.2,
            f"weight decay {most:g}",
            "1e-4 (SGD), 1e-2 (AdamW)",
            ("no decay",),
        )
    if k.seen.penalised:
        return Suspicion(
            "weight_decay_too_large",
            0.4,
            "a penalty on the weights in the loss",
            "1e-4 times half of their square",
            ("no decay",),
        )
    return None


@rule("momentum_too_high")
def momentum(k):
    most = 0.0
    for o in k.seen.optimizers:
        for g in o.param_groups:
            most = max(most, g.get("momentum", 0), g.get("betas", (0,))[0])
    if most > 0.95:
        return Suspicion("momentum_too_high", 0.8, f"momentum {most:g}", "0.9", ("momentum",))
    return None


@rule("dropout_too_high")
def dropout_too_high(k):
    within = [getattr(m, "dropout", 0.0) for m in k.model.modules()]  # of recurrent and attention
    within = [p for p in within if isinstance(p, float)] if k.model.training else []
    p = max([*k.seen.dropout, *within], default=0.0)
    if over(k, "dropout_too_high: dropout", p, 0.3):
        return Suspicion(
            "dropout_too_high",
            0.7 if p > 0.6 else 0.2,
            f"dropout {p:g}",
            "0.1 to 0.5",
            ("no dropout",),
        )
    return None


@rule("batch_too_small_for_norm", "norm_statistics_stale", needs="norms")
def norms(k):
    layers = [
        m for m in k.seen.model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)
    ]
    if not layers:
        return None
    size = k.held.size or measures.median(k.seen.batch_sizes)
    found = []
    if under(k, "batch_too_small_for_norm: batch", size, 9):
        found.append(
            Suspicion(
                "batch_too_small_for_norm",
                0.8 if size <= 4 else 0.3,
                f"batch norm over batches of {size}",
                "16 and more",
                ("group norm",),
            )
        )
    odd = [m for m in layers if m.momentum is not None and not 0.02 < m.momentum < 0.9]
    found.append(
        Suspicion(
            "norm_statistics_stale",
            0.8 if odd else 0.3,
            "the running statistics of batch norm",
            "those of the data",
            ("new statistics",),
        )
    )
    return found


@rule("precision_too_low", needs="updates")
def precision(k):
    kinds = {p.dtype for p in k.seen.model.parameters()}
    low = kinds & {torch.float16, torch.bfloat16}
    rounded = measures.median([s.rounded for s in k.seen.steps])
    if over(k, "precision_too_low: left by rounding", rounded, 0.3) or low or k.seen.autocast:
        return Suspicion(
            "precision_too_low",
            0.9 if low else 0.3,
            f"{rounded:.0%} of the weights are left as they were by an update, for rounding",
            "below a tenth",
            ("float32",),
        )
    return None


@rule("dead_relu", needs="units")
def dead_relu(k):
    steps = [s for s in k.seen.steps if s.activations]
    if not steps:
        return None
    early, share = (
        max((a.dead for a in s.activations if a.kind == "relu" and a.units > 1), default=0.0)
        for s in (steps[0], steps[-1])
    )
    if over(k, "dead_relu: dead units", share, 0.3):
        at_start = ", from the start" if early > 0.3 else ""
        return Suspicion(
            "dead_relu",
            min(1.0, share),
            f"{share:.0%} of a layer's units are zero for every example{at_start}",
            "below a third",
            ("leaky", "default start") if at_start else ("leaky",),
        )
    return None


@rule("saturated_units", needs="units")
def saturated_units(k):
    steps = [s for s in k.seen.steps if s.activations or s.recurrent]
    if not steps:
        return None
    place = k.output_place
    share = max(
        (
            a.saturated
            for s in (steps[0], steps[-1])
            for i, a in [*enumerate(s.activations), *((None, a) for a in s.recurrent)]
            if a.kind in ("tanh", "sigmoid") and (i is None or i != place)
        ),
        default=0.0,
    )
    if over(k, "saturated_units: values at a bound", share, 0.3):
        return Suspicion(
            "saturated_units",
            min(1.0, share),
            f"{share:.0%} of the values lie at a bound",
            "below a third",
            ("ReLU", "gentle"),
        )
    return None


@rule("vanishing_gradient", needs="updates")
def vanishing_gradient(k):
    ratio = measures.ends(k.seen.steps[: max(3, len(k.seen.steps) // 4)])
    if under(k, "vanishing_gradient: first over last layer", ratio, 3e-3):
        return Suspicion(
            "vanishing_gradient",
            0.8 if ratio < 1e-4 else 0.3,
            f"the first layer's gradient, against its weights, is {ratio:.2g} of the last's",
            "0.1 to 10",
            ("ReLU", "equal layers"),
        )
    return None


@rule("exploding_gradient", needs="updates")
def exploding_gradient(k):
    norms = [measures.norm(s.gradients.values()) for s in k.seen.steps]
    good = [n for n in norms if math.isfinite(n)]
    middle = measures.median(good[: max(3, len(good) // 3)])
    top = max(good, default=0.0) if len(good) == len(norms) else math.inf
    if middle and over(k, "exploding_gradient: largest over middle norm", top / middle, 20):
        return Suspicion(
            "exploding_gradient",
            0.5,
            f"the gradient's norm goes from {middle:.3g} to {top:.3g}",
            "within a factor of 20",
            ("clipping at 1", "clipping"),
        )
    return None


@rule("nan_in_loss", needs="losses")
def nan_in_loss(k):
    losses = k.seen.losses
    bad = next((i for i, v in enumerate(losses) if not math.isfinite(v)), None)
    if bad is None and not k.seen.first_bad:
        return None
    calm = bad is None or bad == 0 or abs(losses[bad - 1]) < 10 * (abs(losses[0]) + 1e-9)
    where = k.base.located or (k.seen.first_bad[1] if k.seen.first_bad else "the loss")
    return Suspicion(
        "nan_in_loss",
        0.9 if calm else 0.2,
        f"{where} is not finite, after losses of {losses[max(0, (bad or 1) - 1)]:.3g}",
        "finite",
        ("finite gradients",),
    )


@rule("rate_too_high", "rate_too_low", "no_warm_up", needs="updates")
def rates(k):
    """Every rate may be the wrong one; its size, and what an update moves, say how likely it is."""
    attention = any(isinstance(m, torch.nn.MultiheadAttention) for m in k.seen.model.modules())
    attention = attention or any(
        a.kind == "softmax" for s in k.seen.steps[:1] for a in s.activations[:-1]
    )
    adaptive = any("betas" in g or "alpha" in g for g in k.groups)
    large_steps = over(k, "rate_too_high: update over weights", k.moved, 0.03)
    sharp = over(k, "rate_too_high: curvature over what it bears", k.base.sharpness, 10)
    rate = max((float(g["lr"]) for g in k.groups if "lr" in g), default=math.nan)
    # what examples and papers use, and a factor of three
    low, high = (1e-5, 0.03) if adaptive else (3e-4, 1.0)
    large, small = rate > high, max(k.first_rates, default=rate) < low
    text = k.rate_text
    if math.isfinite(k.base.sharpness):
        text += f"; the largest curvature is {k.base.sharpness:.2g} of what it bears"
    found = [
        Suspicion(
            "rate_too_high",
            0.8 if large else 0.6 if large_steps or sharp else 0.4,
            text,
            k.rate_usual,
            ("rate / 10", "rate / 100", "rate / 3"),
        ),
        Suspicion(
            "no_warm_up",
            0.7 if attention and adaptive and not large else 0.2,
            k.rate_text,
            k.rate_usual,
            ("warm-up",),
        ),
    ]
    tiny = under(k, "rate_too_low: update over weights", k.moved, 1e-4)
    if not k.moved > 5e-3:
        found.append(
            Suspicion(
                "rate_too_low",
                0.8 if small else 0.6 if tiny else 0.4,
                k.rate_text,
                k.rate_usual,
                ("rate × 10", "rate × 100"),
            )
        )
    return found


@rule("overfitting", needs="test")
def overfitting(k):
    checks = k.base.checks
    if len(checks) < 3 or k.test is None:
        return None
    losses = [c[2] for c in checks if math.isfinite(c[2])]
    if len(losses) < 3:
        return None
    rise = losses[-1] / min(losses) if min(losses) > 0 else 1.0
    gap = k.base.train - k.base.skill
    rises = over(k, "overfitting: last over least test loss", rise, 1.1)
    if rises and over(k, "overfitting: skill in training above testing", gap, 0.1):
        return Suspicion(
            "overfitting",
            0.6,
            f"the test loss ends {rise:.2f} times above its minimum; skill "
            f"{k.base.train:.2f} on training examples, {k.base.skill:.2f} on others",
            "1, and a small gap",
            ("stopped earlier", "regularised"),
        )
    return None


@rule("trained_too_briefly", "batch_too_large_for_budget")
def budget(k):
    size = k.held.size
    n = sum(k.held.sizes) if k.held.whole else math.inf
    found = [
        Suspicion(
            "trained_too_briefly",
            0.8 if not k.base.error and k.seen.backwards < 0.5 * k.updates else 0.25,
            f"{k.seen.updates} updates, of {k.updates} that were asked for",
            "until the loss no longer falls", ("longer",),
        )
    ]  # fmt: skip
    share = size / n if size else 0.0
    if over(k, "batch_too_large_for_budget: share of examples", share, 0.2 - 1e-9) and size >= 64:
        found.append(
            Suspicion(
                "batch_too_large_for_budget",
                0.8 if size >= n / 2 else 0.5,
                f"batches of {size} of {n} examples" + k.noise_text,
                "1 to 10 %",
                ("batch / 8",),
            )
        )
    return found


@rule("capacity_too_small")
def capacity(k):
    if k.base.train > 0.9:
        return None
    widths = k.widths
    narrow = bool(widths) and min(widths) <= 4
    reference = k.base.reference
    behind = reference > k.base.skill + 0.1
    return Suspicion(
        "capacity_too_small",
        0.8 if narrow else 0.4 if behind else 0.25,
        f"hidden layers of {', '.join(map(str, widths)) or 'no'} units; the skill on the training "
        f"examples is {k.base.train:.2f}, that of a plain rule {reference:.2f}",
        "no less than a plain rule",
        ("wider", "another network"),
    )


@rule("vanishing_gradient", needs="updates")
def vanishing_through_time(k):
    ratio = k.base.through_time
    if ratio is None or not under(k, "vanishing_gradient: through time", ratio, 1e-2):
        return None
    return Suspicion(
        "vanishing_gradient", 0.8 if ratio < 1e-4 else 0.4,
        f"the gradient of the first quarter of a sequence is {ratio:.2g} of the last's",
        "0.1 to 10", ("remembering",),
    )  # fmt: skip


@rule("labels_mismatched", needs="examples")
def mixed_examples(k):
    """An example's output that depends on the others in its batch, or pairs moved by the loop."""
    if k.seen.moved_pairs > 2:
        return Suspicion(
            "labels_mismatched", 0.95, "the loop orders x and y otherwise than the batch had them",
            "pairs as they came", ("fitting loss",),
        )  # fmt: skip
    if k.base.mixes:
        return Suspicion(
            "labels_mismatched", 0.9, "an example's output depends on the others in its batch",
            "on itself alone", (),
        )  # fmt: skip
    return None


@rule("evaluation_mode")
def dropout_when_testing(k):
    if k.seen.dropout_always:
        return Suspicion(
            "evaluation_mode", 0.9, "dropout is on in eval mode too",
            "off: F.dropout(x, p, self.training)", ("no dropout",),
        )  # fmt: skip
    return None


@rule("output_units_wrong")
def units_and_classes(k):
    error = k.base.error or ""
    if "out of bounds" in error or "nll_loss" in error:
        return Suspicion("output_units_wrong", 1.0, error, "a unit for each class", ())
    y, out = k.y, k.base.first_output
    if (
        not torch.is_tensor(y)
        or not torch.is_tensor(out)
        or y.numel() < 20
        or out.numel() != len(out)
    ):
        return None
    values = torch.unique(y[:5000].float())
    whole = bool((values == values.round()).all())
    if whole and 3 <= len(values) <= 50 and k.output_kind in ("sigmoid", "softmax", "tanh"):
        return Suspicion(
            "output_units_wrong", 0.95, f"one bounded unit for {len(values)} classes",
            "a unit for each class", (),
        )  # fmt: skip
    return None
