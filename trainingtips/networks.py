"""The small networks that the figures train: the same shapes everywhere, so that results compare.

Each function builds a module anew, its weights drawn from torch's global random state by torch's
own rules, so that it can be handed to `ensemble.Ensemble`.
"""

from functools import partial
from itertools import pairwise
from math import isqrt

import torch
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


def filters(side=14, classes=10, channels=(16, 32)):
    """As `convolutional`, grey, for any side: steps of two round up, 14 to 7 to 4, 28 to 14 to 7.

    >>> sum(p.numel() for p in filters(28, channels=(8, 16)).parameters())  # 80 + 1168 + 7850
    9098
    """
    _check_counts(side=side, classes=classes, channels=channels)
    layers, left = [nn.Unflatten(-1, (1, side, side))], side
    for before, after in pairwise([1, *channels]):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
        left = -(-left // 2)
    features = left**2 * [1, *channels][-1]
    return nn.Sequential(*layers, nn.Flatten(-3), nn.Linear(features, classes))


class Plus(nn.Module):
    """x + f(x): a block and the way around it (He et al. 2016, arXiv 1512.03385)."""

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x):
        return x + self.block(x)


def residual(side=14, classes=10, channels=16, blocks=3):
    """A small residual network: flat grey pictures, (N, `side`²), to (N, `classes`).

    A layer of filters in steps of two, then `blocks` times x + f(x), where f is two layers of 3×3
    filters, each after group normalization (groups of four) and ReLU; then the mean over all places
    and one fully connected layer. Raises ValueError for numbers that are not whole and at least 1,
    and `channels` that are no multiple of four.

    >>> sum(p.numel() for p in residual().parameters())  # 160 + 3 · 4704 + 32 + 170
    14474
    """
    _check_counts(side=side, classes=classes, channels=channels, blocks=blocks)
    if channels % 4:
        raise ValueError(f"channels is a multiple of four; received {channels}")

    def layer():
        norm = nn.GroupNorm(channels // 4, channels)
        return norm, nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1)

    return nn.Sequential(
        nn.Unflatten(-1, (1, side, side)),
        nn.Conv2d(1, channels, 3, stride=2, padding=1),
        *(Plus(nn.Sequential(*layer(), *layer())) for _ in range(blocks)),
        nn.GroupNorm(channels // 4, channels),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(-3),
        nn.Linear(channels, classes),
    )


class Attention(nn.Module):
    """Causal self-attention: (…, T, `width`) to the same; a place sees itself and those before.

    softmax(Q Kᵀ / √d) V in each of `heads` (Vaswani et al. 2017, arXiv 1706.03762), written out,
    since torch's fused kernels have no second derivative.
    """

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.all, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        q, k, v = (
            each.unflatten(-1, (self.heads, -1)).transpose(-2, -3)
            for each in self.all(x).chunk(3, -1)
        )
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        later = torch.ones(x.shape[-2], x.shape[-2], dtype=torch.bool, device=x.device).triu(1)
        seen = scores.masked_fill(later, -torch.inf).softmax(-1) @ v
        return self.out(seen.transpose(-2, -3).flatten(-2))


class _Normed(nn.Module):
    """A block within its way around and its layer norm, which stands before f or after the sum."""

    def __init__(self, block, width, before):
        super().__init__()
        self.block, self.norm, self.before = block, nn.LayerNorm(width), before

    def forward(self, x):
        return x + self.block(self.norm(x)) if self.before else self.norm(x + self.block(x))


class Places(nn.Module):
    """Signs, whole numbers (…, T), T up to `length`, as learned vectors: sign plus place."""

    def __init__(self, signs, length, width):
        super().__init__()
        self.signs, self.places = nn.Embedding(signs, width), nn.Embedding(length, width)

    def forward(self, x):
        return self.signs(x) + self.places.weight[: x.shape[-1]]


def transformer(signs=41, length=64, width=32, heads=4, layers=2, norm="pre"):
    """A language model of signs: whole numbers (N, T), T up to `length`, to (N, T, `signs`).

    `layers` times causal attention and a GELU layer four times as wide, each with a way around it.
    `norm` says where layer norm stands: "pre", before each of them and at the end, or "post", after
    each sum, as in the first transformer (Xiong et al. 2020, arXiv 2002.04745). Raises ValueError
    for another word, numbers that are not whole from 1, and a `width` that `heads` do not share.

    >>> sum(p.numel() for p in transformer().parameters())
    30185
    """
    _check_counts(signs=signs, length=length, width=width, heads=heads, layers=layers)
    if norm not in ("pre", "post"):
        raise ValueError(f"norm is 'pre' or 'post'; received {norm!r}")
    if width % heads:
        raise ValueError(f"width is a multiple of heads, {heads}; received {width}")
    before, parts = norm == "pre", [Places(signs, length, width)]
    for _ in range(layers):
        wide = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        parts += [_Normed(each, width, before) for each in (Attention(width, heads), wide)]
    last = [nn.LayerNorm(width)] if before else []
    return nn.Sequential(*parts, *last, nn.Linear(width, signs))


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
