"""Computed again and compared: what is equal, what may differ, and what is caught."""

import hashlib
import json
import os
import signal

import pytest

from tests.projects import forge
from tests.waiting import started

SHARED = '''"""Counts."""


def compute():
    return {"v": 3.0}
'''
WAIT = "    from tests import pausing\n    pausing.hold()"


def rewrite(project, change, name="demo/a"):
    """Change a kept file by hand, and its digest and seals with it: it counts as kept."""
    forge(project.root, name, change)


def row(output, name="demo/a"):
    """The cells of that figure's line in the table."""
    lines = [line for line in output.splitlines() if line.startswith(f"{name}  ")]
    assert len(lines) == 1, output
    return [cell.strip() for cell in lines[0].split("  ") if cell.strip()]


def everything(project):
    """Hash of each file and its time of change, under results/ and build/."""
    return {
        path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for folder in ("results", "build")
        for path in (project.root / folder).rglob("*")
        if path.is_file()
    }


@pytest.fixture
def scratch(tmp_path_factory):
    """Where scratch folders are made: empty before and after."""
    folder = tmp_path_factory.mktemp("scratch")
    yield folder
    assert list(folder.iterdir()) == []


def test_equal_results_are_exact_and_nothing_is_touched(built, scratch):
    before = everything(built)
    output = built.run("reproduce", TMPDIR=str(scratch))
    assert row(output) == ["demo/a", "5 numbers", "equal", "exact", "exact"]
    assert row(output, "demo/b")[-1] == "exact"
    assert "2 of 2 reproduced: 2 exact" in output
    assert "MB in the largest process" in output
    assert built.computed(output) == {"demo/a", "demo/b"}
    assert everything(built) == before


def test_nothing_is_written_where_nothing_was_built(project, scratch):
    output = project.run("reproduce", status=1, TMPDIR=str(scratch))
    assert row(output)[-1] == "not kept"
    assert "results/demo/a.json: there is no such result" in output
    assert {path.name for path in project.root.iterdir()} == {"lab", "figures"}


def test_a_kept_number_that_is_not_computed_is_named(built, scratch):
    rewrite(built, lambda content: content["result"]["y"].__setitem__(3, 7.0))
    output = built.run("reproduce", status=1, TMPDIR=str(scratch))
    assert row(output) == ["demo/a", "5 numbers", "1 changed", "exact", "differs"]
    assert "y[3]: kept 7.0, new 6.0, allowed exact (1 of 4 differ)" in output
    assert "It grows." in output
    assert row(output, "demo/b")[-1] == "exact"
    assert "1 of 2 reproduced" in output


def test_five_differences_are_listed_and_the_rest_counted(built):
    rewrite(built, lambda content: content["result"].update({f"x{i}": i for i in range(7)}))
    output = built.run("reproduce", status=1)
    assert "x4: kept 4, new nothing, allowed exact" in output
    assert "x5:" not in output
    assert "and 2 more" in output


def test_a_number_changed_without_its_digest_is_told_with_both(built):
    path = built.root / "results/demo/a.json"
    path.write_text(path.read_text().replace('"n": 4', '"n": 5'))
    output = built.run("reproduce", status=1)
    assert "changed by hand" in output
    assert "n: kept 5, new 4, allowed exact" in output


def test_chance_without_a_seed_is_caught(project):
    """Of the kind that the builder cannot see: each interpreter hashes texts in its own way."""
    project.replace("figures/demo/a.py", '"n": 4', '"n": 4, "r": str(hash("text"))')
    project.build()
    output = project.run("reproduce", status=1, PYTHONHASHSEED="random")  # no fork, see tests.forks
    assert row(output)[-1] == "differs"
    kept = json.loads((project.root / "results/demo/a.json").read_text())["result"]["r"]
    assert f"r: kept '{kept}', new '" in output


def test_a_claim_that_fails_on_the_new_result(built):
    """The kept result satisfies the claim, of other code; the one of today's code does not."""
    built.replace("figures/demo/a.py", '"n": 4', '"n": 2 + 3')
    output = built.run("reproduce", status=1)
    assert row(output)[-1] == "claim fails"
    assert "measured: result['n'] = 5" in output
    assert "n: kept 4, new 5, allowed exact" in output
    assert "of other code" in output
    assert "asserted at figures/demo/a.py:" in output


