"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def wider(result):
    """the largest usable one is the same with warm-up and without"""
    usable = result["post"]["usable"]
    usable["warm_up"] = 2 * usable["constant"]


def no_rate_is_usable_at_all(result):
    """the largest usable one"""
    result["post"]["usable"] = {"constant": 0.0, "warm_up": 0.0}


def a_rate_is_saved(result):
    """Under Adam warm-up widens the peak rates"""
    found = result["pre"]
    found["warm_up"][-1] = moved(found["warm_up"][-1], found["limit"] - 0.5)


def the_loss_is_lower(result):
    """the best loss is no lower"""
    found = result["pre"]
    found["gain"] = moved(found["gain"], 0.06)


def the_grid_is_too_narrow(result):
    """Loss on other windows of the text at the end, against the peak rate"""
    result["post"]["best_rate"]["warm_up"] = result["rates"][-1]


def as_wide_after_as_before(result):
    """with layer norm before the blocks or after the sums"""
    result["post"]["usable"] = dict(result["pre"]["usable"])


def as_bad_beyond(result):
    """Beyond it warm-up makes a bad rate less bad with pre-LN"""
    found = result["pre"]
    found["apart"][-1] = moved(found["apart"][-1], 0.0)
