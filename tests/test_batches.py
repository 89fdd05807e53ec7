"""Batches against counting, per-example gradients against autograd, noise against numpy."""

from functools import partial
from itertools import combinations, islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from trainingtips import batches

MSE, CE = nn.functional.mse_loss, nn.functional.cross_entropy

sizes = st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))
numbers = st.integers(0, 2**32)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    # so small tensors gain nothing from threads, which wait for one another on a busy machine
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@given(sizes, numbers, numbers, st.sampled_from(["shuffled", "fixed"]))
def test_an_epoch_deals_every_example_once(size, seed, number, order):
    n, batch = size
    parts = batches.epoch(n, batch, seed, number, order)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    assert [len(part) for part in parts[:-1]] == [batch] * (len(parts) - 1)
    assert 1 <= len(parts[-1]) <= batch


@given(sizes, numbers, numbers, st.sampled_from(batches.ORDERS))
def test_the_same_arguments_give_the_same_epoch(size, seed, number, order):
    n, batch = size
    first, again = (batches.epoch(n, batch, seed, number, order) for _ in range(2))
    assert np.array_equal(np.concatenate(first), np.concatenate(again))


@given(sizes, numbers, st.sampled_from(batches.ORDERS))
def test_drop_last_leaves_out_the_smaller_batch_alone(size, seed, order):
    n, batch = size
    whole = batches.epoch(n, batch, seed, 3, order)
    parts = batches.epoch(n, batch, seed, 3, order, drop_last=True)
    assert len(parts) == n // batch and all(len(part) == batch for part in parts)
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=False))


@given(sizes, numbers, st.sampled_from(batches.ORDERS), st.booleans(), st.integers(0, 4))
def test_a_stream_is_the_epochs_in_turn(size, seed, order, drop_last, epochs):
    n, batch = size
    whole = [
        part
        for number in range(epochs)
        for part in batches.epoch(n, batch, seed, number, order, drop_last)
    ]
    finite = list(batches.stream(n, batch, seed, order, drop_last, epochs))
    endless = list(islice(batches.stream(n, batch, seed, order, drop_last), len(whole)))
    for found in (finite, endless):
        assert len(found) == len(whole)
        assert all(np.array_equal(a, b) for a, b in zip(found, whole, strict=True))


def _dealt(order, seed=0, number=0):
    return np.concatenate(batches.epoch(1000, 32, seed, number, order)).tolist()


def test_shuffled_epochs_differ_and_fixed_ones_do_not():
    assert _dealt("shuffled", number=1) != _dealt("shuffled")
    assert _dealt("fixed", number=1) == _dealt("fixed") == _dealt("shuffled")


@pytest.mark.parametrize("order", batches.ORDERS)
def test_seeds_give_different_orders(order):
    assert _dealt(order, seed=1) != _dealt(order, seed=0)


def test_replacement_misses_a_share_of_1_over_e():
    missed = [1 - len(set(_dealt("replacement", number=k))) / 1000 for k in range(50)]
    error = np.std(missed) / np.sqrt(50)
    assert np.mean(missed) == pytest.approx((1 - 1 / 1000) ** 1000, abs=5 * error)
    assert len(_dealt("replacement")) == 1000


def test_every_order_of_three_examples_is_as_likely():
    counts = {}
    for seed in range(1200):
        dealt = tuple(np.concatenate(batches.epoch(3, 1, seed)).tolist())
        counts[dealt] = counts.get(dealt, 0) + 1
    assert len(counts) == 6
    assert max(abs(count - 200) for count in counts.values()) < 5 * np.sqrt(200)


@pytest.mark.parametrize("batch", [0, -1, 6, 2.0, "2", None])
def test_a_wrong_batch_is_refused(batch):
    for function in (batches.epoch, batches.stream):
        with pytest.raises(ValueError, match="from 1 to N = 5; received"):
            function(5, batch)


def test_a_wrong_order_seed_or_number_is_refused():
    for function in (batches.epoch, batches.stream):
        with pytest.raises(ValueError, match="shuffled, fixed, replacement; received 'random'"):
            function(5, 2, order="random")
    with pytest.raises(ValueError, match="whole number from 0; received -1"):
        batches.epoch(5, 2, seed=-1)
    with pytest.raises(ValueError, match="from 1 to N = 0"):
        batches.epoch(0, 1)


