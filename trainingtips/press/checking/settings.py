"""results/settings.json: how each claim fares on other data, networks and optimisers.

A script names them in SETTINGS. The result of each is kept as
results/<section>/<name>@<setting>.json, and the record says what claim() made of it. An entry
belongs to one code: its key covers what `compute()` reaches, the setting itself, its inputs, and
what `claim()` does; the digest is that of the result which was judged. With other code, or without
that result, it has lapsed. What a claim builds on, a shared experiment, has the same settings: its
result on one is kept beside, <section>/_<name>@<setting>, and has no verdict.

A mend in the package's instruments would lapse hours of computing. So where nothing but they has
changed, and the claim's own result and the quickest of its settings, both made anew, have their old
digits, the other settings stand (see `likeness`, and `repeat`): the pages say so of each.
"""

import contextlib
from dataclasses import asdict, dataclass
from pathlib import Path

from trainingtips.press.base import paths
from trainingtips.press.base.errors import ResultError, ScriptError
from trainingtips.press.base.held import held
from trainingtips.press.building.plan import State, known
from trainingtips.press.checking import records
from trainingtips.press.kept import keys, results, scripts

PATH = "results/settings.json"
FORMAT = 1
HOLDS, FAILS = "holds", "fails"
UNTRIED = "not tried"
LAPSED = "not with the code of today"
MOST = 3  # assertions that are quoted
_MEND = "restore it (git checkout), or remove it and compute anew: python -m trainingtips settings"


@dataclass(frozen=True)
class Entry:
    """What came out: the `verdict`, and, of a claim that fails, the assertions that did."""

    key: str
    digest: str  # of the result
    verdict: str  # HOLDS or FAILS
    why: str = ""
    like: str = ""  # its `likeness`, by which it may stand for other code


@dataclass(frozen=True)
class Cell:
    """A claim on a setting, as it is told: a verdict, or UNTRIED and why."""

    claim: str  # its script's name
    setting: str
    verdict: str
    why: str = ""
    data: str = ""
    network: str = ""
    optimiser: str = ""
    stands: bool = False  # its result is one of earlier code

    @property
    def result_path(self):
        """Of the kept result; None where it was not tried."""
        return None if self.verdict == UNTRIED else Path("results") / f"{self.name}.json"

    @property
    def name(self):
        return label(self.claim, self.setting)


@dataclass(frozen=True)
class Repeated(scripts.Script):
    """The script of a claim on one of its settings: its code, but a result of its own."""

    @property
    def base(self):
        return self.name.partition("@")[0]

    @property
    def path(self):
        return Path("figures") / f"{self.base}.py"

    @property
    def counters_path(self):
        return Path(scripts.COUNTERS) / f"{self.base}.py"

    @property
    def module(self):
        return "figures." + self.base.replace("/", ".")


def label(claim, setting):
    """The name of a claim's result on a setting.

    >>> label("batch/shuffle", "text")
    'batch/shuffle@text'
    """
    return f"{claim}@{setting}"


def repeated(script, setting):
    """`script` on that setting, which it tries; with its `inputs`, instead of INPUTS, if any."""
    fields = {name: getattr(script, name) for name in script.__dataclass_fields__}
    inputs = tuple(script.settings[setting].get("inputs", script.inputs))
    return Repeated(**fields | {"name": label(script.name, setting), "inputs": inputs})


def tried(script):
    """The names of the settings that the script tries, in its order."""
    return [name for name, setting in script.settings.items() if isinstance(setting, dict)]


def lacking(plan, script, setting):
    """Why the claim cannot be tried there: what it builds on has no such setting; "" if it can."""
    for need in plan.states[script.name].needs.values():
        other = plan.states[need].script
        if setting not in tried(other):
            return f"it builds on {need}, whose SETTINGS have no {paths.shown(setting)}"
        if told := lacking(plan, other, setting):
            return told
    return ""


def state(plan, script, setting):
    """The `State` of a claim on a setting: its key is of the code, the setting and its inputs.

    It enters the plan, and what the claim builds on, on that setting, does so before it.
    """
    own = plan.states[script.name]
    needs = {
        argument: state(plan, plan.states[need].script, setting).script.name
        for argument, need in own.needs.items()
    }
    given, script = script.settings[setting], repeated(script, setting)
    made = {name: own.made[name] for name in ("format", "reached")} | {"setting": given}
    made["inputs"] = {path: plan._input(script, path) for path in script.inputs}
    found = State(script, "", "", own.libraries, own.imports, needs, made)
    found.code = keys.digest(made)
    found.head = _head(plan.root / script.result_path)
    plan.settle(found)
    plan.states[script.name] = found
    return found


def _head(path):
    """Of the kept result's file: {} where there is none."""
    return results.head(path.read_bytes()) if path.is_file() else {}


def key(plan, state):
    """The key of an entry: of the result, and of what claim() reaches."""
    return keys.digest([state.result_key, plan.claim(state.script)])


