"""Verdicts on other settings, as pages tell them."""

import markdown
import pytest

from tests.press.checking.test_repeat import SETTINGS, script
from tests.projects import SITE
from tests.site import parse
from trainingtips.press.base.errors import UserError
from trainingtips.press.checking import settings
from trainingtips.press.content import ledger, matrix, numbers
from trainingtips.press.kept import scripts

WHY = "1 < 2, measured Measured(mean=0.12345, low=-1.0, high=2, n=8)"
MODULES = "content.numbers, trainingtips.press.content.matrix"
TOLD = """# Claims

{{ where_it_holds("fails") }} failed and {{ where_it_holds("not tried") }} was not tried.

{{ where_it_holds() }}
"""


def test_nothing_is_said_where_nothing_was_tried(project):
    assert matrix.beside((), str) == ""
    assert matrix.table(project.root, "claims.html") == matrix.NONE
    assert matrix.count(project.root, "holds") == '<data class="count" value="0">0</data>'


def test_a_verdict_that_is_none_is_refused(project):
    with pytest.raises(UserError, match=r"'regime'.*holds, fails, not tried"):
        matrix.count(project.root, "regime")


def test_what_a_script_says_is_no_markup():
    cell = settings.Cell("a/b", "x", "fails", WHY, "<i>", "n & m", "SGD")
    told = matrix.beside([cell], lambda path: f"to/{path}")
    assert 'href="to/results/a/b@x.json"' in told
    cells = [cell.text() for cell in parse(told).all("td")]
    assert cells == ["fails: 1 < 2, measured 0.123 (−1 to 2)", "<i>", "n & m", "SGD"]


def test_digits_that_nobody_reads_are_left_out():
    why = "expected below 0.3070678440003121, measured 1.25, -3.04109999e-05 and 42"
    told = matrix.beside([settings.Cell("a/b", "x", "fails", why, "d", "n", "o")], str)
    assert "expected below 0.307, measured 1.25, -3.04e-05 and 42" in parse(told).text()


@pytest.mark.parametrize("field", ["why", "data", "network", "optimiser"])
def test_nor_is_it_markdown(field):
    """The small table lies in a caption, which is read as Markdown."""
    evil = "[x](javascript:go()) *e* `c` $x$ {: onclick=go() } \u202e"
    words = {"why": "w", "data": "d", "network": "n", "optimiser": "o"} | {field: evil}
    told = matrix.beside([settings.Cell("a/b", "x", "fails", **words)], str)
    text = f'<figcaption markdown="1">\n{told}</figcaption>'
    extensions = ["attr_list", "md_in_html", "pymdownx.arithmatex"]
    page = parse(markdown.markdown(text, extensions=extensions))
    assert not page.all("em", "code", "span", word="arithmatex"), told
    assert [link["href"] for link in page.all("a")] == ["results/a/b@x.json"]
    assert evil.replace("\u202e", "\N{REPLACEMENT CHARACTER}") in page.text()


@pytest.mark.parametrize("mean", ["abc", "1.2.3", "nan", "-", "1e999999", "<b>"])
def test_what_only_looks_like_a_measured_value_stays_as_it_is(mean):
    why = f"Measured(mean={mean}, low=0.0, high=1.0, n=3)"
    told = matrix.beside([settings.Cell("a/b", "x", "fails", why, "d", "n", "o")], str)
    assert f"fails: {why}" in [cell.text() for cell in parse(told).all("td")]


