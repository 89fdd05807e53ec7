"""What other limits would have found, from the record alone: the same as the check-up itself."""

import json
from pathlib import Path

import pytest

from tests.checkup import score
from trainingtips.experiments import checkups

CASES = Path(score.__file__).with_name("cases")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The path of a record of one failing case and of its mended version, and their reports."""
    path = tmp_path_factory.mktemp("score") / "score.json"
    case = score.load(CASES / "sum_of_three.py")
    rows = [score.examined(case, "sum_of_three", fixed, 8, 60) for fixed in (False, True)]
    before, score.KEPT = score.KEPT, path
    try:
        for name, row in zip(("cases, in view", "cases mended, in view"), rows, strict=True):
            score.keep(name, [row], type("Arguments", (), {"seconds": 8}))
    finally:
        score.KEPT = before
    return path, [row.report for row in rows]


def test_at_the_limits_as_they_are_the_record_gives_the_report(kept):
    path, reports = kept
    rows = [row for each in checkups.sets(path).values() for row in each.values()]
    for row, report in zip(rows, reports, strict=True):
        labels, alarm = checkups.tried(row)
        assert list(dict.fromkeys(labels)) == [f.label for f in report.findings]
        assert alarm == report.alarm and checkups.same(row)


def test_what_was_measured_is_beside_its_limit(kept):
    path, reports = kept
    (row,) = checkups.sets(path)["cases, in view"].values()
    assert row["values"].keys() == reports[0].values.keys()
    found = checkups.beyond(row)
    for name, (value, limit, way) in reports[0].values.items():
        if value == value:
            assert (found[name] > 1) == ((value > limit) if way == "above" else (value < limit))


def test_what_no_factor_reaches_is_beyond_a_limit_all_the_same():
    values = {"a": (0.0, 0.5, "below"), "b": (-0.1, 0.5, "below"), "c": (0.0, 0.5, "above")}
    found = checkups.beyond({"values": values})
    assert (found["a"], found["b"], found["c"]) == (checkups.FARTHEST, checkups.FARTHEST, 0.0)
    assert checkups.beyond({"values": {"a": (0.1, 0.5, "below")}})["a"] == pytest.approx(5)


def made(suspected, skill=0.2, reach=0.9, right=("dead_relu",), cause="dead_relu"):
    rows = [[label, s, 0.5, plain, *gains, 3, 0.1] for label, s, plain, *gains in suspected]
    return {
        "suspected": rows, "skill": skill, "reach": reach, "right": list(right), "cause": cause,
        "values": {},
    }  # fmt: skip


def test_a_gain_confirms_where_it_is_large_enough_and_there_from_every_start():
    row = made([("dead_relu", 0.8, False, 0.3, 0.2), ("rate_too_high", 0.9, False, 0.5, -0.1)])
    assert checkups.first(row, checkups.tried(row))
    assert checkups.tried(row, 2.9)[1] and not checkups.tried(row, 3.1)[1]
    assert checkups.measured(row, 0.5) == (["dead_relu", "rate_too_high"], True)
    assert checkups.measured(row, 0.85) == (["rate_too_high"], True)
    assert not checkups.first(row, checkups.measured(row, 0.85))
    assert checkups.measured(row, 1.0) == ([], False)


def test_a_mistake_that_could_not_be_tried_is_an_alarm_where_the_training_is_behind():
    mistake = [("graph_cut", 1.0, True, None, None)]
    assert checkups.tried(made(mistake)) == (["graph_cut"], True)
    assert checkups.tried(made(mistake, skill=0.88)) == (["graph_cut"], False)


def test_sets_are_told_apart_by_what_they_say():
    row, well = made([]), made([], cause="healthy")
    found = {
        "cases, in view": {"a": row},
        "reports, before any rule for them": {"b": dict(row), "c": dict(row)},
        "cases mended, in view": {"a": well},
        "drawn healthy": {"d": well, "e": well},
        "reports healthy, before any rule for them": {"f": well},
    }
    assert len(checkups.failures(found, True)) == 1 and len(checkups.failures(found, False)) == 2
    counts = {kind: len(rows) for kind, rows in checkups.peaceful(found).items()}
    assert counts == {"mended": 1, "drawn": 2, "odd": 1}
    failing, peaceful = checkups.told(found)
    assert len(failing) == 1 and len(peaceful) == 3


def test_ends_of_the_gallery_that_are_no_number_are_counted(tmp_path):
    ends = {"quality": [0.5, None, 0.7]}
    case = {"cause": "bad_values", "metric": "loss", "failing": ends}
    case |= {"mended": {"quality": [0.1] * 3}}
    path = tmp_path / "gallery.json"
    path.write_text(json.dumps({"a": case, "b": {**case, "cause": "healthy"}}))
    assert checkups.failing(path) == {
        "a": {"metric": "loss", "starts": 3, "failing": [0.5, 0.7], "mended": [0.1] * 3}
    }


def test_a_set_s_name_says_whether_its_trainings_were_in_view():
    row = made([("dead_relu", 0.8, False, 0.3, 0.2)])
    names = ("cases, in view", "reports, before any rule for them",
             "of another author, unseen when the rules were written")  # fmt: skip
    found = {name: {"a": {**row, "name": name}} for name in names}
    assert [r["name"] for r in checkups.failures(found, seen=True)] == [names[0]]
    assert [r["name"] for r in checkups.failures(found, seen=False)] == [*names[1:]]
    assert checkups.told(found) == ([found[names[0]]["a"]], [])
