"""The Content-Security-Policy of a page: it may run, fetch and show what is the site's, no more.

The theme puts a few scripts into each page. They are allowed by the hashes of what stands in the
theme's own files, never of what stands on the page: a script that came in with a result's text, a
title or a description stays dead even where an escape was forgotten, and the build stops at it.
"""

import functools
import hashlib
import re
import sys
from html import unescape
from pathlib import Path

from markupsafe import Markup

from trainingtips.press.base import markup
from trainingtips.press.base.errors import UserError
from trainingtips.press.kept.sources import Cache

FOLDER = "partials/javascripts/"  # where a theme's templates have their inline scripts
_HEAD = '<meta charset="utf-8">'  # the policy goes behind it: before all that it is to govern
_ADDRESS = re.compile(r"https?://[\w.:/~%@-]*|", re.ASCII)
_SHOWN = 5  # dangers told at once

POLICY = {
    "default-src": "'none'",
    "script-src": "'self' {hashes}",
    "style-src": "'self'",
    # KaTeX places glyphs by style attributes; an attribute can load nothing that img-src and
    # font-src do not allow
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",  # the theme's icons are data addresses in its style sheet
    "font-src": "'self'",
    "connect-src": "'self'",  # the search index
    "worker-src": "'self'",  # the search itself
    "base-uri": "'none'",
    "form-action": "'none'",
    "object-src": "'none'",
}


class Theme:
    """The inline scripts of a theme, read from its templates: `env` is its jinja2 environment."""

    def __init__(self, env, config):
        names = [name for name in env.list_templates() if name.startswith(FOLDER)]
        sources = [env.loader.get_source(env, name)[0] for name in names]
        self.scripts = [env.from_string(each) for text in sources for each in markup.scripts(text)]
        self.config, self.known = config, {}

    def allowed(self, base_url):
        """The hashes of the scripts on pages from which the site's root is at `base_url`."""
        if base_url not in self.known:
            values = {"base_url": base_url, "config": self.config}
            texts = (each.render(values) for each in self.scripts)
            self.known[base_url] = frozenset(map(markup.script_hash, texts))
        return self.known[base_url]


def check_address(name, value):
    """Raise UserError for an address of the configuration that a script could break out of."""
    if not _ADDRESS.fullmatch(value or ""):
        raise UserError(f"mkdocs.yml: {name} is an address, https://…; received {value!r}")


def checked_before(root):
    """The pages in which the last build of the project at `root` has found nothing, by their texts.

    What reads them counts, too: another reader reads all pages anew.
    """
    return Cache(root / "build/cache/pages.json")


def is_known(page, allowed, cache):
    """Whether nothing was found in this very text, with these scripts allowed; else it is read."""
    asked = "\n".join([*sorted(allowed), page]).encode("utf-8", "surrogatepass")
    return cache.get(f"safe-{_reader()}", asked, lambda _: not markup.dangers(page, allowed))


@functools.cache
def _reader():
    return hashlib.sha256(Path(markup.__file__).read_bytes() + sys.version.encode()).hexdigest()


def check(page, where, allowed, sources=()):
    """Raise UserError for what would run, or lead astray, on the finished page.

    It names the line where one of `sources`, files by their paths, has the words.
    """
    found = markup.dangers(page, allowed)
    if found:
        lines = [f"  {_place(each, where, sources)}: {each.what}" for each in found[:_SHOWN]]
        more = [f"  and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        raise UserError(
            "this must not stand on a page; put a script into a file under docs/assets and load "
            "that, and let links lead to https: or to a page:\n" + "\n".join([*lines, *more])
        )


def protect(page, where, allowed, sources=(), cache=None):
    """The finished HTML of a page, with its policy in the head. Raises UserError, as `check`.

    `cache`, see `checked_before`, spares the reading of a page that is as it was.

    >>> page = '<head><meta charset="utf-8"></head><script>go()</script>'
    >>> "'sha256-" in protect(page, "a.md", {markup.script_hash("go()")})
    True
    """
    if cache is None or not is_known(page, allowed, cache):
        check(page, where, allowed, sources)
    if page.count(_HEAD) != 1:
        raise UserError(f"{where}: no {_HEAD} to put the Content-Security-Policy behind")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(allowed)}">'
    return page.replace(_HEAD, f"{_HEAD}\n      {meta}")


def policy(allowed):
    """The policy of a page on which the scripts of these hashes may run, as one line."""
    hashes = " ".join(sorted(allowed))
    parts = (f"{name} {value.format(hashes=hashes).strip()}" for name, value in POLICY.items())
    return "; ".join(parts)


def _place(danger, where, sources):
    """`file:line` of the danger's words where a source has them as they stand, else the page."""
    for piece in danger.pieces:
        for path, text in sources:
            at = text.find(piece)
            if at >= 0:
                return f"{path}:{text.count(chr(10), 0, at) + 1}"
    return where


def sources(root, uri):
    """[(path, text)] of the files that may have brought something onto the page `uri`."""
    own = Path("docs") / uri
    if own.suffix == ".ipynb":
        own = own.with_suffix(".py")
    shared = ["mkdocs.yml", "docs/references.bib", "docs/glossary.md", "docs/folklore.yml"]
    paths = [own.as_posix(), *shared, *sorted(_labs(root)), *sorted(_pages(root))]
    return [(path, _text(root / path)) for path in dict.fromkeys(paths) if (root / path).is_file()]


def _labs(root):
    return (path.relative_to(root).as_posix() for path in root.glob("docs/labs/*.py"))


def _pages(root):
    return (path.relative_to(root).as_posix() for path in root.glob("docs/*.md"))


def _text(path):
    return path.read_text("utf-8", errors="replace")


# Words that a template puts into HTML


def escaped(text):
    """`text`, plain or with entities, as HTML that shows it: markup that no template escapes again.

    >>> escaped("Tom &amp; <b>Jerry</b>")
    Markup('Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;')
    """
    return Markup.escape(unescape(str(text)))
