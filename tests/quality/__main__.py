"""What the published site is measured with: `make quality`. Needs Node and Chromium.

Lighthouse (mobile, the median of three) on the home page, the heaviest section page and a notebook;
html-validate on every page; bytes and requests of a first visit to every page. Exit status 1 where
one of the bounds below is missed.
"""

import contextlib
import functools
import gzip
import json
import statistics
import subprocess
import sys
from pathlib import Path

from tests.browsing import CHROMIUM, FLAGS, chromium
from tests.serving import Quiet, serving

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
SITE, OUT = ROOT / "site", ROOT / "build/quality"
TOOLS = HERE / "node_modules/.bin"
RUNS = 3
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
LARGEST = 200 * 1024  # bytes of a first visit, compressed
TEXT = {".html", ".css", ".js", ".svg", ".json", ".xml"}


@functools.cache
def compressed(data):
    return gzip.compress(data)


class Compressed(Quiet):
    """Serves text compressed, as GitHub Pages and any other web server does."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return self.send_error(404)
        data = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix in TEXT:
            data = compressed(data)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the browser has closed the page
            self.wfile.write(data)


def lighthouse(address, pages):
    """{page: {category: median score of 100}}"""
    found = {}
    flags = " ".join(["--headless=new", *FLAGS])
    for page in pages:
        scores = []
        for run in range(RUNS):
            path = OUT / f"{page.replace('/', '-')}.{run}.json"
            command = [TOOLS / "lighthouse", address + page, "--quiet", "--output=json"]
            command += [f"--output-path={path}", f"--chrome-flags={flags}"]
            subprocess.run(command, check=True, env={"CHROME_PATH": str(CHROMIUM), **_path()})
            report = json.loads(path.read_bytes())["categories"]
            scores.append({name: round(100 * report[name]["score"]) for name in LEAST})
        found[page] = {name: statistics.median(each[name] for each in scores) for name in LEAST}
        print(f"{page:34}", *(f"{name} {score:g}" for name, score in found[page].items()))
    return found


def _path():
    import os

    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def html_validate(pages):
    """How many errors there are, told one by one."""
    told = OUT / "html.json"  # a file: the program ends before a pipe has taken all of it
    told.unlink(missing_ok=True)
    command = [TOOLS / "html-validate", "--config", HERE / "htmlvalidate.cjs"]
    command += ["--formatter", f"json={told}", *(SITE / page for page in pages)]
    subprocess.run(command, stdout=subprocess.DEVNULL)  # its status only says that there are errors
    errors = 0
    for report in json.loads(told.read_bytes()):
        for each in report["messages"]:
            errors += 1
            where = Path(report["filePath"]).relative_to(SITE)
            print(f"  {where}:{each['line']}: {each['ruleId']}: {each['message']}")
    print(f"html-validate: {errors} errors on {len(pages)} pages")
    return errors


# Its fonts are asked for as it is laid out: on a busy machine, after a long silence.
LAID_OUT = "document.body.offsetHeight, document.fonts.ready"


def first_visits(browser, folder, pages):
    """{page: (compressed bytes, paths asked for, addresses elsewhere)}, on a telephone.

    Each in a context of its own: what an earlier page has fetched is of no use to a later one.
    """
    with serving(folder, Compressed) as address:
        return {page: first_visit(browser, address, page) for page in pages}


def first_visit(browser, address, page):
    tab, asked = browser.alone(viewport={"width": 412, "height": 823}), []
    tab.set_default_timeout(120_000)
    tab.on("request", lambda request: asked.append(request))
    tab.goto(address + page)
    tab.evaluate(LAID_OUT)
    tab.wait_for_load_state("networkidle")
    every = tuple(asked)  # to ask for a size lets further requests in
    ours = [each for each in every if each.url.startswith(address)]
    size = sum(each.sizes()["responseBodySize"] for each in ours if each.response())
    tab.close()
    paths = [each.url.removeprefix(address) for each in ours]
    web = [each.url for each in every if each.url.startswith("http")]  # data:, blob: ask nobody
    return size, paths, [url for url in web if not url.startswith(address)]


def main():
    if not TOOLS.is_dir() or not CHROMIUM.exists():
        sys.exit(f"needs {CHROMIUM} and the tools: npm --prefix tests/quality ci")
    OUT.mkdir(parents=True, exist_ok=True)
    pages = sorted(p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html"))
    missed = html_validate(pages)
    with serving(SITE, Compressed) as address:
        missed += measured(address, pages)
    print("every bound is met" if not missed else f"{missed} bounds are missed")
    sys.exit(bool(missed))


def measured(address, pages):
    """How many bounds a first visit or Lighthouse misses, told one by one."""
    missed = 0
    with chromium() as browser:
        visits = first_visits(browser, SITE, pages)
    for page, (size, paths, elsewhere) in sorted(visits.items(), key=lambda each: -each[1][0]):
        print(f"{page:34} {size / 1024:6.1f} KiB in {len(paths)} requests", *elsewhere)
        missed += size > LARGEST or bool(elsewhere)
    sections = [page for page in pages if (ROOT / "figures" / Path(page).stem).is_dir()]
    heaviest = max((p for p in sections if "/" not in p), key=lambda page: visits[page][0])
    for scores in lighthouse(address, ["index.html", heaviest, "notebooks/batch.html"]).values():
        missed += sum(scores[name] < least for name, least in LEAST.items())
    return missed


if __name__ == "__main__":
    main()
