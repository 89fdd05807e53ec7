"""A fault in a page stops the site: each is built for real, with the message its author gets."""

import shutil

import pytest

from tests.copies import FIGURES, NAV, SLOPE


def test_without_a_fault_it_is_built(copy):
    status, output = copy.build()
    assert status == 0, output
    assert "WARNING" not in output and "computed" not in output
    page = (copy.root / "site/figures.html").read_text("utf-8")
    assert page.count('<figure class="claim"') == len(FIGURES)
    assert "measured" in (copy.root / "site/index.html").read_text("utf-8")


def test_compiled_templates_are_kept_and_damaged_ones_made_anew(copy):
    shutil.rmtree(copy.root / "build/cache/templates", ignore_errors=True)
    assert copy.build()[0] == 0
    page = (copy.root / "site/figures.html").read_bytes()
    kept = list((copy.root / "build/cache/templates").iterdir())
    assert kept
    for path in kept:
        path.write_bytes(b"damaged")
    status, output = copy.build()
    assert status == 0, output
    assert (copy.root / "site/figures.html").read_bytes() == page
    assert all(path.read_bytes() != b"damaged" for path in kept)


LINKS = {
    "[gone](gone.md)": "a link 'gone.md', but the target is not found",
    "[gone](figures.md#gone)": "a link 'figures.md#gone', but the doc",
    "[gone](#gone)": "a link '#gone', but there is no such anchor",
    "[absolute](/figures/)": "an absolute link '/figures/'",
    "[no such file](figures/critical_points/gone.py)": "a link 'figures/critical_points/gone.py'",
    "[not a page](figures)": "an unrecognized relative link 'figures'",
    "![](gone.png)": "a link 'gone.png'",
}
NUMBERS = {
    'number("critical_points/tailor", "loss")': f"tailor'; did you mean '{FIGURES[1]}'",
    f'number("{FIGURES[1]}", "los")': "no 'los'; did you mean 'loss'",
    f'number("{FIGURES[1]}", "slopes")': "is a dict: add a part",
    f'number("{FIGURES[1]}", "steps")': "add an index",
    f'number("{FIGURES[1]}", "steps.999")': "index 999 of",
    f'number("{FIGURES[1]}", "loss") | interval': "has no interval",
}


@pytest.fixture(scope="module")
def dead_links(prepared):
    """What a build says of a page with all of LINKS: mkdocs tells them together."""
    return prepared.refused_once("\n\n".join(LINKS), "strict mode")


@pytest.mark.parametrize("link", LINKS)
def test_a_dead_link_is_refused(dead_links, link):
    told = f"WARNING -  Doc file 'index.md' contains {LINKS[link]}"
    assert dead_links.count(told) == 1, dead_links


@pytest.fixture(scope="module")
def missing_numbers(prepared):
    """What a build says of a page with all of NUMBERS."""
    lines = "\n\n".join(f"{{{{ {number} }}}}" for number in NUMBERS)
    return prepared.refused_once(lines, "index.md: ")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_not_there_is_refused(missing_numbers, number):
    assert NUMBERS[number] in missing_numbers


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("![](figures/critical_points/two_weigths.svg)", ["two_weigths", f"mean '{FIGURES[0]}'"]),
        ("![](figures/critical_points/taylor.png)", ["taylor.png", "section/name.svg"]),
        ("![](/figures/critical_points/taylor.svg)", ["/figures", "section/name.svg"]),
        (
            "In a sentence: ![](figures/critical_points/taylor.svg)",
            ["index.md:13: a figure's line stands alone", f"![](figures/{FIGURES[1]}.svg)"],
        ),
        ("![A plot.](figures/critical_points/taylor.svg)", ["ALT", "'A plot.'", "empty"]),
        (f"{{{{ {SLOPE} | intervall }}}}", ["No filter named 'intervall'"]),
        ("{{ nowhere }}", ["'nowhere' is undefined"]),
        ("It reaches 0.97.", ["index.md:13: '0.97'", "number("]),
        ("It reaches 97 %.", ["index.md:13: '97 %'", "number("]),
        (r"A formula: $\frac{1$.", [r"formula '\\frac{1'", "KaTeX parse error"]),
        (r"A formula: $\nosuch$.", [r"formula '\\nosuch'", "Undefined control sequence"]),
        ("$$\nx^2^3\n$$", ["formula 'x^2^3'", "Double superscript"]),
        (f"So $x = {{{{ {SLOPE} }}}}$.", ["taylor: slopes.first stands in a formula"]),
        ("::: trainingtips.nowhere", ["trainingtips.nowhere could not be found"]),
    ],
)
def test_a_faulty_line_is_refused(copy, line, words):
    copy.add(line)
    copy.refused("index.md", *words)


def test_a_figure_that_no_page_shows_is_refused(copy):
    line = f"![](figures/{FIGURES[1]}.svg)"
    copy.replace("docs/figures.md", line, "")
    assert FIGURES[0] not in copy.refused("no page shows", line)


def test_a_result_that_breaks_the_claim_is_refused(copy):
    copy.replace(f"results/{FIGURES[0]}.json", '"elsewhere": 0', '"elsewhere": 3')
    copy.refused(FIGURES[0], "measured 3")


def test_a_claim_that_fails_is_refused(copy):
    script = f"figures/{FIGURES[0]}.py"
    copy.replace(script, "assert elsewhere == 0", "assert elsewhere == 7")
    copy.refused(script, "measured 0")


def test_a_page_that_the_navigation_leaves_out_is_refused(copy):
    copy.write("docs/hidden.md", "# Hidden\n")
    copy.refused("hidden.md", "not included in the")


def test_a_page_that_the_navigation_invents_is_refused(copy):
    copy.replace("mkdocs.yml", NAV, f"{NAV}  - Gone: gone.md\n")
    copy.refused("gone.md")


def test_what_was_restored_is_built_again(copy):
    status, output = copy.build()
    assert status == 0, output
