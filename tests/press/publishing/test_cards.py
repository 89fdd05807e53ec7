"""The pictures that other sites show of a page: what is on them, and when they are drawn again."""

import io

import numpy as np
import pytest
from PIL import Image

from trainingtips.press.base.errors import BuildFailed
from trainingtips.press.publishing import cards

A, B = "![](figures/demo/a.svg)", "![](figures/demo/b.svg)"
LONG = "$5 & a title so long that it has to be set in two lines, and not in one"
PAGES = {
    "both.md": f"# Title\n\nText.\n\n{A}\n\n{B}\n",
    "first.md": f"# Title\n\n{A}\n",
    "second.md": f"# Title\n\n{B}\n",
    "as_code.md": f"---\ndescription: Said of it.\n---\n\n# Title\n\n```markdown\n{A}\n```\n",
    "as_code_first.md": f"# Title\n\n```markdown\n{A}\n```\n\n{B}\n",
    "taken_apart.md": '# Title\n\n{{ anatomy("demo/b") }}\n\n' + A,
    "words.md": "---\ndescription: Said of it.\n---\n\n# Title\n",
    "other_words.md": "---\ndescription: Said of something else.\n---\n\n# Title\n",
    "named.md": f'---\ntitle: "{LONG}"\n---\n\n# Heading\n\n{A}\n',
    "demo.md": f"# Demo\n\n{B}\n",
}
NOTEBOOK = "# ---\n# jupyter:\n#   description: A notebook.\n# ---\n\n# %% [markdown]\n# # Title\n"


@pytest.fixture
def pages(built):
    built.replace("figures/demo/b.py", '"blue"', '"red"')
    built.build()
    for name, text in PAGES.items():
        built.write(f"docs/{name}", text)
    built.write("docs/notebooks/demo.py", NOTEBOOK)
    return built


def draw(project):
    """The cards by page, as bytes."""
    found = cards.ensure_built(project.root, "Small")
    return {page: (project.root / card.path).read_bytes() for page, card in found.items()}


def times(project):
    return {
        path.relative_to(project.root / cards.FOLDER).with_suffix("").as_posix(): (
            path.stat().st_mtime_ns,
            path.stat().st_ino,
        )
        for path in (project.root / cards.FOLDER).rglob("*.png")
    }


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_card_shows_the_title_over_the_pages_first_figure(pages):
    drawn = draw(pages)
    assert set(drawn) == {*(name.removesuffix(".md") for name in PAGES), "notebooks/demo"}
    for data in drawn.values():
        picture = Image.open(io.BytesIO(data))
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
        assert 1_000 < len(data) < 300_000
    assert drawn["both"] == drawn["first"] != drawn["second"]
    assert drawn["as_code_first"] == drawn["taken_apart"] == drawn["second"]
    # a notebook's is its section's, under the notebook's own title
    assert drawn["notebooks/demo"] == drawn["second"] != drawn["demo"]
    assert drawn["as_code"] == drawn["words"] != drawn["other_words"]
    # the same figure below another title, and the same title above another figure
    first, named, second = (pixels(drawn[each]) for each in ("first", "named", "second"))
    title, figure = slice(0, cards.TOP), slice(cards.TOP, 630)
    assert (first[title] == second[title]).all() and (first[figure] != second[figure]).any()
    assert (first[title] != named[title]).any() and (first[figure] == named[figure]).all()
    red, blue = ([255, 0, 0], [0, 0, 255])
    assert (second == red).all(-1).sum() > 500 and not (second == blue).all(-1).any()
    assert (first == blue).all(-1).sum() > 500 and not (first == red).all(-1).any()


def test_only_what_changed_is_drawn_again(pages):
    drawn, before = draw(pages), times(pages)
    assert draw(pages) == drawn and times(pages) == before

    pages.replace("figures/demo/a.py", '"blue"', '"green"')
    pages.build()
    pages.replace("docs/words.md", "# Title", "# Another")
    again = draw(pages)
    changed = {"both", "first", "named", "words"}
    assert {page for page in again if again[page] != drawn[page]} == changed
    assert {page for page, time in times(pages).items() if time != before[page]} == changed


def test_a_damaged_or_missing_card_heals(pages):
    drawn = draw(pages)
    (pages.root / cards.FOLDER / "first.png").write_bytes(drawn["first"][:500])
    (pages.root / cards.FOLDER / "both.png").unlink()
    (pages.root / cards.FOLDER / "words.json").write_text("[" * 100_000)
    assert draw(pages) == drawn


def test_a_figure_that_cannot_be_drawn_stops_the_build(pages, capfd):
    draw(pages)
    # such as a font that has gone: the result is kept, and its picture was drawn before
    pages.replace("figures/demo/a.py", "color=COLOUR", "color=COLOUR + undefined")
    (pages.root / cards.FOLDER / "first.json").unlink()
    with pytest.raises(BuildFailed, match="social pictures"):
        cards.ensure_built(pages.root, "Small")
    assert "card of first" in (told := capfd.readouterr().err) and "undefined" in told


def test_a_description_may_go_on_on_the_next_line():
    script = NOTEBOOK.replace("A notebook.", "A notebook,\n#     saved.\n#   kernelspec: python3")
    page = "---\ndescription: Said\n  of it.\nsearch: 1\n---\n\n# Title\n"
    assert cards._words(script, True, "Small") == ("Title", "A notebook, saved.")
    assert cards._words(page, False, "Small") == ("Title", "Said of it.")
