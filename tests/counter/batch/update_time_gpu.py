"""What could have come out instead; claim() refuses each of these."""


def longer_at_a_thousand(result):
    """On a GPU an update of a thousand examples takes no longer than that of one"""
    result["record"]["median"][3] *= 2


def flat_to_a_hundred(result):
    """a thousand examples takes no longer than that of one"""
    result["record"]["flat_to"] = 100


def flat_to_the_end(result):
    """of a million, ∝ B"""
    median = result["record"]["median"]
    median[:] = median[0]
