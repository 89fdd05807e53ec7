"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def linear_ones_differ(result):
    """A gradient changes by the spectral radius a step"""
    result["factors"]["linear"][1] = scaled(result["factors"]["linear"][1], 1.1)


def tanh_shrinks_it_further(result):
    """changes by the spectral radius a step"""
    result["factors"]["tanh"][1] = scaled(result["factors"]["tanh"][1], 0.8)


def tanh_grows_as_fast(result):
    """its gradient grows by less than ρ"""
    result["factors"]["tanh"][-1] = scaled(result["factors"]["linear"][-1], 1.01)


def gates_make_no_difference(result):
    """in LSTMs by the forget gate"""
    result["factors"]["lstm"][-1] = result["factors"]["lstm"][1]


def far_more(result):
    """and a little more"""
    result["above_gate"][1] = moved(result["above_gate"][1], 0.3)


def tanh_keeps_what_a_radius_of_one_gives_it(result):
    """From ρ = 1 on the states of tanh grow until they saturate, and its gradient grows by less"""
    result["factors"]["tanh"][3] = moved(result["factors"]["linear"][3], 1.0)


def a_gate_below_one_shrinks_it(result):
    """From b = 3 on that of an LSTM grows, with every gate below one"""
    result["linearised"][3] = 0.97
    result["factors"]["lstm"][3] = moved(result["factors"]["lstm"][3], 0.97)
