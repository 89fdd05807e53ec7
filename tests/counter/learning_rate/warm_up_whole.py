"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def no_rate_is_saved(result):
    """warm-up saves large rates from a sharp start"""
    found = result["sharp"]["deep"]
    found["warm_up"] = list(found["constant"])


def a_rate_is_saved_from_the_flat_start(result):
    """saves large rates from a sharp start"""
    found = result["flat"]["shallow"]
    found["warm_up"][-1] = moved(found["warm_up"][-1], -0.5)
    found["constant"][-1] = moved(found["constant"][-1], 2.0)


def the_loss_is_halved(result):
    """hardly any loss"""
    found = result["sharp"]["shallow"]
    found["gain"] = moved(found["gain"], 0.3)


def the_loss_is_no_lower(result):
    """hardly any loss"""
    found = result["sharp"]["deep"]
    found["gain"] = moved(found["gain"], -0.01)


def as_much_from_the_flat_start(result):
    """from a sharp start"""
    found = result["flat"]["deep"]
    found["gain"] = moved(found["gain"], 0.09)


def the_sharp_start_is_flat(result):
    """from a sharp start"""
    found = result["sharp"]["deep"]
    found["curvature_start"] = moved(found["curvature_start"], 0.5)


def it_stays_sharp(result):
    """from a sharp start"""
    found = result["sharp"]["shallow"]
    found["curvature_least"] = found["curvature_start"]


def the_flat_start_is_sharp(result):
    """from a sharp and a flat start"""
    found = result["flat"]["deep"]
    found["curvature_start"] = moved(found["curvature_start"], 2.0)


def the_grid_is_too_narrow(result):
    """Final training loss against the peak rate"""
    result["flat"]["deep"]["best_rate"]["constant"] = result["rates"]["flat"][0]
