"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def experiments_find_clearly_more(result):
    """Their intervals overlap: undecided"""
    result["best"] = moved(result["best"], 0.3)


def limits_find_few(result):
    """Their intervals overlap: undecided"""
    result["best"] = widened(result["best"], 0.4)


def limits_find_as_many(result):
    """No limit on what is measured finds as many right causes"""
    result["best"] = moved(result["best"], result["tried"]["1"]["hits"].mean)


def experiments_alarm_as_well(result):
    """at as few false alarms as experiments do"""
    tried = result["tried"]["1"]
    tried["alarms"] = moved(tried["alarms"], 0.2)


def another_check_up(result):
    """ring, as it is"""
    result["kept"] -= 1
