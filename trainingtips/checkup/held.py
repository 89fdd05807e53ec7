"""The batches of a training, taken once: what is in them, their order, and batches dealt anew."""

import inspect
import time
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch.overrides import TorchFunctionMode

from trainingtips.checkup import calls

BYTES, BATCHES, SECONDS = 1 << 26, 600, 5.0  # at most so much is kept


class Held:
    """Batches (x, y) of one pass; `inputs` and `y` are whole where they can be joined.

    `x` is the inputs where they are one tensor; they may be several, by name or in a tuple. Where
    they are is said by `form`, or found out by what `model` takes and by the place of the target.
    """

    def __init__(self, batches, model=None, target=-1, form=None):
        self.batches, self.whole, self.why = [], True, None
        size, start = 0, time.monotonic()
        self.form, self.entries = form, 0  # of a tuple
        for batch in batches:
            if self.form is None:
                self.form = Form.of(batch, model, target)
                self.entries = len(batch) if isinstance(batch, (tuple, list)) else 0
            if self.form is None:
                self.why = f"a batch is (x, y); here it is {type(batch).__name__}"
                break
            pair = self.form.split(batch)
            self.batches.append(pair)
            leaves = torch.utils._pytree.tree_leaves(pair)
            size += sum(v.numel() * v.element_size() for v in leaves if torch.is_tensor(v))
            full = size > BYTES or len(self.batches) == BATCHES
            if full or time.monotonic() - start > SECONDS:
                self.whole = False
                break
        if not self.batches and not self.why:
            self.why = "there are no batches"
        self.inputs = together([b[0] for b in self.batches])
        self.y = joined([b[-1] for b in self.batches])
        if self.inputs is None or self.y is None or counted(self.inputs) != len(self.y):
            self.inputs = self.y = None
            self.why = self.why or "the batches cannot be joined"
        self.x = self.inputs if torch.is_tensor(self.inputs) else None
        self.sizes = [
            len(b[-1]) if torch.is_tensor(b[-1]) and b[-1].dim() else 1 for b in self.batches
        ]

    def on(self, place):
        """The same, its tensors on that device; as they are where it is None."""
        for name in ("batches", "inputs", "x", "y"):
            setattr(self, name, moved(getattr(self, name), place))
        return self

    @property
    def size(self):
        """Examples in an ordinary batch."""
        return sorted(self.sizes)[len(self.sizes) // 2] if self.sizes else 0

    def features(self, rows=slice(None)):
        """x as a matrix (N, d) of numbers, each feature a column."""
        return self.x[rows].reshape(len(self.x[rows]), -1).float()


def place_of(model):
    """The device that all parameters of the model are on, or None."""
    places = {p.device for p in model.parameters()}
    return places.pop() if len(places) == 1 else None


def moved(given, place):
    """What is given with all of its tensors on that device; as it is where it is None."""
    if place is None:
        return given
    return torch.utils._pytree.tree_map_only(torch.Tensor, lambda v: v.to(place), given)


TARGETS = ("labels", "label", "targets", "target", "y", "class")


@dataclass
class Form:
    """Where x and y are in a batch: first and last, or by key in a dict.

    Of a tuple of more, all but the last are inputs where the model takes so many and no fewer; else
    y is at the place of the target, such as before the weights of the examples.
    """

    x: object
    y: object
    named: bool = False  # several inputs, by name: x is a dict of them
    several: bool = False  # in places: x is a tuple of them

    @classmethod
    def of(cls, batch, model=None, target=-1):
        if isinstance(batch, (tuple, list)):
            if len(batch) > 2 and counted(tuple(batch)) and _takes_all(model, batch[:-1]):
                return cls(slice(0, -1), -1, several=True)
            return cls(0, target) if len(batch) > 1 else None
        if not isinstance(batch, Mapping):
            return None
        y = next((key for key in TARGETS if torch.is_tensor(batch.get(key))), None)
        x = [k for k, v in batch.items() if torch.is_tensor(v) and k != y and v.dim()]
        if y is None or not x:
            return None
        return cls(x[0], y) if len(x) == 1 else cls(x, y, True)

    def split(self, batch):
        """(x, y) of a batch."""
        if self.named:
            return {key: batch[key] for key in self.x}, batch[self.y]
        if self.several:
            return tuple(batch[self.x]), batch[self.y]
        return batch[self.x], batch[self.y]

    def join(self, batch, x, y):
        """A batch like this one with another x and y."""
        if isinstance(batch, Mapping):
            new = {**batch, **(x if self.named else {self.x: x}), self.y: y}
            return new if type(batch) is dict else type(batch)(new)
        make = getattr(batch, "_make", type(batch))  # a named tuple's entries keep their names
        if self.several:
            return make([*x, y])
        entries = list(batch)
        entries[self.x], entries[self.y] = x, y
        return make(entries)


def _takes_all(model, inputs):
    """Whether the model's forward takes these in places, and not one fewer."""
    try:
        taken = inspect.signature(model.forward)
        taken.bind(*inputs)
    except (AttributeError, TypeError, ValueError):
        return False
    try:
        taken.bind(*inputs[:-1])
    except TypeError:
        return True
    return False


def joined(parts):
    """One tensor of the parts, or None where they are none or differ in form."""
    if not parts or not all(torch.is_tensor(p) and p.dim() for p in parts):
        return None
    if len({p.shape[1:] for p in parts}) > 1 or len({p.dtype for p in parts}) > 1:
        return None
    return torch.cat(list(parts))


def together(parts):
    """What the parts are, each tensor in them joined, or None where one cannot be."""
    flat = [torch.utils._pytree.tree_flatten(part) for part in parts]
    if not flat or any(form != flat[0][1] for _, form in flat):
        return None
    leaves = [joined(each) for each in zip(*(leaves for leaves, _ in flat), strict=True)]
    if not leaves or any(leaf is None for leaf in leaves):
        return None
    return torch.utils._pytree.tree_unflatten(leaves, flat[0][1])


class Changed:
    """The batches of `inner`, each after `change`; everything else is as it was."""

    def __init__(self, inner, change, form=None):
        self.inner, self.change, self.form, self.asked = inner, change, form, 0

    def __iter__(self):
        self.asked += 1
        for batch in self.inner:
            form = self.form or Form.of(batch)
            if form is None:
                raise TypeError(f"a batch is (x, y); here it is {type(batch).__name__}")
            yield form.join(batch, *self.change(*form.split(batch)))

    def __len__(self):
        return len(self.inner)

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Latest:
    """The batches of `inner`; `batch` is the one that the loop has."""

    def __init__(self, inner):
        self.inner, self.batch = inner, ()

    def __iter__(self):
        for batch in self.inner:
            self.batch = batch
            yield batch

    def __len__(self):
        return len(self.inner)

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Target(TorchFunctionMode):
    """Sees which entry of the latest batch, a tuple, is first compared with something.

    `place` is -1, the last, until one is; inputs, its first entry, do not count.
    """

    def __init__(self, latest):
        super().__init__()
        self.latest, self.place = latest, -1

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self.place == -1 and function in calls.COMPARING:
            given = {id(each) for each in (*args, *kwargs.values())}
            places = [i for i, each in enumerate(self.latest.batch) if i and id(each) in given]
            self.place = places[0] if places else -1
        return function(*args, **kwargs)


class Recorded(Changed):
    """The batches of `inner` as they are; `change` is told x and y of those that are pairs."""

    def __iter__(self):
        self.asked += 1
        for batch in self.inner:
            form = self.form or Form.of(batch)
            if form is not None:
                self.change(*form.split(batch))
            yield batch


def taken(given, rows):
    """Those rows of what is given: of each tensor in it."""
    return torch.utils._pytree.tree_map_only(torch.Tensor, lambda v: v[rows], given)


def counted(given):
    """How many examples all tensors of what is given have; 0 where they differ, or there is none.

    >>> counted({"ids": torch.zeros(4, 7), "mask": torch.ones(4, 7)}), counted((torch.zeros(3), 2))
    (4, 3)
    """
    leaves = [v for v in torch.utils._pytree.tree_leaves(given) if torch.is_tensor(v)]
    sizes = {len(v) if v.dim() else 0 for v in leaves}
    return sizes.pop() if len(sizes) == 1 else 0


class Dealt:
    """Batches of examples that are held: shuffled anew in each pass, or by `draw`."""

    def __init__(self, x, y, size, seed, draw=None, form=None):
        self.form = form
        self.x, self.y, self.size, self.draw = x, y, max(1, size), draw
        self.generator = torch.Generator("cpu").manual_seed(seed)
        self.asked, self.count = 0, counted(x)
        if torch.is_tensor(x):
            self.dataset = torch.utils.data.TensorDataset(x, y)
        self.batch_size = self.size

    def __iter__(self):
        self.asked += 1
        if self.draw:
            order = self.draw(self.generator)
        else:
            order = torch.randperm(self.count, generator=self.generator, device="cpu")
        for rows in order.split(self.size):
            if len(rows) == self.size or len(order) < self.size:  # as batch norm wants it
                x, y = taken((self.x, self.y), rows)
                yield self._batch(x, y)

    def _batch(self, x, y):
        form = self.form
        if form is not None and isinstance(form.y, str):
            return {**(x if form.named else {form.x: x}), form.y: y}
        return [*x, y] if form is not None and form.several else [x, y]

    def __len__(self):
        return max(1, self.count // self.size)
