"""Networks trained at once, each on a split of its own: a mean over them is one over splits too.

The members of an `Ensemble` share their training examples. Here each has rows of its own in one
data set, so that starts, orders and splits differ together, and members are samples of all three.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.func import functional_call, vmap

from trainingtips import batches, chance


@dataclass(frozen=True)
class Parts:
    """Rows of the data set in each member's parts: (E, N) for each, none of them in two."""

    train: torch.Tensor
    valid: torch.Tensor
    test: torch.Tensor


def parts(n, train, valid, seeds):
    """`Parts` of n examples: so many to train on and to choose by, the rest to test, by each seed.

    >>> [tuple(rows.shape) for rows in vars(parts(10, 6, 1, seeds=[0, 1])).values()]
    [(2, 6), (2, 1), (2, 3)]
    """
    orders = [torch.randperm(n, generator=chance.generator(seed)) for seed in seeds]
    return Parts(*torch.stack(orders).split([train, valid, n - train - valid], dim=1))


def outputs(nets, x):
    """The output of each member of an `Ensemble` on its own x, (E, N, features): (E, N, K)."""
    state = nets.parameters, nets.buffers
    return vmap(lambda p, b, x: functional_call(nets.template, (p, b), (x,)))(*state, x)


@torch.no_grad()
def accuracy(nets, x, y, rows):
    """Share of its own `rows`, (E, N), of (x, y) that each member gets right: (E,), numpy.

    y are labels of all of x, (n,), or each member's own labels of its rows, (E, N).
    """
    own = y if y.ndim == 2 else y[rows]
    return (outputs(nets, x[rows]).argmax(-1) == own).double().mean(1).numpy()


def train(nets, x, labels, rows, rule, batch, epochs, criterion, every=None, factors=None):
    """Train each member on its own `rows` of x with its own `labels`, (E, N) both: a generator.

    It yields the updates made, 0 at first and then every `every` of them (None: an epoch), and may
    be left at any. `rule` makes a torch optimiser that works element by element; `factors`, (E,),
    multiply the members' losses, and so are their learning rates under plain descent with η = 1.
    Orders are those of `batches.epoch`, by the members' seeds.
    """
    optimizer = rule(list(nets.parameters.values()))
    factors = torch.ones(len(nets)) if factors is None else torch.as_tensor(factors)
    each, done, n = vmap(criterion), 0, rows.shape[1]
    yield done
    for number in range(epochs):
        for chosen in zip(*(batches.epoch(n, batch, s, number) for s in nets.seeds), strict=True):
            here = torch.from_numpy(np.stack(chosen))
            optimizer.zero_grad()
            losses = each(outputs(nets, x[rows.gather(1, here)]), labels.gather(1, here))
            (losses * factors.to(losses)).sum().backward()
            optimizer.step()
            done += 1
            if done % (every or -(-n // batch)) == 0:
                yield done
