"""Claims on fresh draws: luck is found out, identities are known, an interruption costs nothing."""

import dataclasses
import json
import signal

import pytest

from tests.projects import Project
from tests.waiting import started
from trainingtips import chance
from trainingtips.press.checking import draws, redraw, reproduce
from trainingtips.press.kept import results, seals

SCRIPT = '''"""{claim}"""

import os

from trainingtips import chance, parallel
from trainingtips.statistics import Measured

ALT = "A line."


def compute({needs}):
{body}


def claim(result):
    {assertion}


def draw(result, figure):
    figure.subplots().plot([0, 1])
    figure.axes[0].set_axis_off()
'''
LUCKY = "    x = float(chance.rng(24).normal())\n"
LUCKY += '    return {"x": x, "m": Measured(x, x - 1, x + 1, 4), "inner": [Measured(0, -1, 1, 9)]}'
ASSERTION = 'assert result["x"] > 1, f"measured {result[\'x\']:.3f}"'
RUNS = '''"""Counts."""

from trainingtips import chance


def compute():
    return {"v": chance.rng(3).normal(size=3)}
'''
PARTS = """    found = parallel.each(part, range(3))
    return {"found": found, "v": runs["v"]}


def part(k):
    return float(chance.rng(k).normal())"""


def script(project, name, body, assertion=ASSERTION, needs="", claim="It is high."):
    text = SCRIPT.format(claim=claim, needs=needs, body=body, assertion=assertion)
    project.write(f"figures/{name}.py", text)


def record(project):
    return json.loads((project.root / "results/redraws.json").read_text())["claims"]


def row(output, name):
    """The cells of that claim's line in the table."""
    lines = [line for line in output.splitlines() if line.startswith(f"{name}  ")]
    assert len(lines) == 1, output
    return [cell.strip() for cell in lines[0].split("  ") if cell.strip()]


def numbers(k, count):
    """Seed k's first number in draws 1 … count."""
    for draw in range(1, count + 1):
        with chance.drawn(draw):
            yield float(chance.rng(k).normal())


@pytest.fixture(scope="module")
def lucky(tmp_path_factory):
    """(a project with a claim that its seed bears out, what redraw says of it)."""
    project = Project(tmp_path_factory.mktemp("lucky"))
    script(project, "demo/lucky", LUCKY)
    project.build()
    kept = (project.root / "results/demo/lucky.json").read_bytes()
    output = project.run("redraw", "-j", "2", status=1)
    assert (project.root / "results/demo/lucky.json").read_bytes() == kept
    return project, output


def test_a_lucky_claim_is_found_out(lucky):
    project, output = lucky
    drawn = list(numbers(24, 20))
    low = [draw for draw, x in enumerate(drawn, 1) if x <= 1]
    assert 0 < len(low) < 20
    passed = 20 - len(low)
    entry = record(project)["demo/lucky"]
    assert list(map(int, entry["digests"])) == list(range(1, 21))
    assert list(map(int, entry["failed"])) == low
    assert entry["failed"][str(low[0])] == f"result['x'] > 1: measured {drawn[low[0] - 1]:.3f}"
    kept = float(chance.rng(24).normal())
    outside = [draw for draw, x in enumerate(drawn, 1) if abs(x - kept) > 1]
    assert entry["outside"] == {"inner.0": [], "m": outside}
    held = 40 - len(outside)
    assert row(output, "demo/lucky")[1:] == [f"{passed} of 20", f"{held} of 40", "falls short"]
    assert f"demo/lucky: passed {passed} of 20 draws, 95 % are right" in output
    assert f"  draw {low[0]}: result['x'] > 1: measured" in output


def test_what_has_no_chance_is_known_by_two_draws(lucky):
    project, output = lucky
    for name in ("demo/a", "demo/b"):
        assert row(output, name)[1:] == ["2 of 2", "none", "no chance in it"]
        assert list(record(project)[name]["digests"]) == ["1", "2"]
    assert "draw 2 of 20: 3 claims" in output
    assert "draw 3 of 20: 1 claim" in output


