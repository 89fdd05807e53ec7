"""The record of fresh draws: what it says, and what it refuses."""

import json
from dataclasses import replace

import pytest

from tests.projects import SITE
from trainingtips.press.base.errors import ResultError, UserError
from trainingtips.press.checking import draws
from trainingtips.press.content import ledger
from trainingtips.press.kept import scripts


def entry(passed, tried, wanted=20, same=False):
    found = draws.Entry("0" * 64, wanted)
    for draw in range(1, tried + 1):
        failure = "" if draw <= passed else "a < b: measured 3"
        found.add(draw, "d" if same else f"d{draw}", failure, {"m": draw <= passed})
    return found


@pytest.mark.parametrize(
    ("passed", "tried", "good"),
    [(19, 20, True), (18, 20, False), (8, 8, True), (7, 8, False), (0, 0, True), (38, 40, True)],
)
def test_ninety_five_in_a_hundred_are_right(passed, tried, good):
    assert entry(passed, tried).good is good


def test_what_stands_beside_a_claim():
    assert entry(20, 20).told() == "on 20 of 20 fresh draws"
    assert entry(3, 20).told() == "on 3 of 20 fresh draws"
    assert entry(5, 7).told() == "on 5 of 7 fresh draws so far"
    assert entry(2, 2, same=True).told() == "no chance in it"
    assert entry(0, 2, same=True).told() == "on 0 of 2 fresh draws"
    assert not entry(1, 1, same=True).chanceless
    assert draws.note({"a/b": None}, "a/b") == "not yet tried on fresh draws"
    assert draws.note({}, "a/b") == ""


def test_intervals_that_hold_a_new_mean():
    def measured(mean, low, high):
        return {"mean": mean, "low": low, "high": high, "n": 4}

    kept = {"a": measured(1.0, 0.5, 2.0), "b": [measured(1.0, 0.5, 2.0)] * 2, "c": {"d": 3.0}}
    new = {"a": measured(2.0, 1.9, 2.1), "b": [measured(2.1, 2.0, 2.2)], "c": 1}
    assert dict(draws.intervals(kept, new)) == {"a": True, "b.0": False, "b.1": None}
    assert dict(draws.intervals(kept, {})) == {"a": None, "b.0": None, "b.1": None}
    found = draws.Entry("k", 8)
    found.add(1, "x", "", dict(draws.intervals(kept, new)))
    found.add(2, "y", "", dict(draws.intervals(kept, kept)))
    assert found.held == (4, 5)


def test_which_draws_of_earlier_code_may_stand():
    old, new = entry(3, 5), entry(1, 1)
    old.claim, old.kept = new.claim, new.kept = "c", "r"
    assert new.like(old) and new.bears_out(old, 1)
    assert not new.like(draws.Entry("k", 20, "c", "r")), "nothing was drawn"
    new.digests[1] = "another"
    assert not new.bears_out(old, 1)
    assert not replace(new, kept="other").like(old)
    assert replace(new, claim="other").like(old), "its draws are judged anew"
    new.digests[6] = "d6"
    assert not new.bears_out(old, 6), "the other code was not tried there"
    old.digests[1] = new.digests[1] = ""
    assert not new.bears_out(old, 1), "compute() failed in both"


def test_what_is_written_is_read_again(tmp_path):
    entries = {"b/c": entry(3, 5), "a/b": entry(2, 2, 8, same=True)}
    entries["b/c"].absent["m"] = [4]
    draws.write(tmp_path, entries)
    assert draws.read(tmp_path) == entries
    assert list(json.loads((tmp_path / draws.PATH).read_text())["claims"]) == ["a/b", "b/c"]
    assert draws.read(tmp_path / "elsewhere") == {}


def plain():
    return {
        "key": "k",
        "wanted": 20,
        "claim": "c",
        "kept": "r",
        "digests": {"1": "x"},
        "failed": {},
        "outside": {"m": []},
        "absent": {},
    }


def record(claims):
    return json.dumps({"format": draws.FORMAT, "claims": claims})


