"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def the_rate_counts_at_once(result):
    """Learning rate over batch size, η/B, sets the noise of SGD alone"""
    result["exact_over_small"]["0.04"][0] = 1.4


def not_even_at_a_small_one(result):
    """alone only while η is small"""
    result["exact_over_small"]["0.04"][1] = 0.97


def half_as_much_again(result):
    """alone only while η is small"""
    result["exact_over_small"]["0.5"][1] = 1.3


def at_any_rate(result):
    """alone only while η is small"""
    result["exact_over_small"]["0.5"][:] = 1.0


def beside_the_recursion(result):
    """at larger rates it rises as theory's exact lines say"""
    result["of_exact"]["0.5"][0] = moved(result["of_exact"]["0.5"][0], 1.3)


def too_uncertain_to_tell(result):
    """as theory's exact lines say"""
    result["of_exact"]["0.16"][1] = widened(result["of_exact"]["0.16"][1], 1.3)


def half_the_noise(result):
    """sets the noise of SGD"""
    result["small_over_theory"] = 0.5


def the_network_feels_the_rate(result):
    """A network's loss stays level, to a quarter, while η grows with B to 16"""
    result["alike"] = moved(result["alike"], 1.4)


def level_to_the_end(result):
    """while η grows with B to 16"""
    result["apart"] = moved(result["apart"], 1.0)


def the_batch_does_not_matter(result):
    """Learning rate over batch size"""
    result["fixed_alike"] = moved(result["fixed_alike"], 1.0)


def as_many_updates_and_no_lower(result):
    """its loss is the lower one then"""
    result["longer_alike"] = moved(result["longer_alike"], 1.0)
