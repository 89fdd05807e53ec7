"""The picture that other sites show of a page: its title over its first figure, 1200 × 630.

Drawn by the figure's own script from the kept result, in the light style, by key as figures are:

    build/cards/PAGE.png     and beside it PAGE.json, its key and its hash

A page without a figure shows its description; a notebook shows its section's first figure.
"""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import asdict, dataclass
from pathlib import Path

from trainingtips.press.base import files, paths, pins
from trainingtips.press.base.errors import BuildFailed
from trainingtips.press.building import drawing, figure, workers
from trainingtips.press.building.plan import Plan
from trainingtips.press.kept import keys, records, results, scripts

FOLDER = "build/cards"
FORMAT = 1  # of the cards; raising it draws all of them again
WIDTH, HEIGHT, MARGIN = 1200, 630, 56  # pixels
TOP, BOTTOM = 150, 60  # what title and site name take
_FIGURE = re.compile(  # a line that shows one, whole or taken apart; as code it shows none
    r"""^```(?s:.*?)^```|^(?:!\[\]\(figures/|\{\{ anatomy\(")(.+)(?:\.svg\)|"\) \}\})[ \t]*$""",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Card:
    """What a page's card says. `page` is its source without the ending, as in notebooks/batch."""

    page: str
    title: str
    description: str
    figure: str  # its name; "" for none
    alt: str
    site: str
    key: str = ""

    @property
    def path(self):
        return f"{FOLDER}/{self.page}.png"

    @property
    def address(self):
        """Where the card is on the site."""
        return f"assets/cards/{self.page}.png"


def ensure_built(root, site_name):
    """Draw every card that is stale. Returns {page: Card}. Raises BuildFailed.

    By a fresh interpreter: mkdocs has threads, and a process with threads must not fork.
    """
    root = Path(root)
    found = {card.page: card for card in _find(root, site_name)}
    stale = [asdict(card) for card in found.values() if not _is_fresh(root, card)]
    if stale:
        package = str(paths.SOURCE)
        path = os.pathsep.join(filter(None, [package, os.getenv("PYTHONPATH")]))
        command = [sys.executable, "-m", "trainingtips.press.publishing.cards"]
        env = pins.environment() | {"PYTHONPATH": path}
        done = subprocess.run(command, cwd=root, env=env, input=json.dumps(stale), text=True)
        if done.returncode:
            raise BuildFailed("the pages' social pictures were not drawn: see the messages above")
    return found


def _find(root, site_name):
    docs = root / "docs"
    style = Plan(root).style()
    ours = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    pages = [*docs.rglob("*.md"), *(docs / "notebooks").glob("[!_]*.py")]
    for path in sorted(pages):
        page = path.relative_to(docs).with_suffix("").as_posix()
        text = path.read_text("utf-8")
        shown = _first_figure(docs, page, text)
        title, description = _words(text, path.suffix == ".py", site_name)
        record, alt = [], title
        if shown:
            alt = f"{title}. {scripts.read_script(root, shown).alt}"
            # the picture's key and its result's hash: whatever draws the figure anew, the card too
            known = json.loads((root / records.FOLDER / f"{shown}.json").read_bytes())
            record = [known["picture_key"], known["result_hash"]]
        key = keys.digest([FORMAT, ours, style, title, description, shown, site_name, record])
        yield Card(page, title, description, shown, alt, site_name, key)


def _first_figure(docs, page, text):
    if page.startswith("notebooks/"):
        section = docs / f"{page.partition('/')[2]}.md"
        text = section.read_text("utf-8") if section.exists() else ""
    return next(filter(None, (match[1] for match in _FIGURE.finditer(text))), "")


def _words(text, is_script, site_name):
    """(title, description) of a page from its source: front matter, else the first heading."""
    mark = "# " if is_script else ""
    front = text.partition(f"{mark}---\n")[2].partition(f"{mark}---\n")[0]

    def said(name):  # on one line, or going on below, further in
        match = re.search(rf"^(?:#\s+)?{name}: *(.+(?:\n(?:# {{4,}}| +).+)*)$", front, re.MULTILINE)
        return re.sub(r"\s*\n#?\s*", " ", match[1]).strip("\"'") if match else ""

    heading = re.search(rf"^{mark}# (.+)$", text, re.MULTILINE)
    title = said("title") or (heading[1] if heading else site_name)
    return re.sub(r"`|\s*\{[#.:].*?\}$", "", title), said("description")


def _is_fresh(root, card):
    try:
        record = json.loads((root / FOLDER / f"{card.page}.json").read_bytes())
        data = (root / card.path).read_bytes()
        return record == {"key": card.key, "sha256": hashlib.sha256(data).hexdigest()}
    except (OSError, ValueError, RecursionError):
        return False


def draw(root, cards):
    """The PNGs of cards that show one figure: bytes, the same for the same inputs."""
    picture = _picture(root, cards[0].figure) if cards[0].figure else None
    return [_draw(card, picture) for card in cards]


def _draw(card, picture):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from trainingtips import plotting

    with plotting.style("light"):
        whole = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor="white")
        canvas = FigureCanvasAgg(whole)

        def write(x, y, text, size, **options):
            whole.text(x / WIDTH, 1 - y / HEIGHT, text, fontsize=size * 0.72, **options)

        size = 50 if len(card.title) <= 44 else 38  # two lines of it end above the figure, too
        title = textwrap.fill(card.title, 44 * 50 // size).replace("$", r"\$")
        write(MARGIN, 48, title, size, weight=600, va="top", linespacing=0.8)
        write(MARGIN, HEIGHT - 40, card.site, 26, weight=600, color="#0062a3", va="baseline")
        if picture is None:
            text = textwrap.fill(card.description, 62).replace("$", r"\$")
            write(MARGIN, 210, text, 36, va="top", linespacing=1.0, color="#4d5361")
        else:
            height, width = picture.shape[:2]
            low = BOTTOM + (HEIGHT - TOP - BOTTOM - height) // 2
            whole.figimage(picture, (WIDTH - width) // 2, low, zorder=-1)
        buffer = io.BytesIO()
        canvas.print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def _picture(root, name):
    """The figure in the size that fits the card: (rows, columns, 4), drawn so, not scaled."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from trainingtips import plotting

    script = scripts.read_script(root, name)
    kept = results.kept(root, script.name)
    module = figure.load(root, script)
    with plotting.style("light"):
        drawn = drawing.figure_for(module.draw, kept.result, records.WIDE, "light")
        width, height = drawn.get_size_inches()
        drawn.set_dpi(min((WIDTH - 2 * MARGIN) / width, (HEIGHT - TOP - BOTTOM) / height))
        drawn.set_facecolor("white")
        canvas = FigureCanvasAgg(drawn)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba()).copy()


def main(stale, root):
    """Draw these cards in forked workers, a figure once. Returns the exit status."""
    waiting, failed = {}, False
    for card in stale:
        waiting.setdefault(card.figure, []).append(card)
    pins.pin()
    workers.preload(_libraries(root, waiting), computing=False)
    with workers.Pool(len(os.sched_getaffinity(0))) as pool:
        for name, cards in waiting.items():
            pool.submit(name, draw, root, cards)
        while waiting:
            for name, outcome in pool.finished():
                cards = waiting.pop(name)
                if isinstance(outcome, workers.TaskFailed):
                    failed = True
                    print(f"✗ card of {cards[0].page}\n{outcome}", file=sys.stderr)
                else:
                    _write(root, cards, outcome)
    return int(failed)


def _libraries(root, names):
    """What the scripts import: torch is imported once, before the workers are forked."""
    plan = Plan(root)
    return {each for name in names if name for each in plan.states[name].libraries}


def _write(root, cards, pictures):
    """The picture first, the record last: only a whole card counts as drawn."""
    for card, data in zip(cards, pictures, strict=True):
        record = {"key": card.key, "sha256": hashlib.sha256(data).hexdigest()}
        files.replace(root / card.path, data)
        files.replace(root / FOLDER / f"{card.page}.json", json.dumps(record).encode())


if __name__ == "__main__":
    sys.exit(main([Card(**each) for each in json.load(sys.stdin)], Path.cwd()))
