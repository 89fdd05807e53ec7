"""A worker has what the key covers, and nothing else; an edit during a build changes nothing."""

import pytest

from tests.staleness import truth
from trainingtips.press.building import figure
from trainingtips.press.building.plan import Plan

SCRIPT = '''"""Counts."""

{}
ALT = "A point."


def claim(result):
    assert result["v"] is not None, "there is a value"


def draw(result, figure):
    figure.subplots().plot([1, 2])
'''
LAB = """HOOK = []


def used():
    return 1


def hidden():
    return 2


class Other:
    size = 3
"""


@pytest.fixture
def write(tmp_path):
    def write(body):
        for path, text in {
            "lab/__init__.py": "", "lab/a.py": LAB, "figures/demo/s.py": SCRIPT.replace("{}", body)
        }.items():  # fmt: skip
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return tmp_path

    return write


def test_what_the_key_does_not_cover_is_left_out(write):
    root = write("from lab.a import used\n\n\ndef compute():\n    return {'v': used()}\n")
    plan = Plan(root)
    module = plan.modules(plan.states["demo/s"].script)["lab.a"]
    assert module.left_out == {0, 2, 3}  # HOOK, hidden, Other


@pytest.mark.parametrize(
    "use", ["hidden()", "Other.size", "Other()", "HOOK + []", "hidden == 1", "bool(HOOK)"]
)
def test_using_it_by_a_hidden_way_is_refused(write, use):
    name = use.partition("(")[0].partition(".")[0].partition(" ")[0]
    name = "HOOK" if name == "bool" else name
    hidden = f"getattr(used, '__glo' + 'bals__')['{name}']"
    body = "from lab.a import used\n\n\ndef compute():\n    used()\n"
    body += f"    {name} = {hidden}\n    return {{'v': {use}}}\n"
    _, kind, message = truth.built(write(body))
    assert kind == "refused"
    assert f"compute() uses {name} of lab.a" in message
    assert f"name it: from lab.a import {name}" in message


def test_an_edit_after_the_key_was_taken_changes_nothing(write):
    root = write("from lab.a import used\n\n\ndef compute():\n    return {'v': used()}\n")
    plan = Plan(root)
    state = plan.states["demo/s"]
    modules = plan.modules(state.script)
    for path in ("lab/a.py", "figures/demo/s.py"):
        (root / path).write_text("raise SystemError('the edited text was executed')\n")
    task = figure.Task(state.result_key, {}, frozenset(), modules=modules)
    computed = truth.forked(figure.compute, root, state.script, task)
    assert computed.kept.plain == {"v": 1}
