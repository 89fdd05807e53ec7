"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def hundreds_from_the_start(result):
    """The lowest eigenpair takes 40 products at first"""
    result["products"][0][0] = moved(result["products"][0][0], 160)


def as_few_to_the_end(result):
    """in a larger network more once training slows"""
    result["times"][-1] = moved(result["times"][-1], 1.0)


def as_negative_as_before(result):
    """Its eigenvalue, relative to that at the start, shrinks by orders of magnitude"""
    result["shrunk"][0][-1] = moved(result["shrunk"][0][-1], 0.8)


def often_above_zero(result):
    """It is below zero at nine moments in ten, at least"""
    result["negative"] = round(0.8 * result["points"])