def test_a_script_that_raises_and_those_that_need_it(built):
    built.write("figures/demo/_runs.py", SHARED.replace("3.0", "1 / 0"))
    built.replace("figures/demo/a.py", "def compute():", "def compute(runs):")
    output = built.run("reproduce", status=1)
    assert "ZeroDivisionError" in output
    assert "needs demo/_runs, which failed" in output
    assert [row(output, f"demo/{n}")[-1] for n in ("_runs", "a", "b")] == [
        "failed",
        "failed",
        "exact",
    ]


def test_one_section_alone(built, scratch):
    built.script("other/c", "wave.ripple(np.arange(4.0))")
    built.build()
    output = built.run("reproduce", "--only", "other", "-j", "1", TMPDIR=str(scratch))
    assert built.computed(output) == {"other/c"}
    assert "1 of 1 reproduced" in output
    output = built.run("reproduce", "--only", "others", status=2, TMPDIR=str(scratch))
    assert "no section 'others'; the sections are demo, other" in output


def test_shared_results_are_computed_anew_too(built):
    built.write("figures/demo/_runs.py", SHARED)
    built.replace("figures/demo/a.py", "def compute():", "def compute(runs):")
    built.replace("figures/demo/a.py", '"n": 4', '"n": 4, "v": runs["v"]')
    built.build()
    rewrite(built, lambda content: content["result"].update(v=4.0), "demo/_runs")
    output = built.run("reproduce", status=1)
    assert row(output, "demo/_runs")[-1] == "differs"
    assert row(output)[-1] == "exact", "computed from the new 3, as what is kept was"


def test_a_hardware_record_is_not_measured(project, scratch):
    project.replace("figures/demo/b.py", "ALT =", "HARDWARE = True\nALT =")
    project.build("demo/a")
    project.build("--record", "demo/b")
    project.replace("figures/demo/b.py", "    # a comment", "    raise RuntimeError('measured')")
    output = project.run("reproduce", TMPDIR=str(scratch))
    assert row(output, "demo/b") == ["demo/b", "record, not compared", "record"]
    assert project.computed(output) == {"demo/a"}
    assert "1 of 1 reproduced: 1 exact, 1 record" in output
    # but what builds on the record is computed, from the record
    project.replace("figures/demo/a.py", "def compute():", "def compute(b):")
    project.replace("figures/demo/a.py", '"n": 4', '"n": b["n"]')
    assert row(project.run("reproduce"))[-1] == "exact"


def test_a_file_that_no_script_declares_is_missing(built):
    built.write("data/n.txt", "4")
    built.replace("figures/demo/a.py", '"n": 4', '"n": os.stat("data/n.txt").st_size + 3')
    built.replace("figures/demo/a.py", "import numpy", "import os\n\nimport numpy")
    built.build()  # what is not opened, the builder does not see
    assert "FileNotFoundError" in built.run("reproduce", status=1)
    built.replace("figures/demo/a.py", "ALT =", 'INPUTS = ["data/n.txt"]\nALT =')
    built.build()
    assert row(built.run("reproduce"))[-1] == "exact"


@pytest.mark.parametrize(
    ("factor", "status", "verdict"), [(1.0005, 0, "within"), (1.002, 1, "differs")]
)
def test_another_processor_may_change_a_number_a_little(built, factor, status, verdict):
    def change(content):
        content["result"]["y"][3] *= factor

    rewrite(built, change)
    assert row(built.run("reproduce", status=1))[-1] == "differs", "on this processor it may not"
    rewrite(built, lambda content: content["environment"].update(processor="another"))
    output = built.run("reproduce", status=status)
    assert row(output)[-2:] == ["intervals, 0.001 (other processor)", verdict]


def test_what_builds_on_another_processors_result_is_allowed_the_same(built):
    built.write("figures/demo/_runs.py", SHARED)
    built.replace("figures/demo/a.py", "def compute():", "def compute(runs):")
    built.build()
    rewrite(built, lambda content: content["environment"].update(numpy="1.0"), "demo/_runs")
    assert row(built.run("reproduce"))[-2:] == ["intervals, 0.001 (other numpy)", "exact"]


