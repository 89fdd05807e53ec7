"""The command line: `trainingtips figures | reproduce | show | list | new`.

Heavy modules are imported inside the commands: finding that nothing changed imports none of them.
"""

import _thread
import contextlib
import os
import sys
import threading
import time
from pathlib import Path

import click

from trainingtips.press.base.errors import UserError

ROOT = Path()


class _Group(click.Group):
    """Turns a user's mistake into one message and an exit status, without a traceback."""

    def invoke(self, context):
        try:
            with _heeding_interrupts():
                return super().invoke(context)
        except UserError as error:
            click.echo(f"error: {error}", err=True)
            context.exit(error.status)
        except BrokenPipeError:
            raise  # `| head` has seen enough: click ends quietly
        except OSError as error:  # a full disk, a folder that may not be written
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"error: {where}{error.strerror or error}", err=True)
            context.exit(1)
        except KeyboardInterrupt:
            click.echo("\ninterrupted; what was finished is kept", err=True)
            context.exit(130)


@contextlib.contextmanager
def _heeding_interrupts():
    """Within it, Ctrl-C is not lost where Python drops what is raised, as while it tidies up.

    A callback of a weak reference, or a `__del__`, passes nothing on. It is interrupted again a
    moment later, by another thread: what is raised before this hook has ended is dropped as well.
    """
    tell = sys.unraisablehook

    def heed(dropped):
        if dropped.exc_type is KeyboardInterrupt:
            again = threading.Timer(0.01, _thread.interrupt_main)
            again.daemon = True
            again.start()
        else:
            tell(dropped)

    sys.unraisablehook = heed
    try:
        yield
    finally:
        sys.unraisablehook = tell


def _from_there(context, _, value):
    """A file as the user names it: from the folder where the command was called."""
    return value and os.path.join(context.obj or "", value)


def _data_from_there(context, parameter, value):
    is_file = value and value.endswith(".npz")
    return _from_there(context, parameter, value) if is_file else value


_jobs = click.option(
    "-j", "--jobs", type=click.IntRange(1), help="Processes at once (default: all cores)."
)


@click.group(cls=_Group)
def main():
    """A figure is a claim you can run. NAME is section/name, as in figures/section/name.py."""


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_jobs
@click.option("--force", is_flag=True, help="Compute anew, also what is fresh.")
@click.option("--record", is_flag=True, help="Measure this machine: the hardware records, anew.")
@click.option(
    "--upgraded", is_flag=True, help="Compute anew what was kept with other versions of libraries."
)
def figures(names, jobs, force, record, upgraded):
    """Build the figures that are stale: compute, check the claim, draw."""
    from trainingtips.press.building import build

    built = build.build(
        ROOT,
        names,
        jobs=jobs,
        force=force,
        record=record,
        upgraded=upgraded,
        report=_report(),
        log=_say,
    )
    if not built:
        click.echo("every figure is fresh")


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--base", default="HEAD", show_default=True, help="The revision.", metavar="REVISION")
def confirm(names, base):
    """Keep a revision's numbers where those that this machine computed since agree with them.

    For code that was mended on another maker's processor, whose last digits are others: built
    results keep the earlier numbers, under today's key, where `reproduce` would call them the same.
    """
    from trainingtips.press.checking import changed

    found = changed.take_back(ROOT, base, names)
    for name, differences in found.items():
        click.echo(f"{name}: {'differs' if differences else f'the numbers of {base}'}")
        for each in differences[:5]:
            click.echo(f"  {each}")
    if not found:
        click.echo(f"no built result has other numbers than at {base}")


