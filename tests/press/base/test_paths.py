"""Names and paths from outside, against what a file system makes of them."""

import os

import pytest

from trainingtips.press.base import paths


@pytest.mark.parametrize("path", ["a", "data/mnist.npz", "a..b/c", "é/ü", "a b", ".hidden/~"])
def test_a_path_within_the_project_has_no_fault(path):
    assert paths.fault(path) is None


@pytest.mark.parametrize(
    "path, words",
    [
        ("", "empty"),
        (" \u2003", "empty"),
        ("a\nb", "cannot be seen"),
        ("/etc/passwd", "leads out"),
        ("~/x", "leads out"),
        ("a/../../b", "leads out"),
        ("..", "leads out"),
        ("a\\b", "leads out"),
    ],
)
def test_a_fault_is_named(path, words):
    assert words in paths.fault(path)


def test_the_longest_path_is_counted_in_bytes():
    """255 bytes of a name and 1000 of a path, in UTF-8: two for each é."""
    whole = "/".join(["a" * 249] * 4)  # 999 bytes
    for longest in ("a" * 255, "é" * 127, whole + "a"):
        assert paths.fault(longest) is None
        assert "too long" in paths.fault(longest + "é")
    assert "too long" in paths.fault("b/" + "a" * 256 + "/b")


def test_shown_is_quoted_and_short():
    assert paths.shown("a\tb") == repr("a\tb")
    assert paths.shown("x" * 78) == repr("x" * 78)
    for long in ("x" * 79, b"x" * 1000, list(range(10**4)), 10**200):
        assert len(paths.shown(long)) <= 80


def test_within_is_what_stays_so_once_links_are_followed(tmp_path):
    root, out = tmp_path / "root", tmp_path / "out"
    (root / "a").mkdir(parents=True)
    (out / "b").mkdir(parents=True)
    for name, target in {
        "a/in": root / "a", "a/out": out, "loop": root / "loop", "up": "..", "self": root
    }.items():  # fmt: skip
        os.symlink(target, root / name)
    for inside in ("a", "a/none/yet", "a/in/x", "a/in", "self/a/in"):
        assert paths.is_inside(root, inside) is True, inside
    for outside in ("a/out", "a/out/b", "a/in/out/b", "up/out", "loop", "self/a/out/b"):
        assert paths.is_inside(root, outside) is False, outside


def test_the_project_may_itself_be_reached_by_a_link(tmp_path):
    (tmp_path / "root/a").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "root")
    (tmp_path / "root/in").symlink_to(tmp_path / "root/a")
    assert paths.is_inside(tmp_path / "link", "a")
    assert paths.is_inside(tmp_path / "link", "in")
