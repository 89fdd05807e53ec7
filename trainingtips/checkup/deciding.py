"""From suspicions to findings: which experiment is tried, what it shows, and in which order.

A suspicion is confirmed where its experiment mends what was wrong: the skill gained is positive
from every start, and more than `GAIN`; of a weak sign, or from one start alone, more than that.
Where several mend it, a mistake in the program comes before an unusual choice, and that before a
setting, if it gains nearly as much (`NEARLY`): a smaller rate mends much of what inputs of a
thousand do, and not the other way round.
"""

import contextlib
import copy
import math
import warnings
from dataclasses import dataclass, field

import torch

from trainingtips import statistics
from trainingtips.checkup import experiments, labels, measures, suspicions
from trainingtips.checkup.examining import AGAIN, Known, OutOfTime, answers, unchanged

SEEDS = (0, 1, 2)
GAIN = 0.1  # of skill, from every start: less is within what a few hundred test answers leave open
GAIN_OF_SETTING = 0.25  # a better rate is nearly always to be found; a wrong one costs much more
GAIN_OF_SLOW = (
    0.4  # more or larger updates, or more units, help almost everything that still learns
)
SLOW = {
    "rate_too_low",
    "trained_too_briefly",
    "batch_too_large_for_budget",
    "capacity_too_small",
}
# what follows from other causes as well, and is explained by them
SYMPTOMS = {
    "nan_in_loss": 0.6,
    "wrong_loss": 0.4,  # of the losses that do not fit, those with a name of their own come first
    "dead_relu": 1.1,  # through units of no slope no gradient comes
    "saturated_units": 1.1,
    "exploding_gradient": 1.2,
    "vanishing_gradient": 1.2,
}
RESERVE = 6  # runs
# changes after which the loss is another number, so that it is no judge of them
OTHER_LOSS = {
    *["fitting loss", "logits", "log-probabilities", "equal shapes", "scaled targets"],
    *["one sigmoid", "as classes", "no decay", "loss as computed", "probabilities"],
    "weighted",
    *["test pairs", "held out", "agreed"],  # other examples have another loss to begin with
}
NEARLY = 0.7  # of the largest gain


@dataclass
class Tried:
    """One change: skills by seed, beside those without it."""

    name: str
    skills: dict = field(default_factory=dict)
    why: str | None = None  # why it was not tried
    train: dict = field(default_factory=dict)