@main.command()
@click.option(
    "--only", multiple=True, metavar="SECTION", help="This section, or figure, alone; repeatable."
)
@_jobs
@click.option(
    "--instructions",
    "arithmetic",
    type=click.Choice(["default", "avx2", "avx512", "none"]),
    help="The arithmetic of another processor: SSE, AVX2, AVX-512; or none fixed: what each library"
    " takes for itself.",
)
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False),
    callback=_from_there,
    help="Also write the table here.",
)
@click.option("--base", metavar="REVISION", help="The results alone that differ from that one's.")
@click.option(
    "--summary",
    "told",
    type=click.Path(dir_okay=False),
    callback=_from_there,
    help="With --base: append what became of them to this file, as Markdown.",
)
@click.pass_context
def reproduce(context, only, jobs, arithmetic, path, base, told):
    """Compute every result anew in a scratch folder and compare it with what is kept.

    Exact on the processor and the versions that it was kept from, else within its interval; which
    of the two is to be expected is said first. Exit status 1 where something differs; nothing that
    is kept is touched.
    """
    from trainingtips.press.checking import changed, instructions

    changes = changed.since(ROOT, base) if base else []
    if base and not only:
        only = [each.name for each in changes if not each.state]
        for each in changes:
            click.echo(f"changed since {base}: {each.name} ({each.what})")
        if not only:
            click.echo(f"no result that could be computed again differs from {base}")

    if arithmetic:
        instructions.use(arithmetic)  # before what follows imports numpy
    from trainingtips.press.checking import reproduce

    start = time.perf_counter()
    try:
        options = {"jobs": jobs, "report": _report(), "arithmetic": arithmetic, "say": click.echo}
        verdicts = [] if base and not only else reproduce.reproduce(ROOT, only, **options)
    except KeyboardInterrupt:
        click.echo("\ninterrupted; what is kept was not touched", err=True)
        context.exit(130)
    for line in reproduce.table(verdicts):
        click.echo(line)
    if path:
        reproduce.save(verdicts, path)
    if base and told:
        with open(told, "a", encoding="utf-8") as file:
            file.write(changed.summary(changes, verdicts, base))
    click.echo(f"\n{reproduce.summary(verdicts, time.perf_counter() - start)}")
    context.exit(0 if all(each.good for each in verdicts) else 1)


@main.command()
@click.option(
    "--only", multiple=True, metavar="SECTION", help="This section alone; may be repeated."
)
@click.option("--column", multiple=True, help="This column alone, such as avx512 or '2 workers'.")
def processors(only, column):
    """Reproduce with other instruction sets and numbers of workers: results/processors.json.

    Goes on where it was interrupted, and measures again only where what is kept has changed.
    """
    from trainingtips.press.checking import processors

    processors.measure(ROOT, only, column, say=click.echo)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--draws",
    "count",
    type=click.IntRange(1),
    metavar="K",
    help="Draws 1 to K (default: 20 of what takes at most 30 seconds, else 8).",
)
@_jobs
@click.pass_context
def redraw(context, names, count, jobs):
    """Compute each claim with fresh draws of chance and assert it again: results/redraws.json.

    NAME is a figure or a section. Goes on where it was interrupted. Exit status 1 where a claim
    that holds passes less than 95 % of its draws, or could not be drawn; no result is touched.
    """
    from trainingtips.press.checking import redraw

    outcome = redraw.redraw(ROOT, names, count=count, jobs=jobs, report=_report(), say=click.echo)
    for line in redraw.table(outcome):
        click.echo(line)
    context.exit(0 if outcome.good else 1)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--again", is_flag=True, help="Compute what is kept once more, and compare.")
@_jobs
@click.pass_context
def settings(context, names, again, jobs):
    """Compute each claim on its other data, networks and optimisers: results/settings.json.

    NAME is a figure or a section. Goes on where it was interrupted. A claim that fails there is a
    verdict; exit status 1 is where one could not be tried, or, with --again, differs.
    """
    from trainingtips.press.checking import repeat, reproduce

    options = {"jobs": jobs, "report": _report(), "say": click.echo}
    if again:
        found = repeat.again(ROOT, names, **options)
        lines, good = reproduce.table(found), all(each.good for each in found)
    else:
        outcome = repeat.repeat(ROOT, names, **options)
        lines, good = repeat.table(outcome), not outcome.problems
    for line in lines:
        click.echo(line)
    context.exit(0 if good else 1)


class _report:
    """A `run.Report`, made (and rich imported) only when there is something to tell."""

    def __init__(self):
        self.real = None

    def __getattr__(self, name):
        if self.real is None:
            from rich.console import Console

            from trainingtips.press.building.run import Report

            self.real = Report(Console())
        return getattr(self.real, name)


def _say(message):
    click.echo(message, err=True)


@main.command()
def site():
    """Build the site into site/ where it is stale: figures, notebooks, then pages, strictly."""
    from trainingtips.press.publishing import child, site

    if child.PARENT in os.environ:  # a server's build, which is of no use without it
        child.end_with(int(os.environ.pop(child.PARENT)))
    if not site.make(ROOT, _say):
        click.echo("the site is fresh")


