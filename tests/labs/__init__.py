from pathlib import Path

ROOT = Path(__file__).parents[2]
LABS = ROOT / "docs/labs"
# published beside each lab's own
SHARED = ("arithmetic.js", "chance.js", "lab.js", "labs.css", "mount.js")
NAMES = sorted(path.stem for path in LABS.glob("*.py"))
