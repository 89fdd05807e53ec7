"""`python -m trainingtips`: the command line; see `trainingtips.press.cli`."""

import os
import sys


def run():
    """Run the command line; ends with 130 after Ctrl-C, also while modules are imported."""
    try:
        from trainingtips.press.base import pins

        pins.pin()
        from trainingtips.press.cli import main

        main()
    except KeyboardInterrupt:
        status = 130
    except SystemExit as end:
        if end.code != 130:
            raise
        status = 130
    # Python would end by the signal, not with a status, where it came within an `exec`, such as
    # that of a dataclass being imported
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
