"""What could have come out instead; claim() refuses each of these."""

import numpy as np


def no_better_than_descent(result):
    """Tuned momentum keeps (√κ−1)/(√κ+1) of the error per update"""
    result["heavy"]["measured"] = result["plain"]["measured"]


def another_power(result):
    """(√κ−1)/(√κ+1)"""
    roots = result["conditions"] ** 0.6
    rates = (roots - 1) / (roots + 1)
    result["heavy"] = {"theory": rates, "measured": rates}
    result["found"] = rates[::2]


def descent_as_fast(result):
    """tuned descent (κ−1)/(κ+1)"""
    result["plain"] = {"theory": result["heavy"]["theory"], "measured": result["heavy"]["measured"]}


def a_search_finds_better(result):
    """the best that a search finds"""
    result["found"] = result["found"] ** 1.05


def a_search_finds_nothing_as_good(result):
    """the best that a search finds (crosses)"""
    result["found"] = np.sqrt(result["found"])


def errors_grow_no_further(result):
    """the error with momentum first grows, to about √κ/e"""
    result["peaks"] = np.minimum(result["peaks"], 4.0)


def ahead_from_the_first(result):
    """With momentum it is above plain descent's for the first updates"""
    curves = result["curves"]
    curves["heavy"][:60] = curves["plain"][:60] * 0.9
