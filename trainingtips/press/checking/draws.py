"""results/redraws.json: how each claim fares on fresh draws of chance, and what a page says of it.

An entry belongs to one code: its key covers what `compute()` reaches and what `claim()` does, so
that a changed assertion lapses it too. It says which draws were tried, of which the claim failed
and why, and for each `Measured` value of the kept result in which draws the new mean lay outside of
the kept interval. Two draws with the same digits: there is no chance in the result, and no more
draws are needed.

Code that changes and brings the same digits, in the kept result and in the first draw made anew,
is the same code for this purpose: the other draws stand (`Entry.like`), judged anew where the
assertions have changed. On another maker's processor than the kept result's, where last digits are
others, the first draw has to come out the same. So a package can be mended without hours of draws
each time; one other digit, or outcome, lapses them all.
"""

from dataclasses import dataclass, field

from trainingtips.press.base import paths
from trainingtips.press.base.held import held
from trainingtips.press.building import plan
from trainingtips.press.checking import records
from trainingtips.press.kept import keys, results, scripts

PATH = "results/redraws.json"
FORMAT = 2
SHARE = 0.95  # of the draws that a claim which "holds" passes at least
STOPS_SITE = False  # whether a claim that falls short of it stops the site's build
LAPSED = "not yet tried on fresh draws"
CHANCELESS = "no chance in it"
_MEND = "restore it (git checkout), or remove it and draw anew: make redraw"


@dataclass
class Entry:
    """What is known of one claim. Draws are numbers from 1; lists of them are sorted."""

    key: str
    wanted: int  # draws that make the series whole
    claim: str = ""  # digest of what claim() reaches but the package's instruments
    kept: str = ""  # digest of the kept result, which the draws were compared with
    digests: dict[int, str] = field(default_factory=dict)  # draw tried → of its result
    failed: dict[int, str] = field(default_factory=dict)  # draw → the assertion that failed
    outside: dict[str, list[int]] = field(default_factory=dict)  # value → where it was not within
    absent: dict[str, list[int]] = field(default_factory=dict)  # value → where there was none

    @property
    def tried(self):
        return len(self.digests)

    @property
    def passed(self):
        return self.tried - len(self.failed)

    @property
    def chanceless(self):
        """Whether the first two draws gave the same digits."""
        first = [self.digests[draw] for draw in sorted(self.digests)[:2]]
        return len(first) == 2 and first[0] == first[1] != ""

    @property
    def whole(self):
        return self.chanceless or self.tried >= self.wanted

    @property
    def good(self):
        """Whether it passes as many draws as a claim that holds should, of those tried."""
        return self.passed >= SHARE * self.tried

    @property
    def held(self):
        """(kept intervals that held the new mean, all that were compared), over all draws."""
        missing = sum(map(len, self.absent.values()))
        compared = len(self.outside) * self.tried - missing
        return compared - sum(map(len, self.outside.values())), compared

    def like(self, other):
        """Whether the draws of `other`, of earlier code, may stand for those of this one.

        The kept result has the same digits; the first draw of both decides whether they do.
        """
        return bool(other.tried and self.kept == other.kept)

    def bears_out(self, other, draw, elsewhere=False):
        """Whether `draw` came out with the same digits here and there.

        `elsewhere`, by another processor whose last digits are others: with the same outcome, the
        assertion passed or failed, and each kept interval with its new mean or without.
        """
        if elsewhere and self.digests[draw] and draw in other.digests:
            return self._came_out(draw) == other._came_out(draw)
        return self.digests[draw] != "" and self.digests[draw] == other.digests.get(draw)

    def _came_out(self, draw):
        found = [{path for path, out in each.items() if draw in out}
                 for each in (self.outside, self.absent)]  # fmt: skip
        return draw in self.failed, *found

    def add(self, draw, digest, failure, held):
        """Enter a draw; `held` says of each interval True, False, or None where it has no mean."""
        self.digests[draw] = digest
        if failure:
            self.failed[draw] = failure
        for path, inside in held.items():
            outside = self.outside.setdefault(path, [])
            if inside is None:
                self.absent[path] = sorted([*self.absent.get(path, ()), draw])
            elif not inside:
                outside[:] = sorted([*outside, draw])

    def told(self):
        """What stands beside the claim."""
        if self.chanceless and not self.failed:
            return CHANCELESS
        so_far = "" if self.whole else " so far"
        return f"on {self.passed} of {self.tried} fresh draws{so_far}"


def key(plan, script, result_key):
    """The key of an entry: of the result, and of what claim() reaches."""
    return keys.digest([result_key, plan.claim(script)])


def begun(plan, script, kept, wanted):
    """An entry without draws, of the result `kept` and the claim as it is."""
    claim = keys.digest(plan.own_claim(script))
    return Entry(key(plan, script, kept.key), wanted, claim, digest(kept.plain))


def digest(plain):
    """The digest of a result's numbers."""
    return keys.digest(plain)[:16]


