"""The check-up's score on its page: a row for each set, and what was not asked is left empty."""

import json

from tests.checkup import rival
from trainingtips.press.content import checkup


def kept():
    first = {"what": "right cause first", "hits": 14, "of": 22, "low": 0.4295, "high": 0.8027}
    alarms = {"what": "alarms on healthy ones", "hits": 0, "of": 9, "low": 0.0, "high": 0.2991}
    return {"failing | some": {"shares": [first]}, "healthy": {"shares": [alarms]}}


def test_each_set_has_a_row_with_its_intervals(tmp_path):
    path = tmp_path / checkup.SCORE
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(kept()))
    rows = checkup.checkup_table(tmp_path).splitlines()[2:]
    assert rows == [
        "| failing &#124; some | 14 of 22 (43 to 80 %) |  |  |",
        "| healthy |  |  | 0 of 9 (0 to 30 %) |",
    ]


def examined(cause, first, verdict, alarm=True):
    said = {"verdict": verdict, "experiment": "with η/10 the skill is 0.9 | 1"}
    return {
        "cause": cause, "right": [cause], "first": first, "said": said, "alarm": alarm,
        "seconds": 3.6,
    }  # fmt: skip


def test_each_case_in_view_has_a_row_with_what_comes_first_and_its_experiment(tmp_path):
    path = tmp_path / checkup.SCORE
    path.parent.mkdir(parents=True)
    rows = {
        "one_case": examined("no_update", ["no_update+", "dead_relu-"], "confirmed"),
        "missed": examined("graph_cut", ["rate_too_high?"], "not tested"),
        "odd": examined("healthy", ["rate_too_high?"], "not tested", alarm=False),
    }
    path.write_text(json.dumps({checkup.IN_VIEW: {"cases": rows}}))
    assert checkup.checkup_cases(tmp_path).splitlines()[2:] == [
        "| one case | no update | **no update +**, dead relu − "
        "| with η/10 the skill is 0.9 &#124; 1 | 4 |",
        "| missed | graph cut | rate too high ? |  | 4 |",
        "| odd | healthy | nothing to mend |  | 4 |",
    ]


def test_before_the_first_score_it_says_how_to_make_one(tmp_path):
    assert checkup.checkup_table(tmp_path) == checkup.MISSING


def asked(cause, first, three, alarm):
    return {"cause": cause, "first": first, "three": three, "alarm": alarm}


def test_another_tool_has_one_row_of_the_same_columns(tmp_path):
    path = tmp_path / checkup.RIVAL
    path.parent.mkdir(parents=True)
    cases = {
        "a": asked("no_update", True, True, True),
        "b": asked("graph_cut", False, True, False),
        "c": asked("healthy", False, False, True),
    }
    record = {"version": "0.7", "shares": rival.shares(cases.values()), "cases": cases}
    path.write_text(json.dumps(record))
    (row,) = checkup.checkup_rival(tmp_path).splitlines()[2:]
    name, *cells = row.strip("| ").split(" | ")
    assert name.endswith("torchmortem 0.7")
    assert [cell.partition(" (")[0] for cell in cells] == ["1 of 2", "2 of 2", "2 of 3"]


def test_before_another_tool_was_asked_it_says_how(tmp_path):
    assert checkup.checkup_rival(tmp_path) == checkup.UNASKED
