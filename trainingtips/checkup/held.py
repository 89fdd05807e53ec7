"""The batches of a training, taken once: what is in them, their order, and batches dealt anew."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature

import torch
from torch.overrides import TorchFunctionMode

from trainingtips.checkup import calls

BYTES, BATCHES, SECONDS = 1 << 26, 600, 5.0  # at most so much is kept


class Held:
    """Batches (x, y) of one pass; `inputs` and `y` are whole where they can be joined.

    `x` is the inputs where they are one tensor; they may be several, by name or in a tuple. Where
    they are is said by `form`, or found out by what `model` takes and by what was `given` to it.
    """

    def __init__(self, batches, model=None, given=None, form=None):
        self.batches, self.whole, self.why = [], True, None
        size, start = 0, time.monotonic()
        self.form, self.unclear = form, False  # whether y may be at another place
        for batch in batches:
            if self.form is None:
                self.form = Form.of(batch, model, given)
                self.unclear = _is_unclear(batch, self.form)
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

    Where it is not plain, they are what the model and the loss were `Given`. Of a tuple of more
    than two, all but the last are inputs if the model takes so many and no fewer.
    """

    x: object  # a place, or a list of them
    y: object
    named: bool = False  # several inputs, by name: x is a dict of them
    several: bool = False  # in places: x is a tuple of them

    @classmethod
    def of(cls, batch, model=None, given=None):
        if isinstance(batch, (tuple, list)):
            return cls._of_tuple(batch, model, given) if len(batch) > 1 else None
        if not isinstance(batch, Mapping):
            return None
        keys = [given and given.target, *TARGETS]
        y = next((key for key in keys if torch.is_tensor(batch.get(key))), None)
        x = [k for k, v in batch.items() if torch.is_tensor(v) and k != y and v.dim()]
        x = [k for k in x if given and k in given.inputs] or x
        if y is None or not x:
            return None
        return cls(x[0], y) if len(x) == 1 else cls(x, y, True)

    @classmethod
    def _of_tuple(cls, batch, model, given):
        last = len(batch) - 1
        y = last if given is None or given.target is None else given.target
        x = [i for i in given.inputs if i != y] if given else []
        if not x and last > 1 and counted(tuple(batch)) and _takes_all(model, batch[:-1]):
            x, y = list(range(last)), last
        return cls(x, y, several=True) if len(x) > 1 else cls(x[0] if x else 0, y)

    def split(self, batch):
        """(x, y) of a batch."""
        if self.named:
            return {key: batch[key] for key in self.x}, batch[self.y]
        if self.several:
            return tuple(batch[place] for place in self.x), batch[self.y]
        return batch[self.x], batch[self.y]

    def join(self, batch, x, y):
        """A batch like this one with another x and y."""
        if isinstance(batch, Mapping):
            new = {**batch, **(x if self.named else {self.x: x}), self.y: y}
            return new if type(batch) is dict else type(batch)(new)
        make = getattr(batch, "_make", type(batch))  # a named tuple's entries keep their names
        entries = list(batch)
        entries[self.y] = y
        for place, value in zip(self.x, x, strict=True) if self.several else [(self.x, x)]:
            entries[place] = value
        return make(entries)


def _is_unclear(batch, form):
    """Whether the batch alone does not say which entries are inputs, and which the target."""
    if isinstance(batch, Mapping):
        return form is None or form.named
    return isinstance(batch, (tuple, list)) and len(batch) > 2


def _takes_all(model, inputs):
    """Whether the model's forward takes these in places, and not one fewer."""
    try:
        taken = signature(model.forward)
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


class Wrapped:
    """The batches of `inner`, one after another or by their places, each as `passed` gives it."""

    def __init__(self, inner):
        self.inner, self.asked = inner, 0

    def __iter__(self):
        self.asked += 1
        yield from map(self.passed, self.inner)

    def __getitem__(self, place):
        self.asked += 1
        found = self.inner[place]
        return [*map(self.passed, found)] if isinstance(place, slice) else self.passed(found)

    def __len__(self):
        return len(self.inner)

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Changed(Wrapped):
    """The batches of `inner`, each after `change`; everything else is as it was."""

    def __init__(self, inner, change, form=None):
        super().__init__(inner)
        self.change, self.form = change, form

    def passed(self, batch):
        form = self.form or Form.of(batch)
        if form is None:
            raise TypeError(f"a batch is (x, y); here it is {type(batch).__name__}")
        return form.join(batch, *self.change(*form.split(batch)))


class Recorded(Wrapped):
    """The batches of `inner` as they are; `told` is given each that the loop takes."""

    def __init__(self, inner, told):
        super().__init__(inner)
        self.told = told

    def passed(self, batch):
        self.told(batch)
        return batch

    def __setitem__(self, place, batch):
        self.inner[place] = batch  # a loop may shuffle a list of batches in its place


class Given(TorchFunctionMode):
    """Sees which entries of the latest batch the model is given, and which is first compared.

    `inputs` are places in a tuple or keys of a dict, in their order; `target` is one, or None.
    """

    def __init__(self):
        super().__init__()
        self.batch, self.inputs, self.target = (), [], None

    def take(self, batch):
        """The batch that the loop has from now on."""
        self.batch = batch

    def entered(self, module, args, kwargs):
        """A hook before the model's forward."""
        found = self._places(torch.utils._pytree.tree_leaves((args, kwargs)))
        self.inputs = sorted({*self.inputs, *found}, key=str)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self.target is None and function in calls.COMPARING:
            found = [p for p in self._places([*args, *kwargs.values()]) if p not in self.inputs]
            self.target = found[0] if found else None
        return function(*args, **kwargs)

    def _places(self, values):
        batch, given = self.batch, {id(each) for each in values}
        entries = batch.items() if isinstance(batch, Mapping) else enumerate(batch)
        return [place for place, each in entries if torch.is_tensor(each) and id(each) in given]


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
        self.asked, self.count, self.order = 0, counted(x), None
        if torch.is_tensor(x):
            self.dataset = torch.utils.data.TensorDataset(x, y)
        self.batch_size = self.size

    def __iter__(self):
        self.asked += 1
        self.order = self._deal()
        for rows in self.order:
            yield self._batch(*taken((self.x, self.y), rows))

    def __getitem__(self, place):
        """Of the last deal, or of a new one where the first is asked for."""
        if self.order is None or place == 0:
            self.asked += 1
            self.order = self._deal()
        return self._batch(*taken((self.x, self.y), self.order[place]))

    def _deal(self):
        """The rows of each batch of a pass."""
        if self.draw:
            order = self.draw(self.generator)
        else:
            order = torch.randperm(self.count, generator=self.generator, device="cpu")
        parts = order.split(self.size)
        # all of one size, as batch norm wants it
        return [rows for rows in parts if len(rows) == self.size or len(order) < self.size]

    def _batch(self, x, y):
        form = self.form
        if form is not None and isinstance(form.y, str):
            return {**(x if form.named else {form.x: x}), form.y: y}
        return [*x, y] if form is not None and form.several else [x, y]

    def __len__(self):
        return max(1, self.count // self.size)
