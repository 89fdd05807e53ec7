"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def as_quick(result):
    """Tuned, cross-entropy is quicker than squared error on softmax"""
    found = result["differences"]["squared_softmax"]
    found["epochs"] = moved(found["epochs"], 0.9)


def less_accurate(result):
    """in the end about as accurate"""
    found = result["differences"]["squared_softmax"]
    found["accuracy"] = moved(found["accuracy"], -0.03)


def more_accurate(result):
    """in the end about as accurate"""
    found = result["differences"]["squared_softmax"]
    found["accuracy"] = moved(found["accuracy"], 0.03)


def slower_on_logits_too(result):
    """cross-entropy is quicker than squared error"""
    result["differences"]["squared_logits"]["epochs"] = result["differences"]["squared_softmax"][
        "epochs"
    ]


def less_accurate_on_logits(result):
    """about as accurate"""
    found = result["differences"]["squared_logits"]
    found["accuracy"] = moved(found["accuracy"], -0.025)


def no_gain_with_wrong_labels(result):
    """in the end about as accurate"""
    gain = result["noise"]["fifth"]["last_gain"]
    gain["squared_softmax"] = moved(gain["squared_softmax"], 0.005)


def no_gain_at_equal_fit(result):
    """in the end"""
    gain = result["noise"]["fifth"]["at_equal_fit"]["gain"]
    gain["squared_softmax"] = moved(gain["squared_softmax"], 0.0)


def the_best_rate_was_not_tried(result):
    """Tuned, cross-entropy is quicker than squared error on softmax"""
    found = result["losses"]["squared_softmax"]
    found["quick"]["rate"] = found["rates"][-1]


def wrong_labels_do_no_harm(result):
    """Training on wrong labels, test accuracy falls again"""
    found = result["noise"]["two_fifths"]["cross_entropy"]
    found["fall"] = moved(found["fall"], 0.0)
