"""The report in its four forms, and its links."""

import json
import math
import re

import pytest

from trainingtips.checkup import labels, measured, report, shown


def made(alarm=True):
    known = labels.LABELS["softmax_twice"]
    finding = report.Finding(
        known.name, known.sentence, "a <b>", "logits", "with logits the skill is 1", "confirmed",
        known.page, known.mend, [0.1, 0.12, 0.05], [0.9, 1.0, 0.95],
    )  # fmt: skip
    return report.Report([finding] if alarm else [], alarm, ["softmax_twice"], ["not seen"], 0.5,
                         [3.0, math.nan, 1.0])  # fmt: skip


def test_json_has_a_version_and_no_number_that_is_not_finite():
    found = json.loads(made().to_json())
    assert found["version"] == report.VERSION
    assert found["losses"] == [3.0, None, 1.0]
    assert found["findings"][0]["label"] == "softmax_twice"


def test_text_says_the_finding_what_mends_it_and_what_was_lost():
    text = str(made())
    assert "confirmed by experiment" in text and "leave out the model's softmax" in text
    assert "! not seen" in text
    assert "Looked at 1 cause: softmax twice" in text
    assert "Nothing found" in str(made(alarm=False))


def long():
    """A report whose every part is longer than a terminal is wide, in words and in numbers."""
    found = made()
    words = "a value of 0.123 that is above what is usual, " * 5
    first = found.findings[0]
    first.measured = first.usual = first.experiment = words.strip(" ,")
    found.looked_at = list(labels.LABELS)
    found.lost = [words.strip(" ,")]
    found.measured = [measured.Line("loss at the start", words, "about log C", "batch.md#a")] * 3
    return found


@pytest.mark.parametrize("width", [40, 80, 100])
def test_lines_are_no_wider_than_the_terminal_and_nothing_is_lost(width):
    lines = list(shown.lines(long(), width))
    kept = [line for line in lines if ".md#" not in line]  # an address is never cut
    assert max(map(len, kept)) <= width
    assert "".join(" ".join(lines).split()) == "".join(
        " ".join(shown.lines(long(), 10_000)).split()
    )


def test_the_terminal_is_asked_for_its_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert max(len(line) for line in str(long()).splitlines() if ".md#" not in line) <= 60
    monkeypatch.setenv("COLUMNS", "400")
    assert max(map(len, str(long()).splitlines())) <= shown.WIDEST


@pytest.mark.parametrize("form", [str, report.Report.html])
def test_a_cause_is_said_once(form):
    assert form(made()).count("Softmax is taken twice") == 1


def test_what_no_experiment_has_tried_is_not_said_to_be_confirmed():
    """Nor that none could: a training that was only watched is not experimented with."""
    found = made()
    found.findings[0].verdict = "not tested"
    assert str(found).startswith("There is something to see that needs mending; no experiment has")
    assert "confirmed" not in str(found) and "1 cause," not in str(found)


@pytest.mark.parametrize("label", labels.LABELS.values(), ids=lambda each: each.name)
def test_an_advice_is_text_and_code_is_code(label):
    """`compile` is the judge of whole expressions; none of them may be set as text."""
    try:
        compile(label.mend, label.name, "exec")
    except SyntaxError:
        return
    assert shown._code(label.mend).startswith("<code>")


def test_html_is_one_file_in_both_themes(tmp_path):
    path = tmp_path / "report.html"
    made().to_html(path, site="https://example.org/notes/")
    text = path.read_text("utf-8")
    assert "a &lt;b&gt;" in text and "prefers-color-scheme: dark" in text
    assert not re.search(r"<(script|link|img)\b", text)
    assert "https://example.org/notes/loss_function.html#from-logits-to-probabilities" in text


def test_the_skills_from_each_start_are_drawn_in_two_rows_of_dots():
    text = made().html()
    dots = re.findall(r'<circle cx="([\d.]+)" cy="(\d+)"', text)
    before, after = ([float(x) for x, y in dots if y == row] for row in ("14", "38"))
    assert len(before) == len(after) == 3 and max(before) < min(after)
    assert "as it is: 0.10, 0.12, 0.05 and changed: 0.90, 1.00, 0.95" in text
    assert not re.findall("<circle", made(alarm=False).html())


@pytest.mark.parametrize("label", labels.LABELS.values(), ids=lambda each: each.name)
def test_each_page_and_section_is_there(label):
    name, _, anchor = label.page.partition("#")
    text = (shown.DOCS / name).read_text("utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in headings}
    assert anchor in slugs
    assert shown.link(label.page).startswith("file:")


@pytest.mark.parametrize("page", ["start.md", "train_and_test.md"])
def test_what_a_section_treats_is_read_there(page):
    read = {label.name for label in labels.LABELS.values() if label.page.startswith(page)}
    treated = {
        "start.md": {"dead_relu", "saturated_units", "clip_too_low", "symmetric_start"},
        "train_and_test.md": {
            "overfitting",
            "labels_noisy",
            "labels_mismatched",
            "dropout_too_high",
        },
    }
    assert read >= treated[page]
