"""What could have come out instead; claim() refuses each of these."""

import numpy as np

from trainingtips.counter import moved


def as_n_coins(result):
    """The chance … is far below ½ⁿ"""
    coins = 0.5 ** result["exact_sizes"]
    result["exact"][3:] = coins[3:]
    result["measured"] = [
        moved(each, chance)
        for each, chance in zip(result["measured"], result["exact"], strict=False)
    ]


def beside_the_exact_chance(result):
    """The chance that a random symmetric n × n matrix has no negative eigenvalue"""
    result["measured"][3] = moved(result["measured"][3], 0.003)


def an_integral_that_is_not_exact(result):
    """Line: the exact chance, by integrating the density of the eigenvalues"""
    result["exact"][2] = 0.025


def pivots_disagree(result):
    """no negative eigenvalue"""
    result["disagreements"] = np.array([0, 0, 3, 0, 0])
