"""What could have come out instead; claim() refuses each of these."""


def no_faster_on_a_processor(result):
    """An epoch's time falls as B grows"""
    result["saved"]["one"] = 1.4


def goes_on_falling_on_a_processor(result):
    """to hundreds on a processor"""
    result["level"]["two"] = 8.0


def slower_again(result):
    """to hundreds on a processor"""
    result["level"]["one"] = 0.3


def a_gpu_saves_as_much(result):
    """An epoch's time falls as B grows … on a GPU"""
    result["gpu_saved"] = 30.0


def a_gpu_is_done_at_a_thousand(result):
    """on a GPU to tens of thousands"""
    result["gpu_more"] = 1.1
