"""The labs' arithmetic against torch's, in Node and in Chromium, wherever they are."""

import os
import shutil
import subprocess

import pytest

from . import LABS, ROOT

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="needs node; Chromium runs the same cases")
def test_in_node(cases):
    command = [NODE, "--test", "tests/labs/"]
    env = os.environ | {"VECTORS": str(cases)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 2" in done.stdout


@pytest.mark.browser
def test_in_chromium(cases, browser, serve, tmp_path):
    for folder in (LABS, ROOT / "tests/labs"):
        there = tmp_path / folder.relative_to(ROOT)
        there.mkdir(parents=True)
        for source in folder.glob("*.js"):
            shutil.copy(source, there)
    shutil.copy(cases, tmp_path)
    (tmp_path / "index.html").write_text("<!doctype html><title>Vectors</title>")
    page = browser.new_page()
    page.goto(serve(tmp_path))
    found = page.evaluate(
        """async () => {
          const { js } = await import('/tests/labs/all.js')
          const { compare, properties } = await import('/tests/labs/compare.js')
          const cases = await (await fetch('/vectors.json')).json()
          return [cases.length, compare(js, cases), properties(js)]
        }"""
    )
    page.close()
    count, wrong, broken = found
    assert count >= 500
    assert (wrong, broken) == ([], [])
