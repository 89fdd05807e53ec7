"""Threads and instructions are fixed before numpy is imported: it looks at them once."""

import json
import os
import subprocess
import sys

import pytest

from tests.projects import ROOT
from trainingtips.press.checking import instructions

# what the libraries themselves say, as numbers: a name is as good as its length
SEEN = '''"""It is computed with one thread, and with AVX2."""

import numpy as np
import threadpoolctl
from numpy._core._multiarray_umath import __cpu_features__

ALT = "A line."


def compute():
    blas = [each for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"]
    wide = [name for name in __cpu_features__ if name in ("X86_V4", "AVX512_SKX")]
    return {
        "threads": max(each["num_threads"] for each in blas),
        "architecture": [each["architecture"] for each in blas],
        "wide": sum(__cpu_features__[name] for name in wide),
        "product": float(np.ones(4) @ np.ones(4)),
    }


def claim(result):
    assert result["product"] == 4


def draw(result, figure):
    figure.subplots().plot([0, result["threads"]])
'''


@pytest.fixture
def seen(project, monkeypatch):
    for name in [n for n in os.environ if n.startswith(("OMP_", "OPENBLAS_", "MKL_", "NPY_"))]:
        monkeypatch.delenv(name)
    project.write("figures/demo/seen.py", SEEN)
    return project


def result(project):
    return json.loads((project.root / "results/demo/seen.json").read_text())["result"]


def test_a_worker_computes_with_one_thread_and_avx2(seen):
    seen.build()
    found = result(seen)
    assert found["threads"] == 1
    assert found["wide"] == 0
    if instructions.present():
        assert set(found["architecture"]) == {"Haswell"}
    assert "3 of 3 reproduced" in seen.run("reproduce")


@pytest.mark.skipif("avx512" not in instructions.present(), reason="no AVX-512 here")
def test_other_instructions_reach_numpy_and_its_blas(seen):
    seen.build()
    output = seen.run("reproduce", "--instructions", "avx512", status=1)
    assert "wide: kept 0, new 1" in output or "wide: kept 0, new 2" in output
    assert "SkylakeX" in output


LATE = """
import numpy
from trainingtips.press.base import pins
pins.pin()
"""


def test_too_late_is_told():
    env = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    env["PYTHONPATH"] = str(ROOT)
    done = subprocess.run([sys.executable, "-c", LATE], env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert "numpy was imported before" in done.stderr
    assert "OMP_NUM_THREADS" in done.stderr
