"""The small networks that the figures train: the same shapes everywhere, so that results compare.

Each function builds a module anew, its weights drawn from torch's global random state by torch's
own rules, so that it can be handed to `ensemble.Ensemble`.
"""

from itertools import pairwise

from torch import nn


def mlp(features=64, classes=10, hidden=(32, 32)):
    """A ReLU network with fully connected layers: (N, `features`) to (N, `classes`).

    `hidden` are the widths of the layers between, and may be empty. Raises ValueError for widths
    that are not whole numbers from 1.

    >>> sum(p.numel() for p in mlp().parameters())  # 64·32 + 32 + 32·32 + 32 + 32·10 + 10
    3466
    """
    widths = [features, *hidden, classes]
    _check_counts(features=features, classes=classes, hidden=hidden)
    layers = [part for a, b in pairwise(widths) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def convolutional(side=8, classes=10, channels=(8, 16)):
    """A ReLU network with 3×3 filters: flat grey pictures, (N, `side`²), to (N, `classes`).

    Each layer of filters moves in steps of two, which halves the picture, and one fully connected
    layer ends the network: all convolution, without pooling (Springenberg et al. 2015, arXiv
    1412.6806). `channels` are the filters of each layer. Raises ValueError for numbers that are
    not whole and at least 1, and a side that cannot be halved `len(channels)` times.

    >>> sum(p.numel() for p in convolutional().parameters())  # 80 + 1168 + 650
    1898
    """
    _check_counts(side=side, classes=classes, channels=channels)
    depth = len(channels)
    if side % 2**depth:
        raise ValueError(f"side is a multiple of 2^{depth} for {depth} layers; received {side}")
    layers = [nn.Unflatten(-1, (1, side, side))]
    for before, after in pairwise([1, *channels]):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
    left = (side // 2**depth) ** 2 * ([1, *channels][-1])
    return nn.Sequential(*layers, nn.Flatten(-3), nn.Linear(left, classes))


def _check_counts(**given):
    for name, values in given.items():
        for each in values if isinstance(values, tuple | list) else [values]:
            if not isinstance(each, int) or isinstance(each, bool) or each < 1:
                raise ValueError(f"{name}: whole numbers from 1 are right; received {values!r}")
