"""Converted pages: what is kept is what a conversion gives, and what it tells is told again."""

import logging
import os
import traceback
from types import SimpleNamespace

import pytest
from jinja2 import DictLoader, Environment, UndefinedError
from mkdocs.config import load_config
from mkdocs.structure.files import get_files
from mkdocs.structure.pages import Page

from trainingtips.press.content import glossary
from trainingtips.press.pages import rendered

CONFIG = """site_name: a
theme: material
use_directory_urls: false
markdown_extensions: [footnotes, attr_list]
validation: {anchors: warn}
"""
TEXT = """# One & *two*

See [there](b.md#below), [here](#deep) and a batch.

## Below {#deep}

### Lower

A note[^1], and batches.

[^1]: `Code`.
"""
TERM = glossary.Term(("batch", "batches"), "Some examples.")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    (tmp_path / "docs/a.md").write_text(TEXT)
    (tmp_path / "docs/b.md").write_text("# Other\n")
    (tmp_path / "docs/glossary.md").write_text("# Words\n")
    (tmp_path / "docs/d.md").write_text("# D\n")
    return tmp_path


def converted(root, keep=True, terms=(TERM,), name="a.md"):
    """The page, what it told, which terms it used, and whether Markdown was asked."""
    config = load_config(str(root / "mkdocs.yml"))
    extension = glossary.Terms(terms, name)
    config.markdown_extensions.append(extension)
    files = get_files(config)
    page = Page(None, files.get_file_from_path(name), config)
    page.read_source(config)
    store = rendered.Store(root, config, extension)
    told, asked, whole = [], [], page.render

    def render(config, files):
        asked.append(1)
        whole(config, files)

    page.render = render
    if keep:
        store.keep(page)
    with rendered._listening(told):
        page.render(config, files)
    store.save()
    return page, told, extension.used, bool(asked)


def state(page):
    links = page.links_to_anchors
    return {
        "content": page.content,
        "toc": str(page.toc),
        "active": [getattr(each, "active", None) for each in page.toc],
        "levels": [each.level for each in page.toc],
        "title": page.title,
        "ids": page.present_anchor_ids,
        "links": links and {file.src_uri: each for file, each in links.items()},
    }


def test_what_is_kept_is_what_markdown_gives(project):
    plain, _, used, _ = converted(project, keep=False)
    for again in (False, True):
        page, _, now, asked = converted(project)
        assert asked is not again
        assert state(page) == state(plain) and now == used == {TERM}
    links = state(plain)["links"]
    assert links["b.md"] == {"below": "b.md#below"} and links["a.md"]["deep"] == "#deep"


