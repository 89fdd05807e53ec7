"""What makes a page easy to read: the lab first, few intervals in a sentence, terms before use."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SIX = ["critical_points", "batch", "momentum", "learning_rate", "loss_function", "batch_norm"]
SECTIONS = [*SIX, "start", "train_and_test"]
READ = [*SECTIONS, "when_training_fails", "how_we_know", "where_it_holds", "claims", "index"]
MOST = 2  # intervals in the running text of a section; a table, a figure or a fold has the others


def page(name):
    """A page's Markdown without front matter, code, folds and tables."""
    text = (DOCS / f"{name}.md").read_text("utf-8")
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"^( *)```.*?^\1```", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^(?:\?\?\?|!!!).*\n(?:(?: {4}.*)?\n)*", "", text, flags=re.MULTILINE)
    return re.sub(r"^ *\|.*\n", "", text, flags=re.MULTILINE)


def sections(text):
    """[(heading, text)], the part above the first heading but the title's included."""
    parts = re.split(r"^#{1,4} (.+)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", READ)
def test_a_section_has_few_intervals_in_its_running_text(name):
    found = {
        heading: len(re.findall(r"\|\s*interval\b", text)) for heading, text in sections(page(name))
    }
    assert len(found) > 1
    assert not {heading: count for heading, count in found.items() if count > MOST}


def test_what_is_left_out_is_neither_more_nor_less():
    """A table's, a fold's and a code block's intervals do not count; those around them do."""
    text = (DOCS / "batch.md").read_text("utf-8")
    every, running = (len(re.findall(r"\| *interval\b", each)) for each in (text, page("batch")))
    assert 0 < running < every
    assert "??? " not in page("batch") and "\n| " not in page("batch")
    assert page("batch").count("\n## ") == text.count("\n## ")


@pytest.mark.parametrize("name", SECTIONS)
def test_the_lab_comes_right_after_the_question(name):
    (title, question), (heading, lab), *_ = sections(page(name))
    assert title and "?" in question, "no question"
    assert heading == "Move it yourself" and f"![](labs/{name}.js)" in lab
    assert "![](figures" not in question + lab.partition("![](labs")[0]
    assert len((question + lab).split()) < 260, "too much to read before it moves"


@pytest.mark.parametrize("name", ["when_training_fails", "how_we_know"])
def test_where_there_is_no_lab_a_picture_comes_in_the_first_section(name):
    first = next(text for _, text in sections(page(name)) if "![](figures" in text)
    place = page(name).index(first)
    assert len(page(name)[:place].split()) < 200
    assert len(first.partition("![](figures")[0].split()) < 120


@pytest.mark.parametrize("name", SECTIONS)
def test_a_lecture_is_cited_where_it_is_first_spoken_of(name):
    text = page(name).partition("\n## Reading")[0]
    first = re.search(r"[^.]*\blectures?'?s?\b[^.]*\.", text)
    if first:
        after = text[first.start() : first.end() + 400]
        assert "@lee2022" in after, first[0]
