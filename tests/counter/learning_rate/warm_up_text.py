"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def no_wider_after_the_sums(result):
    """Warm-up widens the usable rates of a post-LN transformer"""
    usable = result["post"]["usable"]
    usable["warm_up"] = usable["constant"]


def no_rate_is_usable_at_all(result):
    """the usable rates"""
    result["post"]["usable"]["constant"] = 0.0


def no_rate_is_saved(result):
    """Warm-up widens the usable rates of a post-LN transformer"""
    found = result["post"]
    found["apart"] = [moved(each, 0.0) for each in found["apart"]]


def wider_before_the_blocks_too(result):
    """not of a pre-LN one"""
    usable = result["pre"]["usable"]
    usable["warm_up"] = 2 * usable["constant"]


def the_loss_is_lower(result):
    """at no lower loss"""
    found = result["pre"]
    found["gain"] = moved(found["gain"], 0.06)


def the_grid_is_too_narrow(result):
    """Loss on other windows of the text at the end, against the peak rate"""
    result["post"]["best_rate"]["warm_up"] = result["rates"][-1]


def as_wide_after_as_before(result):
    """with layer norm before the blocks or after the sums"""
    result["post"]["usable"]["constant"] = result["pre"]["usable"]["constant"]
    result["post"]["usable"]["warm_up"] = 4 * result["pre"]["usable"]["constant"]
