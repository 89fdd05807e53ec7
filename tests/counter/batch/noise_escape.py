"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def not_quite_a_saddle(result):
    """From a saddle where the full gradient is zero"""
    result["largest_gradient"] = 1e-9


def a_plateau(result):
    """From a saddle"""
    result["eigenvalues"][0] = -0.001


def no_gradient_of_one_example(result):
    """batches have a gradient and the whole set has none"""
    result["single_gradient"] = 0.0


def one_size_stays(result):
    """every smaller batch leaves"""
    share = result["share"]["800"]
    share[4] = result["share"]["200"][1]


def less_noise_leaves_first(result):
    """every smaller batch leaves"""
    median = result["median"]
    median[2], median[4] = median[4], median[2]


def one_example_leaves_last(result):
    """every smaller batch leaves"""
    result["median"][0] = moved(result["median"][0], 400)


def the_full_one_moves(result):
    """the full one stays"""
    result["full_moved"] = 1e-3


def the_full_one_escapes(result):
    """the full one stays"""
    result["full_escaped"] = True


def out_of_a_dead_start_too(result):
    """the hidden biases are 1/32, 2/32, … 1"""
    result["dead_share"] = result["share"]["200"][1]
