"""What must not be published, or must not vanish: unit by unit, without a browser."""

import re

import jinja2
import pytest

from trainingtips.press.base import markup
from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import anchors, policy

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


def rules(text):
    content = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    return dict(rule.strip().split(" ", 1) for rule in content.split(";") if " " in rule.strip())


def test_a_policy_allows_the_scripts_of_these_hashes():
    allowed = {markup.script_hash("theme()")}
    made = policy.protect(f"{HEAD}<script>theme()</script></body></html>", "a.md", allowed)
    assert rules(made)["default-src"] == "'none'"
    assert rules(made)["script-src"] == f"'self' {allowed.pop()}"
    assert "unsafe-inline" not in rules(made)["script-src"] and "http:" not in str(rules(made))


def test_the_themes_scripts_are_allowed_by_its_files_and_no_other_is():
    env = jinja2.Environment(loader=jinja2.DictLoader(TEMPLATES), autoescape=True)
    theme = policy.Theme(env, {"extra": {}})
    rendered = [markup.script_hash(each) for each in ('scope("..")', "plain()")]
    assert theme.allowed("..") == set(rendered)
    page = f'{HEAD}<script>scope("..")</script><script>plain()</script>'
    policy.protect(page, "a.md", theme.allowed(".."))
    with pytest.raises(UserError, match="a script, 'injected"):
        policy.protect(f"{page}<script>injected()</script>", "a.md", theme.allowed(".."))
    with pytest.raises(UserError, match="a script"):
        policy.protect(page, "a.md", theme.allowed("."))


TEMPLATES = {
    "main.html": "<script>elsewhere()</script>",
    "partials/javascripts/base.html": '<script>scope("{{ base_url }}")</script>',
    "partials/javascripts/two.html": "{% if x %}<script>plain()</script>{% endif %}",
}


@pytest.mark.parametrize(
    "text",
    [
        "<script>steal()</script>",
        '<img src="x" onerror="steal()">',
        "<p ONCLICK='s()'>x</p>",
        "<img/onerror=steal()>",
        '<p title="a>b" onerror="steal()">x</p>',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<a href="javascript:steal()">x</a>',
    ],
)
@pytest.mark.parametrize("place", ["<article>{}</article>", "<nav>{}</nav>", "{}"])
def test_what_runs_stops_the_build_with_its_line(text, place):
    source = [("docs/a.md", f"# A\n\nText.\n\n{text}\n")]
    with pytest.raises(UserError, match=r"docs/a\.md:5: "):
        policy.protect(HEAD + place.format(text), "a.md", set(), source)
    with pytest.raises(UserError, match=r" a\.md: "):
        policy.protect(HEAD + place.format(text), "a.md", set())


@pytest.mark.parametrize("value", ['https://a.example/"+go()+"', "javascript:go()", "a.example"])
def test_an_address_of_the_configuration_is_one(value):
    with pytest.raises(UserError, match=r"mkdocs\.yml: site_url"):
        policy.check_address("site_url", value)


@pytest.mark.parametrize("value", [None, "", "https://a.example/b/", "http://127.0.0.1:8000/"])
def test_an_address_may_be_left_out(value):
    policy.check_address("site_url", value)
