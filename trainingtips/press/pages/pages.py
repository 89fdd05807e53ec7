"""The mkdocs hook: figures and notebooks first, then figure lines, citations, terms and formulas.

On a page, a figure is one line, `![](figures/batch/sharpness.svg)`, with nothing in the brackets:
the alternative text, the claim and the verdict are the script's.
"""

import html
import re
import signal
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

from trainingtips.press.base import escape, held, paths
from trainingtips.press.base.errors import UserError
from trainingtips.press.building import build
from trainingtips.press.checking import draws, processors, settings
from trainingtips.press.content import (
    citations,
    folklore,
    glossary,
    ledger,
    mathematics,
    matrix,
    numbers,
    prose,
)
from trainingtips.press.kept import records, results, scripts
from trainingtips.press.pages import before, hosted, labs, notebooks, rendered

FIGURE = re.compile(  # a page may show such a line as code
    r"^(?P<code>```(?s:.*?)^```)|^!\[(?P<alt>[^\]\n]*)\]\((?P<path>/?figures/[^)\s]*)\)[ \t]*$",
    re.MULTILINE,
)

_NOTE = """<div class="run">
<p>{places}<a class="md-button" href="{name}/{name}.ipynb" download>Download the notebook</a>
<a class="md-button" href="{source}" download>as a Python script</a></p>
<p>{how} An editor that runs cells marked <code># %%</code> opens
<code>docs/notebooks/{name}.py</code> itself.</p>
</div>"""
_HERE = """To change it and run it, you need a clone of the project in which <code>make</code> has
run once. There, <code>make notebooks</code> opens JupyterLab on all notebooks; a click on
<code>{name}.py</code> opens this one."""
_ANYWHERE = """It runs in any Jupyter with Python 3.11 or newer: its first cell installs the package
where that is missing. In a clone of the project, <code>make notebooks</code> opens JupyterLab on
all of them."""
_NOTEBOOKS = "notebooks"  # their folder on the site, as in docs/
_shown = set()  # figures that some page shows
_terms = glossary.Terms()
_state = {"rendered": None}  # the pages that were converted before


def on_startup(command, dirty):
    """Ctrl-C ends a build with 130, as that of the figures; mkdocs alone would say 1."""
    if command == "build":
        signal.signal(signal.SIGINT, _interrupted)


def _interrupted(*_):
    print("\ninterrupted; what was finished is kept", file=sys.stderr)
    sys.exit(130)


def on_config(config):
    held.release()
    with _told():
        _terms.terms = glossary.read(config.docs_dir)
    config.markdown_extensions.append(_terms)
    _state["rendered"] = rendered.Store(_root(config), config, _terms)
    labs.start(_root(config))
    mathematics.keep(_root(config))
    if "macros" in config.plugins:
        import mkdocs_macros.plugin

        mkdocs_macros.plugin.format_error = before.macro_fault
        rendered.keep_compiled(config.plugins["macros"], _root(config))
    if "mkdocs-jupyter" in config.plugins:
        from trainingtips.press.pages import cells

        cells.keep_converted(config.plugins["mkdocs-jupyter"], _root(config))
    return config


def on_pre_build(config):
    _shown.clear()
    _terms.used.clear()
    with _told():
        labs.check_syntax(config.docs_dir)
        if not before.is_checked():
            before.check(_root(config))
            folklore.check(_root(config))
            citations.check(config.docs_dir)
            build.ensure_built(_root(config))
            notebooks.ensure_built(_root(config))
        held.hold()  # nothing is made any more that pages are made of
        draws.current(_root(config))
        ledger.check(_root(config), config.docs_dir)


@event_priority(50)  # before mkdocs-jupyter looks for notebooks among the files
def on_files(files, config):
    """Pictures, scripts and results become files of the site, so that every link works offline."""
    root = _root(config)
    for name, notebook in notebooks.find(root).items():
        # an ordinary file: mkdocs-jupyter cannot find the source of a generated one
        folders = (str(root / "build"), config.site_dir, config.use_directory_urls)
        files.append(File(f"{_NOTEBOOKS}/{name}.ipynb", *folders))
        for path in notebook.pictures:
            _add(files, config, f"{_NOTEBOOKS}/{name}/{path.name}", path)
        with _told():
            data = hosted.with_install(notebook.download.read_bytes(), _address(config))
        uri = f"{_NOTEBOOKS}/{name}/{notebook.download.name}"
        files.append(File.generated(config, uri, content=data))
    with _told():
        known = scripts.find_scripts(root)
        elsewhere = settings.everywhere(root)
    for script in known.values():
        folder = root / records.FOLDER / script.section
        with _told():
            pictures = sorted(_record(root, script)["pictures"])
        for picture in pictures:
            _add(files, config, f"figures/{script.section}/{picture}", folder / picture)
        _add(files, config, script.path.as_posix(), root / script.path)
        _add(files, config, script.result_path.as_posix(), root / script.result_path)
    own = [cell for cells in elsewhere.values() for cell in cells if cell.result_path]
    for cell in (cell for cell in own if not isinstance(cell, settings.Record)):
        _add(files, config, cell.result_path.as_posix(), root / cell.result_path)
    labs.files(files, config)
    return files


