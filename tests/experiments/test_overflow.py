"""Softmax as written: right in the middle, no number where exponentials overflow."""

import numpy as np
import pytest
import torch

from trainingtips.experiments import overflow

OFFSETS = np.arange(-120.0, 121.0)


def test_as_written_it_is_torchs_where_nothing_overflows():
    logits = torch.linspace(-3, 3, 12, dtype=torch.float64).reshape(3, 4)
    assert torch.allclose(overflow.written(logits), torch.softmax(logits, -1))


def test_two_classes_have_the_difference_and_the_mean_asked_for():
    logits = overflow.two_classes(np.array([-1.0, 4.0]), 10.0)
    assert (logits[:, 0] - logits[:, 1]).tolist() == [-1, 4]
    assert logits.mean(1).tolist() == [10, 10]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_it_ends_where_the_largest_exponential_does(dtype):
    found = overflow.errors(overflow.written, OFFSETS, dtype)
    assert found["shift"][-1] == np.floor(np.log(torch.finfo(dtype).max) - 2)
    right = overflow.errors(lambda z: torch.softmax(z, -1), OFFSETS, dtype)
    assert right["shift"].tolist() == OFFSETS.tolist()
    assert right["error"].max() < torch.finfo(dtype).eps
