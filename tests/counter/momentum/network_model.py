"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled, widened


def as_momentum(result):
    """On networks' own quadratic models tuned descent takes updates ∝ κ"""
    for name in ("slope", "over", "needed"):
        result["plain"][name] = result["heavy"][name]


def no_gain(result):
    """tuned momentum ∝ √κ"""
    result["heavy"]["slope"] = result["plain"]["slope"]


def another_power(result):
    """tuned momentum ∝ √κ"""
    result["heavy"]["slope"] = moved(result["heavy"]["slope"], 0.75)


def nobody_knows(result):
    """takes updates ∝ κ"""
    result["plain"]["slope"] = widened(result["plain"]["slope"], 0.2)


def the_real_start_is_elsewhere(result):
    """what theory's rates say"""
    result["plain"]["over"][-1] = scaled(result["plain"]["over"][-1], 0.3)


def momentum_swings_on(result):
    """beside what theory's rates say"""
    result["heavy"]["over"][-1] = scaled(result["heavy"]["over"][-1], 3)


def as_much_at_first(result):
    """Until a tenth of the model's loss is left … momentum gains less"""
    result["first_gain"] = result["gain"][3]
