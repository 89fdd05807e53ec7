"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def nothing_to_save(result):
    """Early stopping saves most that wrong labels cost"""
    cost = result["unstopped"]["noisy"]["cost"]
    result["unstopped"]["noisy"]["cost"] = moved(cost, 0.0)


def right_labels_cost_as_well(result):
    """that wrong labels cost"""
    cost = result["unstopped"]["clean"]["cost"]
    result["unstopped"]["clean"]["cost"] = moved(cost, 0.05)


def patience_costs(result):
    """eight enough"""
    rows = result["patience"]["noisy"]
    rows[-1]["cost"] = moved(rows[-1]["cost"], 0.05)


def eight_is_short(result):
    """eight enough"""
    rows = result["patience"]["clean"]
    rows[3]["cost"] = moved(rows[3]["cost"], 0.03)


def one_epoch_is_enough(result):
    """a patience of one epoch is short"""
    result["one_epoch"] = moved(result["one_epoch"], 0.0)


def few_digits_do_as_well(result):
    """a patience of one epoch is short"""
    rows = result["patience"]["few"]
    rows[0]["cost"] = moved(rows[0]["cost"], 0.0)


def it_takes_all_epochs(result):
    """and the epochs spent, against patience"""
    rows = result["patience"]["noisy"]
    rows[3]["epochs"] = moved(rows[3]["epochs"], 100)


def half_is_lost_all_the_same(result):
    """Early stopping saves most that wrong labels cost"""
    result["still_lost"] = moved(result["still_lost"], result["unstopped"]["noisy"]["cost"].mean)
