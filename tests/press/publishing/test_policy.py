"""What must not be published: scripts of strangers."""

import re

import jinja2
import pytest

from trainingtips.press.base import markup
from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import policy

HEAD = '<!doctype html><html><head><meta charset="utf-8"><title>T</title></head><body>'


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


def test_a_page_is_read_once_and_one_that_changed_again(tmp_path, monkeypatch):
    read, dangers = [], markup.dangers
    monkeypatch.setattr(markup, "dangers", lambda page, _: read.append(page) or dangers(page, _))
    page = f"{HEAD}<script>theme()</script></body></html>"
    allowed = {markup.script_hash("theme()")}

    def build(text, scripts):
        cache = policy.checked_before(tmp_path)
        policy.protect(text, "a.md", scripts, cache=cache)
        cache.save()
        return len(read)

    assert build(page, allowed) == 1
    assert build(page, allowed) == 1
    assert build(page.replace("T<", "U<"), allowed) == 2
    for text, scripts in ((page, set()), (page.replace("theme", "injected"), allowed)):
        with pytest.raises(UserError, match="a script"):
            build(text, scripts)
        with pytest.raises(UserError, match="a script"):  # nothing was kept of it
            build(text, scripts)


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
