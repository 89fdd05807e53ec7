"""`trainingtips serve`: what is edited is seen at once and as the whole site has it, faults too."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.copies import FIGURES, ROOT, Copy
from tests.waiting import children, gone, running, started, until
from trainingtips.press.base import locks, markup
from trainingtips.press.kept import records
from trainingtips.press.publishing import serve

WHOLE = "the whole site is built and checked"
DRAW = """

_drawn = draw


def draw(result, figure):
    _drawn(result, figure)
    figure.text(0.5, 0.5, "another mark")
"""


class Serving:
    """`trainingtips serve` in `project`, as a user starts it. What it tells is in `lines`."""

    def __init__(self, project, address="127.0.0.1:0"):
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [sys.executable, "-m", "trainingtips", "serve", "--address", address]
        self.project, self.lines = project, []
        self.process = subprocess.Popen(
            command, cwd=project.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.address = started(self.process, lambda: self._told(r"http://\S+/"))

    def _read(self):
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.append(line)

    @property
    def output(self):
        return "".join(self.lines)

    def _told(self, pattern, start=0):
        match = re.search(pattern, "".join(self.lines[start:]))
        return match and match[0]

    def told(self, pattern, start=0):
        """Wait until it has told that, after so many lines."""
        return started(self.process, lambda: self._told(pattern, start))

    def get(self, path):
        """The page or file as text; "" while it is not there, or is replaced as it is read."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=60) as answer:
                return answer.read().decode()
        except (OSError, http.client.IncompleteRead):
            return ""

    def shown(self, path, condition):
        """Wait until the page or file is such. Returns it."""
        return started(self.process, lambda: (page := self.get(path)) and condition(page) and page)

    def epoch(self):
        """The version that browsers are told of: mkdocs' own event."""
        return int(self.get("livereload/0/1"))

    def interrupt(self):
        """The exit status after Ctrl-C in its terminal. Asserts that no process is left."""
        left = family(self.process.pid)
        os.killpg(self.process.pid, signal.SIGINT)
        status = self.process.wait(timeout=60)
        assert gone(left)
        return status


def family(pid):
    found = children(pid)
    return [*found, *(each for child in found if running(child) for each in family(child))]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    project = Copy(tmp_path_factory.mktemp("serve"))
    serving = Serving(project)
    try:
        serving.told(WHOLE)
        yield serving
        assert serving.interrupt() == 130, serving.output
        assert "Traceback" not in serving.output
    finally:
        serving.process.kill()
        serving.process.wait()
        serving.reader.join()


@pytest.fixture
def project(server):
    """The project that is served; what a test changes is put back, and that is seen."""
    yield server.project
    start = len(server.lines)
    server.project.restore()
    server.told(WHOLE, start)


def test_a_page_is_seen_at_once_as_the_whole_site_has_it(server, project):
    start, epoch = len(server.lines), server.epoch()
    project.add("A new sentence.")
    page = server.shown("index.html", lambda text: "A new sentence." in text)
    until(lambda: server.epoch() > epoch)
    alone = (project.root / "build/serve.pages/index.html").read_text("utf-8")
    server.told(WHOLE, start)
    whole = (project.root / "site/index.html").read_text("utf-8")
    assert alone == whole
    # served are these bytes, with mkdocs' script before the end and its hash in the policy
    script = re.findall(r"<script>.*?</script>", page, re.DOTALL)[-1]
    assert "/livereload/" in script
    page = page.replace(script, "").replace(markup.script_hash(script[8:-9]) + " ", "")
    assert page == whole


def test_the_policy_holds_on_what_is_served(server):
    page = server.get("index.html")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    policy = unescape(policy)
    hashes = {markup.script_hash(text) for text in markup.scripts(page)}
    assert hashes <= set(policy.split()), "every script that stands there may run"
    known = unescape((server.project.root / "site/index.html").read_text("utf-8"))
    assert sum(each not in known for each in hashes) == 1, "and one more than published: mkdocs'"
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


def test_a_drawing_is_seen_with_its_page(server, project):
    picture = f"figures/{FIGURES[0]}.light.svg"
    before, epoch = server.get(picture), server.epoch()
    script = f"figures/{FIGURES[0]}.py"
    project.write(script, (project.root / script).read_text("utf-8") + DRAW)
    server.shown(picture, lambda text: text != before)
    until(lambda: server.epoch() > epoch)
    until(lambda: f"{FIGURES[0]}, figures.html: " in server.output)


@pytest.mark.parametrize("fault", ["", "a fault that is not mended yet"])
def test_a_picture_is_told_of_before_its_pages_are_built(tmp_path, fault):
    """But no fault goes from the page before all is well again."""
    done, record = [], tmp_path / records.FOLDER / "batch/noise.json"
    for path, text in (("docs/batch.md", "![](figures/batch/noise.svg)"), ("site/index.html", "")):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)

    def ask(task, *_):
        done.append(task)
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(f"{done}")
        return []

    site = serve._Site(tmp_path, SimpleNamespace(ask=ask), print)
    site.server = SimpleNamespace(fault=fault, reload=lambda: done.append("told"))
    site._update(["figures/batch/noise.py"])
    assert done == (["figures", "pages"] if fault else ["figures", "told", "pages"])


