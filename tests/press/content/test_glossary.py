"""Terms: where a page's first occurrence becomes a link with the definition, and where not."""

import re

import markdown
import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.content import glossary

SOURCE = """# Glossary

batch, batches
:   Some *examples*, see [there](b.md). And $N/B$
    of them.

batch normalization
:   Another thing.

Adam
:   A method.
"""


def html(text, page="page.md"):
    extension = glossary.Terms(glossary.parse(SOURCE), page)
    built_in = ["attr_list", "toc", "pymdownx.superfences"]
    settings = {"pymdownx.arithmatex": {"generic": True}}
    extensions = [*built_in, "pymdownx.arithmatex", extension]
    return markdown.markdown(text, extensions=extensions, extension_configs=settings)


def linked(text, page="page.md"):
    """The words that became links, in order."""
    return re.findall(r'<a class="term"[^>]*><abbr[^>]*>([^<]*)</abbr></a>', html(text, page))


def test_a_term_is_a_link_with_the_first_sentence():
    assert html("A batch.") == (
        '<p>A <a class="term" href="glossary.md#term-batch">'
        '<abbr title="Some examples, see there.">batch</abbr></a>.</p>'
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Batches, then a batch.", ["Batches"]),
        ("*A batch* and **Adam** and a batch", ["batch", "Adam"]),
        ("batch\nnormalization of a batch", ["batch\nnormalization", "batch"]),
        ("# Adam\n\nIt is Adam.", ["Adam"]),
        ("- one `x`, batch\n- two, Adam", ["batch", "Adam"]),
        ("a `batch`, [a batch](x.md), $batch$ and\n\n```\nbatch\n```", []),
        ("A mini-batch, batched, Adams, batch-wise", []),
        ("Adam\n\n## Reading\n\n- A batch", ["Adam"]),
        ("![a batch](x.svg)", []),
    ],
)
def test_what_becomes_a_link(text, words):
    assert linked(text) == words


@pytest.mark.parametrize("page", [None, "glossary.md", "references.md", "api.md"])
def test_some_pages_are_left_alone(page):
    assert linked("A batch.", page) == []


def test_each_page_begins_anew():
    extension = glossary.Terms(glossary.parse(SOURCE), "page.md")
    first, second = (markdown.markdown("A batch.", extensions=[extension]) for _ in range(2))
    assert first == second and "<abbr" in first


def test_the_text_is_unchanged():
    text = "One batch, *two batches; Adam* and `Adam`, batch normalization & a batch."
    plain = markdown.markdown(text)
    assert re.sub(r"</?(?:a|abbr)\b[^>]*>", "", html(text)) == plain


def test_the_glossary_shows_names_with_anchors():
    shown = glossary.render(SOURCE)
    assert '\n<span id="term-batch">batch</span>\n:   Some *examples*' in shown
    assert '<span id="term-batch-normalization">batch normalization</span>\n:' in shown
    assert "batches\n" not in shown and shown.endswith("A method.\n")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("adam\n:   Twice.", "'adam'.* in two entries"),
        ("rate\n:   The number $\\eta$.", "rate: the first sentence"),
        ("rate\n:   No full stop", "rate: the first sentence"),
        ("rate\n:   The `lr`.", "rate: the first sentence"),
    ],
)
def test_a_faulty_entry_is_refused(entry, message):
    with pytest.raises(UserError, match=message):
        glossary.parse(f"{SOURCE}\n{entry}\n")


def test_a_glossary_of_absurd_size_is_refused_unread(tmp_path):
    with open(tmp_path / "glossary.md", "wb") as file:
        file.truncate(2**40)
    with pytest.raises(UserError, match=r"^docs/glossary\.md: it has 1,099,511,627,776 bytes; "):
        glossary.read(tmp_path)
