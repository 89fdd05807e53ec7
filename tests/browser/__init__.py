"""What is seen and done in a browser, on the published site."""

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(p.relative_to(DOCS).with_suffix(".html").as_posix() for p in DOCS.rglob("*.md"))
PAGES += sorted(f"notebooks/{p.stem}.html" for p in (DOCS / "notebooks").glob("*.py"))
