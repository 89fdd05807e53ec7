"""What could have come out instead; claim() refuses each of these."""

import numpy as np

from trainingtips.counter import moved


def as_n_coins(result):
    """The chance … make a symmetric matrix positive definite is far below ½ⁿ"""
    coins = 0.5 ** result["exact_sizes"]
    result["exact"][3:] = coins[3:]
    result["measured"] = [
        moved(each, chance)
        for each, chance in zip(result["measured"], result["exact"], strict=False)
    ]


def beside_the_exact_chance(result):
    """The chance that independent entries make a symmetric matrix positive definite"""
    result["measured"][3] = moved(result["measured"][3], 0.003)


def an_integral_that_is_not_exact(result):
    """The chance that all eigenvalues of a random … are positive: exact (line)"""
    result["exact"][2] = 0.025


def pivots_disagree(result):
    """make a symmetric matrix positive definite"""
    result["disagreements"] = np.array([0, 0, 3, 0, 0])


def a_property_of_normal_entries(result):
    """is far below ½ⁿ"""
    result["uniform"][3] = moved(result["uniform"][3], 0.5**4)


def of_any_matrix(result):
    """Matrices with independent eigenvalues (+) are no rarer than coins"""
    result["turned"][2] = moved(result["turned"][2], 0.07)
