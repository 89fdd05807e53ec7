"""Every address that was once published still leads somewhere: docs/anchors.txt keeps the list.

Somebody has a link to `batch.html#sharpness` in a talk or a paper. A heading may get other words,
its anchor stays.
"""

import re
from pathlib import Path

from trainingtips.press.base import files
from trainingtips.press.base.errors import UserError

FILE = "docs/anchors.txt"
_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)
# what one links to; a control's or a drawing's id is nobody's address
_ID = re.compile(r'<(?:h[1-6]|figure|dt|li|tr|section|div|p|a|span)\b[^>]*?\sid="([^"]+)"')
_INNER = ("__", "fnref", "cell-id")  # given by a tool to its own ends


def collect(site):
    """Every address of a built site: `page.html` and `page.html#anchor`, a set."""
    site, found = Path(site), set()
    for path in site.rglob("*.html"):
        page = path.relative_to(site).as_posix()
        if page == "404.html":
            continue
        found.add(page)
        article = _ARTICLE.search(path.read_text("utf-8"))
        ids = _ID.findall(article[0]) if article else ()
        found |= {f"{page}#{each}" for each in ids if not each.startswith(_INNER)}
    return found


def kept(root):
    """The addresses published so far; none where there is no list yet."""
    path = Path(root) / FILE
    return set(path.read_text("utf-8").split()) if path.exists() else set()


def check(root, site):
    """Raise UserError where a published address is gone, with what to do about it."""
    gone = sorted(kept(root) - collect(site))
    if gone:
        lines = "\n".join(f"  {each}" for each in gone)
        raise UserError(
            f"these addresses were published and lead nowhere now:\n{lines}\n"
            f"Somebody may link to them. Keep a heading's anchor with `## New words {{: #old}}`, "
            f'or put <a id="old"></a> where its text is now. Only what never was public may be '
            f"struck from {FILE}."
        )


def keep(root, site):
    """Append the new addresses of a built site to the list. Returns them, sorted."""
    before, now = kept(root), collect(site)
    if not now:
        raise UserError(f"no pages under {site}: build the site first, with make")
    text = "".join(f"{each}\n" for each in sorted(before | now))
    files.replace(Path(root) / FILE, text.encode())
    return sorted(now - before)
