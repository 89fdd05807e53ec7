"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def ten_times(result):
    """Batch normalization trains at rates twenty times as large"""
    result["largest"]["batch_norm"] = 1.0


def no_fewer_updates(result):
    """with a fifth of the updates to 90 %"""
    result["speedup"] = moved(result["speedup"], 1.0)


def a_twentieth(result):
    """a fifth of the updates"""
    result["speedup"] = moved(result["speedup"], 20.0)


def the_default_start_trains(result):
    """With torch's default initialization … the plain network stays at chance"""
    result["runs"]["default"][0]["reached"] = 9


def no_limit(result):
    """at rates twenty times as large"""
    runs = result["runs"]["batch_norm"]
    runs[-1]["share"] = runs[-2]["share"]
