"""Pages that were converted before: what is made of the same is not converted again.

A page's HTML depends on its text, as macros and hooks have left it, on the glossary's terms, on the
files that links may lead to, on the configuration and on what converts, the API page on the package
too. All of it is in the key. What a conversion does besides (terms that were used, anchors and
links for mkdocs to check, names of the API page) is kept with it, and done again.

A conversion that told something, such as a link that leads nowhere, is not kept: it tells it again.
"""

import contextlib
import functools
import hashlib
import json
import logging
import sys
from dataclasses import astuple
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from mkdocs.structure.toc import AnchorLink, TableOfContents

from trainingtips.press.base import configuration, paths, versions
from trainingtips.press.kept import sources

FILE = "build/cache/rendered.json"
TEMPLATES = "build/cache/templates"  # as Jinja has compiled them
_SYNTAX = (  # of a Jinja environment: what else its code depends on
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string", "line_statement_prefix"),
    *("line_comment_prefix", "newline_sequence", "keep_trailing_newline"),
    *("trim_blocks", "lstrip_blocks", "autoescape", "is_async"),
)
_AUTODOC = ":::"  # an order for mkdocstrings


def compiled_templates(root):
    """Where jinja keeps what it has compiled, by the templates' texts: seconds of each build."""
    folder = Path(root) / TEMPLATES
    folder.mkdir(parents=True, exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


def keep_compiled(macros, root):
    """Let the plugin mkdocs-macros keep what Jinja makes of each page's text.

    Jinja's own cache is for templates with a name. What a filter makes of a constant stands in the
    compiled text, so that this goes by the code of the filters, too.
    """
    env, cache = macros.env, compiled_templates(root)
    compile_anew = env.compile
    made = json.dumps([[str(getattr(env, name)) for name in _SYNTAX], makers()])

    def compiled(source, name=None, **options):
        if name is not None or options:
            return compile_anew(source, name, **options)
        # of a page there is one file, and it is of today's text, signs and filters
        bucket = cache.get_bucket(env, macros.page.file.src_uri, None, source + made)
        if bucket.code is None:
            bucket.code = compile_anew(source)
            cache.set_bucket(bucket)
        return bucket.code

    env.compile = compiled


class Store:
    """What was converted for the last site of the project at `root`, and for this one.

    `terms` is the glossary's Markdown extension.
    """

    def __init__(self, root, config, terms):
        self.root, self.config, self.terms = Path(root), config, terms
        self.cache, self.common = sources.Cache(self.root / FILE), None
        makers.cache_clear()
        package.cache_clear()

    def keep(self, page):
        """From now on `page.render` takes what is kept."""
        convert = page.render

        def render(config, files):
            asked = self._asked(page, files)
            made = self.take("page", asked, lambda: self._converted(page, convert, config, files))
            self._give(page, made, files)

        page.render = render

    def keep_index(self, files):
        """From now on the search takes what it has read before in the same page."""
        for name in ("search", "material/search"):
            index = getattr(self.config.plugins.get(name), "search_index", None)
            if hasattr(index, "add_entry_from_context") and hasattr(index, "entries"):
                add = index.add_entry_from_context
                index.add_entry_from_context = functools.partial(self._add, index, add, files)

    def _add(self, index, add, files, page):
        def made():
            before = len(index.entries)
            add(page)
            new, index.entries[before:] = index.entries[before:], []
            return new

        said = [page.meta.get("title", page.title), page.meta.get("search"), page.meta.get("tags")]
        toc = [_plain(each) for each in page.toc]
        asked = [self.around(files), page.url, page.content, toc, repr(said)]
        index.entries += self.take("search", asked, made)

    def take(self, kind, asked, make):
        """What `make()` returns for the JSON data `asked`: kept, unless it tells anything."""
        data, told = json.dumps(asked).encode(), []

        def made(_):
            with _listening(told):
                return make()

        found = self.cache.get(kind, data, made)
        if told:
            self.cache.forget(kind, data)
        return found

    def save(self):
        """Keep what was asked for, and nothing else."""
        self.cache.save()

    def _asked(self, page, files):
        more = [package(), self._named()] if _AUTODOC in page.markdown else []
        return [self.around(files), page.file.src_uri, page.markdown, *more]

    def around(self, files):
        """The hash of all that pages depend on together."""
        if self.common is None:
            terms = [astuple(each) for each in self.terms.terms]
            there = [[each.src_uri, each.dest_uri, str(each.inclusion)] for each in files]
            made = [*makers(), configuration.state(self.root), terms, there]
            self.common = hashlib.sha256(json.dumps(made).encode()).hexdigest()
        return self.common

    def _named(self):
        """What pages before this one have told mkdocstrings and autorefs."""
        autorefs, inventory = self._registers()
        return [sorted(autorefs._primary_url_map), sorted(inventory)] if autorefs else []

    def _registers(self):
        if "mkdocstrings" not in self.config.plugins:
            return None, {}
        handlers = self.config.plugins["mkdocstrings"].handlers
        return self.config.plugins["autorefs"], handlers.inventory

    def _converted(self, page, convert, config, files):
        """Convert it now. Returns what is to be kept, as JSON data."""
        autorefs, inventory = self._registers()
        anchors, items, before, self.terms.used = [], [], self.terms.used, set()
        try:
            with (
                _recorded(autorefs, "register_anchor", anchors, 1),
                _recorded(inventory, "register", items, 0),
            ):
                convert(config, files)
            terms = enumerate(self.terms.terms)
            used = [index for index, each in terms if each in self.terms.used]
        finally:
            self.terms.used |= before
        links = page.links_to_anchors
        return {
            "content": page.content,
            "toc": [_plain(each) for each in page.toc],
            "title": page._title_from_render,
            "ids": sorted(page.present_anchor_ids),
            "links": None if links is None else [[f.src_uri, each] for f, each in links.items()],
            "terms": used,
            "anchors": anchors,
            "items": items,
        }

    def _give(self, page, made, files):
        """The page as it was when that was made. What is there already stays as it is."""
        page.content, page._title_from_render = made["content"], made["title"]
        page.toc = TableOfContents([_anchor(each) for each in made["toc"]])
        for first in page.toc.items[:1]:
            first.active = True
        page.present_anchor_ids = set(made["ids"])
        links = made["links"]
        page.links_to_anchors = links and {files.get_file_from_path(f): dict(e) for f, e in links}
        self.terms.used |= {self.terms.terms[index] for index in made["terms"]}
        autorefs, inventory = self._registers()
        for arguments, options in made["anchors"]:
            autorefs.register_anchor(page, *arguments, **options)
        for arguments, options in made["items"]:
            inventory.register(*arguments, **options)


@contextlib.contextmanager
def _recorded(thing, name, calls, without):
    """Every call of that method of `thing`, its first arguments left out."""
    if not hasattr(thing, name):
        yield
        return
    method = getattr(thing, name)

    @functools.wraps(method)
    def noting(*arguments, **options):
        calls.append([list(arguments[without:]), options])
        return method(*arguments, **options)

    setattr(thing, name, noting)
    try:
        yield
    finally:
        delattr(thing, name)


def _plain(entry):
    return [entry.title, entry.id, entry.level, [_plain(each) for each in entry.children]]


def _anchor(plain):
    title, name, level, children = plain
    found = AnchorLink(title, name, level)
    found.children = [_anchor(each) for each in children]
    return found


class _Ear(logging.Handler):
    def __init__(self, told):
        super().__init__(logging.INFO)
        self.told = told

    def emit(self, record):
        self.told.append(record.getMessage())


@contextlib.contextmanager
def _listening(told):
    """Whatever mkdocs and its plugins tell goes into the list, too."""
    ear, log = _Ear(told), logging.getLogger("mkdocs")
    log.addHandler(ear)
    try:
        yield
    finally:
        log.removeHandler(ear)


@functools.cache
def makers():
    """What makes pages: Python, the libraries, the builder."""
    return [sys.version, versions.all_installed(), hashes(paths.PACKAGE / "press")]


@functools.cache
def package():
    """The hash of the whole package."""
    return hashes(paths.PACKAGE)


def hashes(folder, pattern="*.*"):
    """One hash of the files below a folder, names and contents; bytecode is left out."""
    found = [
        [path.relative_to(folder).as_posix(), _hash(path)]
        for path in sorted(folder.rglob(pattern))
        if "__pycache__" not in path.parts and path.is_file()
    ]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
