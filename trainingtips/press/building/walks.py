"""What each script reaches, kept from one run to the next: nothing changed takes no time.

For each script `build/cache/walks.json` keeps the hash of what its compute() reaches and of what
its picture does, what its claim() reaches, and the texts that were looked at, by their hashes. They
hold as long as each of these is as it was. Losing the file costs a second, never correctness.
"""

import contextlib
import hashlib
import json
from pathlib import Path

from trainingtips.press.base import files
from trainingtips.press.kept import keys, sources

# what a setting is made of; the package's other modules measure, on all settings alike
MAKERS = {f"trainingtips.{name}" for name in ("chance", "data", "networks", "normalization")}


class Walks:
    """Walks through a `keys.Project`: for compute(), for claim(), and for all of each script."""

    def __init__(self, project):
        self.project, self.path = project, project.root / "build/cache/walks.json"
        self.known, self.used, self.stamps, self.made = _read(self.path), {}, {}, {}

    def of(self, script):
        """{"reached", "own", "drawn": hashes; "claim": parts; "libraries", "drawing": packages; …}.

        "own" is of what is reached but the package's instruments.
        """
        if script.module in self.used:  # in one run nothing changes for it
            return self.used[script.module]
        found = self.known.get(script.module)
        if found is None or any(self.stamp(name) != e for name, e in found["asked"].items()):
            found = self._walked(script)
        else:
            for text in found["asked"].values():
                self.project.cache.keep("source", text)  # for the walk after the next edit
        self.used[script.module] = found
        return found

    def stamp(self, name):
        if name not in self.stamps:
            whole = name == keys.ALL
            self.stamps[name] = self.project.listing() if whole else self.project.stamp(name)
        return self.stamps[name]

    def _walked(self, script):
        self.project.asked = asked = set()
        compute, whole = self.walk(script), self.walk(script, drawing=True)
        parts = compute.parts()
        return {
            "reached": keys.digest(parts),
            "own": keys.digest([part for part in parts if not is_instrument(part[0])]),
            "drawn": keys.digest(whole.parts()),
            "claim": [] if script.shared else self._claim(script),
            "libraries": sorted(compute.external),
            "drawing": sorted(whole.external),
            "impure": sorted(compute.impure),
            "asked": {name: self.stamp(name) for name in sorted(asked)},
        }

    def _claim(self, script):
        return self.project.reached(script.module, "claim", [keys.DRAWING_ONLY])[0]

    def walk(self, script, drawing=False):
        """The `keys.Walk` of compute(), or of all that the script has."""
        which = script.module, drawing
        if which not in self.made:
            start = keys.WHOLE if drawing else "compute"
            without = () if drawing else [keys.DRAWING_ONLY]
            self.made[which] = self.project.walk(script.module, start, without)
        return self.made[which]

    def modules(self, script, drawing=False):
        return self.walk(script, drawing).modules(whole=drawing)

    def save(self):
        if self.used == self.known:
            return
        text = json.dumps(self.used).encode()
        with contextlib.suppress(OSError):  # the next run walks again
            files.replace(self.path, _head(text) + b"\n" + text)


def is_instrument(module):
    """Whether it is a module of the package itself that no setting is made of.

    >>> [is_instrument(f"trainingtips.{each}") for each in ("lanczos", "data", "experiments.bias")]
    [True, False, False]
    """
    package, _, name = module.partition(".")
    return package == "trainingtips" and name.isidentifier() and module not in MAKERS


def _read(path):
    try:
        head, _, text = path.read_bytes().partition(b"\n")
        return json.loads(text) if head == _head(text) else {}
    except (OSError, ValueError):
        return {}


def _head(text):
    """A damaged walk would give a wrong key, and one by other code too."""
    found = hashlib.sha256(sources.own_code())
    for path in (Path(__file__), Path(keys.__file__)):
        found.update(path.read_bytes())
    found.update(text)
    return found.hexdigest().encode()
