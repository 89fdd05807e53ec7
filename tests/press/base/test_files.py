"""Files are whole or absent."""

import errno
import os

import pytest

from trainingtips.press.base import files


def test_a_failed_write_leaves_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "x"
    files.replace(path, b"old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        files.replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_whole_set_is_written_or_none(tmp_path):
    """The second cannot be written, so that the first stays as it was."""
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "file").touch()
    with pytest.raises(OSError) as raised:
        files.replace_all({tmp_path / "old": b"new", tmp_path / "file/x": b"new"})
    assert str(tmp_path / "file/x") in str(raised.value)
    assert (tmp_path / "old").read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "old"]


def test_a_full_disk_names_the_file_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError) as raised:
        files.replace_all({str(tmp_path / "x"): b"new"})
    error = raised.value
    assert (error.errno, error.filename) == (errno.ENOSPC, str(tmp_path / "x"))
    assert error.strerror == os.strerror(errno.ENOSPC)
    assert error.__cause__ is None and error.__suppress_context__
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing_behind_either(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.replace(tmp_path / "x", b"new")
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_and_the_files_are_for_all_to_read(tmp_path):
    mask = os.umask(0o027)
    try:
        files.replace_all({tmp_path / "a/b/x": b"1", tmp_path / "a/b/y": b"2"})
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(mask)
    assert [(tmp_path / "a/b" / name).read_bytes() for name in "xy"] == [b"1", b"2"]
    assert (tmp_path / "a/b/x").stat().st_mode & 0o777 == 0o640


def test_what_is_written_is_synced_whole_before_it_gets_its_name(tmp_path, monkeypatch):
    seen = []

    def sync(handle):
        beside = [p.name.startswith(files.TEMPORARY) for p in tmp_path.iterdir()]
        seen.append((os.fstat(handle).st_size, beside))

    monkeypatch.setattr(os, "fsync", sync)
    files.replace(tmp_path / "x", b"12345")
    assert seen == [(5, [True])]


def test_what_a_killed_build_left_is_found_and_removed(tmp_path):
    kept, left = tmp_path / "a/x.json", [tmp_path / "a" / f"{files.TEMPORARY}1"]
    left.append(tmp_path / f"{files.TEMPORARY}2")
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    other = elsewhere / f"{files.TEMPORARY}3"
    for path in (kept, *left, other):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "link").symlink_to(elsewhere)
    assert sorted(files.unfinished(tmp_path)) == sorted(left)
    files.remove_unfinished(tmp_path)
    assert kept.exists() and other.exists()
    assert not any(path.exists() for path in left)


def test_what_another_removes_meanwhile_is_no_error(tmp_path, monkeypatch):
    gone = [tmp_path / f"{files.TEMPORARY}{i}" for i in range(2)]
    gone[1].touch()
    monkeypatch.setattr(files, "unfinished", lambda _: iter(gone))
    files.remove_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == []
