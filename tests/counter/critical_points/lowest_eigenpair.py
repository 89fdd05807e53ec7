"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def hundreds_from_the_start(result):
    """The lowest eigenpair takes some 40 products at the start of training"""
    result["products"][0][0] = moved(result["products"][0][0], 300)


def as_many_after(result):
    """up to hundreds after"""
    result["times"][-1] = moved(result["times"][-1], 1)


def a_second_basis_and_no_more(result):
    """up to hundreds after"""
    result["most"][-1][-1] = 82


def it_stays_large(result):
    """Its eigenvalue, relative to that at the start, shrinks by orders of magnitude"""
    result["shrunk"][0][-1] = moved(result["shrunk"][0][-1], 0.5)
