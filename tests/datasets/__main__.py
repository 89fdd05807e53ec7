"""Make the packaged data sets again and compare; exit status 1 where one differs."""

import sys
import tempfile
from pathlib import Path

from tests import datasets
from trainingtips import data


def main(keep):
    status = 0
    for name in data.PACKAGED:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "made.npz"
            datasets.write(made, datasets.arrays(name, datasets.fetch(name, folder)))
            if keep:
                datasets.packaged(name).write_bytes(made.read_bytes())
            found = datasets.different(datasets.packaged(name), made)
        size = datasets.packaged(name).stat().st_size
        print(f"{name}: {found or f'the same bytes ({size:,})'}")
        status |= bool(found)
    return status


if __name__ == "__main__":
    sys.exit(main("--keep" in sys.argv[1:]))
