"""What could have come out instead; claim() refuses each of these."""


def less_flat(result):
    """Confidently wrong, squared error on softmax is flat (1.2 × 10⁻⁸)"""
    result["squared_error"]["slope"] = 1.2e-4


def gentle(result):
    """cross-entropy steep (1.41)"""
    result["cross_entropy"]["slope"] = 0.71


def not_wrong_at_all(result):
    """Confidently wrong"""
    result["squared_error"]["corner"] = 0.5


def it_moves(result):
    """squared error … is flat"""
    result["squared_error"]["moved"] = 0.3


def cross_entropy_stays(result):
    """cross-entropy steep"""
    result["cross_entropy"]["moved"] = 3.0


def cross_entropy_ends_high(result):
    """cross-entropy steep"""
    result["cross_entropy"]["end"] = 1.4
