"""One weight: products by hand, the log odds, and p − t for autograd."""

import numpy as np
import pytest
import torch

from trainingtips.experiments import likelihoods

LABELS = np.array([1, 1, 1, 0])


def test_the_likelihood_is_a_product_and_cross_entropy_its_mean_log():
    p = 1 / (1 + np.exp(-0.7))
    assert likelihoods.likelihood(0.7, LABELS) == pytest.approx(p**3 * (1 - p))
    expected = -(3 * np.log(p) + np.log(1 - p)) / 4
    assert likelihoods.mean_cross_entropy(0.7, LABELS) == pytest.approx(expected)


def test_both_are_best_at_the_log_odds():
    least, value = likelihoods.least_cross_entropy(LABELS, (-2, 4))
    assert likelihoods.most_likely(LABELS, (-2, 4)) == pytest.approx(np.log(3), abs=1e-5)
    assert least == pytest.approx(np.log(3), abs=1e-5)
    assert value == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))


def test_autograd_gives_p_minus_t():
    logits, targets = likelihoods.examples(30, 4, scale=2, seed=1)
    t = torch.nn.functional.one_hot(targets, 4)
    assert torch.allclose(likelihoods.autograd(logits, targets), logits.softmax(-1) - t)
    assert targets.unique().tolist() == [0, 1, 2, 3] and abs(logits.std() - 2) < 0.5
