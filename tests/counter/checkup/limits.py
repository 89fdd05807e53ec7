"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def only_a_third_is_beyond(result):
    """Most healthy trainings are beyond some limit"""
    result["crossing"] = moved(result["crossing"], 0.33)


def no_more_of_those_that_fail(result):
    """a limit alone only makes a suspicion"""
    result["own"] = moved(result["own"], result["crossing"].mean)
