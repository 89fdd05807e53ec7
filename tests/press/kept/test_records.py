"""A picture's record is believed where it is whole, and is nothing else."""

import json

import pytest

from trainingtips.press.kept import records, scripts

SCRIPT = scripts.Script("demo/a", "", "", "", "", "holds", False, (), ())
NAMES = {"a.light.svg", "a.dark.svg", "a.narrow.light.svg", "a.narrow.dark.svg"}


def whole():
    picture = {"sha256": "0" * 64, "width": 720, "height": 400}
    keys = dict.fromkeys(("result_key", "result_hash", "picture_key"), "f" * 64)
    return {"format": records.FORMAT, **keys, "pictures": {name: dict(picture) for name in NAMES}}


def kept(root, record):
    path = root / records.FOLDER / "demo/a.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(record if isinstance(record, str) else json.dumps(record))
    return records.read(root, SCRIPT)


def test_pictures_have_a_name_for_each_theme_and_layout():
    assert records.picture_names(SCRIPT) == NAMES
    shared = scripts.Script("demo/_a", "", "", "", "", "holds", False, (), ())
    assert records.picture_names(shared) == set()


def test_a_whole_record_is_read(tmp_path):
    assert records.read(tmp_path, SCRIPT) == {}
    assert kept(tmp_path, whole()) == whole()


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "null", "[" * 100_000, '{"format": 1}'])
def test_what_is_no_record_is_none(tmp_path, text):
    assert kept(tmp_path, text) == {}


@pytest.mark.parametrize("key", ["result_key", "result_hash", "picture_key"])
@pytest.mark.parametrize("value", [None, 1, "", "0" * 63, "G" * 64, "0" * 64 + "\n"])
def test_a_hash_is_one(tmp_path, key, value):
    assert kept(tmp_path, whole() | {key: value}) == {}


@pytest.mark.parametrize(
    ("side", "value"),
    [
        ("width", 0), ("width", -1), ("height", 10_000), ("height", 1.5), ("width", True),
        ("sha256", "x"),
    ],
)  # fmt: skip
def test_a_picture_has_a_size_and_a_hash(tmp_path, side, value):
    record = whole()
    record["pictures"]["a.dark.svg"][side] = value
    assert kept(tmp_path, record) == {}


def test_no_other_file_is_published(tmp_path):
    record = whole()
    record["pictures"]["../../mkdocs.yml"] = record["pictures"].pop("a.dark.svg")
    assert kept(tmp_path, record) == {}
    record = whole()
    del record["pictures"]["a.dark.svg"]
    assert kept(tmp_path, record) == {}
