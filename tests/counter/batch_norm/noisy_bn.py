"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def the_means_stay(result):
    """Noise behind batch normalization brings most of the shift back"""
    result["runs"]["noise_50"]["move"] = result["runs"]["batch_norm"]["move"]


def batch_norm_shifts_as_much(result):
    """brings most of the shift back"""
    result["runs"]["batch_norm"]["move"] = result["runs"]["plain"]["move"]


def gradients_hardly_turn(result):
    """the second is large at η = 1 anyway"""
    run = result["runs"]["noise_50"]
    run["turn"] = moved(run["turn"], 40.0)


def no_faster_any_more(result):
    """training is still the faster"""
    result["gain"] = moved(result["gain"], 0.0)


def noise_never_stops_it(result):
    """only a = 1 stops training"""
    run = result["runs"]["noise_100"]
    run["share"] = moved(run["share"], 0.6)


def weaker_noise_stops_it_too(result):
    """only a = 1 stops training"""
    run = result["runs"]["noise_25"]
    run["share"] = moved(run["share"], 0.4)


def another_shift(result):
    """the internal covariate shift as Santurkar, Tsipras, Ilyas and Mądry (2018) define it"""
    result["mismatch"] = 0.01
