"""Archives that a reader or a script names: looked at by their headers, never unpacked for it."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from trainingtips.press.base.errors import ScriptError, UsageError
from trainingtips.press.kept import given, scripts

EVIL = "given_was_unpickled"


class Evil:
    def __reduce__(self):
        return (open, (EVIL, "w"))


def archive(path, **members):
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)


def header(shape, descr="<f8"):
    data = io.BytesIO()
    head = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(data, head)
    return data.getvalue()


def objects():
    return header((1,), "|O") + pickle.dumps(Evil())


FAULTS = {
    "objects": ({"x": objects()}, r"'x\.npy' holds Python objects, which are never loaded"),
    "too few bytes": ({"x": header((10,))}, r"is said to be \(10,\) .* 80 bytes, and has 0"),
    "too many": ({"x": header(()) + bytes(16)}, r"8 bytes, and has 16"),
    "terabytes": ({"x": header((2**40,))}, r"8,796,093,022,208 bytes, and has 0"),
    "no array": ({"x": b"words"}, "magic string"),
    "nothing": ({"x": b""}, "magic string|EOF"),
    "version 3": ({"x": b"\x93NUMPY\x03\x00" + bytes(10)}, r"of version \(3, 0\) of numpy"),
    "code": ({"x": b"\x93NUMPY\x01\x00\x10\x00__import__('os')"}, "malformed node"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_an_archive_with_a_fault_is_refused_unread(tmp_path, monkeypatch, fault):
    monkeypatch.chdir(tmp_path)
    members, words = FAULTS[fault]
    archive("a.npz", **members)
    with pytest.raises(UsageError, match=rf"^--data 'a\.npz': .*(?:{words})") as told:
        given.check("a.npz")
    assert len(str(told.value)) < 300 and not os.path.exists(EVIL)


def test_what_is_no_archive_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.npz")  # would be waited for
    os.mkdir("folder.npz")
    (tmp_path / "text.npz").write_text("words")
    for name, words in {
        "pipe.npz": "it is not a file", "folder.npz": "it is not a file",
        "text.npz": "not a zip file", "none.npz": "No such file",
        "a.csv": "the path of an .npz file", "mnists": "is one of digits, mnist, cifar10",
    }.items():  # fmt: skip
        with pytest.raises(UsageError, match=words):
            given.check(name)


@pytest.mark.parametrize("name", given.NAMES)
def test_known_names_pass(name):
    given.check(name)


def test_what_numpy_writes_passes(tmp_path):
    path = str(tmp_path / "a.npz")
    for write in (np.savez, np.savez_compressed):
        write(
            path, x=np.ones((3, 4)), y=np.arange(3), words=np.array(["a", "bc"]), one=np.float32(1)
        )
        given.check(path)


def test_an_archive_whose_directory_promises_too_much(tmp_path, monkeypatch):
    path = str(tmp_path / "a.npz")
    np.savez(path, x=np.ones(100), y=np.ones(100))
    monkeypatch.setattr(given, "BYTES", 1500)
    with pytest.raises(UsageError, match=r"it unpacks to 1,8\d\d bytes; 1,500 are right at most"):
        given.check(path)


def test_inputs_are_told_by_their_script(tmp_path):
    archive(tmp_path / "a.npz", x=objects())
    (tmp_path / "a.csv").write_text("1,2")
    script = scripts.Script("demo/a", "", "", "", "", "holds", False, ("a.csv", "a.npz"), ())
    told = r"^figures/demo/a\.py: INPUTS names 'a\.npz': 'x\.npy' holds Python objects"
    with pytest.raises(ScriptError, match=told):
        given.check_inputs(tmp_path, script)
