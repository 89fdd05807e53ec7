"""The bench beside the peers: its problems, its oracle, what it counts, and that it goes on."""

import json
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from trainingtips import curvature
from trainingtips.press.checking import bench, bench_peers
from trainingtips.press.checking.bench_peers import OURS, Problem


def small():
    torch.manual_seed(0)
    x, y = torch.randn(24, 9), torch.arange(24) % 3
    network = nn.Sequential(nn.Linear(9, 6), nn.Tanh(), nn.Linear(6, 3))
    return Problem(network, [(x[:8], y[:8]), (x[8:16], y[8:16]), (x[16:], y[16:])])


def spectrum():
    """Of the small problem, by numpy of torch's whole Hessian in float64."""
    found = small()
    x, y = (torch.cat(each) for each in zip(*found.loader, strict=True))
    loss, theta = curvature.flat_loss(found.network.double(), cross_entropy, x.double(), y)
    return np.linalg.eigvalsh(torch.autograd.functional.hessian(loss, theta).numpy())


@pytest.mark.parametrize("name", bench_peers.NETWORKS)
def test_a_problem_is_the_same_each_time_in_eight_equal_batches(name):
    one, other = bench_peers.problem(name), bench_peers.problem(name)
    assert len(one.loader) == 8 and len({len(y) for _, y in one.loader}) == 1
    assert not one.network.training
    x, y = one.loader[0]
    assert torch.equal(one.network(x[:2]), other.network(x[:2]))
    assert cross_entropy(one.network(x[:2]), y[:2]).isfinite()


def test_the_ends_of_the_spectrum_are_numpys():
    exact = spectrum()
    assert bench_peers.end(small(), "λ_max") == pytest.approx(exact[-1], rel=1e-7)
    assert bench_peers.end(small(), "λ_min") == pytest.approx(exact[0], rel=1e-7)


def test_our_measures_are_those_of_the_problem_and_products_are_counted():
    exact = spectrum()
    for measure, expected in {"λ_max": exact[-1], "λ_min": exact[0], "trace": exact.sum()}.items():
        given = small()
        value, _ = bench_peers._ours(given, measure)
        assert value == pytest.approx(expected, rel=1e-3, abs=1e-3)
        assert 0 < given.products <= 200
    value, error = bench_peers._ours(small(), "noise scale")
    assert value > 0 and error is None


def test_a_call_counts_by_its_vectors():
    given, seen = Problem(None, []), []
    times = given.counted(lambda v, *rest: seen.append(rest))
    for v, rest in ((torch.ones(3), ()), (torch.ones(5, 3), ()), (np.ones(3), ()), ([1], (2,))):
        times(v, *rest)
    assert given.products == 1 + 5 + 1 + 1 and seen[-1] == (2,)


def test_a_rows_error_is_that_of_its_value_or_its_own():
    known = {"λ_max": 2.0, "weights": 7}
    found = {"found": 2.1, "error": None, "seconds": 1.23456, "products": 4, "bytes": 10.0}
    row = partial(bench_peers.row, name="GPT", package="p", known=known)
    assert row("λ_max", found=found)["error"] == pytest.approx(0.05)
    assert row("density", found=found)["error"] == pytest.approx(0.05)
    trace = row("trace", found=found | {"error": 0.3})
    assert trace["error"] == 0.3 and trace["seconds"] == 1.235 and trace["weights"] == 7
    failed = row("λ_max", found={"fails": "p is not installed"})
    assert failed["note"] == "p is not installed" and failed["seconds"] is None
    assert bench.line(failed).split()[-4:] == ["p", "is", "not", "installed"]
    told = bench.line(row("λ_max", found=found | {"seconds": 1.5, "bytes": 7e6}))
    assert " ".join(told.split()) == "λ_max, GPT: p 1.50 s 4 products, 7 MB, error 5.0e-02"


@pytest.fixture
def asked(monkeypatch):
    """The tasks that are run, each of which finds the same."""
    tasks = []

    def run(folder, *task):
        tasks.append(task)
        if task[-1] == "PyHessian":
            return {"fails": "IndexError: too many indices"}
        value = {"found": 2.0, "error": None, "seconds": 1.0, "products": 9, "bytes": 1e6}
        return {"prepared": {"weights": 5}, "exact": {task[-1]: 2.0}}.get(task[0], value)

    monkeypatch.setattr(bench_peers, "_in_a_process", run)
    monkeypatch.setattr(bench_peers, "_version", lambda peer: "1" if peer != "curvlinops" else None)
    return tasks


def test_every_measure_by_every_package_that_is_there(tmp_path, asked):
    rows = list(bench_peers.rows(tmp_path))
    wanted = [(m, n, p) for (m, n), packages in bench_peers.MEASURES.items() for p in packages]
    assert [(row["measure"], row["network"], row["package"]) for row in rows] == wanted
    assert ("measured", "GPT", "λ_max", OURS) in asked
    assert not [task for task in asked if "curvlinops" in task]
    notes = {row["package"]: row["note"] for row in rows}
    assert notes["curvlinops"] == "curvlinops is not installed"
    assert notes["PyHessian"].startswith("IndexError") and notes[OURS] == ""


def test_it_goes_on_where_it_was_unless_the_code_is_another(tmp_path, asked, monkeypatch):
    rows = bench_peers.rows(tmp_path)
    next(rows), next(rows)
    rows.close()
    begun = len(asked)
    list(bench_peers.rows(tmp_path))
    assert len(asked) == len(set(asked)) and len(asked) > begun
    monkeypatch.setattr(bench_peers, "_state", lambda: "other")
    list(bench_peers.rows(tmp_path))
    assert len(asked) == 2 * len(set(asked))
    bench_peers.forget(tmp_path)
    assert not list((tmp_path / "build").iterdir())


def test_a_network_that_cannot_be_trained_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_peers, "_in_a_process", lambda *_: {"fails": "no"})
    with pytest.raises(RuntimeError, match="ResNet, without any package: no"):
        list(bench_peers.rows(tmp_path))


def test_an_error_of_a_package_is_an_answer_and_a_dead_process_is_none(tmp_path, monkeypatch):
    found = bench_peers.answer(tmp_path, "measured", "no such network", "trace", OURS)
    assert found == {"fails": "KeyError: 'no such network'"}
    monkeypatch.setattr(bench_peers.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="measured: GPT: status 1"):
        bench_peers._in_a_process(tmp_path, "measured", "GPT")


def test_a_process_of_its_own_measures_once(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_peers, "problem", lambda name, state=None: small())
    found = bench_peers.measured(tmp_path, "small", "trace", OURS)
    assert found.keys() == {"found", "error", "seconds", "products", "bytes"}
    assert found["products"] >= 50 and found["seconds"] > 0
    assert json.loads(json.dumps(found)) == found
