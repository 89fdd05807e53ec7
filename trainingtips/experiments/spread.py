"""Members that differ in their split of the data too, trained at once by plain descent.

Members of one split share its examples, so that only splits are independent of one another. Few
starts on each of many splits say more than many starts on few, and cost the same where all of
them are stacked. Member i of an `Ensemble` learns the part of split i // starts.
"""

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap

from trainingtips import batches


def train(nets, parts, batch, epochs, rates, target=None, every=None):
    """Plain descent on batches of `batch`, as `Ensemble.train` does it. Returns who is `reached`.

    `parts` are training sets of equal length, one a split; `rates` is η, one number or (E,). Every
    so many updates (`every`; None: never) the losses are looked at, and a member at or below
    `target` is left as it is from then on. `reached` is the update of that look, (E,); −1: none.
    """
    n, starts = len(parts[0]), len(nets) // len(parts)
    x, y = torch.cat([part.x for part in parts]), torch.cat([part.y for part in parts])
    first = n * torch.arange(len(parts), device=x.device).repeat_interleave(starts)[:, None]
    leaves = list(nets.parameters.values())
    rates = torch.as_tensor(rates, dtype=leaves[0].dtype, device=x.device).expand(len(nets))
    reached, done = np.full(len(nets), -1), 0
    for number in range(epochs):
        for indices in _dealt(nets.seeds, n, batch, number):
            step = rates * torch.from_numpy(reached < 0).to(rates)
            _update(nets, leaves, *_rows(x, y, first + indices.to(x.device)), step)
            done += 1
            if every and done % every == 0:
                there = (reached < 0) & (losses(nets, parts) <= target)
                reached[there] = done
                if (reached >= 0).all():
                    return reached
    return reached


def _dealt(seeds, n, batch, number):
    """The batches of an epoch, each (E, B) of places; the whole set is left in its order."""
    if batch == n:
        return [torch.arange(n).expand(len(seeds), n)]
    own = {seed: batches.epoch(n, batch, seed, number) for seed in set(seeds)}
    each = zip(*(own[seed] for seed in seeds), strict=True)
    return [torch.from_numpy(np.stack(rows)) for rows in each]


def _rows(x, y, places):
    """x and y at `places`, (E, B), by the faster kernel."""
    flat = places.flatten()
    found = x.index_select(0, flat), y.index_select(0, flat)
    return [each.view(*places.shape, *each.shape[1:]) for each in found]


def _update(nets, leaves, x, y, step):
    """One update, of all members at once, or of a few where the batch is large, for the cache."""
    few = max(1, 8192 // x.shape[1])
    for place in range(0, len(nets), few):
        members = slice(place, place + few)
        own = [leaf.detach()[members].requires_grad_() for leaf in leaves]
        out = forward(nets.template, dict(zip(nets.parameters, own, strict=True)), x[members], 0)
        gradients = torch.autograd.grad(_losses(out, y[members].T).sum(), own)
        with torch.no_grad():
            for leaf, gradient in zip(leaves, gradients, strict=True):
                shape = (-1, *[1] * (leaf.ndim - 1))
                leaf[members].sub_(step[members].view(shape) * gradient)


def _losses(outputs, y):
    """Mean cross-entropy of each member, (E,), of outputs (E, B, K) and y (B, E)."""
    # members last: the softmax along a short last axis takes twenty times as long
    return nn.functional.cross_entropy(outputs.permute(1, 2, 0), y, reduction="none").mean(0)


def forward(template, parameters, x, dim):
    """Outputs (E, B, K) of stacked parameters, each on its own x (`dim` 0) or on one (None)."""
    return vmap(lambda own, x: functional_call(template, own, (x,)), (0, dim))(parameters, x)


@torch.no_grad()
def outputs(nets, parts, chunk=512):
    """The members' outputs on their own split's part, one (starts, N, K) for each split."""
    starts, found = len(nets) // len(parts), []
    for number, part in enumerate(parts):
        own = {k: v[number * starts : (number + 1) * starts] for k, v in nets.parameters.items()}
        rows = [forward(nets.template, own, x, None) for x in part.x.split(chunk)]
        found.append(torch.cat(rows, dim=1))
    return found


def losses(nets, parts):
    """Each member's loss on its split's part, (E,), numpy."""
    pairs = zip(outputs(nets, parts), parts, strict=True)
    return (
        torch.cat([_losses(out, p.y[:, None].expand(-1, len(out))) for out, p in pairs])
        .cpu()
        .numpy()
    )


def accuracy(nets, parts):
    """The share of its split's part that each member puts in the right class, (E,), numpy."""
    pairs = zip(outputs(nets, parts), parts, strict=True)
    found = [(out.argmax(-1) == p.y).double().mean(1) for out, p in pairs]
    return torch.cat(found).cpu().numpy()
