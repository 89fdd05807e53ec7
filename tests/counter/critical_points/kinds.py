"""What could have come out instead; claim() refuses each of these."""


def the_signs_say_another(result):
    """Where g = 0, the signs of the Hessian's eigenvalues decide the kind"""
    result["clear"]["saddle"]["kind"] = "minimum"


def lower_beside_a_minimum(result):
    """the signs of the Hessian's eigenvalues decide the kind"""
    result["clear"]["minimum"]["around"][0] = "both"


def one_way_down_from_a_saddle(result):
    """decide the kind"""
    result["clear"]["saddle"]["ways_down"][3] = 1


def a_slope_is_left(result):
    """Where g = 0"""
    result["clear"]["maximum"]["gradient_norm"] = 1e-3


def a_zero_decides(result):
    """a zero leaves it open"""
    result["open"]["fourth"]["kind"] = "minimum"


def all_three_look_alike(result):
    """a zero leaves it open"""
    for name in ("cube", "minus_fourth"):
        result["open"][name]["around"] = result["open"]["fourth"]["around"]
        result["open"][name]["ways_down"] = result["open"]["fourth"]["ways_down"]


def no_zero_at_all(result):
    """where one eigenvalue is zero, three losses share one Hessian"""
    result["open"]["cube"]["eigenvalues"][0] = 0.3
