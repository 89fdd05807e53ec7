"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def five_times_the_rate(result):
    """Batch norm takes ten times the rate"""
    result["largest"]["batch_norm"] = [0.7, 1.0]


def no_limit(result):
    """ten times the rate"""
    result["largest"]["batch_norm"] = [50.0, 100.0]


def no_fewer_updates(result):
    """a sixth of the updates"""
    result["speedup"]["plain"] = moved(result["speedup"]["plain"], 1.0)


def a_twentieth(result):
    """a sixth of the updates"""
    result["speedup"]["plain"] = moved(result["speedup"]["plain"], 20.0)


def scaled_inputs_do_it_all(result):
    """a third, with scaled inputs"""
    result["speedup"]["standardized"] = moved(result["speedup"]["standardized"], 1.0)


def scaled_inputs_do_nothing(result):
    """a third, with scaled inputs"""
    speedup = result["speedup"]
    speedup["standardized"] = moved(speedup["standardized"], speedup["plain"].mean)


def best_at_the_end_of_the_rates(result):
    """Each kind's best rate"""
    result["best"]["standardized"]["rates"][0] = 0.2


def the_default_start_trains(result):
    """With torch's default initialization … no plain network gets there at this rate"""
    run = result["runs"]["default"][0]
    run["share"] = moved(run["share"], 0.5)
