"""The loss over a loader's batches against the loss over all examples at once."""

import random
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from tests.test_flat import Model
from trainingtips import curvature
from trainingtips.flat import flat_loss

CE = nn.functional.cross_entropy
DOUBLE = torch.float64
WEIGHTS = torch.tensor([1.0, 6.0, 0.2], dtype=DOUBLE)
CRITERIA = {
    "mean": CE,
    "weighted": nn.CrossEntropyLoss(WEIGHTS),
    "ignoring": partial(CE, ignore_index=1, weight=WEIGHTS),
    "sum": nn.CrossEntropyLoss(reduction="sum"),
}


def network(dtype=DOUBLE):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 3)).to(dtype)


def examples(n=37, dtype=DOUBLE):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(n, 6, generator=generator, dtype=DOUBLE).to(dtype)
    return x, torch.randint(3, (n,), generator=generator)


def both(criterion=CE, batch=8, shuffle=False):
    """(over the loader, over all at once, θ); the last batch is smaller."""
    net, (x, y) = network(), examples()
    loader = DataLoader(TensorDataset(x, y), batch_size=batch, shuffle=shuffle)
    over, theta = flat_loss(net, criterion, loader)
    return over, flat_loss(net, criterion, x, y)[0], theta


@pytest.mark.parametrize("criterion", CRITERIA)
def test_value_gradient_and_products_are_those_of_all_examples(criterion):
    over, whole, theta = both(CRITERIA[criterion])
    torch.testing.assert_close(over(theta), whole(theta))
    torch.testing.assert_close(curvature.gradient(over, theta), curvature.gradient(whole, theta))
    expected = torch.autograd.functional.hessian(whole, theta)
    torch.testing.assert_close(curvature.hessian(over, theta), expected)
    torch.testing.assert_close(curvature.hvp(over, theta, theta), expected @ theta)
    # also through torch's own double backward, as by one who does not know of batches
    torch.testing.assert_close(torch.autograd.functional.hessian(over, theta), expected)


@pytest.mark.parametrize("shuffle", [False, True])
def test_every_measure_is_that_of_all_examples(shuffle):
    over, whole, theta = both(shuffle=shuffle)
    found, expected = curvature.eigenpairs(over, theta), curvature.eigenpairs(whole, theta)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6)
    for measure in (
        lambda loss: curvature.trace(loss, theta, 12).mean,
        lambda loss: curvature.sharpness(loss, theta),
        lambda loss: curvature.adaptive_sharpness(loss, theta),
        lambda loss: curvature.spectral_density(loss, theta, 2, 8).points[-1],
        lambda loss: curvature.eigenpairs(*curvature.relative(loss, theta))[0][-1],
    ):
        assert measure(over) == pytest.approx(measure(whole), rel=1e-6)


def test_one_batch_is_held_at_a_time():
    alive = [0, 0]

    class Counted(torch.autograd.Function):
        """The identity, which counts how many of its graphs live at once."""

        @staticmethod
        def forward(ctx, x):
            ctx.one = One()
            return x.clone()

        @staticmethod
        def backward(ctx, up):
            return up

    class One:
        def __init__(self):
            alive[0] += 1
            alive[1] = max(alive)

        def __del__(self):
            alive[0] -= 1

    x, y = examples()
    loader = DataLoader(TensorDataset(x, y), batch_size=4)

    def criterion(output, y):
        return CE(Counted.apply(output), y)

    over, theta = flat_loss(network(), criterion, loader, weight=lambda output, y: len(y))
    curvature.gradient(over, theta)
    curvature.hvp(over, theta, torch.stack([theta] * 3))
    curvature.trace(over, theta, 6)
    assert alive == [0, 2]  # the batch at hand, and the one before while it is being replaced


def test_shuffling_is_the_same_each_time_and_leaves_others_random_numbers_alone():
    net, (x, y) = network(), examples()
    net.insert(1, nn.BatchNorm1d(10).double())  # in train mode it matters who is with whom
    for generator in (None, torch.Generator().manual_seed(3)):
        loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True, generator=generator)
        over, theta = flat_loss(net, CE, loader)
        with pytest.warns(UserWarning, match="normalizes by each batch's own mean"):
            over(theta)
        torch.manual_seed(5)
        before = generator.get_state() if generator else None
        values = {float(over(theta)) for _ in range(3)}
        drawn = torch.rand(3)
        assert len(values) == 1
        torch.manual_seed(5)
        assert torch.equal(torch.rand(3), drawn)
        assert generator is None or torch.equal(generator.get_state(), before)


