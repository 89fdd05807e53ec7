"""The comparison that `make properdocs` ends with finds what differs, and nothing else."""

import pytest

from .__main__ import differences, main

PAGE = """<head><meta name="generator" content="{generator}"><style>{style}</style></head>
<body><h1>Title</h1> <p>Words, <a href="other.html">a link</a>, <img alt="a picture"></p></body>"""
SAME = {"generator": "one", "style": "p {}"}


@pytest.fixture
def folders(tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        (folder / "inner").mkdir(parents=True)
        for name in ("a.html", "inner/b.html"):
            (folder / name).write_text(PAGE.format(**SAME))
    return ours, theirs


def test_another_generator_and_style_are_no_difference(folders, capsys):
    page = PAGE.format(generator="two", style="p { }").replace("<p>", "<p>\n")
    (folders[1] / "inner/b.html").write_text(page)
    assert main(*folders) == 0
    assert "2 pages say the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"), [("Words", "Other"), ("other.html", "b.html"), ("a picture", ""), ("</p>", "!")]
)
def test_other_words_links_and_alternatives_are(folders, old, new):
    path = folders[1] / "inner/b.html"
    path.write_text(path.read_text().replace(old, new, 1))
    (told,) = differences(*folders)
    assert told.startswith("inner/b.html: ") and " against " in told


def test_a_page_that_one_lacks_is_named(folders):
    (folders[0] / "a.html").unlink()
    (folders[1] / "inner/b.html").unlink()
    found = list(differences(*folders))
    assert [each.partition(":")[0] for each in found] == ["inner/b.html", "a.html"]
    assert main(*folders) == 1


def test_nothing_is_not_the_same_as_nothing(tmp_path):
    assert main(tmp_path, tmp_path) == 1
