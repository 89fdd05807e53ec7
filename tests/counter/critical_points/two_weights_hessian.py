"""What could have come out instead; claim() refuses each of these."""


def of_another_loss(result):
    """The Hessian tells the two kinds apart"""
    result["hessian"] = result["hessian"] / 2


def half_as_large(result):
    """−2 and 2 at the origin"""
    result["eigenvalues"] = result["eigenvalues"] / 2


def taken_for_a_minimum(result):
    """tells the two kinds apart"""
    result["kind"] = "minimum"


def curved_along_the_curve(result):
    """0 and … on the curve"""
    result["on_curve"][:, 0] = 0.1


def as_steep_everywhere(result):
    """2(w₁² + w₂²) on the curve"""
    result["on_curve"][:, 1] = 4.0
