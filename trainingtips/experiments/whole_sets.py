"""Ensembles on the whole of a data set, on a GPU: an update is one graph of kernels, replayed.

An update of small networks is some forty kernels of a few microseconds each, and asking for them
takes far longer than they do. So the GPU is given all of them at once, recorded as a CUDA graph
once. On a processor the same update is made as it is written, which is how it is tested.
"""

from dataclasses import dataclass

import numpy as np
import torch

from trainingtips import chance, data
from trainingtips.curvature import eigenpairs, flat_loss
from trainingtips.experiments.own_splits import forward

FOLDER = "/usr/share/datasets/fashion-mnist"  # where Debian's package dataset-fashion-mnist puts it
ROOM = 2**28  # numbers of pictures that are gathered at once


@dataclass(frozen=True)
class Examples:
    """All examples, x (N, features) and y (N, K), one-hot, and what each of E members has of them.

    `train` and `test`, (S, …), are places in x, a row for each seed; `own`, (E,), is each member's
    row: members of one row have the same split and the same order of examples.
    """

    x: torch.Tensor
    y: torch.Tensor
    train: torch.Tensor
    test: torch.Tensor
    own: torch.Tensor


def fashion():
    """The whole of Fashion-MNIST, 70,000 pictures of 28×28, from its Debian package."""
    return data.load("fashion", path=FOLDER)


def examples(whole, splits, train, repeats, device, seeds=None):
    """`Examples` of the data set `whole`: each split of `train` and the rest.

    A split has `repeats[0]` rows, and a row `repeats[1]` members. `seeds`, by default 0 to `splits`
    − 1, are those that cut.
    """
    seeds = range(splits) if seeds is None else seeds
    places = data.Dataset(torch.arange(len(whole)), whole.y, whole.classes)
    parts = [[part.x for part in places.split(train, seed=seed)] for seed in seeds]
    first, rest = (torch.stack([each[i] for each in parts]) for i in (0, 1))
    starts, members = repeats
    hot = torch.nn.functional.one_hot(whole.y, whole.classes).to(whole.x.dtype)
    rows = (each.repeat_interleave(starts, 0) for each in (first, rest))
    own = torch.arange(splits * starts).repeat_interleave(members)
    return Examples(*(each.to(device) for each in (whole.x, hot, *rows, own)))


class Descent:
    """Plain descent of an ensemble's members on batches of their own examples.

    `rates`, one number or (E,), are read at each update, and may be changed between two; `factors`,
    (T,), are a schedule: update t is made with the factor t, from T on with the last one. Each
    epoch has an order of its own, by `seed`; what is left of it for a smaller batch is not used.
    """

    def __init__(self, nets, given, batch, rates, factors=(1.0,), seed=0):
        some = next(iter(nets.parameters.values()))
        self.nets, self.given, self.batch = nets, given, batch
        self.rates = torch.as_tensor(rates, dtype=some.dtype, device=some.device)
        self.rates = self.rates.expand(len(nets)).clone()
        self.factors = torch.as_tensor(factors, dtype=some.dtype, device=some.device)
        self.per_epoch = given.train.shape[1] // batch
        if not self.per_epoch:
            raise ValueError(f"a batch has at most {given.train.shape[1]} examples: {batch}")
        self.order = given.train.clone()
        self.generator = chance.generator(seed, some.device)
        self.columns = torch.arange(batch, device=some.device)
        # on the device, for a graph always reads the same places: this update's first column, and t
        self.at = torch.zeros((), dtype=torch.int64, device=some.device)
        self.t = torch.zeros((), dtype=torch.int64, device=some.device)
        self.made, self.graph = 0, None

    def make(self, updates):
        """Make so many updates more."""
        for _ in range(updates):
            if self.made % self.per_epoch == 0:
                self._deal()
            if self.order.is_cuda:
                self._replay()
            else:
                self._update()
            self.made += 1

    def _deal(self):
        """A new order of each row's examples."""
        shape, device = self.order.shape, self.order.device
        order = torch.rand(shape, generator=self.generator, device=device).argsort(1)
        self.order.copy_(self.given.train.gather(1, order))
        self.at.zero_()

    def _update(self):
        rows = self.order.index_select(1, self.columns + self.at)
        found = losses(self.nets, self.given, rows)
        weights = list(self.nets.parameters.values())
        gradients = torch.autograd.grad(found.sum(), weights)
        # by index_select: an index in brackets would be read by the processor
        now = self.t.clamp(max=len(self.factors) - 1).view(1)
        factor = self.factors.index_select(0, now)
        with torch.no_grad():
            steps = -factor * self.rates
            for each, gradient in zip(weights, gradients, strict=True):
                each.addcmul_(gradient, steps.view(-1, *[1] * (gradient.ndim - 1)))
            self.at += self.batch
            self.t += 1

    def _replay(self):
        if self.graph is None:
            self._record()
        self.graph.replay()

    def _record(self):
        """Record the update. It is first made a few times, as torch asks for, and undone."""
        state = [*self.nets.parameters.values(), self.at, self.t]
        kept = [each.detach().clone() for each in state]
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(3):
                self._update()
                self.at.copy_(kept[-2])
        torch.cuda.current_stream().wait_stream(aside)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self._update()
        with torch.no_grad():
            for each, before in zip(state, kept, strict=True):
                each.copy_(before)


