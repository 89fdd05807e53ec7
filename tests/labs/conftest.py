"""One browser, the published site, the arithmetic's cases and a way to run a lab's arithmetic."""

import json
import shutil

import pytest

from tests.browsing import chromium

from . import running, vectors


@pytest.fixture(scope="package")
def browser():
    """Of this folder alone: tests elsewhere start their own, which cannot be beside another."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def cases(once):
    """A file with the cases of vectors.py."""

    def make(folder):
        (folder / "vectors.json").write_text(json.dumps(vectors.cases()))

    return once("vectors", make) / "vectors.json"


@pytest.fixture(scope="session")
def told(request):
    """told(lab, *changes) → what the lab says, as its page would, in Node where there is one."""
    if shutil.which("node"):
        return lambda *asked: running.told(*asked, run=running.in_node)

    def in_chromium(*asked):
        browser, serve = map(request.getfixturevalue, ("browser", "serve"))
        return running.in_chromium(*asked, browser=browser, serve=serve)

    return lambda *asked: running.told(*asked, run=in_chromium)
