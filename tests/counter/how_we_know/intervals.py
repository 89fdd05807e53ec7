"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def not_most(result):
    """Most of this site's 95 % intervals hold a fresh draw's mean"""
    result["mean"] = moved(result["mean"], 0.5)


def not_most_where_each_interval_counts(result):
    """Most of this site's 95 % intervals hold a fresh draw's mean"""
    result["pooled"] = moved(result["pooled"], 0.5)


def as_many_as_theory_says(result):
    """but fewer than theory's 83 %"""
    result["mean"] = moved(result["mean"], result["theory"])


def as_many_as_is_often_believed(result):
    """fewer than theory's 83 %"""
    result["mean"] = moved(result["mean"], 0.95)


def too_few_claims_to_tell(result):
    """fewer than theory's 83 %"""
    result["mean"] = widened(result["mean"], 0.85)


def only_in_claims_with_few_intervals(result):
    """fewer than theory's 83 %"""
    result["pooled"] = widened(result["pooled"], 0.85)


def another_theory(result):
    """theory's 83 %"""
    result["theory"] = 0.95
