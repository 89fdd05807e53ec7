"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def limits_find_as_many(result):
    """No limit on what is measured finds as many right causes"""
    result["best"] = moved(result["best"], result["tried"]["1"]["hits"].mean)


def too_few_cases_to_say(result):
    """No limit on what is measured finds as many right causes"""
    result["best"] = widened(result["best"], 0.95)


def experiments_alarm_as_well(result):
    """at as few false alarms as experiments do"""
    tried = result["tried"]["1"]
    tried["alarms"] = moved(tried["alarms"], 0.2)


def a_limit_without_alarms_finds_as_many(result):
    """No limit on what is measured finds as many right causes at as few false alarms"""
    hits = result["tried"]["1"]["hits"]
    result["measured"]["0.9"] |= {"hits": hits, "alarms": moved(hits, 0.1)}


def another_check_up(result):
    """ring, as it is"""
    result["kept"] -= 1
