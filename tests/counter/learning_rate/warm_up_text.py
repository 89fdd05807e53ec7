"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def no_wider(result):
    """Warm-up widens the rates at which a transformer trains"""
    usable = result["pre"]["usable"]
    usable["warm_up"] = usable["constant"]


def no_rate_is_usable_at_all(result):
    """the rates at which a transformer trains"""
    result["post"]["usable"]["constant"] = 0.0


def no_rate_is_saved(result):
    """Warm-up widens the rates"""
    found = result["post"]
    found["apart"] = [moved(each, 0.0) for each in found["apart"]]


def warmed_up_as_bad(result):
    """Warm-up widens the rates"""
    found = result["pre"]
    found["warm_up"] = [moved(each, found["limit"] + 0.1) for each in found["warm_up"]]


def the_loss_is_lower(result):
    """its best loss is no lower"""
    found = result["pre"]
    found["gain"] = moved(found["gain"], 0.06)


def the_grid_is_too_narrow(result):
    """Loss on other windows of the text at the end, against the peak rate"""
    result["post"]["best_rate"]["warm_up"] = result["rates"][-1]


def before_or_after_is_all_one(result):
    """with layer norm before the blocks or after the sums"""
    result["post"]["usable"]["constant"] = result["pre"]["usable"]["constant"]
    result["post"]["usable"]["warm_up"] = 4 * result["pre"]["usable"]["constant"]
