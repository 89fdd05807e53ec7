"""A claim without counter-results is refused, and so is one that accepts what it should refuse."""

import re

import pytest

from trainingtips.press.base.errors import ScriptError
from trainingtips.press.building import counters, figure
from trainingtips.press.kept import results, scripts

SCRIPT = '''"""The slope falls with n, but it stays above zero.

Slopes of three sizes,
each a half of the last.
"""

ALT = "A falling line."
ILLUSTRATION = ("path",)


def compute():
    return {"slopes": [3.0, 2.0, 1.0], "name": "short", "path": [1.0, 2.0]}


def claim(result):
    slopes = result["slopes"]
    for one, other in zip(slopes, slopes[1:]):
        assert other < one, f"expected it to fall, measured {other}"
    assert slopes[-1] > 0, f"expected it above zero, measured {slopes[-1]}"


def draw(result, figure):
    figure.subplots().plot(result["slopes"])
'''
RISES = '''
def rises(result):
    """The slope falls with n"""
    result["slopes"][1] = 3.5
'''
SINKS = '''
def sinks(result):
    """it stays above zero

    Theory has no say in it.
    """
    result["slopes"][-1] = -0.5
'''
PATH = "tests/counter/demo/c.py"


class Demo:
    """A script with its counter-results, on the disk and imported."""

    def __init__(self, root):
        self.root = root
        self.write("figures/demo/c.py", SCRIPT)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def read(self):
        return counters.read(self.root, scripts.read_script(self.root, "demo/c"))

    def check(self, *functions):
        """Check the claim against these counter-results."""
        self.write(PATH, "".join(functions))
        script = scripts.read_script(self.root, "demo/c")
        module = figure.load(self.root, script)
        plain = results.encode(module.compute())
        counters.check(self.root, script, module, results.Kept("", "holds", 1.0, {}, plain))

    def refused(self, *functions):
        """What is said of these counter-results."""
        with pytest.raises(ScriptError) as caught:
            self.check(*functions)
        return str(caught.value)


@pytest.fixture
def demo(tmp_path):
    return Demo(tmp_path)


def test_a_claim_that_refuses_them_all_is_accepted(demo):
    demo.check(RISES, SINKS)
    assert list(demo.read().words) == ["rises", "sinks"]
    assert demo.read().words["sinks"] == "it stays above zero"


def test_a_project_without_the_folder_is_asked_for_none(demo):
    assert demo.read() is None
    script = scripts.read_script(demo.root, "demo/c")
    counters.check(demo.root, script, figure.load(demo.root, script), kept=None)


def test_a_shared_experiment_has_none(demo):
    demo.write("figures/demo/_runs.py", '"""Runs."""\n\n\ndef compute():\n    return {"n": 1}\n')
    (demo.root / scripts.COUNTERS).mkdir(parents=True)
    assert counters.read(demo.root, scripts.read_script(demo.root, "demo/_runs")) is None


def test_what_is_missing_is_told_with_what_to_write(demo):
    (demo.root / scripts.COUNTERS).mkdir(parents=True)
    with pytest.raises(ScriptError, match=rf"^{PATH} is missing") as caught:
        demo.read()
    for words in ("The slope falls with n", "it stays above zero"):
        assert f'"""{words}"""' in str(caught.value)


def test_words_of_the_caption_do_for_what_only_it_says(demo):
    half = (
        '\ndef not_half(result):\n    """three sizes, each a half"""\n    result["slopes"][1] = 4\n'
    )
    demo.check(RISES, SINKS, half)
    assert "no counter-result for 'The slope falls" in demo.refused(half, SINKS)


def test_each_part_of_the_sentence_has_one(demo):
    assert "no counter-result for 'it stays above zero.'" in demo.refused(RISES)
    assert "no counter-result for 'The slope falls with n'" in demo.refused(SINKS)


def test_one_that_the_claim_accepts_is_named_with_its_words(demo):
    lower = '\ndef lower(result):\n    """it stays … zero"""\n    result["slopes"][-1] = 0.1\n'
    told = demo.refused(RISES, SINKS, lower)
    assert f"{PATH}: lower: claim() accepts it, though 'it stays … zero' is false in it" in told


def test_all_faults_are_told_at_once(demo):
    lower = SINKS.replace("-0.5", "0.5")
    steady = '\ndef steady(result):\n    """it stays"""\n    result["slopes"][0] = 3.5\n'
    told = demo.refused(RISES, lower, steady)
    for words in ("sinks: claim() accepts it", "steady: claim() accepts", "assert slopes[-1] > 0"):
        assert told.count(words) == 1, told


def test_an_assertion_that_refuses_none_is_named_with_its_line(demo):
    both = RISES.replace("falls with n", "falls with n, but it stays above zero")
    told = demo.refused(both)
    line = 1 + SCRIPT.splitlines().index(
        '    assert slopes[-1] > 0, f"expected it above zero, measured {slopes[-1]}"'
    )
    assert f"figures/demo/c.py:{line}: no counter-result of {PATH}" in told
    assert told.endswith("assert slopes[-1] > 0")


