"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def rounding_parts_them(result):
    """Units that start alike stay alike for ever"""
    result["largest_alike"] = 1e-30


def it_does_not_matter(result):
    """stay alike for ever"""
    result["behind"]["none"] = moved(result["behind"]["none"], 0.01)
    result["behind"]["1e-4"] = moved(result["behind"]["1e-4"], 0.0)


def so_little_is_not_enough(result):
    """a ten-thousandth of a difference is enough to part"""
    result["behind"]["1e-4"] = result["behind"]["none"]


def the_difference_does_not_grow(result):
    """a ten-thousandth of a difference is enough to part"""
    result["apart"]["1e-4"][-1] = moved(result["apart"]["1e-4"][-1], 0.001)
