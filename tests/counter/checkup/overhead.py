"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved
from trainingtips.statistics import Measured


def perhaps_a_third(result):
    """a million weights costs at most a quarter of its time"""
    result["time"]["6"]["100"] = Measured(1.15, 1.05, 1.35, 16)


def a_third_at_ten_million(result):
    """at most a quarter of its time"""
    result["time"]["7"]["20"] = Measured(1.33, 1.3, 1.36, 9)


def as_little_at_a_hundred_thousand(result):
    """of fewer more"""
    result["time"]["5"]["100"] = Measured(1.2, 1.15, 1.24, 12)


def nothing_at_ten_thousand(result):
    """watched over unwatched processor time of the same training"""
    times = result["time"]["4"]
    times["100"] = moved(times["100"], 1.0)


def more_in_a_longer_training(result):
    """of the same training, after so many updates"""
    times = result["time"]["5"]
    times["10"] = moved(times["10"], times["100"].mean / 1.05)


def as_much_with_a_million_as_with_ten_thousand(result):
    """of fewer more"""
    times = result["time"]
    times["5"]["100"] = moved(times["5"]["100"], 1.01 * times["4"]["100"].mean)


def a_clock_that_is_off(result):
    """A second unwatched one is the control"""
    times = result["control"]["4"]
    times["100"] = moved(times["100"], 1.1)


def a_copy_of_the_weights(result):
    """line: a copy of the weights"""
    result["bytes"][3] = 4 * result["weights"][3]


def memory_that_grows(result):
    """what watching adds to memory at the peak"""
    result["grown"] = 3 * 2**20
