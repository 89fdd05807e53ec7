"""Data against scikit-learn's own arrays, and every malformed file that the docstring names."""

import gzip
import hashlib
import json
from urllib.error import URLError

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from trainingtips import data


def test_digits_are_scikit_learns():
    digits = data.load("digits")
    expected = load_digits()
    np.testing.assert_allclose(digits.x * 16, expected.data)
    np.testing.assert_array_equal(digits.y, expected.target)
    assert (digits.x.dtype, digits.y.dtype) == (torch.float32, torch.int64)
    assert (digits.x.min(), digits.x.max(), digits.classes) == (0, 1, 10)


def test_split_is_seeded_and_without_overlap():
    digits = data.load("digits")
    train, rest = digits.split(1024, seed=3)
    assert (len(train), len(rest), rest.classes) == (1024, 773, 10)
    assert torch.equal(train.x, digits.split(1024, seed=3)[0].x)
    assert not torch.equal(train.x, digits.split(1024, seed=4)[0].x)

    def rows(*parts):
        return sorted((*x.tolist(), y.item()) for p in parts for x, y in zip(p.x, p.y, strict=True))

    assert rows(train, rest) == rows(digits)


@pytest.mark.parametrize("train", [0, 1797, -1, 0.8])
def test_split_refuses(train):
    with pytest.raises(ValueError, match=f"1797; received {train}"):
        data.load("digits").split(train)


X, Y = np.ones((3, 2)), np.array([0, 1, 2])


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": X}, "no array 'y'"),
        ({"y": Y}, "no array 'x'"),
        ({}, "nothing"),
        ({"x": X, "y": np.zeros(4, int)}, r"\(4,\)"),
        ({"x": X, "y": Y[:, None]}, r"\(3, 1\)"),
        ({"x": np.ones(3), "y": Y}, r"\(3,\)"),
        ({"x": np.ones((0, 2)), "y": np.zeros(0, int)}, r"\(0, 2\)"),
        ({"x": X * np.nan, "y": Y}, "6 values that are not finite"),
        ({"x": X.astype(str), "y": Y}, "x holds numbers"),
        ({"x": X, "y": np.array([0, 1, -1])}, "received -1"),
        ({"x": X, "y": Y, "classes": 2}, "from 0 to 1; received 2"),
        ({"x": X, "y": Y, "classes": 0}, "classes"),
        ({"x": X, "y": Y, "classes": [3, 3]}, "classes"),
        ({"x": X, "y": np.zeros(3)}, "float64"),
    ],
)
def test_malformed_npz_is_refused(tmp_path, arrays, words):
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(ValueError, match=words) as raised:
        data.load(tmp_path / "own.npz")
    assert "own.npz" in str(raised.value)


def test_own_npz(tmp_path):
    x = np.arange(12).reshape(3, 2, 2)
    np.savez(tmp_path / "own.npz", x=x, y=Y)
    own = data.load(tmp_path / "own.npz")
    np.testing.assert_array_equal(own.x, x.reshape(3, 4))
    assert (own.x.dtype, own.y.tolist(), own.classes) == (torch.float32, [0, 1, 2], 3)
    np.savez(tmp_path / "more.npz", x=x, y=Y, classes=7)
    assert data.load(tmp_path / "more.npz").classes == 7


