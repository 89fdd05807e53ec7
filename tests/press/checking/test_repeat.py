"""Claims on other settings: each has its verdict, and only what lapsed is computed."""

import json
import signal

import pytest

from tests.waiting import started
from trainingtips.press.checking import settings
from trainingtips.press.kept import results

SCRIPT = '''"""It grows."""

from trainingtips import chance, parallel

INPUTS = ["lab/own.txt"]
ALT = "A line."
NUMBER = "rises by {{rise}}"
SETTINGS = {settings}


def compute(*, setting=None):
    rise = 1.0 if setting is None else float(setting["rise"])
    with open("lab/own.txt") as file:
        more = float(file.read())
    return {{"rise": rise + more, "parts": parallel.each(part, [(rise, k) for k in range(2)])}}


def part(item):
    rise, k = item
    if k and rise > 8:
        raise ValueError("too steep")
    return float(rise * chance.rng(k).normal())


def claim(result):
    assert result["rise"] {limit}, "it does not grow"


def draw(result, figure):
    figure.subplots().plot(result["parts"])
    figure.axes[0].set_axis_off()
'''
STEEP = {"data": "hill", "network": "one", "optimiser": "SGD", "rise": 3}
DOWN = {"data": "vale", "network": "one", "optimiser": "Adam <b>", "rise": -2}
SETTINGS = {"steep": STEEP, "down": DOWN, "flat": "there is no slope"}


def script(project, found=SETTINGS, limit="> 0", name="demo/rise"):
    project.write("lab/own.txt", "0.5")
    project.write(f"figures/{name}.py", SCRIPT.format(settings=found, limit=limit))


def record(project):
    return json.loads((project.root / settings.PATH).read_text())["settings"]


def verdicts(project):
    return {cell.setting: cell.verdict for cell in settings.current(project.root)["demo/rise"]}


@pytest.fixture
def tried(project):
    script(project)
    project.run("settings")
    return project


def test_each_setting_has_its_own_result_and_verdict(tried):
    steep = results.kept(tried.root, "demo/rise@steep")
    assert (steep.plain["rise"], steep.verdict) == (3.5, "holds")
    down = results.kept(tried.root, "demo/rise@down")
    assert (down.plain["rise"], down.verdict) == (-1.5, "fails")
    assert record(tried)["demo/rise@down"]["why"] == "it does not grow"
    flat = settings.current(tried.root)["demo/rise"][2]
    assert (flat.verdict, flat.why, flat.result_path) == ("not tried", "there is no slope", None)
    assert verdicts(tried) == {"steep": "holds", "down": "fails", "flat": "not tried"}
    assert not (tried.root / "results/demo/rise.json").exists(), "the figure's own is not computed"


def test_a_setting_comes_as_it_is_written(project):
    shape = {"data": "hill", "network": "one", "optimiser": "SGD", "hidden": [8, 4], "rise": 1}
    script(project, {"shaped": shape})
    path = project.root / "figures/demo/rise.py"
    given = 'if setting is None else float(setting["rise"])'
    asked = 'if setting is None else float(setting["hidden"] == [8, 4])'  # arrays have no one truth
    path.write_text(path.read_text().replace(given, asked))
    project.run("settings")
    assert results.kept(project.root, "demo/rise@shaped").plain["rise"] == 1.5


def test_nothing_is_computed_twice(tried):
    before = {path: path.read_bytes() for path in (tried.root / "results").rglob("*.json")}
    output = tried.run("settings")
    assert tried.computed(output) == set()
    assert "demo/rise@down   fails  it does not grow" in output
    assert before == {path: path.read_bytes() for path in before}


def test_another_setting_leaves_the_others_and_the_figure_alone(tried):
    tried.build()
    script(tried, SETTINGS | {"down": DOWN | {"rise": 1}, "new": STEEP | {"rise": 2}})
    assert verdicts(tried)["down"] == "not tried"
    assert tried.computed(tried.run("settings")) == {"demo/rise@down", "demo/rise@new"}
    assert verdicts(tried) == {
        "steep": "holds",
        "down": "holds",
        "flat": "not tried",
        "new": "holds",
    }
    assert tried.computed(tried.build()) == set(), "the figure's own result does not read SETTINGS"


