"""What is made up keeps the form of what is measured, and each claim refuses it."""

from pathlib import Path

import pytest

from trainingtips import counter
from trainingtips.press.building import counters, figure
from trainingtips.press.kept import results, scripts
from trainingtips.statistics import Measured

ROOT = Path(__file__).parents[1]
NAMES = [name for name in scripts.find_names(ROOT) if "/_" not in name]
SKEWED = Measured(2.0, 1.5, 3.0, 32)


def test_the_verbs_change_what_they_say_and_nothing_else():
    assert counter.moved(SKEWED, -1.0) == Measured(-1.0, -1.5, 0.0, 32)
    sure = Measured(1.0, 0.998, 1.0, 32)  # its high end moves to 0.19999999999999996
    assert counter.moved(sure, 0.2).high == 0.2
    assert counter.scaled(SKEWED, 2) == Measured(4.0, 3.0, 6.0, 32)
    assert counter.widened(SKEWED, 0.5) == Measured(2.0, 0.5, 3.0, 32)
    assert counter.widened(SKEWED, 4.0) == Measured(2.0, 1.5, 4.0, 32)
    assert counter.widened(SKEWED, 2.5) == SKEWED, "it reaches there already"


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_refuses_its_counter_results_by_each_of_its_assertions(name):
    script = scripts.read_script(ROOT, name)
    found = counters.read(ROOT, script)
    assert found is not None, f"{scripts.COUNTERS} is gone: nothing is asked any more"
    kept = results.read(ROOT / script.result_path)
    counters.check(ROOT, script, figure.load(ROOT, script), kept)


def test_no_counter_results_are_left_without_their_claim():
    folder = ROOT / scripts.COUNTERS
    there = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.glob("*/*.py")}
    assert there == set(NAMES)
