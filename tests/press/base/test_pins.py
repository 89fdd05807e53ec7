"""What is pinned here, and who came too late; what numpy makes of it: test_instructions.py."""

from types import SimpleNamespace

import pytest

from trainingtips.press.base import pins

REFUSED = "NPY_ENABLE_CPU_FEATURES"


@pytest.fixture
def process(monkeypatch):
    """An environment and imported modules of this test's own, for `pins` alone."""
    mine = SimpleNamespace(
        environ={"HOME": "/home", "OMP_NUM_THREADS": "7", REFUSED: "AVX"}, modules={}
    )
    monkeypatch.setattr(pins, "os", mine)
    monkeypatch.setattr(pins, "sys", mine)
    return mine


def test_pin_fixes_this_processs_environment(process):
    pins.pin()
    assert process.environ == {"HOME": "/home"} | pins.ENVIRONMENT
    pins.pin()  # once more is no mistake


def test_pinned_already_no_one_is_late(process):
    process.environ = dict(pins.ENVIRONMENT)
    process.modules = {"numpy": 1, "torch": 2}
    pins.pin()


def test_who_comes_late_is_told_who_was_early(process):
    process.modules = {"torch": 1}
    process.environ = pins.ENVIRONMENT | {"MKL_CBWR": "SSE"}
    with pytest.raises(RuntimeError, match=r"^torch was imported before MKL_CBWR could be fixed"):
        pins.pin()
    assert process.environ["MKL_CBWR"] == "SSE"
    process.modules = {"torch": 1, "numpy": 2}
    process.environ = pins.ENVIRONMENT | {"MKL_CBWR": "SSE", REFUSED: "AVX"}
    with pytest.raises(RuntimeError, match=f"^numpy and torch was .* before MKL_CBWR, {REFUSED} c"):
        pins.pin()


def test_another_process_gets_the_same_and_this_one_stays(process):
    assert pins.environment() == {"HOME": "/home"} | pins.ENVIRONMENT
    assert process.environ == {"HOME": "/home", "OMP_NUM_THREADS": "7", REFUSED: "AVX"}


def test_what_is_released_is_neither_fixed_nor_set(process, monkeypatch):
    monkeypatch.setattr(pins, "ENVIRONMENT", dict(pins.ENVIRONMENT))
    before = dict(pins.ENVIRONMENT)
    process.environ = before | {"HOME": "/home", REFUSED: "AVX"}
    pins.release(["MKL_CBWR", "UNKNOWN"])
    left = {name: value for name, value in before.items() if name != "MKL_CBWR"}
    assert left == pins.ENVIRONMENT
    assert process.environ == left | {"HOME": "/home"}
    pins.release(["MKL_CBWR"])  # once more is no mistake


def test_who_is_released_late_is_told(process):
    process.modules = {"torch": 1}
    pins.release(["MKL_CBWR_OTHER"])  # it was not set when torch looked
    process.environ = {"MKL_CBWR": "AVX2"}
    with pytest.raises(RuntimeError, match=r"^torch was imported before MKL_CBWR were freed"):
        pins.release(["MKL_CBWR"])
