"""The mkdocs hook: figures before the site, figure lines to figures, formulas, and checks.

On a page, a figure is one line, `![](figures/batch/sharpness.svg)`, with nothing in the brackets:
the alternative text, the claim and the verdict are the script's.
"""

import html
import json
import re
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

from trainingtips.press import build, drawing, mathematics, numbers, prose, scripts
from trainingtips.press.errors import UserError

FIGURE = re.compile(r"^!\[(?P<alt>[^\]]*)\]\((?P<path>/?figures/[^)\s]*)\)[ \t]*$", re.MULTILINE)
VERDICTS = {"holds": "holds", "regime": "holds in a regime", "not reproduced": "not reproduced"}

_shown = set()  # figures that some page shows


def on_pre_build(config):
    _shown.clear()
    with _told():
        build.ensure_built(_root(config))


def on_files(files, config):
    """Pictures, scripts and results become files of the site, so that every link works offline."""
    root = _root(config)
    with _told():
        known = scripts.find_scripts(root)
    for name, script in known.items():
        folder = root / build.FOLDER / script.section
        for picture in _record(root, name)["pictures"]:
            _add(files, config, f"figures/{script.section}/{picture}", folder / picture)
        _add(files, config, script.path.as_posix(), root / script.path)
        _add(files, config, script.result_path.as_posix(), root / script.result_path)
    return files


def _add(files, config, uri, path):
    files.append(File.generated(config, uri, abs_src_path=str(path)))


def on_page_markdown(markdown, page, config, files):
    root, where = _root(config), page.file.src_uri
    with _told(where):
        if numbers.problems:
            found = "\n".join(numbers.problems)
            numbers.problems.clear()
            raise UserError(found)
        prose.check(page.file.content_string, where)  # before the macros filled numbers in
        return FIGURE.sub(lambda match: _figure(match, root, page), markdown)


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


def _figure(match, root, page):
    alt, path = match["alt"], match["path"]
    name = path.removeprefix("/").removeprefix("figures/").removesuffix(".svg")
    if path.startswith("/") or not path.endswith(".svg"):
        raise UserError(f"{path}: a figure is written ![](figures/section/name.svg)")
    if alt:
        raise UserError(
            f"{path}: the alternative text is the script's ALT; leave the brackets empty "
            f"(received {alt!r})"
        )
    name = scripts.resolve(name, [n for n in scripts.find_names(root) if "/_" not in n])
    _shown.add(name)
    script = scripts.read_script(root, name)
    return _markup(script, build.kept_result(root, script), _record(root, name), page)


def _markup(script, kept, record, page):
    def link(target):
        return html.escape(get_relative_url(target, page.url), quote=True)

    how = "--record" if script.hardware else "--force"
    command = f"python -m trainingtips figures {how} {script.name}"
    seconds = f"{float(f'{kept.seconds:.2g}'):g}"
    pictures = "".join(_picture(script, record, theme, link) for theme in ("light", "dark"))
    verdict = script.verdict.replace(" ", "-")
    notes = ""
    if script.notes:
        notes = f'<div class="notes" markdown="1">\n\n{script.notes}\n\n</div>\n'
    return f"""
<figure class="claim" id="figure-{script.name.replace("/", "-")}" markdown="1">
{pictures}
<figcaption markdown="1">
<div class="sentence" markdown="1">

{script.claim} <span class="verdict verdict-{verdict}">{VERDICTS[script.verdict]}</span>

</div>
{notes}<p class="origin"><a href="{link(script.path.as_posix())}">source</a>
<a href="{link(script.result_path.as_posix())}">data</a>
<span>computed in {seconds} s; rebuild: <code>{command}</code></span></p>
</figcaption>
</figure>
"""


def _picture(script, record, theme, link):
    """One theme's picture; the narrow layout takes over on a telephone."""
    stem = script.name.partition("/")[2]
    wide, narrow = f"{stem}.{theme}.svg", f"{stem}.narrow.{theme}.svg"
    size, small = record["pictures"][wide], record["pictures"][narrow]
    folder = f"figures/{script.section}"
    alt = html.escape(script.alt, quote=True)
    return (
        f'<picture class="only-{theme}">'
        f'<source media="(max-width: {drawing.WIDE // 3 * 2 + 40}px)" '
        f'srcset="{link(f"{folder}/{narrow}")}" '
        f'width="{small["width"]}" height="{small["height"]}">'
        f'<img src="{link(f"{folder}/{wide}")}" alt="{alt}" loading="lazy" '
        f'width="{size["width"]}" height="{size["height"]}"></picture>'
    )


def _record(root, name):
    return json.loads((root / build.FOLDER / f"{name}.json").read_bytes())


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
