"""What could have come out instead; claim() refuses each of these."""


def the_edge_of_plain_descent(result):
    """On a quadratic, momentum converges if and only if 0 < ηλ < 2 + 2β"""
    result["edge"] = result["edge"] * 0 + result["edge"][0]


def diverges_before(result):
    """only if 0 < ηλ < 2 + 2β"""
    result["edge"] -= 0.1


def converges_beyond(result):
    """only if 0 < ηλ < 2 + 2β"""
    result["edge"] += 0.1


def plain_descent_goes_further(result):
    """without it the edge is 2"""
    result["edge"][0] = 2.4


def another_radius(result):
    """The error kept per update"""
    result["largest_error"] = 0.04


def more_momentum_is_always_better(result):
    """On the dashed curve momentum is best"""
    result["best_beta"] = result["best_beta"] * 0 + result["betas"][-1]


def cuts_beside_theory(result):
    """Four cuts: points on theory"""
    result["cut_rates"][2] += 0.02


def an_island_of_divergence(result):
    """converges if and only if 0 < ηλ < 2 + 2β"""
    result["rates"][40:44, 60:64] = 1.02
