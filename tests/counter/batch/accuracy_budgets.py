"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def as_good_at_equal_epochs(result):
    """Large batches lose at equal epochs"""
    gaps = result["mlp"]["epochs"]["test_gaps"]
    gaps[0] = moved(gaps[0], 0.0)


def at_the_largest_alone(result):
    """Large batches lose at equal epochs"""
    gaps = result["convolutional"]["epochs"]["train_gaps"]
    gaps[0] = widened(gaps[0], -0.01)


def tuning_does_not_help(result):
    """less so with a tuned rate"""
    result["mlp"]["tuned"]["test_gaps"][-1] = result["mlp"]["epochs"]["test_gaps"][-1]


def tuning_helps_the_largest_alone(result):
    """less so with a tuned rate"""
    found = result["convolutional"]
    found["tuned"]["test_gaps"][0] = found["epochs"]["test_gaps"][0]


def tuning_is_all_it_takes(result):
    """less so with a tuned rate"""
    gaps = result["convolutional"]["tuned"]["test_gaps"]
    gaps[-1] = moved(gaps[-1], 0.0)


def a_gap_at_four_times_the_batch(result):
    """less so with a tuned rate"""
    gaps, fixed = (result["mlp"][budget]["test_gaps"] for budget in ("tuned", "epochs"))
    gaps[0] = widened(gaps[0], 0.99 * fixed[0].low)  # less than at one rate, and yet a gap


def behind_at_equal_updates_too(result):
    """win at equal updates"""
    gaps = result["convolutional"]["updates"]["test_gaps"]
    gaps[1] = moved(gaps[1], 0.02)


def level_at_equal_updates(result):
    """win at equal updates"""
    gaps = result["mlp"]["updates"]["train_gaps"]
    gaps[3] = moved(gaps[3], 0.0)


def a_better_rate_was_not_tried(result):
    """less so with a tuned rate"""
    found = result["convolutional"]
    found["chosen"][1] = found["rates"][1][0]
