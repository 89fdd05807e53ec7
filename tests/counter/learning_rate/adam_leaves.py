"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def far_below_the_edge(result):
    """Adam reaches its edge under both losses"""
    result["entropy"]["peak"] = moved(result["entropy"]["peak"], 0.4)


def far_beyond_the_edge(result):
    """Adam reaches its edge under both losses"""
    result["squares"]["peak"] = moved(result["squares"]["peak"], 2.5)


def squared_error_leaves_too(result):
    """under cross-entropy it leaves"""
    result["squares"]["level"] = moved(result["squares"]["level"], 0.4)


def cross_entropy_stays(result):
    """under cross-entropy it leaves"""
    result["entropy"]["level"] = moved(result["entropy"]["level"], 0.9)


def it_leaves_before(result):
    """once the data are fitted"""
    result["leaving"] = moved(result["leaving"], 0.3)
