"""Small projects to edit, put together at random from ways to write a module.

Three modules of a package and a script, whose compute() adds up what some of them have. All that
Python can do at a module's top level and that once gave a stale number is among them.
"""

HEAD = """import math
import random
from dataclasses import dataclass, field
from functools import lru_cache, partial, singledispatch, wraps

"""

# each: {i} is a number of its own, so that names differ; `value_{i}()` is what the script may call
WAYS = [
    '''RATE_{i} = 0.{i}5
STEPS_{i} = 3 * {i} + 2


def value_{i}(scale=1.5):
    """Times."""
    total = 0.0
    for step in range(STEPS_{i}):
        total = total + RATE_{i} * step * scale
    return total
''',
    """KNOWN_{i} = {{}}


def register_{i}(function):
    KNOWN_{i}[function.__name__] = function
    return function


@register_{i}
def one_{i}(x):
    return x + {i}


@register_{i}
def two_{i}(x):
    return x * 3


def value_{i}():
    return sum(each({i}) for each in KNOWN_{i}.values())
""",
    """RNG_{i} = random.Random({i})
FIRST_{i} = RNG_{i}.randint(0, 1000)
SECOND_{i} = RNG_{i}.randint(0, 1000)


def value_{i}():
    return FIRST_{i} - SECOND_{i}
""",
    """rate_{i} = 0.25


@dataclass(frozen=True)
class Setting_{i}:
    rate_{i}: float = rate_{i}
    steps: int = {i}

    def area(self, width=2):
        return self.rate_{i} * self.steps * width


def value_{i}():
    return Setting_{i}().area()
""",
    """class Base_{i}:
    known = []
    weight = {i}

    def __init_subclass__(cls, **options):
        Base_{i}.known.append(cls.__name__)

    def size(self):
        return self.weight + 1


class Child_{i}(Base_{i}):
    weight = 7

    def size(self):
        return super().size() * 2


class Other_{i}(Base_{i}):
    weight = 9


def value_{i}():
    return Child_{i}().size() + len(Base_{i}.known)
""",
    """LIST_{i} = [1, 2]
LIST_{i}.append({i})
LENGTH_{i} = len(LIST_{i})
for extra_{i} in range(2):
    LIST_{i}.append(extra_{i} + 5)


def value_{i}():
    return sum(LIST_{i}) + LENGTH_{i}
""",
    """@singledispatch
def kind_{i}(x):
    return 0


@kind_{i}.register
def kind_int_{i}(x: int):
    return {i} + 1


@kind_{i}.register
def kind_text_{i}(x: str):
    return {i} + 2


def value_{i}():
    return kind_{i}(3) * 10 + kind_{i}("a")
""",
    """def twice_{i}(function):
    @wraps(function)
    def inner(*arguments):
        return 2 * function(*arguments)

    return inner


@twice_{i}
def value_{i}():
    return helper_{i}(4) - {i}


def helper_{i}(x, power=2):
    return x**power


def unused_{i}(x):
    return x - 1
""",
    """LOG_{i} = []


def noted_{i}(text, x=LOG_{i}.append({i})):
    return len(LOG_{i}) + len(text)


try:
    import nothing_{i}
except ImportError:
    nothing_{i} = None

if nothing_{i} is None:
    FALL_{i} = 11
else:
    FALL_{i} = 12


def value_{i}():
    return FALL_{i} + noted_{i}("ab")
""",
    """PARTS_{i} = {{"sine": math.sin, "cosine": math.cos}}
GRID_{i} = [step / 4 for step in range(5)]
POWER_{i} = partial(pow, 2)


@lru_cache
def cached_{i}(n):
    return n if n < 2 else cached_{i}(n - 1) + cached_{i}(n - 2)


def value_{i}():
    return sum(PARTS_{i}["sine"](x) for x in GRID_{i}) + POWER_{i}({i}) + cached_{i}(5)
""",
    """from math import tau as turn_{i}
turn_{i} = {i}
FIRST_{i} = [abs(-2.5)]
from math import floor as abs
LAST_{i} = abs(-3.5)


def value_{i}():
    return turn_{i} + FIRST_{i}[0] + LAST_{i} * abs(-4.5)
""",
]

