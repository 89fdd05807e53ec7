"""From mkdocs-jupyter's HTML of a notebook to the site's: same code, same formulas, no ballast.

mkdocs-jupyter puts half a megabyte of style sheets and scripts (one of them from another host) into
each page, and leaves formulas, links and headings to the browser. Of its page we keep the cells.
"""

import functools
import hashlib
import json
import posixpath
import re
import shutil
import urllib.parse
from pathlib import PurePath

from bs4 import BeautifulSoup, NavigableString
from mkdocs.utils import get_relative_url

from trainingtips.press.base import versions
from trainingtips.press.base.errors import UserError

_DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_INLINE = re.compile(r"\$([^$]+)\$")
CONVERTED = "build/cache/notebooks"  # mkdocs-jupyter's HTML


def keep_converted(plugin, root):
    """Let mkdocs-jupyter keep what it has converted, for the libraries that are installed.

    Its own cache goes by the notebook's text alone. What another version has made is removed, as is
    what an interrupted build has left in pieces.
    """
    today = hashlib.sha256("\n".join(versions.all_installed()).encode()).hexdigest()[:16]
    folder = root / CONVERTED
    for path in [*folder.glob("*"), *folder.glob(f"{today}/*")]:
        if path.name != today and not _is_whole(path):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    plugin.config["cache"], plugin.config["cache_dir"] = True, str(folder / today)
    plugin.should_include = functools.partial(_is_included, plugin, plugin.should_include)
    vars(plugin).setdefault("_used_cache_paths", set())  # made before a whole build, not for a page


def _is_included(plugin, decide, file):
    """What mkdocs-jupyter's `should_include` says, which parses each page before it compares names.

    No file is included that matches none of the patterns.
    """
    named = file.abs_src_path and PurePath(file.abs_src_path)
    return bool(named and any(map(named.match, plugin.config["include"]))) and decide(file)


def _is_whole(path):
    try:
        return isinstance(json.loads(path.read_bytes())["content"], str)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def text(path):
    """The Markdown of a notebook file, with its description as front matter.

    It stands for the page's source: mkdocs reads the description, the checks read the prose.
    """
    notebook = json.loads(path.read_bytes())
    parts = [_joined(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    description = json.dumps(notebook["metadata"]["description"], ensure_ascii=False)
    head = f"---\ndescription: {description}\nrender_macros: false\n---\n"
    return "\n\n".join([head, *parts])


def _joined(source):
    return source if isinstance(source, str) else "".join(source)


def clean(content, page, files, note):
    """The site's HTML of a notebook page; `note` (HTML) goes below its heading.

    Tells mkdocs which anchors the page has and which it links to. Raises UserError for a link to
    a page that is not there, a formula within a paragraph set as a display, and a missing heading.
    """
    soup = BeautifulSoup(content, "html.parser")
    cells = soup.select('div.jp-Cell[id^="cell-id="]')
    if not cells:
        raise UserError("no cells found in mkdocs-jupyter's page: has its form changed?")
    parts = [part for cell in cells for part in _cell(cell)]
    body = BeautifulSoup("\n".join(str(part) for part in parts), "html.parser")
    headings = body.find_all("h1")
    if len(headings) != 1:
        raise UserError(f"a notebook has one heading with a single #; found {len(headings)}")
    for anchor in body.select("a.anchor-link"):
        anchor["class"], anchor["title"] = "headerlink", "Permanent link"
    _link(body, page, files)
    headings[0].insert_after(BeautifulSoup(note, "html.parser"))
    _set_formulas(body)
    page.present_anchor_ids = {node["id"] for node in body.find_all(id=True)}
    return body.decode(formatter="html5")


def _cell(cell):
    """The parts of a cell: its text, or its code and what that put out."""
    if "jp-MarkdownCell" in cell["class"]:
        return list(cell.select_one(".jp-MarkdownOutput").contents)
    code = cell.select_one(".highlight-ipynb pre")
    return [_code(code), *map(_output, cell.select(".jp-OutputArea-output"))]


def _code(pre):
    inner = "".join(map(str, pre.contents)).replace("<span></span>", "", 1)
    changed = " change" if pre.get_text().startswith("# change me") else ""
    return f'<div class="highlight{changed}"><pre><code>{inner.rstrip()}</code></pre></div>'


def _output(area):
    figure = area.find("figure")
    if figure:
        return figure
    told = area.get_text().strip("\n")
    inner = str(NavigableString(told).output_ready(formatter="html"))
    return f'<div class="highlight output"><pre><samp>{inner}</samp></pre></div>'


def _link(body, page, files):
    """Links to pages, written relative to the source as in Markdown, checked and made addresses."""
    page.links_to_anchors = page.links_to_anchors or {}
    for node in body.find_all("a", href=True):
        parts = urllib.parse.urlsplit(node["href"])
        if parts.scheme or parts.netloc:
            continue
        file = page.file
        if parts.path:
            here = posixpath.dirname(page.file.src_uri)
            uri = posixpath.normpath(posixpath.join(here, urllib.parse.unquote(parts.path)))
            file = files.get_file_from_path(uri)
            if file is None:
                raise UserError(f"a link {node['href']!r}, but there is no {uri!r}")
            target = get_relative_url(file.url, page.url)
            node["href"] = urllib.parse.urlunsplit(parts._replace(path=target))
        if parts.fragment:
            links = page.links_to_anchors.setdefault(file, {})
            links[urllib.parse.unquote(parts.fragment)] = node["href"]


def _set_formulas(body):
    """Dollars to the marks that the site's other pages have, for `mathematics.render_page`."""
    for node in body.find_all(string=lambda each: "$" in each):
        if node.find_parent(["pre", "code", "samp"]):
            continue
        whole = _DISPLAY.fullmatch(node.strip())
        if whole:
            _set_display(node, whole[1])
        elif "$$" in node:
            raise UserError(f"a formula in $$ stands in a paragraph of its own: {node.strip()!r}")
        else:
            _set_inline(node)


def _set_display(node, tex):
    formula = BeautifulSoup(features="html.parser").new_tag("div", attrs={"class": "arithmatex"})
    formula.string = f"\\[{tex}\\]"
    alone = node.parent.name == "p" and len(node.parent.contents) == 1
    (node.parent if alone else node).replace_with(formula)


def _set_inline(node):
    maker, parts, last = BeautifulSoup(features="html.parser"), [], 0
    for match in _INLINE.finditer(node):
        span = maker.new_tag("span", attrs={"class": "arithmatex"})
        span.string = f"\\({match[1]}\\)"
        parts += [NavigableString(node[last : match.start()]), span]
        last = match.end()
    node.replace_with(*parts, NavigableString(node[last:]))
