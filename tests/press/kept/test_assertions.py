"""A claim that cannot fail is refused, with its line and what to write; one that can is not."""

import ast

import pytest

from tests.projects import ROOT
from trainingtips.press.kept import assertions, scripts

HELPERS = """
def falls(v):
    assert v < 0

def told(v):
    return v < 0

def through(v):
    falls(v)
"""
NEVER = {
    "pass": (1, "asserts nothing"),
    "...": (1, "asserts nothing"),
    "print(result)": (1, "asserts nothing"),
    "told(result)": (1, "asserts nothing"),
    "v = result['v']\n    return v < 0": (3, "write assert v < 0"),
    "return np.isclose(result['v'], 1)": (2, "write assert np.isclose(result['v'], 1)"),
    "np.isclose(result['v'], 1)": (2, "write assert np.isclose"),
    "all(each < 0 for each in result)": (2, "write assert all("),
    "result['v'] < 0": (2, "write assert result['v'] < 0"),
    "falls(result)\n    result['v'] < 0": (3, "write assert result"),
    "not result['v']": (2, "write assert not"),
    "assert (result['v'] < 0, 'falls')": (2, "write assert result['v'] < 0, 'falls'"),
    "assert (result['v'] < 0,)": (2, "write assert result['v'] < 0"),
    "assert True": (2, "always true"),
    "assert 'it falls'": (2, "always true"),
    "assert 1 < 2": (2, "always true"),
    "assert [result['v'] < 0]": (2, "always true"),
    "assert {'v': result}": (2, "always true"),
    "assert (v < 0 for v in result)": (2, "always true"),
    "assert lambda: result": (2, "always true"),
    "assert result['v'] < 0 or True": (2, "always true"),
    "assert not False and 'x'": (2, "always true"),
    "assert result['v'] == result['v']": (2, "always true"),
    "return\n    assert result['v'] < 0": (3, "never reached: line 2"),
    "if result:\n        return\n    else:\n        return\n    assert result": (
        6,
        "never reached",
    ),
    "if True:\n        return\n    assert result['v'] < 0": (4, "never reached"),
    "if False:\n        assert result['v'] < 0": (3, "never reached: False is never true"),
    "for v in result:\n        continue\n        assert v < 0": (4, "never reached"),
    "try:\n        assert result\n    except AssertionError:\n        pass": (4, "is caught here"),
    "try:\n        assert result\n    except:\n        pass": (4, "is caught here"),
    "try:\n        falls(1)\n        assert result\n    except (ValueError, Exception):\n"
    "        pass": (5, "is caught here"),
    "with suppress(AssertionError):\n        assert result['v'] < 0": (2, "suppressed"),
    "def check():\n        assert result['v'] < 0": (1, "asserts nothing"),
    "assert SLOPE < 0": (1, "never reads result"),
    "yield\n    assert result": (2, "never runs"),
    "assert result['v'].any": (2, "write assert result['v'].any()"),
    "assert [v < 0 for v in result]": (2, "write all(v < 0 for v in result)"),
    "assert len(result['v']) >= 0": (2, "always true"),
    "assert abs(result['v']) >= 0": (2, "always true"),
    "assert result['v'] < 0 and (result['w'] > 9 or True)": (2, "always true"),
    "assert (ok := True) and result['v'] < 0": (2, "always true"),
    "if not __debug__:\n        assert result['v'] < 0": (3, "is never true"),
    "if TYPE_CHECKING:\n        assert result['v'] < 0": (3, "is never true"),
    "try:\n        assert result\n    finally:\n        return": (5, "leaves a failed assertion"),
    "try:\n        assert result\n    except AssertionError as e:\n        if str(e) == 'x':\n"
    "            raise": (4, "is caught here"),
    "with quiet(AssertionError):\n        assert result['v'] < 0": (2, "suppressed"),
    "with case.assertRaises(AssertionError):\n        assert result['v'] < 0": (2, "suppressed"),
    "SEEN.append(result['v'])\n    assert len(SEEN) == 1": (2, "SEEN is changed here"),
    "SEEN['v'] = result['v']\n    assert SEEN['v'] < 0": (2, "SEEN is changed here"),
    "global COUNT\n    COUNT = 1\n    assert result": (2, "write no global"),
}
SOMETIMES = [
    "assert result['v'] < 0",
    "falls(result['v'])",
    "through(result['v'])",
    "v = result['v']\n    assert told(v)",
    "np.testing.assert_allclose(result['v'], 1)",
    "if result['v'] > 0:\n        raise AssertionError('it rises')",
    "if result['v'] > 0:\n        return\n    assert result['w'] < 0",
    "for v in result:\n        if v:\n            continue\n        assert v < 0",
    "def check(v):\n        assert v < 0\n    check(result['v'])",
    "try:\n        v = result['v']\n    except KeyError:\n        v = 1\n    assert v < 0",
    "result = dict(result)\n    assert result == {} or result['v'] < 0",
    "assert (result['v'] < 0), 'falls'",
    "falls(result['v'])\n    return",
    "assert result['v'] < 0\n    return None",
]


