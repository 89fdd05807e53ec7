"""Mistakes of a newcomer: each gets a sentence that says where it is and what to write.

They are made in a small project of two figures, through the commands that contributing names.
"""

import pytest

from tests.projects import SITE

FRONT = "---\ndescription: A page.\n---\n\n"
BIB = "@misc{wu2018, author = {Wu, Y.}, title = {A title}, year = {2018}, eprint = {1803.08494}}\n"
LINES = "![](figures/demo/a.svg)\n\n![](figures/demo/b.svg)\n"
SCRIPT, PAGE, SAID = "figures/demo/a.py", "docs/index.md", "docs/folklore.yml"
SENTENCE = "{id: a, sentence: It grows., source: '[@wu2018]', section: index, verdict: open, "

# mistake: (file, what stands there, what the newcomer writes, the place told, what to write)
MISTAKES = {
    "a claim that is returned": (
        SCRIPT, '    assert result["n"] == 4, "expected 4 points"', '    return result["n"] == 4',
        "figures/demo/a.py:17: ", "write assert result['n'] == 4",
    ),
    "a drawing with plt": (
        SCRIPT, "    figure.subplots().plot(",
        "    import matplotlib.pyplot as plt\n    plt.plot(",
        "figures/demo/a.py:22: ", "write axes = figure.subplots()",
    ),
    "no words for the picture": (
        SCRIPT, 'ALT = "A rising line."\n', "", "figures/demo/a.py: ", "ALT says in words",
    ),
    "a claim that is no sentence": (
        SCRIPT, '"""It grows."""', '"""Growth"""', "figures/demo/a.py: ", "ends in a full stop",
    ),
    "a result that is not finite": (
        SCRIPT, '"n": 4}', '"n": 4, "x": float("nan")}',
        "figures/demo/a.py", "with a count or a flag",
    ),
    "a figure's line within a list": (
        PAGE, "![](figures/demo/a.svg)", "- ![](figures/demo/a.svg)",
        "docs/index.md:7: ", "stands alone, at the line's beginning: ![](figures/demo/a.svg)",
    ),
    "a figure's path as a browser has it": (
        PAGE, "![](figures/demo/a.svg)", "![](../figures/demo/a.svg)",
        "docs/index.md:7: ", "stands alone, at the line's beginning: ![](figures/demo/a.svg)",
    ),
    "a number typed by hand": (
        PAGE, "Words.", "It is 51 percent.", "index.md:11: '51 percent'", "number(…)",
    ),
    "a key that is misspelt": (
        PAGE, "Words.", "So says [@wu2081].", "docs/index.md: [@wu2081]: ", "mean 'wu2018'?",
    ),
    "a macro that is none": (
        PAGE, "Words.", "{{ nubmer('demo/a', 'n') }}",
        "docs/index.md:11: ", "UndefinedError: 'nubmer' is undefined",
    ),
    "a macro that is not closed": (
        PAGE, "Words.", "{{ number('demo/a', 'n' }}", "docs/index.md:11: ", "unexpected '}'",
    ),
    "an error within a macro": (
        PAGE, "Words.", "{{ '%s' | int / 0 }}", "docs/index.md:11: ", "ZeroDivisionError: ",
    ),
    "no description": (
        PAGE, FRONT, "", "docs/index.md:1: ", "write `description: …` between two lines ---",
    ),
    "a colon in the front matter": (
        PAGE, "description: A page.", "description: A page: this.",
        "docs/index.md:2: ", "put a value with a colon or quotes into '…'",
    ),
    "no line for the figure": (
        PAGE, "![](figures/demo/a.svg)\n\n", "", "no page shows", "![](figures/demo/a.svg)",
    ),
    "a setting that compute() does not take": (
        SCRIPT, "ALT =", 'SETTINGS = {"other": {"data": "fashion"}}\nALT =',
        "figures/demo/a.py: ", "SETTINGS and compute(*, setting=None) go together",
    ),
    "a claim of a sentence that is misspelt": (
        SAID, "demo/b", "demo/bb", "docs/folklore.yml:1: ", "did you mean 'demo/b'?",
    ),
    "a sentence without a verdict": (
        SAID, "verdict: open, ", "", "docs/folklore.yml:1: ", "has no `verdict:`",
    ),
    "Latin-1": (PAGE, "Words.", "caf\udce9", "docs/index.md:11: ", "save the page as UTF-8"),
}  # fmt: skip


@pytest.fixture
def site(built):
    built.write("mkdocs.yml", SITE)
    built.write("docs/references.bib", BIB)
    built.write("docs/references.md", "---\ndescription: Works.\n---\n\n# Works\n\n[@wu2018]\n")
    built.write(SAID, f"- {SENTENCE}why: Nobody tried., claims: [demo/b]}}\n")
    built.write(PAGE, f"{FRONT}# Page\n\n{LINES}\nWords.\n")
    return built


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_a_sentence(site, mistake):
    path, old, new, place, words = MISTAKES[mistake]
    text = (site.root / path).read_text()
    assert text.count(old) == 1
    (site.root / path).write_bytes(text.replace(old, new).encode(errors="surrogateescape"))
    output = site.run("site", status=1)
    if "macro" not in mistake:
        assert "[macros]" not in output, "told before the pages are made"
    assert place in output and words in output, output
    assert "Traceback" not in output and "/press/" not in output, output
    assert not (site.root / "site").exists()
