"""Numbers in the prose, taken from kept results, by one macro and a few filters.

    {{ number("critical_points/taylor", "slopes.first") | interval(2) }}

`number(name, path)` is the value at a dotted path of that figure's result. Without a filter it is
shown at three significant digits. Every number tells on hover where it comes from.

A share is shown in percent, and a difference of two shares in percentage points: 0.013 is "1.3 %"
of the digits, and "1.3 points" of accuracy. Which of them a number is, its path says: see
`is_difference`. A page may say `points=True` or `points=False` itself.
"""

import difflib
import functools
import re
from dataclasses import dataclass, replace
from pathlib import Path

from trainingtips.press.base import escape, paths
from trainingtips.press.base.errors import UserError
from trainingtips.press.base.held import held
from trainingtips.press.kept import results, scripts
from trainingtips.statistics import Measured

SPACE = "\N{NARROW NO-BREAK SPACE}"
# words of a path that name the difference of two shares, such as `gap` in `test_gaps.3`
DIFFERENCES = ("gain", "gap", "lost", "lag", "ahead", "behind", "difference", "cost")
_DIFFERENCE = re.compile(rf"(?:^|[._])(?:{'|'.join(DIFFERENCES)})s?(?:[._]|$)")
_INDEX = re.compile(r"-?[0-9]{1,9}")
_kept, _names = held(results.kept), held(scripts.find_names)


class NumberError(UserError):
    """A page asks for a number that is not there, or for a form that it cannot have."""


@dataclass(frozen=True)
class Number:
    """A value with its origin; `text` is how it is shown."""

    value: object
    origin: str  # "figure: path"
    text: str | None = None

    @property
    def shown(self):
        if self.text is not None:
            return self.text
        return self.value if isinstance(self.value, str) else _digits(_mean(self), 3)

    @property
    def hover(self):
        """Where it comes from, and of a mean its interval, or what the brackets in the text are."""
        if not isinstance(self.value, Measured):
            return self.origin
        if "(" in (self.text or ""):
            return f"in brackets the 95 % interval; {self.origin}"
        share = (self.text or "").endswith(("%", "points"))
        low, high = (_digits(100 * v if share else v, 3) for v in (self.value.low, self.value.high))
        return f"{low} to {high} with 95 % confidence; {self.origin}"

    def __str__(self):
        value = "" if isinstance(self.value, str) else f' value="{_mean(self):g}"'
        tag = "data" if value else "span"
        title = escape.plain(self.hover)
        return f'<{tag} class="measured"{value} title="{title}">{escape.plain(self.shown)}</{tag}>'


def number(root, name, path):
    """The `Number` at a dotted `path` of the kept result of figure `name`."""
    if not isinstance(name, str) or not isinstance(path, str):
        received = f"{paths.shown(name)}, {paths.shown(path)}"
        raise NumberError(f"number(name, path) takes two strings; received {received}")
    base, _, setting = name.partition("@")  # on a setting: `checking.settings`
    scripts.resolve(base, _names(root))
    if setting and setting not in scripts.read_script(root, base).settings:
        raise NumberError(f"number({paths.shown(name)}, …): {base} has no such setting")
    value, steps = _reached(_kept(root, name).plain, _steps(path))
    for step in steps:
        value = _step(value, step, name, path)
    if not isinstance(value, int | float | str | Measured) and not hasattr(value, "dtype"):
        raise NumberError(
            f"number({name!r}, {paths.shown(path)}) is a {type(value).__name__}: add a part"
        )
    if getattr(value, "ndim", 0):
        raise NumberError(
            f"number({name!r}, {paths.shown(path)}) is an array {value.shape}: add an index"
        )
    return Number(value.item() if hasattr(value, "item") else value, f"{name}: {path}")


def _steps(path):
    """The names along a path; one with a point of its own stands in brackets.

    >>> _steps("at_one.[scale 0.3].2")
    ['at_one', 'scale 0.3', '2']
    """
    parts = re.split(r"\.(?![^\[]*\])", path)
    return [each[1:-1] if each[:1] == "[" and each[-1:] == "]" else each for each in parts]


def _reached(plain, steps):
    """(what stands at the first of these steps, as claims get it; the steps that are left).

    Only what is asked for is made into arrays: a page asks a large result for a hundred numbers.
    """
    left = list(steps)
    while left and isinstance(plain, dict) and left[0] in plain:
        if plain.keys() == results._MEASURED:
            break
        plain = plain[left.pop(0)]
    return results.decode(plain), left


def on_page(root, name, path):
    """What a page's `number` gives: no setting's, which `make` leaves as it is when it lapses."""
    if isinstance(name, str) and "@" in name:
        raise NumberError(
            f"number({paths.shown(name)}, …): a setting's number may be of other code; "
            f"where_it_holds() shows those that are not"
        )
    return number(root, name, path)


def _step(value, step, name, path):
    if isinstance(value, Measured) and step in ("mean", "low", "high", "n"):
        return getattr(value, step)
    if isinstance(value, dict) and step in value:
        return value[step]
    if not isinstance(value, dict | Measured | str | int | float) and _INDEX.fullmatch(step):
        if -len(value) <= int(step) < len(value):
            return value[int(step)]
        raise NumberError(
            f"number({name!r}, {paths.shown(path)}): index {step} of {len(value)} values"
        )
    known = list(value) if isinstance(value, dict) else []
    near = difflib.get_close_matches(step[: paths.LONGEST], known, n=1)
    there = ", ".join(known) or "nothing below"
    hint = f"did you mean {near[0]!r}?" if near else f"there is {there}"
    raise NumberError(f"number({name!r}, {paths.shown(path)}): no {paths.shown(step)}; {hint}")