def test_nothing_is_drawn_twice_and_the_status_stays(lucky):
    project, _ = lucky
    before = (project.root / "results/redraws.json").read_bytes()
    output = project.run("redraw", status=1)
    assert "draw " not in output.partition("claim  ")[0]
    assert (project.root / "results/redraws.json").read_bytes() == before


def test_the_site_says_so(lucky):
    project, _ = lucky
    found = draws.current(project.root)
    assert draws.note(found, "demo/lucky") == "on 2 of 20 fresh draws"
    assert draws.note(found, "demo/a") == "no chance in it"
    assert list(draws.short(project.root, found)) == ["demo/lucky"]


def test_a_changed_assertion_lapses_and_is_judged_without_computing(lucky, tmp_path):
    project = Project(tmp_path)
    for path in ("figures", "results", "build"):
        source = lucky[0].root / path
        for file in source.rglob("*"):
            if file.is_file():
                project.write(file.relative_to(lucky[0].root), "")
                (project.root / file.relative_to(lucky[0].root)).write_bytes(file.read_bytes())
    project.replace("figures/demo/lucky.py", 'result["x"] > 1,', 'result["x"] < 9,')
    assert draws.note(draws.current(project.root), "demo/lucky") == draws.LAPSED
    output = project.run("redraw", "demo/lucky")
    assert row(output, "demo/lucky")[1] == "20 of 20"
    assert project.computed(output) == set(), "the results of the draws are there"
    assert draws.note(draws.current(project.root), "demo/lucky") == "on 20 of 20 fresh draws"


@pytest.fixture
def shared(project):
    """A claim that builds on a shared experiment, with parts of its own."""
    project.write("figures/demo/_runs.py", RUNS)
    script(project, "demo/parts", PARTS, 'assert len(result["v"]) == 3', "runs")
    script(project, "demo/more", '    return {"v": runs["v"]}', 'assert result["v"][0]', "runs")
    project.build()
    return project


def test_what_is_shared_is_computed_once_in_each_draw_and_parts_are_in_it(shared):
    output = shared.run("redraw", "demo/parts", "demo/more", "--draws", "3", "-j", "2")
    assert output.count("demo/_runs  computed") == 3
    found = {}
    for draw in (1, 2, 3):
        folder = shared.root / redraw.FOLDER / f"draw-{draw}/results/demo"
        found[draw] = {
            path.stem: json.loads(path.read_text())["result"] for path in folder.glob("*.json")
        }
        with chance.drawn(draw):
            expected = [float(chance.rng(k).normal()) for k in range(3)]
            runs = chance.rng(3).normal(size=3).tolist()
        assert found[draw]["parts"]["found"] == pytest.approx(expected, rel=1e-5)
        assert found[draw]["more"]["v"] == found[draw]["parts"]["v"]
        assert found[draw]["more"]["v"] == pytest.approx(runs, rel=1e-5)
    assert len({tuple(each["more"]["v"]) for each in found.values()}) == 3


def test_several_processes_give_the_same_record_as_one(shared):
    shared.run("redraw", "--draws", "4", "-j", "3")
    many = (shared.root / "results/redraws.json").read_bytes()
    (shared.root / "results/redraws.json").unlink()
    shared.run("redraw", "--draws", "4", "-j", "1")
    assert (shared.root / "results/redraws.json").read_bytes() == many


def test_a_changed_script_lapses_and_so_does_what_builds_on_it(shared):
    shared.run("redraw", "--draws", "3")
    shared.replace("figures/demo/_runs.py", "rng(3)", "rng(4)")
    output = shared.run("redraw", "--draws", "3", status=1)
    assert "results/demo/parts.json is of other code; build it first" in output
    shared.build()
    found = draws.current(shared.root)
    assert draws.note(found, "demo/a") == draws.CHANCELESS
    assert draws.note(found, "demo/parts") == draws.note(found, "demo/more") == draws.LAPSED
    output = shared.run("redraw", "--draws", "3")
    assert shared.computed(output) == {"demo/_runs", "demo/parts", "demo/more"}
    assert draws.note(draws.current(shared.root), "demo/more") == "on 3 of 3 fresh draws so far"


