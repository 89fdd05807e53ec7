"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def batch_norm_wakes_few(result):
    """Batch norm wakes dead ReLUs"""
    result["woken"]["rate"]["batch norm"] = moved(result["woken"]["rate"]["batch norm"], 0.2)


def there_were_none_to_wake(result):
    """Batch norm wakes dead ReLUs"""
    result["before"]["bias"] = 12


def a_leak_is_too_little(result):
    """leaky slopes some that the rate killed"""
    result["woken"]["rate"]["slope 0.1"] = moved(result["woken"]["rate"]["slope 0.1"], 0.0)


def any_leak_will_do(result):
    """leaky slopes some"""
    result["steeper"]["rate"] = moved(result["steeper"]["rate"], 0.0)


def a_leak_wakes_all_alike(result):
    """some that the rate killed"""
    result["woken"]["bias"]["slope 0.1"] = moved(result["woken"]["bias"]["slope 0.1"], 0.6)


def a_lower_rate_wakes_one(result):
    """low rates … none"""
    result["counted"]["rate"]["lower"] = 1


def warm_up_wakes_one(result):
    """and warm-up none"""
    result["counted"]["bias"]["warm-up"] = 1


def a_lower_rate_kills_as_many(result):
    """off for every training digit … at a rate of 1"""
    result["spared"]["lower"] = moved(result["spared"]["lower"], 0.0)


def warm_up_spares_them(result):
    """off for every training digit … at a rate of 1"""
    result["spared"]["warm-up"] = moved(result["spared"]["warm-up"], 0.6)
