"""What could have come out instead; claim() refuses each of these."""


def other_points(result):
    """A network of two weights in a row comes to rest only at the origin or on the curve"""
    result["elsewhere"] = 5


def most_searches_fail(result):
    """comes to rest"""
    result["converged"] = 300


def never_at_the_origin(result):
    """only at the origin"""
    result["on_curve"] += result["at_origin"]
    result["at_origin"] = 0


def never_on_the_curve(result):
    """on the curve w₁w₂ = 1"""
    result["at_origin"] += result["on_curve"]
    result["on_curve"] = 0


def another_loss_there(result):
    """at the origin"""
    result["loss_at_origin"] = 0.25


def a_loss_on_the_curve(result):
    """the curve w₁w₂ = 1"""
    result["largest_loss_on_curve"] = 0.02