@pytest.fixture
def drawn(project):
    """Two claims, three draws of each."""
    for name in ("demo/c", "demo/d"):
        script(project, name, LUCKY, 'assert abs(result["x"]) < 9')
    project.build()
    project.run("redraw", "demo/c", "demo/d", "--draws", "3")
    return project


def test_other_code_with_the_same_digits_keeps_its_draws(drawn):
    before = record(drawn)
    drawn.replace("figures/demo/c.py", "float(chance", "0.0 + float(chance")
    drawn.build()
    assert draws.note(draws.current(drawn.root), "demo/c") == draws.LAPSED
    output = drawn.run("redraw", "demo/c", "--draws", "3", "-j", "1")
    assert "draw 1 of 3: 1 claim" in output and "draw 2 of" not in output
    after = record(drawn)
    assert after["demo/c"].pop("key") != before["demo/c"].pop("key")
    assert after == before
    found = draws.current(drawn.root)
    assert draws.note(found, "demo/c") == "on 3 of 3 fresh draws so far"


@pytest.mark.parametrize("change", ["+ (chance.draw() == 1)", "+ (chance.draw() == 0)"])
def test_one_other_digit_lapses_them(drawn, change):
    """In draw 1, or in the kept result."""
    drawn.replace("figures/demo/c.py", ".normal())", f".normal()) {change}")
    drawn.build()
    output = drawn.run("redraw", "demo/c", "--draws", "3", "-j", "1")
    assert all(f"draw {draw} of 3: 1 claim" in output for draw in (1, 2, 3))
    assert len(record(drawn)["demo/c"]["digests"]) == 3


def test_another_assertion_of_the_same_digits_is_judged_on_the_draws_that_stand(shared):
    """Code and assertion have changed at once, also of a claim that builds on another result."""
    script(shared, "demo/lucky", LUCKY.replace("rng(24)", "rng(24 + 0 * len(runs))"),
           'assert abs(result["x"]) < 9', "runs")  # fmt: skip
    shared.build()
    shared.run("redraw", "demo/lucky", "demo/more", "--draws", "6")
    digests = record(shared)["demo/lucky"]["digests"]
    shared.replace("figures/demo/_runs.py", "chance.rng(3)", "1.0 * chance.rng(3)")
    shared.replace("figures/demo/lucky.py", 'assert abs(result["x"]) < 9', 'assert result["x"] > 0')
    shared.replace("figures/demo/lucky.py", "float(chance", "0.0 + float(chance")
    shared.build()
    output = shared.run("redraw", "demo/lucky", "--draws", "6", "-j", "2", status=1)
    assert output.count("demo/_runs  computed") == 1, "in draw 1, which decides"
    assert output.count("demo/lucky  computed") == 1
    after = record(shared)["demo/lucky"]
    assert after["digests"] == digests
    below = [draw for draw, x in enumerate(numbers(24, 6), 1) if x <= 0]
    assert 0 < len(below) < 6
    assert list(map(int, after["failed"])) == below


def test_what_is_not_decided_yet_is_not_lost(drawn):
    """One of two was decided on when the run was cut off: the other's draws are still there."""
    before = record(drawn)
    for name in ("demo/c", "demo/d"):
        drawn.replace(f"figures/{name}.py", "float(chance", "0.0 + float(chance")
    drawn.build()
    series = redraw._Series(drawn.root, ["demo/c", "demo/d"], 3)
    folder = drawn.root / redraw.FOLDER / "draw-1/results/demo/c.json"
    made = reproduce.Remade(results.read(folder), {}, 0.0, 0.0, "")
    series.take("demo/c", 1, made)
    after = record(drawn)
    assert after["demo/d"] == before["demo/d"]
    assert after["demo/c"]["digests"] == before["demo/c"]["digests"]
    assert after["demo/c"]["key"] != before["demo/c"]["key"]


