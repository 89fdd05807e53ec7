"""Where a number came from: versions, processor, threads."""

import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

from trainingtips.press.base import pins

PACKAGES = {"numpy": "numpy", "scipy": "scipy", "torch": "torch", "sklearn": "scikit-learn"}


def environment(libraries, others=()):
    """Versions of those of `libraries` that make numbers, and the processor's name.

    `others` are the processors of parts that were computed elsewhere: all that differ are named.
    """
    packages = (PACKAGES[name] for name in PACKAGES if name in libraries)
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
        "processor": " + ".join(dict.fromkeys([processor(), *sorted(others)])),
        "threads": int(pins.ENVIRONMENT["OMP_NUM_THREADS"]),
        "instructions": pins.ENVIRONMENT.get("ATEN_CPU_CAPABILITY", "none"),
    }


def has_gpu():
    """Whether this machine has a GPU that torch may use, told without importing torch."""
    return Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi") is not None


def processor():
    """The processor's name, as the machine tells it."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