# per-example gradients


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def _mlp():
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()


def _convolution():
    return nn.Sequential(
        nn.Unflatten(1, (1, 3)),
        nn.Conv1d(1, 2, 2),
        nn.BatchNorm1d(2),
        nn.Flatten(),
        nn.Linear(4, 2),
    ).double()


def _data(n=7, classes=None):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(n, 3, dtype=torch.float64, generator=generator)
    if classes:
        return x, torch.randint(classes, (n,), generator=generator)
    return x, torch.randn(n, 2, dtype=torch.float64, generator=generator)


def _autograd(module, criterion, x, y):
    """The gradient of the criterion over (x, y), flat, by plain backward."""
    grads = torch.autograd.grad(criterion(module(x), y), list(module.parameters()))
    return torch.cat([g.flatten() for g in grads])


@pytest.mark.parametrize("make", [_mlp, _convolution])
@pytest.mark.parametrize(("criterion", "classes"), [(MSE, None), (CE, 2)])
@pytest.mark.parametrize("chunk", [None, 1, 3])
def test_per_example_gradients_match_a_loop_of_autograd(make, criterion, classes, chunk):
    module, (x, y) = make().eval(), _data(classes=classes)
    rows = batches.per_example_gradients(module, criterion, x, y, chunk)
    loop = [_autograd(module, criterion, x[i : i + 1], y[i : i + 1]) for i in range(len(x))]
    torch.testing.assert_close(rows, torch.stack(loop), rtol=1e-12, atol=1e-14)
    whole = _autograd(module, criterion, x, y)
    torch.testing.assert_close(rows.mean(0), whole, rtol=1e-12, atol=1e-14)


def test_per_example_gradients_leave_the_module_alone():
    module, (x, y) = _convolution().eval(), _data()
    before = {k: v.clone() for k, v in module.state_dict().items()}
    rows = batches.per_example_gradients(module, MSE, x, y)
    assert not rows.requires_grad
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in module.parameters())


def test_a_counter_within_the_module_is_left_alone():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 2).double()
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            return self.layer(x)

    module, (x, y) = Counting(), _data()
    rows = batches.per_example_gradients(module, MSE, x, y)
    torch.testing.assert_close(rows, batches.per_example_gradients(module.layer, MSE, x, y))
    assert module.calls == 0


def test_batch_normalization_that_ties_examples_together_is_refused():
    x, y = _data()
    with pytest.raises(ValueError, match=r"call module\.eval\(\) first"):
        batches.per_example_gradients(_convolution(), MSE, x, y)
    without = nn.Sequential(nn.BatchNorm1d(3, track_running_stats=False), nn.Linear(3, 2)).double()
    with pytest.raises(ValueError, match="keep running statistics"):
        batches.per_example_gradients(without.eval(), MSE, x, y)


def test_whatever_ties_examples_together_is_refused():
    class Scaled(nn.Module):
        """Divided by the batch's own length, which no name of a class tells."""

        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 2).double()

        def forward(self, x):
            return self.layer(x) / self.layer(x).norm()

    x, y = _data()
    with pytest.raises(ValueError, match="ties the examples together"):
        batches.per_example_gradients(Scaled(), MSE, x, y)
    rows = batches.per_example_gradients(
        nn.Linear(3, 2).double(), nn.MSELoss(reduction="sum"), x, y
    )
    assert torch.isfinite(rows).all()  # a sum's rows add up to its gradient


def test_dropout_in_train_mode_is_refused():
    module = nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 2)).double()
    with pytest.raises(RuntimeError, match="random"):
        batches.per_example_gradients(module, MSE, *_data())


def test_examples_without_partners_are_refused():
    x, y = _data()
    with pytest.raises(ValueError, match=r"received \(7, .*\) and \(6,"):
        batches.per_example_gradients(_mlp(), MSE, x, y[:-1])
    with pytest.raises(ValueError, match=r"received \(0, .*\) and \(0,"):
        batches.per_example_gradients(_mlp(), MSE, x[:0], y[:0])