@pytest.fixture
def reworded(drawn):
    """Two claims with three draws each; then the code and the assertion of one have changed."""
    drawn.replace("figures/demo/c.py", "float(chance", "0.0 + float(chance")
    drawn.replace("figures/demo/c.py", 'assert abs(result["x"]) < 9', 'assert result["x"] < 8')
    drawn.build()
    return drawn


def test_what_stands_is_not_lost_before_it_is_judged(reworded):
    """Cut off after the draw that decides, before the others are judged."""
    before = record(reworded)
    series = redraw._Series(reworded.root, ["demo/c"], 3)
    folder = reworded.root / redraw.FOLDER / "draw-1/results/demo/c.json"
    made = reproduce.Remade(results.read(folder), {}, 0.0, 0.0, "")
    series.take("demo/c", 1, made)
    assert record(reworded) == before
    output = reworded.run("redraw", "demo/c", "--draws", "3", "-j", "1")
    assert row(output, "demo/c")[1] == "3 of 3"
    assert "demo/c" not in {line.split()[0] for line in output.splitlines() if "draw 2" in line}
    after = record(reworded)
    assert after["demo/c"]["digests"] == before["demo/c"]["digests"]
    assert after["demo/c"]["claim"] != before["demo/c"]["claim"]


def test_a_run_of_fewer_draws_loses_none_that_stand(reworded):
    before = record(reworded)
    output = reworded.run("redraw", "demo/c", "--draws", "2", "-j", "1")
    assert row(output, "demo/c")[1] == "2 of 2"
    assert record(reworded) == before
    reworded.run("redraw", "demo/c", "--draws", "3", "-j", "1")
    after = record(reworded)
    assert after["demo/c"]["digests"] == before["demo/c"]["digests"]
    assert after["demo/c"]["key"] != before["demo/c"]["key"]


