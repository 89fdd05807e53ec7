"""How well a model does what its targets ask, on a scale that no change of the loss moves.

`skill` is 1 for right answers and 0 for those that need no input: the mean recall of the classes
above chance, or the explained share of the variance. It is 0 as well for what is not finite.
"""

import math

import torch

from trainingtips.checkup.calls import CLASSES, tensors

MANY = 1024  # examples that a skill is measured on
COLUMNS = 9  # outputs for one number, at most, of which the best is taken for the answer


def kind_of(y, output, function=None):
    """What y wants: "classes", "one hot", "shares", "marks" (each yes or no) or "numbers".

    Shares are rows of numbers that sum to one: a distribution over classes.
    """
    if not y.is_floating_point() and y.dtype != torch.bool:
        whole = class_axis(output, y) is not None
        binary = y.numel() and int(y.min()) >= 0 and int(y.max()) <= 1
        if whole:
            return "classes"
        return "marks" if binary else "numbers"
    values = y.float()
    if bool(((values == 0) | (values == 1)).all()) and values.numel() > 1:
        rows = values.dim() >= 2 and values.shape[1] > 1
        if rows and values.dim() == 2 and bool((values.sum(1) == 1).all()):
            return "one hot"
        return "marks"
    if values.dim() == 2 and values.shape[1] > 1 and is_shares(values):
        return "shares"
    return "numbers"


def is_shares(rows):
    """Whether each row, along the last axis, is a distribution."""
    return bool((rows >= 0).all()) and bool(((rows.sum(-1) - 1).abs() < 1e-3).all())


def class_axis(output, y):
    """The axis of `output` along which the classes of y lie, or None."""
    shape, wanted = tuple(output.shape), tuple(y.shape)
    if len(wanted) > 1 and wanted[-1] == 1 and len(shape) == len(wanted):
        wanted = wanted[:-1]
    for axis in (1, len(shape) - 1):
        if 0 < axis < len(shape) and shape[axis] > 1 and shape[:axis] + shape[axis + 1 :] == wanted:
            return axis
    return None


def pair(output, y):
    """(output, y) with the output's tensor that y is compared with, the shapes made equal.

    Raises ValueError where nothing in the output fits y.
    """
    options = [o for o in tensors(output) if o.is_floating_point()]
    for each in options:
        if each.shape == y.shape or class_axis(each, y) is not None:
            return each, y
    for each in options:
        if each.numel() == y.numel():
            return each.reshape(y.shape), y
        flat = each.reshape(-1, each.shape[-1]) if each.dim() > 1 else each
        if flat.dim() > 1 and len(flat) == y.numel() and flat.shape[1] > 1:
            return flat, y.reshape(-1)
    heads = [o.reshape(len(o), -1) for o in options if o.dim() and len(o) == len(y)]
    if len(heads) > 1 and y.dim() == 2 and sum(h.shape[1] for h in heads) == y.shape[1]:
        return torch.cat(heads, 1), y  # a head for each of the targets
    shapes = ", ".join(str(tuple(each.shape)) for each in options)
    raise ValueError(f"an output of {shapes or 'no numbers'} for targets of {tuple(y.shape)}")


# what a loss written by hand makes of the model's outputs, before it compares them
LINKS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softmax": lambda output: output.softmax(-1),
}


def skill(output, y, function=None, decoded=False, ignored=None, link=None):
    """0 to 1, for outputs and targets of a set; `decoded` outputs are logits of what was learnt.

    Of the class `ignored`, which the loss leaves out, nothing is asked. `link` is (one of `LINKS`,
    the shape of an example's output), or None. Raises ValueError where the outputs are not what the
    targets are compared with.
    """
    linked = link_of(output, link)
    output, y = pair(output, y)
    output = output.detach().float()
    kind = kind_of(y, output, function)
    if kind == "numbers" and has_columns(output, y):
        return max(explained(column, y.float()) for column in output.unbind(-1))
    if kind not in ("classes", "one hot") and output.numel() != y.numel():
        shapes = f"{tuple(output.shape)} for targets of {tuple(y.shape)}"
        raise ValueError(f"an output of {shapes}, each a number of its own")
    if kind == "classes" and function not in CLASSES:  # torch's own take no class without an output
        count, most = output.shape[class_axis(output, y)], int(y.max())
        if most >= count and most != ignored:
            raise ValueError(f"{count} outputs for classes up to {most}")
    if not bool(torch.isfinite(output).all()):
        return 0.0
    if not decoded and kind in ("numbers", "marks", "shares"):
        output = linked(output)
    if kind == "classes":
        axis = class_axis(output, y)
        rows = output.movedim(axis, -1).reshape(-1, output.shape[axis])
        return told(rows, y.reshape(-1), ignored)
    if kind == "one hot":
        return told(output, y.argmax(1))
    if kind == "marks":
        return recall(*marked(output, y, threshold(output, function, decoded)))
    if kind == "shares":
        return explained(shares(output), y.float())
    if kind == "numbers" and y.shape == output.shape and y.dim() == 2:
        marks = ((y == 0) | (y == 1)).all(0)
        if bool(marks.any()) and not bool(marks.all()):
            return by_column(output, y, marks, threshold(output, function, decoded))
    if function is torch.nn.functional.poisson_nll_loss:  # of rates, or of their logarithms
        return max(explained(output.exp(), y.float()), explained(output, y.float()))
    return explained(output, y.float())


