"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def one_descent_alone(result):
    """Least squares on random features descends twice"""
    result["peak"]["after"] = moved(result["peak"]["after"], 0.0)


def it_rises_from_the_start(result):
    """descends twice"""
    result["peak"]["before"] = moved(result["peak"]["before"], 0.0)


def the_peak_is_elsewhere(result):
    """Features: least squares of least norm; dotted, as many as examples"""
    rows = result["features"]
    rows[5], rows[8] = rows[8], rows[5]


def networks_rise_in_width(result):
    """trained networks do not, in width"""
    result["wider"][2] = moved(result["wider"][2], 0.1)


def the_narrowest_fits_everything(result):
    """in width"""
    result["training"][0] = moved(result["training"][0], 0.01)


def the_widest_does_not_fit(result):
    """in width"""
    result["training"][-1] = moved(result["training"][-1], 0.2)


def there_is_no_overfitting(result):
    """or in epochs"""
    result["longer"][0] = moved(result["longer"][0], 0.0)


def they_fall_again(result):
    """or in epochs"""
    result["longer"][-1] = moved(result["longer"][-1], -0.1)
