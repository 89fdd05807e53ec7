"""What could have come out instead; claim() refuses each of these."""

import numpy as np


def no_bursts_at_a_small_rate(result):
    """A root mean square over all history makes Adagrad burst sideways"""
    for name in ("updates", "ends", "growth"):
        result["at_rates"][0][name] = []


def a_jolt_and_no_burst(result):
    """burst sideways"""
    result["at_rates"][1]["growth"] = np.full(4, 1.2)


def grows_without_a_crossing(result):
    """the step climbs past 2, and the path bursts"""
    result["at_rates"][2]["outside"] = 4.0


def rises_all_the_same(result):
    """a falling rate prevents it"""
    result["falling_rises"] = 12


def prevents_all_progress(result):
    """a falling rate prevents it"""
    result["falling_loss"] = 40.0


def begins_beyond_the_edge(result):
    """a falling rate prevents it"""
    result["falling"]["step"] *= 2
