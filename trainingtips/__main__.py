"""`python -m trainingtips`: the command line; see `trainingtips.press.cli`."""

from trainingtips.press.cli import main

if __name__ == "__main__":
    main()
