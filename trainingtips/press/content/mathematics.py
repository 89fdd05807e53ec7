"""Formulas rendered at build time: KaTeX in an embedded engine, so that nobody needs Node.

The page gets HTML and MathML: no layout shift, readable without JavaScript and by screen readers.
What was set once is kept between builds, by the formula and by KaTeX's own text.
"""

import functools
import hashlib
import html
import json
import re
from pathlib import Path

from trainingtips.press.base.errors import UserError
from trainingtips.press.kept import sources

KATEX = Path(__file__).parent / "katex" / "katex.min.js"
FOLDER = "build/cache"
_kept = {}  # "formulas": the Cache of the project whose site is being built

# what pymdownx.arithmatex leaves in its generic mode
_FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\s*(?:\\\((.*?)\\\)|\\\[(.*?)\\\])\s*</\1>', re.DOTALL
)


class FormulaError(UserError):
    """KaTeX cannot read a formula."""


def keep(root):
    """Take formulas from what the last build of the project at `root` has set; see `save`."""
    _kept["formulas"] = sources.Cache(Path(root) / FOLDER / "formulas.json")


def save():
    """Keep the formulas that were asked for since `keep`, and no other."""
    if "formulas" in _kept:
        _kept.pop("formulas").save()


@functools.cache
def _engine():
    import quickjs

    context = quickjs.Context()
    context.eval(KATEX.read_text())
    context.eval(
        "function render(tex, options) { try { return katex.renderToString(tex, options) } "
        "catch (error) { return '!' + error.message } }"
    )
    return context


def render(tex, display=False):
    """HTML and MathML of a formula. Raises FormulaError with KaTeX's own message.

    >>> "<math" in render("x^2")
    True
    """
    if "formulas" not in _kept:
        return _set(tex, display)
    asked = json.dumps([tex, display]).encode()
    return _kept["formulas"].get(f"katex-{_version()}", asked, lambda _: _set(tex, display))


@functools.cache
def _version():
    """What sets formulas: KaTeX and this module, by their texts."""
    texts = KATEX.read_bytes() + Path(__file__).read_bytes()
    return hashlib.sha256(texts).hexdigest()[:16]


@functools.lru_cache(maxsize=4096)
def _set(tex, display):
    options = {"displayMode": display, "output": "htmlAndMathml", "throwOnError": True}
    options["strict"] = "error"
    text = _engine().eval(f"render({json.dumps(tex)}, {json.dumps(options)})")
    if text.startswith("!"):
        raise FormulaError(f"formula {tex.strip()!r}: {text[1:]}")
    return text


def render_page(content, where):
    """`content`, HTML with arithmatex's placeholders, with every formula rendered."""

    def replace(match):
        display = match[1] == "div"
        tex = html.unescape(match[3] if match[2] is None else match[2])
        if 'class="measured"' in tex:  # it would be typeset letter by letter
            number = re.search(r'title="(.*?)"', tex)[1]
            raise FormulaError(
                f"{where}: the number {number} stands in a formula; close the $ first"
            )
        try:
            text = render(tex, display)
        except FormulaError as error:
            raise FormulaError(f"{where}: {error}") from None
        if display:  # a wide formula scrolls by itself, with the keyboard too
            return f'<div class="formula" tabindex="0" role="group">{text}</div>'
        return text

    return _FORMULA.sub(replace, content)
