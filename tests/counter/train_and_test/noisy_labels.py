"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def wrong_labels_are_believed(result):
    """the rule is learnt first"""
    result["best"]["seen_through"] = moved(result["best"]["seen_through"], 0.4)


def both_are_learnt_at_once(result):
    """the rule is learnt first"""
    result["best"]["by_heart"] = moved(result["best"]["by_heart"], 0.5)


def the_rule_is_not_learnt_by_then(result):
    """the rule is learnt first"""
    result["best"]["right"] = moved(result["best"]["right"], 0.6)


def exceptions_stay_unlearnt(result):
    """the exceptions are known by heart later"""
    result["end"]["by_heart"] = moved(result["end"]["by_heart"], 0.4)


def some_networks_refuse(result):
    """the exceptions are known by heart later"""
    result["arrived"] = 0.9


def soon_after(result):
    """the exceptions are known by heart later"""
    result["half"]["by_heart"] = moved(result["half"]["by_heart"], 6)


def it_does_no_harm(result):
    """the error on test digits"""
    result["lost"] = moved(result["lost"], 0.0)
