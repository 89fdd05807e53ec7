"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def only_half_are_saturated(result):
    """Bytes saturate sigmoid and tanh units"""
    result["theory"]["sigmoid"][-1] = 0.5
    result["saturated"]["sigmoid"][-1] = moved(result["saturated"]["sigmoid"][-1], 0.5)


def more_than_gaussians_say(result):
    """as Gaussians foretell"""
    result["saturated"]["tanh"][2] = moved(result["saturated"]["tanh"][2], 0.8)


def fewer_than_gaussians_say(result):
    """as Gaussians foretell"""
    result["saturated"]["sigmoid"][3] = moved(result["saturated"]["sigmoid"][3], 0.5)


def a_lower_rate_mends_it(result):
    """and cost them more"""
    result["cost"]["tanh"]["bytes"] = moved(result["cost"]["tanh"]["bytes"], 0.01)


def sixteen_is_as_bad(result):
    """Bytes … cost them more"""
    result["cost"]["sigmoid"]["sixteen"] = moved(result["cost"]["sigmoid"]["sixteen"], 0.1)


def relu_loses_as_much(result):
    """cost them more than ReLU units"""
    result["cost"]["tanh"]["over_relu"] = moved(result["cost"]["tanh"]["over_relu"], 0.0)


def standardizing_does_not_help(result):
    """Bytes … cost them more"""
    result["mended"] = moved(result["mended"], 0.1)


def the_grid_was_too_short(result):
    """each at its best rate"""
    result["inside"] = moved(result["inside"], 0.5)
