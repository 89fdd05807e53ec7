"""Networks of another shape for claims on other data: tiny ones, whose Hessian is small, and deep.

As in `elsewhere`, a setting is a dictionary of a script's SETTINGS; what it says beyond `data` and
`network` are the shapes: `hidden`, `channels`, or `width` and `length` of tiny networks, and
`depth` of deep perceptrons, which are those of `deep_networks` but for their inputs.
"""

from functools import partial
from itertools import pairwise

import torch
from torch import nn

from trainingtips import chance, data, networks
from trainingtips.curvature import flat_loss
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import elsewhere
from trainingtips.experiments.normalizations import Ghost


def dataset(setting):
    """As `elsewhere.dataset`; of a text the first `length` signs of each window, if it says so.

    >>> dataset({"data": elsewhere.TEXT, "length": 16}).y.shape[1:]
    torch.Size([16])
    """
    found = elsewhere.dataset(setting)
    if "length" not in setting:
        return found
    first = slice(setting["length"])
    return data.Dataset(found.x[:, first], found.y[:, first], found.classes)


def tiny(setting, found):
    """A function without arguments that builds the setting's tiny network for the data `found`.

    >>> digits = {"data": "digits", "hidden": [4]}
    >>> sum(p.numel() for p in tiny(digits, dataset(digits))().parameters())
    310
    """
    if "width" in setting:
        shape = {"width": setting["width"], "heads": 2, "layers": 1}
        return partial(networks.transformer, found.classes, setting["length"], **shape)
    if "channels" in setting:
        return partial(networks.filters, 14, found.classes, tuple(setting["channels"]))
    return partial(networks.tanh, found.x.shape[1], found.classes, tuple(setting["hidden"]))


def problem(setting, seed):
    """(loss, θ) of a tiny network at its start, on the seed's examples, in double precision.

    Cross-entropy over `examples` of the data as the seed splits them, and weights as it draws them.
    """
    found = dataset(setting)
    train, _ = found.split(setting["examples"], seed=seed)
    with chance.started(seed):
        module = tiny(setting, found)().double()
    x = train.x.double() if torch.is_floating_point(train.x) else train.x
    return flat_loss(module, elsewhere.cross_entropy(setting), x, train.y)


def perceptron(setting, norm=None):
    """A function without arguments that builds `deep_networks.network` for the setting's data.

    It has `depth` hidden layers. `norm` as there.

    >>> perceptron({"data": elsewhere.FASHION, "depth": 4})()[0]
    Linear(in_features=196, out_features=32, bias=True)
    """
    features, depth = dataset(setting).x.shape[1], setting["depth"]

    def make():
        found = deep.network(norm, depth)()
        found[0] = nn.Linear(features, deep.WIDTH, bias=norm is None)
        nn.init.kaiming_normal_(found[0].weight, nonlinearity="relu")
        if norm is None:
            nn.init.zeros_(found[0].bias)
        return found

    return make


class Everywhere(nn.Module):
    """A layer of features, (N, d), on pictures, (N, d, side, side): each place is as an example."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        rows = x.movedim(1, -1)
        return self.layer(rows.flatten(0, 2)).view(rows.shape).movedim(-1, 1)


def on_pictures(layer, places):
    """A layer of `deep_networks.network` for pictures with so many places.

    Statistics of a batch are over all places, too, those of an example over its features and
    places, as torch's layers for pictures have it.
    """
    if isinstance(layer, nn.LayerNorm):
        return nn.GroupNorm(1, *layer.normalized_shape)
    if isinstance(layer, nn.GroupNorm):
        return layer
    if isinstance(layer, Ghost):
        layer.size *= places
    return Everywhere(layer)


def filters(setting, norm):
    """A function without arguments that builds `networks.filters`, normalized before each ReLU.

    `norm` is a function of the width, as in `deep_networks.network`. Weights are He's.
    """

    def make():
        layers, side = [nn.Unflatten(-1, (1, 14, 14))], 14
        for before, after in pairwise([1, *setting["channels"]]):
            side = -(-side // 2)
            some = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
            nn.init.kaiming_normal_(some.weight, nonlinearity="relu")
            layers += [some, on_pictures(norm(after), side**2), nn.ReLU()]
        return nn.Sequential(*layers, nn.Flatten(-3), nn.Linear(side**2 * after, 10))

    return make


def default(setting):
    """The plain deep network as torch initialises it: a function that builds one."""
    plain = perceptron(setting)

    def make():
        found = plain()
        for layer in found:
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()
        return found

    return make
