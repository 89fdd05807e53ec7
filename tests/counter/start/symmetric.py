"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def they_were_not_alike(result):
    """units that start alike"""
    result["apart_at_start"] = 1e-20


def rounding_never_grows(result):
    """Rounding alone parts units that start alike"""
    result["apart"]["none"][-1] = result["apart"]["none"][12]


def it_parts_them_early(result):
    """late"""
    result["apart"]["none"][12] = moved(result["apart"]["none"][12], 1e-9)
    result["apart"]["none"][-1] = moved(result["apart"]["none"][-1], 0.5)


def it_does_not_matter(result):
    """late"""
    result["behind"]["none"] = moved(result["behind"]["none"], 0.01)
    result["behind"]["1e-4"] = moved(result["behind"]["1e-4"], -0.5)


def so_little_is_not_enough(result):
    """a ten-thousandth of a difference is enough"""
    result["behind"]["1e-4"] = result["behind"]["none"]
