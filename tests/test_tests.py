"""What every test keeps to: none waits for a fixed time, where the machine may have more to do."""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.py"))
WAITS = {"sleep", "wait_for_timeout"}


def waits(text):
    """Lines of the calls that wait for a fixed time: all but the pause of a loop that asks.

    Such a loop is `while`, and its condition, or an `if` within, asks for something by a call;
    or it is `while not found`, of what comes by itself.
    """
    tree = ast.parse(text)
    pauses = {id(node) for loop in ast.walk(tree) if _asks(loop) for node in ast.walk(loop)}
    return [node.lineno for node in ast.walk(tree) if _is_wait(node) and id(node) not in pauses]


def _asks(node):
    if not isinstance(node, ast.While):
        return False
    conditions = [node.test, *(each.test for each in ast.walk(node) if isinstance(each, ast.If))]
    comes = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.operand, ast.Name)
    asks = (isinstance(each, ast.Call) for test in conditions for each in ast.walk(test))
    return comes or any(asks)


def _is_wait(node):
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in WAITS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HERE).as_posix())
def test_no_test_waits_for_a_fixed_time(path):
    assert waits(path.read_text("utf-8")) == [], "poll instead: tests/waiting.py"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("time.sleep(3)", [1]),
        ("from time import sleep\nsleep(3)", [2]),
        ("page.wait_for_timeout(100)", [1]),
        ("for _ in range(50):\n    time.sleep(0.1)", [2]),
        ("while True:\n    time.sleep(0.1)", [2]),
        ("while count < 5:\n    time.sleep(0.1)", [2]),
        ("while not ended:\n    page.wait_for_timeout(50)", []),
        ("while not path.exists():\n    time.sleep(0.1)", []),
        ("while True:\n    if found():\n        break\n    sleep(0.1)", []),
        ("page.locator('x').wait_for()\nprocess.wait(20)", []),
        ("code = 'time.sleep(60)'", []),
    ],
)
def test_a_fixed_wait_is_found(text, found):
    assert waits(text) == found
