"""A site made over an older one is, byte for byte, the one that is made from nothing.

What pages were converted to, labs, templates and more are kept from build to build. After each edit
the site is built with all of it, and then once more with nothing kept at all.
"""

import os
import shutil

import pytest

from tests import forks
from tests.copies import FIGURES, ROOT, Copy

DIAGRAM = "momentum/phase_diagram"
NAV = "  - Figures: figures.md\n"
PAGES = {
    "docs/glossary.md": "A list.\n\nslope, slopes\n:   How steep it is, here. More.\n",
    "docs/references.md": "[@*]\n",
    "docs/api.md": "Of [two weights][trainingtips.surfaces.two_weights].\n\n"
    "::: trainingtips.surfaces\n",
    "docs/lab.md": "Words on the slope [@one2000].\n\n![](labs/momentum.js)\n\n"
    f"![](figures/{DIAGRAM}.svg)\n",
}
BIB = """@article{one2000, author = {One, A.}, title = {A title}, journal = {A journal},
  year = {2000}, url = {https://example.org/}}
"""
NOTEBOOK = """# ---
# jupyter:
#   description: A notebook.
# ---

# %% [markdown]
# # Ours
#
# See [the figures](../figures.md#the-second), and $x^2$.

# %%
n = 1
n + 1

# %% [markdown]
# ## Three things to try
#
# 1. One.
# 2. Two.
# 3. Three.
"""


def written(root):
    """A copy with a page of every kind."""
    project = Copy(root)
    for kind in ("py", "js"):
        for name in ("momentum", *(("lab", "arithmetic", "mount") if kind == "js" else ())):
            project.take(f"docs/labs/{name}.{kind}")
    project.take("docs/labs/labs.css")
    section, _, stem = DIAGRAM.partition("/")
    project.take(
        f"figures/{DIAGRAM}.py", f"results/{DIAGRAM}.json", f"build/figures/{DIAGRAM}.json"
    )
    project.take(f"tests/counter/{DIAGRAM}.py")
    pictures = (ROOT / f"build/figures/{section}").glob(f"{stem}.*.svg")
    project.take(*(path.relative_to(ROOT).as_posix() for path in pictures))
    nav = "".join(f"  - {path.removeprefix('docs/')}\n" for path in PAGES)
    project.replace("mkdocs.yml", NAV, f"{NAV}{nav}  - notebooks/ours.ipynb\n")
    for path, text in PAGES.items():
        name = path.removeprefix("docs/").removesuffix(".md").title()
        project.write(path, f"---\ndescription: Of {name}.\n---\n\n# {name}\n\n{text}")
    project.write("docs/references.bib", BIB)
    project.write("docs/notebooks/ours.py", NOTEBOOK)
    project.add("The slope again.", "docs/figures.md")
    return project


