"""A script in every field that reaches a page: it is shown as text, and Chromium stays silent.

FIELDS is the list of all places from which a page takes words. Each is given markup that would set
`window.injected` to the field's own name, by a tag, an attribute or a link.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import markdown
import pytest

from tests.projects import ROOT, SITE, Project
from tests.serving import serving
from tests.site import parse
from trainingtips.press.checking import reproduce, settings
from trainingtips.press.content import checkup, folklore, staleness
from trainingtips.press.kept import results

# A site with all that puts words onto a page: both hooks, the templates, all macros, a notebook.
HOOKS = ["pages/pages.py", "publishing/publish.py"]
MACROS = ["numbers", "ledger", "sayings", "tables", "mutants", "matrix", "checkup", "staleness"]


def evil(field):
    """Words that become a script wherever one escape is missing. They begin with the field."""
    go = f"injected='{field}'"
    return f'{field} "\'><img src=x onerror="{go}"/onload={go}><script>{go}</script>'


def quoted(field):
    """As `evil`, where the field may hold no tag: out of an attribute."""
    return f"{field}\" autofocus tabindex=1 onfocus=\"injected='{field}'\" x='"


FIELDS = (
    "front matter title", "front matter description", "front matter author",
    "nav page", "nav section", "nav link",
    "config site_name", "config site_description", "config site_author", "config copyright",
    "config repo_name", "config palette",
    "heading", "heading anchor label",
    "notebook description", "notebook output", "notebook alt",
    "script claim", "script caption", "script measured", "script alt", "script number",
    "script reported", "script chaos", "result text", "result name",
    "bench what", "bench note", "processors verdict", "processors changed",
    "mutants file", "mutants function", "mutants was", "mutants now", "mutants kind", "mutants why",
    "mutants tried", "mutants all", "staleness where", "staleness kind", "checkup set",
    "setting data", "setting network", "setting optimiser", "setting untried", "setting why",
    "bib author", "bib title", "bib journal", "bib volume", "bib number",
    "glossary form", "glossary hover",
    "folklore sentence", "folklore source", "folklore place", "folklore why", "folklore network",
    "folklore data", "folklore optimiser",
    "lab title", "lab caption", "lab range", "lab choice", "lab option", "lab value", "lab button",
    "lab name", "lab press", "lab colour", "panel alt", "panel title", "panel label", "panel tick",
    "panel text", "panel when",
)  # fmt: skip
# Where the first page's visible words, or an attribute for the reader, must hold the field.
UNSEEN = {
    "config site_author",  # the page's own author goes first
    "config site_description",  # so does its description
    "panel when",  # a part that is not shown
    "folklore source",  # an address, whose quotes are percent signs
}


def write(project):
    """The project with every field."""
    (project.root / "figures/demo/b.py").unlink()
    script = (project.root / "figures/demo/a.py").read_text()
    says = "\n\n".join(evil(f"script {each}") for each in ("claim", "caption", "measured"))
    says = says.replace("</script>", "</script>.", 1)
    script = script.replace('"""It grows."""', f"r'''{says.replace(chr(39), chr(34))}\n'''", 1)
    more = f"NUMBER = {evil('script number') + ' {n}'!r}\n"
    more += f"CHAOS = {evil('script chaos')!r}\n"
    more += f"REPORTED = {evil('script reported') + ' [@one2000]'!r}\n"
    more += f"SETTINGS = {SETTINGS!r}\n"
    script = script.replace('ALT = "A rising line."', f"{more}ALT = {evil('script alt')!r}")
    script = script.replace("compute():", "compute(*, setting=None):")
    name = evil("result name")
    script = script.replace('"n": 4', f'"n": 4, "s": {evil("result text")!r}, {name!r}: 3')
    project.write("figures/demo/a.py", script)
    project.write("mkdocs.yml", config())
    for folder in ("docs/assets", "overrides"):
        shutil.copytree(ROOT / folder, project.root / folder)
    project.write("docs/index.md", front() + page(name))
    project.write("docs/other.md", "# Other\n")
    project.write("docs/demo.md", f"# `{evil('heading')}`\n")
    label = evil("heading anchor label").replace('"', "&quot;").replace("}", "")
    project.write("docs/section.md", f'# A\n\n## B {{: data-toc-label="{label}" }}\n')
    project.write("docs/references.md", "# References\n\n[@*]\n")
    project.write("docs/references.bib", BIB)
    form = evil("glossary form")
    terms = f"{form}, plainly\n:   Words.\n\nhover\n:   {HOVER}. More.\n"
    project.write("docs/glossary.md", f"# Glossary\n\n{terms}")
    project.write("docs/folklore.yml", json.dumps([FOLKLORE], ensure_ascii=False))
    project.write("docs/notebooks/demo.py", NOTEBOOK)
    project.write("results/bench.json", json.dumps({"package": {"rows": [BENCH]}}))
    project.write("results/mutants.json", json.dumps(MUTANTS))
    project.write(checkup.SCORE, json.dumps({evil("checkup set"): {"shares": []}}))
    project.write(staleness.STALENESS, json.dumps(STALENESS))
    project.build()
    project.run("settings")
    tried = {"demo/a@one": settings.read(project.root)["demo/a@one"]}
    fails = replace(tried["demo/a@one"], verdict="fails", why=evil("setting why"))
    settings.write(project.root, tried | {"demo/a@one": fails})
    project.write("results/processors.json", json.dumps(processors(project.root)))
    for name in ("lab.js", "mount.js", "arithmetic.js", "labs.css"):
        project.write(f"docs/labs/{name}", (ROOT / f"docs/labs/{name}").read_text())
    project.write("docs/labs/demo.js", JAVASCRIPT)
    project.write("docs/labs/demo.py", LAB)


def processors(root):
    """A table with words in each cell that is shown, of the result that is kept there."""
    cell = {"verdict": "within", "changed": 1, "size": 2, "allowed": "overlap, chaos (other x)"}
    cell["of"] = reproduce.identity(results.kept(root, "demo/a"))
    evils = {name: evil(f"processors {name}") for name in ("verdict", "changed")}
    row = {"1 worker": cell | evils | {"allowed": "exact"}, "default": cell}
    return {"format": 1, "environment": {}, "results": {"demo/a": row}}


def config():
    hooks = [str(ROOT / "trainingtips/press" / each) for each in HOOKS]
    modules = [f"trainingtips.press.content.{each}" for each in MACROS]
    text = re.sub(r"hooks: .*", f"hooks: {json.dumps(hooks)}", SITE)
    text = text.replace("[trainingtips.press.content.numbers]", json.dumps(modules))
    names = ("site_name", "site_description", "site_author", "copyright", "repo_name")
    given = {name: evil(f"config {name}") for name in names}
    nav = [
        {evil("nav page"): "index.md"},
        {evil("nav section"): ["other.md", {evil("nav link"): "https://example.org/"}]},
        *("demo.md", "section.md", "references.md", "glossary.md", "notebooks/demo.ipynb"),
    ]
    toggle = {"icon": "material/brightness-auto", "name": evil("config palette")}
    theme = {"name": "material", "font": False, "custom_dir": "overrides"}
    theme |= {"palette": [{"scheme": "default", "toggle": toggle}]}
    given |= {"nav": nav, "theme": theme, "use_directory_urls": False}
    given |= {"repo_url": "https://example.org/"}
    text = re.sub(r"^(site_name|theme): .*\n", "", text, flags=re.MULTILINE)
    text = text.replace("  - macros:", JUPYTER + "  - macros:")
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in given.items())
    return f"{lines}{text}  - def_list\n  - tables\n  - toc:\n      permalink: true\n"


JUPYTER = """  - mkdocs-jupyter:
      include: [build/notebooks/*.ipynb]
      execute: false
      cache: false
"""


def front():
    values = {name: evil(f"front matter {name}") for name in ("title", "description", "author")}
    lines = "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items())
    return f"---\n{lines}---\n\n"


def page(name):
    bench = f"{{{{ bench_table('package') }}}}"  # noqa: F541
    return f"""# Page

![](figures/demo/a.svg)

The text {{{{ number("demo/a", "s") }}}}, {{{{ number("demo/a", {name!r}) }}}} and [@one2000].

Here is hover, plainly.

![](labs/demo.js)

{{{{ ledger() }}}}

{{{{ sayings() }}}}

{{{{ folklore() }}}}

{bench}

{{{{ processors_table() }}}}

{{{{ where_it_holds() }}}}

{{{{ checkup_table() }}}}

{{{{ staleness_table() }}}}

{{{{ staleness_counts() }}}}

{{{{ mutants_table() }}}}

{{{{ mutants_left() }}}}
"""


SETTINGS = {"one": {name: evil(f"setting {name}") for name in ("data", "network", "optimiser")}}
SETTINGS["none"] = evil("setting untried")
COUNTS = dict.fromkeys(("tried", "stale", "wrong", "same", "needless"), 1)
STALENESS = {"kinds": {evil("staleness kind"): COUNTS}, "all": COUNTS}
STALENESS = {"where": {evil("staleness where"): STALENESS}, "all": COUNTS}
FOLKLORE = {name: evil(f"folklore {name}") for name in ("sentence", "why")}
FOLKLORE |= {"place": "folklore place \"'><script>injected=1</script>"}  # not that long
FOLKLORE |= {name: [f'folklore {name} "><b onclick=x=1>'] for name in folklore.TAGS}
FOLKLORE |= {"source": 'https://example.org/folklore source"onmouseover="injected=1"(b)'}
FOLKLORE["source"] = FOLKLORE["source"].replace(" ", "%20")
FOLKLORE |= {"id": "a", "section": "demo", "verdict": "refuted", "claims": ["demo/a"]}
FOLKLORE |= {"front": True, "quoted": True}
HOVER = quoted("glossary hover").replace("<", "")
BIB = f"""@article{{one2000,
  author = {{{{{evil("bib author").replace(",", "")}}}}},
  title = {{{evil("bib title")} [x](javascript:alert)}},
  journal = {{{evil("bib journal")}}},
  volume = {{{evil("bib volume")}}},
  number = {{{evil("bib number")}}},
  year = {{2000}},
  url = {{https://example.org/a"onmouseover="window.injected=1"(b)}},
}}
"""
NOTEBOOK = f"""# ---
# jupyter:
#   description: {json.dumps(evil("notebook description"))}
# ---

# %% [markdown]
# # A notebook

# %%
from trainingtips.notebook import show

# %%
# change me
n = 1
print({evil("notebook output")!r})

# %%
show(lambda figure: figure.subplots().plot([1, 2]), alt={evil("notebook alt")!r})
"""
BENCH = {"what": evil("bench what"), "note": evil("bench note"), "ratio": 2.0}
BENCH["budget"] = None
LEFT = {name: evil(f"mutants {name}") for name in ("function", "was", "now", "kind", "why")}
FOUND = {"tried": evil("mutants tried"), "possible": 2, "killed": 1}
FOUND["survivors"] = [LEFT | {"line": 1}]
MUTANTS = {"possible": evil("mutants all"), "tried": 1, "killed": 1}
MUTANTS["files"] = {evil("mutants file"): FOUND}
JAVASCRIPT = """export const run = () => ({ shown: [] });
export const draw = () => {};
export const say = () => "";
export const press = new Proxy({}, { get: () => () => ({}) });
"""
LAB = f"""from trainingtips.press.pages.labs import Button, Choice, Handle, Range
from trainingtips.press.pages.panels import Panel

TITLE, CAPTION = {evil("lab title")!r}, {evil("lab caption")!r}
CONTROLS = [
    Range({quoted("lab name")!r}, {evil("lab range")!r}, 0, 1, 0.5, 0.5),
    Choice("pick", {evil("lab choice")!r}, {{{evil("lab value")!r}: {evil("lab option")!r}}}),
    Button({quoted("lab press")!r}, {evil("lab button")!r}),
]
HANDLES = [Handle(0, {quoted("lab name")!r}, 0.5, {quoted("lab colour")!r})]


def panels(result):
    panel = Panel(
        {evil("panel alt")!r} + ".", (0, 1), (0, 1), xlabel={evil("panel label")!r},
        title={evil("panel title")!r}, xticks={{0: {evil("panel tick")!r}}},
    )
    panel.text({evil("panel text")!r}, (0, 0))
    panel.text("x", (0, 0), when={quoted("panel when")!r} + "=1")
    return [panel]
"""


def build(root, strict=True):
    env = os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", *(["--strict"] if strict else [])]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def injected(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("injected"))
    write(project)
    done = build(project.root)
    assert done.returncode == 0, done.stdout + done.stderr
    return project.root / "site"


@pytest.fixture(scope="module")
def pages(injected):
    return {path.name: parse(path.read_text("utf-8")) for path in injected.rglob("*.html")}


def shown(pages):
    """All words of the pages, their attributes included."""
    parts = [node.text() for node in pages.values()]
    parts += [value for page in pages.values() for each in page.walk()
              for value in each.attributes.values()]  # fmt: skip
    return "\n".join(parts)


@pytest.mark.parametrize("field", [each for each in FIELDS if each not in UNSEEN])
def test_each_field_is_shown_as_it_stands(pages, field):
    assert re.search(rf"{field}[^\n]{{0,4}}[\"“”&]", shown(pages))


def test_the_list_has_all_that_a_sentence_of_others_may_say():
    words = {"id", "section", "verdict", "claims"}  # of a pattern, or of names that are there
    assert folklore.KEYS.keys() == FOLKLORE.keys()
    said = {key for key, kind in folklore.KEYS.items() if kind != "flag"} - words
    assert {f"folklore {key}" for key in said} <= set(FIELDS)


def test_no_field_becomes_a_tag_or_an_attribute(pages):
    for name, page in pages.items():
        for node in page.walk():
            assert not any(key.startswith("on") for key in node.attributes), (name, node.attributes)
            assert not re.match(r"\s*javascript:", node["href"] + node["src"]), name
            assert node["src"] != "x", name
            if node.tag == "script":
                assert "injected" not in node.text(), (name, node.text())


def test_the_policy_allows_the_themes_scripts_and_no_other(injected, pages):
    from trainingtips.press.base import markup

    for path in injected.rglob("*.html"):
        text = path.read_text("utf-8")
        allowed = set(re.findall(r"'sha256-[^']+'", text.partition("</head>")[0]))
        there = {markup.script_hash(each) for each in markup.scripts(text)}
        assert there and there <= allowed, path
        assert not any("injected" in each for each in markup.scripts(text))


def test_the_search_index_holds_no_tag_that_runs(injected):
    from trainingtips.press.base import markup

    index = json.loads((injected / "search/search_index.json").read_text())
    for entry in index["docs"]:
        assert markup.dangers(entry["title"]) == [], entry["title"]
        assert markup.dangers(entry["text"]) == [], entry["text"]


def test_a_plain_copy_shown_as_markdown_runs_nothing(injected):
    from trainingtips.press.base import markup

    copies = [*injected.rglob("*.md"), injected / "llms.txt"]
    assert len(copies) > 4
    for path in copies:
        html = markdown.markdown(path.read_text("utf-8"), extensions=["tables"])
        assert markup.dangers(html) == [], path


@pytest.mark.browser
def test_chromium_stays_silent(injected):
    from tests.browsing import CHROMIUM, FLAGS

    if not CHROMIUM.exists():
        pytest.skip("no chromium here")
    from playwright.sync_api import sync_playwright

    told, ran = [], []
    with serving(injected) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        tab = chromium.new_page()
        tab.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
        tab.on("pageerror", lambda error: told.append(str(error)))
        tab.on("console", lambda m: m.type in ("error", "warning") and told.append(m.text))
        for path in sorted(injected.rglob("*.html")):
            tab.goto(address + path.relative_to(injected).as_posix())
            tab.keyboard.press("Tab")
            ran.append(tab.evaluate("window.injected"))
        tab.goto(f"{address}index.html?q=page")
        tab.wait_for_selector(".md-search-result__item", state="attached")
        ran.append(tab.evaluate("window.injected"))
        chromium.close()
    assert told == [] and set(ran) == {None}
