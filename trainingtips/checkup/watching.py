"""See a training without a call in its loop: what goes into the model, the loss and the update.

Three things look: a `TorchFunctionMode` sees each loss, activation and `backward`, a hook of the
module sees when its forward begins and ends, and two hooks of the optimiser see gradients and what
a step moves. The training goes on whatever happens here: what cannot be seen is written into
`Seen.lost`, in a sentence.
"""

import contextlib
import functools
import math
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from trainingtips.checkup import calls, measures

KEPT = 400  # numbers of each kind that are kept, however long the training is
EXAMPLES = 1 << 18  # elements of an input, an output or a target that are kept
CLOSELY = 8  # updates are looked at one by one, then at distances that grow with their number:
GROWTH = 1.2  # the cost of looking goes to nothing, and the last look is near the end
SAMPLE = 1 << 12  # weights of a parameter in which rounding is sought
LARGE = 1 << 16  # of a larger parameter the way is that of so many weights, in blocks spread evenly
BLOCK = 64


@dataclass
class Call:
    """The first call of a loss function: what it was given."""

    function: object
    name: str
    output: torch.Tensor
    target: torch.Tensor
    options: dict
    shapes: tuple
    source: tuple | None = None  # (kind, place) of the activation that made the output


@dataclass
class Activation:
    """What came out of one place in the forward, in one update.

    `dead` is the share of units that are zero for every example, `saturated` the share of values
    within a hundredth of a bound, `spread` the standard deviation, `alike` the share of units
    whose values are those of another one.
    """

    kind: str
    dead: float
    saturated: float
    spread: float
    alike: float
    units: int


@dataclass
class Step:
    """What one looked-at update did: norms by parameter, before and after."""

    number: int
    gradients: dict
    raw: dict
    ratios: dict  # norm of the update over norm of the weight, for weights that are not zero
    rounded: float  # share of weights that the update left as they were though it wanted otherwise
    rates: tuple
    activations: list = field(default_factory=list)
    recurrent: list = field(default_factory=list)  # of layers whose units are bounded within


class Seen:
    """What was seen of one training; `report()` says what it shows."""

    def __init__(self, model, optimizers):
        self.model, self.optimizers = model, optimizers
        self.starts = measures.starts(model)
        self.lost, self.updates, self.backwards, self.forwards = {}, 0, 0, 0
        self.losses, self.loss_stride = [], 1
        self.steps, self.calls = [], {}
        self.first_bad = None  # (update, what) where a number was first not finite
        self.leftover = self.checked = 0  # first backwards after a step with gradients of before
        self.evaluating = self.training = self.tested_training = self.tested = 0
        self.attended = 0  # of the forwards that are learnt from, those whose calls were looked at
        self.inputs, self.codes = [], False
        self.stepping = set()  # of optimisers, those that make steps
        self.graphless = 0  # backwards of losses that nothing was computed for
        self.undivided = 0  # backwards of what a loss function gave, as it gave it
        self.uses_y = 0  # of the batches' targets: calls that were given them
        self.broadcast, self.escapes, self.scaled, self.autocast = [], {}, False, False
        self.dropout, self.batch_sizes, self.rates = {}, [], []
        self.in_forward = self.paused = False
        self.per_update = 1.0
        self.batch, self.moved_pairs, self.dropout_always = None, 0, 0
        self.softmax_axis = None
        self.used = set()  # ids of parameters that calls were given, while no forward was
        self.twice = set()  # kinds of activations that were taken of their own output
        self.summed = None  # of how many numbers the loss is a plain sum
        self.link = None  # (what is made of an output on the way to the loss, shape of its row)
        self.penalised = 0  # calls outside of the forward that take a parameter into the loss

    @property
    def added(self):
        """How many gradients of whole losses are added up in an update: one is usual."""
        whole = self.undivided > 0.9 * self.backwards
        return round(self.per_update) if whole and self.per_update > 1.5 else 1

    def report(self):
        """A `Report` of what was seen; nothing is tried, so each verdict is "not tested"."""
        from trainingtips.checkup.examining import of_watched

        return of_watched(self)

    def note(self, what, error):
        """What could not be seen, said once."""
        self.lost.setdefault(what, f"{what} was not seen: {type(error).__name__}: {error}")


