"""`trainingtips serve`: an edit is seen in the browser in a second or two, and checked after that.

At an edit, the figures that it makes stale are built and the pages that it touches are built
alone (see `quick`), by a process that has everything imported (see `warm`); the browser is told to
load them. Behind them `trainingtips site`, what `make` runs, builds and checks the whole: a later
edit stops it and starts it again. A fault is told in the terminal and on every page, and what was
served before stays. The server, its event and its script are mkdocs' own.
"""

import contextlib
import html
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from mkdocs.livereload import LiveReloadServer

from trainingtips.press.base import files, markup, paths
from trainingtips.press.base.errors import UserError
from trainingtips.press.kept import records, scripts
from trainingtips.press.publishing import child, warm

SERVED, PAGES = "build/serve", "build/serve.pages"
FIGURES = ("figures", "results", "trainingtips", scripts.COUNTERS)  # what a figure is made from
WATCHED = ("mkdocs.yml", "docs", "overrides", *FIGURES)
PAUSE = 0.15  # seconds between two looks at the files
NOT_YET = b"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Not built yet</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' ; \
connect-src 'self'"></head><body><article>
<p>The site is being built; it appears here.</p></article></body></html>
"""
_POLICY = b"script-src 'self' "
_ARTICLE = re.compile(rb"<article\b[^>]*>")
_LOG = re.compile(r"(?:INFO|DEBUG) +-|✓|interrupted")  # lines that tell of no fault


class Server(LiveReloadServer):
    """mkdocs' server of a folder. `fault` is shown on its pages; the builder decides on reloads."""

    def __init__(self, builder, host, port, root):
        super().__init__(builder, host, port, str(root))
        self.fault = ""
        self._watched_paths = {self.root: 1}  # by which it knows that pages get its script

    def start(self):
        """Bind and serve. Raises UserError where the address is not to be had."""
        try:
            self.server_bind()
        except OSError as error:
            host, port = self.server_address
            self.server_close()
            raise UserError(
                f"cannot serve at {host}:{port}: {error.strerror}; "
                f"name another with --address, as in --address 127.0.0.1:8001"
            ) from None
        self.server_activate()
        self.serve_thread.start()

    def reload(self):
        """Tell every browser to load its page again."""
        with self._epoch_cond:
            now = max(round(time.monotonic() * 1000), self._visible_epoch + 1)
            self._wanted_epoch = self._visible_epoch = now
            self._epoch_cond.notify_all()

    def _inject_js_into_html(self, content, epoch):
        """The page with mkdocs' script, which its policy then allows, and with the fault."""
        page = super()._inject_js_into_html(content, epoch)
        start = page.rindex(b"<script>") + len(b"<script>")
        script = page[start : page.index(b"</script>", start)]
        allowed = _POLICY + markup.script_hash(script.decode()).encode() + b" "
        page = page.replace(_POLICY, allowed, 1)
        return _ARTICLE.sub(lambda tag: tag[0] + self._banner(), page, count=1)

    def _banner(self):
        if not self.fault:
            return b""
        return (
            '<div class="admonition failure" role="alert" id="serve-fault">'
            '<p class="admonition-title">This page is not up to date</p>'
            f'<pre tabindex="0">{html.escape(self.fault)}</pre></div>'
        ).encode()


def serve(root, host, port, say):
    """Serve the site of `root` until it is interrupted. Raises UserError where it cannot begin."""
    root = Path(root).resolve()
    if not (root / "mkdocs.yml").is_file():
        raise UserError(f"no mkdocs.yml in {root}: run this in the project's folder")
    logging.getLogger("mkdocs").addHandler(logging.NullHandler())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with warm.Warm(root) as process:
        site = _Site(root, process, say)
        try:
            site.open(host, port)
            site.watch()
        finally:
            site.close()


