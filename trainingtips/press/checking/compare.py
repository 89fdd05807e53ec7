"""What may differ between a kept result and the same result computed again.

The two are walked leaf by leaf, in the form in which results are kept.

| where | what is allowed |
|---|---|
| always | strings, whole numbers, booleans, names and shapes are equal |
| the same processor and versions | every number equal at the six digits kept: `exact` |
| another processor or other versions | a number differs by 1e-3 of the kept one at most, |
|  | a `Measured` value's new mean lies within the kept interval |
| there, where the script says `CHAOS = "why"` | nothing but its `Measured` values is compared, |
|  | each with its interval: the two overlap |
| there, of the parts named in `ILLUSTRATION` | everything |

Chaos makes of the same seeds other samples, so that a new mean may well lie outside the kept
interval; that two intervals of 95 % do not meet happens by chance once in two hundred times. A
result of 349 intervals would not pass but by luck. So both are widened by the same factor, as far
as it takes for a result of so many independent ones to fail by chance once in a thousand times.

Where 1e-3 is allowed, two things that are rounding error alone do not count: numbers that are both
below 1e-12, and in an array those that differ by less than 1e-6 of its largest, the last digit
kept. An interval without width, from samples that were all equal, allows 1e-3 of its mean.
"""

from dataclasses import dataclass
from functools import cache

from trainingtips.press.kept import results

RELATIVE = 1e-3  # what another processor may change of a number without an interval
OF_LARGEST = 10.0**-results.DIGITS  # of an array's largest: what it resolves
ROUNDING = 1e-12  # of numbers around one, after some thousand operations
CHANCE = 1e-3  # that a result fails whose samples were only drawn anew, however many it has
_ABSENT = object()


@dataclass(frozen=True)
class Rule:
    """How far a new result may be from the kept one.

    `other` names what is not the same as when the result was kept, such as "processor";
    `chaos` is a script's reason for having only its `Measured` values compared there, and
    `illustration` the parts of its result that are not compared there.
    """

    other: tuple[str, ...] = ()
    chaos: str = ""
    illustration: tuple[str, ...] = ()

    @property
    def exact(self):
        return not self.other

    @property
    def chaotic(self):
        return bool(self.other and self.chaos)

    def __str__(self):
        if self.exact:
            return "exact"
        allowed = "overlap, chaos" if self.chaos else f"intervals, {RELATIVE:g}"
        allowed += ", no illustration" if self.illustration else ""
        return f"{allowed} (other {', '.join(self.other)})"


@dataclass(frozen=True)
class Difference:
    """A leaf that is not as it was; for an array the entry that is farthest off."""

    path: str
    kept: str
    new: str
    allowed: str
    count: int = 1  # how many of an array's entries differ, out of …
    size: int = 1

    def __str__(self):
        count = f" ({self.count} of {self.size} differ)" if self.size > 1 else ""
        return f"{self.path}: kept {self.kept}, new {self.new}, allowed {self.allowed}{count}"


def rule(kept, new, chaos=""):
    """The `Rule` for results with these environments, dictionaries of name → version.

    >>> print(rule({"processor": "A", "numpy": "2.0"}, {"processor": "B", "numpy": "2.0"}))
    intervals, 0.001 (other processor)
    """
    names = [*kept, *(name for name in new if name not in kept)]
    return Rule(tuple(name for name in names if kept.get(name) != new.get(name)), chaos)


def differences(kept, new, rule):
    """Every `Difference` between two plain results that `rule` does not allow, as a list.

    >>> kept, new = {"n": 4, "y": [1.0, 2.0]}, {"n": 4, "y": [1.0, 2.5]}
    >>> print(*differences(kept, new, Rule()))
    y[1]: kept 2.0, new 2.5, allowed exact (1 of 2 differ)
    """
    kept, new = _claimed(kept, rule), _claimed(new, rule)
    if rule.chaotic:
        found, all_kept = dict(_measured_values(new)), list(_measured_values(kept))
        pairs = ((path, value, found.get(path, _ABSENT)) for path, value in all_kept)
        return [e for path, *pair in pairs for e in _measured(*pair, rule, path, len(all_kept))]
    return _walk(kept, new, rule, "")


def _walk(kept, new, rule, path):
    if _is_measured(kept):
        return _measured(kept, new, rule, path)
    if isinstance(kept, dict) and isinstance(new, dict):
        names = [*kept, *(name for name in new if name not in kept)]
        pairs = ((_join(path, n), kept.get(n, _ABSENT), new.get(n, _ABSENT)) for n in names)
        return [each for where, *pair in pairs for each in _walk(*pair, rule, where)]
    if isinstance(kept, list):
        return _lists(kept, new, rule, path)
    if _equal(kept, new, rule):
        return []
    return [Difference(path, _show(kept), _show(new), _allowed(kept, rule))]


def _claimed(plain, rule):
    """What of a plain result is compared: on the same processor all of it."""
    return plain if rule.exact else results.without(plain, rule.illustration)


def compared(plain, rule):
    """How many leaves of a plain result `rule` compares, as `count` counts them.

    >>> compared({"path": [1.0, 2.0], "n": 4}, Rule(("processor",), illustration=("path",)))
    1
    """
    plain = _claimed(plain, rule)
    return sum(1 for _ in _measured_values(plain)) if rule.chaotic else count(plain)