@pytest.mark.parametrize("draw", [np.random.normal, random.random])
def test_changing_examples_are_noticed(draw):
    class Augmented(Dataset):
        def __len__(self):
            return 12

        def __getitem__(self, i):
            return torch.full((6,), draw(), dtype=DOUBLE), i % 3

    over, theta = flat_loss(network(), CE, DataLoader(Augmented(), batch_size=4))
    with pytest.raises(ValueError, match=r"batch 0 of the loader is not what it was.*list\(loader"):
        over(theta)
        over(theta)


def test_augmentation_by_torchs_numbers_is_fixed():
    class Augmented(Dataset):
        def __len__(self):
            return 12

        def __getitem__(self, i):
            return torch.randn(6, dtype=DOUBLE), i % 3

    over, theta = flat_loss(network(), CE, DataLoader(Augmented(), batch_size=4))
    assert len({float(over(theta)) for _ in range(3)}) == 1


def test_batches_added_taken_away_or_changed_in_place_are_noticed():
    x, y = examples(12)
    batches = [(x[:5].clone(), y[:5]), (x[5:], y[5:])]
    over, theta = flat_loss(network(), CE, batches)
    over(theta)
    batches.append((x, y))
    with pytest.raises(ValueError, match="batch 2 of the loader is not what it was"):
        over(theta)
    del batches[1:]
    with pytest.raises(ValueError, match=r"had 2 batches and now has 1|shorter"):
        over(theta)
    batches.append((x[5:], y[5:]))
    batches[0][0][3, 2] += 1e-9
    with pytest.raises(ValueError, match="batch 0 of the loader is not what it was"):
        over(theta)


def test_dropout_in_train_mode_is_named_over_a_loader():
    net = network()
    net.insert(2, nn.Dropout(0.5))
    over, theta = flat_loss(net, CE, [examples()])
    with pytest.raises(ValueError, match=r"2 \(Dropout\)"):
        curvature.gradient(over, theta)


@pytest.mark.parametrize("criterion", ["its own", "given"])
@pytest.mark.parametrize("shifted", [True, False])
def test_a_language_models_batches_of_dicts(criterion, shifted):
    class Masked(Model):
        def forward(self, input_ids, labels=None):
            logits = super().forward(input_ids).logits
            loss = None if labels is None else CE(logits.flatten(0, 1), labels.flatten())
            return SimpleNamespace(loss=loss, logits=logits)

    torch.manual_seed(0)
    model = (Model if shifted else Masked)().double().eval()
    ids = torch.randint(7, (9, 5))
    labels = ids.clone()
    labels[torch.rand(labels.shape) < 0.4] = -100

    def own(out, y):
        logits = out.logits[:, :-1] if shifted else out.logits
        return CE(logits.flatten(0, 1), (y[:, 1:] if shifted else y).flatten())

    def counted(out, y):
        return int(((y[:, 1:] if shifted else y) != -100).sum())

    batches = [
        {"input_ids": ids[part], "labels": labels[part]} for part in (slice(0, 4), slice(4, 9))
    ]
    given = (None, None) if criterion == "its own" else (own, counted)
    over, theta = flat_loss(model, given[0], batches, weight=given[1])
    whole, _ = flat_loss(model, own, {"input_ids": ids}, labels)
    torch.testing.assert_close(over(theta), whole(theta))
    v = torch.randn_like(theta)
    torch.testing.assert_close(curvature.hvp(over, theta, v), curvature.hvp(whole, theta, v))


def test_several_inputs_and_a_batch_without_any_label():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(6, 3)

        def forward(self, a, b):
            return self.layer(a + b)

    torch.manual_seed(0)
    net, (x, y) = Two().double(), examples(12)
    y[:4] = -100
    batches = [(x[:4], x[:4], y[:4]), (x[4:], x[4:], y[4:])]
    over, theta = flat_loss(net, CE, batches)
    whole, _ = flat_loss(net, CE, (x, x), y)
    torch.testing.assert_close(curvature.gradient(over, theta), curvature.gradient(whole, theta))
    torch.testing.assert_close(curvature.hessian(over, theta), curvature.hessian(whole, theta))