class Decision:
    """The state of one examination: what is known, suspected and tried."""

    def __init__(self, work):
        self.work, self.bases, self.tried = work, {}, {}
        self.suspects, self.lost, self.unreached = [], [], []

    looked = ()

    def run(self):
        work = self.work
        work.progress("watching the training")
        base = self.base(0, closely=True)
        known = self.known = known_of(work, base)
        self.suspects, failed, self.looked = suspicions.suspected(known)
        self.lost += failed
        self.suspects.sort(key=lambda s: (-s.strength, labels.LABELS[s.label].rank))
        if work.hopeless:
            return self
        try:
            for each in self.suspects:
                if not self.settled(each):
                    for name in each.changes:
                        self.screen(name, strong=each.strength >= 0.7)
                        if self.gain(each) > max(GAIN_OF_SETTING, self.least(each)):
                            break
            self.confirm()
        except OutOfTime:
            self.unreached.append("time is up")
        return self

    def base(self, seed, closely=False):
        if seed not in self.bases:
            self.bases[seed] = self.work.base(seed, closely)
        return self.bases[seed]

    # ---- trying

    def settled(self, suspicion):
        """Whether a mistake has been found that explains all, so that this need not be tried."""
        rank = labels.LABELS[suspicion.label].rank
        if suspicion.strength >= 0.7 and rank < 2:
            return False
        done = [
            s
            for s in self.suspects
            if labels.LABELS[s.label].rank < rank or s.strength > 0.7
            if s.strength >= 0.7 and self.gain(s) > GAIN and self.best(s) >= 0.9 * self.reach()
        ]
        return bool(done) or (self.bases[0].skill > 0.97 and suspicion.strength < 0.5)

    def screen(self, name, seed=0, strong=False):
        tried = self.tried.setdefault(name, Tried(name))
        if seed in tried.skills or tried.why:
            return tried
        if self.work.unjudged and name in OTHER_LOSS:
            tried.why = "the loss itself is what it is judged by"
            return tried
        cost = self.bases[0].seconds * {"longer": 4, "batch / 8": 8}.get(name, 1)
        # what is found has to be tried from other starts too
        reserve = 0 if seed or strong else RESERVE * self.bases[0].seconds
        if cost * 1.2 + reserve > self.work.left:
            self.unreached.append(suspicions.CHANGES.get(name, (name,))[0])
            tried.why = "there was no time left"
            return tried
        self.work.progress(f"trying it {said(name)}, start {seed + 1}")
        self.base(seed)
        try:
            if name in AFTER:
                tried.skills[seed] = AFTER[name](self.work, self.bases[seed], seed)
            else:
                outcome = self.work.tried(suspicions.CHANGES[name][1], seed, self.known)
                tried.skills[seed], tried.train[seed] = outcome.skill, outcome.train
        except experiments.Impossible as error:
            tried.why = str(error)
        except Exception as error:
            tried.why = f"{type(error).__name__}: {error}"
        return tried

    def confirm(self):
        """The most promising changes from further starts, while there is time."""
        promising = [s for s in self.suspects if self.gain(s) > 0.5 * GAIN]
        promising.sort(key=self.key)
        for each in promising[:5]:
            name = self.deciding(each)
            for seed in SEEDS[1:]:
                if self.gain(each) > 0.5 * GAIN:
                    self.screen(name, seed)

    # ---- judging

    def gains(self, name):
        """What a change gains from each start that can tell.

        Some trainings fail from some starts only. One that gets away has nothing to gain, and says
        no more than whether the change does harm.
        """
        tried = self.tried.get(name)
        gains = {k: s - self.bases[k].skill for k, s in tried.skills.items()} if tried else {}
        return [g for k, g in gains.items() if g < -GAIN or not self.got_away(k)]

    def got_away(self, seed):
        """Whether it does well from this start, and fails from the first one, that was shown."""
        reach = self.reach()
        failed = self.bases[0].skill < 0.5 * reach
        return failed and self.bases[seed].skill > 0.9 * reach

    def deciding(self, suspicion):
        """The change for it that was tried from most starts, and of those gains most."""
        options = [n for n in suspicion.changes if self.gains(n)]
        return max(options, key=lambda n: (len(self.gains(n)), sum(self.gains(n))), default=None)

    def gain(self, suspicion):
        name = self.deciding(suspicion)
        return sum(self.gains(name)) / len(self.gains(name)) if name else 0.0

    def best(self, suspicion):
        name = self.deciding(suspicion)
        return max(self.tried[name].skills.values()) if name else 0.0

    def reach(self):
        skills = [s for t in self.tried.values() for s in t.skills.values()]
        reference = self.known.base.reference
        return max([*skills, self.bases[0].skill, reference if math.isfinite(reference) else 0.0])

    def confirmed(self, suspicion):
        name = self.deciding(suspicion)
        if not name:
            return None
        gains = self.gains(name)
        return min(gains) > 0 and sum(gains) / len(gains) > self.least(suspicion)

    def least(self, suspicion):
        """The gain that confirms it: more for what helps most trainings, and for weak evidence."""
        least = GAIN
        name, strong = self.deciding(suspicion), suspicion.strength >= 0.7
        once = name is not None and len(self.gains(name)) < 2  # it may be the luck of that start
        setting = labels.LABELS[suspicion.label].rank == 2
        if suspicion.strength <= 0.3 or (not strong and (setting or once)):
            least = GAIN_OF_SETTING
        if suspicion.label in SLOW and not strong:
            least = GAIN_OF_SLOW
        return least

    def key(self, suspicion):
        top = max((self.gain(s) for s in self.suspects), default=0.0)
        gain = self.gain(suspicion)
        full = gain >= NEARLY * top and gain > GAIN
        confirmed = self.confirmed(suspicion)
        plain = is_plain(suspicion) and confirmed is None
        return (
            not (confirmed or plain),
            not (full or plain),
            0.3 if plain else tier(suspicion),
            -gain,
            -suspicion.strength,
        )

    def verdict(self, suspicion):
        found = self.confirmed(suspicion)
        if found is None:
            return "not tested"
        return "confirmed" if found else "refuted"


def is_plain(suspicion):
    """A mistake that is there to see, also where it cannot be mended from outside."""
    return labels.LABELS[suspicion.label].rank == 0 and suspicion.strength >= 0.9


