"""What must not be published: scripts of strangers."""

import base64
import hashlib
import re

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import policy

HEAD = '<!doctype html><html><head><meta charset="utf-8"><title>T</title></head><body>'


def test_a_policy_allows_the_pages_own_scripts_by_their_hash():
    script = "theme()"
    made = policy.protect(f"{HEAD}<script>{script}</script></body></html>", "a.md")
    content = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', made)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in content.split(";") if " " in rule.strip())
    assert rules["default-src"] == "'none'"
    assert f"'sha256-{digest}'" in rules["script-src"]
    assert "unsafe-inline" not in rules["script-src"] and "http" not in content


@pytest.mark.parametrize(
    "text",
    ["<script>steal()</script>", '<img src="x" onerror="steal()">', "<p ONCLICK='s()'>x</p>"],
)
def test_a_script_in_the_text_stops_the_build(text):
    with pytest.raises(UserError, match=r"a\.md"):
        policy.protect(f"{HEAD}<article>{text}</article></body></html>", "a.md")
