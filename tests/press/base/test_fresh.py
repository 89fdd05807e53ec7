"""Imports read the source, though kept bytecode would pass for it."""

import importlib
import os
import sys

import pytest

from trainingtips.press.base import fresh


@pytest.fixture
def imports(monkeypatch):
    monkeypatch.setattr(sys, "path_hooks", list(sys.path_hooks))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    yield
    sys.path_importer_cache.clear()
    for name in ("stale_a", "stale_b"):
        sys.modules.pop(name, None)


def _written_twice(folder, name, monkeypatch):
    """The module after its source was changed to one of the same size and second."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    monkeypatch.syspath_prepend(str(folder))
    for text in ("value = 1\n", "value = 2\n"):
        path.write_text(text)
        os.utime(path, (10**9, 10**9))
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        module = importlib.import_module(name)
    return module.value


def test_bytecode_of_another_text_is_not_taken(tmp_path, monkeypatch, imports):
    assert _written_twice(tmp_path / "elsewhere", "stale_a", monkeypatch) == 1  # Python's own way
    fresh.read_source_under(tmp_path / "project")
    assert _written_twice(tmp_path / "project", "stale_b", monkeypatch) == 2


def test_what_is_installed_and_what_is_elsewhere_is_left_alone(tmp_path, imports):
    fresh.read_source_under(tmp_path / "project")
    hook = sys.path_hooks[0]
    assert hook.root == tmp_path / "project"
    within, packages = tmp_path / "project/a", tmp_path / "project/lib/site-packages"
    for folder in (within, packages, tmp_path / "b"):
        folder.mkdir(parents=True)
    assert hook(str(within)).path == str(within)
    for other in (packages, tmp_path / "b", within / "none"):
        with pytest.raises(ImportError) as raised:
            hook(str(other))
        assert raised.value.path == str(other)


def test_the_empty_path_is_the_folder_that_one_is_in(tmp_path, monkeypatch, imports):
    monkeypatch.chdir(tmp_path)
    fresh.read_source_under(tmp_path)
    assert os.path.samefile(sys.path_hooks[0]("").path, tmp_path)


def test_a_second_call_adds_nothing_and_another_root_does(tmp_path, imports):
    before = len(sys.path_hooks)
    for root in (tmp_path, str(tmp_path), tmp_path / "." / "x" / ".."):
        fresh.read_source_under(root)
    assert len(sys.path_hooks) == before + 1
    fresh.read_source_under(tmp_path / "other")
    assert len(sys.path_hooks) == before + 2


def test_folders_that_were_looked_at_before_are_looked_at_again(tmp_path, imports):
    sys.path_importer_cache[str(tmp_path)] = None
    fresh.read_source_under(tmp_path)
    assert str(tmp_path) not in sys.path_importer_cache
