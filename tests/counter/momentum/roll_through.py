"""What could have come out instead; claim() refuses each of these."""


def descent_does_it_too(result):
    """where plain descent stops"""
    result["plain_reach"] = 0.12


def a_larger_rate_does_it(result):
    """momentum … where plain descent stops"""
    result["larger_rate_reach"] = 0.3


def some_starts_stop(result):
    """From a slope, momentum rolls through a plateau and a dip"""
    band = (result["betas"] > 0.95) & (result["betas"] < 0.97)
    result["slope_reach"][band] = 0.9


def little_momentum_is_enough(result):
    """momentum rolls through a plateau"""
    result["slope_reach"][result["betas"] > 0.5] = 1.0


def from_the_plateau_too(result):
    """From a slope"""
    result["flat_reach"] = 0.2


def the_more_the_better(result):
    """a dip"""
    result["fall_back"] = 0


def some_arrive_later(result):
    """where plain descent stops"""
    result["deep_changed_later"] = 0.03
