"""References and glossary as they are published, against their sources read by other means."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.copies import Copy

from . import parse

DOCS = Path(__file__).parents[2] / "docs"
FIGURES = DOCS.parent / "figures"
SECTIONS = sorted(page.stem for page in DOCS.glob("*.md") if (FIGURES / page.stem).is_dir())
SECTIONS.remove("checkup")  # of the tool: it has no reading list
ENTRY = re.compile(r"^@\w+\{([\w-]+),\n(.*?)^\}", re.DOTALL | re.MULTILINE)
FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)

every_section = pytest.mark.parametrize("section", SECTIONS)


def entries():
    """{key: fields} of the BibTeX file, by its layout of one field a line."""
    text = (DOCS / "references.bib").read_text("utf-8")
    found = {key: dict(FIELD.findall(body)) for key, body in ENTRY.findall(text)}
    assert len(found) == text.count("\n@") > 30
    return found


@pytest.fixture(scope="module")
def page(site):
    """A page's article as a tree."""
    known = {}

    def read(name):
        if name not in known:
            html = (site / f"{name}.html").read_text("utf-8")
            known[name] = parse(html).one("article")
        return known[name]

    return read


def squeezed(text):
    return " ".join(text.split())


def works(article):
    return {n["id"]: n for n in article.all("span", word="reference")}


def test_every_entry_is_listed_with_its_title_and_a_link(page):
    listed = works(page("references"))
    assert listed.keys() == {f"ref-{key}" for key in entries()}
    for key, fields in entries().items():
        node = listed[f"ref-{key}"]
        assert node.one("em").text() == re.sub("[{}]", "", fields["title"])
        links = [a["href"] for a in node.all("a")]
        assert (f"https://arxiv.org/abs/{fields.get('eprint')}" in links) == ("eprint" in fields)
        assert (links or key == "lee2022") and all(link.startswith("https://") for link in links)
        for author in fields["author"].split(" and "):
            assert re.sub("[{}]", "", author.partition(",")[0]) in node.text()


def test_no_two_entries_are_one_work():
    links = [f[name] for f in entries().values() for name in ("eprint", "doi", "url") if name in f]
    assert [each for each, count in Counter(links).items() if count > 1] == []


def text(path):
    """A page's text without its code, whose keys are examples."""
    return re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_every_entry_names_the_pages_that_cite_it(page):
    listed = works(page("references"))
    for key in entries():
        item = listed[f"ref-{key}"].parent
        named = {a["href"].removesuffix(".html") for a in item.all("a") if ":" not in a["href"]}
        said = {"claims.md": (DOCS / "folklore.yml").read_text("utf-8")}  # shown on that page
        citing = {
            path.stem
            for path in DOCS.glob("*.md")
            if re.search(rf"@{key}(?![\w-])", text(path) + said.get(path.name, ""))
        }
        assert named == citing and citing, key


@every_section
def test_a_reading_list_is_made_of_entries(page, section):
    source = (DOCS / f"{section}.md").read_text("utf-8")
    reading = source.split("\n## Reading\n")[1]
    items = re.findall(r"^- (.*)$", reading, re.MULTILINE)
    assert len(items) > 4 and all(item.startswith("@") for item in items)
    assert len(works(page(section))) == len(items)
    assert "[^" not in source, "works are cited from references.bib"


@every_section
def test_citations_lead_to_their_work(page, section):
    article = page(section)
    cited = article.all("a", word="citation")
    assert cited
    for link in cited:
        where, _, anchor = link["href"].partition("#")
        work = works(page("references") if where else article)[anchor].text()
        name = link.text().split()[0]
        assert name in work, f"{link.text()} leads to {work}"


def test_no_mark_is_left_over(page):
    for name in (*SECTIONS, "references", "notation", "glossary"):
        text = page(name).text(lambda n: n.tag in ("code", "pre"))
        assert not re.search(r"\[-?@|(?:^|\s)@\w", text), name


# Glossary


def definitions(article):
    """{anchor: definition's text} of the published glossary."""
    terms, meanings = article.all("dt"), article.all("dd")
    assert len(terms) == len(meanings) >= 40
    pairs = zip(terms, meanings, strict=True)
    return {t.one("span")["id"]: squeezed(m.text()) for t, m in pairs}


@every_section
def test_a_term_shows_the_beginning_of_its_definition(page, section):
    meanings = definitions(page("glossary"))
    terms = page(section).all("a", word="term")
    anchors = [a["href"].removeprefix("glossary.html#") for a in terms]
    assert len(anchors) == len(set(anchors)), "a term is explained once on a page"
    assert 10 <= len(anchors) <= 40, "explained, but not dotted all over"
    for term, anchor in zip(terms, anchors, strict=True):
        hover = term.one("abbr")["title"]
        assert hover.endswith(".") and meanings[anchor].startswith(hover)


@every_section
def test_terms_stand_in_prose_alone(page, section):
    for term in page(section).all("a", word="term"):
        node = term.parent
        while node is not None and node.tag != "article":
            assert node.tag not in ("h1", "h2", "h3", "h4", "code", "pre", "a", "figure", "summary")
            assert not node.has("katex")
            node = node.parent


def test_every_term_is_used_on_some_page(page):
    used = {a["href"] for name in SECTIONS for a in page(name).all("a", word="term")}
    unused = definitions(page("glossary")).keys() - {href.partition("#")[2] for href in used}
    assert unused == set()


# Faults, each in a real build


@pytest.fixture(scope="module")
def prepared(site, tmp_path_factory):
    """`site` sees to it that the pictures are there."""
    copy = Copy(tmp_path_factory.mktemp("cited"))
    copy.write("docs/references.bib", BIB)
    copy.add("So it is [@one2001].")
    copy.before.clear()
    return copy


BIB = "@article{one2001, author={One, A.}, title={T}, year={2001}, eprint={2001.00001}}\n"


@pytest.mark.parametrize(
    ("path", "line", "words"),
    [
        ("docs/index.md", "And [@two2002].", ["index.md: [@two2002]: there is no such entry"]),
        ("docs/index.md", "- @one2010", ["did you mean 'one2001'?"]),
        ("docs/references.bib", BIB.replace("one", "two"), ["two2001: no page cites it"]),
        ("docs/references.bib", "@book{x, title={", ["references.bib: "]),
        ("docs/glossary.md", "rate\n:   The number $x$.\n", ["glossary.md: rate: the first"]),
    ],
)
def test_a_fault_is_refused(copy, path, line, words):
    if not (copy.root / path).exists():
        copy.write(path, "")
    copy.add(line, path)
    copy.refused(*words)
