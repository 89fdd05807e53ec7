"""What the words of a setting stand for: other data, other networks, for claims made on digits.

A setting is a dictionary, as in a script's SETTINGS: its `data` is a key of `DATA`, its `network`
one of `NETWORKS`; `rows`, where it says so, is how many of the data set are used.
"""

from functools import partial

from torch import nn

from trainingtips import data, networks
from trainingtips.losses import half_squares, of_signs

FASHION, TEXT = "Fashion-MNIST, 14×14", "Moby Dick"
AT_RANDOM = "digits, labels at random"
DATA = {
    "digits": data.load,
    AT_RANDOM: lambda: data.relabelled(data.load(), 1.0),
    FASHION: lambda: data.halved(data.load("fashion")),
    TEXT: lambda: data.load("text"),
}
NETWORKS = {  # for a data set
    "perceptron": lambda found: partial(networks.mlp, found.x.shape[1], found.classes),
    "perceptron, tanh": lambda found: partial(
        networks.tanh, found.x.shape[1], found.classes, (40, 40)
    ),
    "convolution": lambda found: partial(networks.filters, 14, found.classes, (8, 16)),
    "transformer": lambda found: partial(networks.transformer, found.classes),
}


def dataset(setting):
    """All of the setting's data, to be split. Pictures are 14×14, each pixel the mean of four.

    >>> dataset({"data": FASHION}).x.shape
    torch.Size([6000, 196])
    """
    whole = DATA[setting["data"]]()
    count = setting.get("rows", len(whole))
    return data.Dataset(whole.x[:count], whole.y[:count], whole.classes)


def network(setting, found):
    """A function without arguments that builds the setting's network for the data set `found`."""
    return NETWORKS[setting["network"]](found)


def cross_entropy(setting):
    """The criterion: over classes, or over the signs of a text, at each place the next one."""
    return of_signs if setting["data"] == TEXT else nn.functional.cross_entropy


def squares(output, y):
    """`losses.half_squares` against whole classes or signs y: over places as over examples.

    >>> import torch
    >>> float(squares(torch.zeros(2, 3, 4), torch.zeros(2, 3).long()))
    0.5
    """
    target = nn.functional.one_hot(y.flatten(), output.shape[-1]).to(output.dtype)
    return half_squares(output.flatten(0, -2), target)
