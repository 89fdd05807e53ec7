"""The small networks that the figures train: the same shapes everywhere, so that results compare.

Each function builds a module anew, its weights drawn from torch's global random state by torch's
own rules, so that it can be handed to `ensemble.Ensemble`.
"""

from functools import partial
from itertools import pairwise
from math import isqrt

from torch import nn

from trainingtips import chance, data
from trainingtips.flat import flat_loss


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


def tanh(features=64, classes=10, hidden=(32,)):
    """As `mlp`, with tanh between the layers: its loss has second derivatives everywhere.

    >>> [type(layer).__name__ for layer in tanh()]
    ['Linear', 'Tanh', 'Linear']
    """
    layers = mlp(features, classes, hidden)
    return nn.Sequential(*(nn.Tanh() if isinstance(each, nn.ReLU) else each for each in layers))


def he(network, gain=1.0):
    """The network, its `nn.Linear` layers started anew: He's weights times `gain`, and no biases.

    Normal numbers with standard deviation `gain` · √(2 / inputs) (He et al. 2015, arXiv 1502.01852)
    from torch's global random state, in place.

    >>> he(mlp(hidden=()), gain=2.0)[0].bias.abs().sum().item()
    0.0
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
            layer.weight.data *= gain
    return network


def convolutional(side=8, classes=10, channels=(8, 16), colours=1):
    """A ReLU network with 3×3 filters: flat pictures, (N, `colours` · `side`²), to (N, `classes`).

    Each layer of filters moves in steps of two, which halves the picture, and one fully connected
    layer ends the network: all convolution, without pooling (Springenberg et al. 2015, arXiv
    1412.6806). `channels` are the filters of each layer. Raises ValueError for numbers that are
    not whole and at least 1, and a side that cannot be halved `len(channels)` times.

    >>> sum(p.numel() for p in convolutional().parameters())  # 80 + 1168 + 650
    1898
    """
    _check_counts(side=side, classes=classes, channels=channels, colours=colours)
    depth = len(channels)
    if side % 2**depth:
        raise ValueError(f"side is a multiple of 2^{depth} for {depth} layers; received {side}")
    layers = [nn.Unflatten(-1, (colours, side, side))]
    for before, after in pairwise([colours, *channels]):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
    left = (side // 2**depth) ** 2 * ([colours, *channels][-1])
    return nn.Sequential(*layers, nn.Flatten(-3), nn.Linear(left, classes))


def fitting(make, dataset):
    """A function without arguments that builds `make`, `mlp` or `convolutional`, for a data set.

    `dataset` has x of shape (N, features) and `classes`. For filters the features are those of a
    square picture, grey or with three colours; ValueError where they are not.

    >>> from trainingtips import data
    >>> sum(p.numel() for p in fitting(mlp, data.load("digits"))().parameters())
    3466
    """
    features, classes = dataset.x.shape[1], dataset.classes
    if make is mlp:
        return partial(mlp, features, classes)
    for colours in (1, 3):
        side = isqrt(features // colours)
        if colours * side**2 == features:
            return partial(convolutional, side, classes, colours=colours)
    raise ValueError(f"filters need a square picture, grey or RGB; received {features} features")


def on_digits(make, seed=0, examples=1024):
    """(loss, θ) of `make()` on handwritten digits: a start for curvature, in double precision.

    Cross-entropy over `examples` of the digits as `seed` splits them, and the weights as `seed`
    draws them, (n,); torch's random state is left as it was.

    >>> loss, theta = on_digits(mlp)
    >>> len(theta), 2 < float(loss(theta)) < 3
    (3466, True)
    """
    train, _ = data.load("digits").split(examples, seed=seed)
    with chance.started(seed):
        module = make().double()
    return flat_loss(module, nn.functional.cross_entropy, train.x.double(), train.y)


def _check_counts(**given):
    for name, values in given.items():
        for each in values if isinstance(values, tuple | list) else [values]:
            if not isinstance(each, int) or isinstance(each, bool) or each < 1:
                raise ValueError(f"{name}: whole numbers from 1 are right; received {values!r}")
