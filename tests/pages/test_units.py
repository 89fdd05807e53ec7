"""Differences of accuracies are percentage points, on the pages and in the list of claims."""

import functools
import itertools
import re
from pathlib import Path

import jinja2
import pytest

from trainingtips.press.content import ledger, numbers
from trainingtips.press.kept import scripts

ROOT = Path(__file__).parents[2]
MACRO = re.compile(r'\{\{ *number\("([^"]+)", "([^"]+)"\)[^}]*\}\}(.{0,12})', re.S)
RAW = re.compile(r"\{% raw %\}.*?\{% endraw %\}", re.S)
HEADLINE = re.compile(r'title="[^"]*: ([^"]+)">([^<]*)<')
# how the results of this project name the difference of two shares; not read from the builder
DIFFERENCE = re.compile(
    r"gain|gaps?(?:\b|_)|lost|lag\.|_ahead|differences|cost(?:\.|$)|wider\.|late_newest|scaled.*left"
    r"|tuned\.(?:noisy|many|few)|worth\.shifted|^spared\.|^steeper\.|peak\.(?:before|after)|^mended$"
    r"|^above\.\d"
)


def told():
    """(where, path, what is shown, what follows) of each number on a page, as it is rendered."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.filters |= {each.__name__: each for each in numbers.FILTERS}
    number = functools.partial(numbers.number, ROOT)
    for page in sorted((ROOT / "docs").glob("*.md")):
        for macro in MACRO.finditer(RAW.sub("", page.read_text("utf-8"))):
            text = environment.from_string(macro[0].removesuffix(macro[3])).render(number=number)
            yield page.name, macro[2], re.sub("<[^>]+>", "", text), macro[3]


def in_claims():
    """The same of each number of the list of claims, which a script's NUMBER names."""
    for name in scripts.find_names(ROOT):
        script = scripts.read_script(ROOT, name)
        for path, text in HEADLINE.findall(ledger.headline(ROOT, script)):
            yield name, path, text, ""


@pytest.fixture(scope="module")
def differences():
    every = itertools.chain(told(), in_claims())
    found = [(where, path, text + after) for where, path, text, after in every]
    return [each for each in found if DIFFERENCE.search(each[1])]


def test_no_difference_is_in_percent(differences):
    assert len(differences) > 30, "the pages compare accuracies"
    wrong = [each for each in differences if re.search(r"%|per ?cent\b", each[2])]
    assert not wrong, f"percentage points, for differences of shares: {wrong}"
    assert sum("points" in text for _, _, text in differences) > 30


def test_a_share_is_in_percent():
    shares = [each[:3] for each in told() if not DIFFERENCE.search(each[1])]
    assert sum("%" in text for *_, text in shares) > 30
    wrong = [each for each in shares if "points" in each[2]]
    assert not wrong, f"a share of one whole, no difference: {wrong}"