def tier(suspicion):
    """Which of two causes that explain as much comes first: the one further upstream."""
    rank, strength = labels.LABELS[suspicion.label].rank, suspicion.strength
    if suspicion.label in SYMPTOMS:
        return SYMPTOMS[suspicion.label] + (strength < 0.3)
    if rank == 1 and strength >= 0.7:
        return 0.5
    if rank == 2 and strength >= 0.7:
        return 1.5
    return rank + (strength < 0.3)


def known_of(work, base):
    known = Known(base, work.data_of(0), base.model, work.updates)
    base.falling = None
    base.reference = math.nan
    work.function = known.loss
    test = known.test
    if base.error:
        work.notes.append(f"the training stopped with {base.error}")
    elif not base.seen.updates:
        work.notes.append("the loop made no step of an optimiser that setup() returns")
    if work.again:
        work.notes.append(AGAIN)
    # now that the loss is known
    part = test if test is not None else work.part(known.held)
    work.settled = True
    work.ignored = known.ignored
    if work.hopeless:
        work.notes.append(work.hopeless)
        return known
    if work.unjudged:
        work.notes.append("skill is here the share of the first loss that training takes away")
        return known
    work.as_tested = known.tested_in_train_mode
    base.skill = work.skill(_as_t(base), part, None)[0]
    base.train = work.skill(_as_t(base), work.part(known.held), None)[0]
    with contextlib.suppress(Exception):  # that they cannot be judged is said already
        base.answered = answers(base.model, part)
    try:
        kind = "classes" if known.kind == "classes" else known.kind
        if known.held.x is not None and test is not None and torch.is_tensor(test[0]):
            base.reference = measures.reference(known.held.x, known.held.y, test, kind)
    except Exception as error:
        work.notes.append(f"no plain rule was tried: {type(error).__name__}: {error}")
    return known


class _as_t:
    def __init__(self, base):
        self.model, self.criterion = base.model, None


# ---- changes of what was trained


def test_as_training(work, base, seed):
    """The test set with the training set's mean and spread."""
    data = work.data_of(seed)
    (x, y), train = data.test, data.held.x
    centre, scale = measures.scale(x)
    c, s = measures.scale(train)
    return work.skill(_as_t(base), ((x - centre) / scale * s + c, y), None)[0]


def test_targets_as_training(work, base, seed):
    """The test set's targets with the mean and the spread of those that were learnt."""
    data = work.data_of(seed)
    (x, y), train = data.test, data.held.y.float()
    y = (y.float() - y.float().mean()) / y.float().std().clamp_min(1e-12)
    return work.skill(_as_t(base), (x, y * train.std() + train.mean()), None)[0]


def new_statistics(work, base, seed):
    """The running statistics of batch norm estimated anew, over all batches."""
    data = work.data_of(seed)
    with unchanged(), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        model = copy.deepcopy(base.model)
        for m in model.modules():
            if isinstance(m, torch.nn.modules.batchnorm._BatchNorm):
                m.reset_running_stats()
                m.momentum = None
        model.train()
        for batch in data.held.batches[:100]:
            model(batch[0])
        model.eval()
        t = _as_t(base)
        t.model = model
        part = data.test if data.test is not None else work.part(data.held)
        return work.skill(t, part, None)[0]


def in_eval_mode(work, base, seed):
    """The same model, tested in eval mode."""
    data = work.data_of(seed)
    part = data.test if data.test is not None else work.part(data.held)
    return work.skill(_as_t(base), part, None, training=False)[0]


def stopped_earlier(work, base, seed):
    """The best skill on the test set along the way."""
    return max([c[4] for c in base.checks] or [base.skill])


AFTER = {
    "stopped earlier": stopped_earlier,
    "test as training": test_as_training,
    "test targets as training": test_targets_as_training,
    "new statistics": new_statistics,
    "eval mode": in_eval_mode,
}
SAID = {
    "test as training": "with the test set's features as those of the training set",
    "test targets as training": "with the test set's targets in the units of the training set's",
    "stopped earlier": "where it is best along the way",
    "eval mode": "tested in eval mode",
    "new statistics": "with the running statistics estimated anew",
}


def said(name):
    return SAID.get(name) or suspicions.CHANGES[name][0]


def interval(values):
    """(mean, low, high) of skills, which are 0 to 1; one value has no interval."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    found = statistics.student(values)
    return found.mean, max(0.0, found.low), min(1.0, found.high)
