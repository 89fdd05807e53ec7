"""What mkdocs-jupyter has converted is kept for the libraries that are installed."""

import json
from types import SimpleNamespace

from trainingtips.press.base import versions
from trainingtips.press.pages import cells


def kept(root):
    plugin = SimpleNamespace(config={"cache": False, "cache_dir": ".cache"})
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


def test_the_versions_of_all_that_is_installed_are_there():
    found = versions.all_installed()
    assert versions.distribution("nbconvert") in found
    assert versions.distribution("mkdocs-jupyter") in found
