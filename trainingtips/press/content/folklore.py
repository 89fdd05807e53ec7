"""What people say, read from docs/folklore.yml: each sentence with its source and our verdict.

    - id: small-batches-generalise
      sentence: Small batches generalise better.
      source: "[@keskar2017]"        # or an address, https://…
      quoted: true                   # word for word; else a paraphrase
      place: abstract                # where in the source
      section: batch
      verdict: regime                # holds, regime, refuted or open
      why: At one learning rate; at equal η/B the gap is gone.
      claims: [batch/generalization_gap]
      network: [perceptron]          # and data, optimiser: what it was tried on
      front: true                    # on the home page

Only plain YAML is read: text, lists of text, true and false. Each fault is told with its line.
"""

import functools
import re
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import yaml

from trainingtips.press.base import limits, paths
from trainingtips.press.base.errors import UserError
from trainingtips.press.content import citations, prose
from trainingtips.press.kept import scripts

FILE = citations.FOLKLORE
PAGE = citations.FOLKLORE_PAGE
VERDICTS = {
    "holds": "holds",
    "regime": "holds in a regime",
    "refuted": "refuted here",
    "open": "open here",
}
TAGS = ("network", "data", "optimiser")
BYTES = 2**18
SECONDS = limits.Setting("TRAININGTIPS_FOLKLORE_SECONDS", 30, "s")  # a hundred times ours
MEMORY = limits.Setting("TRAININGTIPS_FOLKLORE_MEMORY", 1, "GiB")
LONGEST = {"sentence": 240, "why": 400, "place": 80, "tag": 40}  # characters

_TEXTS = ("id", "sentence", "source", "section", "verdict", "why", "place")
_LISTS = ("claims", *TAGS)
_FLAGS = ("quoted", "front")
_KINDS = {"text": _TEXTS, "list": _LISTS, "flag": _FLAGS}
KEYS = {name: kind for kind, names in _KINDS.items() for name in names}
_NEEDED = ("id", "sentence", "source", "section", "verdict")
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEY = re.compile(r"\[@([A-Za-z][\w-]*)\]")
_TYPES = {"str": "text", "bool": "true or false", "int": "a number", "float": "a number"}
_TYPES |= {"seq": "a list", "map": "names and values", "null": "nothing", "timestamp": "a date"}


@dataclass(frozen=True)
class Saying:
    """A sentence of others, where it stands, and what was found here."""

    line: int
    id: str
    sentence: str
    source: str  # "[@key]", or an address
    section: str
    verdict: str
    why: str = ""
    place: str = ""
    claims: tuple = ()
    network: tuple = ()
    data: tuple = ()
    optimiser: tuple = ()
    quoted: bool = False
    front: bool = False

    @property
    def key(self):
        """Its source's key in the bibliography; None for an address."""
        found = _KEY.fullmatch(self.source)
        return found and found[1]

    @property
    def tags(self):
        """[(network, data or optimiser; its name)]."""
        return [(kind, tag) for kind in TAGS for tag in getattr(self, kind)]


def read(docs):
    """The sentences of `docs`/folklore.yml in its order; none where there is no such file.

    Raises UserError that lists what is no such entry, each with its line.
    """
    path = Path(docs) / FILE
    return _parsed(str(path), path.stat().st_mtime_ns) if path.exists() else ()


@functools.lru_cache(maxsize=2)
def _parsed(path, _changed):
    return parse(limits.text(path, f"docs/{FILE}", BYTES))


def parse(text):
    """The sentences of a file with that text. Raises UserError.

    >>> parse("- {id: a, sentence: It grows., source: '[@b]', section: c, verdict: open, why: D.}")
    (Saying(line=1, id='a', sentence='It grows.', source='[@b]', section='c', ...),)
    """
    where = f"docs/{FILE}"
    try:
        with limits.within(SECONDS, MEMORY, where):
            top = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else _line_at(text, getattr(error, "position", 0))
        problem = getattr(error, "problem", None) or getattr(error, "reason", "it is no YAML")
        raise UserError(
            f"{where}:{line}: {problem}; put text with a colon or quotes into '…'"
        ) from None
    except RecursionError:
        raise UserError(f"{where}: brackets are nested too deeply to be read") from None
    if not isinstance(top, yaml.SequenceNode) or not top.value:
        raise UserError(f"{where}:1: expected a list of sentences, `- id: …`")
    faults, found = [], []
    for node in top.value:
        saying, wrong = _saying(node)
        faults += wrong
        found += [saying] if saying else []
    faults += _twice(found)
    _raise(faults)
    return tuple(found)


def _line_at(text, position):
    return text.count("\n", 0, position) + 1


def _raise(faults):
    """Of (line, what) of each fault."""
    if faults:
        raise UserError("\n".join(f"docs/{FILE}:{line}: {what}" for line, what in sorted(faults)))


