"""How far a layer's inputs move, and how far its gradient turns, when the layers before it learn.

The second is the internal covariate shift of Santurkar, Tsipras, Ilyas and Mądry (2018), here for
networks whose layers draw noise at each call, which is drawn again.
"""

import copy

import numpy as np
import torch
from torch import nn

from trainingtips import chance
from trainingtips.normalization import covariate_shift, internal_covariate_shift
from trainingtips.statistics import student


def shifts(network, batch, rate, seed):
    """For each linear layer after the first: move of its inputs' means, cosine, ‖g − g′‖ / ‖g‖.

    g is the gradient by the layer's weights; g′ the one where the layers before have made their
    step at `rate` and drawn new noise, while the layer and what comes after it, with its noise,
    stay. `network` is an `nn.Sequential` of `nn.Linear`, `nn.ReLU` and others, in train mode,
    `batch` is (x, y). The move is in standard deviations, a root mean square over the features.
    """
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    own = [next(i for i, p in enumerate(network.parameters()) if p is w) for w in weights]
    before, inputs = _gradients(network, batch, seed)
    stepped = copy.deepcopy(network)
    with torch.no_grad():
        for parameter, g in zip(stepped.parameters(), before, strict=True):
            parameter -= rate * g
    at = [i for i, layer in enumerate(network) if isinstance(layer, nn.Linear)]
    found = []
    for k in range(1, len(weights)):
        mixed = nn.Sequential(*list(stepped)[: at[k]], *list(network)[at[k] :])
        after, now = _gradients(mixed, batch, seed, renewed=k)
        g, h = before[own[k]], after[own[k]]
        shift = covariate_shift(g, h)
        old, new = inputs[k - 1], now[k - 1]  # what the activation before layer k is given
        move = (new.mean(0) - old.mean(0)).square().mean() / old.var(0, correction=0).mean()
        found.append((float(move.sqrt()), shift.cosine, shift.distance / float(g.norm())))
    return found


def means(nets, rate, batches):
    """`shifts` of each member on its own batch, (x, y), in the mean over its layers: a dict.

    `moves` in standard deviations and `turns` in degrees are (E,); `move`, `turn`, `cosine` and
    `relative` are `Measured`.
    """
    rows = [shifts(nets.member(i).train(), each, rate, seed=i) for i, each in enumerate(batches)]
    moves, cosines, relative = np.array(rows).transpose(2, 0, 1).mean(2)
    turns = np.degrees(np.arccos(cosines))
    told = {"move": moves, "turn": turns, "cosine": cosines, "relative": relative}
    return {"moves": moves, "turns": turns} | {name: student(each) for name, each in told.items()}


def mismatch(network, batch, rate):
    """Largest difference of a cosine from `internal_covariate_shift`'s, where there is no noise."""
    ours = [cosine for _, cosine, _ in shifts(network, batch, rate, seed=0)]
    theirs = internal_covariate_shift(
        network,
        nn.functional.cross_entropy,
        *batch,
        layers=[name for name, _ in network.named_parameters()],  # each one a layer of its own
        update=lambda weights, g: {name: w - rate * g[name] for name, w in weights.items()},
    )
    linear = [p.ndim == 2 for p in network.parameters()]
    theirs = [shift.cosine for shift, is_weight in zip(theirs, linear, strict=True) if is_weight]
    return float(np.abs(np.array(ours) - theirs[1:]).max())


def _gradients(network, batch, seed, renewed=0):
    """(gradients by all parameters, inputs of the activations); noise as drawn for the update.

    Each hidden layer draws from a seed of its own, the first `renewed` of them from another one.
    """
    x, inputs = batch[0], []
    for layer in network:
        if isinstance(layer, nn.ReLU):
            inputs.append(x.detach())
        fresh = len(inputs) < renewed
        with chance.started(1000 * seed + 100 * fresh + len(inputs)):
            x = layer(x)
    loss = nn.functional.cross_entropy(x, batch[1])
    return torch.autograd.grad(loss, list(network.parameters())), inputs
