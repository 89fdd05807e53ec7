"""Kept edits on a page: counted by kind and place."""

import json

import markdown

from trainingtips.press.content import staleness

COUNTS = {"stale": 0, "wrong": 0, "seen": 700, "refused": 10, "kept": 260}
COUNTS |= {"same": 30, "needless": 100}
ALL = {"tried": 1100, **COUNTS, "dead": 7}
KEPT = {
    "where": {"here": {"kinds": {"bases": ALL}, "all": ALL}},
    "all": ALL | {"tried": 2200, "stale": 3},
}


def test_kinds_have_a_row_each_place_a_sum_and_so_has_all(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / staleness.STALENESS).write_text(json.dumps(KEPT))
    rows = staleness.staleness_table(tmp_path).splitlines()[2:]
    numbers = "0 | 0 | 30 | 100 |"
    assert rows == [
        f"| here: bases | 1,100 | {numbers}",
        f"| **here, all** | 1,100 | {numbers}",
        "| **all** | 2,200 | 3 | 0 | 30 | 100 |",
    ]


def test_a_kind_and_a_place_are_shown_as_they_are():
    kept = {"where": {"<b>|": {"kinds": {"*x*": ALL}, "all": ALL}}, "all": ALL}
    rows = staleness.table(kept).splitlines()
    assert all(row.count("|") == 7 for row in rows), "a bar in a name must not make a column"
    page = markdown.markdown("\n".join(rows), extensions=["tables"])
    assert "&#60;b&#62;&#124;: &#42;x&#42;" in page and "<b>" not in page
    assert "<b>" not in markdown.markdown(staleness.sentence(kept))


def test_the_sums_in_a_sentence():
    told = staleness.sentence(KEPT)
    assert told.startswith("Of 2,200 edits, 3 left a number stale and 0 gave a wrong one;")
    assert "computed for nothing were 4.5%, 9.1% in here; another 2.7% in here were of what" in told


def test_before_the_first_run_it_says_how_to_make_one(tmp_path):
    assert staleness.staleness_table(tmp_path) == staleness.MISSING
    assert staleness.staleness_counts(tmp_path) == staleness.MISSING
