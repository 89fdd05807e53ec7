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