def has_columns(output, y):
    """Whether there are a few outputs for each number, as quantiles, or a mean and a spread."""
    few = output.dim() == y.dim() + 1 and 1 < output.shape[-1] <= COLUMNS
    return few and output.shape[:-1] == y.shape


def answered(output, y, function=None, ignored=None, link=None):
    """(answers, targets), whole numbers of one shape, where the targets are classes or marks.

    Of each place of a picture or a sequence, without those that are `ignored`; None otherwise.
    """
    linked = link_of(output, link)
    output, y = pair(output, y)
    kind, output = kind_of(y, output, function), output.detach().float()
    if kind == "classes":
        found, y = output.argmax(class_axis(output, y)).reshape(-1), y.reshape(-1)
        there = asked(y, ignored)
        return found[there], y[there]
    if kind == "marks" and output.numel() == y.numel():
        return marked(linked(output), y, threshold(output, function, False))
    return None


def asked(y, ignored=None):
    """Where the targets (…,) name a class: not below zero, and not the one that is left out."""
    return (y >= 0) & (y != (-1 if ignored is None else ignored))


def marked(output, y, limit):
    """(answers, targets) of marks, whole numbers (N,): yes where the output is above `limit`."""
    return (output > limit).long().reshape(-1), y.long().reshape(-1)


def link_of(output, link):
    """What the loss makes of a model's output before it compares it: one of `LINKS`, or nothing.

    Nothing as well where no tensor of the output has the shape of what it was seen to be made of.
    """
    made, shape = link or (None, None)
    there = made in LINKS and any(o.shape[1:] == shape for o in tensors(output))
    return LINKS[made] if there else lambda output: output


def by_column(output, y, marks, limit):
    """The mean over targets of unlike kinds, each a column: marks, and numbers."""
    found = [
        recall((output[:, k] > limit).long(), y[:, k].long())
        if marks[k]
        else explained(output[:, k], y[:, k])
        for k in range(y.shape[1])
    ]
    return sum(found) / len(found)


def shares(rows):
    """Rows of a distribution, from one, its logarithm or logits."""
    return rows if is_shares(rows) else rows.softmax(-1)


def threshold(output, function, decoded):
    logits = function in (
        torch.nn.functional.binary_cross_entropy_with_logits,
        torch.nn.functional.soft_margin_loss,
        torch.nn.functional.cross_entropy,  # which learns marks that do not exclude one another ill
    )
    return 0.0 if logits or decoded else 0.5


def told(rows, y, ignored=None):
    """The better of two scales, for (N, K) logits or probabilities and N classes.

    Recall, and the share of the classes' entropy that the outputs take away: of many classes,
    as in text, few are ever the most likely one, and much can be learnt all the same.
    """
    good = asked(y, ignored) & (y < rows.shape[1])
    rows, y = rows[good], y[good]
    if not len(y):
        return 0.0
    unit = bool(((rows >= 0) & (rows <= 1)).all()) and bool(((rows.sum(1) - 1).abs() < 1e-3).all())
    chances = (rows + 1e-6).log() if unit else rows.log_softmax(1)
    left = -float(chances[torch.arange(len(y), device=y.device), y].mean())
    shares = torch.bincount(y).float() / len(y)
    entropy = -float(torch.special.xlogy(shares, shares).sum())
    learnt = max(0.0, 1 - left / entropy) if entropy > 0 else 0.0
    return min(1.0, max(recall(rows.argmax(1), y), learnt))


def recall(found, y):
    """Mean share of each class's examples that are found, from chance (0) to all (1)."""
    classes = torch.unique(y)
    if len(classes) < 2:
        return 0.0
    rates = [float((found[y == c] == c).float().mean()) for c in classes]
    chance = 1 / len(classes)
    return max(0.0, (sum(rates) / len(rates) - chance) / (1 - chance))


def explained(output, y):
    """Share of the variance of y that the output explains."""
    y = y.double()
    finite = torch.isfinite(y)
    if not bool(finite.any()):
        return 0.0
    error = ((output.double() - y)[finite] ** 2).mean()
    centre = y[finite].mean()
    if y.dim() > 1 and bool(finite.all()):
        centre = y.mean(0, keepdim=True)
    variance = ((y - centre)[finite] ** 2).mean()
    found = 1 - float(error) / float(variance) if variance > 0 else 0.0
    return max(0.0, found) if math.isfinite(found) else 0.0
