"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def falls_below(result):
    """Without γ a normalized output cannot bring the loss below 0.28"""
    result["output"]["neither"][-1] = moved(result["output"]["neither"][-1], 0.2)


def never_comes_near(result):
    """cannot bring the loss below 0.28"""
    result["output"]["beta"][-1] = moved(result["output"]["beta"][-1], 1.1)


def with_it_neither(result):
    """Without γ"""
    result["output"]["gamma"] = result["output"]["neither"]


def hidden_layers_lose_accuracy(result):
    """hidden layers hardly need it"""
    result["gain"]["sigmoid"] = moved(result["gain"]["sigmoid"], 0.03)


def hidden_layers_stop_learning(result):
    """hidden layers hardly need it"""
    for name in ("neither", "beta"):
        result["ratio"]["relu"][name] = scaled(result["ratio"]["relu"][name], 10)


def gamma_does_nothing_there(result):
    """what leaving γ or β out does to the training loss"""
    ratio = result["ratio"]["sigmoid"]
    ratio["neither"] = moved(ratio["neither"], 1.0)


def beta_is_what_counts(result):
    """what leaving γ or β out does to the training loss"""
    ratio = result["ratio"]["sigmoid"]
    ratio["gamma"] = ratio["neither"]