def likeness(plan, state):
    """The digest of all that makes a claim's result there but the package's instruments.

    It is of the claim's own numbers too, on its main data, as today's code computes them. "" where
    they are not there.
    """
    main = plan.states[state.script.base]
    if not main.stays or not (numbers := _digest(plan, main)):
        return ""
    return keys.digest([_own(plan, state), plan.own_claim(state.script), numbers])


def _own(plan, state):
    """What makes its result, and those that it builds on, but the instruments."""
    made = [state.made[name] for name in ("format", "setting", "inputs")]
    below = [_own(plan, plan.states[need]) for need in state.needs.values()]
    return [state.script.name, plan.own(state.script), *made, *below]


def read(root):
    """{claim@setting: Entry} as kept, lapsed ones too; empty where nothing was tried yet.

    Raises ResultError for a file that is no such record.
    """
    return records.read(root, PATH, FORMAT, "settings", _entry, "a record of settings", _MEND)


def _entry(name, plain):
    entry = Entry(**plain)  # TypeError for a field too many or too few
    claim, _, setting = name.partition("@")
    texts = all(isinstance(each, str) for each in plain.values())
    if not (scripts.is_name(claim) and setting and texts) or entry.verdict not in (HOLDS, FAILS):
        raise ValueError(f"{paths.shown(name)}: it is no entry of a claim on a setting")
    return entry


def write(root, entries):
    """Keep the entries, whole or not at all, in the order of their names."""
    plain = {name: asdict(entries[name]) for name in sorted(entries)}
    records.write(root, PATH, FORMAT, "settings", plain)


@held
def current(root):
    """{claim: [Cell]} of every script that has SETTINGS, in their order; {} where none has.

    An entry counts with the key of today's code and with the very result that was judged.
    """
    found = _scripts(root).items()
    with_settings = {name: each for name, each in found if each.settings and not each.shared}
    if not with_settings:
        return {}
    plan, entries = known(root), read(root)
    return {
        name: [_cell(plan, script, setting, entries) for setting in script.settings]
        for name, script in with_settings.items()
        if name in plan.states
    }


def _scripts(root):
    """Those that can be read; what is wrong with the others is told where they are built."""
    found = {}
    for name in scripts.find_names(root):
        with contextlib.suppress(ScriptError):
            found[name] = scripts.read_script(root, name)
    return found


def _cell(plan, script, name, entries):
    given = script.settings[name]
    if isinstance(given, str):
        return Cell(script.name, name, UNTRIED, given)
    words = {each: given[each] for each in scripts.SETTING}
    if told := lacking(plan, script, name):
        return Cell(script.name, name, UNTRIED, told, **words)
    entry, now = entries.get(label(script.name, name)), state(plan, script, name)
    if entry is None or entry.key != key(plan, now) or entry.digest != _digest(plan, now):
        return Cell(script.name, name, UNTRIED, LAPSED, **words)
    stands = not now.stays
    return Cell(script.name, name, entry.verdict, entry.why, **words, stands=stands)


def _digest(plan, state):
    """Of the kept result, whose own digest and seal are checked; "" where there is none."""
    try:
        return keys.digest(results.kept(plan.root, state.script.name).plain)
    except ResultError:
        return ""


def own_results(root):
    """Names of the results that settings may have, {section/name@setting}."""
    return {label(name, each) for name, script in _scripts(root).items() for each in tried(script)}


def counts(cells):
    """ "holds on 2, fails on 1, not tried on 3 others", without what is none; "" for no cell."""
    kinds = [cell.verdict for cell in cells]
    words = [f"{kind} on {kinds.count(kind)}" for kind in (HOLDS, FAILS, UNTRIED) if kind in kinds]
    return ", ".join(words)


@dataclass(frozen=True)
class Record(Cell):
    """A claim as a figure of its own repeats it, such as one from a record of a GPU."""

    script: str = ""

    @property
    def result_path(self):
        return Path("results") / f"{self.script}.json"


@held
def everywhere(root):
    """{claim: [Cell]}: `current`, and what figures of their own say of a claim (REPEATS)."""
    found = {name: list(cells) for name, cells in current(root).items()}
    for script in _scripts(root).values():
        if script.repeats:
            found.setdefault(script.repeats["claim"], []).append(_record(root, script))
    return found


def _record(root, script):
    """By its result's `elsewhere`, the assertions that did not come out."""
    given = dict(script.repeats)
    claim, setting = given.pop("claim"), given.pop("setting")
    try:
        failed = list(results.kept(root, script.name).result["elsewhere"])
    except (ResultError, KeyError, TypeError):
        return Cell(claim, setting, UNTRIED, LAPSED, **given)
    verdict, why = (FAILS if failed else HOLDS), "; ".join(map(str, failed[:MOST]))
    return Record(claim, setting, verdict, why, **given, script=script.name)
