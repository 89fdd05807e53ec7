"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def beside_the_closed_form(result):
    """Adagrad's effective rate falls as t^(−½)"""
    result["noise"]["Adagrad"] = result["noise"]["Adagrad"] ** 0.9


def another_power(result):
    """falls as t^(−½) while gradients keep their size"""
    result["noise_slopes"]["Adagrad"] = -0.45


def goes_on_falling(result):
    """RMSProp's settles"""
    for name in ("noise", "theory"):
        result[name]["RMSprop"] = 10 * result[name]["Adagrad"]


def as_fast_on_a_network(result):
    """Adagrad's rate falls more slowly"""
    slopes = result["network_slopes"]
    slopes["Adagrad"] = moved(slopes["Adagrad"], -0.5)


def settles_on_a_network(result):
    """RMSProp's rises"""
    slopes = result["network_slopes"]
    slopes["RMSprop"] = moved(slopes["RMSprop"], 0.0)
