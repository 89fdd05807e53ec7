"""What compute() may not use, since no key can cover it, is refused where it is used.

A result depends on code, INPUTS and the results that it builds on. Reading another file of the
project or of the user's, an environment variable, the clock, chance without a seed, another program
or the network would change a number without a change of the key. What libraries read for themselves
is left alone: their own files, settings and temporary files.

The order of a set of texts, `hash(text)` and `id` cannot be seen; each interpreter has others, so
that `trainingtips reproduce`, which computes in another process, tells them. Nor are files that a
library opens without Python, and whether a file is there.
"""

import os
import random
import sys
import sysconfig
import tempfile
import time

from trainingtips.press.base import pins
from trainingtips.press.base.errors import ScriptError

CLOCKS = ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns")
CLOCKS += ("process_time", "process_time_ns", "thread_time", "thread_time_ns")
CLOCKS += ("clock_gettime", "clock_gettime_ns")
DATES = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}  # what gives a time
PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"}
NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
LISTINGS = {"os.listdir", "os.scandir"}
MOVES = {"os.link", "os.symlink", "os.rename", "os.remove"}  # a name that is another file's then
# modules that call what they are given, in a thread in which the project is not seen
_POOLS = (
    os.path.join("concurrent", "futures", "thread.py"),
    os.path.join("multiprocessing", "pool.py"),
)
_SYSTEM = (
    "/proc",
    "/sys",
    "/dev",
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/opt",
    "/nix",
    "/var",
)
_CACHES = ("torchinductor", "triton", "matplotlib", "pymp-", "joblib", "torch")  # in /tmp


class Impure(ScriptError):
    """compute() used what its key does not cover."""


class _Watch:
    """Where the project is, and what was refused so far."""

    def __init__(self, root, inputs, modules, hardware):
        self.root, self.hardware = os.path.realpath(root), hardware
        self.inputs = {os.path.realpath(os.path.join(self.root, each)) for each in inputs}
        self.sources = {os.path.join(self.root, each.path) for each in modules.values()}
        self.libraries = libraries(self.root)
        # asked for here: it opens files to find out, and holds a lock while it does
        self.temporary, self.home = os.path.realpath(_temporary()), os.path.expanduser("~")
        self.start, self.faults, self.own = time.time(), [], set()


def _temporary():
    try:
        return tempfile.gettempdir()
    except OSError:  # it tries to write there, and the disk is full
        return os.environ.get("TMPDIR", "/tmp")


_watch = None  # the one of the compute() that runs in this process
_hooked = False
_undo = []


def start(root, script, modules):
    """From now on until `stop`, refuse. Call it before the project's modules are imported."""
    global _watch, _hooked
    stop()
    _watch = _Watch(root, script.inputs, modules, script.hardware)
    if not _hooked:
        sys.addaudithook(_heard)
        _hooked = True
    if not script.hardware:
        _watch_clocks()
    _watch_chance()
    _watch_environment()


def stop():
    """End the watch. Raises Impure with the first thing that was refused, if anything was."""
    global _watch
    while _undo:
        setattr(*_undo.pop())
    ended, _watch = _watch, None
    if ended and ended.faults:
        raise Impure(ended.faults[0])


def refuse(what):
    """Raise Impure with the script's line; `stop` raises it again where a script has caught it."""
    frame, where = sys._getframe(1), ""
    while frame is not None and not where:
        if is_ours(frame.f_code.co_filename):
            path = os.path.relpath(frame.f_code.co_filename, _watch.root)
            where = f"{path}:{frame.f_lineno}: "
        frame = frame.f_back
    if _watch is not None:
        _watch.faults.append(where + what)
    raise Impure(where + what)


def lies_within(path, folder):
    """Whether a file lies in that folder."""
    return bool(path) and f"{path}".startswith(f"{folder}{os.sep}")


def is_ours(path):
    """Whether that is a source of the project, no library's within it and not the builder's."""
    if _watch is None or path.endswith("__main__.py") or not lies_within(path, _watch.root):
        return False
    return not any(lies_within(path, each) for each in _watch.libraries)


def libraries(root):
    """Folders whose files are read by libraries for themselves."""
    found = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()]
    found += [each for each in sys.path if each]
    found += [os.path.join(root, "trainingtips", "press")]  # the builder itself
    every = {each for path in found for each in (os.path.abspath(path), os.path.realpath(path))}
    return [each for each in every if not f"{root}{os.sep}".startswith(f"{each}{os.sep}")]


def _heard(event, arguments):
    if _watch is None:
        return
    if event == "open":
        _opened(*arguments)
    elif event in LISTINGS:
        frame = sys._getframe(1)
        if "importlib" not in frame.f_code.co_filename:
            _looked_at(arguments[0] or ".", "lists the folder", "name its files in INPUTS")
    elif event in MOVES:
        _moved(event, *map(_absolute, arguments[:2]))
    elif event in PROGRAMS and not _watch.hardware and _by_ours():
        refuse("compute() starts another program, which its key does not cover")
    elif event in NETWORK and _by_ours():
        refuse("compute() uses the network, which its key does not cover")


def _opened(path, mode, flags):
    if isinstance(path, int) or not path:
        return
    flags = flags if isinstance(flags, int) else 0
    if (isinstance(mode, str) and set(mode) & set("wxa")) or flags & os.O_WRONLY:
        # what is there already, and is written behind or not at all, is still another's
        if flags & os.O_TRUNC or not os.path.lexists(path):
            _watch.own.add(_absolute(path))
    else:
        _looked_at(path, "reads", "name it in INPUTS")


def _absolute(path):
    return path if isinstance(path, int) else os.path.abspath(os.fsdecode(path))


