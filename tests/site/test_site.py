"""The published site, read as a browser would read it: files, links, figures, formulas, numbers."""

import ast
import gzip
import importlib
import inspect
import itertools
import json
import re
import urllib.parse
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from mkdocs.utils.yaml import yaml_load

import trainingtips

from . import parse

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NOTEBOOKS = sorted(path.stem for path in (DOCS / "notebooks").glob("*.py"))
SOURCES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
SOURCES += [f"notebooks/{name}.ipynb" for name in NOTEBOOKS]
FIGURES = sorted(
    path.relative_to(ROOT / "figures").with_suffix("").as_posix()
    for path in (ROOT / "figures").glob("*/[!_]*.py")
)
MODULES = [name for name in trainingtips.__all__ if name != "plotting"]
UNKNOWN = "404.md"  # stands for the page for unknown addresses, which has no Markdown
LARGEST = 200 * 1024  # bytes of a page's HTML, compressed as a server sends it
VERDICTS = {"holds": "holds", "regime": "holds in a regime", "not reproduced": "not reproduced"}

every_page = pytest.mark.parametrize("source", SOURCES)
every_figure = pytest.mark.parametrize("name", FIGURES)


def address(source):
    """Where mkdocs puts a page: a.md becomes a.html."""
    return Path(source).with_suffix(".html")


@pytest.fixture(scope="module")
def pages(site):
    """Every page as a tree, by its Markdown file."""
    return {s: parse((site / address(s)).read_text("utf-8")) for s in [*SOURCES, UNKNOWN]}


@pytest.fixture(scope="module")
def shown(pages):
    """Every figure element with its page: [(source, element)]."""
    return [(s, figure) for s, page in pages.items() for figure in page.all("figure", word="claim")]


def markdown_of(source):
    """The page's Markdown with its front matter; a notebook's from the comments of its script."""
    if not source.endswith(".ipynb"):
        return (DOCS / source).read_text("utf-8")
    text = (DOCS / source).with_suffix(".py").read_text("utf-8")
    head, *cells = re.split(r"^# %%", text, flags=re.MULTILINE)
    header = yaml.safe_load(re.sub(r"^# ?(---)?", "", head, flags=re.MULTILINE))
    description = json.dumps(header["jupyter"]["description"])  # may go on in a second line
    prose = [
        re.sub(r"^# ?", "", cell.partition("\n")[2], flags=re.MULTILINE)
        for cell in cells
        if cell.startswith(" [markdown]")
    ]
    return "\n\n".join([f"---\ndescription: {description}\n---\n", *prose])


def article(page):
    return page.one("article")


def is_formula(node):
    return node.has("katex") or node.has("katex-display")


def is_code(node):
    return node.tag in ("pre", "code", "script", "style")


def prose(node):
    """Text that is neither code nor a rendered formula."""
    return node.text(lambda child: is_formula(child) or is_code(child))


def squeezed(text):
    return " ".join(text.split())


