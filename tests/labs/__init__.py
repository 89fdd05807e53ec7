from pathlib import Path

ROOT = Path(__file__).parents[2]
LABS = ROOT / "docs/labs"
SHARED = (
    "arithmetic.js",
    "chance.js",
    "lab.js",
    "labs.css",
    "mount.js",
)  # published beside each lab's own
NAMES = sorted(path.stem for path in LABS.glob("*.py"))
