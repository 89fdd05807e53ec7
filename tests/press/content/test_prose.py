"""Numbers typed by hand are found."""

import pytest

from trainingtips.press.content import prose


@pytest.mark.parametrize(
    "text",
    [
        "It takes $0.5$ s.",
        "`0.5`",
        '{{ number("a", "b") | percent(1) }} and 3 updates',
        "```\n0.5\n```",
        "Published: 98.0 % [^keskar].",
        "See [arXiv 1609.04836](https://arxiv.org/abs/1609.04836).",
        "Python 3.11 and section 2.",
        "---\ntitle: 0.5\n---\ntext",
    ],
)
def test_prose_that_is_fine(text):
    assert prose.typed_numbers(text) == []


def test_typed_numbers_are_found_with_their_lines():
    text = "# T\n\n`x`\n\nIt reaches 97.3 %\nafter 0.25 s [^a].\n\nAnd 12% or 3.5."
    assert prose.typed_numbers(text) == [(8, "12%"), (8, "3.5")]


@pytest.mark.parametrize("text, found", [
    ("It is 97&nbsp;%.", "97\xa0%"), ("It is 97&#37;.", "97%"), ("It is 97&#46;3 of it.", "97.3"),
    ("By 3 pct.", "3 pct"), ("By 3 percentage points.", "3 percentage points"), ("By 9‰.", "9‰"),
    ("It is {{ 0.93 }}.", "0.93"), ("It is {{ 97 | unit('%') }}.", "97"),
    ("{% set x = 0.93 %}It is {{ x }}.", "0.93"),
])  # fmt: skip
def test_a_number_in_disguise_is_found(text, found):
    assert prose.typed_numbers(f"# T\n\n{text}") == [(3, found)]
