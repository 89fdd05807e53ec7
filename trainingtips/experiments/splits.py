"""Members of several random splits of the data: compared within a split, judged over splits.

Splits differ in their test examples, so that their members have means of their own, and members of
one split are not independent of one another: every interval here is one over splits. Values are
(B, members) for B batch sizes, the members of one split beside one another.
"""

import numpy as np
from scipy import stats

from trainingtips.statistics import Measured, student


def summary(found, splits):
    """Accuracies of one way of training, from part -> (B, members), the parts "train" and "test".

    Each part's mean at each B with its interval, and its `gaps` with the smallest B; of the test
    examples also the `gap` on each split, the median and the worst member at each B.
    """
    parts, test = ("train", "test"), found["test"]
    return {
        **measured(found, parts, splits),
        **{f"{part}_gaps": each for part, each in gaps(found, parts, splits).items()},
        "gap_by_split": gap(test, splits),
        "median": np.median(test, axis=1),
        "worst": test.min(1),
    }


def over(values, splits):
    """The mean of values, (members,), with Student's interval over the means of the splits.

    >>> over(np.array([1.0, 3.0, 2.0, 4.0]), splits=2).mean, over(np.ones(4), splits=2).n
    (2.5, 2)
    """
    return student(values.reshape(splits, -1).mean(1))


def beside(members, controls, number, place, splits):
    """A control at a larger rate: what it gains over the members of its own B, row `place`.

    `number` is the control's row. `gap_before` is the test accuracy of the members of the batch
    size before minus the control's, and `times_before` the control's λ_max over theirs.
    """
    test, sharp = controls["test_accuracy"][number], controls["largest"][number]
    return {
        "gain": over(test - members["test_accuracy"][place], splits),
        "gap_before": over(members["test_accuracy"][place - 1] - test, splits),
        "times": factor(sharp, members["largest"][place], splits),
        "times_before": factor(sharp, members["largest"][place - 1], splits),
    }


def factor(a, b, splits):
    """How many times as large a is as b, both (members,): the geometric mean, over splits."""
    found = over(np.log(a) - np.log(b), splits)
    return Measured(*(float(np.exp(v)) for v in (found.mean, found.low, found.high)), found.n)


def measured(members, names, splits):
    """Name -> the mean over members at each B, `Measured`, of `members`, name -> (B, members)."""
    return {name: [over(row, splits) for row in members[name]] for name in names}


def gaps(members, names, splits):
    """Name -> the smallest B minus each larger one, paired by member: B − 1 values.

    >>> gaps({"a": np.array([[2.0, 3.0], [1.0, 2.0]])}, ["a"], 2)["a"][0].mean
    1.0
    """
    return {
        name: [over(members[name][0] - row, splits) for row in members[name][1:]] for name in names
    }


def times(members, names, splits):
    """Name -> each B over the smallest, geometric mean of the pairs: B values, the first of 1."""
    return {
        name: [factor(row, members[name][0], splits) for row in members[name]] for name in names
    }


def parted(values, splits):
    """(B, members) as (B, splits, members of a split)."""
    return values.reshape(len(values), splits, -1)


def centred(values, splits, within=False):
    """Values (B, members) minus the mean of each split, for each B alone or over all of them.

    >>> centred(np.array([[1.0, 3.0], [2.0, 6.0]]), splits=2).tolist()
    [[-0.5, -1.5], [0.5, 1.5]]
    """
    parts = parted(values, splits)
    mean = parts.mean(2 if within else (0, 2), keepdims=True)
    return (parts - mean).reshape(values.shape)


def gap(values, splits):
    """The first row minus the last of (B, members), its mean on each split: (splits,).

    >>> gap(np.array([[3.0, 5.0], [1.0, 1.0]]), splits=2).tolist()
    [2.0, 4.0]
    """
    return parted(values[:1] - values[-1:], splits)[0].mean(1)


def jackknife(statistic, splits, confidence=0.95):
    """`statistic` of all splits with its interval, from its values where one split is left out.

    `statistic` is a function of the numbers of the splits, an array. For what is no mean of the
    splits' own values, such as a correlation; of a mean it is Student's interval.
    """
    everything = np.arange(splits)
    value = float(statistic(everything))
    without = np.array([statistic(np.delete(everything, left)) for left in everything])
    error = np.sqrt((splits - 1) / splits * ((without - without.mean()) ** 2).sum())
    half = float(error * stats.t.ppf((1 + confidence) / 2, splits - 1))
    return Measured(value, value - half, value + half, splits)


def trend(sharpness, losses, splits, within):
    """How losses go with log sharpness, both (B, members): name -> `Measured`.

    `correlation` is Pearson's r, `slope` that of the loss by least squares, `spread` the standard
    deviation of log sharpness. Each split's mean is taken from both; `within` takes it for each B
    alone, so that only differences between networks of one B are left.
    """
    pairs = [parted(centred(v, splits, within), splits) for v in (np.log(sharpness), losses)]

    def of(statistic):
        return jackknife(lambda kept: statistic(*(each[:, kept].ravel() for each in pairs)), splits)

    return {
        "correlation": of(lambda x, y: stats.pearsonr(x, y).statistic),
        "slope": of(slope),
        "spread": of(lambda x, y: x.std()),
        "losses": of(lambda x, y: y.std()),
    }


def slope(x, y):
    """That of y on x by least squares; both have a mean of zero."""
    return float(x @ y / (x @ x))


def slopes_apart(sharpness, losses, splits, confidence):
    """The slope of the losses on log sharpness within one B minus that across, see `trend`."""
    pairs = [
        [parted(centred(v, splits, within), splits) for v in (np.log(sharpness), losses)]
        for within in (True, False)
    ]

    def apart(kept):
        inner, outer = (slope(*(each[:, kept].ravel() for each in pair)) for pair in pairs)
        return inner - outer

    return jackknife(apart, splits, confidence)
