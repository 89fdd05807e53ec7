"""Runs a lab's arithmetic as its page does: in Node where there is one, else in Chromium."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.serving import serving
from trainingtips.press.pages import labs

DOCS = Path(__file__).parents[2] / "docs"
CHROMIUM = Path("/usr/bin/chromium")
CALL = """const {{ run, say }} = await import({module});
const told = {states}.map((state) => {{
  const result = run(state, {given});
  return {{ shown: result.shown, says: say(result, state) }};
}});
"""


def told(name, *changes):
    """`{"shown": …, "says": …}` of lab `name`, one for each change of its default state."""
    lab = labs.read(DOCS, name)
    states = [lab.state | each for each in changes]
    answers = (_in_node if shutil.which("node") else _in_chromium)(name, states, lab.given)
    return list(zip(states, answers, strict=True))


def _script(module, states, given):
    module, states, given = (json.dumps(each) for each in (module, states, given))
    return CALL.format(module=module, states=states, given=given)


def _in_node(name, states, given):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DOCS / "labs", folder, dirs_exist_ok=True)
        (Path(folder) / "package.json").write_text('{"type": "module"}')  # .js files are modules
        script = _script(f"./{name}.js", states, given) + "console.log(JSON.stringify(told));"
        command = ["node", "--input-type=module", "--eval", script]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _in_chromium(name, states, given):
    if not CHROMIUM.exists():
        pytest.skip(f"needs node, or Debian's chromium at {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with serving(DOCS) as root, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        page = browser.new_page()
        page.goto(f"{root}labs/")  # modules are imported from one's own address only
        script = _script(f"{root}labs/{name}.js", states, given)
        answers = page.evaluate(f"async () => {{ {script} return told; }}")
        browser.close()
    return answers
