"""Watch a training, suspect, and try each suspicion on fresh copies: `examine`."""

import contextlib
import copy
import inspect
import math
import random
import sys
import time
import warnings
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import SimpleNamespace

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode

from trainingtips.checkup import calls, experiments, held, locating, measures, tasks
from trainingtips.checkup.progress import Bar
from trainingtips.checkup.watching import Seen, Watcher, has_modes
from trainingtips.flat import arguments

CLOCK = time.monotonic  # of the time limit; a benchmark on a busy machine takes the processor's
AGAIN = "setup() gives the same model each time, trained already; it is to build a new one"
WEIGHTS = 2_000_000  # of a model whose curvature is looked at
CHECKS = 8  # how often the test loss is taken along the first training


@dataclass
class Training:
    """What `setup` returns: any object with these names does as well."""

    model: torch.nn.Module
    optimizer: object
    criterion: object = None
    batches: object = None
    test: object = None
    scheduler: object = None


@dataclass
class Outcome:
    """What came of one run: skills of 0 to 1, and the loss on the test (or training) set."""

    skill: float  # on the test set where there is one
    train: float
    loss: float
    seconds: float
    train_mode: float = math.nan
    seen: Seen = None
    checks: list = field(default_factory=list)
    error: str | None = None
    model: object = None
    sharpness: float = math.nan  # against what the rate bears; see `measures.curvatures`
    least: float = math.nan  # the least curvature, in the same units
    slope: float = math.nan  # the norm of the gradient at the end, over some batches
    located: str | None = None  # where a number first was not finite
    answered: tuple | None = None  # (output, y) of the trained model
    noise: float = math.nan  # of the batches' gradients; see `measures.noise`


class Tape(TorchFunctionMode):
    """The loss of each backward, for models whose answers cannot be judged otherwise."""

    def __init__(self, losses):
        super().__init__()
        self.losses = losses

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if torch.compiler.is_compiling():
            return function(*args, **(kwargs or {}))
        if function is torch.Tensor.backward and len(self.losses) < 20_000:
            self.losses.append(args[0].detach())
        return function(*args, **(kwargs or {}))


class OutOfTime(BaseException):
    """Ends a reader's loop from within; no `except Exception` holds it."""


@dataclass
class Data:
    """The batches and the test set of one seed, and what follows from them alone."""

    held: held.Held
    test: object

    def input_scale(self, codes):
        if self.held.x is None or not self.held.x.is_floating_point():
            raise experiments.Impossible("the inputs are no tensor of numbers")
        return measures.scale(self.held.x, codes)

    @cached_property
    def by_name(self):
        """{name or place: inputs} of several that are numbers, no masks; {} where there is one."""
        given = self.held.inputs
        found = given.items() if isinstance(given, Mapping) else ()
        found = enumerate(given) if type(given) is tuple else found
        return {name: v for name, v in found if torch.is_tensor(v) and _is_measured(v)}

    @cached_property
    def outside(self):
        """(rows with a number that is not finite, rows with one far outside), or (None, None)."""
        given, y = self.held.inputs, self.held.y
        if given is None:
            return None, None
        bad = far = torch.zeros(len(y), dtype=bool, device=y.device)
        for values in (*torch.utils._pytree.tree_leaves(given), y):
            if values.is_floating_point():
                b, f = measures.outside(values)
                bad, far = bad | b, far | f
        return bad, far

    @cached_property
    def stand_ins(self):
        """What stands for missing numbers in the inputs, or None; see `measures.stand_ins`."""
        x = self.held.x
        if x is None or not x.is_floating_point() or x.dim() < 2:
            return None
        return measures.stand_ins(x)

    @property
    def good_rows(self):
        bad, far = self.outside
        return None if bad is None else ~(bad | far)


def _is_measured(values):
    """Whether they are floating, and not only zeros and ones."""
    return values.is_floating_point() and not bool(((values == 0) | (values == 1)).all())


