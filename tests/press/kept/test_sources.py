"""Which names a definition takes from its module."""

import pytest

from trainingtips.press.kept import sources

BODY = """
def {name}(loss):
    global counted
    counted = step = scale(loss)
    inner = [step for each in loss]

    def nested():
        return step + shift

    return nested, inner
"""


@pytest.mark.parametrize("name", ["top", "other"])
def test_a_functions_locals_are_not_the_modules_names_whatever_it_is_called(name):
    entry = sources.summarise(BODY.format(name=name) + "\nprint(counted)\n")["definitions"][name][0]
    assert entry["names"] == ["scale", "shift"]


@pytest.mark.parametrize("name", ["top", "other"])
def test_a_name_that_a_function_declares_global_is_the_modules(name):
    text = f"def {name}():\n    global counted\n    counted = counted + 1\n"
    assert sources.summarise(text)["definitions"][name][0]["names"] == ["counted"]


def test_a_method_of_that_name_has_locals_too():
    text = "class Stack:\n    def top(self, loss):\n        return loss + self.shift + SHIFT\n"
    assert sources.summarise(text)["definitions"]["Stack"][0]["names"] == ["SHIFT"]
