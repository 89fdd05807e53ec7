"""What could have come out instead; claim() refuses each of these."""

from dataclasses import replace

from trainingtips.counter import moved


def too_narrow_everywhere(result):
    """Intervals that know all the chance of a fresh draw hold its mean as theory says"""
    result["whole"] = moved(result["whole"], 0.55)


def too_wide(result):
    """hold its mean as theory says"""
    result["whole"] = replace(result["whole"], mean=0.99, low=0.97, high=1.0)


def as_if_half_were_unknown(result):
    """know all the chance of a fresh draw"""
    result["whole"] = replace(result["whole"], mean=0.65, low=0.45, high=0.85)


def one_split_is_as_good(result):
    """fewer others do"""
    result["one_split"] = moved(result["one_split"], result["theory"])


def no_fewer_than_one_may_expect(result):
    """fewer others do"""
    result["one_split"] = moved(result["one_split"], result["whole"].low + 0.01)


def another_theory(result):
    """as theory says"""
    result["theory"] = 0.95