def test_chaos_is_a_reason_and_makes_nothing_stale(built):
    before = built.hashes("results", ".json")
    built.replace("figures/demo/a.py", "ALT =", 'CHAOS = "errors grow"\nALT =')
    assert built.computed(built.build()) == set()
    assert built.hashes("results", ".json") == before
    rewrite(built, lambda content: content["result"].update(y=[1.0]))
    assert row(built.run("reproduce", status=1))[-2:] == ["exact", "differs"], "the same processor"
    rewrite(built, lambda content: content["environment"].update(numpy="0"))
    assert row(built.run("reproduce"))[-2:] == ["overlap, chaos (other numpy)", "within"]
    built.replace("figures/demo/a.py", '"errors grow"', "True")
    assert "CHAOS says in words" in built.run("reproduce", status=1)


def test_an_interrupt_leaves_no_child_and_no_folder(project, scratch, tmp_path_factory):
    project.replace("figures/demo/a.py", "    # a comment", WAIT)
    told = tmp_path_factory.mktemp("told")
    process = project.start("reproduce", TMPDIR=str(scratch), PAUSE=str(told))
    started(process, lambda: list(told.iterdir()))
    child = int(next(told.iterdir()).name.partition("-")[2])
    assert len(list(scratch.iterdir())) == 1
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in err and "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


ILLUSTRATED = 'ILLUSTRATION = ("y",)\nALT ='


def test_a_path_may_be_another_elsewhere_and_the_rest_may_not(built):
    built.replace("figures/demo/a.py", "ALT =", ILLUSTRATED)
    assert built.computed(built.build()) == set(), "nothing is stale by it"
    rewrite(built, lambda content: content["result"].update(y=[1.0]))
    output = built.run("reproduce", status=1)
    assert row(output)[1:] == ["2 numbers", "1 changed", "exact", "differs"], "as it was"
    assert "expected on this machine: the same digits, in 2 results" in output
    rewrite(built, lambda content: content["environment"].update(processor="another"))
    output = built.run("reproduce")
    kept, _, allowed, verdict = row(output)[1:]
    assert (kept, verdict) == ("2 numbers, 1 compared", "within")
    assert allowed == "intervals, 0.001, no illustration (other processor)"
    assert "expected here, with other processor: statistics within their intervals" in output
    assert "illustration, drawn and not compared here: demo/a (y)" in output
    rewrite(built, lambda content: content["result"].update(n=5))
    assert "n: kept 5, new 4" in built.run("reproduce", status=1)


@pytest.mark.parametrize("read", ['result["y"]', 'result.get("y")'])
def test_a_claim_may_not_rest_on_illustration(built, read):
    built.replace("figures/demo/a.py", "ALT =", ILLUSTRATED)
    built.replace(
        "figures/demo/a.py",
        "    assert result",
        f"    assert {read} is not None\n    assert result",
    )
    output = built.build(status=1)
    assert "claim() reads 'y', which ILLUSTRATION says is drawn and not claimed" in output
    assert row(built.run("reproduce", status=1))[-1] == "claim fails"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('ILLUSTRATION = ("z",)', "ILLUSTRATION names 'z', which the result does not have"),
        ('ILLUSTRATION = ("y.z",)', "ILLUSTRATION names 'y.z', which the result does not have"),
        ('ILLUSTRATION = "y"', "ILLUSTRATION names parts of the result"),
        ("ILLUSTRATION = ()", "ILLUSTRATION names parts of the result"),
        ('ILLUSTRATION = ("y[0]",)', "ILLUSTRATION names parts of the result"),
        ('ILLUSTRATION = ("y",)\nNUMBER = "{y.0 | digits(2)}"', "NUMBER is of y.0, which ILLUS"),
    ],
)
def test_illustration_is_checked(built, line, told):
    built.replace("figures/demo/a.py", "ALT =", f"{line}\nALT =")
    assert told in built.build(status=1)


def test_one_figure_alone_is_computed_with_what_it_needs(built):
    built.write("figures/demo/_runs.py", SHARED)
    built.replace("figures/demo/a.py", "def compute():", "def compute(runs):")
    built.replace("figures/demo/a.py", '"n": 4', '"n": 4, "v": runs["v"]')
    built.build()
    output = built.run("reproduce", "--only", "demo/a")
    assert built.computed(output) == {"demo/a", "demo/_runs"}
    assert "1 of 1 reproduced: 1 exact" in output
