"""How far an examination is: one line in a terminal, drawn over itself."""

import shutil
import time

CELLS = 20


class Bar:
    """Called with what is done now; shows it beside the share of the time limit that is gone."""

    def __init__(self, seconds, out, clock=time.monotonic):
        self.seconds, self.out, self.clock, self.start = seconds, out, clock, clock()

    def __call__(self, text):
        gone = self.clock() - self.start
        full = min(CELLS, round(CELLS * gone / self.seconds))
        line = f"[{'#' * full}{'.' * (CELLS - full)}] {gone:.0f} of {self.seconds:.0f} s, {text}"
        self._over(line[: shutil.get_terminal_size().columns - 1])

    def clear(self):
        """Leave an empty line, for the report."""
        self._over("")

    def _over(self, line):
        self.out.write(f"\r\x1b[K{line}")
        self.out.flush()
