"""The second mkdocs hook: what a page needs to be published, rather than to be read.

The Content-Security-Policy, the picture and the words that other sites show of a page, and the
list of addresses that must stay.
"""

import contextlib
import re
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import anchors, cards, policy

# what the theme and Markdown leave without a name, a scope or out of the keyboard's reach
_MENDS = (
    (re.compile(r'(data-md-component="search" role="dialog")>'), r'\1 aria-label="Search">'),
    (re.compile(r"(<pre\b[^>]*>(?:<span></span>)?)<code>"), r'\1<code tabindex="0">'),
    (re.compile(r"<samp>"), '<samp tabindex="0">'),
    (re.compile(r"<th\b([^>]*)>\s*</th>"), r"<td\1></td>"),  # the corner of a table
    (re.compile(r"<th(?![^>]*\bscope=)(?=[ >])"), '<th scope="col"'),  # Markdown heads columns
)
_NAVIGATION = re.compile(r'(<nav class="md-nav" aria-label=")([^"]*)"')
_state = {"serve": False, "cards": {}}


def on_startup(command, dirty):
    _state["serve"] = command == "serve"


def on_files(files, config):
    """The pages' social pictures, where the site has an address that they can be found under."""
    root, _state["cards"] = _root(config), {}
    if config.site_url:
        with _told():
            _state["cards"] = cards.ensure_built(root, config.site_name)
        for card in _state["cards"].values():
            files.append(File.generated(config, card.address, abs_src_path=str(root / card.path)))
    return files


def on_page_context(context, page, config, nav):
    context["card"] = _state["cards"].get(page.file.src_uri.rpartition(".")[0])
    return context


@event_priority(-100)  # the page is finished: every other plugin has had it
def on_post_page(output, page, config):
    return _protect(output, page.file.src_uri)


@event_priority(-100)
def on_post_template(output_content, template_name, config):
    """The page for unknown addresses, which is a template without Markdown."""
    if not template_name.endswith(".html"):
        return output_content
    return _protect(output_content, template_name)


def _protect(output, where):
    for pattern, mended in _MENDS:
        output = pattern.sub(mended, output)
    output = _NAVIGATION.sub(_Names(), output)
    if _state["serve"]:  # `mkdocs serve` reloads pages by a script of its own
        return output
    with _told():
        return policy.protect(output, where)


def on_post_build(config):
    with _told():
        anchors.check(_root(config), config.site_dir)


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