class Known:
    """What is known of a training when its experiments begin; data are those of one seed."""

    def __init__(self, base, data, model, updates):
        self.base, self.seen, self.updates = base, base.seen, updates
        self.data, self.seed = data, 0
        self.starts, self.model = base.starts, model
        self.without_gradient = []  # parameters that the output depends on, as the rules found
        self.values = {}  # what a rule measured: (value, limit, "above" or "below" it is too far)

    def at(self, seed, data):
        other = copy.copy(self)
        other.data, other.seed = data, seed
        for name in ("agreeing", "repairing", "numbers_of_classes"):
            other.__dict__.pop(name, None)
        return other

    @property
    def held(self):
        return self.data.held

    @property
    def test(self):
        return self.data.test

    @property
    def good_rows(self):
        return self.data.good_rows

    def input_scale(self):
        return self.data.input_scale(self.seen.codes)

    @cached_property
    def call(self):
        """The first call of the loss that was learnt from, or None."""
        return next(iter(self.seen.calls.values()), None)

    @property
    def loss(self):
        return self.call.function if self.call else None

    @property
    def ignored(self):
        """The class that the loss leaves out, or None."""
        return self.call.options.get("ignore_index") if self.call is not None else None

    @cached_property
    def output(self):
        """Outputs of the first update, as the loss got them or as the model gave them."""
        if self.call is not None:
            return self.call.output
        return self.base.first_output

    @cached_property
    def kind(self):
        """What the targets want, from the batches' y; see `tasks.kind_of`."""
        y, seen = self.y, self.seen
        unused = seen.batch is not None and seen.updates and not seen.uses_y
        if not torch.is_tensor(y) or self.base.first_output is None or unused:
            return None
        try:
            output, y = tasks.pair(self.base.first_output, y[: len(self.base.first_output)])
        except (ValueError, RuntimeError):
            output = self.base.first_output
        return tasks.kind_of(y, output) if torch.is_tensor(output) else None

    @property
    def y(self):
        if self.held.y is not None:
            return self.held.y
        return self.held.batches[0][-1] if self.held.batches else None

    def labels_of(self, y):
        """Classes as whole numbers from zero, of shape (N,), or None."""
        if y is None or not torch.is_tensor(y):
            return None
        if self.kind == "classes" and y.numel() == len(y) and int(y.min()) >= 0:
            return y.reshape(-1).long()
        if self.kind == "one hot":
            return y.argmax(1)
        if self.kind == "marks" and y.numel() == len(y):
            return y.reshape(-1).long()
        return None

    @cached_property
    def classes(self):
        return self.labels_of(self.held.y)

    @cached_property
    def output_place(self):
        """The place in the forward of the activation that makes the output, or None."""
        if self.base.output_source is not None:
            return self.base.output_source[1]
        return None

    @property
    def output_kind(self):
        return self.base.output_source[0] if self.base.output_source else None

    @property
    def bounded(self):
        return self.output_kind in ("sigmoid", "softmax")

    @cached_property
    def usual_gradient(self):
        """The least norm of the gradient in the first five updates in which it is finite."""
        norms = [measures.norm(s.gradients.values()) for s in self.seen.steps]
        return min([n for n in norms if math.isfinite(n) and n > 0][:5], default=None)

    @property
    def summed(self):
        """What the loss is summed over, where it is no mean; else None."""
        call = self.call
        if call is not None and call.options.get("reduction") == "sum":
            shape = call.shapes[1]
            return math.prod(shape)
        return self.seen.summed or self.base.summed

    @property
    def added(self):
        """Of how many batches whole gradients are added up in an update."""
        return self.seen.added

    @property
    def rising(self):
        """Whether the rate begins far below what it comes to, or is meant to."""
        rates = [max(r) for r in self.seen.rates if r]
        return bool(rates) and rates[-1] > 3 * rates[0]

    @cached_property
    def tested_in_train_mode(self):
        """Whether the loop tests a model that has modes, and mostly in train mode."""
        seen = self.seen
        has = any(map(has_modes, seen.model.modules()))
        return has and seen.tested > 2 and seen.tested_training > 0.5 * seen.tested

    @cached_property
    def numbers_of_classes(self):
        """The few whole numbers that the targets of one output are, in order; or None."""
        y, out = self.held.y, self.base.first_output
        if self.kind != "numbers" or y is None or out is None or out.numel() != len(out):
            return None
        if self.loss is torch.nn.functional.poisson_nll_loss or self.output_kind is not None:
            return None
        values = torch.unique(y.float())
        whole = bool((values == values.round()).all())
        consecutive = len(values) > 2 and bool((values.diff() == 1).all())
        return values if whole and consecutive and len(values) <= 30 else None

    @property
    def noise_text(self):
        noise = self.base.noise
        if not math.isfinite(noise):
            return ""
        return f"; the noise of a batch's gradient is {noise:.2g} times its mean, in squares"

    @cached_property
    def agreeing(self):
        y, x = self.classes, self.held.x
        if x is None or not x.is_floating_point() or x[0].numel() > 2000 or len(x) > 6000:
            return None
        if y is None and self.kind == "numbers":
            return ~measures.contradicted_numbers(self.held.features(), self.held.y)
        if y is None:
            return None
        return ~measures.contradicted(self.held.features(), y, int(y.max()) + 1)

    @cached_property
    def repairing(self):
        """(shift, agreement there, agreement as it is) in the order of the batches."""
        if self.held.x is None or self.held.x[0].numel() > 2000:
            return 0, math.nan, math.nan
        y = self.classes if self.classes is not None else self.held.y
        if self.classes is None and self.kind != "numbers":
            return 0, math.nan, math.nan
        return measures.best_shift(self.held.features(), y, self.classes is not None)

    def depends(self, names):
        """Whether the model's output depends on parameters of these names: it is tried.

        Of a model whose parts the loop calls one by one: whether a part that has them was called.
        """
        if not self.seen.forwards and self.seen.used:
            named = dict(self.seen.model.named_parameters())
            return any(id(named[name]) in self.seen.used for name in names)
        model = copy.deepcopy(self.model)
        if self.base.before is not None:
            model.load_state_dict(self.base.before)
        examples = self._taken(model)
        if examples is None:
            return False
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(0)
            output = answers(model, examples)[0]
            if not calls.tensors(output):
                return False  # such as a distribution: what it hangs on cannot be told
            before = _leaf(output)
            for name, p in model.named_parameters():
                if name in names:
                    size = float(p.float().pow(2).mean().sqrt()) or 1.0
                    p.add_(0.5 * size * torch.randn_like(p))
            after = _leaf(answers(model, examples)[0])
        return bool((before - after).abs().max() > 1e-5 * before.abs().max().clamp_min(1e-12))

    def _taken(self, model):
        """Examples that the model takes: the loop may change what a loader gives before it."""
        given = [(self.held.batches[0][0], None)] if self.held.batches else []
        for examples in [*given, *((tuple(each), None) for each in self.seen.inputs[:1])]:
            with contextlib.suppress(Exception), torch.random.fork_rng(), torch.no_grad():
                answers(model, examples)
                return examples
        return None

    @cached_property
    def moved(self):
        """The median norm of an update over that of the weights."""
        found = []
        for step in self.seen.steps:
            moved = measures.norm(m for m, _ in step.ratios.values())
            norm = measures.norm(w for _, w in step.ratios.values())
            if norm > 0 and math.isfinite(moved) and math.isfinite(norm):
                found.append(moved / norm)
        return measures.median(found)

    @property
    def groups(self):
        """The parameter groups of all optimisers."""
        return [g for o in self.seen.optimizers for g in o.param_groups]

    @property
    def first_rates(self):
        return self.seen.rates[0] if self.seen.rates else ()

    @property
    def rate_text(self):
        rate = self.seen.rates[0][0] if self.seen.rates and self.seen.rates[0] else math.nan
        return f"η = {rate:g}; an update moves the weights by {self.moved:.2g} of their norm"

    @cached_property
    def widths(self):
        """Units of the hidden layers that are linear, convolutional or recurrent, in order."""
        kinds = (torch.nn.Linear, torch.nn.modules.conv._ConvNd, torch.nn.RNNBase)
        layers = [m for m in self.model.modules() if isinstance(m, kinds)]
        names = ("out_features", "out_channels", "hidden_size")
        return [next(getattr(m, n) for n in names if hasattr(m, n)) for m in layers][:-1]

    rate_usual = "1e-4 to 1e-2 of their norm"

    @property
    def shift(self):
        shift, best, now = self.repairing
        return shift if best > now + 0.2 else 0


