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


def uses(text, name):
    summary = sources.summarise(text)
    [index] = summary["defined"][name]
    return summary["units"][index]["uses"]


@pytest.mark.parametrize("name", ["top", "other"])
def test_a_functions_locals_are_not_the_modules_names_whatever_it_is_called(name):
    text = BODY.format(name=name) + "\nprint(counted)\n"
    assert uses(text, name) == ["scale", "shift"]


@pytest.mark.parametrize("name", ["top", "other"])
def test_a_name_that_a_function_declares_global_is_the_modules(name):
    text = f"def {name}():\n    global counted\n    counted = counted + 1\n"
    assert uses(text, name) == ["counted"]


def test_a_method_of_that_name_has_locals_too():
    text = "class Stack:\n    def top(self, loss):\n        return loss + self.shift + SHIFT\n"
    assert uses(text, "Stack") == ["SHIFT"]
