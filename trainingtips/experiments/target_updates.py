"""Updates to a target accuracy, each network on its own split, at rates chosen on other splits."""

import numpy as np

from trainingtips import chance
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import own_splits, own_training
from trainingtips.statistics import median, share

EVERY = 8  # updates from one look at the accuracy to the next


def needed(make, rate, seeds, limit, standardized=False):
    """Updates until each member has `deep.TARGET` on its own test digits: (E,), inf where never.

    `make` builds a network; `standardized` gives each the pixels standardized by its own training
    digits, 1,024. Batches of 64; looked at after every `EVERY` updates, up to `limit`.
    """
    parts = own_splits.split(list(seeds))
    parts = parts.standardized() if standardized else parts
    epochs = limit // (parts.train.shape[1] // deep.BATCH)
    nets = Ensemble(make, seeds)
    with chance.started(0):  # for what a network draws in training
        found = own_training.until(nets, parts, rate, deep.BATCH, epochs, EVERY, there)
    return np.where(found < 0, np.inf, found)


def there(nets, parts):
    """Whether each member has `deep.TARGET` on its own test digits: (E,)."""
    return own_splits.accuracy(nets, parts) >= deep.TARGET


def told(updates, limit):
    """Updates (n,), inf where never, capped at `limit` + 1; how many get there, and the median.

    The `share` that gets there has Wilson's interval, the median that of the order statistics.
    """
    within = np.isfinite(updates)
    capped = np.minimum(updates, limit + 1).astype(int)
    return {
        "updates": capped,
        "reached": int(within.sum()),
        "share": share(within),
        "median": median(capped, looked=EVERY),
    }


def judged(updates):
    """What each network needs at a rate that the others choose: (n,), and the two rates' places.

    `updates` is (rates, n). The networks of even numbers choose for the odd ones, by their median,
    and the odd for the even.

    >>> updates, places = judged([[1, 9, 1, 9], [5, 5, 5, 5]])
    >>> updates.tolist(), places
    ([5, 9, 5, 9], [0, 1])
    """
    updates = np.asarray(updates)
    choosers = [np.arange(updates.shape[1]) % 2 == half for half in (0, 1)]
    places = [int(np.median(updates[:, half], axis=1).argmin()) for half in choosers]
    chosen = np.where(choosers[1], updates[places[0]], updates[places[1]])
    return chosen, places


def bracket(found, least):
    """(rate, rate): the largest at which the share is `least` or more, and the next one's if tried.

    `found` are dicts with `rate` and `share`, the rates rising. Raises ValueError where the range
    has no such two, so that no rate at a grid's end is taken for a limit.
    """
    trains = [i for i, each in enumerate(found) if each["share"].mean >= least]
    if not trains or trains[-1] + 1 == len(found):
        raise ValueError(f"the rates do not bracket a share of {least}: {found}")
    return found[trains[-1]]["rate"], found[trains[-1] + 1]["rate"]