WEIGHTS = torch.tensor([1.0, 8.0], dtype=torch.float64)


def _ignoring(y):
    return torch.where(torch.arange(len(y)) % 3 == 1, -100, y)


@pytest.mark.parametrize(
    ("criterion", "change"),
    [
        (nn.CrossEntropyLoss(WEIGHTS), lambda y: y),
        (CE, _ignoring),
        (partial(CE, weight=WEIGHTS), _ignoring),
        (nn.NLLLoss(WEIGHTS, ignore_index=0), lambda y: y),
    ],
)
def test_weighted_and_ignored_examples_count_as_they_do_in_the_batch(criterion, change):
    module, (x, y) = _mlp(), _data(11, classes=2)
    y = change(y)
    rows = batches.per_example_gradients(module, criterion, x, y)
    torch.testing.assert_close(rows.mean(0), _autograd(module, criterion, x, y))
    # a row is what the example adds: without it, the sum of the counted losses is that much less
    counted = nn.CrossEntropyLoss(WEIGHTS, reduction="none")
    if criterion is not CE and not isinstance(criterion, (partial, nn.NLLLoss)):
        single = _autograd(module, lambda o, t: counted(o, t).sum(), x[:1], y[:1])
        expected = single * len(y) / WEIGHTS[y].sum()
        torch.testing.assert_close(rows[0], expected)


def test_what_an_example_counts_by_is_asked_where_it_cannot_be_told():
    def criterion(output, y):
        return CE(output, y, weight=WEIGHTS)

    module, (x, y) = _mlp(), _data(11, classes=2)
    with pytest.raises(ValueError, match=r"no mean over its batch's rows: pass weight="):
        batches.per_example_gradients(module, criterion, x, y)
    rows = batches.per_example_gradients(
        module, criterion, x, y, weight=lambda output, y: WEIGHTS[y].sum()
    )
    torch.testing.assert_close(rows.mean(0), _autograd(module, criterion, x, y))


class _Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.head = kind(1, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.cell(x[..., None])[0][:, -1])


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM, nn.RNN])
def test_per_example_gradients_of_recurrent_networks(kind):
    module, (x, y) = _Recurrent(kind).double(), _data(classes=2)
    rows = batches.per_example_gradients(module, CE, x, y)
    loop = [_autograd(module, CE, x[i : i + 1], y[i : i + 1]) for i in range(len(x))]
    torch.testing.assert_close(rows, torch.stack(loop))


class _Attentive(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Linear(1, 4), nn.Linear(4, 2)
        self.layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)

    def forward(self, x):
        return self.head(self.layer(self.embedding(x[..., None])).mean(1))


def test_per_example_gradients_of_attention():
    module, (x, y) = _Attentive().double(), _data(classes=2)
    rows = batches.per_example_gradients(module, CE, x, y)
    loop = [_autograd(module, CE, x[i : i + 1], y[i : i + 1]) for i in range(len(x))]
    torch.testing.assert_close(rows, torch.stack(loop))


def test_per_example_gradients_of_some_parameters():
    module, (x, y) = _mlp(), _data()
    whole = batches.per_example_gradients(module, MSE, x, y)
    assert torch.equal(batches.per_example_gradients(module, MSE, x, y, parameters="*"), whole)
    last = batches.per_example_gradients(module, MSE, x, y, parameters="2")
    torch.testing.assert_close(last, whole[:, 20:])
    module[0].requires_grad_(False)
    torch.testing.assert_close(batches.per_example_gradients(module, MSE, x, y), last)


def test_per_example_gradients_of_keyword_inputs():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 2)

        def forward(self, a, b):
            return self.layer(a * b)

    module, (x, y) = Two().double(), _data()
    expected = batches.per_example_gradients(module.layer, MSE, x * x, y)
    for inputs in ({"a": x, "b": x}, (x, x)):
        rows = batches.per_example_gradients(module, MSE, inputs, y)
        torch.testing.assert_close(rows, expected)


# noise


