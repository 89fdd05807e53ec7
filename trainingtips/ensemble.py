"""Many networks of one shape, trained at once: their weights are stacked, (E, …).

A batched matrix product does the work of E small ones, and torch's cost per call is paid once: 32
small networks train some three times as fast on one core as one after another. Each member has its
own start and its own order of examples, by its seed, and is as independent of the others as if it
were trained alone.
"""

import hashlib
import os
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from operator import index
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map, tree_map_only

from trainingtips import batches, chance, members, strays
from trainingtips.flat import (
    HALF,
    arguments,
    check_parts,
    plain_attention,
    uncached,
    unwrapped,
    without_checkpoints,
)

# they couple the elements of a tensor, so that stacked members would influence one another
COUPLED = ("LBFGS", "Adafactor", "Muon")
# their update is not proportional to the learning rate
NOT_PROPORTIONAL = ("Rprop", "ASGD", "SparseAdam")


@dataclass
class Run:
    """What `Ensemble.train` saw; one row for the start and one for each evaluation, T in all."""

    updates: np.ndarray  # (T,) updates made so far
    losses: np.ndarray  # (T, E) over the training set, or `evaluate_rows` of it, in eval mode
    reached: np.ndarray  # (E,) updates at which a member reached its target; -1 where it did not
    observed: dict = field(default_factory=dict)  # name -> (T, …), of `observe`

    @property
    def diverged(self):
        """(E,) bool: the last loss of the member is not finite."""
        return ~np.isfinite(self.losses[-1])


