"""Another processor's arithmetic on this one: which vector instructions the libraries may use.

Workers ordinarily run with `pins.ENVIRONMENT`, which fixes torch, oneDNN, MKL, OpenBLAS and
numpy's own loops at AVX2: what a processor without AVX-512 does. "avx2" is the same; "default" is
what a processor without either does. "none" fixes none: each library takes what it likes best of
what the processor has.
"""

from pathlib import Path

from trainingtips.press.base import pins
from trainingtips.press.base.errors import UsageError

_ABOVE_AVX2 = pins.ENVIRONMENT["NPY_DISABLE_CPU_FEATURES"]
_ABOVE_SSE = f"{_ABOVE_AVX2} X86_V3 AVX2 FMA3 F16C AVX"

SETS = {
    "default": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_CBWR": "COMPATIBLE",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": _ABOVE_SSE,
    },
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_CBWR": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": _ABOVE_AVX2,
    },
    "avx512": {
        "ATEN_CPU_CAPABILITY": "avx512",
        "ONEDNN_MAX_CPU_ISA": "AVX512_CORE",
        "MKL_CBWR": "AVX512",
        "OPENBLAS_CORETYPE": "SkylakeX",
        "NPY_DISABLE_CPU_FEATURES": "",
    },
}
FREE = "none"
_FLAGS = {"default": "sse4_2", "avx2": "avx2", "avx512": "avx512f"}  # in /proc/cpuinfo


def present():
    """Names of the sets that this processor has, from the oldest on."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text(errors="replace").split())
    except OSError:  # not Linux: the libraries choose for themselves there
        return []
    return [name for name, flag in _FLAGS.items() if flag in flags]


def use(name):
    """This process and its workers use the set of that name from now on; FREE fixes none.

    Raises UsageError where there is none, RuntimeError where numpy or torch is imported already.
    """
    if name == FREE:
        pins.release(SETS["avx2"])
        return
    known = present()
    if name not in known:
        there = f"this processor has {', '.join(known)}" if known else "none can be chosen here"
        raise UsageError(f"no instructions {name!r}; {there}")
    pins.ENVIRONMENT.update(SETS[name])
    pins.pin()
