"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def not_known_by_heart(result):
    """Text read 64 times"""
    losses = result["curves"][0]["training"]
    losses[-1] = moved(losses[-1], 1.0)


def no_worse_than_a_guess(result):
    """is foretold worse than by counting signs"""
    result["times"] = moved(result["times"], 1.0)


def hardly_worse(result):
    """is foretold worse than by counting signs"""
    result["times"] = scaled(result["times"], 0.6)


def more_signs_wrong(result):
    """is foretold worse than by counting signs"""
    end = result["above"][0]["end"]
    end["error"] = moved(end["error"], 0.05)


def fewer_signs_wrong(result):
    """is foretold worse than by counting signs"""
    end = result["above"][0]["end"]
    end["error"] = moved(end["error"], -0.05)


def stopping_comes_too_late(result):
    """stopping mends it"""
    found = result["above"][0]["stopped"]
    found["loss"] = moved(found["loss"], 0.0)


def stopping_mends_the_loss_alone(result):
    """stopping mends it"""
    found = result["above"][0]["stopped"]
    found["error"] = moved(found["error"], 0.01)


def more_text_is_learnt_by_heart_too(result):
    """or more text"""
    found = result["above"][2]["end"]
    found["loss"] = moved(found["loss"], 0.5)


def more_text_does_not_help_answers(result):
    """or more text"""
    found = result["above"][2]["end"]
    found["error"] = moved(found["error"], 0.0)


def four_times_the_text_ends_as_high(result):
    """or more text"""
    result["less"][1] = moved(result["less"][1], 0.0)
