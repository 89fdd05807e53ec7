"""What could have come out instead; claim() refuses each of these."""


def it_is_high_in_few(result):
    """high in nearly half of the failing trainings"""
    result["shown"]["failing"] = 2


def it_is_high_in_most(result):
    """high in nearly half of the failing trainings"""
    result["shown"]["failing"] = result["count"] - 2


def there_are_few(result):
    """of the failing trainings"""
    result["count"] = 12


def it_tells_them_apart(result):
    """and in most of these once mended"""
    result["both"] = 0


def it_sees_no_cause_at_all(result):
    """most of these once mended"""
    result["own"] = []