@pytest.mark.parametrize("criterion", [CE, nn.CrossEntropyLoss(WEIGHTS)])
@pytest.mark.parametrize("sample", [False, True])
def test_noise_over_a_loader_is_that_of_all_rows(criterion, sample):
    module, (x, y) = _mlp(), _data(23, classes=2)
    loader = DataLoader(TensorDataset(x, y), batch_size=5, shuffle=True)
    rows = batches.per_example_gradients(module, criterion, x, y)
    found, expected = (
        batches.noise_over(module, criterion, loader, sample=sample),
        batches.noise(rows, sample),
    )
    for name in ("gradient_norm", "variance", "scale", *(("low", "high") if sample else ())):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-8)
    with pytest.raises(ValueError, match="this one is a sum"):
        batches.noise_over(module, nn.CrossEntropyLoss(reduction="sum"), loader)


def test_the_noise_of_a_sample_is_that_of_what_it_is_drawn_from():
    # rows of variance 1 in 400 directions about a mean of length 0.2: the true scale is 10,000
    rng, mean = np.random.default_rng(0), np.full(400, 0.01)
    samples = [torch.from_numpy(rng.normal(size=(256, 400)) + mean) for _ in range(200)]
    found = [batches.noise(each, sample=True) for each in samples]
    variances = [each.variance for each in found]
    assert abs(np.mean(variances) - 400) < 4 * np.std(variances) / np.sqrt(200)
    # ‖ḡ‖² has a mean, its reciprocal has none: the unbiased part is tested, before it is cut at 0
    squares = [
        batches.noise(each).gradient_norm ** 2 - one.variance / 256
        for each, one in zip(samples, found, strict=True)
    ]
    assert abs(np.mean(squares) - 0.04) < 4 * np.std(squares) / np.sqrt(200)
    kept = [one.scale for one, square in zip(found, squares, strict=True) if square > 0]
    assert np.isclose(min(kept), 400 / max(squares), rtol=0.1)
    assert all(one.scale == np.inf for one, s in zip(found, squares, strict=True) if s <= 0)
    assert max(batches.noise(each).scale for each in samples) < 2 * 256  # the sample's own
    with pytest.raises(ValueError, match="a sample of one"):
        batches.noise(torch.ones(1, 3), sample=True)


@pytest.mark.parametrize("draw", ["normal", "exponential"])
@pytest.mark.parametrize(("n", "length"), [(64, 0.6), (256, 0.2)])
def test_the_scales_interval_covers_the_true_one(draw, n, length):
    # 40 directions of variance 1: at least 267 of 300 intervals of 95 % cover, but by 1e-4
    rng, mean = np.random.default_rng(2), np.full(40, length / np.sqrt(40))
    covers, finite = [], []
    for _ in range(300):
        rows = rng.normal(size=(n, 40)) if draw == "normal" else rng.exponential(size=(n, 40)) - 1
        found = batches.noise(torch.from_numpy(rows + mean), sample=True)
        covers.append(found.low <= 40 / length**2 <= found.high)
        finite.append(np.isfinite(found.high))
    assert sum(covers) >= 267
    assert any(finite) and found.low > 0


def test_the_interval_is_that_of_leaving_out_each_row():
    rows = _gradients(12, 3)
    found = batches.noise(rows, sample=True)

    def reciprocal(rows):
        variance = np.trace(np.cov(rows.numpy(), rowvar=False))
        return float(rows.mean(0).square().sum()) / variance - 1 / len(rows)

    each = [reciprocal(torch.cat([rows[:i], rows[i + 1 :]])) for i in range(12)]
    reach = 2.200985 * np.sqrt(11 / 12 * np.square(each - np.mean(each)).sum())  # Student's, 11
    assert 1 / found.low == pytest.approx(reciprocal(rows) + reach, rel=1e-6)
    left = reciprocal(rows) - reach
    assert found.high == (pytest.approx(1 / left, rel=1e-5) if left > 0 else np.inf)
    wide = batches.noise(rows, sample=True, confidence=0.99)
    assert wide.low < found.low and wide.high >= found.high


