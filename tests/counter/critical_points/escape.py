"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def by_the_length_alone(result):
    """An eigenvector step of length ε leaves the saddle by ½|λ|ε²"""
    result["drop_slope"] = 1.0


def without_the_half(result):
    """½|λ|ε²"""
    result["drops"] *= 2


def stays(result):
    """An eigenvector step of length ε leaves the saddle"""
    result["one_step_loss"] = 0.9


def like_one_over_delta(result):
    """descent needs log(1/δ) updates"""
    result["plain"] = (
        result["plain"][-1] * (result["deltas"][-1] / result["deltas"]) ** 0.2
    ).round()


def at_twice_the_curvature(result):
    """log(1/δ)"""
    result["plain"] = result["plain"] // 2


def noise_does_not_help(result):
    """With noise in each gradient (32 seeds) the nearness of the start stops counting"""
    result["noisy"][0] = moved(result["noisy"][0], 193)


def a_long_way_from_any_start(result):
    """descent needs log(1/δ) updates"""
    result["plain"] += 60


def with_noise_nearer_still_takes_longer(result):
    """With noise in each gradient (32 seeds) the nearness of the start stops counting"""
    result["noisy"][0] = moved(result["noisy"][0], result["noisy"][6].mean + 30)
