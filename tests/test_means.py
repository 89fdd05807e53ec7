"""What a loss is a mean over: batches' losses, so counted, add up to the loss of all at once."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from trainingtips.means import Divisor

DOUBLE = torch.float64
WEIGHTS = torch.tensor([1.0, 7.0, 0.5], dtype=DOUBLE)
SIZES = [5, 1, 9, 1, 2]  # unequal, and batches of one


def classes(n, *tail):
    return torch.randint(3, (n, *tail))


def ignoring(n, *tail):
    y = classes(n, *tail)
    y[torch.rand(y.shape) < 0.4] = -100
    return y


def real(n, *tail):
    return torch.rand(n, *tail, dtype=DOUBLE)


# criterion, its y, the output's shape after the rows
CASES = {
    "cross-entropy": (F.cross_entropy, classes, (3,)),
    "cross-entropy, ignoring": (F.cross_entropy, ignoring, (3,)),
    "cross-entropy, weighted": (nn.CrossEntropyLoss(WEIGHTS), classes, (3,)),
    "both": (nn.CrossEntropyLoss(WEIGHTS, ignore_index=2), classes, (3,)),
    "smoothed": (nn.CrossEntropyLoss(WEIGHTS, label_smoothing=0.2), ignoring, (3,)),
    "partial": (partial(F.cross_entropy, weight=WEIGHTS, ignore_index=0), classes, (3,)),
    "summed": (nn.CrossEntropyLoss(WEIGHTS, reduction="sum"), classes, (3,)),
    "per position": (nn.CrossEntropyLoss(WEIGHTS), lambda n: ignoring(n, 4), (3, 4)),
    "probabilities": (
        nn.CrossEntropyLoss(WEIGHTS), lambda n: real(n, 3, 4).softmax(1), (3, 4)
    ),
    "likelihood": (nn.NLLLoss(WEIGHTS), classes, (3,)),
    "squares": (F.mse_loss, lambda n: real(n, 4), (4,)),
    "binary": (nn.BCEWithLogitsLoss(pos_weight=WEIGHTS[:1]), lambda n: real(n, 1).round(), (1,)),
    "one's own": (lambda out, y: (out - y).abs().sum(1).sqrt().mean(), lambda n: real(n, 4), (4,)),
    "one's own sum": (lambda out, y: (out - y).pow(4).sum(), lambda n: real(n, 4), (4,)),
    "divergence": (nn.KLDivLoss(reduction="batchmean"), lambda n: real(n, 4), (4,)),
    "poisson": (nn.PoissonNLLLoss(), lambda n: real(n, 4), (4,)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_batches_add_up_to_all_at_once(case):
    criterion, labels, tail = CASES[case]
    torch.manual_seed(0)
    y = labels(sum(SIZES))
    output = torch.randn(len(y), *tail, dtype=DOUBLE)
    whole, divisor = criterion(output, y), Divisor(criterion)
    pairs = list(zip(output.split(SIZES), y.split(SIZES), strict=True))
    found = [(divisor(o, t, criterion(o, t)), criterion(o, t)) for o, t in pairs]
    if case in ("summed", "one's own sum"):
        assert next(count for count, _ in found) is None  # a batch of five shows what it is
        total = sum(value for _, value in found)
    else:
        used = [(count, value) for count, value in found if count]
        total = sum(c * v for c, v in used) / sum(c for c, _ in used)
    torch.testing.assert_close(total, whole)


@pytest.mark.parametrize(
    ("criterion", "labels"),
    [
        (lambda out, y: F.cross_entropy(out, y, weight=WEIGHTS), classes),
        (lambda out, y: F.cross_entropy(out, y, ignore_index=1), classes),
        (lambda out, y: (out[:, 0] - y).square().mean().sqrt(), classes),
    ],
)
@pytest.mark.parametrize("size", [1, 9])
def test_what_is_neither_mean_nor_sum_is_refused(criterion, labels, size):
    torch.manual_seed(0)
    divisor, y = Divisor(criterion), torch.tensor([0, 1, 2, 1, 1, 0, 2, 0, 1])
    output = torch.randn(9, 3, dtype=DOUBLE)
    with pytest.raises(ValueError, match=r"no mean over its batch's rows: pass weight="):
        for o, t in zip(output.split(size), y.split(size), strict=True):
            divisor(o, t, criterion(o, t))


def test_one_s_own_count():
    criterion = partial(F.cross_entropy, weight=WEIGHTS)
    divisor = Divisor(lambda out, y: criterion(out, y), own=lambda out, y: WEIGHTS[y].sum())
    y = torch.tensor([0, 1, 1])
    assert divisor(torch.zeros(3, 3), y, None) == 15.0


def test_rows_of_unequal_length_ask_what_they_count_by():
    # a mean over rows or over numbers: within a batch there is no telling
    divisor = Divisor(lambda out, y: (out - y).square().mean())
    first, second = torch.randn(3, 4, dtype=DOUBLE), torch.randn(3, 5, dtype=DOUBLE)
    divisor(first, 0 * first, first.square().mean())
    with pytest.raises(ValueError, match="pass weight="):
        divisor(second, 0 * second, second.square().mean())


def normed(out, y):
    """Squares by the classes' weights, over the sum of these weights."""
    own = WEIGHTS[y]
    return (own * (out[:, 0] - y).square()).sum() / own.sum()


