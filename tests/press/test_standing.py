"""Where the package's instruments are mended, one setting decides on a claim's others."""

import json
import re
import shutil
import signal

import pytest

from tests.conftest import ROOT
from tests.projects import forge
from trainingtips.press.checking import settings
from trainingtips.press.content import matrix
from trainingtips.press.kept import keys, results

GAUGE = '''"""An instrument."""


def doubled(x):
    return 2.0 * x
'''
SCRIPT = '''"""It grows."""

from trainingtips import chance, gauge

ALT = "A line."
NUMBER = "rises by {{rise}}"
SETTINGS = {settings}


def compute(*, setting=None):
    rise = 1.0 if setting is None else float(setting["rise"])
    return {{"rise": gauge.doubled(rise), "drawn": float(chance.rng(0).normal())}}


def claim(result):
    assert result["rise"] > 0, "it does not grow"


def draw(result, figure):
    figure.subplots().plot([0, result["rise"]])
    figure.axes[0].set_axis_off()
'''
WORDS = {"data": "hill", "network": "one", "optimiser": "SGD"}
RISES = {"steep": 3, "down": -2, "slow": 0.5}
ALL = {f"demo/rise@{name}" for name in RISES}


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    from tests.projects import Project

    project = Project(tmp_path_factory.mktemp("standing"))
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "trainingtips", project.root / "trainingtips", ignore=leave)
    project.write("trainingtips/gauge.py", GAUGE)
    found = {name: WORDS | {"rise": rise} for name, rise in RISES.items()}
    project.write("figures/demo/rise.py", SCRIPT.format(settings=found))
    project.build("demo/rise")
    assert project.computed(project.run("settings")) == ALL
    return project


@pytest.fixture
def tried(once, tmp_path):
    shutil.copytree(once.root, tmp_path, dirs_exist_ok=True)
    return type(once).at(tmp_path)


def cells(project):
    return {cell.setting: cell for cell in settings.current(project.root)["demo/rise"]}


def quickest(project):
    return min(ALL, key=lambda name: results.kept(project.root, name).seconds)


def mend(project, formula):
    project.replace("trainingtips/gauge.py", "2.0 * x", formula)


def test_with_its_old_digits_one_setting_lets_the_others_stand(tried):
    before = {name: cell.verdict for name, cell in cells(tried).items()}
    assert before == {"steep": "holds", "down": "fails", "slow": "holds"}
    files = {name: (tried.root / f"results/{name}.json").read_bytes() for name in ALL}
    first = quickest(tried)
    mend(tried, "x + x")
    tried.build("demo/rise")
    assert {cell.why for cell in cells(tried).values()} == {settings.LAPSED}
    assert tried.computed(tried.run("settings")) == {first}
    assert {name: cell.verdict for name, cell in cells(tried).items()} == before
    assert {cell.name for cell in cells(tried).values() if cell.stands} == ALL - {first}
    for name in ALL - {first}:
        assert (tried.root / f"results/{name}.json").read_bytes() == files[name]
    assert tried.computed(tried.run("settings")) == set()


def test_a_page_says_of_a_result_that_it_is_of_earlier_code(tried):
    mend(tried, "x + x")
    tried.build("demo/rise")
    tried.run("settings")
    for cell in cells(tried).values():
        row = re.sub("<[^>]*>", "", matrix.beside([cell], str))
        assert ("by earlier code" in row) == cell.stands


def test_other_digits_of_that_one_lapse_all(tried):
    mend(tried, "2.0 * x + (x != 1.0)")  # the claim's own result is as it was
    tried.build("demo/rise")
    assert tried.computed(tried.run("settings")) == ALL
    assert not any(cell.stands for cell in cells(tried).values())
    assert results.kept(tried.root, "demo/rise@steep").plain["rise"] == 7.0


def test_other_digits_of_the_claims_own_result_lapse_all(tried):
    mend(tried, "2.0 * x + (x == 1.0)")  # and all the settings' are as they were
    tried.build("demo/rise")
    assert tried.computed(tried.run("settings")) == ALL


def test_what_came_out_otherwise_is_not_forgotten_by_an_interruption(tried):
    first = quickest(tried)
    mend(tried, f"2.0 * x + (x == {RISES[first.partition('@')[2]]})")  # of the first alone
    tried.build("demo/rise")
    process = tried.start("settings", "--jobs", "1")
    for line in process.stdout:
        if "computed" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate()
    tried.run("settings")
    assert not any(cell.stands for cell in cells(tried).values())
    assert {cell.verdict for cell in cells(tried).values()} == {"holds", "fails"}


def test_a_script_that_changes_lapses_all_whatever_comes_out(tried):
    tried.replace("figures/demo/rise.py", "gauge.doubled(rise)", "1.0 * gauge.doubled(rise)")
    tried.build("demo/rise")
    assert tried.computed(tried.run("settings")) == ALL


def test_what_settings_are_made_of_is_no_instrument(tried):
    with (tried.root / "trainingtips/chance.py").open("a") as file:
        file.write("\n_HERE = len(__name__)\nif _HERE:\n    pass\n")
    tried.build("demo/rise")
    assert tried.computed(tried.run("settings")) == ALL


def test_the_claims_own_result_comes_first(tried):
    mend(tried, "x + x")
    output = tried.run("settings", status=1)
    assert tried.computed(output) == set()
    assert "build it first: python -m trainingtips figures" in output


def test_one_setting_of_several_that_changes_is_computed_and_decides_nothing(tried):
    mend(tried, "x + x")
    tried.replace("figures/demo/rise.py", "'rise': 3}", "'rise': 4}")
    tried.build("demo/rise")
    rest = ALL - {"demo/rise@steep"}
    first = min(rest, key=lambda name: results.kept(tried.root, name).seconds)
    assert tried.computed(tried.run("settings")) == {first, "demo/rise@steep"}
    assert results.kept(tried.root, "demo/rise@steep").plain["rise"] == 8.0


def test_on_another_makers_processor_numbers_within_reproduces_limits_stand(tried):
    first = quickest(tried)

    def elsewhere(content):
        content["environment"]["processor"] = "Another Maker's"
        content["result"]["drawn"] = float(f"{1.0001 * content['result']['drawn']:.6g}")

    forge(tried.root, first, elsewhere)
    path = tried.root / settings.PATH
    kept = json.loads(path.read_text())
    kept["settings"][first]["digest"] = keys.digest(results.kept(tried.root, first).plain)
    path.write_text(json.dumps(kept))
    assert settings.LAPSED not in {cell.why for cell in cells(tried).values()}, "all is as it was"
    before = results.kept(tried.root, first)
    mend(tried, "x + x")
    tried.build("demo/rise")
    assert tried.computed(tried.run("settings")) == {first}
    assert results.kept(tried.root, first).plain == before.plain
    assert {cell.name for cell in cells(tried).values() if cell.stands} == ALL - {first}
