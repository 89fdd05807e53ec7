"""The ledger and the home page's counts against scripts read by ast and results read by json."""

import ast
import functools
import json
import re
from pathlib import Path

import pytest

from tests.copies import FIGURES

from . import parse

ROOT = Path(__file__).parents[2]
VERDICTS = {"holds": "holds", "regime": "holds in a regime", "not reproduced": "not reproduced"}


def constants(path):
    """The docstring's first line, and the module's literal constants."""
    tree, found = ast.parse(path.read_text("utf-8")), {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found[node.targets[0].id] = node.value.value
    return ast.get_docstring(tree).split("\n")[0], found


SCRIPTS = {
    path.relative_to(ROOT / "figures").with_suffix("").as_posix(): constants(path)
    for path in sorted((ROOT / "figures").glob("*/[!_]*.py"))
}


@pytest.fixture(scope="module")
def ledger(site):
    page = parse((site / "claims.html").read_text("utf-8"))
    (table,) = (each for each in page.all("table", word="ledger") if each["id"] == "ledger")
    rows = [row for row in table.all("tr") if row["data-verdict"]]
    return {row["id"]: row for row in rows}


@pytest.fixture(scope="module")
def ids(site):
    """ids(page) → all ids there."""

    @functools.cache
    def found(page):
        return {node["id"] for node in parse((site / page).read_text("utf-8")).walk()}

    return found


def value(kept, path):
    for step in path.split("."):
        kept = kept[int(step) if isinstance(kept, list) else step]
    return kept


def test_the_ledger_has_every_figure_once(ledger):
    assert sorted(ledger) == sorted(name.replace("/", "-") for name in SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_row_agrees_with_its_script_and_result(site, ids, ledger, name):
    claim, found = SCRIPTS[name]
    row = ledger[name.replace("/", "-")]
    verdict = found.get("VERDICT", "holds")
    assert row.one("th").text() == claim
    assert row.one("span", word="verdict").text() == VERDICTS[verdict]
    kept = json.loads((ROOT / f"results/{name}.json").read_bytes())
    assert kept["verdict"] == verdict
    paths = [each.split("|")[0].strip() for each in re.findall(r"{(.*?)}", found["NUMBER"])]
    shown = row.all(word="headline")
    assert paths and [each["title"] for each in shown] == [f"{name}: {path}" for path in paths]
    for each, path in zip(shown, paths, strict=True):
        expected = value(kept["result"], path)
        if isinstance(expected, str):
            assert each.text() == expected
        elif isinstance(expected, dict):
            assert float(each["value"]) == pytest.approx(expected["mean"], rel=1e-5)
            assert " to " in each.text()
        else:
            assert float(each["value"]) == pytest.approx(expected, rel=1e-5)
    links = {a.text(): a["href"] for a in row.all("a")}
    page, _, anchor = links["figure"].partition("#")
    assert anchor in ids(page)
    assert (site / links["script"]).read_bytes() == (ROOT / f"figures/{name}.py").read_bytes()
    assert (site / links["data"]).read_bytes() == (ROOT / f"results/{name}.json").read_bytes()


@pytest.mark.parametrize("name", [n for n in SCRIPTS if "REPORTED" in SCRIPTS[n][1]])
def test_what_others_found_stands_on_the_page_with_its_citation(name):
    reported = SCRIPTS[name][1]["REPORTED"]
    page = (ROOT / f"docs/{name.partition('/')[0]}.md").read_text("utf-8")
    for key in re.findall(r"\[@([\w-]+)\]", reported):
        assert f"@{key}" in page
    for number in re.findall(r"\d+\.\d+ %|\d+\.\d{2}|\d+\.\d (?=points)", reported):
        assert number in page


@pytest.mark.parametrize("page", ["index.html", "claims.html"])
def test_the_counts_are_those_of_the_scripts(site, page):
    counts = parse((site / page).read_text("utf-8")).all("data", word="count")
    verdicts = [found.get("VERDICT", "holds") for _, found in SCRIPTS.values()]
    expected = [len(verdicts), *(verdicts.count(each) for each in VERDICTS)]
    assert [int(each.text()) for each in counts] == expected


def rare(*what):
    """Refused in the same place as the first; each costs a drawing that imports torch."""
    return pytest.param(*what, marks=pytest.mark.long)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("slopes.first |", "slopes.frist |", "did you mean 'first'"),
        rare("slopes.first | interval(2)", "slopes.first | intervall(2)", "no filter 'intervall'"),
        rare("slopes.first | interval(2)", "slopes.first | decimals(2)", "has an interval"),
    ],
)
def test_a_faulty_number_is_refused(copy, old, new, words):
    copy.replace(f"figures/{FIGURES[1]}.py", old, new)
    copy.refused(f"figures/{FIGURES[1]}.py", words)


def test_an_unknown_citation_is_refused(copy):
    script = f"figures/{FIGURES[1]}.py"
    copy.replace(script, "\nNUMBER = ", '\nREPORTED = "as [@nobody1900]"\nNUMBER = ')
    copy.refused(script, "[@nobody1900]: there is no such entry")


def test_a_result_that_nothing_uses_is_refused(copy):
    text = (copy.root / f"results/{FIGURES[1]}.json").read_text("utf-8")
    copy.write("results/critical_points/old.json", text)
    copy.refused("results/critical_points/old.json", "used by no script")
