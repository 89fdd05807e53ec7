"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def the_best_is_as_good_as_it_looks(result):
    """The best of 64 settings looks three points better than it is"""
    result["gap"][1][-1] = moved(result["gap"][1][-1], 0.0)


def ten_points(result):
    """looks three points better than it is"""
    result["gap"][1][-1] = moved(result["gap"][1][-1], 0.1)


def one_setting_flatters_too(result):
    """The best of 64 settings"""
    result["gap"][1][0] = moved(result["gap"][1][0], 0.02)


def half_of_theory(result):
    """about as order statistics say"""
    result["times"][0] = scaled(result["times"][0], 0.5)


def twice_theory(result):
    """about as order statistics say"""
    result["times"][2] = scaled(result["times"][2], 2.0)


def the_size_of_the_test_does_not_matter(result):
    """How much more the setting that is best on m test digits gets right"""
    result["halved"] = moved(result["halved"], 0.0)


def four_hundred_digits_are_another_matter(result):
    """about as order statistics say"""
    result["times"][3] = moved(result["times"][3], result["luck_alone"][3])