def guarded(what):
    """A method of a watcher that never disturbs what it watches."""

    def wrap(method):
        @functools.wraps(method)
        def call(self, *arguments, **keywords):
            try:
                with torch._C.DisableTorchFunction(), torch.no_grad():
                    return method(self, *arguments, **keywords)
            except Exception as error:
                self.seen.note(what, error)

        return call

    return wrap


class Watcher(TorchFunctionMode):
    """The mode and the hooks; they write into a `Seen`."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen
        self.clean = {}  # of each optimiser: had it no gradient when a backward began?
        self.before, self.activations, self.marks, self.kept = {}, [], {}, []
        self.recurrent = []
        self.raw, self.looking, self.next = {}, True, 0
        self.attentive = True  # whether calls are looked at: in these updates, and in each test
        self.sizes, self.parts, self.losses = {}, None, {}
        self.sums = {}  # the latest sum outside of the forward: (tensor, of how many)
        self.given = {}  # what the model gave, and views of it: {id: (tensor, shape of a row)}
        self.entered_x, self.compiled = [], None
        self.index = 0  # of an activation, counted from where a forward begins
        self.parameters = _named(seen.model, seen.optimizers)
        ordinary = (torch.nn.Parameter, torch.Tensor)
        self.plain = all(type(p) in ordinary for p in self.parameters.values())
        self.quiet = None  # while an optimiser steps

    # ---- the mode

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if torch.compiler.is_compiling():
            return function(*args, **kwargs)
        if function is torch.Tensor.backward:
            self.before_backward(args[0])
            out = function(*args, **kwargs)
            self.after_backward()
            return out
        out = function(*args, **kwargs)
        if not self.attentive:
            if function in calls.LOSSES:
                self.saw_loss(function, args, kwargs, out)
            return out
        if self.looking and self.seen.batch is not None:
            self.seen.uses_y += _within(self.seen.batch[1], args, kwargs)
        if self.looking and not self.seen.forwards:
            self.saw_parameters(args)
        if function not in calls.SEEN and not self.seen.in_forward:
            return out
        if function in calls.LOSSES:
            self.saw_loss(function, args, kwargs, out)
        elif function in calls.ACTIVATIONS:
            self.saw_activation(calls.ACTIVATIONS[function], args, kwargs, out)
        elif function in calls.VIEWS:
            if args and id(args[0]) in self.marks:
                self.mark(out, self.marks[id(args[0])])
            if args and id(args[0]) in self.given and torch.is_tensor(out):
                self.given[id(out)] = (out, self.given[id(args[0])][1])
        elif function in calls.PAIRED and not self.seen.in_forward:
            self.saw_paired(args, out)
        elif function in calls.DROPOUT:
            self.saw_dropout(args, kwargs)
        elif function in calls.SIZES and not self.seen.in_forward:
            self.saw_size(function, args, out)
        elif self.seen.in_forward:
            self.saw_escape(function, args, out)
            if function in calls.RECURRENT:
                self.saw_recurrent(out)
        return out

    @guarded("recurrent layers")
    def saw_recurrent(self, out):
        wanted = self.looking and out[0].requires_grad and out[0].numel()
        if wanted and len(self.recurrent) < 64:
            self.recurrent.append(measured("tanh", out[0]))

    @guarded("parts of the model")
    def saw_parameters(self, args):
        self.seen.used |= {id(a) for a in args if isinstance(a, torch.nn.Parameter)}

    @guarded("the loss function")
    def saw_loss(self, function, args, kwargs, out):
        if not torch.is_tensor(args[0]) or not args[0].requires_grad:
            return  # a test's loss, where nothing is learnt
        output = args[0]
        target = args[1] if len(args) > 1 else kwargs.get("target")
        if torch.is_tensor(out) and out.requires_grad and not out.dim():
            self.losses[id(out)] = out
        if function in self.seen.calls:
            self.saw_pair(target)
            return
        options = {k: v for k, v in kwargs.items() if k not in ("input", "target")}
        call = Call(
            function,
            calls.LOSSES[function],
            _part(output),
            _part(target),
            options,
            (tuple(output.shape), tuple(target.shape)),
            self.marks.get(id(output)),
        )
        self.saw_pair(target)
        self.seen.calls[function] = call

    def saw_pair(self, target):
        """Whether x and y come to model and loss in the order in which the batch had them."""
        seen = self.seen
        if not self.looking or seen.batch is None or not self.entered_x:
            return
        orders = [
            _moved(a, b) for a, b in zip((self.entered_x[0], target), seen.batch, strict=True)
        ]
        seen.moved_pairs += (
            orders[0] is not None and orders[1] is not None and orders[0] != orders[1]
        )

    @guarded("the activations")
    def saw_activation(self, kind, args, kwargs, out):
        if not torch.is_tensor(out):
            return
        if kind == "softmax":
            axis = kwargs.get("dim", args[1] if len(args) > 1 else None)
            self.seen.softmax_axis = (axis, tuple(out.shape))
        if id(args[0]) in self.given and not self.seen.in_forward:
            self.seen.link = self.seen.link or (kind, self.given[id(args[0])][1])
        if kind in ("sigmoid", "softmax") and self.marks.get(id(args[0]), (None,))[0] == kind:
            self.seen.twice.add(kind)
        self.mark(out, (kind, self.index))
        self.index += 1
        if (
            self.looking
            and self.seen.in_forward
            and out.requires_grad
            and out.numel()
            and len(self.activations) < 64
        ):
            self.activations.append(measured(kind, out))

    @guarded("a difference of shapes")
    def saw_paired(self, args, out):
        a, b = args[0], args[1]
        if not (torch.is_tensor(a) and torch.is_tensor(b)) or not out.requires_grad:
            return
        # of as many axes it is meant: all pairs of a batch, for one
        if (
            a.dim() != b.dim()
            and a.numel() == b.numel() > 1
            and out.numel() > a.numel()
            and len(self.seen.broadcast) < 9
        ):
            self.seen.broadcast.append((tuple(a.shape), tuple(b.shape), tuple(out.shape)))

    @guarded("a sum")
    def saw_size(self, function, args, out):
        if isinstance(args[0], torch.nn.Parameter) and torch.is_tensor(out):
            self.seen.penalised += out.requires_grad
        elif function not in calls.SUMS:
            return
        elif torch.is_tensor(out) and out.requires_grad and not out.dim():
            self.sums = {id(out): (out, args[0].numel())}

    @guarded("dropout")
    def saw_dropout(self, args, kwargs):
        p = kwargs.get("p", args[1] if len(args) > 1 else 0.5)
        on = kwargs.get("training", args[2] if len(args) > 2 else True)
        if self.seen.in_forward and on and p > 0 and not self.seen.model.training:
            self.seen.dropout_always += 1
        if self.seen.in_forward and on:
            self.seen.dropout[float(p)] = self.seen.dropout.get(float(p), 0) + 1

    @guarded("ways out of the graph")
    def saw_escape(self, function, args, out):
        name = _escape(function, args, out)
        if name:
            self.seen.escapes[name] = self.seen.escapes.get(name, 0) + 1
        if function in (torch.Tensor.long, torch.Tensor.int) and args[0].is_floating_point():
            self.seen.codes = True

    def mark(self, tensor, kind):
        if torch.is_tensor(tensor):
            self.marks[id(tensor)] = kind
            self.kept.append(tensor)  # an id is one tensor's for as long as it lives

    # ---- backward

    @guarded("backward")
    def before_backward(self, loss):
        seen = self.seen
        seen.backwards += 1
        seen.summed = seen.summed or self.sums.get(id(loss), (None, None))[1]
        self.sums = {}
        if loss.grad_fn is None:
            seen.graphless += 1
        seen.undivided += id(loss) in self.losses
        self.losses = {}
        if seen.backwards % seen.loss_stride == 0:
            seen.losses.append(loss.detach().mean())
            if len(seen.losses) == 2 * KEPT:
                seen.losses, seen.loss_stride = seen.losses[1::2], 2 * seen.loss_stride
        for optimizer in seen.optimizers:
            if not self.clean.get(id(optimizer)):
                self.clean[id(optimizer)] = not _has_gradient(optimizer)

    @guarded("the gradients after backward")
    def after_backward(self):
        self.marks.clear()
        self.kept.clear()
        self.given.clear()
        if self.looking:
            self.raw = _gradients(self.parameters)

    # ---- the module

    def enter(self, module, args, kwargs):
        if not self.seen.paused:
            self.loud()
        if hasattr(module, "_orig_mod"):  # what is compiled is traced, and this must not be
            self.compiled = torch._C.DisableTorchFunction()
            self.compiled.__enter__()
            self.seen.lost.setdefault("compiled", "what goes on in the compiled model was not seen")
        if not self.seen.paused:
            self.entered(module, args, kwargs, torch.is_grad_enabled())

    @guarded("the forward")
    def entered(self, module, args, kwargs, learning):
        seen = self.seen
        seen.in_forward, self.activations, self.index, self.recurrent = True, [], 0, []
        seen.forwards += 1
        if self.looking or self.parts is None:  # a walk over all modules costs as much as a layer
            self.parts = [m for m in module.modules() if has_modes(m)]
        parts = self.parts
        on = any(m.training for m in parts) if parts else module.training
        if not learning:
            seen.tested += 1
            seen.tested_training += on
            self.attentive = True
            return
        seen.training += 1
        seen.attended += self.looking
        seen.evaluating += not on
        leaves = [x for x in tree_leaves((args, kwargs)) if torch.is_tensor(x)]
        self.entered_x = leaves[:1]
        if not leaves:
            return
        if len(seen.batch_sizes) < KEPT and leaves[0].dim():
            seen.batch_sizes.append(len(leaves[0]))
        if len(seen.inputs) < 4:
            seen.inputs.append([_part(x) for x in leaves])
        seen.autocast = seen.autocast or torch.is_autocast_enabled(leaves[0].device.type)

    def leave(self, module, args, out):
        if self.compiled is not None:
            self.compiled.__exit__(None, None, None)
            self.compiled = None
        self.seen.in_forward, self.attentive = False, self.looking
        if self.looking and torch.is_grad_enabled():
            self.given = {id(each): (each, each.shape[1:]) for each in calls.tensors(out)}

    # ---- the optimiser

    def step_begins(self, optimizer, args, kwargs):
        self.before_step(optimizer, args, kwargs)
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if closure is None and self.plain and self.quiet is None:
            # a hundred small calls of which none is looked at
            self.quiet = torch._C.DisableTorchFunction()
            self.quiet.__enter__()

    def step_ends(self, optimizer, args, kwargs):
        self.loud()
        self.after_step(optimizer, args, kwargs)

    def loud(self):
        """Calls are seen again; also where a step ended by an exception."""
        if self.quiet is not None:
            self.quiet.__exit__(None, None, None)
            self.quiet = None

    @guarded("the gradients")
    def before_step(self, optimizer, args, kwargs):
        seen = self.seen
        if id(optimizer) in self.clean and seen.updates:
            seen.checked += 1
            seen.leftover += not self.clean[id(optimizer)]
        self.clean[id(optimizer)] = False
        rates = tuple(float(g["lr"]) for o in seen.optimizers for g in o.param_groups if "lr" in g)
        if len(seen.rates) < 4 * KEPT:
            seen.rates.append(rates)
        if not self.looking:
            return
        self.gradients = _gradients(self.parameters)
        self.before = {n: _some(p.detach()).clone() for n, p in self.parameters.items()}
        self.sizes = self.of_whole(_norms(self.before))

    def of_whole(self, norms):
        """Norms of whole parameters, from those of the blocks in `before`."""
        return {
            name: norm * math.sqrt(self.parameters[name].numel() / self.before[name].numel())
            if self.before[name].numel()
            else norm
            for name, norm in norms.items()
        }

    @guarded("the updates")
    def after_step(self, optimizer, args, kwargs):
        seen = self.seen
        seen.updates += 1
        seen.stepping.add(id(optimizer))
        seen.per_update = seen.backwards / seen.updates
        if self.looking and self.before:
            self.look()
        self.before = {}
        if len(seen.steps) >= KEPT:
            seen.steps = seen.steps[1::2]
        self.looking = seen.updates < CLOSELY or seen.updates >= self.next
        self.attentive = self.looking
        if self.looking:
            self.next = int(GROWTH * seen.updates) + 1

    def look(self):
        seen = self.seen
        same = total = 0
        for name, p in self.parameters.items():
            # what it was becomes how far it moved
            self.before[name].neg_().add_(_some(p.detach()))
            if self.gradients.get(name) and not p.grad.is_sparse:
                slope, moved = (v.reshape(-1)[:SAMPLE] for v in (_like(p), self.before[name]))
                same += int(((moved == 0) & (slope != 0)).sum())
                total += len(moved)
        moved = self.of_whole(_norms(self.before))
        ratios = {name: (moved[name], self.sizes[name]) for name in moved}
        bad = _bad(moved, self.raw)
        if bad and seen.first_bad is None:
            seen.first_bad = (seen.updates, bad)
        rounded = same / total if total else math.nan
        step = Step(seen.updates, self.gradients, self.raw, ratios, rounded, seen.rates[-1])
        step.activations, step.recurrent = self.activations, self.recurrent
        seen.steps.append(step)

    # ---- on and off

    @contextlib.contextmanager
    def on(self):
        seen = self.seen
        handles = [
            seen.model.register_forward_pre_hook(self.enter, with_kwargs=True),
            seen.model.register_forward_hook(self.leave, always_call=True),
        ]
        for optimizer in seen.optimizers:
            handles.append(optimizer.register_step_pre_hook(self.step_begins))
            handles.append(optimizer.register_step_post_hook(self.step_ends))
        try:
            with self:
                yield seen
        finally:
            for handle in handles:
                handle.remove()
            self.loud()
            self.marks.clear()
            self.kept.clear()
            self.given.clear()
            self.before = {}
            seen.losses = [float(x) for x in seen.losses]
            seen.in_forward = False


@contextlib.contextmanager
def watch(model, optimizer):
    """Watch the training of `model` in this context; `optimizer` is one, or a list of them.

    Gives a `Seen`, whose `report()` says what was found. Nothing is changed in the loop and no hook
    is left afterwards, also after an exception. Raises TypeError for what is no module and no
    optimiser.
    """
    optimizers = list(optimizer) if isinstance(optimizer, (list, tuple)) else [optimizer]
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model is a torch.nn.Module; received {type(model).__name__}")
    for each in optimizers:
        if not isinstance(each, torch.optim.Optimizer):
            raise TypeError(f"optimizer is a torch.optim.Optimizer; received {type(each).__name__}")
    with Watcher(Seen(model, optimizers)).on() as seen:
        yield seen


def measured(kind, out):
    """The `Activation` of one output, (N,) of one unit or (N, …): units lie along axis 1 or 2."""
    values = out.detach().float()
    if values.numel() > EXAMPLES:
        values = values[: max(1, EXAMPLES * len(values) // values.numel())]
    if values.dim() < 2:  # of one unit
        values = values.reshape(-1, 1)
    options = [_units(values, axis) for axis in ((1,) if values.dim() != 3 else (1, 2))]
    ends = [(rows.amax(0), rows.amin(0)) for rows in options]
    dead = min(float(((high == 0) & (low == 0)).float().mean()) for high, low in ends)
    rows = options[-1]
    low, high = {"tanh": (-1, 1), "sigmoid": (0, 1), "softmax": (0, 1)}.get(kind, (None, None))
    saturated = 0.0
    if high is not None:
        edge = 0.01 * (high - low)
        saturated = float(((values < low + edge) | (values > high - edge)).float().mean())
    # A spread costs a look ten times what its ends do. Of what is not finite it is no number.
    wide = ends[-1][0] - ends[-1][1]
    alive = ((wide > 0) & wide.isfinite()).nonzero()[:256, 0]
    alike = 1 - distinct(rows[:256, alive]) / len(alive) if len(alive) > 1 else 0.0
    spread = float(values.std()) if values.numel() > 1 else 0.0
    return Activation(kind, dead, saturated, spread, alike, rows.shape[1])


def distinct(columns):
    """How many of the columns of (N, k) single-precision numbers differ, bit by bit.

    Their bits are summed with odd weights at random, in whole numbers: sorting k sums costs a
    hundredth of sorting k columns, and two columns that differ share one in 2⁶⁴ times.
    """
    bits = (columns + 0.0).view(torch.int32).long()  # of minus zero, too, those of zero
    generator = torch.Generator("cpu").manual_seed(0)
    drawn = torch.randint(1 << 62, (len(bits), 1), generator=generator, device="cpu")
    weights = 2 * drawn + 1
    return len(torch.unique((bits * weights.to(bits.device)).sum(0)))


def _units(values, axis):
    return values.movedim(axis, -1).reshape(-1, values.shape[axis])


def _named(model, optimizers):
    """{name: parameter} of the model, then of what the optimisers hold besides."""
    named = dict(model.named_parameters())
    known = {id(p) for p in named.values()}
    extra = [p for o in optimizers for g in o.param_groups for p in g["params"]]
    others = {f"(optimizer {i})": p for i, p in enumerate(extra) if id(p) not in known}
    return named | others


def _part(value):
    if not torch.is_tensor(value):
        return value
    value = value.detach()
    if value.numel() > EXAMPLES and value.dim():
        value = value[: max(1, EXAMPLES * len(value) // value.numel())]
    return value.clone()


def _some(tensor):
    """Blocks of a large tensor, spread evenly over it, (n, BLOCK); of a small one all."""
    if tensor.numel() <= LARGE or tensor.is_sparse or not tensor.is_contiguous():
        return tensor
    blocks = tensor.reshape(-1)[: tensor.numel() // BLOCK * BLOCK].view(-1, BLOCK)
    return blocks[:: tensor.numel() // LARGE | 1]  # of odd distance: not one column of a matrix


def _like(parameter):
    """The gradient, in the places that `_some` takes of its parameter."""
    whole = parameter.numel() <= LARGE or not parameter.is_contiguous()
    return parameter.grad if whole else _some(parameter.grad.contiguous())


def _norms(tensors):
    """Norms of a dict of tensors, at once where they have one kind."""
    values = [_dense(t) for t in tensors.values()]
    if len({(v.dtype, v.device) for v in values}) == 1 and values[0].dtype == torch.float32:
        found = torch.stack(torch._foreach_norm(values)).tolist()
    else:
        found = [float(torch.linalg.vector_norm(v.float())) for v in values]
    return dict(zip(tensors, found, strict=True))


def _dense(tensor):
    return tensor.detach().coalesce().values() if tensor.is_sparse else tensor.detach()


def _gradients(parameters):
    return _norms({n: p.grad for n, p in parameters.items() if p.grad is not None})


def _bad(moved, raw):
    """What is not finite: a parameter whose way is not, or a gradient."""
    for name, way in moved.items():
        if not math.isfinite(way):
            return f"the parameter {name}"
    for name, norm in raw.items():
        if not math.isfinite(norm):
            return f"the gradient of {name}"
    return None


def has_modes(module):
    norm = torch.nn.modules.batchnorm._BatchNorm
    dropout = torch.nn.modules.dropout._DropoutNd
    return isinstance(module, (norm, dropout))


def _escape(function, args, out):
    """The name of a call that leaves the graph though its input is within it."""
    if not args or not torch.is_tensor(args[0]) or not args[0].requires_grad:
        return None
    name = getattr(function, "__name__", "")
    if name in (
        "detach",
        "detach_",
        "numpy",
        "tolist",
        "item",
        "argmax",
        "round",
        "sign",
        "floor",
        "ceil",
    ):
        return name
    if name == "__get__" and torch.is_tensor(out) and not out.requires_grad:
        return (
            "data" if out.shape == args[0].shape and out.data_ptr() == args[0].data_ptr() else None
        )
    return None


def _has_gradient(optimizer):
    """Whether one of the first parameters of an optimiser has a gradient that is not zero."""
    some = (p for group in optimizer.param_groups for p in group["params"])
    return any(p.grad is not None and bool(p.grad.any()) for p in islice(some, 4))


def _within(y, args, kwargs):
    """Whether y, or one of its tensors, is among the arguments of a call."""
    wanted = {id(leaf) for leaf in tree_leaves(y)}
    return any(
        id(each) in wanted
        for value in (*args, *kwargs.values())
        for each in (value if isinstance(value, (tuple, list)) else (value,))
    )


def _moved(given, batch):
    """False where `given` is the batch's, True where it is that in another order, else None."""
    if not (torch.is_tensor(given) and torch.is_tensor(batch)) or given.numel() != batch.numel():
        return None
    a, b = given.detach().reshape(-1), batch.reshape(-1).to(given)
    if bool((a == b).all()):
        return False
    return True if bool((a.sort().values == b.sort().values).all()) else None
