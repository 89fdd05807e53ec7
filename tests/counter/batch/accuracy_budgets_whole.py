"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def large_batches_lose_nothing(result):
    """large batches lose at equal epochs"""
    gaps = result["epochs"]["test_gaps"]
    gaps[-1] = moved(gaps[-1], 0.0)


def batches_of_64_lose_nothing(result):
    """large batches lose at equal epochs"""
    gaps = result["epochs"]["test_gaps"]
    gaps[0] = moved(gaps[0], 0.0)


def batches_of_64_lose_with_a_tuned_rate(result):
    """at a rate chosen for each size"""
    gaps = result["tuned"]["test_gaps"]
    gaps[0] = moved(gaps[0], 0.02)


def tuning_does_not_help(result):
    """large batches lose at equal epochs"""
    gaps = result["tuned"]["test_gaps"]
    gaps[-1] = moved(gaps[-1], result["epochs"]["test_gaps"][-1].mean)


def tuned_they_lose_nothing(result):
    """large batches lose at equal epochs"""
    gaps = result["tuned"]["test_gaps"]
    gaps[-1] = moved(gaps[-1], -0.01)


def behind_at_equal_updates(result):
    """win at equal updates"""
    gaps = result["updates"]["test_gaps"]
    gaps[1] = moved(gaps[1], 0.01)


def the_grid_is_too_narrow(result):
    """at a rate chosen for each size"""
    result["chosen"][-1] = result["rates"][-1][-1]
