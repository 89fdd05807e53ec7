"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def orthogonal_weights_are_another_matter(result):
    """Theory foretells the factor a layer"""
    each = result["factors"]["tanh"]["orthogonal"]
    each["backward"] = scaled(each["backward"], 1.1)


def there_too(result):
    """save for GELU with He"""
    each = result["factors"]["GELU"]["He"]
    close = result["factors"]["GELU"]["Glorot"]["backward"]
    each["backward"] = moved(close, each["theory_backward"])


def he_grows(result):
    """on ReLU, He keeps"""
    each = result["factors"]["ReLU"]["He"]
    each["forward"] = moved(each["forward"], 1.1)
    each["theory_forward"] = 1.1


def glorot_keeps_it(result):
    """Glorot halves"""
    each = result["factors"]["ReLU"]["Glorot"]
    each["backward"] = moved(each["backward"], 0.99)
    each["theory_backward"] = 1.0