def test_another_input_or_code_lapses_all(tried):
    tried.write("lab/own.txt", "0.25")
    assert set(verdicts(tried).values()) == {"not tried"}
    assert tried.computed(tried.run("settings")) == {"demo/rise@down", "demo/rise@steep"}
    tried.replace("figures/demo/rise.py", "rise * chance", "2 * rise * chance")
    assert set(verdicts(tried).values()) == {"not tried"}


def test_another_assertion_is_judged_on_what_is_there(tried):
    script(tried, limit="> 4")
    assert set(verdicts(tried).values()) == {"not tried"}
    assert tried.computed(tried.run("settings")) == set()
    assert verdicts(tried) == {"steep": "fails", "down": "fails", "flat": "not tried"}
    assert results.kept(tried.root, "demo/rise@steep").verdict == "fails"


def test_a_result_changed_by_hand_is_computed_anew(tried):
    path = tried.root / "results/demo/rise@down.json"
    kept = path.read_bytes()
    tried.replace("results/demo/rise@down.json", '"rise": -1.5', '"rise": 1.5')
    assert verdicts(tried)["down"] == "not tried"
    assert tried.computed(tried.run("settings")) == {"demo/rise@down"}
    fields = ("key", "digest", "result", "verdict")
    new, old = json.loads(path.read_bytes()), json.loads(kept)
    assert [new[each] for each in fields] == [old[each] for each in fields]


def test_the_result_of_another_setting_in_its_place_is_no_verdict(tried):
    one, other = (tried.root / f"results/demo/rise@{name}.json" for name in ("steep", "down"))
    one.write_bytes(other.read_bytes())
    assert verdicts(tried)["steep"] == "not tried"


def test_what_cannot_be_computed_or_judged_stops_nothing_and_is_told(project):
    script(project, {"wall": STEEP | {"rise": 9}} | SETTINGS)
    output = project.run("settings", status=1)
    assert "demo/rise@wall: not tried" in output and "too steep" in output
    assert verdicts(project) == {
        "wall": "not tried", "steep": "holds", "down": "fails", "flat": "not tried",
    }  # fmt: skip
    script(project, SETTINGS, limit='+ result["absent"]')
    output = project.run("settings", status=1)
    assert "KeyError: 'absent'" in output
    assert set(verdicts(project).values()) == {"not tried"}


def test_a_setting_that_is_gone_leaves_the_record_and_its_result_is_told(tried):
    script(tried, {"steep": STEEP, "more": STEEP})
    tried.run("settings")
    assert list(record(tried)) == ["demo/rise@more", "demo/rise@steep"]


WAIT = """    if rise == 4:
        from tests import pausing
        pausing.hold()
    return float("""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_goes_on_where_it_was(project, how, tmp_path_factory):
    script(project, {"first": STEEP, "second": STEEP | {"rise": 4}})
    project.replace("figures/demo/rise.py", "    return float(", WAIT)
    pause = tmp_path_factory.mktemp("pause")
    process = project.start("settings", "-j", "1", PAUSE=str(pause))
    started(process, lambda: list(pause.iterdir()))
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -9), err
    assert "Traceback" not in err
    assert list(record(project)) == ["demo/rise@first"]
    assert project.computed(project.run("settings")) == {"demo/rise@second"}
    assert list(record(project)) == ["demo/rise@first", "demo/rise@second"]


def test_computed_again_it_is_compared(tried):
    before = (tried.root / settings.PATH).read_bytes()
    lines = tried.run("settings", "--again").splitlines()
    rows = {line.split()[0]: line.split() for line in lines if line.startswith("demo/")}
    assert [row[-3:] for row in rows.values()] == [["equal", "exact", "exact"]] * 2
    assert (tried.root / settings.PATH).read_bytes() == before
    fresh = tried.computed(tried.run("settings", "--again"))
    assert fresh == {"demo/rise@down", "demo/rise@steep"}, "anew each time"


def test_another_number_is_told_when_computed_again(tried):
    from tests.projects import forge

    def change(content):
        content["result"]["rise"] = -1.25

    forge(tried.root, "demo/rise@down", change, listed=False)
    entries = settings.read(tried.root)
    digest = json.loads((tried.root / "results/demo/rise@down.json").read_text())["digest"]
    entry = entries["demo/rise@down"]
    forged = settings.Entry(entry.key, digest, entry.verdict, entry.why)
    settings.write(tried.root, entries | {"demo/rise@down": forged})
    output = tried.run("settings", "--again", status=1)
    assert "demo/rise@down: differs" in output
    assert "rise: kept -1.25, new -1.5, allowed exact" in output


