"""Where a number came from, against what Python, pip and the system say."""

import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

from trainingtips.press.base import pins, provenance, versions


def test_only_the_libraries_that_make_numbers_are_told():
    told = provenance.environment({"numpy", "sklearn", "json", "matplotlib"})
    assert list(told) == ["python", "numpy", "scikit-learn", "processor", "threads", "instructions"]
    assert told["python"] == platform.python_version()
    assert told["numpy"] == metadata.version("numpy")
    assert told["scikit-learn"] == metadata.version("scikit-learn")
    assert told["processor"] == provenance.processor()
    assert told["threads"] == 1 and told["instructions"] == "avx2"


def test_the_processor_is_what_the_system_tells(monkeypatch):
    text = "model\t\t: 1\nmodel name\t: A: fast \nmodel name\t: B\n"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "read_text", lambda path, **_: text * (str(path) == "/proc/cpuinfo"))
    assert provenance.processor() == "A: fast"


def test_elsewhere_it_is_what_python_tells(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    assert provenance.processor() == "arm"
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "riscv")
    assert provenance.processor() == "riscv"


def test_a_name_in_no_known_encoding_is_no_error(monkeypatch, tmp_path):
    (tmp_path / "cpuinfo").write_bytes(b"model name\t: \xff1\n")
    read = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda _, **how: read(tmp_path / "cpuinfo", **how))
    monkeypatch.setattr(sys, "platform", "linux")
    assert provenance.processor() == "\ufffd1"


def test_threads_and_instructions_are_those_that_are_pinned(monkeypatch):
    other = pins.ENVIRONMENT | {"OMP_NUM_THREADS": "3", "ATEN_CPU_CAPABILITY": "avx512"}
    monkeypatch.setattr(pins, "ENVIRONMENT", other)
    told = provenance.environment([])
    assert (told["threads"], told["instructions"]) == (3, "avx512")


def test_a_gpu_is_told_by_its_device_or_its_tool(monkeypatch):
    there = set()
    monkeypatch.setattr(Path, "exists", lambda path: str(path) in there)
    monkeypatch.setattr(shutil, "which", lambda name: name if name in there else None)
    assert provenance.has_gpu() is False
    for sign in ("/dev/nvidiactl", "nvidia-smi"):
        there.clear()
        there.add(sign)
        assert provenance.has_gpu() is True


def test_a_version_is_that_of_the_packages_metadata(tmp_path, monkeypatch):
    assert versions.installed("numpy") == metadata.version("numpy")
    assert versions.installed("scikit-learn") == metadata.version("scikit-learn")
    for name in ("Some_Tool-1.2.dist-info", "some_tool.py", "some_tool-9.txt", "other-3.dist-info"):
        (tmp_path / name).touch()
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "none"), str(tmp_path)])
    assert versions.distribution("some-tool") == "Some_Tool-1.2.dist-info"
    assert versions.installed("SOME-tool") == "1.2" and versions.installed("other") == "3"
    assert versions.distribution("some") is None and versions.installed("tool") is None
