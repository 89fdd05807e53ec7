"""Runs a lab's arithmetic as its page does: in Node where there is one, else in Chromium."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from trainingtips.press.pages import labs

DOCS = Path(__file__).parents[2] / "docs"
CALL = """const {{ run, say }} = await import({module});
const told = {states}.map((state) => {{
  const result = run(state, {given});
  return {{ shown: result.shown, says: say(result, state) }};
}});
"""


def told(name, *changes, run):
    """`{"shown": …, "says": …}` of lab `name`, one for each change of its default state."""
    lab = labs.read(DOCS, name)
    states = [lab.state | each for each in changes]
    return list(zip(states, run(name, states, lab.given), strict=True))


def _script(module, states, given):
    module, states, given = (json.dumps(each) for each in (module, states, given))
    return CALL.format(module=module, states=states, given=given)


def in_node(name, states, given):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DOCS / "labs", folder, dirs_exist_ok=True)
        (Path(folder) / "package.json").write_text('{"type": "module"}')  # .js files are modules
        script = _script(f"./{name}.js", states, given) + "console.log(JSON.stringify(told));"
        command = ["node", "--input-type=module", "--eval", script]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_chromium(name, states, given, *, browser, serve):
    root, page = serve(DOCS), browser.new_page()
    page.goto(f"{root}labs/")  # modules are imported from one's own address only
    script = _script(f"{root}labs/{name}.js", states, given)
    answers = page.evaluate(f"async () => {{ {script} return told; }}")
    page.close()
    return answers
