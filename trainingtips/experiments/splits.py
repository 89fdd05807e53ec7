"""Members of several random splits of the data, compared within a split.

Splits differ in their test examples, so that their members have means of their own. Values are
(B, members) for B batch sizes, the members of one split beside one another.
"""

import numpy as np
from scipy import stats

from trainingtips.statistics import bootstrap, paired, ratio, student


def summary(found, splits):
    """Accuracies of one way of training, from part -> (B, members), the parts "train" and "test".

    Each part's mean at each B with its interval, and its `gaps` with the smallest B; of the test
    examples also the `gap` on each split, the median and the worst member at each B.
    """
    parts, test = ("train", "test"), found["test"]
    return {
        **measured(found, parts),
        **{f"{part}_gaps": each for part, each in gaps(found, parts).items()},
        "gap_by_split": gap(test, splits),
        "median": np.median(test, axis=1),
        "worst": test.min(1),
    }


def beside(members, controls, number, place):
    """A control at a larger rate beside members of its own B, and beside those of the same η/B.

    `number` is the control's row, `place` the row of its own B; the row before has its η/B.
    """
    test, sharp = controls["test_accuracy"][number], controls["largest"][number]
    return {
        "gain": paired(test, members["test_accuracy"][place]),
        "left": paired(members["test_accuracy"][place - 1], test),
        "times_left": ratio(sharp, members["largest"][place - 1]),
    }


def measured(members, names):
    """Name -> the mean over members at each B, `Measured`, of `members`, name -> (B, members)."""
    return {name: [student(row) for row in members[name]] for name in names}


def gaps(members, names):
    """Name -> the smallest B minus each larger one, paired by member: B − 1 values.

    >>> gaps({"a": np.array([[2.0, 3.0], [1.0, 2.0]])}, ["a"])["a"][0].mean
    1.0
    """
    return {name: [paired(members[name][0], row) for row in members[name][1:]] for name in names}


def times(members, names):
    """Name -> each B over the smallest, geometric mean of the pairs: B values, the first of 1."""
    return {name: [ratio(row, members[name][0]) for row in members[name]] for name in names}


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


def correlation(sharpness, losses, splits, within, resamples=1999):
    """Pearson's r of log sharpness and loss, both (B, members): `Measured`, by bootstrap.

    Each split's mean is taken from both; `within` takes it for each B alone, so that only
    differences between networks of one B are left. The bootstrap is over members, each drawn with
    all its batch sizes.
    """
    a, b = (centred(values, splits, within) for values in (np.log(sharpness), losses))

    def pearson(columns, axis):
        flat = [np.moveaxis(each[:, columns.astype(int)], 0, -2) for each in (a, b)]
        flat = [each.reshape(*each.shape[:-2], -1) for each in flat]
        return stats.pearsonr(*flat, axis=-1).statistic

    return bootstrap(np.arange(a.shape[1]), pearson, resamples=resamples)