def outputs(nets, given, rows, own=None):
    """The members' outputs at `rows`, (S, B) places: (E, B, K)."""
    rows = rows.index_select(0, given.own if own is None else own)
    x = given.x.index_select(0, rows.flatten()).view(*rows.shape, -1)
    return forward(nets.template, nets.parameters, nets.buffers, x)


def losses(nets, given, rows):
    """The members' cross-entropy at `rows`, (S, B) places: (E,)."""
    found = outputs(nets, given, rows).log_softmax(-1)
    picked = rows.index_select(0, given.own)
    hot = given.y.index_select(0, picked.flatten()).view(found.shape)
    return -(found * hot).sum(-1).mean(-1)


@torch.no_grad()
def judged(nets, given, rows):
    """(cross-entropy, share that is right) of each member at `rows`, (S, M): two arrays (E,)."""
    chunk = max(1, ROOM // (len(nets) * given.x.shape[1]))
    loss = torch.zeros(len(nets), dtype=torch.float64, device=rows.device)
    right = torch.zeros_like(loss)
    for some in rows.split(chunk, 1):
        found = outputs(nets, given, some).log_softmax(-1)
        picked = some.index_select(0, given.own)
        hot = given.y.index_select(0, picked.flatten()).view(found.shape)
        loss -= (found * hot).sum(-1).double().sum(-1)
        right += (found.argmax(-1) == hot.argmax(-1)).double().sum(-1)
    count = rows.shape[1]
    return (loss / count).cpu().numpy(), (right / count).cpu().numpy()


def until(descent, target, every, limit):
    """Descent until each member's training loss is at `target`: the updates by then, (E,).

    It is looked at after every `every` updates; a member that is there stays as it is. −1 stands
    for those that are not there after `limit` updates.
    """
    reached = np.full(len(descent.nets), -1)
    while (reached < 0).any() and descent.made < limit:
        descent.make(every)
        found, _ = judged(descent.nets, descent.given, descent.given.train)
        there = (reached < 0) & (found <= target)
        reached[there] = descent.made
        descent.rates[torch.from_numpy(there).to(descent.rates.device)] = 0.0
    return reached


def largest(nets, given, count=None):
    """λ_max of each member's training loss, or that of its first `count` examples: (E,), numpy.

    In double precision, to about one part in a million, as in `figures/batch/_equal_loss.py`.
    """
    found = []
    for member, row in enumerate(given.own.tolist()):
        places = given.train[row, :count]
        x, y = given.x[places].double(), given.y[places].argmax(1)
        problem = flat_loss(nets.member(member).double(), torch.nn.functional.cross_entropy, x, y)
        found.append(float(eigenpairs(*problem, 1, "largest", tolerance=1e-3, basis=8)[0][0]))
    return np.array(found)
