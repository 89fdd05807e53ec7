"""Fuzzing what reads files and pages: it refuses with its own error, and with no other.

`make test` runs two hundred cases of each, `make test-long` two thousand; `make fuzz` runs more
than 100,000 in all and says how many.
"""

import hashlib
import json
from collections import Counter
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trainingtips.press.base import files
from trainingtips.press.base.errors import ResultError, UsageError, UserError
from trainingtips.press.content import folklore, numbers
from trainingtips.press.kept import given as given_data
from trainingtips.press.kept import records, results, scripts, sources
from trainingtips.press.pages import pages
from trainingtips.statistics import Measured

COUNTS = Counter()
SETTINGS = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PROFILE = settings.get_current_profile_name()
SHARE = {"fuzz": 10_500, "long": 2_000}.get(PROFILE, 200)
fuzzed = settings(SETTINGS, max_examples=SHARE)
pytestmark = [pytest.mark.long] if PROFILE == "long" else []

READABLE = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8)
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)
WHOLE = st.integers(-(2**63), 2**63 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SORTED = st.lists(FINITE, min_size=3, max_size=3).map(sorted)
MEASURED = st.builds(lambda v, n: Measured(v[1], v[0], v[2], n), SORTED, st.integers(1, 10**6))
GOOD = st.recursive(
    READABLE | st.booleans() | WHOLE | FINITE | MEASURED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(READABLE, inner, max_size=4),
    max_leaves=12,
)
ODD = st.sampled_from(
    [float("nan"), float("inf"), 1e308, -0.0, 10**19, 10**400, 2**63, None, 1j, b"x", set(), object]
)
BAD = st.recursive(
    ANY_TEXT | st.integers() | st.floats() | ODD,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(ANY_TEXT | st.integers(), inner, max_size=4)
        | st.fixed_dictionaries(dict.fromkeys(("mean", "low", "high", "n"), inner))
    ),
    max_leaves=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
MARKS = [
    "..",
    "/",
    "\\",
    "\0",
    "\n",
    "~",
    "demo/a",
    "demo/_runs",
    "figures/",
    "results",
    "é",
    "a" * 300,
]
PATHS = st.lists(st.sampled_from(MARKS) | ANY_TEXT, max_size=5).map("".join)


@contextmanager
def counted(name):
    COUNTS[name] += 1
    yield


@pytest.fixture(scope="module", autouse=True)
def told(request):
    yield
    lines = [f"{name}: {count:,}" for name, count in COUNTS.items()]
    lines.append(f"fuzz cases in all: {COUNTS.total():,}")
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("", *lines, sep="\n")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project with one script, its result and its pictures' record."""
    root = tmp_path_factory.mktemp("fuzz")
    text = '"""It holds."""\nALT = "x"\n\n\ndef compute():\n    return {}\n\n\n'
    text += "def claim(result):\n    assert result\n\n\ndef draw(result, figure):\n    pass\n"
    files.replace(root / "figures/demo/a.py", text.encode())
    value = {"m": Measured(1.0, 0.5, 2.0, 3), "v": [[1.0, 2.0], [3.0, 4.0]], "s": "<b>", "n": 4}
    kept = results.Kept("k", "holds", 1.5, {"python": "3"}, results.encode(value), "demo/a")
    files.replace(root / "results/demo/a.json", kept.text().encode())
    picture = {"sha256": "0" * 64, "width": 720, "height": 400}
    names = ("a.light.svg", "a.dark.svg", "a.narrow.light.svg", "a.narrow.dark.svg")
    record = dict.fromkeys(("result_key", "result_hash", "picture_key"), "0" * 64)
    record |= {"format": records.FORMAT, "pictures": dict.fromkeys(names, picture)}
    files.replace(root / "build/figures/demo/a.json", json.dumps(record).encode())
    return root


def kept_text(plain, /, **changes):
    """A result file whose digest is right: nothing but its content can be refused."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    head = {"key": "k", "digest": hashlib.sha256(text.encode()).hexdigest(), "verdict": "holds"}
    return json.dumps(head | {"seconds": 1, "environment": {}, "result": plain} | changes)


def read_or_refused(path, data):
    """Reads, and uses what was read as the build and the pages do; only ResultError may come."""
    path.write_bytes(data)
    try:
        kept = results.read(path)
    except ResultError as error:
        assert len(str(error)) < 2000
        return None
    assert results.decode(kept.plain) is not None
    path.write_bytes(kept.text().encode())
    assert results.read(path) == kept
    return kept


@fuzzed
@given(st.dictionaries(READABLE, GOOD, max_size=5))
def test_what_is_encoded_written_and_read_is_the_same(root, value):
    with counted("round trip"):
        plain = results.encode(value)
        assert results.encode(plain) == plain, "six digits are six digits"
        kept = results.Kept("k", "holds", 0.5, {"python": "3"}, plain, f"{root.name}/trip")
        path = root / "trip.json"
        path.write_bytes(kept.text().encode())
        again = results.read(path)
        assert again == kept and json.dumps(again.plain) == json.dumps(plain)


@fuzzed
@given(BAD)
def test_encode_keeps_or_refuses(root, value):
    with counted("encode"):
        try:
            plain = results.encode({"x": value})
        except ResultError:
            return
        assert read_or_refused(root / "encoded.json", kept_text(plain).encode()).plain == plain


def test_encode_refuses_what_contains_itself():
    endless = []
    endless.append(endless)
    with pytest.raises(ResultError, match="contain itself"):
        results.encode({"x": endless})
    assert results.encode({"x": np.array([1.5], dtype=np.longdouble)}) == {"x": [1.5]}


@fuzzed
@given(st.dictionaries(ANY_TEXT, JSON, max_size=4), st.dictionaries(ANY_TEXT, JSON, max_size=1))
@example({"x": {"mean": "1", "low": 0, "high": 2, "n": 3}}, {})
@example({"x": {"mean": 1, "low": 2, "high": 3, "n": 3}}, {})
@example({"x": {"mean": 1, "low": 0, "high": 3, "n": 0}}, {})
@example({"x": 10**400}, {"seconds": 10**400})
@example({"x": float("inf")}, {"seconds": float("inf")})
@example({"x": "\ud800"}, {"key": "\udfff"})
def test_the_reader_refuses_or_can_be_relied_on(root, plain, changes):
    """Any JSON with the right digest."""
    with counted("reader, any JSON"):
        read_or_refused(root / "any.json", kept_text(plain, **changes).encode())


@st.composite
def damaged(draw, whole):
    """`whole`, bytes, with some cut out, put in twice, replaced or added."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        stop = draw(st.integers(start, min(len(data), start + 40)))
        piece = bytes(data[start:stop])
        data[start:stop] = draw(
            st.just(b"") | st.just(piece * 2) | st.binary(max_size=8) | st.sampled_from(PIECES)
        )
    return bytes(data)


PIECES = [
    b"1e999",
    b"NaN",
    b"[" * 200,
    b'{"a":1,"a":2}',
    b"\xff",
    b"\xef\xbb\xbf",
    b"null",
    b"9" * 30,
]
FILE = kept_text({"m": {"mean": 1.0, "low": 0.5, "high": 2.0, "n": 3}, "v": [1.0, 2.0]}).encode()


@fuzzed
@given(damaged(FILE) | st.binary(max_size=60))
def test_the_reader_refuses_a_damaged_file(root, data):
    with counted("reader, damaged bytes"):
        kept = read_or_refused(root / "damaged.json", data)
        assert kept is None or kept.plain == json.loads(FILE)["result"]


@fuzzed
@given(PATHS)
def test_any_path_is_read_or_refused(root, path):
    with counted("reader, any path"):
        for ask in (lambda: results.kept(root, path), lambda: results.read(root / path)):
            try:
                assert ask().verdict == "holds"
            except ResultError as error:
                assert "\0" not in str(error)


LINES = st.builds(
    "{}![{}]({}{}{}){}".format,
    st.sampled_from(["", " ", "\n", "text\n", "[", "!"]),
    ANY_TEXT | st.just(""),
    st.sampled_from(["figures/", "/figures/", "figures/../", "figures//", "FIGURES/"]),
    PATHS | st.sampled_from(["demo/a", "demo/b", "demo/_a"]),
    st.sampled_from([".svg", ".png", "", ".svg.svg", ".SVG"]),
    st.sampled_from(["", " ", "\n", "{: .x }", "\t", ")"]),
)
PAGE = SimpleNamespace(url="page.html")
FILES = SimpleNamespace(get_file_from_path=lambda uri: None)  # no list of claims


@fuzzed
@given(st.lists(LINES | ANY_TEXT, max_size=4).map("\n".join))
@example("![](figures/demo/a.svg)")
@example("![\n" * 500 + "](figures/demo/a.svg)")
def test_figure_lines_become_figures_or_are_refused(root, markdown):
    with counted("figure lines"):
        try:
            shown = pages.FIGURE.sub(
                lambda match: pages._figure(match, root, PAGE, FILES), markdown
            )
        except UserError as error:
            assert len(str(error)) < 400
        else:
            lines = [each["path"] for each in pages.FIGURE.finditer(markdown) if not each["code"]]
            assert shown.count('id="figure-demo-a"') == len(lines)
            assert set(lines) <= {"figures/demo/a.svg"}


STEPS = st.sampled_from(
    ["m", "v", "s", "n", "mean", "low", "0", "1", "-1", "2", "9" * 5000, "٣", ""]
)
ASKED = st.lists(STEPS | ANY_TEXT, max_size=4).map(".".join)
FILTERS = st.lists(
    st.tuples(
        st.sampled_from(numbers.FILTERS), st.sampled_from([(), (2,), (-1,), ("x",), (10**6,)])
    ),
    max_size=2,
)


@fuzzed
@given(st.sampled_from(["demo/a", "demo/b", "../a", 3, None]) | PATHS, ASKED | st.none(), FILTERS)
def test_numbers_are_shown_or_noted(root, name, path, filters):
    """As mkdocs-macros calls them: a fault is noted for the page hook, never raised."""
    with counted("numbers"):
        numbers.problems.clear()
        shown = numbers._collected(lambda *asked: numbers.number(root, *asked))(name, path)
        for function, arguments in filters:
            shown = numbers._collected(function)(shown, *arguments)
        if isinstance(shown, numbers._Missing):
            assert len(numbers.problems) == 1 and len(numbers.problems[0]) < 2000
        elif filters or not isinstance(shown.value, str):
            text = str(shown)
            assert text.count("<") == 2 and text.count('"') in (4, 6)


PARTS = """ALT = @INPUTS = @VERDICT = @CHAOS = @HARDWARE = @'x'
@[1]
@['../x']
@{[]: 1}
@f'{x}'
@def compute(): pass
@def compute(*, data=1): pass
@def claim(r): assert r
@def draw(r, f): pass
@class@(@
@    @\0@True
@1
@lambda: 0
@import os
@async def f(): pass
@return
@nonlocal x
"""
NOISE = st.sampled_from([*PARTS.split("@"), '"""It."""\n', "-" * 500])


@fuzzed
@given(st.lists(NOISE | ANY_TEXT, max_size=12).map("".join))
def test_any_script_is_read_or_refused(root, text):
    with counted("scripts"):
        path = root / "figures/demo/noise.py"
        path.write_bytes(text.encode(errors="replace"))
        try:
            script = scripts.read_script(root, "demo/noise")
        except UserError as error:
            assert "figures/demo/noise.py" in str(error)
        else:
            assert script.claim.endswith(".")
        finally:
            path.unlink()


@fuzzed
@given(st.lists(NOISE | ANY_TEXT, max_size=12).map("".join))
def test_any_module_is_summarised_or_refused(root, text):
    with counted("modules"):
        try:
            summary = sources.summarise(text)
        except (SyntaxError, ValueError, RecursionError):  # `keys` turns these into a ScriptError
            return
        assert json.loads(json.dumps(summary)) == summary


@fuzzed
@given(st.data())
def test_any_data_file_is_sound_or_refused(root, data):
    with counted("data files"):
        path = root / "data.npz"
        if not (root / "whole.npz").exists():
            np.savez(root / "whole.npz", x=np.zeros((3, 2), "f4"), y=np.arange(3))
        path.write_bytes(data.draw(damaged((root / "whole.npz").read_bytes())))
        try:
            given_data.check(str(path))
        except UsageError as error:
            assert len(str(error)) < 400


SAID = dict.fromkeys(("id", "sentence", "section", "why"), "x")
SAID |= {"source": "https://a.example/", "verdict": "open"}
LINES = ["- id: a\n", "  sentence: x\n", "  source: '[@a]'\n", "  section: demo\n", "  why: y\n"]
LINES += ["  verdict: open\n", "  claims: [demo/a]\n", "  front: true\n", "- &a [*a]\n", "? [a\n"]
LINES += ["  <<: *a\n", "--- ", "!!binary ", "%YAML 9\n", "\t", "|2\n", "'", '"', "#", "&a ", "*a "]


@fuzzed
@given(
    st.lists(st.sampled_from(LINES) | ANY_TEXT, max_size=16).map("".join)
    | st.dictionaries(st.sampled_from([*folklore.KEYS, "no"]), JSON).map(
        lambda values: json.dumps([SAID | values])
    )
)
def test_any_list_of_sentences_is_read_or_refused(text):
    with counted("sentences"):
        try:
            found = folklore.parse(text)
        except UserError as error:
            assert str(error).startswith("docs/folklore.yml"), error
            assert len(str(error)) < 5000
        else:
            for saying in found:
                assert saying.id and saying.sentence and saying.verdict in folklore.VERDICTS