@pytest.mark.parametrize("level", [0.0, 0.3])
@pytest.mark.parametrize(
    "criterion", [normed, lambda out, y: F.cross_entropy(out, y, weight=WEIGHTS)]
)
@pytest.mark.parametrize("size", [1, 3, 5])
def test_batches_of_one_class_each_are_tried_beside_each_other(criterion, level, size):
    torch.manual_seed(0)
    divisor, y = Divisor(criterion), torch.arange(2).repeat_interleave(size)
    output = level * torch.randn(len(y), 3, dtype=DOUBLE)  # at a start of zeros, too
    with pytest.raises(ValueError, match=r"no mean over its batch's rows: pass weight="):
        for o, t in zip(output.split(size), y.split(size), strict=True):
            divisor(o, t, criterion(o, t))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_only_torchs_own_losses_are_believed_what_they_say_of_themselves(reduction):
    class Other(nn.Module):
        def __init__(self):
            super().__init__()
            self.reduction = "sum" if reduction == "mean" else "mean"

        def forward(self, out, y):
            return getattr((out - y).abs(), reduction)()

    def function(out, y, reduction):
        return (out - y).abs().mean()

    out, y = torch.randn(6, 1, dtype=DOUBLE), torch.zeros(6, 1, dtype=DOUBLE)
    other = Other()
    assert Divisor(other)(out, y, other(out, y)) == {"sum": None, "mean": 6.0}[reduction]
    own = partial(function, reduction="sum")
    assert Divisor(own)(out, y, own(out, y)) == 6.0
    torchs = nn.KLDivLoss(reduction="sum")
    assert Divisor(torchs)(out, y.exp(), torchs(out, y.exp())) is None


@pytest.mark.filterwarnings("ignore:size_average and reduce args:UserWarning")
def test_options_that_change_the_mean_are_tried():
    out, y = torch.randn(6, 2, dtype=DOUBLE), torch.zeros(6, 2, dtype=DOUBLE)
    summed = partial(F.mse_loss, size_average=False)
    assert Divisor(summed)(out, y, summed(out, y)) is None
    weighted = partial(F.mse_loss, weight=torch.arange(1.0, 13).view(6, 2).double())
    with pytest.raises((ValueError, RuntimeError)):
        Divisor(weighted)(out, y, weighted(out, y))


@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_a_loss_of_zero_leaves_open_what_it_is(kind):
    def criterion(out, y):  # a hinge, and no number at all for outputs below 2
        return getattr((out - 9).relu() + 0 * (out - 2).log(), kind)()

    divisor, y = Divisor(criterion), torch.zeros(3, 1)
    flat, steep = torch.full((3, 1), 5.0), torch.tensor([[10.0], [12.0], [5.0]])
    assert divisor(flat, y, criterion(flat, y)) == 3.0 and divisor.open
    found = divisor(steep, y, criterion(steep, y))
    assert found == {"sum": None, "mean": 3.0}[kind] and not divisor.open


def test_signs_that_cancel_are_no_fault():
    out = torch.tensor([[1.0], [2.0], [-3.0], [1e-7]])
    Divisor(lambda out, y: out.sum())(out, 0 * out, out.sum())