def _mean(number):
    value = number.value.mean if isinstance(number.value, Measured) else number.value
    if not isinstance(value, int | float):
        raise NumberError(f"{number.origin} is {value!r}, not a number")
    return value


def _digits(value, count):
    if isinstance(value, int):
        return f"{value:,}".replace(",", SPACE)
    text = f"{value:.{count}g}"
    if "e" in text and 1e-4 < abs(value) < 1e6:
        text = f"{float(text):.0f}"
    return _minus(_power(text))


def _power(text):
    """1.2e-05 as 1.2 × 10⁻⁵."""
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}{SPACE}×{SPACE}10{raised}"


def _minus(text):
    if text.startswith("-") and not re.search("[1-9]", text):
        text = text[1:]  # nothing is left of it at these digits, and so no sign
    return text.replace("-", "−")


MOST = 15  # digits that a number of double precision has


def _counted(count, least):
    """`count`, the digits that a filter was asked for."""
    if isinstance(count, bool) or not isinstance(count, int) or not least <= count <= MOST:
        raise NumberError(
            f"digits are a whole number from {least} to {MOST}; received {paths.shown(count)}"
        )
    return count


def digits(number, count=3):
    """So many significant digits."""
    count = _counted(count, 1)
    return replace(number, text=_digits(_mean(number), count))


def decimals(number, count=2):
    """So many digits after the point."""
    count = _counted(count, 0)
    return replace(number, text=_minus(f"{_mean(number):.{count}f}"))


def percent(number, count=1, points=None):
    """A share as a percentage: 0.973 is 97.3 %; the difference of two in percentage points."""
    end, count = _end(number, _mean(number), points), _counted(count, 0)
    return replace(number, text=_minus(f"{100 * _mean(number):.{count}f}{end}"))


def is_difference(path):
    """Whether a path of a result names the difference of two shares, by one of `DIFFERENCES`.

    >>> is_difference("mlp.test_gaps.3"), is_difference("lost_from_two.layer.0")
    (True, True)
    >>> is_difference("table.test_accuracy.3"), is_difference("again.share")
    (False, False)
    """
    return bool(_DIFFERENCE.search(path))


def _end(number, low, points):
    """What stands behind a share, or a difference of shares, of which `low` is the least value."""
    if points not in (None, True, False):
        raise NumberError(
            f"{number.origin}: points is True or False; received {paths.shown(points)}"
        )
    if points is None:
        points = is_difference(number.origin.partition(": ")[2])
    if low < 0 and not points:
        raise NumberError(
            f"{number.origin} is below zero, so it is no share but a difference of shares; write "
            f"points=True, or name it in the result by one of {', '.join(DIFFERENCES)}"
        )
    return f"{SPACE}{'points' if points else '%'}"


def scientific(number, count=2):
    """A mantissa of so many digits and a power of ten."""
    count = _counted(count, 1)
    return replace(number, text=_minus(_power(f"{_mean(number):.{count - 1}e}")))


def unit(number, name):
    """The number, as it was formatted, with a unit behind it."""
    text = number.text or _digits(_mean(number), 3)
    return replace(number, text=f"{text}{SPACE}{name}")


def interval(number, count=2, share=False, points=None):
    """A Measured value with its 95 % interval: 2.00 (1.98 to 2.02).

    `share`: in percent, 97.3 % (97.0 to 98.0 %), and a difference of shares in percentage points,
    1.3 points (1.1 to 1.5).
    """
    if not isinstance(number.value, Measured):
        raise NumberError(f"{number.origin} has no interval: it is {number.value!r}")
    m, count = number.value, _counted(count, 0)
    end = _end(number, m.low, points) if share or points else ""
    scale = 100 if end else 1
    mean, low, high = (_minus(f"{scale * v:.{count}f}") for v in (m.mean, m.low, m.high))
    last = end if end.endswith("%") else ""  # "points" is said once
    return replace(number, text=f"{mean}{end} ({low} to {high}{last})")


FILTERS = (digits, decimals, percent, scientific, unit, interval)
problems = []  # of the page that is being rendered; the page hook raises them as one clean error


class _Missing(str):
    """Stands where a number could not be had; filters leave it alone."""


def _collected(function):
    """`function` for templates: an error is noted, not raised into the plugin's traceback."""

    @functools.wraps(function)
    def wrapper(first, *arguments, **options):
        if isinstance(first, _Missing):
            return first
        try:
            return function(first, *arguments, **options)
        except UserError as error:
            problems.append(str(error))
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            problems.append(f"{function.__name__}(…): {paths.shown(str(first))}: {error}")
        return _Missing()

    return wrapper


def collected_macro(function, name=None):
    """A macro, on pages called `name`, whose UserError is told by the page hook, in one line.

    So is a call with arguments that it does not take.
    """

    @functools.wraps(function)
    def wrapper(*arguments, **options):
        try:
            return function(*arguments, **options)
        except UserError as error:
            problems.append(str(error))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            asked = [*map(paths.shown, arguments), *(f"{each}=…" for each in options)]
            told = f"{type(error).__name__}: {error}"[:200]
            problems.append(f"{name or function.__name__}({', '.join(asked)}): {told}")
        return _Missing()

    return wrapper


def define_env(env):
    """Called by mkdocs-macros: its `number` macro and the filters."""
    root = Path(env.conf["config_file_path"]).parent
    env.macro(_collected(functools.wraps(number)(functools.partial(on_page, root))), "number")
    for each in FILTERS:
        env.filter(_collected(each))
