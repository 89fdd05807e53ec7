"""The bar in a terminal, and that there is none elsewhere."""

import io
import sys

import pytest

from tests.checkup.test_examining import setting, train
from trainingtips import checkup
from trainingtips.checkup import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_is_one_line_with_the_share_of_the_time():
    out, times = Terminal(), iter([0.0, 30.0, 400.0])
    bar = progress.Bar(120, out, lambda: next(times))
    bar("trying it with η/10, start 1")
    bar("x" * 500)
    bar.clear()
    first, second, last = out.getvalue().split("\r\x1b[K")[1:]
    assert first == "[#####...............] 30 of 120 s, trying it with η/10, start 1"
    assert second.startswith("[####################] 400 of 120 s") and len(second) < 400
    assert last == "" and "\n" not in out.getvalue()


@pytest.mark.parametrize("fails", [False, True])
def test_a_terminal_has_it_and_is_left_clean(monkeypatch, fails):
    def stopping(t, updates):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stderr", Terminal())
    if fails:
        with pytest.raises(KeyboardInterrupt):
            checkup.examine(setting, stopping, updates=5, seconds=5)
    else:
        checkup.examine(setting, train, updates=5, seconds=1)
    said = sys.stderr.getvalue()
    assert "watching the training" in said and said.endswith("\r\x1b[K")


def test_what_is_no_terminal_gets_nothing(capsys):
    checkup.examine(setting, train, updates=5, seconds=1)
    assert capsys.readouterr() == ("", "")
