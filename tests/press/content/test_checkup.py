"""The check-up's score on its page: a row for each set, and what was not asked is left empty."""

import json

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


def test_before_the_first_score_it_says_how_to_make_one(tmp_path):
    assert checkup.checkup_table(tmp_path) == checkup.MISSING
