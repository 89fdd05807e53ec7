"""One figure, whole: compute where asked, check the claim, draw. Runs in a process of its own."""

import gc
import importlib.util
import inspect
import pickle
import random
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from trainingtips import chance, parallel
from trainingtips.press.base import fresh, provenance
from trainingtips.press.base.errors import ScriptError, UserError
from trainingtips.press.building import drawing
from trainingtips.press.kept import claims, parts, records, results, scripts


class FigureFailed(UserError):
    """The script raised, its claim failed or its result cannot be kept."""


@dataclass(frozen=True)
class Task:
    """What computing a script's result takes, or a part of it, wherever it is done."""

    key: str  # of the result
    arguments: dict  # plain results that compute() builds on
    libraries: frozenset  # packages whose versions belong to the result
    known: tuple = ()  # for each call of `parallel.each` so far, its `parts.Done`
    part: bytes | None = None  # only this part: the pickle of (function, item)
    draw: int = 0  # of `trainingtips.chance`; 0 in a build


@dataclass(frozen=True)
class Computed:
    """A result just computed, and the seconds that it took, its parts' included."""

    kept: results.Kept
    seconds: float


@dataclass(frozen=True)
class Made:
    """What one run gives back to the builder, which alone writes files."""

    kept: results.Kept
    pictures: dict  # file name -> (SVG bytes, width, height)
    computed: float  # seconds; 0 where the kept result was used
    drawn: float


def make(root, script, task, kept=None):
    """Make the figure of `script`: a `Made`, or the `parts.Split` that its compute() asks for.

    `kept` is its result so far, the `Computed` one that comes from elsewhere, or None to compute
    it here. Raises FigureFailed with the message for the user.
    """
    module = load(root, script)
    computed = 0.0
    if kept is None:
        kept = _compute(module, script, task)
    if isinstance(kept, parts.Split):
        return kept
    if isinstance(kept, Computed):
        kept, computed = kept.kept, kept.seconds
    elif kept.verdict != script.verdict or kept.key != task.key:
        known = kept.key if script.hardware else task.key
        kept = results.Kept(known, script.verdict, kept.seconds, kept.environment, kept.plain)
    if script.shared:
        return Made(kept, {}, computed, 0.0)
    start = time.perf_counter()
    gc.disable()  # a fifth of the drawing's time; this process ends with it
    try:
        claims.check(module, script.claim, kept.result, script.illustration)
        pictures = drawing.pictures(script, module.draw, kept.result)
    except (claims.ClaimFailed, ScriptError) as failure:
        raise FigureFailed(str(failure)) from None
    except (Exception, SystemExit) as error:
        raise FigureFailed(own_traceback(root, script, error)) from None
    return Made(kept, pictures, computed, time.perf_counter() - start)


def compute(root, script, task):
    """The `Computed` result of `script`, or the `parts.Split` that its compute() asks for."""
    with chance.drawn(task.draw):
        return _compute(load(root, script), script, task)


def do_part(root, script, task):
    """The `parts.Done` of one part of the script's compute()."""
    with chance.drawn(task.draw):
        load(root, script)  # the part's function is found in it
        _seed()
        start = time.perf_counter()
        try:
            function, item = pickle.loads(task.part)
            value = pickle.dumps(function(item))
        except Exception as error:
            raise FigureFailed(own_traceback(root, script, error)) from None
    return parts.Done(value, time.perf_counter() - start, provenance.processor())


