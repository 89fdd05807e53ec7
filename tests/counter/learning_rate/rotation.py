"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled, widened


def loses_half(result):
    """Turned by 45°, a valley takes nearly all of Adagrad's … lead"""
    middle = result["updates"]["Adagrad"][6]
    result["updates"]["Adagrad"][6] = moved(middle, 116)


def loses_half_too(result):
    """a valley takes nearly all of … RMSProp's lead"""
    middle = result["updates"]["RMSprop"][6]
    result["updates"]["RMSprop"][6] = moved(middle, 116)


def too_uncertain(result):
    """nearly all of Adagrad's and RMSProp's lead"""
    result["updates"]["RMSprop"][6] = widened(result["updates"]["RMSprop"][6], 120)


def there_was_no_lead(result):
    """Adagrad's and RMSProp's lead"""
    result["updates"]["RMSprop"][0] = scaled(result["updates"]["RMSprop"][0], 30)


def the_turn_costs_nothing(result):
    """takes … RMSProp's lead"""
    cost = result["turn_cost"]
    cost["Adam"] = moved(cost["Adam"], 0.0)


def descent_is_turned_too(result):
    """descent sees no turn"""
    result["updates"]["SGD"][6] = moved(result["updates"]["SGD"][6], 260)


def a_rate_per_weight_helps(result):
    """the condition number that a rate per weight leaves"""
    result["scaled_condition"][6] = 50.0
