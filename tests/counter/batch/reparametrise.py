"""What could have come out instead; claim() refuses each of these."""


def not_one_function(result):
    """One function, with its layers rescaled"""
    result["loss_error"] = 1e-4


def hardly_changes(result):
    """is as sharp as one likes"""
    result["largest"] = result["largest"] ** 0.25


def levels_off(result):
    """is as sharp as one likes"""
    result["largest"][-1] = 1.1 * result["largest"][-2]


def rises_to_one_side(result):
    """is as sharp as one likes"""
    result["largest"][5:] = result["largest"][4]


def any_value_at_all(result):
    """any λ_max above a least one"""
    result["largest"] *= 0.1


def relative_sharpness_changes(result):
    """relative measures do not move"""
    result["relative"] = result["keskar"]


def adaptive_sharpness_changes(result):
    """relative measures do not move"""
    result["adaptive"][2] *= 1.1


def slices_agree_as_they_are(result):
    """So a random slice may look wide or narrow"""
    result["plain"][:] = result["plain"][1]


def scaled_slices_differ(result):
    """scaled to the filters, all slices are one"""
    result["normalised"][0] *= 1.01
