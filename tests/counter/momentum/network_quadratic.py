"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def no_better_in_the_long_run(result):
    """tuned momentum wins by √κ in the long run"""
    result["long_run"] = moved(result["long_run"], 0.5)


def better_than_theory(result):
    """wins by √κ"""
    result["long_run"] = moved(result["long_run"], 1.1)


def another_rate_than_theorys(result):
    """In the long run: by how much the error shrinks per update, iterated, against theory"""
    result["per_ten"]["heavy"][0] = 1.05


def ahead_from_the_first(result):
    """and loses at first"""
    result["first"] = moved(result["first"], 0.5)
