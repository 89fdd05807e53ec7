"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def training_shows_it(result):
    """training beats a guess"""
    result["learnt"] = moved(result["learnt"], 1.0)


def validation_learns_something(result):
    """but validation never does"""
    result["least"]["all"] = moved(result["least"]["all"], 0.9)


def right_labels_look_alike(result):
    """Out of step"""
    result["least"]["none"] = moved(result["least"]["none"], 0.7)


def half_of_them_do_no_harm(result):
    """where labels slip by a row, all or half"""
    result["least"]["half"] = moved(result["least"]["half"], 0.2)


def half_of_them_teach_nothing(result):
    """where labels slip by a row, all or half"""
    result["least"]["half"] = moved(result["least"]["half"], 1.0)


def they_are_never_known_by_heart(result):
    """where labels slip by a row, all or half"""
    result["late"] = moved(result["late"], 0.0)


def accuracy_tells(result):
    """accuracy hides a class it misses"""
    result["accuracy"]["less"] = moved(result["accuracy"]["less"], 0.08)


def the_class_is_found(result):
    """a class it misses"""
    result["found"]["rare"] = moved(result["found"]["rare"], 0.8)


def it_is_always_missed(result):
    """a class it misses"""
    result["found"]["usual"] = moved(result["found"]["usual"], 0.3)
