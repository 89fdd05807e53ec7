"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def it_learns_all_the_same(result):
    """Weights kept in bfloat16 stop learning"""
    result["falls"]["bfloat16"][0] = moved(result["falls"]["bfloat16"][0], 1.0)


def at_any_rate(result):
    """at small rates"""
    result["falls"]["bfloat16"][-1] = result["falls"]["bfloat16"][0]


def a_copy_is_not_enough(result):
    """a copy in float32 prevents it"""
    result["falls"]["copy"][0] = moved(result["falls"]["copy"][0], 0.8)


def small_updates_are_kept(result):
    """loses what is below 2⁻ᵖ⁻² of the weight"""
    result["kept"]["float16"][:] = 1.0


def large_ones_are_lost(result):
    """keeps what is above 2⁻ᵖ⁻¹"""
    result["kept"]["bfloat16"][:] = 0.0
