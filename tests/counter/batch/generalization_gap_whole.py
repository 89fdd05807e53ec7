"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def some_never_arrive(result):
    """Networks trained to one training loss"""
    result["arrived"] = 0.9


def small_batches_test_better(result):
    """test no better"""
    gaps = result["gaps"]["test_accuracy"]
    gaps[-1] = moved(gaps[-1], 0.019)


def a_little_better(result):
    """test no better"""
    gaps = result["gaps"]["test_accuracy"]
    gaps[0] = moved(gaps[0], 0.006)


def as_sharp(result):
    """small batches end up flatter"""
    result["times"][0] = moved(result["times"][0], 1.0)


def hardly_flatter(result):
    """small batches end up flatter"""
    result["times"][-1] = moved(result["times"][-1], 1.6)
