"""The whole site as one PDF: the built pages in the navigation's order, printed by Chromium.

Links between pages become links within the document, headings its bookmarks.
"""

import html
import posixpath
import shutil
import urllib.parse
from pathlib import Path

from bs4 import BeautifulSoup

from trainingtips.press.base.errors import UserError

FILE, FOLDER = "build/trainingtips.pdf", "build/paper"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FOOTER = (
    '<div style="width:100%; font: 8px sans-serif; color: #5f6675; text-align: center">'
    '<span class="pageNumber"></span></div>'
)
# The padding: a heading's letters would reach over the top of their sheet, and Chromium would then
# write it on the sheet before as well, unseen but twice in the bookmarks.
_STYLE = """
.cover { break-after: page; padding-top: 35vh; } .cover h1 { font-size: 3em; margin-bottom: .3em; }
.contents { break-after: page; } .contents li { margin: .2em 0; }
section.page { break-before: page; padding-top: 4px; }
.contents + section.page { break-before: auto; }
"""


def write(root):
    """Print the built site; returns the PDF's path. Raises UserError where something is missing."""
    site = (Path(root) / "site").resolve()
    if not (site / "index.html").exists():
        raise UserError("there is no site/ to print: build it first, with make")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise UserError("the PDF is printed by Chromium, and there is none: apt install chromium")
    document = Path(root).resolve() / FOLDER / "trainingtips.html"
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(_document(site), "utf-8")
    target = Path(root).resolve() / FILE
    _print(browser, document, target)
    return target


def _print(browser, document, target):
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            flags = ["--no-sandbox", "--disable-gpu"]
            chromium = playwright.chromium.launch(executable_path=browser, args=flags)
            page = chromium.new_page()
            page.goto(document.as_uri())
            # every picture is there before the first sheet is laid out
            page.evaluate(
                "Promise.all([document.fonts.ready, ...[...document.images].map("
                "image => image.decode().catch(() => 0))])"
            )
            page.pdf(
                path=target,
                prefer_css_page_size=True,
                print_background=True,
                outline=True,
                tagged=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=_FOOTER,
            )
            chromium.close()
    except Error as error:
        raise UserError(f"{browser} could not print the site: {error}") from None


def _document(site):
    """One HTML page of all pages."""
    home = _parse(site / "index.html")
    order = _order(home)
    parts, titles, sheets = [], [], {}
    for name in order:
        soup = home if name == "index.html" else _parse(site / name)
        article = soup.find("article")
        for link in soup.find_all("link", rel="stylesheet"):
            sheets[site / _resolve(name, link.extract()["href"])] = None  # once, in order
        _address(article, name, site, order)
        heading = article.find("h1")
        for link in heading.find_all("a", class_="headerlink"):
            link.decompose()
        titles.append((name, heading.get_text().strip()))
        parts.append(f'<section class="page" id="{_slug(name)}">{article}</section>')
    styles = "\n".join(f'<link rel="stylesheet" href="{each.as_uri()}">' for each in sheets)
    contents = "\n".join(
        f'<li><a href="#{_slug(name)}">{html.escape(title)}</a></li>' for name, title in titles
    )
    said = html.escape(home.find("meta", attrs={"name": "description"})["content"])
    name = home.find("meta", attrs={"property": "og:site_name"})["content"]
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<meta name="description" content="{said}">
{styles}<style>{_STYLE}</style></head>
<body data-md-color-scheme="default" data-md-color-primary="custom" class="md-typeset">
<div class="cover"><h1>{name}</h1><p>{said}</p></div>
<nav class="contents"><h2>Contents</h2><ol>{contents}</ol></nav>
{"".join(parts)}</body></html>"""


def _parse(path):
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def _order(home):
    """Every page once, as the navigation has them."""
    menu = home.select_one("nav.md-nav--primary")
    links = [link["href"].partition("#")[0] or "index.html" for link in menu.select("a[href]")]
    pages = ["index.html" if each in (".", "./") else each for each in links]
    return list(dict.fromkeys(each for each in pages if each.endswith(".html")))


def _slug(page):
    return page.removesuffix(".html").replace("/", "-")


def _address(article, page, site, order):
    """Make every id and address of a page right in the one document, and its solutions open."""
    for node in article.find_all(id=True):
        node["id"] = f"{_slug(page)}--{node['id']}"
    for node in article.find_all("details"):
        node["open"] = ""
    for node in article.find_all(["img", "source", "picture"]):
        node.attrs.pop("loading", None)
        if node.name == "source" or "only-dark" in node.get("class", ()):
            node.extract()  # the narrow form and the dark page's: not for paper
        elif node.get("src"):
            node["src"] = (site / _resolve(page, node["src"])).as_uri()
    for node in article.find_all("a", href=True):
        parts = urllib.parse.urlsplit(node["href"])
        if parts.scheme or parts.netloc:
            continue
        target = _resolve(page, parts.path) if parts.path else page
        if target not in order:
            node.unwrap()  # a script or a result: a file that the PDF does not carry
        elif parts.fragment:
            node["href"] = f"#{_slug(target)}--{urllib.parse.unquote(parts.fragment)}"
        else:
            node["href"] = f"#{_slug(target)}"


def _resolve(page, link):
    path = posixpath.join(posixpath.dirname(page), urllib.parse.unquote(link))
    return posixpath.normpath(path)