def target(site, source, link):
    """(file, fragment) that a link on a page leads to, within the site; (None, …) elsewhere."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return None, ""
    here = site / address(source)
    path = urllib.parse.unquote(parts.path)
    if path.startswith("/"):
        # only the page for unknown addresses cannot know how deep it lies
        assert source == UNKNOWN, f"{link} breaks where the site is served under a sub-path"
        found = site / path.lstrip("/")
    else:
        found = (here.parent / path).resolve() if path else here
    assert found.is_relative_to(site.resolve()), f"{link} leaves the site"
    return found, urllib.parse.unquote(parts.fragment)


# Pages


def test_the_navigation_has_every_page_once():
    config = yaml_load((ROOT / "mkdocs.yml").read_text("utf-8"))  # knows !ENV

    def leaves(entry):
        if isinstance(entry, str):
            return [entry]
        return [
            leaf
            for each in (entry.values() if isinstance(entry, dict) else entry)
            for leaf in leaves(each)
        ]

    assert Counter(leaves(config["nav"])) == Counter(SOURCES)


@every_page
def test_every_page_leads_to_every_other(site, pages, source):
    menus = [nav for nav in pages[source].all("nav") if nav["aria-label"] == "Navigation"]
    links = [a["href"] for menu in menus for a in menu.all("a")]
    reached = {target(site, source, link)[0] for link in links}
    assert reached >= {site.resolve() / address(each) for each in SOURCES}


@every_page
def test_a_page_says_what_it_is(pages, source):
    page = pages[source]
    assert page.one("html")["lang"] == "en"
    heading = article(page).one("h1")
    assert len(page.all("h1")) == 1
    assert squeezed(heading.text()).strip("¶ ")
    (description,) = [m["content"] for m in page.all("meta") if m["name"] == "description"]
    front = markdown_of(source).split("---\n")[1]
    assert description == yaml.safe_load(front)["description"]
    assert [m["content"] for m in page.all("meta") if m["name"] == "viewport"]


def test_titles_and_descriptions_tell_the_pages_apart(pages):
    titles = [squeezed(pages[source].one("head").one("title").text()) for source in SOURCES]
    descriptions = [
        meta["content"]
        for source in SOURCES
        for meta in pages[source].all("meta")
        if meta["name"] == "description"
    ]
    for each in (titles, descriptions):
        assert all(each) and len(set(each)) == len(SOURCES), each


@every_page
def test_headings_skip_no_level(pages, source):
    levels = [int(h.tag[1]) for h in article(pages[source]).all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    for above, below in itertools.pairwise(levels):
        assert below <= above + 1, levels


@every_page
def test_a_page_is_light(site, source):
    assert len(gzip.compress((site / address(source)).read_bytes())) <= LARGEST


# Links


@pytest.mark.parametrize("source", [*SOURCES, UNKNOWN])
def test_every_link_and_anchor_leads_somewhere(site, pages, source):
    anchors = {
        (site.resolve() / address(each)): {n["id"] or n["name"] for n in page.walk()}
        for each, page in pages.items()
    }
    dead = []
    for node in pages[source].walk():
        links = [node["href"], node["src"], *(part.split()[0] for part in candidates(node))]
        for link in filter(None, links):
            file, fragment = target(site, source, link)
            if file is None:
                continue
            if not file.is_file() or (fragment and fragment not in anchors.get(file, ())):
                dead.append(link)
    assert dead == []


@every_page
def test_no_id_is_given_twice(pages, source):
    ids = Counter(node["id"] for node in pages[source].walk() if node["id"])
    assert [each for each, count in ids.items() if count > 1] == []


# Nothing from another host


def candidates(node):
    return filter(None, map(str.strip, node["srcset"].split(",")))


def fetched(node):
    """What a browser fetches for an element without being asked."""
    loads = ("stylesheet", "preload", "prefetch", "modulepreload", "preconnect", "dns-prefetch")
    loads += ("icon", "apple-touch-icon", "manifest")
    if node.tag == "link" and set(node["rel"].split()) & set(loads):
        yield node["href"]
    if node.tag in ("image", "use"):
        yield node["href"] or node["xlink:href"]
    yield node["src"]
    yield node["poster"]
    yield node["data"] if node.tag == "object" else ""
    yield from (part.split()[0] for part in candidates(node))
    yield from in_css(node["style"])
    if node.tag == "style":
        yield from in_css(node.text())


def in_css(text):
    """Addresses in a style sheet. The quotes matter: a data address may hold brackets itself."""
    found = re.findall(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)'\"\s]+))\s*\)", text)
    found += re.findall(r"@import\s+(?:\"([^\"]*)\"|'([^']*)'())", text)
    return ["".join(each) for each in found]


def elsewhere(link):
    parts = urllib.parse.urlsplit(link)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def test_what_counts_as_fetched():
    page = parse(
        '<link rel="preconnect" href="//a.b"><img srcset="x.svg 1x, https://c.d/e.svg 2x">'
        "<p style=\"background: url('http://f.g')\"><a href='https://h.i'>a paper</a>"
    )
    links = [link for node in page.walk() for link in fetched(node) if link and elsewhere(link)]
    assert links == ["//a.b", "https://c.d/e.svg", "http://f.g"]


@pytest.mark.parametrize("source", [*SOURCES, UNKNOWN])
def test_a_page_fetches_nothing_from_another_host(pages, source):
    page = pages[source]
    assert [u for n in page.walk() for u in fetched(n) if u and elsewhere(u)] == []
    for script in page.all("script"):
        assert not re.search(r"[\"'`](?:https?:)?//\w", script.text()), script.text()
    # the theme's own script fetches mermaid and a repository's stars where a page has these
    assert not page.all(word="mermaid")
    assert not [n for n in page.walk() if n["data-md-component"] == "source"]


def test_style_sheets_and_pictures_fetch_only_files_of_the_site(site):
    sheets = sorted(site.rglob("*.css"))
    assert len(sheets) > 3
    for sheet in sheets:
        for link in in_css(sheet.read_text("utf-8")):
            assert not elsewhere(link), f"{sheet.name}: {link}"
            path = urllib.parse.urlsplit(link).path
            assert link.startswith("data:") or (sheet.parent / path).is_file(), f"{sheet}: {link}"
    for picture in sorted(site.rglob("*.svg")):
        text = picture.read_text("utf-8")
        links = [n for node in ElementTree.fromstring(text).iter() for n in svg_links(node)]
        assert all(link.startswith(("#", "data:")) for link in links + in_css(text)), picture


def svg_links(node):
    return [
        value for key, value in node.attrib.items() if key.rpartition("}")[2] in ("href", "src")
    ]


# Figures


def script(name):
    """(first line of the docstring, the literals) of a script, by Python's own parser."""
    tree = ast.parse((ROOT / f"figures/{name}.py").read_text("utf-8"))
    values = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    return ast.get_docstring(tree).splitlines()[0], values