def test_all_that_fails_is_told(tried):
    more = """    if result["rise"] < 9:
        assert result["rise"] == 3.5
    inner(result)


def inner(result):
    for each in range(3):
        assert each == 1, f"{each} is not one"


def draw("""
    tried.replace("figures/demo/rise.py", "\n\ndef draw(", more)
    assert tried.computed(tried.run("settings")) == set()
    assert record(tried)["demo/rise@steep"]["why"] == "0 is not one; 2 is not one"
    why = "it does not grow; result['rise'] == 3.5; 0 is not one; and 1 more"
    assert record(tried)["demo/rise@down"]["why"] == why


def test_a_script_without_settings_costs_nothing(project):
    assert settings.current(project.root) == {}
    assert project.run("settings") == ""
    assert not (project.root / settings.PATH).exists()


RUNS = '''"""Runs."""

SETTINGS = {settings}


def compute(*, setting=None):
    return {{"rise": 1.0 if setting is None else float(setting["rise"])}}
'''
NEEDY = ("def compute(*, setting=None):", "def compute(runs, *, setting=None):")
RISE = ('rise = 1.0 if setting is None else float(setting["rise"])', 'rise = runs["rise"]')


@pytest.fixture
def shared(project):
    """Two claims that build on a shared experiment, all with the same settings."""
    project.write("figures/demo/_runs.py", RUNS.format(settings={"steep": STEEP, "down": DOWN}))
    for name in ("demo/rise", "demo/more"):
        script(project, name=name)
        for change in (NEEDY, RISE):
            project.replace(f"figures/{name}.py", *change)
    return project


def test_a_shared_experiment_is_of_the_same_setting_and_computed_once(shared):
    output = shared.run("settings", "-j", "2")
    assert output.count("demo/_runs@steep  computed") == 1
    rise = {each: results.kept(shared.root, f"demo/rise@{each}") for each in ("steep", "down")}
    assert {each: kept.plain["rise"] for each, kept in rise.items()} == {"steep": 3.5, "down": -1.5}
    assert list(rise["down"].needs) == ["demo/_runs@down"]
    assert verdicts(shared) == {"steep": "holds", "down": "fails", "flat": "not tried"}
    assert set(record(shared)) == {
        f"demo/{claim}@{each}" for claim in ("rise", "more") for each in ("steep", "down")
    }
    assert "demo/_runs" not in settings.current(shared.root)
    assert shared.computed(shared.run("settings")) == set()


def test_one_setting_of_a_shared_experiment_lapses_that_one_of_its_claims(shared):
    shared.run("settings")
    shared.replace("figures/demo/_runs.py", "'rise': 3}", "'rise': 4}")
    assert verdicts(shared) == {"steep": "not tried", "down": "fails", "flat": "not tried"}
    output = shared.run("settings")
    assert shared.computed(output) == {"demo/_runs@steep", "demo/rise@steep", "demo/more@steep"}
    assert results.kept(shared.root, "demo/more@steep").plain["rise"] == 4.5
    assert verdicts(shared)["steep"] == "holds"


def test_a_shared_result_changed_by_hand_is_computed_anew(shared):
    shared.run("settings")
    path = shared.root / "results/demo/_runs@steep.json"
    path.write_text(path.read_text().replace("3.0", "5.0"))
    shared.run("settings")
    assert results.kept(shared.root, "demo/_runs@steep").plain["rise"] == 3.0
    assert results.kept(shared.root, "demo/rise@steep").plain["rise"] == 3.5


def test_a_setting_that_the_shared_experiment_lacks_is_told(shared):
    shared.write("figures/demo/_runs.py", RUNS.format(settings={"steep": STEEP}))
    output = shared.run("settings", "demo/rise", status=1)
    assert "it builds on demo/_runs, whose SETTINGS have no 'down'" in output
    assert list(record(shared)) == ["demo/rise@steep"]
    cell = settings.current(shared.root)["demo/rise"][1]
    assert (cell.verdict, cell.result_path) == ("not tried", None)
    assert "demo/_runs, whose SETTINGS" in cell.why


def test_claims_on_a_shared_experiment_are_compared_when_computed_again(shared):
    shared.run("settings")
    assert "demo/rise@steep" in shared.run("settings", "--again")
