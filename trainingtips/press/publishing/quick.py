"""Some pages alone, byte for byte as the whole site has them, in a second instead of many.

It is mkdocs' own way through the same configuration, plugins and hooks. Of all other pages only
the titles are read, which the navigation shows. What one page can break on another (a dead anchor,
an unused reference, an address that is gone) is left to the build of the whole site.
"""

import contextlib
import logging
import re
from pathlib import Path

from mkdocs.commands import build as mkdocs
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, BuildError, ConfigurationError
from mkdocs.structure.files import get_files, set_exclusions
from mkdocs.structure.nav import get_navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_markdown_title

from trainingtips.press.base import held
from trainingtips.press.base.errors import UserError
from trainingtips.press.kept import results, scripts
from trainingtips.press.pages import before
from trainingtips.press.publishing import policy

_PLAIN = re.compile(r"[^\W_]+(?:[ ,:?!-]+[^\W_]+)*[.?!]?")  # a title without any markup


def build(root, uris, folder):
    """Build the pages `uris`, such as `batch.md`, into `folder`. Returns their files' names in it.

    What the site does not have yet, such as a page out of nav, is left out. Raises UserError for
    the faults of any page's text before mkdocs begins, and then for what mkdocs warns of.
    """
    before.check(root)
    with _told():
        config = _config(root, folder)
        config.plugins.on_startup(command="build", dirty=False)
        config = config.plugins.on_config(config)
        held.hold()
        files, nav, env = _site(config)
        chosen = [file for file in files.documentation_pages() if file.src_uri in uris]
        _titles(files, chosen, config)
        for file in chosen:
            mkdocs._populate_page(file.page, config, files)
        env = config.plugins.on_env(env, config=config, files=files)
        every = files.documentation_pages()
        for file in chosen:
            mkdocs._build_page(file.page, config, every, nav, env)
    return [file.dest_uri for file in chosen]


def warm(root):
    """Import all that `build` needs, and read once what it reads again and again."""
    with contextlib.suppress(UserError), _told():
        _config(root, root / "build/serve.pages")
    with contextlib.suppress(UserError):
        for script in scripts.find_scripts(root).values():
            results.kept(root, script.name)


def _config(root, folder):
    return load_config(str(Path(root) / "mkdocs.yml"), site_dir=str(folder))


def _site(config):
    """(files, navigation, template environment), as mkdocs makes them for a whole site."""
    files, env = get_files(config), config.theme.get_env()
    files.add_files_from_theme(env, config)
    files = config.plugins.on_files(files, config=config)
    set_exclusions(files, config)
    nav = config.plugins.on_nav(get_navigation(files, config), config=config, files=files)
    return files, nav, env


def _titles(files, chosen, config):
    """What the navigation shows of the pages that are not built."""
    for file in files.documentation_pages():
        if file.page is None:
            Page(None, file, config)
        if file in chosen:
            continue
        page = file.page
        page.read_source(config)
        given = vars(page).get("title") or page.meta.get("title")  # in nav, or in front matter
        title = given or get_markdown_title(page.markdown)
        if given or (title and _PLAIN.fullmatch(title)):
            page.title = policy.escaped(title)
        else:  # what a heading comes to is for Markdown to say
            mkdocs._populate_page(page, config, files)


class _Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def _told():
    """Turns all that mkdocs warns of, or stops at, into one UserError."""
    collector, log = _Collector(), logging.getLogger("mkdocs")
    log.addHandler(collector)
    try:
        yield
    except (BuildError, ConfigurationError, Abort) as error:
        raise UserError(str(error) or "\n".join(collector.lines)) from None
    except SystemExit:  # how mkdocs-macros stops, once it has told why
        told = [line.removeprefix("[macros] - ERROR ") for line in collector.lines]
        raise UserError("\n".join(told)) from None
    finally:
        log.removeHandler(collector)
    if collector.lines:
        raise UserError("\n".join(collector.lines))