def png(root, script, kept, path, theme, narrow, scale=2):
    """Draw one variant into a PNG file on the page's background, `scale` pixels a CSS pixel."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from trainingtips import plotting

    width = records.NARROW if narrow else records.WIDE
    with plotting.style(theme):
        drawn = drawing.figure_for(load(root, script).draw, kept.result, width, theme)
        FigureCanvasAgg(drawn)
        background = plotting.BACKGROUND[theme]
        drawn.savefig(
            path, dpi=drawing.DPI * scale, facecolor=background, metadata={"Software": None}
        )


def elsewhere(root, script, options):
    """The result of `script` with other `options`, such as {"data": "mnist"}, computed now.

    The options go to whatever takes them: this compute() and those that it builds on. The result
    is returned, not kept: the page's is on the page's own data. Raises UserError where none of
    them takes an option.
    """
    taken = set()
    result = _with_options(root, script, options, taken)
    missing = sorted(set(options) - taken)
    if missing:
        raise UserError(
            f"{script.name} has no option {missing[0]!r}: its compute() does not take it"
        )
    return result


def _with_options(root, script, options, taken):
    module = load(root, script)
    accepted = {name for name, p in inspect.signature(module.compute).parameters.items()
                if p.kind is p.KEYWORD_ONLY}  # fmt: skip
    taken |= accepted & set(options)
    arguments, known = {}, scripts.find_names(root)
    for argument in script.arguments:
        names = (f"{script.section}/_{argument}", f"{script.section}/{argument}")
        above = scripts.read_script(root, next(name for name in names if name in known))
        arguments[argument] = _with_options(root, above, options, taken)
    _seed()
    given = {name: options[name] for name in accepted & set(options)}
    try:
        return results.decode(results.encode(module.compute(**arguments, **given)))
    except Exception as error:  # also what the library says of a device or a file
        raise FigureFailed(own_traceback(root, script, error)) from None


def altered(root, script, kept, message):
    """Say of a result that was changed by hand what its claim expects and what now stands there."""
    lines = [message, f"the claim: {script.claim}"]
    if not script.shared:
        try:
            claims.check(load(root, script), script.claim, kept.result, script.illustration)
            lines.append("(the claim would still hold with the changed numbers)")
        except claims.ClaimFailed as failure:
            lines += str(failure).splitlines()[1:]
        except Exception as error:
            lines.append(
                f"(with the changed numbers, claim() raises {type(error).__name__}: {error})"
            )
    raise FigureFailed("\n".join(lines))


def load(root, script):
    """The script as a module. Raises FigureFailed where importing it raises."""
    root = str(root)
    if root not in sys.path:
        sys.path.insert(0, root)
    fresh.read_source_under(root)
    path = Path(root) / script.path
    loader = fresh.Loader(script.module, str(path))
    spec = importlib.util.spec_from_file_location(script.module, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[script.module] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise FigureFailed(own_traceback(root, script, error)) from None
    return module


def _compute(module, script, task):
    _seed()
    start = time.perf_counter()
    arguments = {name: results.decode(each) for name, each in task.arguments.items()}
    try:
        with parallel.done_by(parts.Answers(task.known)):
            value = module.compute(**arguments)
    except parts.Stopped as stopped:
        return stopped.split
    except (Exception, SystemExit) as error:
        root = Path(module.__file__).parents[2]
        raise FigureFailed(own_traceback(root, script, error)) from None
    done = [part for call in task.known for part in call]
    seconds = time.perf_counter() - start + sum(part.seconds for part in done)
    if not isinstance(value, dict):
        raise FigureFailed(f"compute() returns a dict; received {type(value).__name__}")
    environment = provenance.environment(task.libraries, [part.processor for part in done])
    rounded = float(f"{seconds:.3g}")
    try:
        plain = results.encode(value)
        kept = results.Kept(task.key, script.verdict, rounded, environment, plain)
        results.check_size(kept)
    except UserError as error:
        raise FigureFailed(f"compute() returned what cannot be kept: {error}") from None
    return Computed(kept, seconds)


def _seed():
    """A script that forgets to seed still gives the same numbers twice, and others by each draw."""
    number = chance.seed(0)
    random.seed(number)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(number)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.set_num_threads(1)
        torch.manual_seed(number)
        torch.use_deterministic_algorithms(True)


def own_traceback(root, script, error):
    """The error as the script's author needs it: from the script's own line, none of ours."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, SystemExit):
        told = f"sys.exit({'' if error.code is None else repr(error.code)})"
        error = SystemExit(
            f"{told} ends no build; return from the function, or raise an error"
        ).with_traceback(error.__traceback__)
    frames = traceback.extract_tb(error.__traceback__)
    own = str(Path(root) / script.path)
    first = next((i for i, frame in enumerate(frames) if frame.filename == own), 0)
    if isinstance(
        error, OSError
    ):  # a file that is not there is no bug: the script's line is enough
        frames = [frame for frame in frames if frame.filename == own]
        first = 0
    shown = [frame for frame in frames[first:] if "/press/" not in frame.filename]
    text = "".join(traceback.format_list(shown)).replace(f"{root}/", "")
    return text + "".join(traceback.format_exception_only(error)).rstrip()