DAMAGED = {
    "": "Expecting value",
    "[]": "not a record of draws",
    '{"format": 2, "claims": {"a/b": ': "Expecting value",
    '{"format": 9, "claims": {}}': "its format is 9, expected 2",
    '{"format": 2}': "it has no 'claims'",
    '{"format": 2, "claims": []}': "not a record",
    '{"format": 2, "format": 2, "claims": {}}': "twice",
    "[" * 100_000: "not a record of draws",
}
CHANGES = [
    {"key": 3},
    {"wanted": "20"},
    {"wanted": True},
    {"claim": None},
    {"kept": 1},
    {"digests": ["x"]},
    {"digests": {"one": "x"}},
    {"digests": {"0": "x"}},
    {"digests": {"1": 2}},
    {"failed": {"2": "a draw that was not tried"}},
    {"outside": {"m": [2]}},
    {"outside": {"m": "1"}},
    {"outside": {"m": [1.0]}},
    {"absent": {"other": [1]}},
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_told_with_what_to_do(tmp_path, text):
    _refused(tmp_path, text, DAMAGED[text])


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_damaged_entry_is_told_with_its_claim(tmp_path, change):
    _refused(
        tmp_path, json.dumps({"format": draws.FORMAT, "claims": {"a/b": plain() | change}}), "a/b"
    )


@pytest.mark.parametrize("name", ["a", "../a/b", "a/b\n"])
def test_a_name_that_is_none_is_told(tmp_path, name):
    _refused(
        tmp_path,
        json.dumps({"format": draws.FORMAT, "claims": {name: plain()}}),
        "no claim's entry",
    )


@pytest.mark.parametrize("missing", plain())
def test_an_entry_without_a_part_is_told(tmp_path, missing):
    rest = {name: value for name, value in plain().items() if name != missing}
    _refused(tmp_path, record({"a/b": rest}), f"a/b' has no '{missing}'")


def _refused(root, text, reason):
    (root / "results").mkdir()
    (root / draws.PATH).write_text(text)
    with pytest.raises(ResultError) as told:
        draws.read(root)
    message = str(told.value)
    assert message.startswith("results/redraws.json: not a record of draws: ")
    assert reason in message
    assert message.endswith("or remove it and draw anew: make redraw")


def test_a_folder_in_its_place_is_told(tmp_path):
    (tmp_path / draws.PATH).mkdir(parents=True)
    with pytest.raises(ResultError, match="cannot be read"):
        draws.read(tmp_path)


def test_a_page_says_it_once_it_is_known(built):
    lines = "\n\n".join(f"![](figures/demo/{name}.svg)" for name in "ab")
    built.write("mkdocs.yml", SITE)
    built.write("docs/index.md", f"---\ndescription: A page.\n---\n\n# Page\n\n{lines}\n")
    built.run("site")
    page = built.root / "site/index.html"
    assert "fresh draws" not in page.read_text() and "no chance" not in page.read_text()
    built.run("redraw", "demo/a")
    assert "the site is fresh" not in built.run("site")
    first, second = page.read_text().split('<figure class="claim"')[1:]
    assert "; no chance in it<" in first
    assert "; not yet tried on fresh draws<" in second


def test_the_switch_makes_a_site_stop_at_what_falls_short(built, monkeypatch):
    built.run("redraw")
    (built.root / "docs").mkdir()
    (built.root / "docs/demo.md").write_text("# Demo\n\n![](figures/demo/a.svg)\n")
    (built.root / "docs/references.bib").write_text("")
    entries = draws.read(built.root)
    entries["demo/a"].failed[1] = "n == 4"
    entries["demo/a"].digests[2] = "another"
    entries["demo/a"].wanted = 2
    draws.write(built.root, entries)
    ledger.check(built.root, built.root / "docs")
    assert [row.drawn for row in ledger.rows(built.root, built.root / "docs")] == [
        "on 1 of 2 fresh draws",
        "no chance in it",
    ]
    monkeypatch.setattr(draws, "STOPS_SITE", True)
    with pytest.raises(UserError, match=r"figures/demo/a\.py: on 1 of 2 fresh draws"):
        ledger.check(built.root, built.root / "docs")


def test_what_is_made_of_the_record_itself_is_not_drawn(built):
    """Its key would change with each of its own entries, so that no series would ever end."""
    (built.root / draws.PATH).write_text("{}")
    built.replace("figures/demo/a.py", "ALT =", f'INPUTS = ["{draws.PATH}"]\nALT =')
    names = ["demo/a", "demo/b"]
    found = [draws.tried(scripts.read_script(built.root, name)) for name in names]
    assert found == [False, True]


def test_another_processor_bears_out_by_what_came_out():
    earlier, same, other = entry(2, 3), draws.Entry("1" * 64, 20), draws.Entry("2" * 64, 20)
    same.add(1, "other digits", "", {"m": True})
    other.add(1, "other digits", "", {"m": False})
    assert same.bears_out(earlier, 1, elsewhere=True) and not same.bears_out(earlier, 1)
    assert not other.bears_out(earlier, 1, elsewhere=True), "an interval is missed"
    other.add(3, "again others", "", {"m": False})
    assert not other.bears_out(earlier, 3, elsewhere=True), "it failed there"
    other.add(4, "new", "", {"m": True})
    assert not other.bears_out(earlier, 4, elsewhere=True), "it was not drawn there"
