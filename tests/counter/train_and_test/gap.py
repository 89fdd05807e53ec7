"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def examples_do_not_help(result):
    """The gap falls nearly as a power of the examples"""
    result["power"]["error"] = moved(result["power"]["error"], 0.0)


def as_one_over_n(result):
    """falls nearly as a power of the examples"""
    result["power"]["loss"] = moved(result["power"]["loss"], -1.0)


def wider_networks_overfit(result):
    """more weights do not widen it"""
    wider = result["wider"]["error"]
    wider[2] = moved(wider[2], result["units"]["error"][2].mean)  # twice the weights, twice the gap


def their_loss_does(result):
    """more weights do not widen it"""
    result["wider"]["loss"][1] = moved(result["wider"]["loss"][1], 0.0)


def the_narrowest_do_better(result):
    """more weights do not widen it"""
    result["wider"]["error"][0] = moved(result["wider"]["error"][0], 0.002)


def epochs_do_nothing(result):
    """more epochs do"""
    result["longer"] = scaled(result["longer"], 0.5)


def the_error_goes_on(result):
    """that in error hardly moves once the training digits are known by heart"""
    result["error_gap_later"] = moved(result["error_gap_later"], 0.02)


def the_error_mends_itself(result):
    """that in error hardly moves once the training digits are known by heart"""
    result["error_gap_later"] = moved(result["error_gap_later"], -0.02)


def the_last_doubling_does_nothing(result):
    """at no doubling does the gap stay"""
    result["steps"]["error"][-1] = moved(result["steps"]["error"][-1], 0.0)


def the_test_loss_rises(result):
    """The loss on the test digits still falls then"""
    result["test_loss_later"] = moved(result["test_loss_later"], 1.2)