def _add(files, config, uri, path):
    files.append(File.generated(config, uri, abs_src_path=str(path)))


@event_priority(-50)  # no other plugin gives the pages another content any more
def on_env(env, config, files):
    _state["rendered"].keep_index(files)
    return env


def on_page_read_source(page, config):
    """A notebook's text instead of its JSON, in which a macro or a check would read code."""
    if _is_notebook(page):
        from trainingtips.press.pages import cells

        return cells.text(Path(page.file.abs_src_path))
    return None


def _is_notebook(page):
    """Whether the page is a notebook's: mkdocs-jupyter's page, which mkdocs would not render."""
    return page.file.src_uri.endswith(".ipynb")


def on_page_markdown(markdown, page, config, files):
    root, where = _root(config), page.file.src_uri
    with _told(where):
        if numbers.problems:
            found = "\n".join(numbers.problems)
            numbers.problems.clear()
            raise UserError(found)
        if _is_notebook(page):
            source = f"docs/{_NOTEBOOKS}/{Path(where).stem}.py"
            before.notebook_numbers(root / source, source)
            return markdown
        prose.check(page.file.content_string, where)  # before the macros filled numbers in
        _terms.page = where
        if where == glossary.FILE:
            markdown = glossary.render(markdown)
        markdown = citations.render(markdown, config.docs_dir)
        markdown = labs.render(markdown, page, config.docs_dir)
        _state["rendered"].keep(page)
        return FIGURE.sub(lambda match: _figure(match, root, page, files), markdown)


def on_page_content(content, page, config, files):
    if not _is_notebook(page):
        return escape.restored(content).replace("<hr />", "<hr>")  # above footnotes
    name = Path(page.file.src_uri).stem
    source = get_relative_url(f"{_NOTEBOOKS}/{name}.py", page.url)
    note = _note(name, source, _address(config))
    with _told(f"docs/{_NOTEBOOKS}/{name}.py"):
        return _cleaned(content, page, files, note)


def _cleaned(content, page, files, note):
    """What `cells.clean` makes of a notebook's page; kept, with what it tells mkdocs."""
    from trainingtips.press.pages import cells

    def clean():
        html = cells.clean(content, page, files, note)
        links = [[file.src_uri, each] for file, each in page.links_to_anchors.items()]
        return [html, sorted(page.present_anchor_ids), links]

    store = _state["rendered"]
    asked = [store.around(files), page.file.src_uri, content, note]
    found, ids, links = store.take("notebook", asked, clean)
    page.present_anchor_ids = set(ids)
    page.links_to_anchors = {files.get_file_from_path(uri): each for uri, each in links}
    return found


def _address(config):
    """The repository's, or nothing."""
    return config.extra.get("repository") or ""


def _note(name, source, address):
    """What stands below a notebook's heading: where it opens by a click, and how else it is run."""
    places = "".join(
        f'<a class="md-button" href="{html.escape(link)}">{words}</a>\n'
        for words, link in hosted.places(address, name).items()
    )
    how = _ANYWHERE if address else _HERE.format(name=name)
    return _NOTE.format(name=name, source=source, places=places, how=how)


def on_page_context(context, page, config, nav):
    """Formulas last: by now the search has indexed them as TeX, not as loose glyphs."""
    with _told():
        page.content = mathematics.render_page(page.content, page.file.src_uri)
    return context


def on_post_build(config):
    """A figure that no page shows is an error: it would be computed for nobody."""
    with _told():
        unseen = sorted(scripts.find_scripts(_root(config)).keys() - _shown)
        if unseen:
            lines = "\n".join(f"  ![](figures/{name}.svg)" for name in unseen)
            raise UserError(f"no page shows these figures; their lines are:\n{lines}")
        labs.check(config.docs_dir)
        glossary.check_used(config.docs_dir, _terms.used)
    mathematics.save()
    labs.save()
    _state["rendered"].save()
    held.release()