def element(shown, name):
    """The one element that shows a figure, and its page."""
    found = [(s, f) for s, f in shown if f["id"] == "figure-" + name.replace("/", "-")]
    assert len(found) == 1, f"{name} is on {[s for s, _ in found]}, expected one page"
    return found[0]


def test_no_page_shows_a_figure_that_has_no_script(shown):
    assert {f["id"] for _, f in shown} == {"figure-" + n.replace("/", "-") for n in FIGURES}


def words(text):
    """Bare words of a sentence: no mathematics, no Markdown."""
    return re.findall(r"[^\W\d_]+", re.sub(r"\$[^$]*\$", " ", text).replace("`", ""))


@every_figure
def test_a_figure_claims_what_its_script_claims(shown, name):
    sentence = element(shown, name)[1].one("div", word="sentence")
    claim, values = script(name)
    verdict = values.get("VERDICT", "holds")
    badge = sentence.one(word="verdict")
    assert badge.text() == VERDICTS[verdict]
    assert badge.has("verdict-" + verdict.replace(" ", "-"))
    rendered = sentence.text(lambda child: is_formula(child) or child.has("verdict"))
    assert words(rendered) == words(claim)
    kept = json.loads((ROOT / f"results/{name}.json").read_bytes())
    assert kept["verdict"] == verdict


def size(site, source, link):
    """(width, height) of a picture of the site in CSS pixels, as it says itself."""
    root = ElementTree.parse(target(site, source, link)[0]).getroot()
    return tuple(
        round(float(root.get(k).removesuffix("pt")) * 96 / 72) for k in ("width", "height")
    )


@every_figure
def test_a_figure_has_a_picture_for_each_theme_and_screen(site, shown, name):
    source, figure = element(shown, name)
    assert len(figure.all("img")) == 2
    for theme in ("light", "dark"):
        picture = figure.one("picture", word=f"only-{theme}")
        wide, narrow = picture.one("img"), picture.one("source")
        assert picture.children.index(narrow) < picture.children.index(wide), "the last is taken"
        assert wide["alt"] == squeezed(script(name)[1]["ALT"])
        assert re.fullmatch(r"\(max-width: \d+px\)", narrow["media"])
        sizes = []
        for node, link in ((wide, wide["src"]), (narrow, narrow["srcset"])):
            assert target(site, source, link)[0].name.endswith(f".{theme}.svg")
            sizes.append((int(node["width"]), int(node["height"])))
            assert sizes[-1] == size(site, source, link)
        assert sizes[0][0] > sizes[1][0], "the narrow one is narrower"