CHANGES = {
    "the text": lambda root: (root / "docs/a.md").write_text(TEXT + "\nMore.\n"),
    "another page": lambda root: (root / "docs/c.md").write_text("# C\n"),
    "a page that is gone": lambda root: (root / "docs/d.md").unlink(),
    "the configuration": lambda root: (root / "mkdocs.yml").write_text(CONFIG + "site_author: b\n"),
    "what it inherits": lambda root: (root / "base.yml").write_text("copyright: b\n"),
    "a hook": lambda root: (root / "hook.py").write_text("x = 1\n"),
    "a variable": lambda root: os.environ.update(TRAININGTIPS_TEST_YEAR="the next"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_it_is_made_of_counts(project, change, monkeypatch):
    monkeypatch.setenv("TRAININGTIPS_TEST_YEAR", "this")
    (project / "base.yml").write_text("copyright: a\n")
    (project / "hook.py").write_text("x = 0\n")
    config = (
        f"INHERIT: base.yml\nhooks: [hook.py]\n{CONFIG}copyright: !ENV TRAININGTIPS_TEST_YEAR\n"
    )
    monkeypatch.setitem(globals(), "CONFIG", config)
    (project / "mkdocs.yml").write_text(config)
    assert converted(project)[3] and not converted(project)[3]
    CHANGES[change](project)
    assert converted(project)[3] and not converted(project)[3]


def test_the_glossary_counts(project):
    converted(project)
    other = glossary.Term(("batch",), "Some others.")
    page, _, used, asked = converted(project, terms=(other,))
    assert asked and used == {other} and "Some others." in page.content


def test_the_text_of_another_page_does_not_count(project):
    converted(project)
    (project / "docs/b.md").write_text("# Other\n\nMore.\n")
    assert not converted(project)[3]


def test_what_was_told_is_told_again(project):
    (project / "docs/a.md").write_text("[x](nowhere.md)\n")
    for _ in range(2):
        _, told, _, asked = converted(project)
        assert asked and "nowhere.md" in told[0]


@pytest.fixture
def store(tmp_path):
    def make():
        terms = SimpleNamespace(terms=[], used=set())
        return rendered.Store(tmp_path, SimpleNamespace(plugins={}), terms)

    return make


def test_an_answer_is_kept_from_build_to_build(store):
    first, made = store(), []
    assert [first.take("x", [1], lambda: made.append(1) or len(made)) for _ in range(2)] == [1, 1]
    first.save()
    assert store().take("x", [1], lambda: 2) == 1
    assert store().take("x", [2], lambda: 2) == store().take("y", [1], lambda: 2) == 2
    later = store()
    later.take("x", [2], lambda: 2)
    later.save()
    assert store().take("x", [1], lambda: 3) == 3, "what nobody asked for is gone"


def test_an_answer_with_a_warning_is_none(store):
    def make():
        logging.getLogger("mkdocs.plugins.some").warning("careful")
        return 1

    first, made = store(), []
    for _ in range(2):
        first.take("x", [1], lambda: made.append(1) or make())
    assert len(made) == 2
    first.save()
    assert store().take("x", [1], lambda: 2) == 2


def test_an_error_is_no_answer(store):
    first = store()
    with pytest.raises(ZeroDivisionError):
        first.take("x", [1], lambda: 1 / 0)
    assert first.take("x", [1], lambda: 2) == 2


class Index:
    """As the search plugin's."""

    def __init__(self):
        self.entries, self.asked = [], 0

    def add_entry_from_context(self, page):
        self.asked += 1
        self.entries += [{"location": page.url, "text": page.content}]


def test_what_the_search_has_read_is_kept(tmp_path):
    def built(*contents):
        index = Index()
        config = SimpleNamespace(plugins={"search": SimpleNamespace(search_index=index)})
        store = rendered.Store(tmp_path, config, SimpleNamespace(terms=[], used=set()))
        store.keep_index([])
        for number, content in enumerate(contents):
            page = SimpleNamespace(
                url=f"{number}.html", content=content, toc=[], meta={}, title="t"
            )
            index.add_entry_from_context(page)
        store.save()
        return index

    first, again, other = built("a", "b"), built("a", "b"), built("c", "b")
    assert (first.asked, again.asked, other.asked) == (2, 0, 1)
    assert again.entries == first.entries and other.entries[1:] == first.entries[1:]
    assert [each["text"] for each in other.entries] == ["c", "b"]


def test_compiled_templates_are_kept_under_build(tmp_path):
    def environment():
        env = Environment(loader=DictLoader({"a": "{{ x }}"}))
        env.bytecode_cache = rendered.compiled_templates(tmp_path)
        return env

    assert environment().get_template("a").render(x=1) == "1"
    (kept,) = (tmp_path / rendered.TEMPLATES).iterdir()
    before = kept.stat().st_mtime_ns
    assert environment().get_template("a").render(x=2) == "2"
    assert kept.stat().st_mtime_ns == before, "and read from there"


def macros(root, times, **syntax):
    """A stand-in for mkdocs-macros on a page, with a filter that multiplies."""
    env = Environment(**syntax)
    env.filters["times"] = lambda x: times * x
    page = SimpleNamespace(file=SimpleNamespace(src_uri="a.md"))
    found = SimpleNamespace(env=env, page=page)
    rendered.keep_compiled(found, root)
    return found.env


def test_a_pages_text_is_compiled_once_and_its_filters_are_todays(tmp_path, monkeypatch):
    text = "{{ 2 | times }} {{ x }}"
    assert macros(tmp_path, 3).from_string(text).render(x="a") == "6 a"
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "_parse", lambda *_: pytest.fail("it is compiled again"))
        assert macros(tmp_path, 3).from_string(text).render(x="b") == "6 b"
    assert macros(tmp_path, 3).from_string(text + "!").render(x="b") == "6 b!"
    monkeypatch.setattr(rendered, "makers", lambda: ["another code of the filters"])
    assert macros(tmp_path, 5).from_string(text).render(x="b") == "10 b"
    (_,) = (tmp_path / rendered.TEMPLATES).iterdir()  # of a page only what was last made


def test_other_signs_of_a_macro_are_compiled_anew(tmp_path):
    assert macros(tmp_path, 3).from_string("{{ x }}").render(x=1) == "1"
    other = macros(tmp_path, 3, variable_start_string="[[", variable_end_string="]]")
    assert other.from_string("{{ x }}").render(x=1) == "{{ x }}"


def test_a_fault_in_a_kept_text_has_its_line(tmp_path):
    for _ in range(2):
        with pytest.raises(UndefinedError) as found:
            macros(tmp_path, 3).from_string("a\n\n{{ nothing.of_it }}").render()
        places = traceback.extract_tb(found.value.__traceback__)
        assert [each.lineno for each in places if each.filename == "<template>"] == [3]