def test_assertions_of_other_functions_of_the_script_count(demo):
    text = SCRIPT.replace("    assert slopes[-1] > 0,", "    above(slopes[-1])\n    assert True,")
    text = re.sub(r"    assert True,.*\n", "", text)
    above = "\n\ndef above(slope):\n    assert slope > 0, slope\n    assert slope < 10, slope\n"
    demo.write("figures/demo/c.py", text + above)
    assert "assert slope < 10" in demo.refused(RISES, SINKS)
    steep = '\ndef steep(result):\n    """it stays"""\n    result["slopes"][:] = 30, 20, 11\n'
    demo.check(RISES, SINKS, steep)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("pass", "rises changes nothing"),
        ('result["slopes"][1] = float("nan")', "leaves what no result can be"),
        ('result["slopes"] = []', "refuses it by no assertion, it raises IndexError"),
        ('result["slopes"] = 3.5', "changes the form of result.slopes"),
        ('result["more"] = 1', "changes the form of result"),
        ('result["name"] = 1.5', "changes the form of result.name"),
        ('result["slopes"] = [3, 2, 1, "1"]', r"changes the form of result.slopes\[3\]"),
        ('result["slopes"] = result["slopes"][:2]', "claim() accepts it"),  # one that did not end
        ('result["slopes"] = [True, 2, 1]', r"changes the form of result.slopes\[0\]"),
        ("return result", "changes the result that it is given, and returns None"),
        ('result["slopse"][1] = 3', r"demo/c\.py:4: KeyError: 'slopse'"),
        ('result["path"][1] = 3', "claim() accepts it"),  # what is drawn alone proves nothing
    ],
)
def test_one_that_is_no_result_is_refused(demo, change, told):
    text = RISES.replace('result["slopes"][1] = 3.5', change)
    assert re.search(told.replace("()", r"\(\)"), demo.refused(text, SINKS))


def test_one_that_breaks_the_claim_by_another_error_is_refused(demo):
    demo.write("figures/demo/c.py", SCRIPT.replace("slopes[-1] > 0", "1 / (slopes[-1] + 0.5) > 0"))
    sinks = SINKS.replace('["slopes"][-1] = -0.5', ".update(slopes=[3, 2, -0.5])")
    told = demo.refused(RISES, sinks)
    assert "sinks: claim() refuses it by no assertion, it raises" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("The slope falls with n", "The slope sinks", "makes 'The slope sinks' false, which the"),
        ('"""The slope falls with n"""', "pass", r"c\.py:2: rises does not say which words"),
        ("def rises(result):", "def rises(result:", r"c\.py:2: "),
    ],
)
def test_words_that_are_not_of_the_claim_are_refused(demo, old, new, told):
    assert re.search(told, demo.refused(RISES.replace(old, new), SINKS))


def test_a_link_that_leads_out_of_the_project_is_not_followed(demo, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "c.py"
    outside.write_text(RISES + SINKS)
    (demo.root / PATH).parent.mkdir(parents=True)
    (demo.root / PATH).symlink_to(outside)
    with pytest.raises(ScriptError, match="a link that leads out of the project"):
        demo.read()


def test_a_build_refuses_a_claim_without_and_builds_it_with_them(project):
    project.write("figures/demo/c.py", SCRIPT)
    for each in "ab":
        one = '\ndef shorter(result):\n    """It grows"""\n    result["n"] = 3\n'
        project.write(f"tests/counter/demo/{each}.py", one)
    told = project.build(status=1)
    assert "1 figure was not built" in told and f"{PATH} is missing" in told
    assert "broken" in project.run("list")
    project.write(PATH, RISES + SINKS.replace("-0.5", "0.5"))
    told = project.build(status=1)
    assert "sinks: claim() accepts it" in told
    project.write(PATH, RISES + SINKS)
    assert "demo/c" in project.build()
    assert "every figure is fresh" in project.build()
    project.write(PATH, RISES + SINKS.replace("-0.5", "-0.25"))
    assert "its counter-results changed" in project.run("list")
    project.write(PATH, RISES)
    assert "no counter-result for 'it stays above zero.'" in project.build(status=1)


def test_what_new_writes_builds_and_is_to_be_made_ones_own(project):
    for each in "ab":
        one = '\ndef shorter(result):\n    """It grows"""\n    result["n"] = 3\n'
        project.write(f"tests/counter/demo/{each}.py", one)
    told = project.run("new", "demo/coins")
    assert "tests/counter/demo/coins.py says what could have come out instead" in told
    project.build()
    project.replace("figures/demo/coins.py", "strays from one half by about", "is off by some")
    assert "which the claim does not say" in project.build("demo/coins", status=1)
    told = project.run("new", "demo/_runs")
    assert not (project.root / "tests/counter/demo/_runs.py").exists()