def test_page_and_site_tell_it(project):
    script(project)
    project.run("settings")
    project.write("mkdocs.yml", SITE.replace("content.numbers", MODULES))
    lines = "\n\n".join(f"![](figures/demo/{name}.svg)" for name in ("a", "b", "rise"))
    project.write("docs/index.md", f"---\ndescription: A page.\n---\n\n# Page\n\n{lines}\n")
    project.write("docs/claims.md", f"---\ndescription: All.\n---\n\n{TOLD}")
    project.write("docs/demo.md", "---\ndescription: D.\n---\n\n# Demo\n")
    project.run("site")
    page = parse((project.root / "site/index.html").read_text("utf-8"))
    beside = page.one("details", word="elsewhere")
    assert beside.one("summary").text() == "Elsewhere: holds on 1, fails on 1, not tried on 1"
    rows = [[cell.text() for cell in row.all("td")] for row in beside.all("tr")[1:]]
    assert rows == [
        ["holds", "hill", "one", "SGD"],
        ["fails: it does not grow", "vale", "one", "Adam <b>"],
        ["not tried: there is no slope", "flat"],
    ]
    html = (project.root / "site/claims/index.html").read_text("utf-8")
    assert '<data class="count" value="1">1</data> failed' in html
    whole = parse(html)
    rows = whole.one("table", word="ledger").all("tr")
    assert len(rows) == 2 + len(SETTINGS)
    measured = [row.all("td")[-1].text() for row in rows[2:]]
    assert measured == ["rises by 3.5", "rises by -1.5".replace("-", "−"), "—"]
    assert [each.text() for each in whole.all("option")].count("all") == 4
    assert (project.root / "site/results/demo/rise@down.json").is_file()


def test_a_part_that_a_setting_has_not_is_no_number_of_it(project):
    script(project)
    path = project.root / "figures/demo/rise.py"
    text = path.read_text().replace('"rises by {rise}"', '"rises by {first.rise}"')
    kept = '{"rise": rise + more, "first" if rise > 0 else "second": {"rise": rise}, '
    path.write_text(text.replace('{"rise": rise + more, ', kept))
    project.run("settings")
    found = matrix.table(project.root, "where.html")
    assert "rises by <data" in found and found.count('<td class="empty">—</td>') == 2
    with pytest.raises(numbers.NumberError, match="no 'first'"):
        ledger.headline(
            project.root, settings.repeated(scripts.read_script(project.root, "demo/rise"), "down")
        )


def test_a_number_of_a_setting_is_that_of_its_result(project):
    script(project)
    project.run("settings")
    assert numbers.number(project.root, "demo/rise@down", "rise").value == -1.5
    with pytest.raises(UserError, match="demo/rise has no such setting"):
        numbers.number(project.root, "demo/rise@up", "rise")
    with pytest.raises(UserError, match="where_it_holds"):
        numbers.on_page(project.root, "demo/rise@down", "rise")
    with pytest.raises(UserError, match="there is no such result"):
        numbers.number(project.root, "demo/rise@flat", "rise")


REPEATS = {
    "claim": "demo/a", "setting": "hill_whole", "data": "all of hill", "network": "one",
    "optimiser": "SGD",
}  # fmt: skip
AGAIN = """\"\"\"The rise is that of a whole hill.\"\"\"

ALT = "A line."
NUMBER = "rises by {{rise}}"
REPEATS = {repeats}


def compute():
    return {{"rise": 4.5, "elsewhere": {failed}}}


def claim(result):
    assert result["rise"] > 0, "it does not grow"


def draw(result, figure):
    figure.subplots().plot([0, result["rise"]])
"""


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        ([], "holds"),
        (["one <b>", "two", "three", "four"], "fails: one <b>; two; three"),
    ],
)
def test_a_figure_of_its_own_that_repeats_a_claim(project, failed, told):
    project.write("figures/demo/again.py", AGAIN.format(repeats=REPEATS, failed=failed))
    (cell,) = settings.everywhere(project.root)["demo/a"]
    assert (cell.verdict, cell.why) == ("not tried", settings.LAPSED), "it has no result yet"
    project.build()
    (cell,) = settings.everywhere(project.root)["demo/a"]
    table = parse(matrix.table(project.root, "claims.html")).one("table", word="elsewhere")
    cells = [each.text() for each in table.all("tr")[-1].all("td")]
    assert cells == [told, "all of hill", "one", "SGD", "rises by 4.5"]
    assert table.one("a")["href"] == "results/demo/again.json"
    kind = told.partition(":")[0]
    assert matrix.count(project.root, kind) == '<data class="count" value="1">1</data>'
