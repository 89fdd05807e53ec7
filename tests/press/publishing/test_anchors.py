"""Addresses that must not vanish."""

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import anchors

HEAD = '<!doctype html><html><head><meta charset="utf-8"><title>T</title></head><body>'


@pytest.fixture
def project(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "site/notebooks").mkdir(parents=True)
    page(tmp_path, '<h2 class="a" id="noise">Noise</h2><input id="slider"><p id="fnref:1">x</p>')
    (tmp_path / "site/notebooks/b.html").write_text(f"{HEAD}<p id='outside'>no article</p>")
    (tmp_path / "site/404.html").write_text(f"{HEAD}<article><h1 id='lost'>x</h1></article>")
    return tmp_path


def page(root, body):
    (root / "site/batch.html").write_text(f"{HEAD}<nav id='menu'></nav><article>{body}</article>")


def test_pages_and_what_one_links_to_are_addresses(project):
    assert anchors.collect(project / "site") == {
        "batch.html",
        "batch.html#noise",
        "notebooks/b.html",
    }


def test_an_address_that_vanished_is_told_with_what_to_do(project):
    assert anchors.keep(project, project / "site") == sorted(anchors.collect(project / "site"))
    anchors.check(project, project / "site")
    page(project, '<h2 id="scatter">Scatter</h2>')
    with pytest.raises(UserError) as told:
        anchors.check(project, project / "site")
    assert "batch.html#noise" in str(told.value) and '<a id="old"></a>' in str(told.value)
    assert "{: #old}" in str(told.value), "{# begins a comment of the macros"
    page(project, '<h2 id="scatter">Scatter</h2><a id="noise"></a>')
    anchors.check(project, project / "site")
    assert anchors.keep(project, project / "site") == ["batch.html#scatter"]
    assert anchors.keep(project, project / "site") == []


def test_a_site_without_pages_is_no_reason_to_forget_all(project):
    anchors.keep(project, project / "site")
    before = (project / anchors.FILE).read_text()
    (project / "empty").mkdir()
    with pytest.raises(UserError, match="build the site first"):
        anchors.keep(project, project / "empty")
    assert (project / anchors.FILE).read_text() == before
