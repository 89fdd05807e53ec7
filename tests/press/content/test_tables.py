"""Numbers and tables of the benchmark: from the file, with the budget's verdict."""

import html
import json
import re

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.content import checkup, mutants, numbers, staleness, tables

ROWS = [
    {"what": "plain | ours", "ratio": 4.567, "budget": "≥ 5", "note": "9 s against <2> s"},
    {"what": "nothing", "ratio": None, "budget": "≤ 0.2 s", "note": "", "seconds": 0.2},
    {"what": "error", "ratio": None, "budget": None, "note": "not installed"},
]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/bench.json").write_text(json.dumps({"builder": {"rows": ROWS}}))
    return tmp_path


def test_a_number_is_the_files_and_takes_filters(root):
    found = numbers.digits(tables.bench(root, "plain | ours"), 2)
    assert ">4.6</data>" in str(found)
    assert 'title="results/bench.json: plain | ours"' in html.unescape(str(found))
    assert tables.bench(root, "nothing", "seconds").value == 0.2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothin",), "did you mean 'nothing'"),
        (("nothing",), "the row has no ratio"),
        (("error",), "not installed"),
    ],
)
def test_a_number_that_is_not_there(root, arguments, told):
    with pytest.raises(numbers.NumberError, match=told):
        tables.bench(root, *arguments)


def test_the_table_says_which_budgets_are_met(root):
    _, _, *rows = tables.bench_table(root, "builder").splitlines()
    assert len(rows) == 3
    assert all(row.count("|") == 5 for row in rows), "a bar in a name must not make a column"
    assert "≥ 5, **not met**" in rows[0] and "&lt;2&gt;" in rows[0]
    assert "≤ 0.2 s, met" in rows[1]
    assert "met" not in rows[2].replace("not installed", "")


def test_a_sentence_says_whether_a_budget_is_met(root):
    assert tables.bench_verdict(root, "plain | ours") == "misses its budget"
    assert tables.bench_verdict(root, "nothing") == "meets its budget"
    with pytest.raises(numbers.NumberError, match="has no budget"):
        tables.bench_verdict(root, "error")
    with pytest.raises(numbers.NumberError, match="did you mean 'error'"):
        tables.bench_verdict(root, "eror")


def test_nothing_measured_yet(root):
    assert "make bench" in tables.bench_table(root, "package")
    with pytest.raises(numbers.NumberError, match="package, builder"):
        tables.bench_table(root, "builders")


def beside(measure, package, seconds, size, note="", error=2e-4):
    return {
        "what": f"{measure}, N: {package}", "ratio": None, "budget": None, "note": note,
        "measure": measure, "network": "N", "package": package, "products": 7,
        "seconds": seconds, "bytes": size, "found": 1.5, "error": None if note else error,
    }  # fmt: skip


def side_by_side(tmp_path, *rows):
    (tmp_path / "results").mkdir(exist_ok=True)
    record = {"package": {"rows": [*ROWS[:1], *rows]}}
    (tmp_path / "results/bench.json").write_text(json.dumps(record))
    return tables.side_by_side(tmp_path).splitlines()[2:], tables.side_by_side_verdict(tmp_path)


def test_side_by_side_the_least_is_bold_and_a_peer_that_is_ahead_is_told(tmp_path):
    rows, told = side_by_side(
        tmp_path, beside("trace", "ours", 2.0, 3e6), beside("trace", "peer", 1.0, 4e6),
        beside("trace", "third", None, None, "Error: a | b"), beside("alone", "ours", 1.0, 1e6),
    )  # fmt: skip
    assert [row.split(" | ")[1] for row in rows] == ["ours", "peer", "third", "ours"]
    assert [row.count("**") for row in rows] == [2, 2, 0, 0]
    assert all(row.count("|") == 8 for row in rows)
    assert "a &#124; b" in rows[2] and " | 7 | " in rows[0] and "10" in rows[0].split(" | ")[-1]
    assert told == (
        "In 1 of 2 comparisons a peer that is as exact is ahead: peer takes less processor time "
        "for the trace of the N."
    )
    assert len(tables.bench_table(tmp_path, "package").splitlines()) == 3, "those are not there"


def test_side_by_side_where_ours_is_the_least(tmp_path):
    _, told = side_by_side(tmp_path, beside("t", "ours", 1.0, 3e6), beside("t", "peer", 2.0, 4e6))
    assert told == "Ours takes the least processor time and the least memory of what is as exact."


def test_side_by_side_a_peer_that_does_less_is_told_with_its_error(tmp_path):
    ours, blind = beside("t", "ours", 2.0, 3e6), beside("t", "blind", 1.5, 2e6, error=None)
    quick, exact = (
        beside("t", "quick", 1.0, 4e6, error=3e-3),
        beside("t", "exact", 1.8, 4e6, error=1e-4),
    )
    _, told = side_by_side(tmp_path, ours, quick)
    assert re.sub("<[^>]*>", "", told).endswith(
        "In 1 a less exact one is ahead: quick takes less processor time for the t of the N, "
        "at 15 times the error."
    )
    _, told = side_by_side(tmp_path, ours, quick, exact)
    assert told == (
        "In 1 of 2 comparisons a peer that is as exact is ahead: exact takes less processor time "
        "for the t of the N."
    )
    _, told = side_by_side(tmp_path, ours, quick, blind)  # what tells no error is not held below
    assert told.startswith("In 2 of 2 comparisons") and "less exact" not in told


