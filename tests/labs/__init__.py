from pathlib import Path

ROOT = Path(__file__).parents[2]
LABS = ROOT / "docs/labs"
NAMES = sorted(path.stem for path in LABS.glob("*.py"))
CHROMIUM = Path("/usr/bin/chromium")
