"""Small projects in a temporary folder, built through the command line as a user would."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tests import forks
from trainingtips.press.kept import results, seals

ROOT = Path(__file__).parents[1]

SCRIPT = '''"""{claim}"""

import numpy as np

from lab import growth, wave

ALT = "A rising line."
COLOUR = "blue"


def compute():
    # a comment
    return {{"y": {formula}, "n": 4}}


def claim(result):
    assert result["n"] == {expected}, "expected {expected} points"


def draw(result, figure):
    figure.subplots().plot(result["y"], color=COLOUR)
    figure.axes[0].set_axis_off()
'''

GROWTH = '''"""Growth."""

from lab.tools import double


def grow(x: float) -> float:
    """Twice."""
    return double(x)


def shrink(x):
    return x / 2
'''

# mkdocs.yml of a site with the project's own hook and macros, and nothing else
SITE = f"""site_name: Small
theme: {{name: material, font: false}}
plugins:
  - search
  - macros:
      modules: [trainingtips.press.content.numbers]
      on_undefined: strict
      on_error_fail: true
hooks: [{ROOT / "trainingtips/press/pages/pages.py"}]
markdown_extensions:
  - attr_list
  - footnotes
  - md_in_html
  - pymdownx.arithmatex:
      generic: true
"""

WAVE = "def ripple(x):\n    return x + 1\n"
TOOLS = "def double(x):\n    return 2 * x\n\n\ndef unused(x):\n    return x\n"


def forge(root, name, change, listed=True):
    """Change a kept result as one would who means to: digest, seal and, where `listed`, the list.

    `change` is given the file's content.
    """
    path = Path(root) / f"results/{name}.json"
    content = json.loads(path.read_text())
    change(content)
    fields = ("key", "verdict", "seconds", "environment", "result")
    kept = results.Kept(*(content[each] for each in fields), name, content["needs"])
    path.write_text(kept.text())
    if listed:
        book = seals.Book(root)
        book.path.write_bytes(book.with_line(name, kept.seal))


def command_line(folder, *arguments):
    """What `python -m trainingtips …` says in `folder`, both streams. Asserts that it went well."""
    done = forks.run("trainingtips", *arguments, cwd=folder, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


class Project:
    """A temporary project with two figures: a uses lab.growth.grow, b uses lab.wave.ripple."""

    @classmethod
    def at(cls, root):
        """The project that is there, as it is."""
        project = cls.__new__(cls)
        project.root = Path(root)
        return project

    def __init__(self, root):
        self.root = Path(root)
        self.write("lab/__init__.py", "")
        self.write("lab/growth.py", GROWTH)
        self.write("lab/wave.py", WAVE)
        self.write("lab/tools.py", TOOLS)
        self.script("demo/a", "growth.grow(np.arange(4.0))")
        self.script("demo/b", "wave.ripple(np.arange(4.0))")

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def script(self, name, formula, claim="It grows.", expected=4):
        text = SCRIPT.format(claim=claim, formula=formula, expected=expected)
        self.write(f"figures/{name}.py", text)

    def replace(self, path, old, new):
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))

    def start(self, *arguments, **environment):
        """A process of its own, from its interpreter's start on, to be waited for or ended."""
        env = self._environment(**environment)
        command = [sys.executable, "-m", "trainingtips", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.root, env=env, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *arguments, status=0, **environment):
        """Run the command line; returns its output, both streams. Asserts the exit status."""
        env = self._environment(**environment)
        done = forks.run("trainingtips", *arguments, cwd=self.root, env=env, timeout=600)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr or "figures/demo" in done.stderr, done.stderr
        return done.stdout + done.stderr

    def site(self):
        """Build its site by mkdocs, strictly, into site/."""
        env = self._environment(NO_MKDOCS_2_WARNING="1")
        done = forks.run("mkdocs", "build", "--strict", cwd=self.root, env=env, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr

    def _environment(self, **environment):
        return os.environ | {"PYTHONPATH": str(ROOT)} | environment

    def build(self, *arguments, **options):
        return self.run("figures", *arguments, **options)

    def computed(self, output):
        """Names of the figures whose compute() ran, from the build's output."""
        return {line.split()[1] for line in output.splitlines() if "  computed" in line}

    def hashes(self, folder="build/figures", ending=".svg"):
        return {
            path.relative_to(self.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((self.root / folder).rglob(f"*{ending}"))
        }
