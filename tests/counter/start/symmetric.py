"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved
from trainingtips.statistics import share


def they_were_not_alike(result):
    """Units alike"""
    result["apart_at_start"] = 1e-20


def rounding_parts_some_early(result):
    """Units alike learn alike"""
    result["alike"] = share([True] * 31 + [False])


def it_does_not_matter(result):
    """Units alike learn alike"""
    result["behind"]["none"] = moved(result["behind"]["none"], 0.01)
    result["behind"]["1e-4"] = moved(result["behind"]["1e-4"], -0.5)


def a_last_digit_never_grows(result):
    """a difference in the last digit parts them"""
    result["apart"]["last"][-1] = result["apart"]["last"][12]


def it_parts_them_early(result):
    """late"""
    last = result["apart"]["last"]
    last[12], last[-1] = moved(last[12], 1e-9), moved(last[-1], 0.5)


def a_last_digit_is_enough(result):
    """late"""
    result["behind"]["last"] = result["behind"]["1e-4"]


def so_little_is_not_enough(result):
    """10⁻⁴ early enough"""
    result["behind"]["1e-4"] = result["behind"]["none"]
