"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def the_rate_kills_none(result):
    """Dead ReLUs multiply with the rate"""
    result["more"]["first"] = moved(result["more"]["first"], 0.0)


def one_came_back(result):
    """none of the first layer comes back"""
    result["back"]["first"][-1] = 1


def there_were_none(result):
    """none of the first layer"""
    result["counted"]["first"] = [0, 0, 0, 0]


def nor_behind_it(result):
    """some behind it do"""
    result["back"]["second"] = [0, 0, 0, 0]
