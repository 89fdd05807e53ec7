"""What could have come out instead; claim() refuses each of these."""


def moves_with_the_shift(result):
    """Softmax ignores a shift of all logits"""
    result["shift_error"] = 1e-6


def a_steeper_sigmoid(result):
    """for two classes it is the sigmoid of their difference"""
    result["sigmoid_error"] = 0.09


def as_written_it_does_as_well(result):
    """As its formula is written, softmax ends in no number (nan) at large shifts"""
    result["written"] = {name: dict(found) for name, found in result["torch"].items()}


def torch_ends_too(result):
    """torch's is right at every c"""
    for name, values in result["torch"]["half"].items():
        result["torch"]["half"][name] = values[:130]


def torch_loses_digits(result):
    """torch's is right at every c"""
    result["torch"]["half"]["error"][-40:] = 0.02


def one_shift_has_its_own_curve(result):
    """three common shifts c of the logits give one curve"""
    result["first"][2] = result["first"][2] ** 1.1