@main.command()
@click.option(
    "--address",
    default="127.0.0.1:8000",
    show_default=True,
    metavar="HOST:PORT",
    help="Where; port 0 takes one that is free.",
)
def serve(address):
    """Serve the site and build it as you edit: the page at once, then the whole, which is checked.

    A fault is told here and on the page, and the serving goes on.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.BadParameter(f"an address is HOST:PORT, received {address!r}")
    from trainingtips.press.publishing import serve

    serve.serve(ROOT, host, int(port), _say)


@main.command()
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(["package", "builder", "edit", "gpu"]),
    help="This part alone.",
)
@click.option("--figures", type=click.IntRange(3), help="So many figures, to try the builder's.")
def bench(only, figures):
    """Measure against the obvious way and against the peers: results/bench.json."""
    from trainingtips.press.checking import bench

    bench.run(ROOT, only, click.echo, figures)


@main.command("list")
def list_figures():
    """Every figure: fresh or stale and why, its verdict, its claim."""
    from trainingtips.press.building.plan import Plan
    from trainingtips.press.building.why import Reasons
    from trainingtips.press.kept import scripts

    plan = Plan(ROOT)
    if not plan.names:
        raise scripts.none_found(ROOT)
    width, reasons = max(map(len, plan.names)), Reasons(plan)
    for name in plan.names:
        if name in plan.broken:
            click.echo(f"{name:{width}}  broken  {plan.broken[name]}")
            continue
        state = plan.states[name]
        fresh = "fresh" if state.fresh else "stale"
        script = state.script
        verdict = "shared" if script.shared else script.verdict
        reason = reasons.remark(name) if state.fresh else reasons.told(name)
        told = f"({reason})  " if reason else ""
        click.echo(f"{name:{width}}  {fresh:6}  {verdict:14}  {told}{script.claim}")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False), callback=_from_there)
@click.option("--updates", type=click.IntRange(1), default=300, show_default=True)
@click.option("--seconds", type=click.FloatRange(1), default=120, show_default=True)
@click.option(
    "--html",
    type=click.Path(dir_okay=False),
    callback=_from_there,
    help="Also write the report into this file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def checkup(file, updates, seconds, html, as_json):
    """Examine the training in FILE, which has setup() and train(t, updates); see the API page."""
    from trainingtips.checkup import command

    try:
        told = None if sys.stderr.isatty() else _say  # a terminal has a bar
        report = command.examined(file, updates, seconds, progress=told)
    except command.NoTraining as error:
        raise UserError(str(error)) from None
    if html:
        report.to_html(html)
    click.echo(report.to_json() if as_json else str(report))


@main.command()
@click.argument("name")
@click.option(
    "--png",
    type=click.Path(dir_okay=False),
    callback=_from_there,
    help="Also draw it into this PNG file.",
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option("--narrow", is_flag=True, help="The layout for a telephone.")
@click.option("--open", "open_it", is_flag=True, help="Open the picture in the default viewer.")
@click.option(
    "--data",
    callback=_data_from_there,
    help="Other data: mnist, cifar10, or an .npz file. Not kept.",
)
@click.option("--device", help="Another device, such as cuda. Not kept.")
def show(name, png, theme, narrow, open_it, data, device):
    """Build one figure if it is stale; print its claim, verdict and numbers.

    With --data or --device it is computed anew with those, and nothing is kept: the page's own
    result stays.
    """
    from trainingtips.press.building import build, figure
    from trainingtips.press.kept import records, results, scripts

    names = scripts.find_names(ROOT)
    if not names:
        raise scripts.none_found(ROOT)
    name = scripts.resolve(name, names)
    options = {key: value for key, value in {"data": data, "device": device}.items() if value}
    if options:
        return _show_elsewhere(name, options, png, theme, narrow)
    build.build(ROOT, [name], report=_report(), log=_say)
    script = scripts.read_script(ROOT, name)
    kept = results.kept(ROOT, script.name)
    click.echo(f"{script.claim}\nverdict: {kept.verdict}; computed in {kept.seconds:g} s")
    for line in _leaves(kept.result):
        click.echo(f"  {line}")
    if script.shared:
        return
    if png:
        figure.png(ROOT, script, kept, png, theme, narrow)
        click.echo(png)
    layout = ".narrow" if narrow else ""
    picture = Path(records.FOLDER) / f"{name}{layout}.{theme}.svg"
    click.echo(picture)
    if open_it:
        click.launch(str(picture))


def _show_elsewhere(name, options, png, theme, narrow):
    from trainingtips.press.building import figure
    from trainingtips.press.kept import claims, given, results, scripts

    if "data" in options:
        given.check(options["data"])
    script = scripts.read_script(ROOT, name)
    result = figure.elsewhere(ROOT, script, options)
    told = ", ".join(f"{key} = {value}" for key, value in options.items())
    click.echo(f"{script.claim}\nwith {told}, computed now, not kept")
    for line in _leaves(result):
        click.echo(f"  {line}")
    if script.shared:
        return
    try:
        claims.check(figure.load(ROOT, script), script.claim, result, script.illustration)
        click.echo("the claim holds there, too")
    except claims.ClaimFailed as failure:
        click.echo(f"the claim does not hold there: {failure}")
    if png:
        kept = results.Kept("", script.verdict, 0.0, {}, results.encode(result))
        figure.png(ROOT, script, kept, png, theme, narrow)
        click.echo(png)


def _leaves(value, path=""):
    """`path = value`, a line for each number; arrays by shape and range."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(each, f"{path}.{index}")
    elif hasattr(value, "shape") and value.size > 8:
        yield f"{path}: array {value.shape}, {value.min():g} … {value.max():g}"
    else:
        yield f"{path} = {value}".replace("\n", "\\n")