# Where one docstring is read all of them count. It is rare, and so it is here: in one of eight.
READING = """WORDS_{i} = []


def told_{i}(function):
    WORDS_{i}.append(len(function.__doc__ or "") + len(function.__annotations__))
    return function


class Told_{i}:
    def __init_subclass__(cls):
        WORDS_{i}.append(len(getattr(cls, "__doc__") or ""))


class Heir_{i}(Told_{i}):
    size = {i}


if len(WORDS_{i}) == 1:

    @told_{i}
    def sized_{i}(x):
        return x + {i}


def value_{i}():
    return sum(WORDS_{i}) + sized_{i}(Heir_{i}.size)
"""

SCRIPT = '''"""Counts."""

{imports}

ALT = "A point."
INPUTS = ["data/numbers.txt"]
SETTINGS = {{
    "one": {{
        "data": "others",
        "network": "none",
        "optimiser": "none",
        "rate": 2,
        "inputs": ["data/others.txt"],
    }},
    "none": "there is nothing to try",
}}
COLOUR = "blue"
FACTOR = 3
LIMIT = 200


def read(path):
    with open(path) as lines:
        return [float(line) for line in lines]


def compute(*, setting=None):
    own = setting or {{"network": "", "rate": 1, "inputs": ["data/numbers.txt"]}}
    total = {terms}
    total = total * FACTOR * own["rate"] + len(own["network"])
    return {{"v": total, "data": read(own["inputs"][0])}}


def claim(result):
    assert result["v"] < LIMIT, f"a number, {{COLOUR}}"


def draw(result, figure):
    figure.subplots().plot(result["data"], color=COLOUR)
'''

# in a copy of this project: data sets of the package, whose every number counts
SETS = '''"""Counts."""

import zlib

from trainingtips import data

ALT = "A point."
INPUTS = ["trainingtips/datasets/flights.npz"]
SETTINGS = {
    "fashion": {
        "data": "Fashion-MNIST",
        "network": "none",
        "optimiser": "none",
        "of": "fashion",
        "power": 2,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
}
OWN = {"of": "flights", "power": 1}
LIMIT = 9000


def count(values):
    return zlib.crc32(values.numpy().tobytes())


def compute(*, setting=None):
    own = setting or OWN
    found = [count(each) for part in data.parts(own["of"]) for each in (part.x, part.y)]
    return {"v": found, "n": len(data.load(own["of"])) ** own["power"]}


def claim(result):
    assert result["n"] < LIMIT, "a number"


def draw(result, figure):
    figure.subplots().plot(result["v"])
'''


def write(root, random):
    """Write a project into `root`."""
    texts = [*WAYS, READING]
    ways = random.sample(range(len(WAYS)), 6)
    if random.random() < 1 / 8:
        ways[random.randrange(6)] = len(WAYS)
    modules = {"one": ways[:2], "two": ways[2:4], "three": ways[4:]}
    used = []
    for index, (name, own) in enumerate(modules.items()):
        text = HEAD
        if index and random.random() < 0.5:
            other, theirs = list(modules.items())[index - 1]
            text += f"from lab.{other} import value_{theirs[0]}\n\n"
            text += f"\ndef extra_{index}():\n    return value_{theirs[0]}() + 1\n\n\n"
            used.append((name, f"extra_{index}"))
        text += "\n\n".join(texts[way].format(i=way) for way in own)
        _put(root, f"lab/{name}.py", text)
        used += [(name, f"value_{way}") for way in own if random.random() < 0.8]
    _put(root, "lab/__init__.py", random.choice(["", "from lab import two\n", "LAB = []\n"]))
    _put(root, "data/numbers.txt", "1\n2.5\n")
    _put(root, "data/others.txt", "3\n")
    _put(root, "figures/demo/s.py", SCRIPT.format(**_script(used, random)))


def _script(used, random):
    imports, terms = {}, []
    for module, name in used:
        how = random.choice("ffffmmmmiiiis")
        if how == "f":
            imports[f"from lab.{module} import {name}"] = None
            terms.append(f"{name}()")
        elif how == "m":
            imports[f"from lab import {module}"] = None
            terms.append(f"{module}.{name}()")
        elif how == "i":
            imports[f"import lab.{module}"] = None
            terms.append(f"lab.{module}.{name}()")
        else:
            imports[f"from lab.{module} import *"] = None
            terms.append(f"{name}()")
    return {"imports": "\n".join(imports), "terms": " + ".join(terms or ["1"])}


def _put(root, path, text):
    path = root / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