def tried(script, others=None):
    """Whether fresh draws are made of that script: it has a claim, and computes it here.

    A record of a machine cannot be drawn anew, and neither can what builds on one of `others`,
    {name: script}, that is such a record; what is made from this very record would lapse with each
    of its own entries.
    """
    return not script.shared and not _recorded(script, others or {}) and PATH not in script.inputs


def _recorded(script, others):
    """Whether its numbers come from a machine's record."""
    needs = [scripts.need(script, argument, others) for argument in script.arguments]
    return bool(script.hardware) or any(_recorded(others[name], others) for name in needs if name)


def read(root):
    """{claim: Entry} as kept, lapsed ones too; empty where nothing was drawn yet.

    Raises ResultError for a file that is no such record.
    """
    return records.read(root, PATH, FORMAT, "claims", _entry, "a record of draws", _MEND)


def _entry(name, plain):
    try:
        if not scripts.is_name(name) or not isinstance(plain, dict):
            raise ValueError("it is no claim's entry")
        entry = Entry(
            _of(str, plain["key"]),
            _of(int, plain["wanted"]),
            _of(str, plain["claim"]),
            _of(str, plain["kept"]),
            _by_draw(plain["digests"]),
            _by_draw(plain["failed"]),
            {path: _numbers(draws) for path, draws in plain["outside"].items()},
            {path: _numbers(draws) for path, draws in plain["absent"].items()},
        )
        tried = entry.digests.keys()
        lists = [entry.failed, *entry.outside.values(), *entry.absent.values()]
        if any(not tried >= set(draws) for draws in lists) or not entry.absent.keys() <= (
            entry.outside.keys()
        ):
            raise ValueError("it tells of a draw that was not tried")
    except KeyError as error:
        raise ValueError(f"{paths.shown(name)} has no {error}") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{paths.shown(name)}: {error}") from None
    return entry


def _of(kind, value):
    if type(value) is not kind:
        raise ValueError(f"{paths.shown(value)} is not of type {kind.__name__}")
    return value


def _by_draw(plain):
    return {_draw(int(draw)): _of(str, text) for draw, text in plain.items()}


def _numbers(draws):
    return [_draw(_of(int, each)) for each in _of(list, draws)]


def _draw(number):
    if number < 1:
        raise ValueError(f"there is no draw {number}")
    return number


def write(root, entries):
    """Keep the entries, whole or not at all: a line for each draw that failed and each interval."""
    plain = {
        name: {
            "key": entry.key,
            "wanted": entry.wanted,
            "claim": entry.claim,
            "kept": entry.kept,
            "digests": {str(draw): entry.digests[draw] for draw in sorted(entry.digests)},
            "failed": {str(draw): entry.failed[draw] for draw in sorted(entry.failed)},
            "outside": dict(sorted(entry.outside.items())),
            "absent": dict(sorted(entry.absent.items())),
        }
        for name, entry in sorted(entries.items())
    }
    records.write(root, PATH, FORMAT, "claims", plain)


@held
def current(root):
    """{claim: Entry, or None where its draws have lapsed}, of the scripts that are `tried`.

    Empty where there is no record at all.
    """
    entries = read(root)
    if not entries:
        return {}
    known, found = plan.known(root), {}
    every = {n: scripts.read_script(root, n, known.cache) for n in scripts.find_names(root)}
    for name, script in every.items():
        if tried(script, every):
            entry, state = entries.get(name), known.states.get(name)
            # whether the kept result is sound is told where it is used
            now = entry and state and key(known, script, str(state.head.get("key", "")))
            found[name] = entry if now and entry.key == now else None
    return found


def note(entries, name):
    """What a page says of a claim, out of `current`'s entries; "" where it says nothing."""
    if name not in entries:
        return ""
    return entries[name].told() if entries[name] else LAPSED


def short(root, entries):
    """{claim: Entry} of those that say they hold, and whose whole series falls short of `SHARE`."""
    found = {name: entry for name, entry in entries.items() if entry and entry.whole}
    return {
        name: entry
        for name, entry in found.items()
        if not entry.good and scripts.read_script(root, name).verdict == "holds"
    }


def intervals(kept, new, path=""):
    """Of each `Measured` value of the plain result `kept`: whether its interval holds `new`'s mean.

    None where `new` has none in that place.

    >>> one, other = {"mean": 2.0, "low": 1.0, "high": 3.0, "n": 4}, {"mean": 3.5, "low": 3.0}
    >>> dict(intervals({"a": one, "b": [one]}, {"a": one | {"mean": 2.5}, "b": []}))
    {'a': True, 'b.0': None}
    """
    if isinstance(kept, dict) and kept.keys() == results._MEASURED:
        mean = new["mean"] if isinstance(new, dict) and new.keys() == kept.keys() else None
        yield path, None if mean is None else kept["low"] <= mean <= kept["high"]
        return
    for name, value in _inner(kept):
        try:
            there = new[name] if isinstance(new, type(kept)) else None
        except (KeyError, IndexError):
            there = None
        yield from intervals(value, there, f"{path}.{name}" if path else str(name))


def _inner(value):
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()
