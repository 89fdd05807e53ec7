"""What could have come out instead; claim() refuses each of these."""


def small_networks_alone(result):
    """Time, in gradients, and memory … against the number of weights n"""
    result["n"][-1] = 500_000


def a_product_costs_more_and_more(result):
    """The Hessian costs O(n) gradients"""
    result["product"][-1] *= 3


def as_many_for_any_n(result):
    """The Hessian costs O(n) gradients"""
    result["whole"] = 300 * result["gradient"][: len(result["whole"])]


def a_low_rank_of_it(result):
    """n² numbers"""
    result["whole_bytes"][-1] //= 10


def the_eigenpair_grows_with_n(result):
    """at random weights, its lowest pair a hundred"""
    result["lowest"] = result["gradient"] * result["n"] ** 0.4


def thousands(result):
    """at random weights, its lowest pair a hundred"""
    result["lowest"] *= 10
