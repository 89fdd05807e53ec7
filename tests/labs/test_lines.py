"""A lab's line on a page, and what stops the build."""

import shutil

import pytest

from tests.site.test_strict import Copy

from . import LABS, ROOT


@pytest.fixture(scope="module")
def prepared(site, tmp_path_factory):
    """`site` sees to it that the pictures are there."""
    copy = Copy(tmp_path_factory.mktemp("labs"))
    for path in LABS.iterdir():
        if path.suffix in (".js", ".css"):
            copy.take(path.relative_to(ROOT).as_posix())
    for path in LABS.glob("*.js"):
        if path.stem not in ("arithmetic", "mount", "momentum"):
            (copy.root / "docs/labs" / path.name).unlink()
    copy.take("docs/labs/momentum.py", "results/momentum/phase_diagram.json")
    copy.take("figures/momentum/phase_diagram.py")
    stems = (ROOT / "build/figures/momentum").glob("phase_diagram*")
    copy.take(*(path.relative_to(ROOT).as_posix() for path in stems))
    copy.add("![](figures/momentum/phase_diagram.svg)\n\n![](labs/momentum.js)")
    copy.before.clear()
    return copy


@pytest.fixture
def copy(prepared):
    yield prepared
    prepared.restore()


def test_a_lab_is_published_and_only_its_page_loads_it(copy):
    status, output = copy.build()
    assert status == 0, output
    assert 'src="labs/mount.js"' in (copy.root / "site/index.html").read_text()
    assert "labs/mount.js" not in (copy.root / "site/figures.html").read_text()
    published = {path.name for path in (copy.root / "site/labs").iterdir()}
    assert published == {"arithmetic.js", "mount.js", "momentum.js", "labs.css"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("![](labs/momentun.js)", ["no lab 'momentun'", "did you mean 'momentum'?"]),
        ("![](labs/momentum.js)", ["shown twice"]),
        ("![A lab.](labs/momentum.js)", ["a lab is written ![](labs/name.js)"]),
        ("![](labs/momentum.svg)", ["a lab is written ![](labs/name.js)"]),
        ("![](labs/mount.js)", ["no lab 'mount'"]),
    ],
)
def test_a_faulty_line_is_refused(copy, text, words):
    copy.add(text)
    copy.refused("index.md", *words)


def test_a_lab_that_no_page_shows_is_refused(copy):
    copy.replace("docs/index.md", "![](labs/momentum.js)", "")
    copy.refused("no page shows", "![](labs/momentum.js)")


def test_half_a_lab_is_refused(copy):
    shutil.copyfile(copy.root / "docs/labs/momentum.js", copy.root / "docs/labs/half.js")
    try:
        copy.refused("docs/labs/half.js needs docs/labs/half.py")
    finally:
        (copy.root / "docs/labs/half.js").unlink()


def test_a_lab_without_words_for_a_panel_is_refused(copy):
    copy.replace("docs/labs/momentum.py", "the minimum in the middle.", "the minimum")
    copy.refused("docs/labs/momentum.py", "alt")