def count(plain):
    """How many leaves there are: numbers, strings and booleans; a `Measured` value is one.

    >>> count({"y": [1.0, 2.0], "slope": {"mean": 1.0, "low": 0.5, "high": 2.0, "n": 3}})
    3
    """
    if isinstance(plain, dict) and not _is_measured(plain):
        return sum(map(count, plain.values()))
    return sum(map(count, plain)) if isinstance(plain, list) else 1


def _is_measured(value):
    return isinstance(value, dict) and value.keys() == results._MEASURED


def _join(path, name):
    return f"{path}.{name}" if path else name


def _measured(kept, new, rule, path, many=1):
    """`many`: how many such values the result has, of which chance may part none."""
    low, high = kept["low"], kept["high"]
    inside = _is_measured(new) and new["n"] == kept["n"]
    if inside and rule.exact:
        inside = new == kept
    elif inside and rule.chaos:
        factor = widening(many, kept["n"])
        (low, high), (least, most) = _widened(kept, factor), _widened(new, factor)
        inside = low <= most and least <= high
    elif inside:
        flat = low == high and _near(kept["mean"], new["mean"])
        inside = flat or low <= new["mean"] <= high
    if inside:
        return []
    allowed = "exact" if rule.exact else f"{low:.{results.DIGITS}g} … {high:.{results.DIGITS}g}"
    return [Difference(path, _show(kept), _show(new), allowed)]


def _widened(value, factor):
    """The ends of a `Measured` value's interval, each `factor` times as far from its mean."""
    mean = value["mean"]
    return mean - factor * (mean - value["low"]), mean + factor * (value["high"] - mean)


@cache
def widening(many, n):
    """The factor for `many` pairs of 95 % intervals of `n` samples: see the module's docstring.

    It is that of Student's intervals, whose two means differ by a Student quantile of 2(n − 1)
    degrees of freedom times √2 standard errors, with Bonferroni's correction.

    >>> round(widening(1, 32), 2), round(widening(349, 32), 2)
    (1.2, 1.79)
    """
    from scipy import stats

    free = max(n - 1, 1)
    apart = stats.t.ppf(1 - CHANCE / (2 * many), 2 * free) * 2**0.5
    return max(1.0, float(apart / (2 * stats.t.ppf(0.975, free))))


def _measured_values(plain, path=""):
    """(path, value) of each `Measured` value, however deep."""
    if _is_measured(plain):
        yield path, plain
    elif isinstance(plain, dict):
        for name, each in plain.items():
            yield from _measured_values(each, _join(path, name))
    elif isinstance(plain, list):
        for index, each in enumerate(plain):
            yield from _measured_values(each, f"{path}[{index}]")


def _lists(kept, new, rule, path):
    shapes = results._shape(kept), results._shape(new)
    if shapes[0] and shapes[0] == shapes[1]:
        return _arrays(kept, new, rule, path)
    if not isinstance(new, list) or len(kept) != len(new) or shapes[0] != shapes[1]:
        return [Difference(path, _show(kept), _show(new), "the same shape")]
    pairs = enumerate(zip(kept, new, strict=True))
    return [each for i, (a, b) in pairs for each in _walk(a, b, rule, f"{path}[{i}]")]


def _arrays(kept, new, rule, path):
    """One difference for an array: its farthest entry, and how many there are."""
    pairs = list(zip(_entries(kept), _entries(new), strict=True))
    slack = OF_LARGEST * max((abs(a) for (_, a), _ in pairs), default=0)
    found = [
        (abs(a - b), f"{path}{index}", a, b)
        for (index, a), (_, b) in pairs
        if not _equal(a, b, rule, slack)
    ]
    if not found:
        return []
    _, where, a, b = max(found, key=lambda each: each[0])
    return [Difference(where, _show(a), _show(b), _allowed(a, rule, slack), len(found), len(pairs))]


def _entries(value, index=""):
    """("[i][j]", number) of each entry of a rectangular list."""
    if not isinstance(value, list):
        yield index, value
        return
    for i, each in enumerate(value):
        yield from _entries(each, f"{index}[{i}]")


def _equal(kept, new, rule, slack=0.0):
    if type(kept) is not type(new):  # True is not 1, and 4 is not 4.0
        return False
    if rule.exact or not isinstance(kept, float):
        return kept == new
    return _near(kept, new, slack)


def _near(kept, new, slack=0.0):
    rounding = abs(kept) < ROUNDING and abs(new) < ROUNDING
    return rounding or abs(new - kept) <= max(RELATIVE * abs(kept), slack)


def _allowed(kept, rule, slack=0.0):
    if rule.exact or not isinstance(kept, float):
        return "exact"
    return f"± {max(RELATIVE * abs(kept), slack):.3g}"


def _show(value):
    if value is _ABSENT:
        return "nothing"
    if _is_measured(value):
        return f"{value['mean']} ({value['low']} … {value['high']}, n = {value['n']})"
    if isinstance(value, dict):
        return f"a group of {len(value)}"
    if isinstance(value, list):
        shape = results._shape(value)
        return f"an array {shape}" if shape else f"a list of {len(value)}"
    return repr(value)