@every_figure
def test_a_figure_says_where_it_comes_from(site, shown, name):
    source, figure = element(shown, name)
    origin = figure.one("p", word="origin")
    links = {a.text(): target(site, source, a["href"])[0] for a in origin.all("a")}
    kept = f"results/{name}.json"
    assert links["source"].read_bytes() == (ROOT / f"figures/{name}.py").read_bytes()
    assert links["data"].read_bytes() == (ROOT / kept).read_bytes()
    # a machine's record is measured anew by --record, all others by --force
    how = "--record" if script(name)[1].get("HARDWARE") else "--force"
    assert origin.one("code").text() == f"python -m trainingtips figures {how} {name}"
    seconds = re.search(r"computed in (\S+) s;", origin.text())[1]
    expected = json.loads((ROOT / kept).read_bytes())["seconds"]
    assert float(seconds) == pytest.approx(expected, rel=0.051) and "e+" not in seconds


# Notebooks


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_shows_its_code_and_pictures(site, pages, name):
    source = f"notebooks/{name}.ipynb"
    body, text = article(pages[source]), (DOCS / f"notebooks/{name}.py").read_text("utf-8")
    code = [pre.text() for pre in body.all("pre") if pre.all("code")]
    assert any(each.startswith("# change me\n") for each in code)
    for each in code:
        assert each.strip() in text
    calls = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "show"
    ]
    figures = body.all("figure", word="shown")
    assert len(figures) == len(calls) > 0
    for figure, call in zip(figures, calls, strict=True):
        (alt,) = [each.value.value for each in call.keywords if each.arg == "alt"]
        for theme in ("light", "dark"):
            picture = figure.one("picture", word=f"only-{theme}")
            wide, narrow = picture.one("img"), picture.one("source")
            assert wide["alt"] == squeezed(alt)
            for node, link in ((wide, wide["src"]), (narrow, narrow["srcset"])):
                assert target(site, source, link)[0].name.endswith(f"{theme}.svg")
                assert (int(node["width"]), int(node["height"])) == size(site, source, link)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_can_be_downloaded_and_its_section_leads_to_it(site, pages, name):
    source = f"notebooks/{name}.ipynb"
    links = [a for a in article(pages[source]).all("a") if "download" in a.attributes]
    kept, script_file = (target(site, source, a["href"])[0] for a in links)
    assert script_file.read_bytes() == (DOCS / f"notebooks/{name}.py").read_bytes()
    cells = json.loads(kept.read_bytes())["cells"]
    assert {cell["cell_type"] for cell in cells} == {"markdown", "code"}
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    section = article(pages[f"{name}.md"])
    reached = [target(site, f"{name}.md", a["href"])[0] for a in section.all("a")]
    assert reached.count(site.resolve() / address(source)) == 1
    steps = article(pages[source]).all("ol")[-1].all("li")
    assert len(steps) == 3, "three things to try"


# Formulas and the search


@every_page
def test_formulas_are_rendered(pages, source):
    markdown = markdown_of(source)
    body = article(pages[source])
    formulas = body.all(word="katex")
    bare = re.sub(r"```.*?```|`[^`\n]*`", "", markdown, flags=re.DOTALL)
    typed = re.findall(r"\$\$.+?\$\$|\$[^$]+\$", bare, re.DOTALL)
    # figures' notes bring more of them
    assert len(body.all("math")) == len(formulas) >= len(typed)
    for formula in formulas:
        tex = formula.one("annotation")
        assert tex["encoding"] == "application/x-tex" and tex.text().strip()
        assert "</" not in tex.text(), "HTML set as mathematics, as by a number(…) within dollars"
        assert formula.one(word="katex-html")["aria-hidden"] == "true", "it would be read twice"
    for leftover in ("$", r"\(", r"\[", "{{", "{%", "![", "[^"):
        assert leftover not in prose(body), leftover
    assert not body.all(word="arithmatex") and not body.all(word="katex-error")


