"""Which results depend on the processor: `reproduce` under other instruction sets and workers.

Each column of the table is `reproduce` in a process of its own, section by section, and every
section is written as soon as it is there: what was interrupted goes on where it stopped. A cell
names the kept result that it was compared with and lapses with it.

The table feeds what a figure says of its numbers on the page, and the page on reproducing.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from trainingtips.press.base import files, paths, provenance
from trainingtips.press.base.errors import ResultError, UsageError, UserError
from trainingtips.press.checking import instructions, reproduce
from trainingtips.press.kept import results, scripts

PATH = "results/processors.json"
FORMAT = 1
LIBRARIES = {"numpy", "scipy", "torch", "sklearn"}
MINE = "own"  # the instructions that workers ordinarily use; the kept results come from them
COLUMNS = {  # name → (instructions, workers), in the page's order
    "1 worker": (MINE, 1),
    "2 workers": (MINE, 2),
    "default": ("default", 1),
    "avx2": ("avx2", 1),
    "avx512": ("avx512", 1),
    "none": (instructions.FREE, 1),
}
WORDS = {  # a cell's verdict, on the page
    "exact": "same digits",
    "within": "within",
    "differs": "differs",
    "claim fails": "claim fails",
    "failed": "fails",
}


@dataclass(frozen=True)
class Cell:
    """One result under one column's conditions, against what is kept."""

    verdict: str
    changed: int  # of `size` numbers, those not equal at the digits kept
    size: int
    allowed: str
    of: str  # reproduce.identity() of the kept result
    notes: tuple[str, ...] = ()


def measure(root, sections=(), columns=(), *, say=print):
    """Fill the table: what is missing of these sections and columns (default: all). Returns it.

    Raises UsageError for an unknown section or column, UserError where a run gives no table.
    """
    root = Path(root).resolve()
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        raise UsageError(f"no column {unknown[0]!r}; there are {', '.join(COLUMNS)}")
    columns = [name for name in COLUMNS if name in (columns or COLUMNS)]
    here = instructions.present()
    table = read(root) if _kept_environment(root) == _environment() else {}
    for section in _sections(root, sections):
        names = [n for n in scripts.find_names(root) if n.startswith(f"{section}/")]
        for column in columns:
            how, workers = COLUMNS[column]
            if how not in (MINE, instructions.FREE, *here):
                say(f"{section}, {column}: not on this processor")
            elif missing := _missing(root, table, names, column):
                say(f"{section}, {column}: computing {len(missing)} of {len(names)}")
                found = _run(root, missing, how, workers)
                _enter(table, column, found)
                write(root, table)
                say(f"{section}, {column}: {_counts(found)}")
    return table


def _sections(root, chosen):
    known = sorted({name.partition("/")[0] for name in scripts.find_names(root)})
    for section in chosen:
        if section not in known:
            raise UsageError(f"no section {section!r}; the sections are {', '.join(known)}")
    return [section for section in known if not chosen or section in chosen]


def _missing(root, table, names, column):
    """Those results of `names` that have no cell that is of what is kept now."""
    found = {name: scripts.read_script(root, name) for name in names}
    return [
        name
        for name, script in found.items()
        if not script.hardware and column not in _of_now(root, script, table.get(name, {}))
    ]


def _identity(root, script):
    try:
        return reproduce.identity(results.kept(root, script.name))
    except ResultError:
        return None