class _Site:
    """What is served, and what keeps it up to date."""

    def __init__(self, root, process, say):
        self.root, self.warm, self.say = root, process, say
        self.served = root / SERVED
        self.whole = None  # the build of the whole site, while it runs
        self.seen = snapshot(root)

    def open(self, host, port):
        shutil.rmtree(self.served, ignore_errors=True)
        self.served.mkdir(parents=True)
        copy(self.root / "site", self.served)
        if not (self.served / "index.html").exists():
            files.replace(self.served / "index.html", NOT_YET)
        self.server = Server(None, host, port, self.served)
        self.server.error_handler = self._error_page
        self.server.start()
        self.address = self.server.server_address[:2]
        self.say(f"serving http://{host}:{self.address[1]}/ (Ctrl-C ends it)")
        self.check_whole()

    def _error_page(self, code):
        path = self.served / f"{code}.html"
        return path.read_bytes() if path.is_file() else None

    def close(self):
        self.stop_whole()
        server = getattr(self, "server", None)
        if server and server.serve_thread.is_alive():
            server.shutdown()

    def watch(self):
        """Look at the files again and again, and do what their changes ask for."""
        while True:
            time.sleep(PAUSE)
            changed = self._changed()
            if changed:
                self._take(changed)
            elif self.whole and self.whole.poll() is not None:
                self._end_whole()

    def _changed(self):
        """Paths within the root that are new, gone or another, once none changes any more."""
        before, now = self.seen, snapshot(self.root)
        while now != self.seen:
            self.seen = now
            time.sleep(PAUSE / 3)
            now = snapshot(self.root)
        return sorted(path for path in before.keys() | now if before.get(path) != now.get(path))

    def _take(self, changed):
        start = time.perf_counter()
        self.stop_whole()
        try:
            if any(path.startswith("trainingtips/") for path in changed):
                self._take_package(changed)
            shown = self._update(changed)
        except UserError as error:
            self._tell(str(error))
            return
        if shown:
            self.server.fault = ""
            self.server.reload()
            self.say(f"{', '.join(shown)}: {time.perf_counter() - start:.1f} s")
        self.check_whole()

    def _take_package(self, changed):
        """The package has changed: the builder's process begins anew, this one where it must."""
        if not any(path.startswith("trainingtips/press/") for path in changed):
            self.warm.start()
            return
        check_imports(self.root, changed)
        self.say("the builder has changed: starting it again")
        self.warm.end()
        self.close()
        host, port = self.address
        command = [sys.executable, "-m", "trainingtips", "serve", "--address", f"{host}:{port}"]
        os.execv(sys.executable, command)

    def _update(self, changed):
        """Build what those files are seen in, and put it in place. Returns the names of it."""
        pictures = []
        if any(path.startswith(tuple(f"{each}/" for each in FIGURES)) for path in changed):
            pictures = self._figures()
            if pictures and not self.server.fault:  # seen at once; their pages are built next
                self.server.reload()
        if any(path.startswith("docs/notebooks/") for path in changed):
            self.warm.ask("notebooks")
        uris = [*pages(changed), *showing(self.root, pictures)]
        built = self.warm.ask("pages", uris, str(self.root / PAGES)) if uris else []
        assets = [path for path in changed if path.startswith("docs/assets/")]
        for path in built:
            self._put(self.root / PAGES / path, path)
        for path in assets:
            self._put(self.root / path, path.removeprefix("docs/"))
        return [*pictures, *built, *assets]

    def _figures(self):
        """Build the figures that are stale; put the new pictures in place. Returns their names."""
        before = snapshot(self.root, [records.FOLDER])
        self.warm.ask("figures")
        now = snapshot(self.root, [records.FOLDER])
        new = [path for path in now if now[path] != before.get(path)]
        for path in new:
            if path.endswith(".svg"):
                self._put(self.root / path, path.removeprefix("build/"))
        names = [
            path.removeprefix(f"{records.FOLDER}/").removesuffix(".json")
            for path in new
            if path.endswith(".json")
        ]
        # the builder's own writing is no edit
        self.seen |= snapshot(self.root, [f"results/{name}.json" for name in names])
        return sorted(names)

    def _put(self, source, name):
        with contextlib.suppress(FileNotFoundError):
            target = self.served / name
            target.parent.mkdir(parents=True, exist_ok=True)
            files.replace(target, source.read_bytes())

    def _tell(self, fault):
        self.say(f"error: {fault}")
        self.server.fault = fault
        self.server.reload()

    def check_whole(self):
        """Begin to build the whole site, behind what is served."""
        self.stop_whole()
        path = os.pathsep.join(filter(None, [str(paths.SOURCE), os.getenv("PYTHONPATH")]))
        env = os.environ | {"PYTHONPATH": path, child.PARENT: str(os.getpid())}
        self.output = self.root / "build/serve.log"
        with open(self.output, "wb") as output:
            self.whole = subprocess.Popen(
                [sys.executable, "-m", "trainingtips", "site"],
                cwd=self.root, env=env,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    def stop_whole(self):
        """End that build, which is of what was there before."""
        if self.whole is None:
            return
        process, self.whole = self.whole, None
        for sent in (signal.SIGINT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
                break

    def _end_whole(self):
        process, self.whole = self.whole, None
        if process.returncode:
            self._tell(faults(self.output.read_text("utf-8", errors="replace")))
            return
        had_fault, self.server.fault = self.server.fault, ""
        changed = copy(self.root / "site", self.served)
        if changed or had_fault:
            self.server.reload()
        self.say("the whole site is built and checked")


def snapshot(root, watched=WATCHED):
    """{path relative to `root`: (time, size, inode)} of the files there, hidden ones left out."""
    found, left = {}, [os.path.join(root, each) for each in watched]
    start = len(str(root)) + 1
    while left:
        path = left.pop()
        try:
            with os.scandir(path) as entries:
                left += [e.path for e in entries if e.name[0] != "." and e.name != "__pycache__"]
        except NotADirectoryError:
            with contextlib.suppress(OSError):
                about = os.stat(path)
                found[path[start:]] = (about.st_mtime_ns, about.st_size, about.st_ino)
        except OSError:  # gone in the meantime
            pass
    return found


def copy(source, target):
    """Make `target` the same as the folder `source`. Returns the paths that were another before."""
    changed = []
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and not _same(path, target / name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            files.replace(target / name, path.read_bytes())
            changed.append(name.as_posix())
    if changed or source.is_dir():
        for path in sorted(target.rglob("*")):
            if path.is_file() and not (source / path.relative_to(target)).exists():
                path.unlink()
                changed.append(path.relative_to(target).as_posix())
    return changed


def _same(one, other):
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def pages(changed):
    """The addresses of the pages that those files of docs/ are: `batch.md`, a notebook's `.ipynb`.

    >>> pages(["docs/batch.md", "docs/notebooks/batch.py", "docs/references.bib", "mkdocs.yml"])
    ['batch.md', 'notebooks/batch.ipynb']
    """
    found = [path.removeprefix("docs/") for path in changed if path.startswith("docs/")]
    notebooks = [path for path in found if re.fullmatch(r"notebooks/[^_/]+\.py", path)]
    return [path for path in found if path.endswith(".md")] + [
        path.removesuffix(".py") + ".ipynb" for path in notebooks
    ]


def showing(root, names):
    """The pages on which one of those figures is, or a number of it."""
    found = []
    for path in sorted((root / "docs").rglob("*.md")):
        text = path.read_text("utf-8", errors="replace")
        if any(f"figures/{name}.svg" in text or f'"{name}"' in text for name in names):
            found.append(path.relative_to(root / "docs").as_posix())
    return found


def faults(output):
    """What a failed build has told, without what it tells of its progress."""
    lines = [line for line in output.splitlines() if line.strip() and not _LOG.match(line)]
    return "\n".join(lines).removeprefix("error: ") or "the site was not built"


def check_imports(root, changed):
    """Raise UserError where the changed builder cannot be imported: then it cannot begin again."""
    modules = [path for path in changed if path.endswith(".py") and (root / path).exists()]
    names = [path.removesuffix(".py").replace("/", ".") for path in modules]
    names += ["trainingtips.press.cli", __name__, f"{__package__}.quick"]
    done = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(names)}"],
        cwd=root, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        place = re.findall(r'File "(.+)", line (\d+)', done.stderr)[-1:]
        where = [f"{os.path.relpath(path, root)}:{line}: " for path, line in place]
        what = done.stderr.strip().rpartition("\n")[2]
        raise UserError(f"the builder cannot be imported: {''.join(where)}{what}")
