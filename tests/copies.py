"""A small copy of this project, which tests may change and build.

It has the project's own package, configuration and two of its figures, on two short pages.
"""

import os
import re
import shutil
from pathlib import Path

from tests import forks

ROOT = Path(__file__).parents[1]
SECTION = "critical_points"
FIGURES = (f"{SECTION}/two_weights", f"{SECTION}/taylor")
LINES = "\n\n".join(f"![](figures/{name}.svg)" for name in FIGURES)
SLOPE = f'number("{FIGURES[1]}", "slopes.first")'
NAV = "nav:\n  - Home: index.md\n  - Figures: figures.md\n"
INDEX = f"""---
description: A short page.
---

# Home

See [the figures](figures.md) and [the second of them](figures.md#the-second).

The slope is {{{{ {SLOPE} | interval(3) }}}}, where $x^2$ is expected. Published: 2.5 % [^source].

[^source]: A paper.
"""
PAGE = f"---\ndescription: Two figures.\n---\n\n# Figures\n\n## The second\n\n{LINES}\n"


class Copy:
    """A small copy of the project, built through mkdocs' command line."""

    def __init__(self, root):
        self.root, self.before, self.drawn = root, {}, {}
        leave = shutil.ignore_patterns("__pycache__")
        for folder in ("trainingtips", "docs/assets", "overrides", "build/cache"):
            shutil.copytree(ROOT / folder, root / folder, ignore=leave)
        for name in FIGURES:
            self.take(f"figures/{name}.py", f"results/{name}.json", f"build/figures/{name}.json")
            self.take(f"tests/counter/{name}.py")  # without it the figure is drawn anew
            stem = name.partition("/")[2]
            pictures = (ROOT / f"build/figures/{SECTION}").glob(f"{stem}.*.svg")
            self.take(*(path.relative_to(ROOT).as_posix() for path in pictures))
        config = (ROOT / "mkdocs.yml").read_text("utf-8")
        self.take("results/SEAL")
        self.write("mkdocs.yml", re.sub(r"^nav:\n(?:[ \t]+.*\n)+", NAV, config, flags=re.MULTILINE))
        self.write("docs/index.md", INDEX)
        self.write("docs/figures.md", PAGE)
        self.before.clear()
        for name in FIGURES:  # with a script as it was, its pictures: nothing is drawn for that
            files = (root / "build/figures").glob(f"{name}.*")
            self.drawn[f"figures/{name}.py"] = {path: path.read_bytes() for path in files}

    def take(self, *paths):
        for path in paths:
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, self.root / path)

    def write(self, path, text):
        """Write a file; `restore` puts back what was there, or nothing."""
        file = self.root / path
        self.before.setdefault(path, file.read_text("utf-8") if file.exists() else None)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def replace(self, path, old, new):
        text = (self.root / path).read_text("utf-8")
        assert text.count(old) == 1, f"{path}: expected {old!r} once"
        self.write(path, text.replace(old, new))

    def add(self, text, path="docs/index.md"):
        self.write(path, (self.root / path).read_text("utf-8") + f"\n{text}\n")

    def restore(self):
        for path in self.before.keys() & self.drawn.keys():
            for picture, data in self.drawn[path].items():
                picture.write_bytes(data)
        for path, text in self.before.items():
            if text is None:
                (self.root / path).unlink()
            else:
                (self.root / path).write_text(text, "utf-8")
        self.before.clear()

    def build(self):
        """(exit status, both streams) of a strict build."""
        env = os.environ | {"NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}
        env.pop("PYTHONPATH", None)  # the copy's own package, not that of the tests
        arguments = ["build", "--strict", "--site-dir", "site"]
        done = forks.run("mkdocs", *arguments, cwd=self.root, env=env)
        return done.returncode, done.stdout + done.stderr

    def refused(self, *words):
        """Assert that the build fails with these words, and with no traceback of ours."""
        status, output = self.build()
        assert status != 0, output
        assert "press/" not in output, output
        missing = [word for word in words if word not in output]
        assert not missing, f"expected {missing} in:\n{output}"
        return output

    def refused_once(self, text, *words):
        """`refused` with `text` at the end of the first page, and only there and then."""
        self.add(text)
        try:
            return self.refused(*words)
        finally:
            self.restore()