def test_nothing_side_by_side_yet(tmp_path):
    assert "make bench" in tables.side_by_side(tmp_path)
    assert "make bench" in tables.side_by_side_verdict(tmp_path)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        ({"ratio": 5.0, "budget": "≥ 5"}, True),
        ({"ratio": 4.999, "budget": "≥ 5"}, False),
        ({"ratio": 1.5, "budget": "≤ 1.5"}, True),
        ({"ratio": 9.0, "seconds": 0.21, "budget": "≤ 0.2 s"}, False),
        ({"ratio": None, "budget": "≥ 1"}, False),
    ],
)
def test_a_budget(row, met):
    assert tables.met(row) is met


def test_each_condition_is_counted(built):
    built.replace("figures/demo/a.py", "import numpy", "import os\n\nimport numpy")
    length = 'len(os.environ["ATEN_CPU_CAPABILITY"])'
    built.replace("figures/demo/a.py", '"n": 4', f'"n": 4, "x": 1 + {length} * 1e-5')
    built.build()
    assert "python -m trainingtips processors" in tables.processors_table(built.root)
    built.run("processors", "--column", "1 worker", "--column", "default")
    head, _, a, b, last = tables.processors_table(built.root).splitlines()
    assert head == "| result | 1 worker | default |"
    assert "| same digits |" in a and 'title="1 of 6 numbers changed">within</span>' in a
    assert b == "| `demo/b` | same digits | same digits |"
    assert last == "| same digits | 2 of 2 | 1 of 2 |"


BROKEN = {
    "text": "{",
    "list": "[]",
    "rows": '{"package": {"rows": [1]}}',
    "what": '{"package": {"rows": [{"what": 1, "note": "", "ratio": 1, "budget": null}]}}',
    "budget": '{"package": {"rows": [{"what": "a", "note": "", "ratio": 1, "budget": "<b>"}]}}',
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_table_of_measurements_that_is_none_is_one_sentence(tmp_path, kind):
    (tmp_path / "results").mkdir()
    (tmp_path / tables.BENCH).write_text(BROKEN[kind])
    with pytest.raises(numbers.NumberError, match=r"^results/bench\.json: not a table") as told:
        tables.bench_table(tmp_path, "package")
    assert "\n" not in str(told.value)


RECORDS = {
    checkup.checkup_table: checkup.SCORE,
    checkup.checkup_cases: checkup.SCORE,
    checkup.checkup_rival: checkup.RIVAL,
    mutants.mutants_table: mutants.MUTANTS,
    mutants.mutants_left: mutants.MUTANTS,
    staleness.staleness_table: staleness.STALENESS,
    staleness.staleness_counts: staleness.STALENESS,
}
CLUMSY = {
    "nothing": "",
    "cut off": '{\n "all": {"tried": 1,\n',
    "a list": "[1]",
    "a text": '"x"',
    "a number": "3",
    "other names": '{"6": {"other": 1}, "where": {"x": {}}, "files": {"x": {}}}',
    "texts for numbers": '{"6": {"ratio": "many", "shares": "x"}, "all": {"tried": "x"}}',
    "lists for names": '{"6": [1], "where": [[]], "files": [[]]}',
    "not a number": '{"6": {"ratio": NaN, "low": NaN, "high": Infinity}}',
    "nested": "[" * 100_000,
}


@pytest.mark.parametrize("macro", RECORDS, ids=lambda macro: macro.__name__)
@pytest.mark.parametrize("kind", CLUMSY)
def test_a_record_that_is_none_is_one_sentence_with_its_file(tmp_path, macro, kind):
    path = RECORDS[macro]
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(CLUMSY[kind])
    with pytest.raises(numbers.NumberError) as told:
        macro(tmp_path)
    assert str(told.value).startswith(path) and "\n" not in str(told.value)
    assert len(str(told.value)) < 400
    if kind == "cut off":
        assert str(told.value).startswith(f"{path}:3: "), "with its line"


@pytest.mark.parametrize("macro", RECORDS, ids=lambda macro: macro.__name__)
def test_a_record_that_is_no_text_is_one_sentence_with_its_file(tmp_path, macro):
    path = RECORDS[macro]
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes(b"{}\n\xff")
    with pytest.raises(UserError, match=r"\.json:2: the byte 0xff is no UTF-8"):
        macro(tmp_path)
    (tmp_path / path).unlink()
    (tmp_path / path).mkdir()
    with pytest.raises(UserError, match=rf"{path}: cannot be read"):
        macro(tmp_path)


def test_a_sum_of_no_edits_is_told(tmp_path):
    (tmp_path / "results").mkdir()
    none = dict.fromkeys(("tried", "stale", "wrong", "needless"), 0)
    kept = {"where": {"x": {"kinds": {}, "all": none}}, "all": none}
    (tmp_path / staleness.STALENESS).write_text(json.dumps(kept))
    with pytest.raises(numbers.NumberError, match="division by zero"):
        staleness.staleness_counts(tmp_path)


@pytest.mark.parametrize("field", ["ratio", "seconds"])
@pytest.mark.parametrize("value", ["'4'", "[4]", "true", "NaN"])
def test_a_measurement_that_is_no_number_is_one_sentence(tmp_path, field, value):
    row = {"what": "a", "note": "", "ratio": None, "budget": "≤ 3 s"}
    text = json.dumps({"package": {"rows": [row | {field: 12345}]}}, ensure_ascii=False)
    (tmp_path / "results").mkdir()
    (tmp_path / tables.BENCH).write_text(text.replace("12345", value.replace("'", '"')))
    with pytest.raises(numbers.NumberError, match=r"^results/bench\.json: not a table"):
        tables.bench_table(tmp_path, "package")
