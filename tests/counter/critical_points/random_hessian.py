"""What could have come out instead; claim() refuses each of these."""

import numpy as np

from trainingtips.counter import moved


def as_n_coins(result):
    """The chance … is far below ½ⁿ"""
    result["exact"][3:] = 0.5 ** result["exact_sizes"][3:]
    for index in (3, 4):
        result["measured"][index] = moved(result["measured"][index], result["exact"][index])


def below_and_not_far(result):
    """is far below ½ⁿ"""
    result["exact"][3:] = 0.8 * 0.5 ** result["exact_sizes"][3:]
    for index in (3, 4):
        result["measured"][index] = moved(result["measured"][index], result["exact"][index])


def of_normal_entries_alone(result):
    """independent entries make a symmetric matrix positive definite"""
    result["uniform"][4] = moved(result["uniform"][4], 0.02)


def independent_eigenvalues_are_as_rare(result):
    """Matrices with independent eigenvalues (+) are no rarer than coins"""
    result["turned"][3] = moved(result["turned"][3], result["measured"][3].mean)


def beside_the_exact_chance(result):
    """The chance that independent entries make a symmetric matrix positive definite"""
    result["measured"][3] = moved(result["measured"][3], 0.003)


def an_integral_that_is_not_exact(result):
    """its exact chance is an integral over the density of the eigenvalues"""
    result["exact"][2] = 0.025


def pivots_disagree(result):
    """positive definite"""
    result["disagreements"] = np.array([0, 0, 3, 0, 0])