class Ensemble:
    """E networks, one for each of `seeds`; `make()` builds one from torch's global random state.

    `parameters` and `buffers` map each name to a stacked tensor, (E, …). An input x is a tensor of
    N rows, of numbers or of whole numbers such as tokens, or a tuple or dict of such, as
    `curvature.flat_loss` takes them. What torch cannot stack, as LSTM and GRU, is computed one
    member after another: the same numbers, and no quicker than alone. Raises TypeError where
    `make` does not return a module or a seed is no whole number, ValueError for no seeds, a
    negative one, a module without parameters, and modules that differ in more than their weights.

    >>> nets = Ensemble(lambda: nn.Linear(2, 3), seeds=range(4))
    >>> nets.outputs(torch.zeros(5, 2)).shape
    torch.Size([4, 5, 3])
    """

    def __init__(self, make, seeds, device=None):
        self.seeds = [index(seed) for seed in seeds]
        if not self.seeds or min(self.seeds) < 0:
            raise ValueError(f"seeds are one or more numbers from 0; received {self.seeds}")
        networks = [_seeded(make, seed, device).to(device) for seed in self.seeds]
        members.check_ready(networks[0])
        shapes = [{k: v.shape for k, v in net.state_dict().items()} for net in networks]
        if not any(True for _ in networks[0].parameters()):
            raise ValueError(f"{type(networks[0]).__name__} has no parameters")
        if any(each != shapes[0] for each in shapes):
            raise ValueError("make() builds networks of different shapes; they cannot be stacked")
        check_parts(networks[0])
        members.check_alike(networks)
        members.check_hooks(networks[0])
        self.template = networks[0].train()
        self.parameters, self.buffers = stack_module_state(networks)
        self._stackable = {}  # in train mode, and in eval mode: as the first call showed

    def __len__(self):
        return len(self.seeds)

    def member(self, i):
        """Network i as a module of its own, a copy, in eval mode."""
        network = deepcopy(self.template)
        own = dict(network.named_parameters()) | dict(network.named_buffers())
        with torch.no_grad():
            for name, stacked in (self.parameters | self.buffers).items():
                own[name].copy_(stacked[i])
        return network.eval()

    @torch.no_grad()
    def outputs(self, x, chunk=256):
        """The members' outputs in eval mode, (E, N, …), for x of (N, …), `chunk` rows at a time."""
        self.template.eval()
        try:
            parts = range(0, _length(x), chunk)
            found = [self._forward(_taken(x, slice(i, i + chunk)), None) for i in parts]
            if len(found) > 1:
                _check_rows(found[0], chunk)
            return tree_map(lambda *each: torch.cat(each, dim=1), *found)
        finally:
            self.template.train()

    def losses(self, x, y, criterion=nn.functional.cross_entropy):
        """`criterion` of each member over (x, y) in eval mode: (E,), numpy.

        Raises ValueError where the outputs and y, of other shapes, are broadcast.
        """
        found = _losses(criterion, self.outputs(x), y, None, watched=True)
        return (found.float() if found.dtype in HALF else found).cpu().numpy()

    def accuracy(self, x, y):
        """Share of x, (N, …), that each member puts in its class y, (N,): (E,), numpy."""
        outputs = self.outputs(x)
        _check_tensor(outputs, "accuracy")
        found = outputs.argmax(-1)
        if not torch.is_tensor(y) or y.shape != found.shape[1:]:
            received = tuple(y.shape) if torch.is_tensor(y) else type(y).__name__
            wanted = tuple(found.shape[1:])
            raise ValueError(f"y is a tensor of classes, of shape {wanted}; received {received}")
        return (found == y).double().mean(1).cpu().numpy()

    def train(
        self,
        x,
        y,
        optimizer,
        batch,
        epochs,
        *,
        criterion=nn.functional.cross_entropy,
        rates=None,
        scheduler=None,
        order="shuffled",
        target=None,
        every=None,
        evaluate_rows=None,
        observe=None,
        checkpoint=None,
    ):
        """Train every member on x, (N, …), y, (N, …), for `epochs` epochs. Returns a `Run`.

        - `optimizer`: from a list of parameters to any `torch.optim` optimiser that works element
          by element; `scheduler`: from it to a scheduler, stepped after each update.
        - `rates`: (E,) own learning rates, in place of the optimiser's, which must not be zero;
          a scheduler's factors apply to them.
        - `order`: how `batches.epoch` deals out the examples; members use their own seeds.
        - `every`: updates from one evaluation to the next (None: an epoch); at each the losses
          are recorded, and what `observe`, a dict of functions of the ensemble, returns.
        - `evaluate_rows`: the rows of x and y that those losses are over, as a slice or indices
          (None: all), for evaluating all of them can take as long as the training.
        - `target`: a member whose training loss is at or below it there is frozen from then on;
          training ends once all are.
        - `checkpoint`: a file, written at each evaluation and taken up again where it exists: the
          interrupted run ends with the same numbers. It must come from the same arguments.

        Raises TypeError and ValueError for what cannot be right, before anything is trained.
        """
        return _Training(
            self, x, y, optimizer, batch, epochs, criterion, rates, scheduler, order, target,
            every, evaluate_rows, observe or {}, checkpoint,
        ).run()  # fmt: skip

    def _forward(self, x, dim):
        """The members' outputs, (E, …), for a common x (dim None) or one for each (0)."""
        mode = self.template.training
        if mode not in self._stackable:
            return self._first(x, dim, mode)
        return self._stacked(x, dim) if self._stackable[mode] else self._in_turn(x, dim)

    def _first(self, x, dim, mode):
        """The first call in this mode, which shows whether torch can stack the module."""
        kept = {name: values.clone() for name, values in self.buffers.items()}
        device = tree_leaves(self.parameters)[0].device
        numbers = _random_state(device)
        try:
            found = self._stacked(x, dim)
            self._stackable[mode] = True
        except Exception:  # whatever torch says of an operation that it cannot stack
            with torch.no_grad():  # what was done until there is undone
                for name, values in kept.items():
                    self.buffers[name].copy_(values)
            _set_random_state(numbers, device)
            found = self._in_turn(x, dim)  # where x or the module is at fault, it says so
            self._stackable[mode] = False
        try:
            self._check_strays(x if dim is None else _taken(x, 0), mode)
        except strays.Stray:
            del self._stackable[mode]  # so that the next call tells it again
            raise
        return found

    def _check_strays(self, x, mode, count=8):
        """Raise ValueError for what is lost when other weights stand in a member's place."""
        own = {name: values[0] for name, values in self.parameters.items()}
        buffers = {name: values[0].clone() for name, values in self.buffers.items()}
        x, device = _taken(x, slice(0, count)), tree_leaves(own)[0].device
        numbers = _random_state(device)
        once, hooks = partial(self._one, own, buffers, x), not self._stackable[mode]
        try:
            with plain_attention(), without_checkpoints():
                strays.checked(once, self.template, own, x, hooks)
        except strays.Stray:
            raise
        except Exception:  # a module for whole batches alone
            return
        finally:
            _set_random_state(numbers, device)

    def _stacked(self, x, dim):
        with plain_attention(), without_checkpoints():
            return vmap(self._one, (0, 0, dim), randomness="different")(
                self.parameters, self.buffers, x
            )

    def _in_turn(self, x, dim):
        found = []
        for i in range(len(self)):
            own = ({k: v[i] for k, v in each.items()} for each in (self.parameters, self.buffers))
            found.append(self._one(*own, x if dim is None else _taken(x, i)))
        return tree_map(lambda *each: torch.stack(each), *found)

    def _one(self, parameters, buffers, x):
        places, names = arguments(x)
        with uncached():
            return functional_call(self.template, (parameters, buffers), places, names)


