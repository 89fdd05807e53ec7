"""One thread and one set of instructions, fixed before numpy and torch are imported.

The libraries look at these settings once, while they are imported. So the command line fixes them
before anything else, and whoever does so too late is told.
"""

import os
import sys

# One thread and one set of instructions give the same numbers on another x86-64 processor.
# (FastSurfer pull request 892: logits were bit-identical across eight machines of both vendors
# only with all of these.)
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    # numpy's own loops; its names before and from 2.4 on, and it passes over those unknown to it
    "NPY_DISABLE_CPU_FEATURES": (
        "X86_V4 AVX512_ICL AVX512_SPR AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL"
    ),
}
NAMES = frozenset(ENVIRONMENT)  # also of those that are released
_REFUSED = "NPY_ENABLE_CPU_FEATURES"  # numpy takes one of the two, and ends where it sees both
_LOOK_ONCE = ("numpy", "torch")


def pin():
    """Fix threads and instructions for everything that this process imports from now on.

    Raises RuntimeError where numpy or torch has been imported with other settings.
    """
    other = [name for name, value in ENVIRONMENT.items() if os.environ.get(name) != value]
    other += [_REFUSED] if _REFUSED in os.environ else []
    late = [name for name in _LOOK_ONCE if name in sys.modules]
    if other and late:
        raise RuntimeError(
            f"{' and '.join(late)} was imported before {', '.join(other)} could be fixed, and "
            f"looks only once; call trainingtips.press.base.pins.pin() first"
        )
    os.environ.pop(_REFUSED, None)
    os.environ.update(ENVIRONMENT)


def release(names):
    """The settings of these names are fixed no longer, and not set: the libraries choose.

    Raises RuntimeError where numpy or torch has been imported with one of them.
    """
    late = [name for name in _LOOK_ONCE if name in sys.modules]
    if late and any(name in os.environ for name in names):
        raise RuntimeError(
            f"{' and '.join(late)} was imported before {', '.join(names)} were freed"
        )
    for name in [*names, _REFUSED]:
        ENVIRONMENT.pop(name, None)
        os.environ.pop(name, None)


def environment():
    """This process's environment, with threads and instructions fixed: for another process."""
    own = {name: value for name, value in os.environ.items() if name != _REFUSED}
    return own | ENVIRONMENT
