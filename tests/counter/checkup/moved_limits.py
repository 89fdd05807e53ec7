"""What could have come out instead; claim() refuses each of these."""


def a_looser_limit_finds_one_more(result):
    """Moved by a factor of 1.5, no limit finds more causes"""
    half = result["rules"]["not_shuffled"]["half"]
    half["looser"] = half["kept"] | {"hits": half["kept"]["hits"] + 1}


def none_does_better(result):
    """One does: that of a rate too low, looser, finds a cause more"""
    half = result["rules"]["rate_too_low"]["half"]
    half["looser"] = half["kept"]


def a_rate_too_high_spares_some(result):
    """since a seventh's they would miss a cause"""
    half = result["rules"]["rate_too_high"]["half"]
    half["stricter"] = half["kept"] | {"alarms": half["kept"]["alarms"] - result["healthy"] // 10}


def a_stricter_one_spares_the_healthy(result):
    """or spares more healthy ones, for nothing"""
    half = result["rules"]["schedule_wrong"]["half"]
    half["stricter"] = half["kept"] | {"alarms": half["kept"]["alarms"] - result["healthy"] // 10}


def another_record(result):
    """Computed from the record of what was measured"""
    result["unlike"] = 1
