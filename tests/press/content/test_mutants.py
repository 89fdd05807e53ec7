"""Kept faults on a page: counted by module, and each survivor as text, whatever it holds."""

import json

import markdown

from trainingtips.press.content import mutants

LEFT = {"line": 3, "function": "f", "was": "a | b", "now": "`<b>` * *x*", "kind": None, "why": None}
KEPT = {
    "possible": 7, "tried": 3, "killed": 2,
    "files": {
        "a.py": {"possible": 4, "tried": 3, "killed": 2, "survivors": [LEFT]},
        "b.py": {"possible": 3, "tried": 0, "killed": 0, "survivors": []},
    },
}  # fmt: skip


def test_modules_that_were_tried_have_a_row_and_all_have_a_sum(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / mutants.MUTANTS).write_text(json.dumps(KEPT))
    rows = mutants.mutants_table(tmp_path).splitlines()[2:]
    assert rows == [
        "| <code>a.py</code> | 4 | 3 | 2 | 1 open |",
        "| **all** | 7 | 3 | 2 | 1 open |",
    ]


def test_a_survivor_is_shown_as_it_is():
    page = markdown.markdown(mutants.listing(KEPT))
    assert page.startswith(
        "<ul>\n<li><code>a.py</code>, line 3, <code>f</code>: <code>a &#124; b</code>"
    )
    assert (
        "<code>&#96;&#60;b&#62;&#96; &#42; &#42;x&#42;</code>" in page and "not looked at" in page
    )


def test_before_the_first_run_it_says_how_to_make_one(tmp_path):
    assert mutants.mutants_table(tmp_path) == mutants.mutants_left(tmp_path) == mutants.MISSING