def _gradients(n=40, dimensions=6, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(n, dimensions)) * np.arange(1, dimensions + 1) + 0.5)


@settings(max_examples=50)
@given(st.integers(2, 30), st.integers(2, 8), numbers)
def test_noise_is_the_trace_of_numpys_covariance(n, dimensions, seed):
    gradients = _gradients(n, dimensions, seed)
    found = batches.noise(gradients)
    trace = np.trace(np.cov(gradients.numpy(), rowvar=False, bias=True))
    norm = np.linalg.norm(np.average(gradients.numpy(), axis=0))
    assert found.variance == pytest.approx(trace, rel=1e-10)
    assert found.gradient_norm == pytest.approx(norm, rel=1e-10)
    assert found.scale == pytest.approx(trace / norm**2, rel=1e-8)


def test_the_scale_is_infinite_where_the_mean_gradient_is_zero():
    assert batches.noise(torch.tensor([[1.0], [-1.0]])) == batches.Noise(0.0, 1.0, float("inf"))


def _all_batches_std(gradients, batch):
    """Root mean square over every batch without replacement: no draws, no theory."""
    rows = gradients.numpy()
    mean = rows.sum(0) / len(rows)
    found = [rows[list(c)].sum(0) / batch - mean for c in combinations(range(len(rows)), batch)]
    return np.sqrt(np.mean(np.sum(np.square(found), axis=1)))


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 8])
def test_expected_std_is_exact_over_all_batches(batch):
    gradients = _gradients(8)
    expected = _all_batches_std(gradients, batch)
    assert batches.expected_std(gradients, batch) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("batch", [1, 4, 13, 30])
def test_batch_std_agrees_with_theory(batch, replacement):
    gradients = _gradients()
    found = [batches.batch_std(gradients, batch, 200, seed, replacement) ** 2 for seed in range(40)]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    theory = batches.expected_std(gradients, batch, replacement) ** 2
    assert abs(np.mean(found) - theory) < 4.5 * error
    assert error < 0.05 * theory  # sharp enough to tell 13 of 40 with replacement from without


def test_the_whole_set_without_replacement_has_no_scatter():
    gradients = _gradients()
    assert batches.expected_std(gradients, len(gradients)) == 0
    assert batches.batch_std(gradients, len(gradients), 5) < 1e-12
    assert batches.expected_std(gradients[:1], 1) == 0


def test_batch_std_is_reproducible():
    a, b, other = (batches.batch_std(_gradients(), 4, 20, seed) for seed in (3, 3, 4))
    assert a == b != other


def test_wrong_gradients_are_refused():
    for function in (batches.noise, lambda g: batches.batch_std(g, 1)):
        with pytest.raises(ValueError, match=r"\(N, n\), N ≥ 1; received \(3,\)"):
            function(torch.zeros(3))
        with pytest.raises(ValueError, match=r"received \(0, 3\)"):
            function(torch.zeros(0, 3))
        with pytest.raises(TypeError, match=r"float tensor; received torch\.int64"):
            function(torch.zeros(3, 2, dtype=torch.int64))
        with pytest.raises(TypeError, match="received list"):
            function([[1.0]])


def test_wrong_batches_and_draws_are_refused():
    for function in (batches.expected_std, batches.batch_std):
        with pytest.raises(ValueError, match="from 1 to N = 40; received 41"):
            function(_gradients(), 41)
    with pytest.raises(ValueError, match="draws is a whole number from 1; received 0"):
        batches.batch_std(_gradients(), 4, draws=0)


def test_a_chunk_is_as_many_examples_as_are_differentiated_at_once():
    seen, (x, y) = [], (torch.ones(5, 3).double(), torch.zeros(5, 2).double())

    def criterion(output, y):
        seen.append(len(output))
        return MSE(output, y)

    for chunk, passes in ((None, 1), (2, 3), (5, 1)):
        seen.clear()
        batches.per_example_gradients(_mlp(), criterion, x, y, chunk, weight=lambda output, y: 1)
        # and the first example twice, beside one batch that the rows are compared with
        assert seen.count(1) == passes + 2
        assert all(each <= (chunk or 5) for each in seen)


