"""What an experiment on members' own splits takes from a setting: its data, network and optimiser.

A setting is a dictionary, as `elsewhere` reads it; its `rule` is a name of `RULES`, and `rate` the
learning rate. How wide a network is, the experiment says: in `units` of a perceptron.
"""

from functools import partial
from math import isqrt

import torch
from torch import nn

from trainingtips import networks
from trainingtips.experiments import own_training

RULES = {
    "SGD": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "Adam": torch.optim.Adam,
}


def network(setting, found, units, share=0.0):
    """A function without arguments that builds the setting's network for the data set `found`.

    A perceptron with one hidden layer of so many `units`, or a convolution of two layers, with an
    eighth and a quarter as many filters: about as many weights. Where a `share` is given, it is
    dropped behind the last hidden layer.

    >>> from trainingtips import data
    >>> digits = data.load("digits")
    >>> for kind in ("perceptron", "convolution"):
    ...     made = network({"network": kind}, digits, 64, share=0.5)()
    ...     print([type(layer).__name__ for layer in made][-3:])
    ['ReLU', 'Dropout', 'Linear']
    ['Flatten', 'Dropout', 'Linear']
    """
    return partial(_built, setting["network"], found.x.shape[1], found.classes, units, share)


def _built(kind, features, classes, units, share):
    if kind == "perceptron":
        layers = networks.mlp(features, classes, (units,))
    else:
        channels = (max(1, units // 8), max(1, units // 4))
        layers = networks.filters(isqrt(features), classes, channels)
    if not share:
        return layers
    return nn.Sequential(*layers[:-1], nn.Dropout(share), layers[-1])


def step(nets, setting):
    """A step of the setting's optimiser at its rate, as `own_training.updates` takes one."""
    return own_training.optimized(nets, partial(RULES[setting["rule"]], lr=setting["rate"]))


def descent(weights, rate):
    """A function that takes the gradients of `weights` and makes an update of plain descent."""

    @torch.no_grad()
    def update(gradients):
        for weight, gradient in zip(weights, gradients, strict=True):
            weight -= rate * gradient

    return update


def adam(weights, rate):
    """The same of Adam, element by element: stacked members know nothing of one another."""
    optimizer = torch.optim.Adam(weights, lr=rate)

    def update(gradients):
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        optimizer.step()

    return update


UPDATES = {"SGD": descent, "Adam": adam}  # of leaves in a script's own loop
