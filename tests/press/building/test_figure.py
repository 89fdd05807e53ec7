"""`show NAME --data D --device D`: the same experiment on other data, and nothing kept."""

import sys
import types

import numpy

from trainingtips.press.building import figure, sliced

SHARED = '''"""Counts the examples."""


def compute(*, data="digits"):
    return {"rows": {"digits": 3, "tiny.npz": 5}[data]}
'''

FIGURE = '''"""There are three rows."""

ALT = "A dot."


def compute(rows):
    return {"twice": 2 * rows["rows"]}


def claim(result):
    assert result["twice"] == 6, f"expected 6, measured {result['twice']}"


def draw(result, figure):
    figure.subplots().plot([result["twice"]], "o")
'''


def test_other_data_reach_the_shared_experiment_and_nothing_is_kept(project):
    project.write("figures/demo/_rows.py", SHARED)
    project.write("figures/demo/c.py", FIGURE)
    assert "twice = 6" in project.run("show", "demo/c")
    before = project.hashes("results", ".json")
    numpy.savez(project.root / "tiny.npz", x=numpy.zeros(5))
    out = project.run("show", "demo/c", "--data", "tiny.npz", "--png", "other.png")
    assert "twice = 10" in out and "the claim does not hold there" in out
    assert "expected 6, measured 10" in out
    assert (project.root / "other.png").read_bytes().startswith(b"\x89PNG")
    assert project.hashes("results", ".json") == before


def test_an_option_that_nothing_takes_is_refused(project):
    out = project.run("show", "demo/a", "--device", "cuda", status=1)
    assert "demo/a has no option 'device'" in out


def test_other_options_are_no_contract(project):
    project.write("figures/demo/_rows.py", SHARED.replace("data=", "size=").replace("[data]", ""))
    out = project.build(status=1)
    assert "out of data, device" in out


def test_a_script_that_reaches_no_parts_is_not_asked_for_them(monkeypatch):
    """Of `parallel` such a script's key covers nothing, so that nothing of it may be touched."""
    name = "trainingtips.parallel"
    bare = types.ModuleType(name)
    bare._backend = sliced.Unseen(name, "_backend")
    monkeypatch.setitem(sys.modules, name, bare)
    with figure._parted(figure.Task("", {}, frozenset(), modules={name: object()})):
        pass
