"""What could have come out instead; claim() refuses each of these."""

import numpy as np


def likeliest_elsewhere(result):
    """The weight of least cross-entropy is that of most likelihood"""
    result["most_likely"] = 0.70


def least_elsewhere(result):
    """The weight of least cross-entropy"""
    result["least_cross_entropy"] = 0.90


def above_the_entropy(result):
    """least cross-entropy"""
    result["lowest"] += 0.01


def another_likelihood(result):
    """of least cross-entropy is that of most likelihood"""
    result["likelihood"] = np.sqrt(result["likelihood"])


def without_the_target(result):
    """the logits' gradient is p − t"""
    result["gradient_error"] = 1.0


def half_of_it(result):
    """gradient is p − t"""
    result["autograd"] /= 2
