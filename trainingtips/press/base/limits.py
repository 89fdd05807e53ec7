"""Limits of time, memory and size: generous, and told with how to raise them.

What a page's sources ask for is bounded, so that a mistake in one of them ends in a sentence that
names it, and not in a machine that no longer answers.
"""

import contextlib
import os
import resource
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from trainingtips.press.base import paths
from trainingtips.press.base.errors import UserError

BYTES = 2**20  # of a text that a page is made from; the longest has a twentieth of it


@dataclass(frozen=True)
class Setting:
    """A limit, and the environment variable that sets another."""

    variable: str
    default: float
    unit: str

    def value(self):
        """The limit as it is set. Raises UserError for one that is no positive number."""
        text = os.environ.get(self.variable, "")
        try:
            found = float(text or self.default)
        except ValueError:
            found = -1
        if not 0 < found < 1e9:
            raise UserError(
                f"{self.variable} is a number of {self.unit}; received {paths.shown(text)}"
            )
        return found

    def __str__(self):
        return f"{self.value():g} {self.unit} ({self.variable} sets another limit)"


def text(path, where, most=BYTES):
    """The text of that file, UTF-8. Raises UserError for one that is too large, before reading it.

    `where` is what the file is called in the message.
    """
    size = Path(path).stat().st_size
    if size > most:
        raise UserError(f"{where}: it has {size:,} bytes; {most:,} are right at most")
    data = Path(path).read_bytes()
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{where}:{line}: the byte 0x{data[error.start]:02x} is no UTF-8; save it as UTF-8"
        ) from None


@contextlib.contextmanager
def within(seconds, memory, where):
    """What runs inside ends with UserError after that time, or where it takes more memory.

    `seconds` and `memory` are `Setting`s, of s and GiB. Only the main thread can be interrupted:
    elsewhere nothing is limited.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(*_):
        raise UserError(f"{where}: it ran for more than {seconds}")

    before = signal.signal(signal.SIGALRM, late)
    try:
        with _less_memory(memory.value()), _alarm(seconds.value()):
            yield
    except MemoryError:
        raise UserError(f"{where}: it took more than {memory}") from None
    finally:
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _alarm(seconds):
    """Within the limit of memory: an alarm as this ends must not keep that from being lifted."""
    # and again each second: an error raised in a weak reference's callback is lost
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def _less_memory(more):
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit_memory(more)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def limit_memory(more):
    """From now on this process gets `more` GiB beyond what it has; Linux alone counts them."""
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    asked = pages * resource.getpagesize() + int(more * 2**30)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    known = [each for each in (soft, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([asked, *known]), hard))
