"""What could have come out instead; claim() refuses each of these."""

import numpy as np

from trainingtips.counter import moved


def goes_beyond(result):
    """Over unit v the curvature vᵀHv runs from λ_min to λ_max exactly"""
    result["plane"]["saddle"]["curvature"] *= 1.1


def ends_before(result):
    """runs from λ_min to λ_max exactly"""
    plane = result["plane"]["minimum"]
    plane["curvature"] = np.clip(plane["curvature"], 0.7, 1.7)


def told_as_another_kind(result):
    """runs from λ_min to λ_max"""
    result["plane"]["saddle"]["kind"] = "minimum"


def some_lie_outside(result):
    """from λ_min to λ_max"""
    result["network"]["seen"][1] = 1.1 * result["network"]["eigenvalues"][1]


def not_reached_at_the_eigenvectors(result):
    """λ_min to λ_max exactly"""
    result["network"]["at_eigenvectors"] *= 0.97


def many_see_the_way_down(result):
    """random v see little of that"""
    result["network"]["down"] = moved(result["network"]["down"], 0.09)


def they_see_a_third(result):
    """random v see little of that"""
    result["network"]["share_of_range"] = 0.33


def a_mean_that_is_not_the_traces(result):
    """random v"""
    result["network"]["mean"] = moved(result["network"]["mean"], 0.05)
