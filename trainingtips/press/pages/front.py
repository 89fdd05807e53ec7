"""What the home page has besides: tiny loss curves of real runs, and the repository's address.

{{ curve("nan") }}      one of the ten shapes of figures/when_training_fails, as a small drawing
{{ repository_link() }}      a sentence with the address, where REPO_URL gives one; else nothing
{{ install() }}      a sentence that says how the package is installed
"""

from pathlib import Path

from trainingtips.press.base import escape, paths
from trainingtips.press.base.errors import UserError
from trainingtips.press.content import numbers
from trainingtips.press.kept import results
from trainingtips.press.pages import hosted

FIGURE = "when_training_fails/shapes"
WIDTH, HEIGHT, POINTS = 120, 48, 64  # of a drawing, and points of a training that went through
TOP = 1.6  # in losses of a guess; a curve that begins above it has more room
SECOND = {"validation": "validation", "modes": "evaluated"}


def curve(root, name):
    """The loss curve of one mistake as inline SVG, in the colour of the text around it.

    The line of a guess is dotted. It says nothing to a screen reader: the words beside it do.
    Raises UserError for a name that the result does not have.
    """
    parts = _losses(root, name)
    train = parts["train"]
    top = TOP if train[0] < TOP else 1.1 * max(train)
    lines = [f'<path class="guess" d="M0 {_y(1, top):g}H{WIDTH}"/>', _line(train, top, "train")]
    if name in SECOND:
        lines.append(_line(parts[SECOND[name]], top, "second"))
    if len(train) < POINTS:  # it was not finite from there on
        x = _x(len(train) - 1, POINTS)
        lines.append(f'<path class="gone" d="M{x + 4:g} 4l8 8m0 -8l-8 8"/>')
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    shown = 'preserveAspectRatio="xMinYMid" aria-hidden="true"'
    return f'<svg class="curve" {box} {shown}>{"".join(lines)}</svg>'


def _losses(root, name):
    """{part: list of losses} of that curve, as far as it is drawn. Raises UserError."""
    where, result = f"results/{FIGURE}.json", results.kept(root, FIGURE).result
    curves = result.get("curves")
    if not isinstance(curves, dict):
        raise UserError(f"{where}: curve(…) draws its `curves`, and it has none")
    if not isinstance(name, str) or name not in curves:
        raise UserError(f"curve({paths.shown(name)}): there is {', '.join(curves)}")
    wanted = ["train", *([SECOND[name]] if name in SECOND else [])]
    found = {part: _numbers(curves[name], part) for part in wanted}
    for part, losses in found.items():
        if not losses:
            raise UserError(f"{where}: curves.{name} has no losses {paths.shown(part)} to draw")
    return found


def _numbers(curve, part):
    losses = curve.get(part) if isinstance(curve, dict) else None
    return losses.tolist() if getattr(losses, "ndim", 0) == 1 else []


def _line(values, top, name):
    count = POINTS if name == "train" else len(values)
    places = (f"{_x(i, count):g} {_y(value, top):g}" for i, value in enumerate(values))
    return f'<path class="{name}" d="M{"L".join(places)}"/>'


def _x(index, count):
    return round((index + 0.5) * WIDTH / count, 1)


def _y(value, top):
    return round(HEIGHT - 1 - (HEIGHT - 2) * min(value / top, 1.2), 1)


def repository(address):
    """A sentence that leads to the repository, as Markdown; empty where there is no address."""
    if not address:
        return ""
    shown = escape.address(address)
    return f"All of it, code, results and pages, is in [the repository]({shown})."


def install(address):
    """How the package is installed, as Markdown: from the repository's `address`, or a clone."""
    if not address:
        return "In a clone of the project, `pip install .` installs the package."
    return f"`pip install {hosted.package(address)}` installs the package."


def define_env(env):
    """Called by mkdocs-macros: its macros `curve`, `repository_link` and `install`."""
    root = Path(env.conf["config_file_path"]).parent

    def drawn(name):
        return curve(root, name)

    def told():
        return repository(env.conf["extra"].get("repository"))

    def installed():
        return install(env.conf["extra"].get("repository"))

    env.macro(numbers.collected_macro(drawn, "curve"), "curve")
    env.macro(numbers.collected_macro(installed, "install"), "install")
    env.macro(numbers.collected_macro(told, "repository_link"), "repository_link")
