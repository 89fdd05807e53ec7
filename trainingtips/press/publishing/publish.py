"""The second mkdocs hook: what a page needs to be published, rather than to be read.

The Content-Security-Policy, the picture and the words that other sites show of a page, a plain copy
of it, and the list of addresses that must stay.
"""

import contextlib
import re
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import Markup
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url, is_error_template

from trainingtips.press.base import markup
from trainingtips.press.base.errors import UserError
from trainingtips.press.pages import rendered
from trainingtips.press.publishing import anchors, cards, plain, policy

# what the theme and Markdown leave without a name, a scope or out of the keyboard's reach
_MENDS = (
    (re.compile(r'(data-md-component="search" role="dialog")>'), r'\1 aria-label="Search">'),
    (re.compile(r"(<pre\b[^>]*>(?:<span></span>)?)<code>"), r'\1<code tabindex="0">'),
    (re.compile(r"<samp>"), '<samp tabindex="0">'),
    (re.compile(r"<th\b([^>]*)>\s*</th>"), r"<td\1></td>"),  # the corner of a table
    (re.compile(r"<th(?![^>]*\bscope=)(?=[ >])"), '<th scope="col"'),  # Markdown heads columns
)
_NAVIGATION = re.compile(r'(<nav class="md-nav" aria-label=")([^"]*)"')
_state = {"serve": False, "cards": {}, "theme": None, "checked": None, "copies": {}, "nav": None}


def on_startup(command, dirty):
    _state["serve"] = command == "serve"


def on_config(config):
    _state["copies"] = {}
    with _told():
        policy.check_address("site_url", config.site_url)
        policy.check_address("extra.scope", config.extra.get("scope"))
        policy.check_address("extra.repository", config.extra.get("repository"))
    return config


def on_env(env, config, files):
    """Templates escape what they are given: a title is text. HTML says so, by being `Markup`."""
    env.autoescape = True
    env.bytecode_cache = rendered.compiled_templates(_root(config))
    _state["theme"] = policy.Theme(env, config)
    _state["checked"] = policy.checked_before(_root(config))
    return env


def on_nav(nav, config, files):
    _state["nav"] = nav
    for item in _items(nav.items):
        if "title" in vars(item) and item.title is not None:  # a page's own title is not yet known
            item.title = policy.escaped(item.title)
    return nav


def _index(config):
    """The text of llms.txt, in the order of the navigation."""
    pages = [item for item in _items(_state["nav"].items) if getattr(item, "file", None)]
    listed = [
        (unescape(str(page.title)), page.file.src_uri, page.meta.get("description", ""))
        for page in pages
        if page.file.src_uri in _state["copies"]
    ]
    return plain.index(config.site_name, config.site_description, listed, config.site_url or "")


def _items(items):
    for item in items:
        yield item
        yield from _items(item.children or ())


@event_priority(-100)  # when numbers, figures and citations are in
def on_page_markdown(markdown, page, config, files):
    """The page's plain copy; a notebook has its script."""
    if page.file.src_uri.endswith(".md"):
        _state["copies"][page.file.src_uri] = plain.copy(markdown)
    return markdown


@event_priority(50)  # before the search takes the title up, in which its results are HTML
def on_page_content(content, page, config, files):
    page.title = policy.escaped(page.title)
    if "title" in page.meta:
        page.meta["title"] = policy.escaped(page.meta["title"])
    return content


def on_files(files, config):
    """The pages' social pictures, where the site has an address that they can be found under."""
    root, _state["cards"] = _root(config), {}
    with _told():
        for file in files:
            _check_static(file, root)
    if config.site_url:
        with _told():
            _state["cards"] = cards.ensure_built(root, config.site_name)
        for card in _state["cards"].values():
            files.append(File.generated(config, card.address, abs_src_path=str(root / card.path)))
    return files


def _check_static(file, root):
    """Raise UserError for a file of docs/ that a browser would run as a page of its own."""
    name, path = file.src_uri, file.abs_src_path
    if not path or not Path(path).is_relative_to(root / "docs"):
        return
    if name.lower().endswith((".html", ".htm", ".xhtml", ".xht", ".shtml")):
        raise UserError(
            f"docs/{name}: a page is written in Markdown; as it is, nothing would look at what it "
            f"runs"
        )
    if name.lower().endswith((".svg", ".xml")):
        text = Path(path).read_text("utf-8", "replace")
        for danger in markup.dangers(text):
            raise UserError(f"docs/{name}: {danger.what}: a picture runs nothing and leads nowhere")


@event_priority(-100)  # as strings before, for what other plugins do with them
def on_page_context(context, page, config, nav):
    context["card"] = _state["cards"].get(page.file.src_uri.rpartition(".")[0])
    page.content = Markup(page.content)
    _mark(page.toc)
    return context


def _mark(entries):
    """The contents' titles are HTML, and plain text at that: no tag is left in them."""
    for entry in entries:
        entry.title = policy.escaped(entry.title)
        _mark(entry.children)


@event_priority(-100)  # the page is finished: every other plugin has had it
def on_post_page(output, page, config):
    return _protect(output, page.file.src_uri, get_relative_url(".", page.url), config)


@event_priority(-100)
def on_post_template(output_content, template_name, config):
    """The page for unknown addresses, which is a template without Markdown."""
    if not template_name.endswith(".html"):
        return output_content
    base = get_relative_url(".", template_name)
    if is_error_template(template_name):  # shown at any address
        base = urlsplit(config.site_url or "/").path
    return _protect(output_content, template_name, base, config)


def _protect(output, where, base_url, config):
    for pattern, mended in _MENDS:
        output = pattern.sub(mended, output)
    output = _NAVIGATION.sub(_Names(), output)
    allowed = _state["theme"].allowed(base_url)
    sources = _Lazy(policy.sources, _root(config), where)
    with _told():
        if _state["serve"]:  # `mkdocs serve` reloads pages by a script of its own
            policy.check(output, where, allowed, sources)
            return output
        return policy.protect(output, where, allowed, sources, _state["checked"])


class _Lazy:
    """Files that are read only where something is to be told."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __iter__(self):
        return iter(self.function(*self.arguments))


def on_post_build(config):
    with _told():
        anchors.check(_root(config), config.site_dir)
    plain.write(config.site_dir, _state["copies"], _index(config))
    _state["checked"].save()


class _Names:
    """Tells the contents' lists of one name apart, such as those of a module and of its class."""

    def __init__(self):
        self.seen = {}

    def __call__(self, match):
        name = match[2].casefold()
        self.seen[name] = self.seen.get(name, 0) + 1
        number = f" ({self.seen[name]})" if self.seen[name] > 1 else ""
        return f'{match[1]}{match[2]}{number}"'


def _root(config):
    return Path(config.config_file_path).parent


@contextlib.contextmanager
def _told():
    """Turns a user's mistake into mkdocs' own one-line error."""
    try:
        yield
    except UserError as error:
        raise PluginError(str(error)) from None
