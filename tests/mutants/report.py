"""What is kept of a run, results/mutants.json; `press.pages.mutants` shows it on a page.

Each survivor has a kind and a reason, written in reasons.toml by whoever looked at it; one without
is an open question, and `make mutants` then ends with status 1.
"""

import tomllib
from pathlib import Path

REASONS = Path(__file__).with_name("reasons.toml")
KINDS = {
    "equivalent": "no input can tell the two apart",
    "words": "only the words of a message differ",
    "device": "only a second device (a GPU) could tell",
    "cost": "the same numbers, with other time or memory",
    "choice": "another number would do as well",
    "drawn": "only the look of a picture differs",
    "guard": "a second defence behind one that is tested",
}


def reasons(path=REASONS):
    """{(file, function, was, now): (kind, why)} of the survivors that someone has looked at."""
    found = {}
    for entry in tomllib.loads(path.read_text())["survivor"]:
        if entry["kind"] not in KINDS:
            raise ValueError(f"a reason is of kind {entry['kind']!r}, none of {', '.join(KINDS)}")
        place = tuple(entry[name] for name in ("file", "function", "was", "now"))
        found[place] = (entry["kind"], entry["why"])
    return found


def report(changes, killed, known, texts, **more):
    """A run as it is kept: numbers for each file, and each survivor with its reason.

    `changes` are all that could be made; `killed` is {mutant: whether a test noticed} of those that
    were tried; `known` are the `reasons`, `texts` {file: digest of what was changed there}.
    """
    files = {}
    for file in sorted({change.file for change in changes}):
        own = [change for change in changes if change.file == file]
        here = [change for change in own if change.mutant in killed]
        left = [_survivor(change, known) for change in here if not killed[change.mutant]]
        files[file] = {
            "possible": len(own),
            "tried": len(here),
            "killed": len(here) - len(left),
            "survivors": left,
            "text": texts[file],
        }
    return {**more, "possible": len(changes), **_sums(files), "files": files}


def _survivor(change, known):
    place = (change.file, change.function, change.was, change.now)
    kind, why = known.get(place, (None, None))
    names = ("line", "function", "was", "now", "again")
    return {name: getattr(change, name) for name in names} | {"kind": kind, "why": why}


def _sums(files):
    return {name: sum(file[name] for file in files.values()) for name in ("tried", "killed")}
