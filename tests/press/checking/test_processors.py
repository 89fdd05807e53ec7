"""Other instruction sets and other numbers of workers: seen by the workers, kept, and told."""

import json
import os
import subprocess
import sys

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.checking import instructions, processors

pytestmark = pytest.mark.skipif(not instructions.present(), reason="no instruction set to choose")

# what torch, MKL and OpenBLAS are told, by name: the length is a number that differs
SEEN = 'len(os.environ["ATEN_CPU_CAPABILITY"])'
LEVELS = """
import json, sys
from trainingtips.press.base import pins
from trainingtips.press.checking import instructions
if sys.argv[1] != "ordinary":
    instructions.use(sys.argv[1])
pins.pin()
import numpy, torch
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
print(json.dumps([torch.backends.cpu.get_cpu_capability(),
                  [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]]))
"""


def cells(project):
    content = json.loads((project.root / "results/processors.json").read_text())
    return content["results"]


NAMES = ["ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_CBWR", "OPENBLAS_CORETYPE"]


def test_without_a_pin_nothing_is_set_and_one_thread_is(built):
    seen = f"[each in os.environ for each in {[*NAMES, 'NPY_DISABLE_CPU_FEATURES']}]"
    built.replace("figures/demo/a.py", "import numpy", "import os\n\nimport numpy")
    seen = f'"set": {seen}, "threads": int(os.environ["OMP_NUM_THREADS"])'
    built.replace("figures/demo/a.py", '"n": 4', f'"n": 4, {seen}')
    built.build()
    output = built.run("reproduce", "--instructions", "none", status=1)
    assert "set[0]: kept True, new False, allowed exact (5 of 5 differ)" in output
    assert "threads" not in output
    assert "intervals, 0.001 (other instructions)" in output


def test_a_pin_is_released_before_the_libraries_look(monkeypatch):
    monkeypatch.setattr(instructions.pins, "ENVIRONMENT", dict(instructions.pins.ENVIRONMENT))
    monkeypatch.setenv("MKL_CBWR", "AVX2")
    monkeypatch.setitem(sys.modules, "numpy", sys)
    with pytest.raises(RuntimeError, match=r"numpy.* was imported before .*MKL_CBWR.* were freed"):
        instructions.use("none")


@pytest.mark.parametrize("name", [*instructions.present(), "ordinary"])
def test_the_libraries_themselves_say_which_instructions_they_use(name):
    env = os.environ | {"NPY_ENABLE_CPU_FEATURES": "AVX2"}  # numpy would refuse it beside our own
    command = [sys.executable, "-c", LEVELS, name]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    torch, numpy = json.loads(done.stdout)
    assert torch == ("AVX2" if name == "ordinary" else name.upper())
    wide = [level for level in numpy if level == "X86_V4" or level.startswith("AVX512")]
    assert bool(wide) == (name == "avx512"), numpy
    if name == "default":
        assert numpy == []


def test_workers_see_the_instructions_asked_for_and_the_rule_says_so(built):
    built.replace("figures/demo/a.py", "import numpy", "import os\n\nimport numpy")
    built.replace("figures/demo/a.py", '"n": 4', f'"n": 4, "isa": {SEEN}')
    built.build()
    output = built.run("reproduce", "--instructions", "default", status=1)
    assert "isa: kept 4, new 7, allowed exact" in output  # avx2, default
    assert "intervals, 0.001 (other instructions)" in output
    assert built.run("reproduce")  # without: as it was kept


def test_an_unknown_set_is_refused_with_what_there_is(built, monkeypatch):
    output = built.run("reproduce", "--instructions", "sse9", status=2)
    assert "avx512" in output
    monkeypatch.setattr(instructions, "present", lambda: ["default", "avx2"])
    with pytest.raises(UserError, match="no instructions 'avx512'; this processor has default, av"):
        instructions.use("avx512")


def test_the_table_goes_on_where_it_stopped_and_lapses_with_the_result(built):
    columns = ("--column", "1 worker", "--column", "default")
    built.run("processors", *columns[:2])
    assert {name: list(row) for name, row in cells(built).items()} == {
        "demo/a": ["1 worker"],
        "demo/b": ["1 worker"],
    }
    output = built.run("processors", *columns)
    assert "demo, 1 worker: computing" not in output and "demo, default: computing" in output
    assert "computing" not in built.run("processors", *columns)
    before = cells(built)
    assert {cell["verdict"] for row in before.values() for cell in row.values()} == {"exact"}

    built.replace("figures/demo/a.py", '"n": 4', '"n": 4, "more": 1.5')
    built.build()
    assert set(processors.current(built.root)) == {"demo/b"}, "a's cells were of another result"
    assert processors.note(built.root, "demo/a") == ""
    output = built.run("processors", *columns)
    assert "demo, default: computing 1 of 2" in output
    assert cells(built)["demo/a"]["default"]["of"] != before["demo/a"]["default"]["of"]
    assert cells(built)["demo/b"] == before["demo/b"]

    built.replace("figures/demo/a.py", "ALT =", 'CHAOS = "errors grow"\nALT =')
    built.build()
    assert set(processors.current(built.root)["demo/a"]) == {"1 worker"}, "the rule is another"
    output = built.run("processors", *columns)
    assert "demo, default: computing" in output and "demo, 1 worker: computing" not in output
    assert set(processors.current(built.root)["demo/a"]) == {"1 worker", "default"}

    built.replace("figures/demo/a.py", "ALT =", 'ILLUSTRATION = ("y",)\nALT =')
    built.build()
    assert set(processors.current(built.root)["demo/a"]) == {"1 worker"}, "another rule once more"


@pytest.mark.parametrize(
    ("value", "chaos", "verdict", "told"),
    [
        ("1.0", "", "exact", "the same digits with default instructions"),
        (f"1 + {SEEN} * 1e-5", "", "within", "within its tolerance with default instructions"),
        (f"1.0 * {SEEN}", "", "differs", "other numbers with default instructions"),
        (
            f"1.0 * {SEEN}",
            "errors grow",
            "within",
            "only its intervals agree with default instructions: errors grow",
        ),
    ],
)
def test_a_figure_says_what_other_instructions_do_to_it(built, value, chaos, verdict, told):
    built.replace("figures/demo/a.py", "import numpy", "import os\n\nimport numpy")
    built.replace("figures/demo/a.py", '"n": 4', f'"n": 4, "x": {value}')
    if chaos:
        built.replace("figures/demo/a.py", "ALT =", f'CHAOS = "{chaos}"\nALT =')
    built.build()
    built.run("processors", "--column", "default")
    assert cells(built)["demo/a"]["default"]["verdict"] == verdict
    assert processors.note(built.root, "demo/a") == told
    assert processors.note(built.root, "demo/b") == "the same digits with default instructions"


def test_workers_alone_say_nothing_of_instructions(built):
    built.run("processors", "--column", "1 worker")
    assert processors.note(built.root, "demo/a") == ""


def test_another_machines_table_is_begun_anew(built):
    built.run("processors", "--column", "1 worker")
    path = built.root / "results/processors.json"
    content = json.loads(path.read_text())
    content["environment"]["processor"] = "another"
    path.write_text(json.dumps(content))
    built.run("processors", "--column", "default")
    assert {tuple(row) for row in cells(built).values()} == {("default",)}


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 9}', '{"format": 1, "results": {"a": 3}}'])
def test_a_damaged_table_is_told(built, text):
    (built.root / "results/processors.json").write_text(text)
    with pytest.raises(UserError, match="not a table of processors"):
        processors.read(built.root)
