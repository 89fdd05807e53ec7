"""What could have come out instead; claim() refuses each of these."""


def it_does_not_matter(result):
    """Features of unequal scale make descent slow"""
    result["forms"]["raw"]["kappa"] = 20 * result["forms"]["standardized"]["kappa"]


def as_many_updates(result):
    """centred and scaled, they cost far fewer updates"""
    result["forms"]["standardized"]["updates"] = result["forms"]["raw"]["updates"] / 50


def centring_alone_will_do(result):
    """centred and scaled"""
    result["forms"]["centred"]["kappa"] = 3 * result["forms"]["standardized"]["kappa"]


def whitening_is_not_enough(result):
    """far fewer updates"""
    result["forms"]["whitened"]["updates"] = 14


def another_descent(result):
    """in closed form from the eigenvalues"""
    result["forms"]["raw"]["descent"] *= 0.98
