"""What could have come out instead; claim() refuses each of these."""


def it_shows_half(result):
    """fewer than a third of the failing trainings"""
    result["shown"]["failing"] = result["count"] // 2


def it_shows_none(result):
    """A first loss shows"""
    result["shown"] = {"failing": 0, "mended": 0}


def there_are_few(result):
    """the failing trainings"""
    result["count"] = 12


def it_cries_as_often_at_mended_ones(result):
    """and cries at fewer mended ones"""
    result["shown"]["mended"] = result["shown"]["failing"]
