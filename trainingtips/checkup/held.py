"""The batches of a training, taken once: what is in them, their order, and batches dealt anew."""

import time

import torch

BYTES, BATCHES, SECONDS = 1 << 26, 600, 5.0  # at most so much is kept


class Held:
    """Batches (x, y) of one pass; `x` and `y` are whole tensors where they can be joined."""

    def __init__(self, batches):
        self.batches, self.whole, self.why = [], True, None
        size, start = 0, time.monotonic()
        for batch in batches:
            if not isinstance(batch, (tuple, list)) or len(batch) < 2:
                self.why = f"a batch is (x, y); here it is {type(batch).__name__}"
                break
            self.batches.append(batch)
            size += sum(v.numel() * v.element_size() for v in batch if torch.is_tensor(v))
            full = size > BYTES or len(self.batches) == BATCHES
            if full or time.monotonic() - start > SECONDS:
                self.whole = False
                break
        if not self.batches and not self.why:
            self.why = "there are no batches"
        self.x, self.y = joined([b[0] for b in self.batches]), joined([b[-1] for b in self.batches])
        if self.x is None or self.y is None or len(self.x) != len(self.y):
            self.x = self.y = None
            self.why = self.why or "the batches cannot be joined"
        self.sizes = [
            len(b[-1]) if torch.is_tensor(b[-1]) and b[-1].dim() else 1 for b in self.batches
        ]

    @property
    def size(self):
        """Examples in an ordinary batch."""
        return sorted(self.sizes)[len(self.sizes) // 2] if self.sizes else 0

    def features(self, rows=slice(None)):
        """x as a matrix (N, d) of numbers, each feature a column."""
        return self.x[rows].reshape(len(self.x[rows]), -1).float()


def joined(parts):
    """One tensor of the parts, or None where they are none or differ in form."""
    if not parts or not all(torch.is_tensor(p) and p.dim() for p in parts):
        return None
    if len({p.shape[1:] for p in parts}) > 1 or len({p.dtype for p in parts}) > 1:
        return None
    return torch.cat(list(parts))


class Changed:
    """The batches of `inner`, each after `change`; everything else is as it was."""

    def __init__(self, inner, change):
        self.inner, self.change, self.asked = inner, change, 0

    def __iter__(self):
        self.asked += 1
        for batch in self.inner:
            if not isinstance(batch, (tuple, list)) or len(batch) < 2:
                raise TypeError(f"a batch is (x, y); here it is {type(batch).__name__}")
            changed = self.change(batch[0], batch[-1])
            parts = [changed[0], *batch[1:-1], changed[1]]
            make = getattr(batch, "_make", type(batch))  # a named tuple's entries keep their names
            yield make(parts)

    def __len__(self):
        return len(self.inner)

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Recorded(Changed):
    """The batches of `inner` as they are; `change` is told x and y of those that are pairs."""

    def __iter__(self):
        self.asked += 1
        for batch in self.inner:
            if isinstance(batch, (tuple, list)) and len(batch) > 1:
                self.change(batch[0], batch[-1])
            yield batch


class Dealt:
    """Batches of examples that are held: shuffled anew in each pass, or by `draw`."""

    def __init__(self, x, y, size, seed, draw=None):
        self.x, self.y, self.size, self.draw = x, y, max(1, size), draw
        self.generator = torch.Generator().manual_seed(seed)
        self.asked = 0
        self.dataset = torch.utils.data.TensorDataset(x, y)
        self.batch_size = self.size

    def __iter__(self):
        self.asked += 1
        if self.draw:
            order = self.draw(self.generator)
        else:
            order = torch.randperm(len(self.x), generator=self.generator)
        for rows in order.split(self.size):
            if len(rows) == self.size or len(order) < self.size:  # as batch norm wants it
                yield [self.x[rows], self.y[rows]]

    def __len__(self):
        return max(1, len(self.x) // self.size)
