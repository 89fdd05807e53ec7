"""What could have come out instead; claim() refuses each of these."""


def asking_costs_little(result):
    """as one graph of kernels it takes under a third"""
    result["times_by_size"][0] = 2.5


def asking_costs_nothing(result):
    """a small update is mostly asking"""
    result["times_by_size"][0] = 1.5


def a_graph_is_quicker_at_any_size(result):
    """On a GPU a small update"""
    result["times_by_size"][-1] = 2.0


def a_graph_is_flat(result):
    """On a GPU a small update"""
    result["graph"]["median"][-5:] = result["graph"]["median"][-1]


def small_is_not_flat(result):
    """a small update is mostly asking"""
    result["asked"]["median"][3] *= 2
