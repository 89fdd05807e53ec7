"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def orthogonal_weights_are_another_matter(result):
    """Theory foretells each start's factor a layer"""
    each = result["factors"]["tanh"]["orthogonal"]
    each["backward"] = scaled(each["backward"], 1.1)


def theory_fails_for_gelu(result):
    """Theory foretells each start's factor a layer"""
    result["factors"]["GELU"]["He"]["theory_forward"] = 1.0


def he_grows(result):
    """He keeps ReLU's signal"""
    each = result["factors"]["ReLU"]["He"]
    each["forward"] = moved(each["forward"], 1.1)
    each["theory_forward"] = 1.1


def glorot_keeps_it(result):
    """Glorot halves its square"""
    each = result["factors"]["ReLU"]["Glorot"]
    each["backward"] = moved(each["backward"], 0.99)
    each["theory_backward"] = 1.0