@main.command()
@click.argument("name")
def new(name):
    """Write figures/NAME.py, a script that already builds, to start from."""
    from trainingtips.press.kept import scripts
    from trainingtips.press.kept.new import write

    path = write(ROOT, name)
    section, _, stem = name.partition("/")
    click.echo(f"{path} builds; see it with: python -m trainingtips show {name}")
    if stem.startswith("_"):
        click.echo(f"a figure of the section is given its result as compute({stem.lstrip('_')})")
        return
    page = f"docs/{section}.md"
    there = "" if (ROOT / page).exists() else " (not there yet: docs/contributing.md, A section)"
    counters = Path(scripts.COUNTERS) / f"{name}.py"
    if (ROOT / counters).exists():
        click.echo(f"{counters} says what could have come out instead: make that yours, too")
    click.echo(f"make it yours, then put this line on {page}{there}:\n![](figures/{name}.svg)")


@main.command()
def overview():
    """Draw the README's picture anew, into .github/."""
    from trainingtips.press.building import build
    from trainingtips.press.publishing import overview

    build.build(ROOT, [overview.FIGURE], report=_report(), log=_say)
    for path in overview.write(ROOT):
        click.echo(path)


@main.command()
@click.option("--address", envvar="REPO_URL", required=True, help="The repository's (REPO_URL).")
def hosted(address):
    """Write the notebooks that Colab and Binder open, with a cell that installs the package."""
    from trainingtips.press.pages import hosted, notebooks

    notebooks.ensure_built(ROOT, say=_say)
    for name in hosted.write(ROOT, address):
        click.echo(f"{hosted.FOLDER}/{name}")


@main.command()
def anchors():
    """Append the built site's new addresses to docs/anchors.txt, where they are kept for good."""
    from trainingtips.press.publishing import anchors

    new = anchors.keep(ROOT, ROOT / "site")
    for address in new:
        click.echo(f"+ {address}")
    click.echo(f"{len(new)} new addresses; {len(anchors.kept(ROOT))} are kept")


@main.command()
def fonts():
    """Cut the pages' fonts to the signs that the built site uses, in docs/assets/fonts."""
    from trainingtips.press.publishing import fonts

    for name, size in fonts.make(ROOT).items():
        click.echo(f"{size / 1000:5.1f} kB  {name}")


@main.command()
def pdf():
    """Print the built site into build/trainingtips.pdf, by Chromium."""
    from trainingtips.press.publishing import paper

    click.echo(paper.write(ROOT))


if os.name == "nt":  # os.fork and flock
    sys.exit("trainingtips builds on Linux and macOS (on Windows, inside WSL)")
