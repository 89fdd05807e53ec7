"""One figure, whole: compute where asked, check the claim, draw. Runs in a process of its own."""

import contextlib
import gc
import hashlib
import importlib.util
import inspect
import os
import pickle
import random
import sys
import time
import traceback
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from trainingtips import chance
from trainingtips.press.base import fresh, provenance
from trainingtips.press.base.errors import ScriptError, UserError
from trainingtips.press.building import counters, drawing, sliced, witness
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
    code: str = ""  # what the key is of, without the results that it builds on
    # {module: `keys.Module`} that the key is of, and {path in INPUTS: hash}: not sent, worked out
    modules: dict = field(default_factory=dict, repr=False)
    inputs: dict = field(default_factory=dict, repr=False)


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


def make(root, script, task, kept):
    """Make the figure of `script` from `kept`: a `Made`.

    `kept` is its result so far, or the `Computed` one. `task.modules` are the project's texts that
    it is made of. Raises FigureFailed with the message for the user.
    """
    if task.modules:
        sliced.install(root, task.modules, alone=False)
    try:
        module = _loaded(root, script, task)
    except FigureFailed:
        raise
    except (Exception, SystemExit) as error:
        raise FigureFailed(own_traceback(root, script, error)) from None
    computed = 0.0
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
        counters.check(root, script, module, kept)
        pictures = drawing.pictures(script, module.draw, kept.result)
    except (claims.ClaimFailed, ScriptError) as failure:
        raise FigureFailed(str(failure)) from None
    except (Exception, SystemExit) as error:
        raise FigureFailed(own_traceback(root, script, error)) from None
    return Made(kept, pictures, computed, time.perf_counter() - start)


def compute(root, script, task):
    """The `Computed` result of `script`, or the `parts.Split` that its compute() asks for."""

    def do():
        _give_draw(task)
        module = _loaded(root, script, task)
        arguments = {
            name: each if name == "setting" else results.decode(each)  # that is as it is written
            for name, each in task.arguments.items()
        }
        _seed()
        start = time.process_time()
        try:
            with _parted(task):
                return module.compute(**arguments), time.process_time() - start
        except parts.Stopped as stopped:
            return stopped.split, 0

    value, seconds = _watched(root, script, task, do)
    if isinstance(value, parts.Split):
        return value
    return _encoded(script, task, value, seconds)


def do_part(root, script, task):
    """The `parts.Done` of one part of the script's compute()."""

    def do():
        _give_draw(task)
        _loaded(root, script, task)  # the part's function is found in it
        _seed()
        start = time.process_time()
        function, item = pickle.loads(task.part)
        return pickle.dumps(function(item)), time.process_time() - start

    return parts.Done(*_watched(root, script, task, do), provenance.processor())


def _watched(root, script, task, do):
    """`do()` with the slice of the project alone, and nothing that the key does not cover."""
    inputs = _stamps(root, task.inputs)
    try:
        with chance.drawn(task.draw):
            _seed()
            witness.start(root, script, task.modules)
            try:
                sliced.install(root, task.modules)
                value = do()
            finally:
                witness.stop()
    except FigureFailed:
        raise
    except (Exception, SystemExit) as error:
        raise FigureFailed(own_traceback(root, script, error)) from None
    if inputs != _stamps(root, task.inputs):
        raise FigureFailed("its INPUTS changed while it was computed; build it again")
    return value


def _stamps(root, inputs):
    """What tells that a file was written to, also where its text is the same again."""
    found = []
    for path, known in inputs.items():
        about = os.stat(Path(root) / path)
        if hashlib.sha256((Path(root) / path).read_bytes()).hexdigest() != known:
            raise FigureFailed(f"{path} of its INPUTS has changed since the build began")
        found.append((about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns))
    return found


def _give_draw(task):
    """The project's own `chance` was imported anew, and is not the builder's."""
    if chance.__name__ in task.modules:
        importlib.import_module(chance.__name__)._draw = task.draw


@contextlib.contextmanager
def _parted(task):
    """Within it, the `parallel.each` that the project imports is answered by what is known."""
    name = "trainingtips.parallel"
    if name in task.modules or name not in sys.modules:
        ours = task.modules.get(name)
        backend = vars(importlib.import_module(name)).get("_backend") if ours else None
    else:
        backend = vars(sys.modules[name])["_backend"]  # a library's
    if type(backend) is not ContextVar:  # what is left out refuses even `isinstance`
        yield  # nothing that is reached asks for parts
        return
    token = backend.set(parts.Answers(task.known))
    try:
        yield
    finally:
        backend.reset(token)


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
    """The script as a module, from the disk. Raises FigureFailed where importing it raises."""
    sliced.remove()
    _on_path(root)
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


def _on_path(root):
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    fresh.read_source_under(root)


def _loaded(root, script, task):
    """The script as a module, from the texts of the task where it has them."""
    if not task.modules:
        return load(root, script)
    _on_path(root)
    return importlib.import_module(script.module)


def _encoded(script, task, value, seconds):
    done = [part for call in task.known for part in call]
    seconds += sum(part.seconds for part in done)
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
    """The global generators, which networks draw their weights from, begin at the same place.

    It is another one in each draw. One that a script makes for itself has its own seed: `witness`.
    """
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
