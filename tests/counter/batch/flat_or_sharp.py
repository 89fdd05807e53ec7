"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def by_the_length_alone(result):
    """Shifted by δ, a minimum of curvature λ pays ½λδ²"""
    result["rises"][3] = result["rises"][0]


def without_the_half(result):
    """pays ½λδ²"""
    result["rises"] *= 2


def as_long_everywhere(result):
    """real shifts are longer where λ is small"""
    result["slope"] = moved(result["slope"], 0.0)


def longer_by_too_little(result):
    """real shifts are longer where λ is small"""
    result["slope"] = moved(result["slope"], -0.5)


def the_sharp_directions_pay_most(result):
    """real shifts are longer where λ is small"""
    result["paid_slope"] = moved(result["paid_slope"], 0.5)


def all_pay_alike(result):
    """but real shifts are longer where λ is small"""
    result["paid_slope"] = moved(result["paid_slope"], 0.0)


def without_the_penalty_theory_fails(result):
    """Theory (line): vᵀSv/(λN)"""
    result["free_slope"] = moved(result["free_slope"], 0.2)


def the_penalty_adds_nothing(result):
    """The penalty of 1e-4 is half of the least λ, and there it halves what is paid"""
    result["penalty_adds"] = moved(result["penalty_adds"], 0.0)


def the_flattest_pays_as_much(result):
    """there it halves what is paid"""
    result["paid_by_n"] = moved(result["paid_by_n"], 1.0)
