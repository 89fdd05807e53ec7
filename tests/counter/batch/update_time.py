"""What could have come out instead; claim() refuses each of these."""


def one_example_costs_as_much_as_all(result):
    """then in proportion to B"""
    result["records"]["one"]["median"] = result["records"]["one"]["median"] ** 0.7


def a_flat_stretch(result):
    """The flat stretch that lectures show is a GPU's"""
    result["records"]["two"]["flat_to"] = 50


def twice_at_two(result):
    """an update takes twice as long for ten to fifty examples"""
    result["records"]["one"]["double_to"] = 1


def twice_at_thousands(result):
    """an update takes twice as long for ten to fifty examples"""
    result["records"]["two"]["double_to"] = 2000
