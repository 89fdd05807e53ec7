"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def as_one_over_b(result):
    """A mini-batch gradient's noise falls as 1/√B"""
    result["slope_replacement"] = moved(result["slope_replacement"], -1.0)


def more_slowly_in_epochs(result):
    """noise falls as 1/√B"""
    result["slope_epochs"] = moved(result["slope_epochs"], -0.4)


def as_with_replacement(result):
    """faster where B comes near N"""
    noise = result["noise"]
    result["ratio_epochs"] = [
        moved(ratio, one.mean / other.mean)
        for ratio, one, other in zip(
            result["ratio_epochs"], noise["replacement"], noise["epochs_theory"], strict=True
        )
    ]
    noise["epochs"] = noise["replacement"]


def half_of_it_is_left(result):
    """faster where B comes near N"""
    last = result["noise"]["epochs"][-1]
    result["noise"]["epochs"][-1] = moved(last, result["noise"]["replacement"][-1].mean / 2)