@pytest.mark.parametrize("way", ["train", "eval", "no running mean", "one batch"])
def test_batch_normalization_by_each_batch_is_warned_of_once(way):
    net, (x, y) = network(), examples(12)
    net.insert(1, nn.BatchNorm1d(10, track_running_stats=way != "no running mean").double())
    net.train(way in ("train", "one batch"))
    loader = [(x, y)] if way == "one batch" else [(x[:4], y[:4]), (x[4:], y[4:])]
    over, theta = flat_loss(net, CE, loader)
    if way in ("train", "no running mean"):
        with pytest.warns(UserWarning, match=r"1 \(BatchNorm1d\).*module\.eval\(\)") as told:
            over(theta), curvature.gradient(over, theta), over(theta)
        assert len(told) == 1
        value = sum(len(t) / 12 * CE(net(part), t) for part, t in loader)
        torch.testing.assert_close(over(theta), value.detach())
        linear = curvature.gauss_newton(flat_loss(net, CE, loader)[0], theta)
        with pytest.warns(UserWarning, match="normalizes by each batch's own mean"):
            linear(theta)
    else:  # and nothing is told where a batch's examples have nothing to do with each other
        torch.testing.assert_close(over(theta), flat_loss(net, CE, x, y)[0](theta))


class Own(nn.Module):
    """A normalization over the batch that somebody wrote."""

    def forward(self, x):
        return (x - x.mean(0)) / x.std(0)


def test_what_else_ties_a_batch_together_is_warned_of_and_what_does_not_is_not():
    net, (x, y) = network(), examples(24)
    loader = [(x[:10], y[:10]), (x[10:], y[10:])]
    for harmless in (nn.LayerNorm(10), nn.Dropout(0.0), nn.GroupNorm(2, 10)):
        net.insert(1, harmless.double())
        over, theta = flat_loss(net, CE, loader)
        torch.testing.assert_close(over(theta), flat_loss(net, CE, x, y)[0](theta))
        del net[1]
    net.insert(1, Own())
    over, theta = flat_loss(net, CE, loader)
    before = torch.get_rng_state()
    with pytest.warns(UserWarning, match="ties the examples of a batch together") as told:
        over(theta), over(theta)
    assert len(told) == 1 and torch.equal(before, torch.get_rng_state())


def test_half_precision_batches():
    net, (x, y) = network(torch.bfloat16), examples(12, torch.bfloat16)
    over, theta = flat_loss(net, CE, [(x[:5], y[:5]), (x[5:], y[5:])])
    torch.testing.assert_close(over(theta), flat_loss(net, CE, x, y)[0](theta))


@pytest.mark.parametrize("sizes", [[1] * 7, [1, 3, 3], [3, 3, 1], [7], [1, 1, 5]])
@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_one_s_own_sum_or_mean_over_batches_of_any_size(kind, sizes):
    def criterion(output, y):
        return getattr((output.log_softmax(1).gather(1, y[:, None]) ** 2), kind)()

    net, (x, y) = network(), examples(7)
    over, theta = flat_loss(net, criterion, list(zip(x.split(sizes), y.split(sizes), strict=True)))
    whole, _ = flat_loss(net, criterion, x, y)
    torch.testing.assert_close(over(theta), whole(theta))
    torch.testing.assert_close(curvature.gradient(over, theta), curvature.gradient(whole, theta))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_a_loss_that_begins_at_zero_has_the_derivatives_of_all_examples(kind, known):
    def criterion(output, y):
        off = output - y
        found = getattr(torch.where(off.abs() < dead, 0, off).square(), kind)()
        return found if known or found < 0.03 else found + torch.nan  # it takes no other outputs

    dead = 0 if known else 1e-9
    net, (x, _) = network(), examples(7)
    y = net(x).detach()
    over, theta = flat_loss(net, criterion, [(x[:1], y[:1]), (x[1:4], y[1:4]), (x[4:], y[4:])])
    whole, _ = flat_loss(net, criterion, x, y)
    if known:
        found = curvature.hessian(over, theta)
        torch.testing.assert_close(found, curvature.hessian(whole, theta), rtol=1e-6, atol=1e-9)
    assert float(over(theta)) < 1e-30
    torch.testing.assert_close(over(1.01 * theta), whole(1.01 * theta))


@pytest.mark.parametrize(
    ("loader", "error", "told"),
    [
        (iter([]), TypeError, "gone through again; received list_iterator"),
        (torch.ones(3, 6), TypeError, "DataLoader or a list of batches.*received Tensor"),
        (3, TypeError, "received int"),
        ([], ValueError, "no batches"),
        ([(torch.ones(3, 6),)], TypeError, r"\(x, y\).*received a tuple of 1, without a y"),
        ([torch.ones(3, 6)], TypeError, r"a batch is \(x, y\).*received Tensor"),
        ([{"ids": torch.ones(3, 6)}], ValueError, "y is its 'labels'; received ids"),
        ([(torch.ones(2, 6).double(), torch.full((2,), -100))], ValueError, "count by 0"),
    ],
)
def test_what_is_no_loader_is_refused(loader, error, told):
    with pytest.raises(error, match=told):
        over, theta = flat_loss(network(), CE, loader)
        over(theta)
