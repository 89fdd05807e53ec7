"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def a_fifth_at_a_million(result):
    """Watching a training of a million weights or more adds at most a tenth"""
    times = result["time"]["6"]
    times["100"] = moved(times["100"], 1.2)


def too_uncertain_at_ten_millions(result):
    """a million weights or more adds at most a tenth"""
    times = result["time"]["7"]
    times["30"] = widened(times["30"], 1.15)


def nothing_at_ten_thousand(result):
    """watched over unwatched processor time of the same training"""
    times = result["time"]["4"]
    times["100"] = moved(times["100"], 1.0)


def more_in_a_longer_training(result):
    """of the same training, after so many updates"""
    times = result["time"]["5"]
    times["10"] = moved(times["10"], times["100"].mean / 1.05)


def as_much_with_a_million_as_with_ten_thousand(result):
    """a million weights or more"""
    times = result["time"]
    times["5"]["100"] = moved(times["5"]["100"], 1.01 * times["4"]["100"].mean)


def a_clock_that_is_off(result):
    """A second unwatched one is the control"""
    times = result["control"]["5"]
    times["100"] = moved(times["100"], 1.05)


def a_copy_of_the_weights(result):
    """line: a copy of the weights"""
    result["bytes"][3] = 4 * result["weights"][3]


def memory_that_grows(result):
    """what watching adds to memory at the peak"""
    result["grown"] = 3 * 2**20
