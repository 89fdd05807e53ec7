"""Fingerprints: what each figure was last built from, part by part, so that a change can be named.

A key says that something has changed, not what. `build/cache/made_of.json` keeps, for each figure,
a short hash of every part of its two keys. It is read only where a figure is stale; losing it
costs the reason, never correctness: without the keys that it belongs to it is not believed.
"""

import contextlib
import json
from pathlib import Path

from trainingtips.press.base import files
from trainingtips.press.kept import keys, scripts

PATH = "build/cache/made_of.json"
SHORT = 12  # hexadecimal digits of a part's hash
PARTS = ("compute", "draw", "inputs", "needs", "style")  # of a fingerprint, {name: hash} each
COUNTERS = "its counter-results"
IMPORTS = "the imports"  # of modules that do something while they are imported
BARE = {*scripts.CONSTANTS, "claim", "draw"}  # the contract's names, for the script's own


def taken(state, reached, drawn, style):
    """Fingerprint of the figure of that `plan.State`, for pictures in `style`, {name: text}.

    `reached` and `drawn` are the (module, name, digest) that compute(), and all, is made of.
    """
    computed = _hashes(reached, state.script.module)
    whole = _hashes(drawn, state.script.module)
    draw = {name: each for name, each in whole.items() if computed.get(name) != each}
    if state.counters:
        draw[COUNTERS] = state.counters[:SHORT]
    needs = {state.needs[name]: key for name, key in state.made["arguments"].items()}
    return {
        "result_key": state.result_key,
        "picture_key": state.picture_key,
        "compute": computed,
        "draw": draw,
        "inputs": {path: each[:SHORT] for path, each in state.made["inputs"].items()},
        "needs": {name: key[:SHORT] for name, key in needs.items()},
        "style": style,
    }


def _hashes(reached, own):
    found = {}
    for module, name, digest in reached:
        found.setdefault(label(module, name, own), []).append(digest)
    return {name: _one(sorted(each)) for name, each in found.items()}


def _one(digests):
    return (digests[0] if len(digests) == 1 else keys.digest(digests))[:SHORT]


def label(module, name, own):
    """How the project calls `name` of `module` where it speaks of the script `own`.

    >>> label("trainingtips.batches", "epoch", "figures.batch.shuffle")
    'batches.epoch'
    >>> label("figures.batch.shuffle", "draw", "figures.batch.shuffle")
    'draw'
    """
    if module == own and name in BARE:
        return name
    section = own.rpartition(".")[0] + "."
    for start in (section, "figures.", "trainingtips."):
        module = module.removeprefix(start)
    if name == "imports 0":
        return f"{IMPORTS} of {module}"
    return f"the top level of {module}" if name == "effect 0" else f"{module}.{name}"


def read(root):
    """{figure: fingerprint} of all that are known and whole. Never raises."""
    try:
        found = json.loads((Path(root) / PATH).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: each for name, each in found.items() if _is_whole(each)}


def _is_whole(found):
    return (
        isinstance(found, dict)
        and all(isinstance(found.get(key), str) for key in ("result_key", "picture_key"))
        and all(isinstance(found.get(part), dict) for part in PARTS)
        and all(isinstance(each, str) for part in PARTS for each in found[part].values())
    )


def write(root, known):
    """Keep {figure: fingerprint}, where the disk allows."""
    with contextlib.suppress(OSError):  # the next stale figure has a vaguer reason
        files.replace(Path(root) / PATH, json.dumps(known).encode())
