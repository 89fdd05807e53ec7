"""`python -m trainingtips`: the command line; see `trainingtips.press.cli`."""

import sys

if __name__ == "__main__":
    try:  # an interrupt while modules are imported is one, too
        from trainingtips.press.cli import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)