class _Training:
    def __init__(self, nets, x, y, optimizer, batch, epochs, criterion, rates, scheduler, order,
                 target, every, evaluate_rows, observe, checkpoint):  # fmt: skip
        _check(x, y, epochs, every)
        self.n, self.device = len(y), y.device
        batches.epoch(self.n, batch, 0, 0, order)  # refuses a wrong batch or order
        self.nets, self.x, self.y, self.criterion = nets, x, y, criterion
        self.rows = _evaluated(evaluate_rows, self.n, self.device)
        seen = (x, y) if self.rows is None else (_taken(x, self.rows), y[self.rows])
        self.evaluated = seen
        self.batch, self.order, self.target, self.observe = batch, order, target, observe
        self.per_epoch = -(-self.n // batch)
        self.total, self.every = epochs * self.per_epoch, every or self.per_epoch
        self.path = Path(checkpoint) if checkpoint else None
        self.leaves = list(nets.parameters.values())
        self.rule = _rule(optimizer, self.leaves)
        self.scale = _scale(rates, self.rule, len(nets), self.leaves[0])
        self.schedule = _schedule(scheduler, self.rule)
        self.done, self.updates, self.losses, self.dealt = 0, [], [], None
        self.observed = {name: [] for name in observe}
        self.reached = np.full(len(nets), -1)
        self.arguments = self._arguments(epochs) if self.path else None

    def run(self):
        with _own_randomness(self.device):
            if self.path and self.path.exists():
                self._resume()
            else:
                self._evaluate()
            while self.done < self.total and self._active().any():
                self._update(self._indices())
                self.done += 1
                if self.done % self.every == 0 or self.done == self.total:
                    self._evaluate()
        observed = {name: np.array(rows) for name, rows in self.observed.items()}
        return Run(np.array(self.updates), np.array(self.losses), self.reached, observed)

    def _active(self):
        return self.reached < 0

    def _indices(self):
        """This update's examples, (E, B); None where each member's batch is the whole set."""
        if self.batch == self.n and self.order != "replacement":
            return None
        number, place = divmod(self.done, self.per_epoch)
        if place == 0 or self.dealt is None:
            deal = [
                batches.epoch(self.n, self.batch, seed, number, self.order)
                for seed in self.nets.seeds
            ]
            self.dealt = [
                torch.from_numpy(np.stack(each)).to(self.device) for each in zip(*deal, strict=True)
            ]
        return self.dealt[place]

    def _update(self, indices):
        # noise inside the network (dropout) by the update's number: a resumed run draws the same
        _seed((self.nets.seeds[0] * 1_000_003 + self.done) % 2**63, self.device)
        kept = {}
        if self.scale is not None or not self._active().all():
            state = self.nets.parameters | self.nets.buffers
            kept = {name: values.detach().clone() for name, values in state.items()}
        self.rule.zero_grad()
        self._losses(indices).sum().backward()
        self.rule.step()
        if self.schedule:
            self.schedule.step()
        if kept:
            self._restrain(kept)

    def _losses(self, indices):
        """The members' losses on their batches, (E,)."""
        x, y, dim = self.x, self.y, None
        if indices is not None:
            x, y, dim = _dealt(x, indices), _dealt(y, indices), 0
        return _losses(self.criterion, self.nets._forward(x, dim), y, dim)

    @torch.no_grad()
    def _restrain(self, kept):
        """Members with their own rate go their own share of the way; frozen ones stay."""
        state = self.nets.parameters | self.nets.buffers
        active = torch.from_numpy(self._active()).to(self.device)
        for name, before in kept.items():
            shape = (-1,) + (1,) * (before.ndim - 1)
            after = values = state[name]
            if self.scale is not None and name in self.nets.parameters:
                after = before + self.scale.view(shape) * (values - before)
            values.copy_(torch.where(active.view(shape), after, before))

    def _evaluate(self):
        losses = self.nets.losses(*self.evaluated, self.criterion)
        self.updates.append(self.done)
        self.losses.append(losses)
        for name, function in self.observe.items():
            self.observed[name].append(np.asarray(function(self.nets)))
        if self.target is not None:
            self.reached[self._active() & (losses <= self.target)] = self.done
        if self.path:
            self._save()

    def _arguments(self, epochs):
        """What must be equal for a checkpoint to be taken up again, as plain values."""
        schedule = _plain(self.schedule.state_dict()) if self.schedule else {}
        return {
            "seeds": self.nets.seeds,
            "network": repr(self.nets.template),
            "start": _digest([*self.leaves, *self.nets.buffers.values()]),
            "data": _digest(tree_leaves([self.x, self.y])),
            "evaluate_rows": None if self.rows is None else _digest([self.rows]),
            "batch": self.batch,
            "epochs": epochs,
            "order": self.order,
            "every": self.every,
            "target": self.target,
            "criterion": getattr(self.criterion, "__qualname__", type(self.criterion).__name__),
            "criterion's settings": members.described(self.criterion),
            "optimizer": [type(self.rule).__name__, _plain(self.rule.defaults)],
            "scheduler": [type(self.schedule).__name__, schedule],
            "scheduler's functions": members.described(getattr(self.schedule, "lr_lambdas", None)),
            "rates": None if self.scale is None else self.scale.tolist(),
            "observe": list(self.observe),
            "optimizer's groups": [str(self._group(each)) for each in self.rule.param_groups],
        }

    def _group(self, group):
        """A group's settings, and which of the parameters are its own."""
        places = {id(each): i for i, each in enumerate(self.leaves)}
        own = {k: v.tolist() if torch.is_tensor(v) else v for k, v in group.items()
               if k != "params"}  # fmt: skip
        return _plain(own) | {"params": [places.get(id(each)) for each in group["params"]]}

    def _save(self):
        state = {
            "arguments": self.arguments,
            "parameters": {k: v.detach() for k, v in self.nets.parameters.items()},
            "buffers": self.nets.buffers,
            "optimizer": self.rule.state_dict(),
            "scheduler": self.schedule.state_dict() if self.schedule else None,
            "done": self.done,
            "updates": self.updates,
            "losses": torch.from_numpy(np.array(self.losses)),
            "reached": torch.from_numpy(self.reached),
            "observed": {k: [torch.from_numpy(v.copy()) for v in rows]
                         for k, rows in self.observed.items()},
        }  # fmt: skip
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        try:
            torch.save(state, temporary)
            os.replace(temporary, self.path)  # a killed run leaves the last whole checkpoint
        finally:
            temporary.unlink(missing_ok=True)

    @torch.no_grad()
    def _resume(self):
        try:
            state = torch.load(self.path, weights_only=True, map_location="cpu")
            theirs = dict(state["arguments"])
        except Exception as error:
            raise ValueError(f"{self.path} is no checkpoint of an ensemble: {error}") from error
        ours = self.arguments
        wrong = [k for k in ours if theirs.get(k) != ours[k]]
        if wrong:
            one, two = _unlike(theirs.get(wrong[0]), ours[wrong[0]])
            raise ValueError(
                f"{self.path} is of another run: its {wrong[0]} is {one}, this run's {two}"
            )
        for name, value in state["parameters"].items():
            self.nets.parameters[name].copy_(value)
        for name, value in state["buffers"].items():
            self.nets.buffers[name].copy_(value)
        self.rule.load_state_dict(state["optimizer"])
        if self.schedule:
            self.schedule.load_state_dict(state["scheduler"])
        self.done, self.updates = state["done"], state["updates"]
        self.losses, self.reached = list(state["losses"].numpy()), state["reached"].numpy().copy()
        self.observed = {k: [v.numpy() for v in rows] for k, rows in state["observed"].items()}


def _seeded(make, seed, device):
    device = torch.device(device or "cpu")
    with _own_randomness(device):
        _seed(seed, device)
        network = make()
    if not isinstance(network, nn.Module):
        raise TypeError(f"make() returns a torch module; received {type(network).__name__}")
    return unwrapped(network)


@contextmanager
def _own_randomness(device):
    """Leave torch's global random state as it was found."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        yield


def _seed(number, device):
    # torch.manual_seed tries every kind of device, which takes longer than a small update
    number = chance.seed(number)
    torch.default_generator.manual_seed(number)
    if device.type == "cuda":
        torch.cuda.manual_seed_all(number)


def _random_state(device):
    own = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return torch.get_rng_state(), own


def _set_random_state(state, device):
    torch.set_rng_state(state[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state[1], device)


def _dealt(x, indices):
    """x[indices] for indices (E, B), by the faster kernel: (E, B, …)."""

    def rows(values):
        found = values.index_select(0, indices.flatten())
        return found.view(*indices.shape, *values.shape[1:])

    return tree_map_only(torch.Tensor, rows, x)


def _taken(x, rows):
    """x[rows] of each tensor in x."""
    return tree_map_only(torch.Tensor, lambda values: values[rows], x)


def _length(x):
    return len(next(t for t in tree_leaves(x) if torch.is_tensor(t)))


def _evaluated(rows, n, device):
    """The indices, (m,), of the rows that losses are over; None for all."""
    if rows is None:
        return None
    try:
        found = np.arange(n)[rows if isinstance(rows, slice) else np.asarray(rows).reshape(-1)]
    except (IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f"evaluate_rows is a slice or indices below N = {n}; received {rows!r}"
        ) from error
    if not len(found):
        raise ValueError(f"evaluate_rows holds no row of N = {n}; received {rows!r}")
    return torch.from_numpy(found).to(device)


def _losses(criterion, outputs, y, dim, watched=False):
    """`criterion` of each member's outputs, (E, N, …), on a common y (dim None) or its own (0).

    `watched`, outputs and y that are broadcast are refused.
    """
    if _is_torchs(criterion):
        _check_tensor(outputs, "the criterion")
    whole = criterion is nn.functional.cross_entropy and outputs.ndim == 3
    if whole and y.dtype == torch.int64:
        own = y.shape if dim is None else y.shape[1:]
        if own != outputs.shape[1:2]:
            raise ValueError(
                f"cross_entropy of outputs {tuple(outputs.shape[1:])} takes classes y of shape "
                f"{tuple(outputs.shape[1:2])}; received {tuple(own)}"
            )
        # members last: the softmax along a short last axis takes twenty times as long
        y = y.T if dim == 0 else y[:, None].expand(-1, len(outputs))
        each = criterion(outputs.permute(1, 2, 0), y, reduction="none")
        return each.sum(0) / (y != -100).sum(0)  # the label that cross_entropy leaves out
    losses = _each(partial(_watched, criterion) if watched else criterion, outputs, y, dim)
    if losses.ndim != 1:
        shape = tuple(losses.shape[1:])
        raise ValueError(f"the criterion returns a scalar; received shape {shape}")
    return losses


def _each(criterion, outputs, y, dim):
    """The criterion of each member, stacked, or one after another where torch cannot stack it."""
    try:
        return vmap(criterion, (0, dim))(outputs, y)
    except Misaligned:
        raise
    except Exception:  # whatever torch says of it; where it is at fault itself, it says so below
        own = [tree_map_only(torch.Tensor, lambda t, i=i: t[i], outputs)
               for i in range(len(tree_leaves(outputs)[0]))]  # fmt: skip
        return torch.stack([criterion(each, y if dim is None else y[i])
                            for i, each in enumerate(own)])  # fmt: skip


class Misaligned(ValueError):
    """Outputs and y of other shapes, which torch broadcasts: examples meet those of others."""


class _Shapes(TorchFunctionMode):
    """Within it, `Misaligned` is raised where outputs and y are broadcast, element by element.

    Both hold the examples along their first axis. What has their shapes, as their sigmoid, is
    taken for them.
    """

    LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
    OPERATIONS = ("sub", "rsub", "subtract", "add", "radd", "mul", "rmul", "multiply", "div",
                  "truediv", "rtruediv", "divide", "eq", "ne", "lt", "gt", "le", "ge",
                  "maximum", "minimum")  # fmt: skip

    def __init__(self, outputs, y):
        super().__init__()
        self.kept = {id(outputs): (0, outputs), id(y): (1, y)}

    def __torch_function__(self, function, types, args=(), kwargs=None):
        given = [v for v in (*args, *(kwargs or {}).values()) if isinstance(v, torch.Tensor)]
        sides = {self.kept[id(v)][0]: v for v in given if id(v) in self.kept}
        if len(sides) == 2:
            self._check(getattr(function, "__name__", "").strip("_"), sides[0], sides[1])
        found = function(*args, **(kwargs or {}))
        if len(sides) == 1 and isinstance(found, torch.Tensor):
            ((side, source),) = sides.items()
            if found.shape == source.shape:
                self.kept[id(found)] = side, found
        return found

    def _check(self, name, outputs, y):
        unlike = outputs.shape != y.shape and name in self.LOSSES
        if unlike or (name in self.OPERATIONS and 0 < y.ndim != outputs.ndim > 0):
            raise Misaligned(
                f"the criterion takes outputs {tuple(outputs.shape)} and y {tuple(y.shape)} "
                f"element by element ({name}), and torch would broadcast one to the other; give "
                f"y of shape {tuple(outputs.shape)}"
            )


def _watched(criterion, outputs, y):
    if not torch.is_tensor(outputs):
        return criterion(outputs, y)
    with _Shapes(outputs, y):
        return criterion(outputs, y)


def _is_torchs(criterion):
    own = criterion if hasattr(criterion, "__qualname__") else type(criterion)
    return getattr(own, "__module__", None) in ("torch.nn.functional", "torch.nn.modules.loss")


def _check_tensor(outputs, who):
    if not torch.is_tensor(outputs):
        raise TypeError(
            f"{who} takes one tensor, and the networks return a {type(outputs).__name__}; return "
            f"one tensor from forward, or give a criterion of the whole, such as "
            f"lambda outputs, y: cross_entropy(outputs[0], y)"
        )


def _check_rows(found, chunk):
    for each in tree_leaves(found):
        if each.ndim < 2 or each.shape[1] != chunk:
            raise ValueError(
                f"outputs hold one row for each of x; {chunk} rows gave one of shape "
                f"{tuple(each.shape[1:])}: return it with the examples first, or not at all"
            )


def _digest(tensors):
    """A text that differs where the values do."""
    found = hashlib.sha256()
    for each in tensors:
        found.update(f"{each.dtype} {tuple(each.shape)}".encode())
        found.update(each.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def _unlike(one, two):
    """What differs of two lists of texts; other values as they are."""
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        pairs = [(a, b) for a, b in zip(one, two, strict=True) if a != b]
        if pairs and all(isinstance(each, str) for pair in pairs for each in pair):
            return pairs[0]
    return one, two


def _plain(values):
    """The entries that are plain numbers, texts and sequences, as text."""
    kinds = (int, float, str, tuple, list)
    return {k: repr(v) for k, v in values.items() if isinstance(v, kinds)}


def _check(x, y, epochs, every):
    tensors = tree_leaves(x)
    for each in tensors or [x]:
        if not torch.is_tensor(each) or each.is_complex():
            found = getattr(each, "dtype", type(each).__name__)
            raise TypeError(
                f"x is a tensor of numbers, or a tuple or dict of such; received {found}"
            )
    if not torch.is_tensor(y):
        raise TypeError(f"y is a tensor; received {type(y).__name__}")
    sizes = {len(each) for each in tensors}
    if sizes != {len(y)} or not len(y):
        received = " and ".join(map(str, [*sorted(sizes), len(y)]))
        raise ValueError(f"x and y hold N ≥ 1 examples each; received {received}")
    for name, values in [*(("x", each) for each in tensors), ("y", y)]:
        if not torch.isfinite(values).all():
            raise ValueError(f"{name} holds values that are not finite")
    if not isinstance(epochs, int) or epochs < 0:
        raise ValueError(f"epochs is a whole number, 0 or more; received {epochs!r}")
    if every is not None and (not isinstance(every, int) or every < 1):
        raise ValueError(f"every is a whole number of updates from 1, or None; received {every!r}")


def _rule(optimizer, leaves):
    if not callable(optimizer) or isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer is a function of the parameters, such as "
            f"lambda p: torch.optim.SGD(p, lr=0.1); received {type(optimizer).__name__}"
        )
    rule = optimizer(leaves)
    if not isinstance(rule, torch.optim.Optimizer):
        raise TypeError(f"optimizer returns a torch optimiser; received {type(rule).__name__}")
    if type(rule).__name__ in COUPLED:
        raise TypeError(
            f"{type(rule).__name__} does not work element by element: stacked members would "
            f"influence one another; train them one by one"
        )
    members.check_rule(optimizer, leaves)
    return optimizer(leaves)  # last, so that it is the one that a caller's function has kept


def _scale(rates, rule, members, like):
    """Each member's share of the optimiser's step, (E,): its rate by the optimiser's own.

    Every update of an elementwise rule is proportional to its learning rate, also decoupled
    weight decay; what it remembers (momentum, squares) is free of it, given the gradients.
    """
    if rates is None:
        return None
    rates = torch.as_tensor(np.asarray(rates, dtype=float), dtype=like.dtype, device=like.device)
    if rates.shape != (members,) or not torch.isfinite(rates).all() or (rates < 0).any():
        raise ValueError(f"rates are {members} numbers, 0 or more; received {rates.tolist()}")
    if type(rule).__name__ in NOT_PROPORTIONAL:
        raise TypeError(f"{type(rule).__name__}'s steps are not proportional to its learning rate")
    base = {group["lr"] for group in rule.param_groups}
    if len(base) != 1 or not min(base) > 0:
        raise ValueError(f"own rates need an optimiser with one rate above 0; received {base}")
    return rates / min(base)


def _schedule(scheduler, rule):
    if scheduler is not None and not callable(scheduler):
        raise TypeError(
            f"scheduler is a function of the optimiser, such as "
            f"lambda rule: torch.optim.lr_scheduler.StepLR(rule, 10); received "
            f"{type(scheduler).__name__}"
        )
    schedule = scheduler(rule) if scheduler else None
    if isinstance(schedule, list | tuple):
        raise TypeError(
            f"scheduler returns one scheduler; received a {type(schedule).__name__} of "
            f"{len(schedule)}: join them in a SequentialLR or a ChainedScheduler"
        )
    if scheduler and not all(hasattr(schedule, name) for name in ("step", "state_dict")):
        raise TypeError(f"scheduler returns a scheduler; received {type(schedule).__name__}")
    if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
        raise TypeError("ReduceLROnPlateau follows one loss, and every member has its own")
    return schedule
