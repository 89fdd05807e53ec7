"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def gains_nothing_in_the_shallow_network(result):
    """From a sharp start warm-up saves large peak rates, at either depth"""
    found = result["sharp"]["shallow"]
    found["gain"] = moved(found["gain"], 0.02)


def a_lower_loss_at_the_same_rates(result):
    """warm-up saves large peak rates"""
    found = result["sharp"]["deep"]
    found["warm_up"] = [
        moved(one, other.mean - 0.1)
        for one, other in zip(found["warm_up"], found["constant"], strict=True)
    ]


def raises_it_from_the_flat_start_too(result):
    """from a flat one it does not"""
    found = result["flat"]["deep"]
    found["warm_up"] = [moved(each, -1.5) for each in found["warm_up"]]


def gains_from_the_flat_start_too(result):
    """from a flat one it does not"""
    found = result["flat"]["shallow"]
    found["gain"] = result["sharp"]["shallow"]["gain"]


def at_the_end_of_the_rates(result):
    """Final training loss against the peak rate"""
    result["sharp"]["deep"]["best_rate"]["warm_up"] = 0.8


def flat_from_the_start(result):
    """From a sharp start"""
    found = result["sharp"]["deep"]
    found["curvature_start"] = moved(found["curvature_start"], 8.0)


def sharp_to_the_end(result):
    """λ_max along warm-up against 2/η"""
    found = result["sharp"]["shallow"]
    found["curvature_least"] = found["curvature_start"]


def the_flat_start_is_sharp(result):
    """a flat one"""
    found = result["flat"]["deep"]
    found["curvature_start"] = result["sharp"]["deep"]["curvature_start"]