def _saying(node):
    """(the Saying, or None; the faults) of an entry."""
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        return None, [(line, f"expected names and values, `id: …`; received {_type(node)}")]
    values, faults = {}, []
    for key, value in node.value:
        try:
            name = _name(key, values)
            values[name] = _value(name, value)
        except ValueError as error:
            faults.append((key.start_mark.line + 1, str(error)))
    if not faults:
        lacking = [name for name in _NEEDED if name not in values]
        faults = [(line, f"{_told(values)} has no `{name}:`") for name in lacking]
    if not faults:
        saying = Saying(line, **values)
        faults = [(line, f"{saying.id}: {fault}") for fault in _faults(saying)]
    return (None, faults) if faults else (saying, [])


def _told(values):
    return values.get("id", "this entry")


def _name(key, values):
    name = key.value if isinstance(key, yaml.ScalarNode) else _type(key)
    if name not in KEYS:
        raise ValueError(f"no {paths.shown(name)} is read; there is {', '.join(KEYS)}")
    if name in values:
        raise ValueError(f"`{name}:` stands twice in an entry")
    return name


def _value(name, node):
    if KEYS[name] == "flag":
        if _type(node) != "true or false":
            raise ValueError(f"`{name}:` is true or false; received {_type(node)}")
        return node.value.lower() in ("true", "yes", "on")
    if KEYS[name] == "list":
        if not isinstance(node, yaml.SequenceNode):
            raise ValueError(f"`{name}:` is a list, [a, b]; received {_type(node)}")
        return tuple(_text(name, each) for each in node.value)
    return _text(name, node)


def _text(name, node):
    if _type(node) != "text":
        raise ValueError(f"`{name}:` is text; received {_type(node)}: put it into '…'")
    text = " ".join(node.value.split())
    if not text:
        raise ValueError(f"`{name}:` is empty")
    return text


def _type(node):
    kind = node.tag.rpartition(":")[2]
    return _TYPES.get(kind, "something else")


def _faults(saying):
    """What is wrong with an entry by itself."""
    for name in ("id", "section"):
        if not _WORD.fullmatch(getattr(saying, name).replace("_", "-")):
            yield f"`{name}:` is written in a–z, 0–9 and -; received {getattr(saying, name)[:80]!r}"
    for name in ("sentence", "why", "place"):
        length = len(getattr(saying, name))
        if length > LONGEST[name]:
            yield f"`{name}:` has {length} characters; {LONGEST[name]} are right at most"
    for kind, tag in saying.tags:
        if len(tag) > LONGEST["tag"]:
            yield f"`{kind}:` {tag[:20]!r}… has more than {LONGEST['tag']} characters"
    if saying.verdict not in VERDICTS:
        yield f"a verdict is one of {', '.join(VERDICTS)}; received {saying.verdict[:80]!r}"
        return
    if not saying.key and not _is_address(saying.source):
        yield f"`source:` is '[@key]' or https://…; received {saying.source[:80]!r}"
    if saying.verdict != "holds" and not saying.why:
        yield f"{saying.verdict!r} needs `why:`: {_WHY[saying.verdict]}"
    if saying.verdict != "open" and not saying.claims:
        yield f"{saying.verdict!r} needs `claims:`, those that decide it, such as [batch/shuffle]"
    for line, number in prose.typed_numbers(saying.why):
        yield f"`why:` has {number!r} on its line {line}; the claims have the numbers"


_WHY = {
    "regime": "in which it holds, and in which not",
    "refuted": "what was found instead",
    "open": "what it would take to decide it",
}


def _is_address(text):
    try:
        parts = urllib.parse.urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", text)


def _twice(sayings):
    for what in ("id", "sentence"):
        seen = {}
        for saying in sayings:
            value = getattr(saying, what)
            if value in seen:
                yield saying.line, f"{saying.id}: the {what} of line {seen[value]} again"
            seen.setdefault(value, saying.line)


def check(root):
    """Raise UserError for sentences that do not fit the project's claims and bibliography."""
    root = Path(root)
    docs, found = root / "docs", read(root / "docs")
    if not found:
        return
    known = scripts.find_scripts(root)
    entries = citations.read(docs)
    faults = []
    for saying in found:
        unfit = _unfit(saying, docs, known, entries)
        faults += [(saying.line, f"{saying.id}: {fault}") for fault in unfit]
    _raise(faults)


def _unfit(saying, docs, known, entries):
    if not (docs / f"{saying.section}.md").is_file():
        yield f"there is no section {saying.section!r}: no docs/{saying.section}.md"
    cited = [saying.key] if saying.key else []
    for key in [*cited, *_KEY.findall(saying.why)]:
        try:
            citations.entry(entries, key)
        except UserError as error:
            yield str(error)
    missing = False
    for name in saying.claims:
        try:
            scripts.resolve(name, sorted(known))
        except UserError as error:
            missing = True
            yield f"`claims:` {error}"
    if not missing:
        yield from _against({known[name].verdict for name in saying.claims}, saying)


def _against(verdicts, saying):
    """Where the sentence's verdict does not follow from those of its claims."""
    if saying.verdict == "holds" and verdicts == {"not reproduced"}:
        yield "it 'holds', and none of its claims could be reproduced"
    if saying.verdict == "holds" and "holds" not in verdicts and not saying.why:
        yield "it 'holds', and none of its claims does without a regime: write `why:`, or 'regime'"
