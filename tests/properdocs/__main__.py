"""Whether ProperDocs makes the same site: `make properdocs`, or with two folders of pages.

Compares what a reader reads and follows: each page's text, its pictures' words and its links.
Exit status 1 where a page is missing or says something else; it is named, with the first place.
"""

import itertools
import sys
from pathlib import Path

from tests.site import Node, parse

UNREAD = ("script", "style")
AROUND = 6  # words shown before a difference, and after


def said(html):
    """The page as a list: its words in order, and among them what its attributes say or lead to.

    >>> said('<p>Two <a href="b.html">words</a><img alt="A line."></p><script>x</script>')
    ['Two', 'href=b.html', 'words', 'alt=A line.']
    """
    return list(_said(parse(html)))


def _said(node):
    for child in node.children:
        if not isinstance(child, Node):
            yield from child.split()
        elif child.tag not in UNREAD:
            for name in ("href", "alt", "title", "aria-label"):
                if child[name]:
                    yield f"{name}={child[name]}"
            yield from _said(child)


def pages(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}


def differences(ours, theirs):
    """What differs between two folders of pages: a message for each page; none where all agree."""
    ours, theirs = Path(ours), Path(theirs)
    yield from (f"{name}: only in {ours}" for name in sorted(pages(ours) - pages(theirs)))
    yield from (f"{name}: only in {theirs}" for name in sorted(pages(theirs) - pages(ours)))
    for name in sorted(pages(ours) & pages(theirs)):
        left, right = (said((folder / name).read_text("utf-8")) for folder in (ours, theirs))
        if left != right:
            pairs = enumerate(itertools.zip_longest(left, right))
            at = next(index for index, (a, b) in pairs if a != b)
            near = slice(max(0, at - AROUND), at + AROUND)
            yield f"{name}: {' '.join(left[near])!r} against {' '.join(right[near])!r}"


def main(ours, theirs):
    found, count = list(differences(ours, theirs)), len(pages(Path(ours)))
    if not count:
        found.append(f"no pages in {ours}")
    print("\n".join(found) or f"{count} pages say the same, word for word and link for link")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