def test_missing_files_and_unknown_names(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.npz"):
        data.load(tmp_path / "missing.npz")
    with pytest.raises(ValueError, match=r"'digitz'.*'mnist'"):
        data.load("digitz")


def test_pickled_arrays_are_never_executed(tmp_path):
    np.savez(tmp_path / "bad.npz", x=np.array([{"a": 1}], dtype=object), y=np.zeros(1, int))
    with pytest.raises(ValueError, match="pickle"):
        data.load(tmp_path / "bad.npz")


def openml_cache(folder, number, x, labels):
    """A cache as scikit-learn leaves it after fetching x, (N, F), and labels, words, (N,)."""
    features = [f"pixel{i}" for i in range(x.shape[1])]
    classes = sorted(set(labels))
    lines = ["@RELATION small", *(f"@ATTRIBUTE {name} real" for name in features)]
    lines += [f"@ATTRIBUTE class {{{','.join(classes)}}}", "@DATA"]
    lines += [",".join([*map(str, row), y]) for row, y in zip(x, labels, strict=True)]
    arff = "\n".join(lines).encode() + b"\n"

    def feature(i, name, kind, target):
        chosen = {"nominal_value": classes} if target == "true" else {}
        flags = {"is_target": target, "is_ignore": "false", "is_row_identifier": "false"}
        flags |= {"number_of_missing_values": "0"}
        return {"index": str(i), "name": name, "data_type": kind, **flags, **chosen}

    listed = [feature(i, name, "numeric", "false") for i, name in enumerate(features)]
    listed.append(feature(len(features), "class", "nominal", "true"))
    url = "https://www.openml.org/data/v1/download/1/small.arff"
    about = {"id": str(number), "name": "small", "version": "1", "status": "active", "url": url}
    about |= {"format": "ARFF", "description": "", "md5_checksum": hashlib.md5(arff).hexdigest()}
    qualities = [{"name": "NumberOfInstances", "value": str(len(x))}]
    contents = {
        f"api/v1/json/data/{number}": {"data_set_description": about},
        f"api/v1/json/data/features/{number}": {"data_features": {"feature": listed}},
        f"api/v1/json/data/qualities/{number}": {"data_qualities": {"quality": qualities}},
        "data/v1/download/1/small.arff": arff,
    }
    for path, content in contents.items():
        file = folder / "openml" / "openml.org" / f"{path}.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        file.write_bytes(gzip.compress(raw))


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_openml_sets_are_read_from_the_cache(tmp_path, monkeypatch, name):
    number, _, top = data.OPENML[name]
    x = np.random.default_rng(0).integers(0, 256, (12, 5))
    labels = [str(i % 10) for i in range(12)]
    openml_cache(tmp_path, number, x, labels)
    monkeypatch.setitem(data.OPENML, name, (number, (12, 5), top))
    small = data.load(name, cache=tmp_path)
    np.testing.assert_allclose(small.x, x / 255, rtol=1e-6)
    assert small.y.tolist() == [int(label) for label in labels]
    assert (small.x.dtype, small.classes) == (torch.float32, 10)


@pytest.mark.parametrize(
    ("labels", "words"), [(["0", "1", "12"], "received 12"), (["0", "1", "cat"], "cat")]
)
def test_openml_sets_with_wrong_labels(tmp_path, monkeypatch, labels, words):
    number, _, top = data.OPENML["mnist"]
    openml_cache(tmp_path, number, np.ones((3, 2), int), labels)
    with pytest.raises(ValueError, match=r"expected x of shape \(70000, 784\)"):
        data.load("mnist", cache=tmp_path)
    monkeypatch.setitem(data.OPENML, "mnist", (number, (3, 2), top))
    with pytest.raises(ValueError, match=words):
        data.load("mnist", cache=tmp_path)


@pytest.mark.filterwarnings("ignore:A network error occurred")
def test_no_cache_and_no_network(tmp_path, monkeypatch):
    def offline(*args, **options):
        raise URLError("no network")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", offline)
    with pytest.raises(ConnectionError, match=r"mnist is not in the cache.*\.npz"):
        data.load("mnist", cache=tmp_path)


@pytest.mark.parametrize("train", [1, 1796])
def test_a_split_may_leave_one_example_on_a_side(train):
    parts = data.load("digits").split(train)
    assert [len(part) for part in parts] == [train, 1797 - train]


def test_relabelling_leaves_the_rest_alone():
    train, _ = data.load("digits").split(1024, seed=0)
    noisy = data.relabelled(train, 0.2)
    wrong = float((noisy.y != train.y).double().mean())
    assert 0.14 < wrong < 0.22  # a tenth of the drawn labels are right by chance
    assert torch.equal(noisy.x, train.x)
    assert torch.equal(data.relabelled(train, 0.0).y, train.y)
