"""The measure itself: it finds a fault that is planted, and none in a sample."""

from collections import Counter

import numpy as np
import pytest

from tests.staleness import __main__ as staleness
from tests.staleness import edits, small, truth
from tests.staleness.case import DEAD, Case
from trainingtips.press.checking import settings
from trainingtips.press.kept import keys, sources

ORDER, NUMBERS = "order of statements", "constants"


def judged(root, kind, count, seed=0):
    """Yields what comes of edits of that kind in small projects, one after another."""
    chance = staleness.random.Random(seed)
    for number in range(4):
        folder = root / str(number)
        small.write(folder, chance)
        files = [*(f"lab/{n}.py" for n in ("one", "two", "three")), "figures/demo/s.py"]
        case = Case(folder, "demo/s")
        for _ in range(count // 4):
            yield case.after(chance, kind, files)[0]


def forgetful(monkeypatch, forgotten):
    """Keys without the digests of what `forgotten(name, digest)` says."""
    parts = keys.Walk.parts

    def fewer(self):
        return [part for part in parts(self) if not forgotten(*part[1:])]

    monkeypatch.setattr(keys.Walk, "parts", fewer)


def test_a_key_that_forgets_values_is_found_out(tmp_path, monkeypatch):
    forgetful(monkeypatch, lambda name, _: name.startswith(("value_", "STEPS_", "RATE_")))
    assert "stale" in judged(tmp_path, NUMBERS, 60)


def test_a_key_that_forgets_the_order_is_found_out(tmp_path, monkeypatch):
    drawn = next(way for way in small.WAYS if "randint" in way)
    monkeypatch.setattr(small, "WAYS", [drawn] * 6)
    forgetful(monkeypatch, lambda name, _: name == "effect 0")
    assert "stale" in judged(tmp_path, ORDER, 32)


def test_a_key_that_forgets_what_an_import_is_put_over_is_found_out(tmp_path, monkeypatch):
    over = next(way for way in small.WAYS if "as turn_" in way)
    monkeypatch.setattr(small, "WAYS", [over] * 6)
    monkeypatch.setattr(sources, "_rebinds", lambda *_: False)
    assert "stale" in judged(tmp_path, ORDER, 32)


SETTING, DATA = "settings", "data"


@pytest.fixture
def one(tmp_path):
    """A project whose script imports nothing by a star, which would make all of it count."""
    script = tmp_path / "figures/demo/s.py"
    for seed in range(99):
        small.write(tmp_path, staleness.random.Random(seed))
        if "import *" not in script.read_text():
            return tmp_path
    raise AssertionError("each of them has a star")


@pytest.mark.parametrize(
    ("kind", "files", "forgotten"),
    [
        (SETTING, ["figures/demo/s.py"], {"setting": {}}),
        (DATA, [], {"inputs": {}}),
    ],
)
def test_a_settings_key_that_forgets_is_found_out(one, monkeypatch, kind, files, forgotten):
    digest = keys.digest

    def fewer(value):
        made = isinstance(value, dict) and "setting" in value
        return digest(value | forgotten if made else value)

    monkeypatch.setattr(keys, "digest", fewer)
    case, chance = Case(one, "demo/s@one"), staleness.random.Random(0)
    assert "stale" in (case.after(chance, kind, files)[0] for _ in range(16))


@pytest.mark.parametrize(("forgets", "outcome"), [(True, "stale"), (False, "seen")])
def test_a_verdict_that_forgets_its_claim_is_found_out(one, monkeypatch, forgets, outcome):
    """On a setting the verdict is kept, too: another limit in claim() may change it."""
    if forgets:
        monkeypatch.setattr(settings, "key", lambda plan, state: state.result_key)
    script = one / "figures/demo/s.py"
    case = Case(one, "demo/s@one")
    other = "-1e9" if case.value[1].endswith("true]") else "1e9"
    script.write_text(script.read_text().replace("LIMIT = 200", f"LIMIT = {other}"))
    assert case._judged() == outcome


def test_files_that_a_setting_names_are_its_own(tmp_path):
    small.write(tmp_path, staleness.random.Random(0))
    assert truth.inputs(tmp_path, "demo/s") == ["data/numbers.txt"]
    assert truth.inputs(tmp_path, "demo/s@one") == ["data/others.txt"]
    script = tmp_path / "figures/demo/s.py"
    script.write_text(script.read_text().replace('["data/others.txt"]', "[]"))
    assert truth.inputs(tmp_path, "demo/s@one") == [], "none is not the script's own"


def test_a_setting_that_opens_another_file_than_its_own_is_refused(tmp_path):
    small.write(tmp_path, staleness.random.Random(0))
    script = tmp_path / "figures/demo/s.py"
    text = script.read_text()
    script.write_text(text.replace('read(own["inputs"][0])', 'read("data/numbers.txt")'))
    assert truth.built(tmp_path, "demo/s")[1] == "value"
    assert truth.built(tmp_path, "demo/s@one")[1] == "refused"


@pytest.mark.parametrize("name", ["x.txt", "x.npz"])
def test_an_edit_of_data_is_another_number_in_a_file_that_can_be_read(tmp_path, name):
    path, chance = tmp_path / name, staleness.random.Random(0)
    old = {"x": np.arange(6, dtype="u1").reshape(2, 3), "y": np.zeros(4), "n": np.array(3)}
    path.write_text("1\n") if name == "x.txt" else np.savez(path, **old)
    for _ in range(8):
        path.write_bytes(edits.data(path, chance))
        if name == "x.npz":
            with np.load(path) as new:
                changed = sum((new[each] != old[each]).sum() for each in old)
                assert changed == 1
                old = dict(new)
        else:
            assert [float(line) for line in path.read_text().split()]


def test_a_worker_that_computes_another_number_is_found_out(tmp_path, monkeypatch):
    built = truth.built

    def other(root, name="demo/s"):
        key, kind, value = built(root, name)
        return key, kind, value.replace("1", "2")

    small.write(tmp_path, staleness.random.Random(0))
    case = Case(tmp_path, "demo/s")
    monkeypatch.setattr(truth, "built", other)
    chance = staleness.random.Random(0)
    assert "wrong" in (case.after(chance, "data", [])[0] for _ in range(8))


def test_what_cannot_be_executed_is_not_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(truth, "SECONDS", 1)
    small.write(tmp_path, staleness.random.Random(0))
    case = Case(tmp_path, "demo/s")
    path = tmp_path / "figures/demo/s.py"
    path.write_text(path.read_text().replace("FACTOR = 3", "FACTOR = 1 / 0"))
    assert case._judged() == DEAD
    path.write_text(path.read_text().replace("1 / 0", "sum(iter(int, 1))"))
    assert case._judged() == DEAD, "it does not end"


@pytest.mark.parametrize("seed", [101, pytest.param(102, marks=pytest.mark.long)])
def test_in_a_sample_nothing_is_stale(seed):
    found = Counter(outcome for _, outcome in staleness.of_small(40, seed))
    assert found["stale"] == found["wrong"] == 0
    assert found["seen"] and found["kept"] and found["refused"]


def test_a_case_begins_with_a_builder_that_is_right(tmp_path, monkeypatch):
    small.write(tmp_path, staleness.random.Random(0))
    monkeypatch.setattr(truth, "plain", lambda *_: ("value", "{}"))
    with pytest.raises(AssertionError, match="by plain Python"):
        Case(tmp_path, "demo/s")


def test_pieces_are_added_up_and_only_of_the_same_code(tmp_path, monkeypatch):
    out = tmp_path / "staleness.json"
    monkeypatch.setattr(staleness, "OUT", out)
    monkeypatch.setattr(staleness, "of_small", lambda count, *_, **__: [("data", "seen")] * count)
    monkeypatch.setattr(staleness, "of_real", lambda count, *_, **__: [("bases", "kept")] * count)
    assert staleness.main(["--small", "3", "--real", "2"]) == 0
    assert staleness.main(["--small", "4", "--real", "1", "--seed", "1", "--more"]) == 0
    kept = staleness.json.loads(out.read_text())
    assert kept["seeds"] == [0, 1] and kept["all"]["tried"] == 10
    assert kept["where"][staleness.SMALL]["kinds"]["data"]["seen"] == 7
    with pytest.raises(SystemExit, match="--seed 1 has been tried"):
        staleness.main(["--seed", "1", "--more"])
    monkeypatch.setattr(staleness, "code", lambda: "another")
    with pytest.raises(SystemExit, match="other code"):
        staleness.main(["--seed", "2", "--more"])