def claim(body):
    return ast.parse(f"def claim(result):\n    {body}\n{HELPERS}")


@pytest.mark.parametrize("body", NEVER)
def test_a_claim_that_cannot_fail_is_refused(body):
    line, words = NEVER[body]
    with pytest.raises(assertions.Fault) as told:
        assertions.check_claim(claim(body))
    assert words in str(told.value) and told.value.lineno == line


@pytest.mark.parametrize("body", SOMETIMES)
def test_a_claim_that_can_fail_is_not(body):
    assertions.check_claim(claim(body))


@pytest.mark.parametrize("name", scripts.find_scripts(ROOT))
def test_every_claim_of_the_site_can_fail(name):
    tree = ast.parse((ROOT / f"figures/{name}.py").read_text("utf-8"))
    assertions.check_claim(tree)
    assertions.check_draw(tree)


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("import matplotlib.pyplot as plt", "plt.plot([1])"),
        ("from matplotlib import pyplot", "pyplot.plot([1])"),
        ("import matplotlib.pyplot", "matplotlib.pyplot.plot([1])"),
    ],
)
def test_pyplot_is_refused_with_the_line_to_write(head, line):
    with pytest.raises(assertions.Fault, match=r"figure\.subplots\(\)") as told:
        assertions.check_draw(ast.parse(f"{head}\n\ndef draw(result, figure):\n    {line}\n"))
    assert told.value.lineno == 4
    assertions.check_draw(ast.parse(f"{head}\n\ndef draw(result, figure):\n    figure.plt\n"))


def test_names_taken_from_pyplot_are_refused():
    with pytest.raises(assertions.Fault, match="figure"):
        assertions.check_draw(ast.parse("from matplotlib.pyplot import plot\n"))


@pytest.mark.parametrize("body", ["pass", "return result['n'] < 0", "return\n    assert result"])
def test_a_build_says_the_line(project, body):
    text = (project.root / "figures/demo/a.py").read_text()
    before, _, after = text.partition("    assert")
    project.write("figures/demo/a.py", f"{before}    {body}\n{after.partition(chr(10))[2]}")
    output = project.build(status=1)
    assert "figures/demo/a.py:1" in output and ("write assert" in output or "line 1" in output)
    assert "Traceback" not in output


CLAIM = "def claim(result):\n    assert result['v'] < 0\n"
ANOTHER = {
    f"@lambda f: print\n{CLAIM}": "is decorated",
    f"{CLAIM}claim = lambda result: None\n": "another one from here on; line 1 never runs",
    f"{CLAIM}from lab import claim\n": "another one from here on",
    f"{CLAIM}for claim in [print]:\n    pass\n": "another one from here on",
}


@pytest.mark.parametrize("text", ANOTHER)
def test_what_is_not_run_is_no_claim(text):
    with pytest.raises(assertions.Fault, match=ANOTHER[text]):
        assertions.check_claim(ast.parse(text))


FORGETS = [
    "def claim(result):\n    found = []\n    found.append(result['v'])\n    assert found[0] < 0",
    "import numpy as np\ndef claim(result):\n    assert np.add(result['v'], 1) < 0",
    "def claim(result):\n    found = []\n    def look(v):\n        found.append(v)\n"
    "        assert v < 0\n    look(result['v'])\n    assert found",
]


@pytest.mark.parametrize("text", FORGETS)
def test_what_is_built_within_may_be_changed(text):
    assertions.check_claim(ast.parse(text))