class Centred(nn.Module):
    """Hidden units less their mean over the batch."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 8), nn.Linear(8, 3)

    def forward(self, x):
        hidden = self.first(x)
        return self.last(torch.tanh(hidden - hidden.mean(0)))


@pytest.mark.parametrize("counted", ["alike", "by class weights", "some ignored"])
def test_examples_that_hang_on_one_another_are_refused_however_they_count(counted):
    torch.manual_seed(0)
    x, y = torch.randn(20, 5), torch.arange(20) % 3
    weight = torch.tensor([1.0, 2.0, 3.0]) if counted == "by class weights" else None
    if counted == "some ignored":
        y[:17] = -100
    with pytest.raises(ValueError, match="ties the examples together"):
        batches.per_example_gradients(Centred(), nn.CrossEntropyLoss(weight=weight), x, y)


def test_a_criterion_with_weights_of_its_own_is_told_also_where_classes_are_sorted():
    x, y, weight = torch.randn(130, 4), torch.arange(130) // 70, torch.tensor([1.0, 9.0])
    criterion = lambda o, t: nn.functional.cross_entropy(o, t, weight=weight)  # noqa: E731
    with pytest.raises(ValueError, match="pass weight="):
        batches.per_example_gradients(nn.Linear(4, 2), criterion, x, y)


@pytest.mark.parametrize("x, y, told", [
    ({"a": torch.ones(4, 2), "b": torch.tensor(1.0)}, torch.ones(4), r"\(4, 2\) and \(\) and"),
    (torch.ones(4, 2), (torch.ones(4), torch.ones(4)), "y is one tensor of N examples; .* tuple"),
    (torch.ones(3, 2), torch.ones(4), r"received \(3, 2\) and \(4,\)"),
])  # fmt: skip
def test_x_and_y_that_do_not_fit_are_told_by_their_shapes(x, y, told):
    with pytest.raises(ValueError, match=told):
        batches.per_example_gradients(nn.Linear(2, 1), nn.functional.mse_loss, x, y)


def test_a_batch_that_is_ignored_whole_counts_in_the_noise_as_its_examples_do():
    torch.manual_seed(0)
    x, y = torch.randn(12, 3), torch.randint(4, (12,))
    y[8:] = -100
    layer, criterion = nn.Linear(3, 4), nn.CrossEntropyLoss()
    whole = batches.noise(batches.per_example_gradients(layer, criterion, x, y))
    parts = [(x[i : i + 4], y[i : i + 4]) for i in (0, 4, 8)]
    over = batches.noise_over(layer, criterion, parts)
    assert over.scale == pytest.approx(whole.scale, rel=1e-5)


@pytest.mark.parametrize("recurrent", [True, False])
def test_a_module_that_writes_into_its_input_has_the_rows_of_one_that_does_not(recurrent):
    class Writing(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.last = nn.GRU(3, 2) if recurrent else nn.Linear(3, 2), nn.Linear(2, 1)

        def forward(self, x):
            x += 1
            return self.plain(x)

        def plain(self, x):
            found = self.layer(x[None])[0][0] if recurrent else self.layer(x)
            return self.last(found.tanh())

    torch.manual_seed(0)
    network, x = Writing().double(), torch.randn(6, 3, dtype=torch.float64)
    y, kept = torch.randn(6, 1, dtype=torch.float64), x.clone()
    found = batches.per_example_gradients(network, MSE, x, y)
    assert torch.equal(x, kept)
    for row, one, answer in zip(found, x, y, strict=True):
        loss = MSE(network.plain(one[None] + 1), answer[None])
        g = torch.autograd.grad(loss, list(network.parameters()))
        torch.testing.assert_close(row, torch.cat([each.reshape(-1) for each in g]))


def test_cached_parametrizations_have_rows_of_their_own_weights():
    torch.manual_seed(0)
    network = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)).double()
    x, y = torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 2, dtype=torch.float64)
    expected = batches.per_example_gradients(network, MSE, x, y)
    with nn.utils.parametrize.cached():
        network(x)
        assert torch.equal(batches.per_example_gradients(network, MSE, x, y), expected)