def _figure(match, root, page, files):
    if match["code"]:
        return match[0]
    alt, path = match["alt"], match["path"]
    name = path.removeprefix("/").removeprefix("figures/").removesuffix(".svg")
    if path.startswith("/") or not path.endswith(".svg"):
        raise UserError(f"{paths.shown(path)}: a figure is written ![](figures/section/name.svg)")
    if alt:
        raise UserError(
            f"{paths.shown(path)}: the alternative text is the script's ALT; leave the brackets "
            f"empty (received {paths.shown(alt)})"
        )
    name = scripts.resolve(name, [n for n in scripts.find_names(root) if "/_" not in n])
    _shown.add(name)
    script = scripts.read_script(root, name)
    listed = files.get_file_from_path(ledger.PAGE)
    row = f"{listed.url}#{ledger.anchor(name)}" if listed else None
    kept = results.kept(root, script.name)
    return _markup(script, kept, _record(root, script), page, root, row)


def _markup(script, kept, record, page, root, row):
    """A figure's HTML; `row` is the address of its claim in the ledger, where there is one."""

    def link(target):
        return html.escape(get_relative_url(target, page.url), quote=True)

    how = "--record" if script.hardware else "--force"
    command = f"python -m trainingtips figures {how} {script.name}"
    seconds = f"{float(f'{kept.seconds:.2g}'):g}"
    pictures = "".join(_picture(script, record, theme, link) for theme in ("light", "dark"))
    drawn = draws.note(draws.current(root), script.name)
    notes = processors.note(root, script.name), drawn
    known = "".join(f"; {html.escape(note)}" for note in notes if note)
    verdict = script.verdict.replace(" ", "-")
    claim = escape.without_html(script.claim)
    elsewhere = matrix.beside(settings.everywhere(root).get(script.name, ()), link)
    listed = f'<a href="{link(row)}">among all claims</a>\n' if row else ""
    return f"""
<figure class="claim" id="figure-{script.name.replace("/", "-")}" markdown="1">
{pictures}
<figcaption markdown="1">
<div class="sentence" markdown="1">

{claim} <span class="verdict verdict-{verdict}">{ledger.VERDICTS[script.verdict]}</span>

</div>
{_words(script)}{elsewhere}<p class="origin"><a href="{link(script.path.as_posix())}">source</a>
<a href="{link(script.result_path.as_posix())}">data</a>
{listed}<span>computed in {seconds} s{known}<span class="rebuild">; rebuild:
<code>{command}</code></span></span></p>
</figcaption>
</figure>
"""


def _words(script):
    """The caption, and how it was measured, folded: it opens without JavaScript too."""
    parts = [f'<div class="notes" markdown="1">\n\n{escape.without_html(script.caption)}\n\n</div>']
    if script.measured:
        text = escape.without_html(script.measured)
        parts.append(
            f'<details class="how" markdown="1">\n<summary>How it was measured</summary>\n\n{text}'
            f"\n\n</details>"
        )
    return "".join(f"{part}\n" for part in parts) if script.caption else ""


def _picture(script, record, theme, link):
    """One theme's picture; the narrow layout takes over on a telephone."""
    stem = script.name.partition("/")[2]
    wide, narrow = f"{stem}.{theme}.svg", f"{stem}.narrow.{theme}.svg"
    size, small = record["pictures"][wide], record["pictures"][narrow]
    folder = f"figures/{script.section}"
    alt = escape.plain(script.alt)
    return (
        f'<picture class="only-{theme}">'
        f'<source media="(max-width: {records.WIDE // 3 * 2 + 40}px)" '
        f'srcset="{link(f"{folder}/{narrow}")}" '
        f'width="{small["width"]}" height="{small["height"]}">'
        f'<img src="{link(f"{folder}/{wide}")}" alt="{alt}" loading="lazy" '
        f'width="{size["width"]}" height="{size["height"]}"></picture>'
    )


def _record(root, script):
    record = records.read(root, script)
    if not record:
        raise UserError(f"{script.path}: its pictures are not there; build them again")
    return record


def _root(config):
    return Path(config.config_file_path).parent


class _told:
    """Turns a user's mistake into mkdocs' own one-line error, with the page in front."""

    def __init__(self, where=""):
        self.where = f"{where}: " if where else ""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, UserError):
            raise PluginError(f"{self.where}{error}") from None