# ---- one run


@contextlib.contextmanager
def unchanged():
    """Random state, default dtype, grad mode and threads are afterwards as they were."""
    states = random.getstate(), np.random.get_state(), torch.get_default_dtype()
    grad, anomaly = torch.is_grad_enabled(), torch.is_anomaly_enabled()
    threads = torch.get_num_threads()
    try:
        with torch.random.fork_rng(), torch.enable_grad():
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_default_dtype(states[2])
        torch.set_grad_enabled(grad)
        torch.autograd.set_detect_anomaly(anomaly)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


class Examination:
    """The runs of one training: each on what a new call of `setup` has built."""

    def __init__(self, setup, train, updates, seconds, progress=None):
        self.setup, self.train, self.updates = setup, train, updates
        self.takes_seed = _takes_seed(setup)
        self.start, self.seconds = CLOCK(), seconds
        self.data, self.notes, self.progress = {}, [], progress or (lambda text: None)
        self.built_before, self.again = [], False  # models; whether one came a second time

    @property
    def left(self):
        return self.seconds - (CLOCK() - self.start)

    def built(self, seed):
        """What setup() gives for this seed, with the global seeds set before."""
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        t = self.setup(seed) if self.takes_seed else self.setup()
        if not isinstance(getattr(t, "model", None), torch.nn.Module):
            raise TypeError(f"setup() returns an object with a model; received {type(t).__name__}")
        self.again = self.again or any(each() is t.model for each in self.built_before)
        self.built_before.append(weakref.ref(t.model))
        if not hasattr(t, "__dict__"):
            members = inspect.getmembers(t)  # `dir` would make all modules part of a result's key
            t = SimpleNamespace(**{n: value for n, value in members if not n.startswith("__")})
        return t

    def data_of(self, seed):
        if seed not in self.data:
            with unchanged(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                t = self.built(seed)
                batches = getattr(t, "batches", None)
                batches = [] if batches is None else batches
                taken = held.Held(batches, t.model)
                if taken.unclear:
                    taken = held.Held(batches, t.model, self.given)
                # where the model is: a loop may move its batches there one by one
                place = held.place_of(t.model)
                test = held.moved(getattr(t, "test", None), place)
                self.data[seed] = Data(taken.on(place), test)
        return self.data[seed]

    @cached_property
    def given(self):
        """Which of a batch's entries the model and the loss are given, in one update."""
        t = self.built(0)
        given = held.Given()
        t.batches = held.Recorded(t.batches, given.take)
        hook = t.model.register_forward_pre_hook(given.entered, with_kwargs=True)
        with contextlib.suppress(OutOfTime), self.limited(t, self.left), given:
            self._train(t, 1)
        hook.remove()
        return given

    def base(self, seed, closely):
        """The reader's training as it is; with all that is seen, if `closely`."""
        with unchanged(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            t = self.built(seed)
            start = CLOCK()
            optimizers = experiments.optimizers_of(t)
            seen = Seen(t.model, optimizers)
            checks = []
            with contextlib.ExitStack() as stack:
                stack.enter_context(self.limited(t, self.left))
                stack.enter_context(_checking(self, t, seed, checks, seen))
                if closely:
                    before = copy.deepcopy(t.model.state_dict())
                    starts = measures.starts(t.model)
                    _recording(t, seen, self.data_of(seed).held.form)
                    stack.enter_context(Watcher(seen).on())
                try:
                    error = self._train(t)
                except OutOfTime:
                    error = f"no time left after {seen.updates} updates"
            if closely:
                self.what_is_learnt(seen)
                self.function = next((c.function for c in seen.calls.values()), None)
                # torch's own losses say themselves what they make of the outputs
                self.link = None if seen.calls else seen.link
            outcome = self.judged(t, seed, None, None, CLOCK() - start, error)
            if self.unjudged and len(seen.stepping) > 1:
                self.hopeless = (
                    "several optimisers, and no answers to judge: where players learn against "
                    "one another, neither loss tells how well, and nothing was tried"
                )
                outcome.skill = outcome.train = 0.0
            outcome.seen, outcome.checks = seen, checks
            outcome.model = t.model
            if closely:
                outcome.before, outcome.starts = before, starts
                self.look_at_slopes(outcome, t, seed)
                self.look_at_start(outcome, t, seed)
                bad = seen.first_bad is not None or not all(map(math.isfinite, seen.losses))
                outcome.located = self.where_not_finite(seed) if bad else None
            return outcome

    def where_not_finite(self, seed):
        """Where in the model a number first is not finite, from the same start again; or None."""
        t, found = self.built(seed), []
        if self.again or 2 * (CLOCK() - self.start) > self.seconds:
            return None
        with (
            contextlib.suppress(OutOfTime, locating.Located),
            self.limited(t, self.left / 2),
            locating.first_not_finite(t.model, found),
        ):
            self._train(t)
        return found[0] if found else "the loss; what the model gives is finite"

    def tried(self, change, seed, known):
        """The outcome of the training with one change. Raises `Impossible`."""
        with unchanged(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            t = self.built(seed)
            if self.again:
                raise experiments.Impossible(AGAIN)
            start = CLOCK()
            with contextlib.ExitStack() as stack:
                run = experiments.Run(
                    t, seed, known.at(seed, self.data_of(seed)), self.updates, stack
                )
                stack.enter_context(self.limited(t, self.left))
                change(run)
                updates = round(self.updates * getattr(run, "times", 1))
                if run.table:
                    mode = stack.enter_context(experiments.Instead(run.table, t.model))
                    stack.callback(mode.remove)
                error = self._train(t, updates)
                while getattr(run, "again", False) and not error and 0 < len(self.tape) < updates:
                    before = self.tape
                    error = self._train(t, updates - len(before))
                    if not self.tape:
                        break
                    self.tape = before + self.tape
                run.check()
                if error:  # of a change that this training cannot bear: nothing to judge
                    raise experiments.Impossible(error)
                # what is done to calls is part of the model that is judged
                return self.judged(t, seed, run.decode, run.test, CLOCK() - start)

    def _train(self, t, updates=None):
        self.tape = []
        try:
            with Tape(self.tape):
                self.train(t, self.updates if updates is None else updates)
        except (OutOfTime, locating.Located):
            raise
        except experiments.Impossible:
            raise
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return None

    @contextlib.contextmanager
    def limited(self, t, seconds):
        end = CLOCK() + seconds

        def look(*_):
            if CLOCK() > end:
                raise OutOfTime

        handle = t.model.register_forward_pre_hook(look)
        try:
            yield
        finally:
            handle.remove()

    # ---- how good is it

    def judged(self, t, seed, decode, test, seconds, error=None):
        data = self.data_of(seed)
        test = test or data.test
        train = self.part(data.held)
        skill_train, loss = self.skill(t, train, decode)
        skill = skill_train
        if test is not None:
            skill, loss = self.skill(t, test, decode)
        if self.unjudged and self.tape:  # the loss itself, from its start to its end
            tenth = max(1, len(self.tape) // 10)
            first, last = (
                measures.median(map(float, v)) for v in (self.tape[:3], self.tape[-tenth:])
            )
            share = 1 - last / first if first > 0 and last == last else 0.0
            skill = skill_train = min(1.0, max(0.0, share))
        if self.hopeless:
            skill = skill_train = 0.0
        return Outcome(skill, skill_train, loss, seconds, error=error)

    def what_is_learnt(self, seen):
        """Whether the targets are used, and whether the loss tells anything, from what was seen."""
        if (
            seen.batch is None
            or seen.uses_y
            or not seen.updates
            or not torch.is_tensor(seen.batch[1])
        ):
            return
        self.unjudged = True
        self.notes.append(
            "the loop does not use the targets of its batches: it is judged by its loss"
        )

    def look_at_slopes(self, outcome, t, seed):
        """Curvature against the rate, and the noise of gradients, at the end of the training."""
        data, optimizers = self.data_of(seed), experiments.optimizers_of(t)
        batches = [b for b in data.held.batches[:8] if held.counted(b) > 1]
        if len(optimizers) != 1 or len(batches) < 2 or self.unjudged:
            return
        parameters = [p for p in t.model.parameters() if p.requires_grad]
        if sum(p.numel() for p in parameters) > WEIGHTS:
            return

        def loss(batch):
            # of torch's kinds of attention only this one has a second derivative
            with sdpa_kernel(SDPBackend.MATH):
                output, y = answers(t.model, batch, False, keep=True)
            return experiments.fit(output, y)

        try:
            found = measures.curvatures(lambda: loss(batches[0]), optimizers[0], 12)
            outcome.least, outcome.sharpness = found
            rows = []
            for batch in batches:
                found = torch.autograd.grad(loss(batch), parameters, allow_unused=True)
                rows.append(torch.cat([g.flatten() for g in found if g is not None]))
            rows = torch.stack(rows)
            outcome.noise, outcome.slope = measures.noise(rows), float(rows.mean(0).norm())
        except experiments.Impossible:
            return  # what is learnt is not known
        except Exception as error:
            self.notes.append(f"the curvature was not seen: {type(error).__name__}: {error}")

    def part(self, taken):
        """Some of the examples that were trained on, as (x, y)."""
        if taken.inputs is not None:
            return held.taken(
                (taken.inputs, taken.y), measures.places(len(taken.y), 512, taken.y.device)
            )
        return (taken.batches[0][0], taken.batches[0][-1]) if taken.batches else None

    function = None  # the loss that was seen, once it is known
    link = None  # what a loss written by hand makes of the outputs first; see `tasks.LINKS`
    unjudged, settled, tape = False, False, ()
    hopeless = None  # why nothing at all can be judged
    as_tested, ignored = False, None  # is it tested in train mode; the class that is left out

    def skill(self, t, examples, decode, training=None):
        """(skill, loss) on (x, y), in eval mode unless `training`; zero where it cannot be told."""
        if examples is None:
            self.unjudged = self.unjudged or not self.settled
            return 0.0, math.nan
        try:
            training = self.as_tested if training is None else training
            output, y = answers(t.model, examples, training)
            loss = _loss(t, output, y)
            if decode:
                output = decode(tasks.pair(output, y)[0])
            told = decode is experiments.logits_told
            found = tasks.skill(output, y, self.function, told, self.ignored, self.link)
            return found, loss
        except Exception as error:
            self.unjudged = self.unjudged or not self.settled  # of the first training, or of none
            self.notes.append(
                f"the model's answers could not be judged: {type(error).__name__}: {error}"
            )
            return 0.0, math.nan

    def look_at_start(self, outcome, t, seed):
        """What the untrained model answers, from where, and what its loss is summed over."""
        data = self.data_of(seed)
        outcome.first_output = outcome.output_source = outcome.summed = None
        outcome.mixes, outcome.through_time = False, None
        after, options = copy.deepcopy(t.model.state_dict()), []
        examples = self.part(data.held)
        if examples is None:
            return
        if held.counted(examples):
            examples = held.taken(examples, slice(0, 64))
        try:
            t.model.load_state_dict(outcome.before)
            seen = Seen(t.model, [])
            watcher = Watcher(seen)
            with watcher.on(), torch.enable_grad():
                output, y = answers(t.model, examples, False, keep=True)
                options = calls.tensors(output)
                for each in options:
                    outcome.output_source = watcher.marks.get(id(each)) or outcome.output_source
                outcome.first_output = tasks.pair(output, y)[0].detach()
        except Exception as error:
            if outcome.first_output is None and options:
                outcome.first_output = options[0].detach()
            self.notes.append(f"the start was not seen: {type(error).__name__}: {error}")
        finally:
            t.model.load_state_dict(after)
        try:
            t.model.load_state_dict(outcome.before)
            outcome.mixes = mixes(t.model, examples)
            outcome.through_time = through_time(t.model, examples)
        except Exception as error:
            self.notes.append(
                f"batch and time were not told apart: {type(error).__name__}: {error}"
            )
        finally:
            t.model.load_state_dict(after)
        call = next(iter(outcome.seen.calls.values()), None)
        if call is not None and call.source and not outcome.output_source:
            outcome.output_source = call.source
        with contextlib.suppress(Exception):
            outcome.summed = summed(t, outcome.first_output, examples[1])


def _leaf(output):
    return calls.tensors(output)[0].float()


@torch.no_grad()
def mixes(model, examples):
    """Whether the output of the first example, in eval mode, depends on the others of its batch."""
    x, y = examples
    kinds = torch.nn.modules.batchnorm._BatchNorm
    pooled = any(isinstance(m, kinds) and m.running_mean is None for m in model.modules())
    if not torch.is_tensor(x) or len(x) < 4 or pooled:
        return False
    first = _leaf(answers(model, (x, y))[0])
    other = x.clone()
    other[1:] = x[:-1] if bool((x[1:] != x[:-1]).any()) else x.flip(0)[1:]
    second = _leaf(answers(model, (other, y))[0])
    if not first.dim() or len(first) != len(x) or not bool(torch.isfinite(first[0]).all()):
        return False
    return bool((first[0] - second[0]).abs().max() > 1e-3 * first.abs().max().clamp_min(1e-9))


def through_time(model, examples):
    """The gradient at the first quarter of recurrent layers' steps over that at the last."""
    seen, layers = [], [m for m in model.modules() if isinstance(m, torch.nn.RNNBase)]
    if not layers:
        return None

    def enter(module, args):
        if torch.is_tensor(args[0]) and args[0].dim() == 3:
            x = args[0].detach().requires_grad_() if not args[0].requires_grad else args[0]
            x.retain_grad()
            seen.append((x, module.batch_first))
            return (x, *args[1:])
        return None

    modes = {m: m.training for m in model.modules()}
    handles = [m.register_forward_pre_hook(enter) for m in layers]
    model.eval()
    try:
        with torch.enable_grad():
            _leaf(model(examples[0])).pow(2).sum().backward()
    finally:
        for handle in handles:
            handle.remove()
        for m, mode in modes.items():
            m.training = mode
        model.zero_grad()
    ratios = []
    for x, batch_first in seen:
        if x.grad is None:
            continue
        sizes = x.grad.norm(dim=(0, 2) if batch_first else (1, 2))
        quarter = max(1, len(sizes) // 4)
        if len(sizes) >= 8 and float(sizes[-quarter:].norm()) > 0:
            ratios.append(float(sizes[:quarter].norm() / sizes[-quarter:].norm()))
    return min(ratios, default=None)


def summed(t, output, y):
    """The number that t.criterion sums over, found by giving it half of a batch; or None."""
    n = len(y)
    with torch.no_grad():
        whole, _half = (float(t.criterion(output[:k], y[:k])) for k in (n, n // 2))
        twice = float(t.criterion(torch.cat([output, output]), torch.cat([y, y])))
    if n > 3 and abs(twice - 2 * whole) < 1e-3 * abs(whole) and whole:
        return n
    return None


@torch.no_grad()
def answers(model, examples, training=False, keep=False):
    """(output, y) of the model on (x, y), some 1,000 of them; its modes stay as they were."""
    x, y = examples
    if held.counted((x, y)) > tasks.MANY:
        x, y = held.taken((x, y), slice(0, tasks.MANY))
    x = _as_taken(model, x)
    modes = {m: m.training for m in model.modules()}
    buffers = {n: b.clone() for n, b in model.named_buffers()} if training else {}
    model.train(training)
    try:
        with torch.enable_grad() if keep else contextlib.nullcontext():
            if torch.is_tensor(x) and len(x) > 256 and not training:
                parts = [model(rows) for rows in x.split(256)]
                if all(torch.is_tensor(p) and p.dim() and len(p) for p in parts):
                    return torch.cat(parts), y
            return _called(model, x), y
    finally:
        for m, mode in modes.items():
            m.training = mode
        for n, b in model.named_buffers():
            if n in buffers:
                b.copy_(buffers[n])


def _called(model, x):
    """The model's output: a dict is given by its names, a tuple in places, or whole where asked."""
    places, names = arguments(x)
    try:
        inspect.signature(model.forward).bind(*places, **names)
    except (TypeError, ValueError):
        return model(x)
    return model(*places, **names)


def _as_taken(model, x):
    """Numbers in the precision of the model's weights: a loop may cast them before each forward."""
    kinds = {p.dtype for p in model.parameters() if p.is_floating_point()}
    if torch.is_tensor(x) and x.is_floating_point() and len(kinds) == 1:
        return x.to(*kinds)
    return x


def _loss(t, output, y):
    criterion = getattr(t, "criterion", None)
    if criterion is None or not torch.is_tensor(output):
        return math.nan
    try:
        return float(criterion(output, y))
    except Exception:
        return math.nan


def _recording(t, seen, form):
    """The latest batch of the loop is known to `seen`, to be compared with what arrives."""
    if getattr(t, "batches", None) is None:
        return

    def take(batch):
        found = form or held.Form.of(batch)
        if found is not None:
            seen.batch = found.split(batch)

    with contextlib.suppress(AttributeError):
        t.batches = held.Recorded(t.batches, take)


@contextlib.contextmanager
def _checking(examination, t, seed, checks, seen):
    """(update, train loss, test loss, train skill, test skill) some times along a training."""
    data = examination.data_of(seed)
    every = max(1, examination.updates // CHECKS)
    count = [0]

    def look(*_):
        count[0] += 1
        if count[0] % every:
            return
        seen.paused = True
        with torch._C.DisableTorchFunction(), torch.random.fork_rng():
            s1, l1 = examination.skill(t, examination.part(data.held), None)
            s2, l2 = examination.skill(t, data.test, None) if data.test is not None else (s1, l1)
        seen.paused = False
        checks.append((count[0], l1, l2, s1, s2))

    optimizers = experiments.optimizers_of(t)
    handles = [o.register_step_post_hook(look) for o in optimizers[:1]]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _takes_seed(setup):
    try:
        parameters = inspect.signature(setup).parameters.values()
    except (TypeError, ValueError):
        return False
    needed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return bool(needed) and (
        needed[0].default is inspect.Parameter.empty or needed[0].name == "seed"
    )


def examine(setup, train, updates=300, seconds=120, progress=None):
    """Watch `train(setup(), updates)`, suspect, and try each suspicion on fresh copies.

    `setup()`, or `setup(seed)`, builds model, optimizer, batches, criterion and, if there is one,
    test=(x, y), x as the model takes it; `train(t, updates)` is the reader's own loop over it.
    Gives a `Report`. Nothing of the reader's is changed, and after about `seconds` no further
    experiment begins; the report names those that were not reached. `progress(text)` is told what
    is done; unless given, a terminal shows a bar. Raises what `setup` raises, and TypeError without
    a model.
    """
    from trainingtips.checkup import deciding, report

    with contextlib.ExitStack() as stack:
        if progress is None and sys.stderr.isatty():
            progress = Bar(seconds, sys.stderr)
            stack.callback(progress.clear)
        work = Examination(setup, train, updates, seconds, progress)
        stack.enter_context(unchanged())
        return report.of_decision(deciding.Decision(work).run())


def of_watched(seen):
    """The report of what `watch` saw: the rules that need neither data nor experiment."""
    from trainingtips.checkup import report, suspicions

    call = next(iter(seen.calls.values()), None)
    pairs = [(i[0], call.target) for i in seen.inputs[:1] if i and call is not None]
    base = SimpleNamespace(
        seen=seen,
        starts=seen.starts,
        checks=[],
        error=None,
        reference=math.nan,
        skill=math.nan,
        train=1.0,
        first_output=call.output if call is not None else None,
        output_source=call.source if call is not None else None,
        summed=None,
        mixes=False,
        through_time=None,
        sharpness=math.nan,
        least=math.nan,
        slope=math.nan,
        located=None,
        answered=None,
        noise=math.nan,
        before=None,
    )
    known = Known(base, Data(held.Held(pairs), None), seen.model, seen.updates)
    return report.of_seen(seen, *suspicions.suspected(known), known)
