"""The API page."""

from trainingtips.press.pages import api


def test_examples_in_docstrings_are_fenced_for_the_api_page():
    text = "Adds.\n\n>>> 1 + 1\n2\n\nRaises nothing."
    assert api.fenced(text) == "Adds.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nRaises nothing."
    assert api.fenced("No example.") == "No example."
