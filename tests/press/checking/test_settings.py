"""The record of settings: what it says, and what it refuses."""

import json

import pytest

from trainingtips.press.base.errors import ResultError
from trainingtips.press.checking import settings

ENTRIES = {
    "b/c@text": settings.Entry("k", "d", "fails", "a < b: measured 3"),
    "a/b@cnn": settings.Entry("k", "e", "holds"),
}


def test_what_is_written_is_read_again(tmp_path):
    settings.write(tmp_path, ENTRIES)
    assert settings.read(tmp_path) == ENTRIES
    assert list(json.loads((tmp_path / settings.PATH).read_text())["settings"]) == sorted(ENTRIES)
    assert settings.read(tmp_path / "elsewhere") == {}


PLAIN = {"key": "k", "digest": "d", "verdict": "holds", "why": ""}
DAMAGED = {
    "": "Expecting value",
    "[]": "not a record of settings",
    '{"format": 2, "settings": {}}': "its format is 2, expected 1",
    '{"format": 1}': "it has no 'settings'",
    '{"format": 1, "format": 1, "settings": {}}': "twice",
    "[" * 100_000: "not a record of settings",
    **{
        json.dumps({"format": 1, "settings": {name: plain}}): told
        for name, plain, told in [
            ("a/b", PLAIN, "a/b"),
            ("../a@x", PLAIN, "../a@x"),
            ("a/b@x", PLAIN | {"verdict": "maybe"}, "no entry"),
            ("a/b@x", PLAIN | {"why": 3}, "no entry"),
            ("a/b@x", PLAIN | {"more": ""}, "more"),
            ("a/b@x", {"key": "k"}, "missing"),
        ]
    },
}


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:60])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path, text):
    (tmp_path / "results").mkdir()
    (tmp_path / settings.PATH).write_text(text)
    with pytest.raises(ResultError) as told:
        settings.read(tmp_path)
    assert str(told.value).startswith("results/settings.json: not a record of settings: ")
    assert DAMAGED[text] in str(told.value)
    assert str(told.value).endswith("compute anew: python -m trainingtips settings")


def test_a_folder_in_its_place_is_told(tmp_path):
    (tmp_path / settings.PATH).mkdir(parents=True)
    with pytest.raises(ResultError, match="cannot be read"):
        settings.read(tmp_path)


def test_counts_are_told_in_words():
    cells = [settings.Cell("a/b", "x", verdict) for verdict in ("fails", "holds", "holds")]
    assert settings.counts(cells) == "holds on 2, fails on 1"
    cells.append(settings.Cell("a/b", "y", settings.UNTRIED, "no pictures"))
    assert settings.counts(cells) == "holds on 2, fails on 1, not tried on 1"
    assert settings.counts(()) == ""
