"""What could have come out instead; claim() refuses each of these."""


def a_looser_limit_finds_one_more(result):
    """no limit finds more causes, or spares more healthy ones, for nothing"""
    half = result["rules"]["not_shuffled"]["half"]
    half["looser"] = half["kept"] | {"hits": half["kept"]["hits"] + 1}


def a_stricter_one_spares_the_healthy(result):
    """no fewer causes, and at least one in twenty of the healthy ones less"""
    half = result["rules"]["schedule_wrong"]["half"]
    half["stricter"] = half["kept"] | {"alarms": half["kept"]["alarms"] - 7}


def another_record(result):
    """Computed from the record of what was measured"""
    result["unlike"] = 1


def half_of_the_rules(result):
    """Suspected, as a rule's limits are made looser, left, or stricter, right, by one factor"""
    result["rules"] = dict(list(result["rules"].items())[:12])