def _moved(event, old, new):
    """A written file that is renamed stays one's own; what else a name leads to is not."""
    if event == "os.remove":
        _watch.own.discard(old)
    elif event == "os.rename" and old in _watch.own:
        _watch.own.remove(old)
        _watch.own.add(new)
    else:
        _watch.own.discard(new)


def _looked_at(path, does, remedy):
    if isinstance(path, int):
        return
    path = os.path.abspath(os.fsdecode(path))
    if path in _watch.own or any(lies_within(path, each) for each in _watch.libraries):
        return
    real = os.path.realpath(path)
    if any(lies_within(real, each) for each in _watch.libraries):
        return
    if lies_within(real, _watch.root) or real == _watch.root:
        if real in _watch.inputs or real in _watch.sources:
            return
        name = os.path.relpath(real, _watch.root)
        refuse(f"compute() {does} {name}, which its key does not cover; {remedy}")
    elif _is_called_by_ours() if _is_hidden(real) else not _is_of_the_system(real) and _by_ours():
        refuse(f"compute() {does} {path}, outside of the project; put it there, and {remedy}")


def _is_of_the_system(path):
    temporary = _watch.temporary
    if lies_within(path, temporary):
        if os.path.relpath(path, temporary).startswith(_CACHES):
            return True
        try:
            return os.stat(path).st_ctime >= _watch.start - 1
        except OSError:
            return True
    return any(lies_within(path, each) for each in _SYSTEM) or not os.path.exists(path)


def _is_hidden(path):
    """Whether that is a setting of the user's, which libraries read for themselves."""
    home = _watch.home
    return lies_within(path, home) and os.path.relpath(path, home).startswith(".")


def _by_ours():
    """Whether the project is at work, and not only imported by the builder."""
    frame, paths = sys._getframe(2), []
    while frame is not None:
        paths.append(frame.f_code.co_filename)
        if is_ours(paths[-1]):
            return True
        frame = frame.f_back
    return _is_handed_on(paths)


def _is_handed_on(paths):
    """Whether a pool's thread does what it was given, and no library's code comes in between."""
    others = [path for path in paths if path != __file__]
    return any(map(_is_pool, others)) and all(map(_is_standard, others))


def _is_pool(path):
    return path.endswith(_POOLS)


def _is_standard(path):
    """Whether that is a file of the standard library, or code that has none."""
    standard = os.path.dirname(os.__file__)
    return "site-packages" not in path and (path.startswith(standard) or path[:1] == "<")


def _replace(owner, name, value):
    _undo.append((owner, name, getattr(owner, name)))
    setattr(owner, name, value)


def _watch_clocks():
    for name in CLOCKS:
        _replace(time, name, _clock(getattr(time, name), name, None))
    for name, given in DATES.items():
        _replace(time, name, _clock(getattr(time, name), name, given))


def _clock(real, name, given):
    def clock(*arguments):
        path = sys._getframe(1).f_code.co_filename
        now = given is None or len(arguments) <= given
        if now and _watch is not None and (is_ours(path) or _is_pool(path)):
            refuse(
                f"compute() reads the clock, time.{name}(), so that its numbers are others each "
                f"time; a measurement of this machine says HARDWARE = True"
            )
        return real(*arguments)

    clock.__name__ = name
    return clock


def _watch_chance():
    """What has no seed takes one of the system's: there it is noticed."""
    seed = random.Random.seed

    def seeded(self, a=None, version=2):
        if a is None and _is_called_by_ours():
            refuse("compute() draws at random without a seed: random.Random(seed)")
        return seed(self, a, version)

    _replace(random.Random, "seed", seeded)
    _replace(os, "urandom", _unseeded(os.urandom))
    _replace(random, "_urandom", _unseeded(random._urandom))
    if "numpy" in sys.modules:
        bits = sys.modules["numpy"].random.bit_generator
        if hasattr(bits, "randbits"):
            _replace(bits, "randbits", _unseeded(bits.randbits))
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        for owner in (torch, torch.random):
            _replace(owner, "seed", _unseeded(owner.seed))


def _unseeded(real):
    def drawn(*arguments):
        if _is_called_by_ours():
            refuse("compute() draws at random without a seed; give one: default_rng(SEED)")
        return real(*arguments)

    return drawn


def _is_called_by_ours():
    """Whether the project asks, not a library: the standard library passes on what it is asked."""
    frame, paths = sys._getframe(1), []
    while frame is not None:
        path = frame.f_code.co_filename
        if path == __file__:
            frame = frame.f_back
            continue
        if is_ours(path):
            return True
        if not _is_standard(path) or path.endswith("tempfile.py") or "importlib" in path:
            return False
        paths.append(path)
        frame = frame.f_back
    return _is_handed_on(paths)


class _Environment(os._Environ):
    """os.environ, which tells the project nothing but what is the same everywhere."""

    def __getitem__(self, name):
        _asked(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        _asked(name)
        return super().__contains__(name)

    def __iter__(self):
        _asked(None)
        return super().__iter__()

    def __len__(self):
        _asked(None)
        return super().__len__()

    def __setitem__(self, name, value):
        if _watch is not None:
            _watch.own.add(f"${name}")
        super().__setitem__(name, value)


def _watch_environment():
    _replace(os.environ, "__class__", _Environment)
    if hasattr(os, "environb"):
        _replace(os.environb, "__class__", _Environment)


def _asked(name):
    if _watch is None or name in pins.NAMES or f"${name}" in _watch.own:
        return
    if _is_called_by_ours():
        what = "environment variables" if name is None else f"the environment variable {name}"
        refuse(f"compute() reads {what}, which its key does not cover; make it a constant")
