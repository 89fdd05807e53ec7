"""Small fonts of the signs that the pages use: `make fonts`, after words or formulas with new ones.

The whole fonts stay beside them. A browser takes a small one for the signs that it has, as
`unicode-range` says, and fetches the whole one for any other sign: nothing is ever missing, a page
only costs more. A test says when a section's page does.

Needs brotli, which the environment for development has.
"""

import io
from itertools import groupby
from pathlib import Path

from bs4 import BeautifulSoup

from trainingtips.press.base import files
from trainingtips.press.base.errors import UserError

FONTS, KATEX = "docs/assets/fonts", "docs/assets/katex/fonts"
USED, STYLE = f"{FONTS}/used", f"{FONTS}/used.css"
# in use or not: any of them may be in the next sentence, and the theme uses the last two
ALWAYS = {*map(chr, range(0x20, 0x7F)), "\u200b", "\u2022"}
FACES = {  # whole font: what its @font-face says
    f"{FONTS}/source-sans-3-latin-400-normal.woff2": ("Source Sans 3", "400", "normal", "swap"),
    f"{FONTS}/source-sans-3-latin-400-italic.woff2": ("Source Sans 3", "400", "italic", "swap"),
    f"{FONTS}/source-sans-3-latin-600-normal.woff2": ("Source Sans 3", "600 700", "normal", "swap"),
    f"{KATEX}/KaTeX_Caligraphic-Regular.woff2": ("KaTeX_Caligraphic", "400", "normal", "block"),
    f"{KATEX}/KaTeX_Main-Regular.woff2": ("KaTeX_Main", "400", "normal", "block"),
    f"{KATEX}/KaTeX_Math-Italic.woff2": ("KaTeX_Math", "400", "italic", "block"),
    f"{KATEX}/KaTeX_Size1-Regular.woff2": ("KaTeX_Size1", "400", "normal", "block"),
    f"{KATEX}/KaTeX_Size2-Regular.woff2": ("KaTeX_Size2", "400", "normal", "block"),
    f"{KATEX}/KaTeX_Size3-Regular.woff2": ("KaTeX_Size3", "400", "normal", "block"),
}


def make(root):
    """Cut the fonts anew from the signs of the built site. Returns {file name: bytes in all}.

    Raises UserError without a site or without brotli.
    """
    root = Path(root)
    pages = sorted((root / "site").rglob("*.html"))
    if not pages:
        raise UserError("no site here: run make first")
    prose, formulas = signs(page.read_text("utf-8") for page in pages)
    prose = prose.union(*(path.read_text("utf-8") for path in _writers(root)))
    made, rules = {}, []
    for path, (family, weight, style, display) in FACES.items():
        wanted = ALWAYS | (prose if path.startswith(FONTS) else formulas)
        data, rest = cut((root / path).read_bytes(), wanted)
        made[f"{USED}/{Path(path).name}"] = data
        look = f'font-family: "{family}"; font-weight: {weight}; font-style: {style}; '
        look += f"font-display: {display}"
        # signs that the font lacks too: for them the whole one need not be fetched
        rules.append(_rule(look, f"used/{Path(path).name}", wanted))
        if path.startswith(FONTS):  # KaTeX's own style sheet has the others
            rules.append(_rule(look, Path(path).name, rest))
    head = "/* Made by `make fonts` (press/publishing/fonts.py): the signs that the pages use. */\n"
    contents = made | {STYLE: (head + "".join(rules)).encode()}
    files.replace_all({root / name: data for name, data in contents.items()})
    return {Path(name).name: len(data) for name, data in made.items()}


def _writers(root):
    """Style sheets and scripts of ours, which put words on pages too."""
    paths = [path for kind in ("css", "js") for path in (root / "docs").rglob(f"*.{kind}")]
    return [path for path in paths if "katex" not in path.parts and path != root / STYLE]


def _rule(look, file, signs):
    source = f'url({file}) format("woff2")'
    return f"@font-face {{ {look};\n  src: {source};\n  unicode-range: {ranges(signs)}; }}\n"


def signs(pages):
    """(the signs of the text, the signs of the formulas), sets, of the HTML of `pages`.

    >>> prose, formulas = signs(['<p>so <span class="katex-html"><span>η</span></span>!</p>'])
    >>> sorted(prose), sorted(formulas)
    ([' ', '!', 'o', 's'], ['η'])
    """
    prose, formulas = set(), set()
    for page in pages:
        soup = BeautifulSoup(page, "html.parser")
        for formula in soup.select("span.katex-html"):
            formulas.update(formula.extract().get_text())
        prose.update(*soup.find_all(string=True))  # those of scripts too: the theme's words
    return prose, formulas


def cut(font, wanted):
    """(WOFF2 bytes of the `wanted` signs alone, unhinted; the signs that the font has besides)."""
    try:
        import brotli  # noqa: F401
    except ImportError:
        raise UserError("fonts are compressed by brotli: pip install brotli") from None
    from fontTools import subset

    options = subset.Options(flavor="woff2", hinting=False, bidi_closure=False)
    reading = subset.load_font(io.BytesIO(font), options)
    rest = {chr(code) for code in reading.getBestCmap()} - wanted
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(wanted)))
    cutter.subset(reading)
    buffer = io.BytesIO()
    subset.save_font(reading, buffer, options)
    return buffer.getvalue(), rest


def ranges(signs):
    """The signs as CSS writes them.

    >>> ranges("abcη")
    'U+61-63, U+3B7'
    """
    codes = sorted(map(ord, signs))
    runs = groupby(enumerate(codes), lambda each: each[1] - each[0])
    found = [[code for _, code in run] for _, run in runs]
    return ", ".join(f"U+{run[0]:X}" + (f"-{run[-1]:X}" if len(run) > 1 else "") for run in found)
