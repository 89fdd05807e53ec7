"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled, widened


def half_of_the_slow_runs_look_stuck(result):
    """which one rule tells apart"""
    result["named"]["slow"] = moved(result["named"]["slow"], 0.5)


def healthy_runs_look_broken(result):
    """which one rule tells apart"""
    result["named"]["healthy"] = moved(result["named"]["healthy"], 0.4)


def many_runs_are_named_wrongly(result):
    """one rule tells apart"""
    result["right"] = moved(result["right"], 0.75)


def zero_weights_learn(result):
    """Ten mistakes in one training loop leave ten loss curves"""
    result["facts"]["start"] = moved(result["facts"]["start"], 0.8)


def broadcasting_does_no_harm(result):
    """Ten mistakes in one training loop leave ten loss curves"""
    result["facts"]["mean"] = moved(result["facts"]["mean"], 0.2)


def a_guess_is_only_the_average(result):
    """Ten mistakes in one training loop leave ten loss curves"""
    result["facts"]["mean"] = widened(result["facts"]["mean"], 1.3)


def nan_from_the_first_batch_on(result):
    """Ten mistakes in one training loop leave ten loss curves"""
    result["facts"]["nan"] = moved(result["facts"]["nan"], 0)


def spikes_are_chance(result):
    """Ten mistakes in one training loop leave ten loss curves"""
    result["facts"]["spikes"] = moved(result["facts"]["spikes"], 2)


def the_warm_up_only_wobbles(result):
    """Ten mistakes in one training loop leave ten loss curves"""
    result["facts"]["up_again"] = moved(result["facts"]["up_again"], 1.2)


def few_examples_generalise(result):
    """Ten mistakes in one training loop leave ten loss curves"""
    result["facts"]["validation"] = scaled(result["facts"]["validation"], 0.8)


def both_modes_agree(result):
    """Ten mistakes in one training loop leave ten loss curves"""
    result["facts"]["modes"] = moved(result["facts"]["modes"], 1.0)