WAIT = """    if chance.draw() == 3:
        from tests import pausing
        pausing.hold()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_goes_on_where_it_was(shared, how, tmp_path_factory):
    script(shared, "demo/lucky", WAIT + LUCKY.replace("rng(24)", "rng(24 + 0 * len(runs))"),
           'assert abs(result["x"]) < 9', "runs")  # fmt: skip
    shared.build()
    pause = tmp_path_factory.mktemp("pause")
    command = ("redraw", "demo/lucky", "--draws", "4", "-j", "1")
    process = shared.start(*command, PAUSE=str(pause))
    started(process, lambda: list(pause.iterdir()))
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -9), err
    assert "Traceback" not in err
    assert list(record(shared)["demo/lucky"]["digests"]) == ["1", "2"]
    output = shared.run(*command)
    assert "draw 1 of" not in output and "draw 2 of" not in output
    assert "draw 3 of 4: 1 claim" in output
    assert output.count("demo/_runs  computed") == 1, "that of draw 3 is there, that of 4 is not"
    whole = (shared.root / "results/redraws.json").read_bytes()
    (shared.root / "results/redraws.json").unlink()
    shared.run(*command)
    assert (shared.root / "results/redraws.json").read_bytes() == whole


def test_a_draw_in_which_compute_fails_is_one_that_does_not_pass(project):
    body = "    if chance.draw() == 2:\n        raise ArithmeticError('it diverged')\n"
    script(project, "demo/c", body + LUCKY, 'assert result["x"]')
    project.build("demo/c")
    output = project.run("redraw", "demo/c", "--draws", "3", status=1)
    kept, (one, _, three) = float(chance.rng(24).normal()), numbers(24, 3)
    held = 2 + sum(abs(x - kept) <= 1 for x in (one, three))
    assert row(output, "demo/c")[1:] == ["2 of 3", f"{held} of 4", "falls short"]
    assert "draw 2: compute() failed" in output and "ArithmeticError: it diverged" in output
    assert record(project)["demo/c"]["absent"] == {"inner.0": [2], "m": [2]}


def test_a_shared_experiment_that_fails_leaves_the_draw_open(project):
    failing = "    1 / (chance.draw() - 2)\n    return"
    project.write("figures/demo/_runs.py", RUNS.replace("    return", failing))
    script(project, "demo/more", '    return {"v": runs["v"]}', 'assert result["v"][0]', "runs")
    project.build("demo/more")
    output = project.run("redraw", "demo/more", "--draws", "3", status=1)
    assert "ZeroDivisionError" in output and "demo/more: not drawn" in output
    assert "draw 2: needs demo/_runs, which failed" in output
    assert list(record(project)["demo/more"]["digests"]) == ["1", "3"]


def test_a_claim_that_says_it_does_not_hold_everywhere_may_fall_short(project):
    script(project, "demo/c", LUCKY)
    project.replace("figures/demo/c.py", "ALT =", 'VERDICT = "regime"\nALT =')
    project.build("demo/c")
    output = project.run("redraw", "demo/c", "--draws", "3")
    assert row(output, "demo/c")[1] == "0 of 3"
    assert "falls short" not in output


def test_a_slow_result_and_one_that_builds_on_it_are_drawn_less_often(shared):
    path = shared.root / "results/demo/_runs.json"
    slow = dataclasses.replace(results.read(path), seconds=30.5)
    path.write_text(slow.text())
    book = seals.Book(shared.root)
    book.path.write_bytes(book.with_line("demo/_runs", slow.seal))
    output = shared.run("redraw", "demo/more")
    assert row(output, "demo/more")[1] == "8 of 8"
    assert draws.note(draws.current(shared.root), "demo/more") == "on 8 of 8 fresh draws"


def test_hardware_records_are_left_out(built):
    built.replace("figures/demo/b.py", "ALT =", "HARDWARE = True\nALT =")
    output = built.run("redraw", "--draws", "2", status=0)
    assert list(record(built)) == ["demo/a"]
    assert "demo/b" not in output
    assert "demo/b" not in draws.current(built.root)


def test_what_builds_on_a_machines_record_has_no_fresh_draw(shared):
    """Its numbers are those of the record, whatever the draw."""
    shared.run("redraw", "--draws", "2")
    assert "demo/more" in record(shared)
    shared.replace("figures/demo/_runs.py", "def compute", "HARDWARE = True\n\n\ndef compute")
    shared.run("figures", "--record", "demo/_runs")
    shared.build()
    output = shared.run("redraw", "--draws", "2")
    assert "demo/more" not in output and "demo/parts" not in output
    assert list(record(shared)) == ["demo/a", "demo/b"]
    assert draws.note(draws.current(shared.root), "demo/more") == ""


def test_names_sections_and_what_is_not_there(built):
    built.script("other/c", "wave.ripple(np.arange(4.0))")
    assert "other/c" in built.run("redraw", "other", status=1)  # it is not built
    built.build()
    built.run("redraw", "other")
    assert list(record(built)) == ["other/c"]
    assert "no section 'others'" in built.run("redraw", "others", status=2)


def test_a_script_that_is_gone_leaves_the_record(built):
    built.run("redraw")
    (built.root / "figures/demo/b.py").unlink()
    built.script("demo/c", "wave.ripple(np.arange(4.0))")
    built.build()
    built.run("redraw")
    assert list(record(built)) == ["demo/a", "demo/c"]


def test_a_damaged_result_of_a_draw_is_computed_anew(shared):
    shared.run("redraw", "demo/more", "--draws", "2")
    before = (shared.root / "results/redraws.json").read_bytes()
    (shared.root / "results/redraws.json").unlink()
    path = shared.root / redraw.FOLDER / "draw-2/results/demo/more.json"
    path.write_text(path.read_text()[:-40])
    output = shared.run("redraw", "demo/more", "--draws", "2")
    assert shared.computed(output) == {"demo/more"}
    assert (shared.root / "results/redraws.json").read_bytes() == before
