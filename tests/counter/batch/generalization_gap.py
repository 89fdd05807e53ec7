"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def some_never_arrive(result):
    """At one learning rate and equal training loss"""
    result["arrived"] = 0.9


def large_batches_do_not_fit(result):
    """equal training loss"""
    fitted = result["table"]["train_accuracy"]
    fitted[-1] = moved(fitted[-1], 0.95)


def no_gap(result):
    """small batches test better"""
    gaps = result["gaps"]["test_accuracy"]
    gaps[-1] = moved(gaps[-1], 0.0)


def not_on_every_split(result):
    """small batches test better"""
    result["gap_by_split"][1] = -0.004


def as_sharp(result):
    """end up flatter"""
    times = result["times"]["keskar"]
    times[0] = moved(times[0], 1.0)


def sharper(result):
    """end up flatter"""
    times = result["times"]["largest"]
    times[-1] = moved(times[-1], 0.5)


def the_rate_does_not_matter(result):
    """At one learning rate"""
    result["scaled"][0]["gain"] = moved(result["scaled"][0]["gain"], 0.0)


def the_gap_stays_at_equal_noise(result):
    """At one learning rate"""
    result["scaled"][0]["gap_before"] = moved(result["scaled"][0]["gap_before"], 0.007)


def equal_noise_tests_alike(result):
    """At one learning rate"""
    result["scaled"][1]["gap_before"] = moved(result["scaled"][1]["gap_before"], 0.0)


def the_rate_gains_by_its_noise_alone(result):
    """four times the rate, which gains without any noise of batches too"""
    result["without_noise"] = moved(result["without_noise"], 0.0)


def some_controls_never_arrive(result):
    """equal training loss"""
    result["controls_arrived"] = 0.9
