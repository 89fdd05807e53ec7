"""The bench's own arithmetic: its rows, its record, its errors, and the loop that it is against."""

import json

import pytest
import torch

from trainingtips import timing
from trainingtips.press.checking import bench


def test_a_row_is_told_by_its_ratio_its_seconds_or_its_note():
    row = bench._row("a / b", 12.3456789, "1 s against 12 s", "≥ 10")
    assert row["ratio"] == 12.35, "four digits"
    assert bench.line(row).split() == [
        "a", "/", "b", "12.35", "×", "budget", "≥", "10", "1", "s", "against", "12", "s",
    ]  # fmt: skip
    assert bench.line(bench._row("a", None, "not installed")).split() == ["a", "not", "installed"]
    served = {"what": "an edit", "ratio": None, "seconds": 1.239, "budget": "≤ 3 s", "note": "x"}
    assert bench.line(served).split() == ["an", "edit", "1.24", "s", "budget", "≤", "3", "s", "x"]


def test_a_part_that_is_not_measured_stays_as_it_is_kept(tmp_path, monkeypatch):
    path = tmp_path / bench.PATH
    path.parent.mkdir()
    path.write_text(json.dumps({"builder": {"rows": ["kept"]}, "package": {"rows": ["old"]}}))
    rows = [bench._row("ä / b", 2.0, "note"), bench._row("c", None, "note")]
    monkeypatch.setattr(bench, "package", lambda *_: iter(rows))
    said = []
    bench.run(tmp_path, ["package"], said.append)
    record = json.loads(path.read_text("utf-8"))
    assert record["builder"] == {"rows": ["kept"]}
    assert record["package"]["rows"] == rows and said == [bench.line(each) for each in rows]
    assert record["package"]["environment"]["torch"] == torch.__version__
    assert "ä" in path.read_text("utf-8"), "readable in a review"


def test_what_was_measured_before_a_failure_is_kept(tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(bench, "package", lambda *_: iter([bench._row("a", 1.0, "")]))

    def fails(root, count):
        raise ArithmeticError
        yield

    monkeypatch.setattr(bench, "builder", fails)
    with pytest.raises(ArithmeticError):
        bench.run(tmp_path, say=lambda _: None)
    assert list(json.loads((tmp_path / bench.PATH).read_text())) == ["package"]


def test_a_peer_that_is_not_there_has_no_version(monkeypatch):
    monkeypatch.setattr(bench, "PEERS", {"none": "no-such-peer", "there": "numpy"})
    found = bench.environment("package")
    assert found["none"] is None and found["there"] == found["numpy"]
    assert found["threads"] == 1 and "instructions" not in found
    found = {
        row["what"]: row for row in bench._against("x", lambda _: 1.0, 1.0, {"none": None}, ())
    }
    assert found["x: none / ours"]["note"] == "none is not installed"


def test_an_error_is_the_root_of_the_mean_square_over_the_runs_that_count():
    """Estimates of 1 ± 0.03, one after another: each is off by 0.03."""
    found = iter([1.03, 0.97] * 8)
    _, error = bench._timed(lambda _: next(found), 1.0)
    assert error == pytest.approx(0.03)
    drawn = []
    bench._timed(lambda seed: drawn.append(torch.rand(1).item()) or 1.0, 1.0, runs=3)
    expected = [torch.rand(1, generator=torch.Generator().manual_seed(k)).item() for k in range(4)]
    assert drawn == expected, "each run draws anew, and the same in each bench"


def test_seconds_are_the_processors():
    taken = []

    def clock(function, repeats, warmup, **given):
        taken.append(given)
        return timing.Timing(1.0, 1.0, 1.0, repeats)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "time_it", clock)
        assert bench.seconds(lambda: None, 3, 0).n == 3
    assert taken == [{"clock": bench.time.process_time}]


def test_the_plain_gradient_and_the_plain_loop_are_plain():
    theta = torch.arange(4.0)
    assert bench._plain_gradient(lambda t: (t**2).sum(), theta).equal(2 * theta)

    class Set:
        x, y = torch.eye(3), torch.arange(3)

        def __len__(self):
            return 3

    network = torch.nn.Linear(3, 3)
    weight = torch.zeros(3, 3)
    with torch.no_grad():
        network.weight.copy_(weight)
        network.bias.zero_()
    bench._plain_loop(network, Set(), 0, 3, 1)
    # one step from zero: every class has probability 1/3, so the gradient is (1/3 − one-hot) / 3
    expected = bench.RATE / 3 * (torch.eye(3) - 1 / 3)
    torch.testing.assert_close(network.weight.detach(), expected)


def test_memory_over_a_loader_is_told_for_every_count(monkeypatch):
    sizes = {256: 2 * 2**20, 1024: 2 * 2**20, 4096: 2 * 2**20, 16_384: 5 * 2**20}
    monkeypatch.setattr(bench, "_peak_apart", lambda name, n: sizes[n])
    rows = list(bench.memory_of_data())
    assert [row["ratio"] for row in rows] == [2.5] * len(bench.OVER)
    note = "2.0, 2.0, 2.0, 5.0 MiB for 256, 1,024, 4,096, 16,384 pictures in batches of 64"
    assert {row["note"] for row in rows} == {note}


def test_a_measure_over_a_loader_is_taken_in_a_process_of_its_own():
    assert 2**18 < bench._peak_apart("gradient", 64) < 2**26
    with pytest.raises(RuntimeError, match=r"none of 64 pictures: .*KeyError: 'none'"):
        bench._peak_apart("none", 64)
