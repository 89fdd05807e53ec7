"""Damaged, older and altered files; clocks set back; broken modules; many builds at once."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.projects import ROOT
from tests.waiting import alone, started
from trainingtips.press.base.errors import ResultError
from trainingtips.press.kept import records, results, scripts, sources

from .test_faults import edit_result


def cut(text, share):
    return text[: int(len(text) * share)]


def edited(text, change):
    content = json.loads(text)
    change(content)
    return json.dumps(content)


DAMAGE = {
    "empty": lambda text: "",
    "first_byte": lambda text: text[:1],
    "a_third": lambda text: cut(text, 0.33),
    "almost_all": lambda text: cut(text.rstrip(), 0.999),
    "zeros": lambda text: "\0" * len(text),
    "conflict": lambda text: f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n",
    "twice": lambda text: text.replace('"n": 4', '"n": 4, "n": 5'),
    "infinite": lambda text: text.replace('"n": 4', '"n": 1e999'),
    "huge": lambda text: text.replace('"n": 4', '"n": 1' + "0" * 5000),
    "deep": lambda text: text.replace('"n": 4', '"n": ' + "[" * 40 + "]" * 40),
    "bomb": lambda text: text.replace('"n": 4', '"n": ' + "[" * 100_000 + "]" * 100_000),
    "half_pair": lambda text: text.replace('"n": 4', '"n": "\\ud800"'),
    "escape": lambda text: text.replace('"n": 4', '"n": "\\u001b[2J"'),
    "older": lambda text: edited(text, lambda content: content.pop("digest")),
    "newer": lambda text: edited(text, lambda content: content.update(format=2)),
    "mistyped": lambda text: edited(text, lambda content: content.update(seconds="long")),
    "measured": lambda text: text.replace(
        '"n": 4', '"n": {"mean": 1, "low": 2, "high": 3, "n": 4}'
    ),
    "by_hand": lambda text: text.replace('"n": 4', '"n": 5'),
}


def test_every_damaged_result_is_named_left_alone_and_stops_no_other(project):
    for name in DAMAGE:
        project.script(f"demo/{name}", "wave.ripple(np.arange(4.0))")
    project.build()
    damaged = {}
    for name, damage in DAMAGE.items():
        path = project.root / f"results/demo/{name}.json"
        damaged[path] = damage(path.read_text())
        path.write_text(damaged[path])
    project.replace("figures/demo/b.py", '"blue"', '"red"')
    pictures = project.hashes()
    output = project.build(status=1)
    for name in DAMAGE:
        told = "changed by hand" if name == "by_hand" else "not a kept result"
        assert f"results/demo/{name}.json: " in output.replace("demo/" + name, f"demo/{name}")
        assert output.split(f"{name}.json: ")[1].startswith(
            "its numbers are not" if name == "by_hand" else told
        )
    assert f"{len(DAMAGE)} figures were not built" in output
    assert {path: path.read_text() for path in damaged} == damaged
    after = project.hashes()
    assert {path for path in after if after[path] != pictures[path]} == {
        path for path in after if "/b." in path
    }
    assert project.computed(project.build("--force")) == {
        *(f"demo/{name}" for name in (*DAMAGE, "a", "b"))
    }
    assert project.build() == "every figure is fresh\n"


def test_a_result_cut_off_anywhere_is_none(built):
    path = built.root / "results/demo/a.json"
    whole = path.read_bytes()
    kept = results.read(path)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            assert results.read(path) == kept, f"{length} bytes"  # the last newline alone
        except ResultError:
            continue
        assert length == len(whole) - 1


def test_one_wrong_byte_never_changes_a_number_unseen(built):
    path = built.root / "results/demo/a.json"
    whole = path.read_bytes()
    kept, refused = results.read(path), 0
    for place in range(len(whole)):
        for byte in (whole[place] ^ 1, whole[place] ^ 64, 0xFF):
            path.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
            try:
                assert results.read(path).plain == kept.plain
            except ResultError:
                refused += 1
    assert refused > len(whole)


@pytest.mark.parametrize("kind", ["cut", "byte", "list", "older", "bomb"])
def test_a_damaged_cache_costs_time_alone(built, kind):
    path = built.root / "build/cache/sources.json"
    head, _, text = path.read_bytes().partition(b"\n")
    summaries = json.loads(text)
    summary = next(each for each in summaries.values() if "double" in each.get("defined", ()))
    summary["units"][summary["defined"]["double"][0]]["digest"] = "0" * 64
    damaged = {
        "cut": head + b"\n" + text[: len(text) // 2],
        "byte": head + b"\n" + json.dumps(summaries).encode(),  # would give another key
        "list": b"[]",
        "older": json.dumps({"format": 1, "summaries": summaries}).encode(),
        "bomb": b"[" * 100_000,
    }[kind]
    path.write_bytes(damaged)
    (built.root / "build/cache/walks.json").unlink()
    assert built.build() == "every figure is fresh\n"
    assert path.read_bytes() == head + b"\n" + text


@pytest.mark.parametrize("kind", ["cut", "key", "gone"])
def test_damaged_walks_cost_time_alone(built, kind):
    path = built.root / "build/cache/walks.json"
    whole = path.read_bytes()
    reached = next(iter(json.loads(whole.partition(b"\n")[2]).values()))["reached"]
    damaged = {"cut": whole[: len(whole) // 2], "key": whole.replace(reached.encode(), b"0" * 64)}
    path.write_bytes(damaged.get(kind, b""))
    assert built.build() == "every figure is fresh\n"
    assert path.read_bytes() == whole


def test_a_cache_cut_off_anywhere_is_empty(tmp_path):
    cache = sources.Cache(tmp_path / "cache.json")
    cache.get("source", b"x = 1", lambda data: {"n": 1})
    cache.save()
    whole = cache.path.read_bytes()
    for length in range(len(whole)):
        cache.path.write_bytes(whole[:length])
        assert sources.Cache(cache.path).known == {}


RECORDS = {
    "older": lambda record: record.update(format=0),
    "no_pictures": lambda record: record.update(pictures={}),
    "list": lambda record: record.update(pictures=[]),
    "no_hash": lambda record: record["pictures"]["a.light.svg"].pop("sha256"),
    "no_width": lambda record: record["pictures"]["a.light.svg"].update(width="720"),
    "stranger": lambda record: record["pictures"].update(
        {"../../../lab/tools.py": record["pictures"]["a.light.svg"]}
    ),
    "half": lambda record: record.pop("picture_key"),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_that_is_not_whole_is_made_again(built, kind):
    path = built.root / "build/figures/demo/a.json"
    before, script = path.read_bytes(), scripts.read_script(built.root, "demo/a")
    assert records.read(built.root, script)
    path.write_text(edited(before, RECORDS[kind]))
    assert records.read(built.root, script) == {}
    output = built.build()
    assert "demo/a  from kept result" in output and "demo/b" not in output
    assert path.read_bytes() == before


def test_a_record_cut_off_anywhere_is_none(built):
    path = built.root / "build/figures/demo/a.json"
    whole, script = path.read_bytes(), scripts.read_script(built.root, "demo/a")
    for damaged in (*(whole[:length] for length in range(len(whole))), b"[" * 100_000, b"\xff"):
        path.write_bytes(damaged)
        assert records.read(built.root, script) == {}


# Clocks

EARLIER = """import time
for name in ("time", "time_ns"):
    real = getattr(time, name)
    setattr(time, name, lambda real=real: type(real())(real() * 0.9))