def build(project, **environment):
    """{path: bytes} of the site, built by what `make` runs."""
    env = os.environ | {"NO_COLOR": "1"} | environment
    env.pop("PYTHONPATH", None)  # the copy's own package, not that of the tests
    done = forks.run("trainingtips", "site", cwd=project.root, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    site = project.root / "site"
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def from_nothing(project, **environment):
    shutil.rmtree(project.root / "build/cache")
    shutil.rmtree(project.root / "site")
    (project.root / "build/site.json").unlink()
    return build(project, **environment)


@pytest.fixture(scope="module")
def project(site, tmp_path_factory):
    """`site` sees to the pictures. Each test edits what the one before has left."""
    project = written(tmp_path_factory.mktemp("incremental"))
    build(project)
    project.before.clear()
    return project


def heading(project):
    project.replace("docs/figures.md", "# Figures", "# All *figures*")
    project.replace("docs/figures.md", "## The second", "## The third {: #the-second}")


def anchor(project):
    for path in ("docs/index.md", "docs/notebooks/ours.py"):
        project.replace(path, "figures.md#the-second", "figures.md#the-last")
    project.replace("docs/figures.md", "## The second", "## The last")


def glossary(project):
    project.replace("docs/glossary.md", "How steep it is, here.", "How steep it is, elsewhere.")
    project.add("again\n:   Once more.", "docs/glossary.md")


def navigation(project):
    project.replace("mkdocs.yml", NAV, "  - references.md\n" + NAV)
    project.replace("mkdocs.yml", "  - references.md\n  - api.md\n", "  - api.md\n")
    project.replace("mkdocs.yml", "  - lab.md\n", "  - A lab & more: lab.md\n")


def result(project):
    for path in (f"results/{FIGURES[0]}.json", "results/SEAL"):  # to be restored
        project.write(path, (project.root / path).read_text("utf-8"))
    project.replace(f"figures/{FIGURES[0]}.py", "(-2.05, 2.05, 24)", "(-2.05, 2.05, 26)")


def drawing(project):
    head = "def draw(result, figure):\n"
    project.replace(f"figures/{FIGURES[1]}.py", head, f'{head}    figure.text(0.5, 0.5, "mark")\n')


def words(project):
    """Of a figure, which its page and the list of claims show."""
    project.replace(f"figures/{FIGURES[1]}.py", 'ALT = (\n    "', 'ALT = (\n    "Here: ')


def text_of_a_page(project):
    project.replace("docs/index.md", "The slope is", "The slope, measured, is $x^3$ or")
    project.add("A footnote of one's own[^x], and `code`.\n\n[^x]: Here.", "docs/index.md")


def docstring(project):
    path = "trainingtips/surfaces.py"
    text = (project.root / path).read_text("utf-8")
    project.write(path, text.replace(chr(34) * 3, chr(34) * 3 + "Anew. ", 1))


EDITS = {
    "a page's text": text_of_a_page,
    "the glossary": glossary,
    "headings": heading,
    "an anchor that others link to": anchor,
    "the bibliography": lambda p: p.replace("docs/references.bib", "A title", "Another title"),
    "the navigation": navigation,
    "a result": result,
    "a drawing": drawing,
    "the builder": lambda p: p.replace(
        "trainingtips/press/pages/pages.py", "; rebuild:\n<code>", "; again:\n<code>"
    ),
    "the builder's escapes": lambda p: p.replace(
        "trainingtips/press/content/glossary.py", '"class": "term"', '"class": "term word"'
    ),
    "a docstring of the package": docstring,
    "a lab's words": lambda p: p.replace("docs/labs/momentum.py", 'TITLE = "', 'TITLE = "Anew: '),
    "a lab's script": lambda p: p.add("export const more = 1;", "docs/labs/momentum.js"),
    "a notebook": lambda p: p.replace("docs/notebooks/ours.py", "n + 1", "n + 2"),
    "a template": lambda p: p.replace("overrides/404.html", "no page at", "nothing at"),
    "the configuration": lambda p: p.replace("mkdocs.yml", "permalink: true", "permalink: false"),
    "the site's name": lambda p: p.replace("mkdocs.yml", "site_name: ", "site_name: New "),
    "a page's description": lambda p: p.replace("docs/lab.md", "Of Lab.", "Of a lab."),
}


@pytest.mark.parametrize("edit", EDITS)
def test_after_an_edit_all_is_as_from_nothing(project, edit):
    before = build(project)
    EDITS[edit](project)
    try:
        over = build(project)
        assert over != before, "the edit itself"
        assert over == from_nothing(project)
        project.restore()
        assert build(project) == before, "and back"
    finally:
        project.restore()


def test_at_another_address_too(project):
    before = build(project)
    address = {"SITE_URL": "https://example.org/a/", "REPO_URL": "https://example.org/b"}
    over = build(project, **address)
    assert over == from_nothing(project, **address)
    assert build(project) == before != over


def test_what_is_kept_and_damaged_is_made_anew(project):
    before = build(project)
    for path in (project.root / "build/cache").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    project.replace("docs/index.md", "The slope is", "The slope, however, is")
    over = build(project)
    assert over == from_nothing(project)
    project.restore()
    assert build(project) == before


def test_a_fault_is_told_each_time(project):
    """What a page that was converted before has told, it tells again."""
    build(project)
    project.add("[gone](figures.md#gone) and [nowhere](nowhere.md)")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        for _ in range(2):
            done = forks.run("trainingtips", "site", cwd=project.root, env=env)
            assert done.returncode == 1
            assert "'figures.md#gone'" in done.stderr and "'nowhere.md'" in done.stderr
    finally:
        project.restore()
