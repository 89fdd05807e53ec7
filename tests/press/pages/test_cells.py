"""What mkdocs-jupyter has converted is kept for the libraries that are installed."""

import json
from types import SimpleNamespace

import pytest

from trainingtips.press.base import versions
from trainingtips.press.pages import cells


def kept(root):
    config = {"cache": False, "cache_dir": ".cache"}
    plugin = SimpleNamespace(config=config, should_include=None)
    cells.keep_converted(plugin, root)
    assert plugin.config["cache"]
    return root.__class__(plugin.config["cache_dir"])


def test_another_library_converts_anew_and_what_is_in_pieces_is_removed(tmp_path, monkeypatch):
    folder = kept(tmp_path)
    folder.mkdir(parents=True)
    whole, torn = folder / "a.json", folder / "b.json"
    whole.write_text(json.dumps({"content": "<p>", "toc_tokens": []}))
    torn.write_text(whole.read_text()[:-9])
    assert kept(tmp_path) == folder
    assert whole.exists() and not torn.exists()
    monkeypatch.setattr(versions, "all_installed", lambda: ["nbconvert-99.dist-info"])
    other = kept(tmp_path)
    assert other != folder and not folder.exists()


@pytest.mark.parametrize(
    ("path", "included"),
    [
        ("/a/build/notebooks/b.ipynb", True),
        ("/a/docs/b.md", False),
        ("/a/docs/notebooks/b.py", False),
        ("/a/other/b.ipynb", False),
        (None, False),
    ],
)
def test_only_what_matches_is_looked_into(tmp_path, path, included):
    """mkdocs-jupyter would parse each page as a notebook, thrice in a build."""
    from mkdocs_jupyter.plugin import Plugin

    plugin = Plugin()
    plugin.load_config({"include": ["build/notebooks/*.ipynb"]})
    asked, decide = [], plugin.should_include
    plugin.should_include = lambda file: asked.append(file) or decide(file)
    cells.keep_converted(plugin, tmp_path)
    file = SimpleNamespace(abs_src_path=path)
    assert plugin.should_include(file) is included is bool(asked)


def test_the_versions_of_all_that_is_installed_are_there():
    found = versions.all_installed()
    assert versions.distribution("nbconvert") in found
    assert versions.distribution("mkdocs-jupyter") in found
