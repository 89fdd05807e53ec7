"""Pages built alone: as the whole site has them, and what is wrong with them in one sentence."""

import re

import pytest

from tests.copies import Copy
from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import warm

NOTEBOOK = """# ---
# jupyter:
#   description: A notebook.
# ---

# %% [markdown]
# # Ours & <i>theirs</i>
#
# See [the figures](../figures.md).

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


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy with a notebook, whose title stands in the navigation of every page."""
    project = Copy(tmp_path_factory.mktemp("quick"))
    project.write("docs/notebooks/ours.py", NOTEBOOK)
    project.take("results/redraws.json")  # of which a figure's caption tells
    project.write(
        "docs/api.md", "---\ndescription: API.\n---\n\n# API\n\n::: trainingtips.surfaces\n"
    )
    nav = "  - Figures: figures.md\n"
    project.replace("mkdocs.yml", nav, nav + "  - api.md\n  - notebooks/ours.ipynb\n")
    status, output = project.build()
    assert status == 0, output
    assert "fresh draws" in (project.root / "site/figures.html").read_text("utf-8")
    project.before.clear()
    return project


@pytest.fixture(scope="module")
def process(project):
    command = warm.Warm(project.root)
    with command:
        yield command


@pytest.mark.parametrize(
    "uris", [["index.md"], ["figures.md", "api.md"], ["notebooks/ours.ipynb"], ["no/such.md"]]
)
def test_pages_are_those_of_the_whole_site(project, process, tmp_path, uris):
    built = process.ask("pages", uris, str(tmp_path))
    known = [uri for uri in uris if uri != "no/such.md"]
    assert set(built) == {re.sub(r"(md|ipynb)$", "html", uri) for uri in known}
    for path in built:
        assert (tmp_path / path).read_bytes() == (project.root / "site" / path).read_bytes()
    pages = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    assert pages == set(built), "and no other"


def test_faults_are_told_and_the_next_task_is_done(project, process, tmp_path):
    for text, words in {
        "  ![](figures/critical_points/taylor.svg)": "docs/index.md:",
        "[x](nowhere.md)": "nowhere.md",
        '{{ number("critical_points/nobody", "x") }}': "nobody",
        "{{ nothing }}": "docs/index.md:13: UndefinedError: 'nothing' is undefined",
        "{{ (1 }}": "docs/index.md:13: TemplateSyntaxError: ",
    }.items():
        project.add(text)
        with pytest.raises(UserError, match=re.escape(words)) as told:
            process.ask("pages", ["index.md"], str(tmp_path))
        assert "Traceback" not in str(told.value), told.value
        project.restore()
    assert process.ask("pages", ["index.md"], str(tmp_path)) == ["index.html"]