"""


def test_no_key_depends_on_the_clock(built):
    before = built.hashes(), built.hashes("results", ".json")
    built.write("clock/sitecustomize.py", EARLIER)
    clock = {"PYTHONPATH": f"{built.root / 'clock'}{os.pathsep}{ROOT}"}
    for when in (0, 2**31, time.time() + 10**8):  # 1970, 2038, three years on
        for folder in ("figures", "lab", "results", "build"):
            for path in (built.root / folder).rglob("*"):
                os.utime(path, (when, when))
        assert built.build() == "every figure is fresh\n"
        assert built.build(**clock) == "every figure is fresh\n"
    assert "2 exact" in built.run("reproduce", **clock)
    built.build("--force", "demo/b", **clock)
    assert built.hashes() == before[0]
    edit_result(built, lambda content: content.update(seconds=0))
    assert before[1].keys() == built.hashes("results", ".json").keys()


def test_a_clock_set_back_never_runs_old_bytecode(built):
    """The new text has the size and the second of the one that bytecode was kept of."""
    paths = [built.root / "lab/tools.py", built.root / "figures/demo/b.py"]
    for path in paths:
        os.utime(path, (10**9, 10**9))
    subprocess.run([sys.executable, "-m", "compileall", "-q", "."], cwd=built.root, check=True)
    assert list((built.root / "lab/__pycache__").glob("tools.*.pyc"))
    built.replace("lab/tools.py", "2 * x", "3 * x")
    built.replace("figures/demo/b.py", "ripple(np.arange(4.0))", "ripple(np.arange(5.0))")
    built.replace("figures/demo/b.py", '["n"] == 4, "expected 4', '["n"] == 4, "expected 5')
    for path in paths:
        os.utime(path, (10**9, 10**9))
    assert built.computed(built.build()) == {"demo/a", "demo/b"}
    kept = [results.read(built.root / f"results/demo/{name}.json").plain["y"] for name in "ab"]
    assert kept == [[0.0, 3.0, 6.0, 9.0], [1.0, 2.0, 3.0, 4.0, 5.0]]


# Broken modules


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("def double(x):\n    return 2 *\n", "lab/tools.py:2"),
        ("def double(x):\nreturn 2\n", "lab/tools.py:2"),
        ("x = '\n", "lab/tools.py:1"),
        ("\0", "lab/tools.py"),
        ("x = " + "-" * 3000 + "1\n", "lab/tools.py"),
        ("x = " + " + ".join(["1"] * 5000) + "\n", "lab/tools.py"),
    ],
)
def test_a_broken_module_stops_only_what_uses_it(project, text, where):
    good = (project.root / "lab/tools.py").read_text()
    project.replace("figures/demo/b.py", "from lab import growth, wave", "from lab import wave")
    project.write("lab/tools.py", text)
    output = project.build(status=1)
    assert project.computed(output) == {"demo/b"}
    assert where in output and "1 figure was not built" in output
    project.write("lab/tools.py", good)
    assert project.computed(project.build()) == {"demo/a"}


# Many at once


def all_at_once(project, *commands):
    processes = [project.start(*command.split()) for command in commands]
    outputs = [process.communicate(timeout=240) for process in processes]
    assert [process.returncode for process in processes] == [0] * len(commands), outputs
    return [out for out, _ in outputs]


@pytest.mark.parametrize("count", [3, pytest.param(8, marks=pytest.mark.long)])
def test_builds_at_once_do_the_work_of_one(project, built_once, count):
    outputs = "".join(all_at_once(project, *["figures"] * count))
    for name in "ab":
        assert outputs.count(f"demo/{name}  computed") == 1
    assert project.hashes() == built_once.hashes()
    assert project.build() == "every figure is fresh\n"
    assert not list(project.root.rglob(".unfinished-*"))


def test_builds_beside_a_reproduce(built):
    before = built.hashes()
    outputs = all_at_once(built, "figures --force", "reproduce", "figures", "reproduce")
    assert "2 exact" in outputs[1] and "2 exact" in outputs[3]
    assert built.hashes() == before
    assert built.build() == "every figure is fresh\n"


# Interrupts


@pytest.mark.parametrize("command", ["figures", "reproduce"])
@pytest.mark.parametrize("moment", ["importing", "computing"])
def test_an_interrupt_of_the_whole_group_ends_with_130(project, command, moment, tmp_path_factory):
    """As a terminal's Ctrl-C: the signal reaches every process at once."""
    scratch = tmp_path_factory.mktemp("scratch")
    for name in "ab":
        wait = f"    open({str(scratch / 'started')!r}, 'w'); import time; time.sleep(60) #"
        project.replace(f"figures/demo/{name}.py", "    # a", wait)
    env = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    process = subprocess.Popen(
        [sys.executable, "-m", "trainingtips", command], cwd=project.root, env=env,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    sign = scratch / "started"
    if moment == "importing":
        sign = project.root / "build/lock" if command == "figures" else scratch
    started(process, lambda: list(sign.iterdir()) if sign.is_dir() else sign.exists())
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert alone(process.pid)
    assert {path.name for path in scratch.iterdir()} <= {"started"}
