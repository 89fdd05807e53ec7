"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def batch_norm_wakes_few(result):
    """Batch norm … wake dead ReLUs"""
    result["woken"]["rate"]["batch norm"] = moved(result["woken"]["rate"]["batch norm"], 0.2)


def a_leak_is_too_little(result):
    """a slope of 0.1 wake dead ReLUs"""
    result["woken"]["bias"]["slope 0.1"] = moved(result["woken"]["bias"]["slope 0.1"], 0.0)


def any_leak_will_do(result):
    """one of 0.01 fewer"""
    result["steeper"]["rate"] = moved(result["steeper"]["rate"], 0.0)


def warm_up_wakes_one(result):
    """low rates only"""
    result["counted"]["bias"]["warm-up"] = 1


def a_lower_rate_wakes_one(result):
    """low rates only"""
    result["counted"]["rate"]["lower"] = 1


def warm_up_kills_as_many(result):
    """kill fewer"""
    result["spared"]["warm-up"] = moved(result["spared"]["warm-up"], 0.0)


def a_lower_rate_kills_as_many(result):
    """kill fewer"""
    result["spared"]["lower"] = moved(result["spared"]["lower"], 0.0)


def there_were_none_to_wake(result):
    """wake dead ReLUs"""
    result["before"]["bias"] = 12
