"""The cases run, broken and mended, to a report; how often it is right is told by `score`."""

from pathlib import Path

import pytest

from tests.checkup import gallery, healthy, score
from trainingtips.checkup import labels

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
OTHERS = sorted((Path(__file__).parent / "cases").glob("*/*.py"))  # of other authors


@pytest.mark.parametrize("path", CASES + OTHERS, ids=lambda path: path.stem)
def test_each_case_has_a_source_and_a_cause_that_is_known(path):
    case = score.load(path)
    assert case.SOURCE
    assert {case.CAUSE, *case.ALSO} <= {*labels.LABELS, "healthy"}


def test_a_case_with_a_plain_mistake_is_told_and_its_mended_version_left_in_peace():
    path = next(p for p in CASES if p.stem == "sorted_classes")
    broken = score.examined(score.load(path), path.stem, seconds=30, updates=150)
    mended = score.examined(score.load(path), path.stem, fixed=True, seconds=5, updates=150)
    assert broken.place == 1 and broken.report.alarm
    assert not mended.report.alarm


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_gallery_has_each_case_as_its_file_is_now_and_its_page_shows_it(path):
    assert gallery.kept()[path.stem]["file"] == gallery.digest(path)
    page = Path(__file__).parents[2] / "docs" / "failures.md"
    assert page.read_text("utf-8").count(f'"{path.stem}"') == 1


def test_a_run_for_the_gallery_is_the_case_s_own_training():
    case = score.load(next(p for p in CASES if p.stem == "sum_of_three"))
    losses, loss, quality = gallery.run(case, 0, True, updates=20)
    assert loss == "MSELoss" and len(losses) == 20 and losses[-1] < losses[0]
    t = case.setup(0, fixed=True)
    case.loop(t, lambda *a: None, 20)
    assert quality == case.quality(t)


@pytest.mark.long
@pytest.mark.parametrize("fixed", [False, True], ids=["broken", "mended"])
@pytest.mark.parametrize("path", CASES + OTHERS, ids=lambda path: path.stem)
def test_each_case_is_examined_within_its_time(path, fixed):
    row = score.examined(score.load(path), path.stem, fixed, seconds=5)
    assert row.report.findings or not row.report.alarm
    assert not [line for line in row.report.lost if "was not checked" in line], row.report.lost


@pytest.mark.parametrize("k", range(len(healthy.TASKS)))
def test_a_healthy_training_drawn_by_a_number_is_the_same_each_time(k):
    first, second = (healthy.drawn(k).setup(3) for _ in range(2))
    state = zip(first.model.state_dict().values(), second.model.state_dict().values(), strict=True)
    assert all((a == b).all() for a, b in state)
    assert len(first.batches) > 0
