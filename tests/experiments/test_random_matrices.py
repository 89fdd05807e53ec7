"""Positive definite random matrices: numpy's eigenvalues, and the chances in closed form."""

import math

import numpy as np
import pytest

from trainingtips.experiments import random_matrices as random


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_pivots_and_eigenvalues_agree(n):
    matrices = random.draws(n, 2000, np.random.default_rng(n))
    assert (matrices == matrices.transpose(0, 2, 1)).all()
    found = random.positive(matrices)
    assert (found == (np.linalg.eigvalsh(matrices) > 0).all(1)).all()
    assert found.any() or n == 5
    assert random.disagreements(n, 500, np.random.default_rng(0)) == 0


def test_the_entries_have_variance_one_and_a_half():
    matrices = random.draws(2, 20_000, np.random.default_rng(0))
    assert matrices[:, 0, 0].var() == pytest.approx(1, rel=0.05)
    assert matrices[:, 0, 1].var() == pytest.approx(0.5, rel=0.05)


def test_the_exact_chance_is_the_closed_form():
    root = math.sqrt(2)
    closed = [1 / 2, (2 - root) / 4, 1 / 4 - 1 / (root * math.pi)]
    assert [random.exact(n) for n in (1, 2, 3)] == pytest.approx(closed, rel=1e-8)


def test_the_share_is_near_the_chance():
    found = random.share(2, 20_000, 5000, np.random.default_rng(3), 0.999)
    assert found.low < random.exact(2) < found.high
    assert found.n == 20_000