def rare(*what):
    """Told in the same way as the first; that each is found, test_strict and test_before say."""
    return pytest.param(*what, marks=pytest.mark.long)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "  ![](figures/critical_points/taylor.svg)",
            r"docs/index\.md:\d+: a figure's line stands",
        ),
        rare("[away](nowhere.md)", r"'index\.md' contains a link 'nowhere\.md'"),
        rare('{{ number("critical_points/taylor", "no") }}', r"index\.md: number\(.*no 'no'"),
        rare("<script>go()</script>", r"docs/index\.md:\d+: a script"),
        (
            "[there](figures.md#not-there)",
            r"does not contain an anchor '#not-there'",
        ),  # the whole's
    ],
)
def test_a_fault_is_told_here_and_on_the_page_and_mended(server, project, text, told):
    start = len(server.lines)
    project.add(text)
    server.told(rf"(?m)^(?:error: )?.*{told}", start)
    page = server.shown("index.html", lambda page: 'role="alert"' in page)
    banner = re.search(r'id="serve-fault">.*?</div>', page, re.DOTALL)[0]
    assert re.search(told, unescape(banner)), banner
    assert re.search(told, unescape(server.get("figures.html"))), "on every page"
    assert "press/" not in "".join(server.lines[start:]), "no traceback of ours"
    project.restore()
    server.shown("index.html", lambda page: 'role="alert"' not in page)


def test_an_edit_in_the_builder_starts_it_again(server, project):
    module = "trainingtips/press/publishing/publish.py"
    text, start = (project.root / module).read_text("utf-8"), len(server.lines)
    project.write(module, text + "\nthis is no Python\n")
    server.told(rf"the builder cannot be imported: {module}:\d+: SyntaxError", start)
    assert 'role="alert"' in server.get("index.html"), "the old one goes on"
    first = len(server.lines)
    project.write(module, text.replace("' aria-label=\"Search\">'", "' aria-label=\"Seek\">'"))
    server.told("starting it again", first)
    server.told("serving http", first)
    server.shown("index.html", lambda page: 'role="alert"' not in page)
    server.told(WHOLE, first)
    again = len(server.lines)
    project.add("Made by another builder.")
    server.shown("index.html", lambda page: "Made by another builder." in page)
    assert f"serving {server.address}" in "".join(server.lines[first:again]), "where it was"


def test_a_server_that_is_killed_leaves_no_build(tmp_path):
    project = Copy(tmp_path)
    with locks.held(project.root, name="site.lock"):  # for which its build waits
        serving = Serving(project)
        try:
            left = until(lambda: [each for each in family(serving.process.pid) if is_site(each)])
        finally:
            serving.process.kill()
            serving.process.wait()
        assert gone(left)
    serving.reader.join()


def is_site(pid):
    with contextlib.suppress(OSError):
        return b"\0site\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def test_the_address_is_taken(server):
    address = server.address.removeprefix("http://").rstrip("/")
    command = [sys.executable, "-m", "trainingtips", "serve", "--address", address]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert f"error: cannot serve at {address}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_is_a_host_and_a_port():
    for address in ("8000", "localhost:http", "127.0.0.1:70000"):
        command = [sys.executable, "-m", "trainingtips", "serve", "--address", address]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 2 and "HOST:PORT" in done.stderr, done.stderr


# Its parts


def test_what_has_changed(tmp_path):
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs/a.md"
    page.write_text("one")
    (tmp_path / "docs/.a.md.swp").write_text("an editor's")
    before = serve.snapshot(tmp_path)
    assert list(before) == ["docs/a.md"]
    times = page.stat()
    (tmp_path / "b").write_text("two")
    os.utime(tmp_path / "b", ns=(times.st_atime_ns, times.st_mtime_ns))
    os.replace(tmp_path / "b", page)
    assert serve.snapshot(tmp_path) != before, "another file of the same size and time"


def test_counter_results_are_watched_and_other_tests_are_not(tmp_path):
    for path in ("tests/counter/demo/a.py", "tests/test_a.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    assert list(serve.snapshot(tmp_path)) == ["tests/counter/demo/a.py"]


def test_a_folder_is_made_the_same(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    for path, text in {
        "source/a": "1",
        "source/b/c": "2",
        "target/a": "1",
        "target/d": "3",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert serve.copy(source, target) == ["b/c", "d"]
    assert serve.copy(source, target) == []
    assert sorted(p.name for p in target.rglob("*") if p.is_file()) == ["a", "c"]


def test_the_pages_that_show_a_figure(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("![](figures/batch/noise.svg)")
    (tmp_path / "docs/b.md").write_text('{{ number("batch/noise", "n") }}')
    (tmp_path / "docs/c.md").write_text("![](figures/batch/noise_two.svg)")
    assert serve.showing(tmp_path, ["batch/noise"]) == ["a.md", "b.md"]
    assert serve.showing(tmp_path, []) == []


def test_faults_are_told_without_progress():
    output = "INFO    -  Cleaning\n✓ batch/a  drawn\nerror: docs/a.md:1: no description\n"
    assert serve.faults(output) == "docs/a.md:1: no description"
    assert serve.faults("") == "the site was not built"
