"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def not_quite_critical(result):
    """From a saddle with a full gradient of zero"""
    result["largest_gradient"] = 1e-9


def a_plateau(result):
    """From a saddle"""
    result["eigenvalues"][0] = -0.001


def batches_lead_down_the_steepest_way(result):
    """No example's gradient has a part along the steepest ways out"""
    result["along"][0] = 0.3


def no_example_leads_out(result):
    """some have, along less steep ones"""
    result["along_all"] = 1e-12


def one_size_stays(result):
    """small batches leave sooner"""
    share = result["share"]["800"]
    share[4] = result["share"]["200"][4]


def less_noise_leaves_first(result):
    """small batches leave sooner"""
    median = result["median"]
    median[2], median[4] = median[4], median[2]


def one_example_leaves_last(result):
    """small batches leave sooner"""
    result["median"][0] = moved(result["median"][0], 400)


def as_much_later_at_each_step(result):
    """Its loss along four runs of each batch size, and the share of 32 runs that escaped"""
    median = result["median"]  # by ½ log 4 / log(1 + η|λ|), as linear theory has it
    for at in range(1, len(median)):
        later = median[at - 1].mean + result["expected_more"]
        median[at] = moved(median[at - 1], later)


def the_full_one_moves(result):
    """the full one stays"""
    result["full_moved"] = 1e-3


def the_full_one_escapes(result):
    """the full one stays"""
    result["full_escaped"] = True


def out_of_a_dead_start_too(result):
    """where the hidden biases are zero too, no batch has a gradient along any way out"""
    result["dead_share"] = result["share"]["800"][1]


def at_any_rate(result):
    """at three times the rate most networks do not get down for the noise of batch 1"""
    result["hot_share"] = result["share"]["800"][1]
