"""Made-up trainings: the cause comes first, and mended or odd ones are left in peace."""

import pytest

from tests.checkup import inventions
from trainingtips import checkup

UPDATES = {"whole_set": 30}  # few updates are what is wrong with it


def examined(name, setup, fixed):
    return checkup.examine(
        lambda seed: setup(seed, fixed=fixed), inventions.loop, UPDATES.get(name, 300), seconds=60
    )


@pytest.mark.long
@pytest.mark.parametrize("name", inventions.BROKEN)
def test_the_cause_comes_first_and_the_mended_one_is_quiet(name):
    label, setup = inventions.BROKEN[name]
    report = examined(name, setup, fixed=False)
    assert report.alarm and report.findings[0].label == label
    assert not examined(name, setup, fixed=True).alarm


@pytest.mark.long
@pytest.mark.parametrize("name", inventions.HEALTHY)
def test_an_odd_one_that_works_is_left_in_peace(name):
    assert not examined(name, inventions.HEALTHY[name], fixed=True).alarm
