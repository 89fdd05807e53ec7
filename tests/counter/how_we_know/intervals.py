"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def not_most(result):
    """Most claims' 95 % intervals mostly hold a fresh draw's mean"""
    result["mean"] = moved(result["mean"], 0.5)


def in_half_of_the_claims(result):
    """Most claims' 95 % intervals mostly hold a fresh draw's mean"""
    names = sorted(result["claims"])
    result["claims"] |= dict.fromkeys(names[::2], 0.4)


def none_that_fails(result):
    """some claims' hardly ever do"""
    result["claims"] = {name: max(share, 0.6) for name, share in result["claims"].items()}


def as_many_as_theory_says(result):
    """Counted one by one, fewer hold than theory's 83 %"""
    result["pooled"] = moved(result["pooled"], result["theory"])


def only_in_claims_with_few_intervals(result):
    """Counted one by one, fewer hold than theory's 83 %"""
    result["pooled"] = widened(result["pooled"], 0.85)


def another_theory(result):
    """theory's 83 %"""
    result["theory"] = 0.95