def _run(root, names, how, workers):
    """The table of one `reproduce`, as a list of its verdicts: dictionaries."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.json"
        command = [sys.executable, "-m", "trainingtips", "reproduce"]
        command += [word for name in names for word in ("--only", name)]
        command += ["--jobs", str(workers), "--json", str(path)]
        command += [] if how == MINE else ["--instructions", how]
        found = os.pathsep.join(filter(None, [_package(), os.getenv("PYTHONPATH")]))
        env = os.environ | {"PYTHONPATH": found}
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError):
            told = (done.stdout + done.stderr).strip().splitlines()[-20:]
            raise UserError("\n".join([f"{' '.join(command[1:])} gave no table:", *told])) from None


def _package():
    return str(paths.SOURCE)


def _enter(table, column, found):
    for each in found:
        if each["verdict"] != "record":
            fields = (each[name] for name in ("verdict", "changed", "size", "allowed", "of"))
            table.setdefault(each["name"], {})[column] = Cell(*fields, tuple(each["notes"]))


def _counts(found):
    verdicts = [each["verdict"] for each in found]
    return ", ".join(f"{verdicts.count(kind)} {kind}" for kind in dict.fromkeys(verdicts))


def read(root):
    """{result name: {column: Cell}} as kept; empty where nothing was measured yet.

    Raises UserError for a file that is not such a table.
    """
    try:
        table = _read((Path(root) / PATH).read_bytes())
        return {name: dict(row) for name, row in table.items()}
    except FileNotFoundError:
        return {}


@functools.lru_cache(maxsize=2)  # by its bytes: each figure's caption asks for it
def _read(data):
    try:
        content = json.loads(data)
    except ValueError as error:
        raise UserError(f"{PATH}: not a table of processors: {error}") from None
    try:
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, expected {FORMAT}")
        return {
            name: {
                column: Cell(**cell, notes=tuple(notes)) for column, (cell, notes) in row.items()
            }
            for name, row in _rows(content["results"])
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{PATH}: not a table of processors: {error!r}") from None


def _kept_environment(root):
    """Of the table that is there: cells of another machine or other versions begin anew."""
    try:
        return json.loads((root / PATH).read_bytes()).get("environment")
    except (OSError, ValueError, AttributeError):
        return None


def _rows(content):
    for name, row in content.items():
        cells = {column: dict(cell) for column, cell in row.items()}
        yield name, {column: (cell, cell.pop("notes", ())) for column, cell in cells.items()}


def write(root, table):
    """Keep the table, a line for each cell."""
    head = {"format": FORMAT, "environment": _environment()}
    lines = []
    for name in sorted(table):
        row = {column: _plain(table[name][column]) for column in COLUMNS if column in table[name]}
        cells = (
            f"   {json.dumps(column)}: {json.dumps(cell, ensure_ascii=False)}"
            for column, cell in row.items()
        )
        lines.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(cells) + "\n  }")
    start = json.dumps(head, indent=1)[:-2]
    text = f'{start},\n "results": {{\n' + ",\n".join(lines) + "\n }\n}\n"
    files.replace(Path(root) / PATH, text.encode())


def _plain(cell):
    plain = {"verdict": cell.verdict, "changed": cell.changed, "size": cell.size}
    plain |= {"allowed": cell.allowed, "of": cell.of}
    return plain | ({"notes": list(cell.notes)} if cell.notes else {})


def _environment():
    found = provenance.environment(LIBRARIES)
    return {name: found[name] for name in found if name not in ("threads", "instructions")}


def current(root):
    """The cells that are of what is kept now, by result name; the others have lapsed."""
    known = set(scripts.find_names(root))
    table = {}
    for name, row in read(root).items():
        if name in known:
            cells = _of_now(root, scripts.read_script(root, name), row)
            table |= {name: cells} if cells else {}
    return table


def note(root, name):
    """What a figure says of its numbers on other instruction sets; "" where it was not tried."""
    script = scripts.read_script(root, name)
    row = _of_now(root, script, read(root).get(name, {}))
    tried = {c: cell for c, cell in row.items() if COLUMNS.get(c, (MINE,))[0] != MINE}
    if not tried:
        return ""
    changed = [column for column, cell in tried.items() if cell.changed]
    good = all(cell.verdict in ("exact", "within") for cell in tried.values())
    if not changed:
        return f"the same digits with {_list(tried)} instructions"
    chaos = scripts.chaos(root, script)
    if good and chaos:
        return f"only its intervals agree with {_list(changed)} instructions: {chaos}"
    if good:
        return f"within its tolerance with {_list(changed)} instructions"
    worse = [column for column, cell in tried.items() if cell.verdict not in ("exact", "within")]
    return f"other numbers with {_list(worse)} instructions"


def _of_now(root, script, row):
    """The cells of what is kept now, compared by the rule that the script asks for now."""
    identity = _identity(Path(root), script) if row else None
    wanted = bool(row and scripts.chaos(root, script)), bool(script.illustration)
    return {
        column: cell
        for column, cell in row.items()
        if cell.of == identity and ("other" not in cell.allowed or _asked(cell.allowed) == wanted)
    }


def _asked(allowed):
    """Whether a rule, as a cell has it, leaves all but intervals out, and illustration."""
    return "chaos" in allowed, "illustration" in allowed


def _list(names):
    *first, last = ("unpinned" if name == instructions.FREE else name for name in names)
    return f"{', '.join(first)} and {last}" if first else last
