"""What is taken out of an edited text, to see whether a number needs it."""

import random

import pytest

from tests.staleness import edits, needed, small
from tests.staleness.case import Case

TAKEN = {  # {case: (before, after, after without it)}
    "a constant": ("A = 1\nB = 2\n", "A = 1\nB = 3\n", "A = 1\npass"),
    "within a function": (
        "def f(x):\n    y = x\n    return y + 1\n",
        "def f(x):\n    y = x\n    return y * 1\n",
        "def f(x):\n    y = x\n    pass",
    ),
    "another branch": (
        "if A:\n    B = 1\nelse:\n    B = 2\n",
        "if A:\n    B = 1\nelse:\n    B = 3\n",
        "if A:\n    B = 1\nelse:\n    pass",
    ),
    "a decorator": ("def f():\n    pass\n", "@g\ndef f():\n    pass\n", "pass"),
    "a default": ("def f(x):\n    pass\n", "def f(x=1):\n    pass\n", "pass"),
    "a base": ("class A:\n    n = 1\n", "class A(B):\n    n = 1\n", "pass"),
    "a condition": ("if A:\n    B = 1\n", "if C:\n    B = 1\n", "pass"),
    "what handles an error": (
        "try:\n    A = 1\nexcept B:\n    A = 2\n",
        "try:\n    A = 1\nexcept B:\n    A = 3\n",
        "try:\n    A = 1\nexcept B:\n    pass",
    ),
}
NOTHING = {
    "a docstring": ("def f():\n    return 1\n", "def f():\n    'One.'\n    return 1\n"),
    "an annotation": ("def f(x):\n    return x\n", "def f(x: int) -> int:\n    return x\n"),
    "order": ("A = 1\nB = 2\n", "B = 2\nA = 1\n"),
    "order of three": ("A = 1\nB = 2\nC = 3\n", "C = 3\nB = 2\nA = 1\n"),
    "an addition": ("A = 1\n", "A = 1\nB = 2\n"),
    "a removal": ("A = 1\nB = 2\n", "A = 1\n"),
}


@pytest.mark.parametrize("case", TAKEN)
def test_the_innermost_statement_that_is_another_is_taken_out(case):
    before, after, rest = TAKEN[case]
    assert needed.without(before, after) == rest


@pytest.mark.parametrize("case", NOTHING)
def test_what_came_went_or_moved_and_what_only_tells_is_needed_by_no_number(case):
    assert needed.without(*NOTHING[case]) is None


SCRIPT = "FACTOR = 3"
AFTER = {  # {outcome: text that is put in for FACTOR = 3}, with the number as it was
    "same": "FACTOR = 1 + 2",
    "needless": "FACTOR = 3\nif __name__ == '':\n    LIMIT = 1",
}


@pytest.mark.parametrize("outcome", AFTER)
def test_a_number_that_needs_the_statement_is_not_computed_for_nothing(
    tmp_path, monkeypatch, outcome
):
    small.write(tmp_path, random.Random(0))
    path = "figures/demo/s.py"
    text = (tmp_path / path).read_text()
    case = Case(tmp_path, "demo/s")
    monkeypatch.setattr(edits, "code", lambda *_: text.replace(SCRIPT, AFTER[outcome]))
    assert case.after(random.Random(0), "constants", [path])[0] == outcome
    assert (tmp_path / path).read_text() == text


def test_a_file_that_the_number_does_without_is_read_for_nothing(tmp_path, monkeypatch):
    small.write(tmp_path, random.Random(0))
    script = tmp_path / "figures/demo/s.py"
    named = script.read_text().replace('INPUTS = ["data', 'INPUTS = ["data/others.txt", "data')
    script.write_text(named.replace('own["inputs"][0]', '"data/numbers.txt"'))
    case = Case(tmp_path, "demo/s")
    monkeypatch.setattr(edits, "data", lambda path, _: path.read_bytes() + b"7\n")
    found = {case.after(random.Random(seed), "data", [])[0] for seed in range(8)}
    assert found == {"needless", "seen"}