@pytest.fixture(scope="module")
def index(site):
    """Text of the search index by page, without markup and spaces."""
    documents = json.loads((site / "search/search_index.json").read_bytes())["docs"]
    found = {}
    for each in documents:
        page = each["location"].partition("#")[0]
        text = parse(each["title"] + " " + each["text"]).text()
        found[page] = found.get(page, "") + "".join(text.split())
    return found


@every_page
def test_the_search_finds_formulas_as_tex(pages, index, source):
    """Indexed as rendered, each formula would be there three times: MathML, TeX, and glyphs."""
    text = index[address(source).as_posix()]
    for formula in article(pages[source]).all(word="katex"):
        tex = "".join(formula.one("annotation").text().split())
        assert tex in text
        triple = "".join(formula.text().split())
        assert tex in triple and len(triple) > len(tex)
        assert len(triple) < 8 or triple not in text


@every_page
def test_the_search_finds_the_words(pages, index, source):
    text = index[address(source).as_posix()]
    for paragraph in article(pages[source]).all("p"):
        for word in words(prose(paragraph)):
            assert word in text


# Numbers


def value(kept, path):
    for bracketed, plain in re.findall(r"\[([^]]+)\]|([^.[\]]+)", path):
        step = bracketed or plain
        kept = kept[int(step) if isinstance(kept, list) else step]
    return kept["mean"] if isinstance(kept, dict) else kept


@every_page
def test_every_number_tells_where_it_comes_from(pages, source):
    markdown = re.sub(r"```.*?```|`[^`\n]*`", "", markdown_of(source), flags=re.DOTALL)
    asked = re.findall(r"number\(\s*[\"']([^\"']+)[\"'],\s*[\"']([^\"']+)[\"']", markdown)
    assert len(asked) == markdown.count("number("), "a call that this test cannot read"
    found = article(pages[source]).all(word="measured")
    # those of the benchmark have a file and a test of their own
    found = [each for each in found if not each["title"].startswith("results/bench.json")]
    # before its origin a mean tells its interval, or what the brackets beside it are
    origins = [each["title"].rpartition("; ")[2] for each in found]
    assert Counter(origins) == Counter(f"{n}: {p}" for n, p in asked)
    for each, origin in zip(found, origins, strict=True):
        name, path = origin.split(": ")
        told = each["title"].removesuffix(origin)
        forms = r"in brackets the 95 % interval; |.+ to .+ with 95 % confidence; "
        assert not told or re.fullmatch(forms, told)
        expected = value(json.loads((ROOT / f"results/{name}.json").read_bytes())["result"], path)
        assert each.text().strip()
        if each.tag == "data":
            assert float(each["value"]) == pytest.approx(expected, rel=1e-5)
        else:
            assert each.text() == expected


def test_the_pages_have_numbers(pages):
    assert sum(len(page.all("data", word="measured")) for page in pages.values()) > 20


# The package


def public(name):
    """Full names of a module's public functions and classes, by importing it."""
    module = importlib.import_module(f"trainingtips.{name}")
    for each in getattr(module, "__all__", vars(module)):
        there = getattr(module, each)
        own = hasattr(module, "__all__") or getattr(there, "__module__", "") == module.__name__
        if own and callable(there) and not each.startswith("_"):
            yield f"{there.__module__}.{each}", there


@pytest.mark.parametrize("name", MODULES)
def test_the_package_page_has_every_public_function(pages, name):
    body = article(pages["api.md"])
    documented = {node["id"]: node.parent for node in body.all(word="doc-heading")}
    names = dict(public(name))
    assert names, "no public function"
    for full, there in names.items():
        assert full in documented, f"{full} is not on the page: is there a docstring?"
        first = words(inspect.getdoc(there).splitlines()[0])
        assert " ".join(first) in " ".join(words(documented[full].text())), full
