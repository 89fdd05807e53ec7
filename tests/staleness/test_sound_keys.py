"""Keys that are sound: each change that gives another number gives another key, or is refused.

Each case is a project before and after an edit. The truth is what plain Python finds; the builder
has to find that too, or to refuse with the script's line.
"""

import pytest

from tests.projects import Project
from tests.staleness import truth
from trainingtips.press.building import plan

SCRIPT = '''"""Counts."""

{}

ALT = "A point."


def claim(result):
    assert result["v"] is not None, "there is a value"


def draw(result, figure):
    figure.subplots().plot([1, 2])
'''
SEEN = {  # {case: {path: (text before, text after)}}; s.py is the script's own part
    "order of two bindings": {
        "lab/a.py": ("RATE = 0.1\nRATE = 0.5\n", "RATE = 0.5\nRATE = 0.1\n"),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.RATE}\n",
    },
    "order of two draws": {
        "lab/a.py": (
            "import random\nRNG = random.Random(1)\nA = RNG.random()\nB = RNG.random()\n",
            "import random\nRNG = random.Random(1)\nB = RNG.random()\nA = RNG.random()\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.A}\n",
    },
    "effect in a default": {
        "lab/a.py": (
            "K = [1]\ndef unused(x=K.append(2)):\n    pass\n",
            "K = [1]\ndef unused(x=K.append(3)):\n    pass\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "effect in a class body": {
        "lab/a.py": (
            "K = [1]\nclass Unused:\n    K.append(2)\n",
            "K = [1]\nclass Unused:\n    K.append(3)\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "__init_subclass__": {
        "lab/a.py": (
            "K = []\nclass Base:\n    def __init_subclass__(cls):\n        K.append(cls.n)\n"
            "class One(Base):\n    n = 1\n",
            "K = []\nclass Base:\n    def __init_subclass__(cls):\n        K.append(cls.n)\n"
            "class One(Base):\n    n = 2\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "a registering decorator": {
        "lab/a.py": (
            "K = {}\ndef add(f):\n    K['g'] = f\n    return f\n@add\ndef g():\n    return 1\n",
            "K = {}\ndef add(f):\n    K['g'] = f\n    return f\n@add\ndef g():\n    return 2\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K['g']()}\n",
    },
    "a setting, assigned": {
        "lab/a.py": (
            "import decimal\nOLD = decimal.setcontext(decimal.Context(prec=5))\n",
            "import decimal\nOLD = decimal.setcontext(decimal.Context(prec=9))\n",
        ),
        "s.py": "import decimal\nfrom lab import a\ndef compute():\n"
        "    return {'v': str(decimal.Decimal(1) / 3)}\n",
    },
    "order of imports": {
        "lab/a.py": "import lab.c\nlab.c.K.append(1)\n",
        "lab/b.py": "import lab.c\nlab.c.K.append(2)\n",
        "lab/c.py": "K = []\n",
        "s.py": (
            "from lab import a\nfrom lab import b, c\ndef compute():\n    return {'v': c.K}\n",
            "from lab import b\nfrom lab import a, c\ndef compute():\n    return {'v': c.K}\n",
        ),
    },
    "what a read finds": {
        "lab/a.py": (
            "K = [1]\nN = len(K)\nK.append(2)\n",
            "K = [1]\nK.append(2)\nN = len(K)\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.N}\n",
    },
    "what a name is imported as": {
        "lab/a.py": (
            "from math import sin as f\ndef go():\n    return f(1)\n",
            "from math import cos as f\ndef go():\n    return f(1)\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.go()}\n",
    },
    "a class's own name for the module's": {
        "s.py": (
            "from dataclasses import dataclass\nrate = 0.1\n@dataclass\nclass Setting:\n"
            "    rate: float = rate\ndef compute():\n    return {'v': Setting().rate}\n",
            "from dataclasses import dataclass\nrate = 0.2\n@dataclass\nclass Setting:\n"
            "    rate: float = rate\ndef compute():\n    return {'v': Setting().rate}\n",
        ),
    },
    "a star over a local name": {
        "lab/a.py": ("def go():\n    return 1\n", "def go():\n    return 2\n"),
        "s.py": "def go():\n    return 0\nfrom lab.a import *\n"
        "def compute():\n    return {'v': go()}\n",
    },
    "a star that brings a new name": {
        "lab/a.py": ("def other():\n    return 1\n", "def go():\n    return 2\n"),
        "s.py": "def go():\n    return 0\nfrom lab.a import *\n"
        "def compute():\n    return {'v': go()}\n",
    },
    "import within a function": {
        "lab/a.py": ("K = 1\n", "K = 2\n"),
        "s.py": "def compute():\n    import lab.a\n    return {'v': lab.a.K}\n",
    },
    "namespace packages": {
        "lab/in/__init__.py": None,
        "space/deep/a.py": ("K = 1\n", "K = 2\n"),
        "s.py": "import space.deep.a\ndef compute():\n    return {'v': space.deep.a.K}\n",
    },
    "not the main guard": {
        "lab/a.py": (
            "K = [1]\nif __name__ != '__main__':\n    K.append(2)\n",
            "K = [1]\nif __name__ != '__main__':\n    K.append(3)\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "an attribute over a submodule": {
        "lab/__init__.py": (
            "from lab.b import Thing as a\n",
            "from lab.b import Other as a\n",
        ),
        "lab/b.py": "class Thing:\n    K = 1\nclass Other:\n    K = 2\n",
        "lab/a.py": "K = 0\n",
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "singledispatch by annotation": {
        "lab/a.py": (
            "from functools import singledispatch\n@singledispatch\ndef f(x):\n    return 0\n"
            "@f.register\ndef g(x: int):\n    return 1\n",
            "from functools import singledispatch\n@singledispatch\ndef f(x):\n    return 0\n"
            "@f.register\ndef g(x: str):\n    return 1\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.f(1)}\n",
    },
    "ClassVar": {
        "lab/a.py": (
            "from dataclasses import dataclass, fields\nfrom typing import ClassVar\n@dataclass\n"
            "class A:\n    x: int = 1\n    y: int = 2\n",
            "from dataclasses import dataclass, fields\nfrom typing import ClassVar\n@dataclass\n"
            "class A:\n    x: int = 1\n    y: ClassVar[int] = 2\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': len(a.fields(a.A))}\n",
    },
    "a docstring that is read": {
        "lab/a.py": ('def f():\n    """One."""\n', 'def f():\n    """Three."""\n'),
        "s.py": "from lab import a\ndef compute():\n    return {'v': len(a.f.__doc__)}\n",
    },
    "annotations that are read": {
        "lab/a.py": ("def f(x: int): pass\n", "def f(x: str): pass\n"),
        "s.py": "from lab import a\ndef compute():\n    return {'v': str(a.f.__annotations__)}\n",
    },
    "a docstring of a decorated function that is read": {
        "lab/a.py": (
            "def same(f):\n    return f\n@same\ndef f():\n    'One.'\n",
            "def same(f):\n    return f\n@same\ndef f():\n    'Three.'\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': len(a.f.__doc__)}\n",
    },
    "a docstring that a decorator reads": {
        "lab/b.py": "WORDS = []\ndef noted(f):\n    WORDS.append(f.__doc__)\n    return f\n",
        "lab/a.py": (
            "from lab.b import noted\n@noted\ndef f():\n    'One.'\n",
            "from lab.b import noted\n@noted\ndef f():\n    'Three.'\n",
        ),
        "s.py": "from lab import a, b\ndef compute():\n    return {'v': b.WORDS}\n",
    },
    "a docstring that a base reads": {
        "lab/a.py": (
            "K = []\nclass A:\n    def __init_subclass__(cls):\n        K.append(cls.__doc__)\n"
            "class B(A):\n    'One.'\n",
            "K = []\nclass A:\n    def __init_subclass__(cls):\n        K.append(cls.__doc__)\n"
            "class B(A):\n    'Three.'\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "a docstring that a metaclass reads": {
        "lab/a.py": (
            "K = []\nclass M(type):\n    def __new__(cls, name, bases, names):\n"
            "        K.append(names.get('__doc__'))\n"
            "        return type.__new__(cls, name, bases, names)\n"
            "class B(metaclass=M):\n    'One.'\n",
            "K = []\nclass M(type):\n    def __new__(cls, name, bases, names):\n"
            "        K.append(names.get('__doc__'))\n"
            "        return type.__new__(cls, name, bases, names)\n"
            "class B(metaclass=M):\n    'Three.'\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "a docstring that is read by its name as a text": {
        "lab/a.py": ("def f():\n    'One.'\n", "def f():\n    'Three.'\n"),
        "s.py": "from lab import a\ndef compute():\n    return {'v': getattr(a.f, '__doc__')}\n",
    },
    "a docstring of what is defined under a condition": {
        "lab/a.py": (
            "if len('a') == 1:\n    def f():\n        'One.'\n",
            "if len('a') == 1:\n    def f():\n        'Three.'\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.f.__doc__}\n",
    },
    "annotations that a stranger's library reads": {
        "lab/a.py": (
            "import strange\ndef f(x: int): pass\nV = strange.kinds(f)\n",
            "import strange\ndef f(x: str): pass\nV = strange.kinds(f)\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.V}\n",
    },
    "annotations that a stranger's decorator reads": {
        "lab/a.py": (
            "import strange\ndef own(f):\n    return strange.kinds(f)\n@own\ndef f(x: int): pass\n",
            "import strange\ndef own(f):\n    return strange.kinds(f)\n@own\ndef f(x: str): pass\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.f}\n",
    },
    "a library that is asked for in a hidden way reads annotations": {
        "lab/a.py": (
            "S = __import__('strange')\ndef f(x: int): pass\nV = S.kinds(f)\n",
            "S = __import__('strange')\ndef f(x: str): pass\nV = S.kinds(f)\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.V}\n",
    },
    "annotations that a library which may be missing reads": {
        "lab/a.py": (
            "try:\n    import strange\nexcept ImportError:\n    strange = None\n"
            "def f(x: int): pass\nV = strange and strange.kinds(f)\n",
            "try:\n    import strange\nexcept ImportError:\n    strange = None\n"
            "def f(x: str): pass\nV = strange and strange.kinds(f)\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.V}\n",
    },
    "a docstring that eval reads": {
        "lab/a.py": ("def f():\n    'One.'\n", "def f():\n    'Three.'\n"),
        "s.py": "from lab import a\ndef compute():\n    return {'v': eval('a.f.__doc__')}\n",
    },
    "an import over a function": {
        "lab/a.py": "def go():\n    return 1\n",
        "s.py": (
            "from lab.a import go\ndef go():\n    return 0\n"
            "def compute():\n    return {'v': go()}\n",
            "def go():\n    return 0\nfrom lab.a import go\n"
            "def compute():\n    return {'v': go()}\n",
        ),
    },
    "an import over a loop's name": {
        "lab/b.py": "K = 9\n",
        "lab/a.py": (
            "for K in range(3):\n    pass\nfrom lab.b import K\n",
            "from lab.b import K\nfor K in range(3):\n    pass\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "an import over one under a condition": {
        "lab/b.py": "K = 4\n",
        "lab/a.py": (
            "if len('a'):\n    from lab.b import K\nfrom math import pi as K\n",
            "from math import pi as K\nif len('a'):\n    from lab.b import K\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "an import over a star": {
        "lab/a.py": "def go():\n    return 1\n",
        "lab/b.py": "def go():\n    return 2\n",
        "s.py": (
            "from lab.a import *\nfrom lab.b import go\ndef compute():\n    return {'v': go()}\n",
            "from lab.b import go\nfrom lab.a import *\ndef compute():\n    return {'v': go()}\n",
        ),
    },
    "an import over a name of Python's own": {
        "lab/b.py": "def len(x):\n    return 9\n",
        "s.py": (
            "N = len([1])\nfrom lab.b import len\ndef compute():\n    return {'v': N}\n",
            "from lab.b import len\nN = len([1])\ndef compute():\n    return {'v': N}\n",
        ),
    },
    "a function over a name of Python's own": {
        "s.py": (
            "def g():\n    return abs(-2)\nN = [g()]\nN.append(1)\ndef abs(x):\n    return 9\n"
            "def compute():\n    return {'v': N}\n",
            "def g():\n    return abs(-2)\ndef abs(x):\n    return 9\nN = [g()]\nN.append(1)\n"
            "def compute():\n    return {'v': N}\n",
        ),
    },
    "an import over a default": {
        "s.py": (
            "def f(x=abs):\n    return x(-1.5)\nfrom math import floor as abs\n"
            "def compute():\n    return {'v': f()}\n",
            "from math import floor as abs\ndef f(x=abs):\n    return x(-1.5)\n"
            "def compute():\n    return {'v': f()}\n",
        ),
    },
    "an import over what a class reads": {
        "s.py": (
            "class A:\n    k = str(abs(-1.5))\nfrom math import floor as abs\n"
            "def compute():\n    return {'v': A.k}\n",
            "from math import floor as abs\nclass A:\n    k = str(abs(-1.5))\n"
            "def compute():\n    return {'v': A.k}\n",
        ),
    },
    "an import of a submodule over an attribute": {
        "lab/__init__.py": "from lab.b import Thing as a\n",
        "lab/b.py": "class Thing:\n    K = 1\n",
        "lab/a.py": "K = 0\n",
        "s.py": (
            "import lab.a\nfrom lab import a\ndef compute():\n    return {'v': a.K}\n",
            "from lab import a\nimport lab.a\ndef compute():\n    return {'v': a.K}\n",
        ),
    },
    "an import elsewhere of a submodule over an attribute": {
        "lab/__init__.py": "from lab.b import Thing as a\n",
        "lab/b.py": "class Thing:\n    K = 1\n",
        "lab/a.py": "K = 0\n",
        "lab/c.py": ("import lab.a\n", "X = 1\n"),
        "s.py": "from lab import c\nimport lab\ndef compute():\n    return {'v': lab.a.K}\n",
    },
    "a module seen half done": {
        "lab/b.py": "from lab import a\nN = getattr(a, 'K', 5)\n",
        "lab/a.py": ("K = 1\nimport lab.b\n", "import lab.b\nK = 1\n"),
        "s.py": "from lab import a\nfrom lab import b\ndef compute():\n    return {'v': b.N}\n",
    },
    "which of a circle comes first": {
        "lab/b.py": "from lab import a\nclass C:\n    n = [getattr(a, 'K', 5)]\n",
        "lab/a.py": "from lab import b\nK = 1\n",
        "s.py": (
            "from lab import a\nfrom lab import b\ndef compute():\n    return {'v': b.C.n}\n",
            "from lab import b\nfrom lab import a\ndef compute():\n    return {'v': b.C.n}\n",
        ),
    },
    "an annotation's name that is imported": {
        "lab/b.py": "int = str\n",
        "lab/a.py": (
            "from lab.b import int\ndef f(x: int): pass\n",
            "def f(x: int): pass\nfrom lab.b import int\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': str(a.f.__annotations__)}\n",
    },
    "a function moved over a star": {
        "lab/a.py": "def go():\n    return 1\n",
        "s.py": (
            "from lab.a import *\ndef go(): return 0\ndef compute():\n    return {'v': go()}\n",
            "def go(): return 0\nfrom lab.a import *\ndef compute():\n    return {'v': go()}\n",
        ),
    },
    "a function below what is done beside a star": {
        "lab/a.py": "def go():\n    return 1\n",
        "s.py": (
            "from lab.a import *\ndef g():\n    return go()\nN = [g()]\ndef go():\n    return 0\n"
            "def compute():\n    return {'v': N}\n",
            "from lab.a import *\ndef g():\n    return go()\ndef go():\n    return 0\nN = [g()]\n"
            "def compute():\n    return {'v': N}\n",
        ),
    },
    "a constant beside a star": {
        "lab/a.py": "def go():\n    return 1\n",
        "s.py": (
            "from lab.a import *\nK = 2\ndef compute():\n    return {'v': go() + K}\n",
            "from lab.a import *\nK = 3\ndef compute():\n    return {'v': go() + K}\n",
        ),
    },
    "a constant beside a star that brings another": {
        "lab/a.py": ("K = 2\ndef go():\n    return K\n", "K = 3\ndef go():\n    return K\n"),
        "s.py": "from lab.a import *\nK = 2\ndef compute():\n    return {'v': go() + K}\n",
    },
    "the order of a module's names": {
        "lab/a.py": ("K = 1\nL = 2\n", "L = 2\nK = 1\n"),
        "s.py": "from lab import a\ndef compute():\n"
        "    return {'v': [k for k in a.__dict__ if len(k) == 1]}\n",
    },
    "the order of a module's names, by vars": {
        "lab/a.py": ("K = 1\nL = 2\n", "L = 2\nK = 1\n"),
        "s.py": "from lab import a\ndef compute():\n"
        "    return {'v': [k for k in vars(a) if len(k) == 1]}\n",
    },
    "a docstring that is listed": {
        "lab/a.py": ("class A:\n    'One.'\n", "class A:\n    'Three.'\n"),
        "s.py": "from lab import a\ndef compute():\n"
        "    return {'v': [str(each) for each in list(vars(a.A).values())[:2]]}\n",
    },
    "a vars of one's own": {
        "s.py": (
            "def vars(x):\n    return 1\ndef compute():\n    return {'v': vars(3)}\n",
            "def vars(x):\n    return 2\ndef compute():\n    return {'v': vars(3)}\n",
        ),
    },
    "a vars that a star brings": {
        "lab/a.py": ("def vars(x):\n    return 1\n", "def vars(x):\n    return 2\n"),
        "s.py": "from lab.a import *\ndef compute():\n    return {'v': vars(3)}\n",
    },
    "where a function stands": {
        "lab/a.py": ("def f():\n    return 1\n", "# One.\ndef f():\n    return 1\n"),
        "s.py": "from lab import a\ndef compute():\n"
        "    return {'v': a.f.__code__.co_firstlineno}\n",
    },
    "where an error comes from": {
        "lab/a.py": (
            "def f():\n    raise ValueError\n",
            "# One.\ndef f():\n    raise ValueError\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    try:\n        a.f()\n"
        "    except ValueError as error:\n"
        "        return {'v': error.__traceback__.tb_next.tb_lineno}\n",
    },
    "a star that goes": {
        "lab/a.py": "def abs(x):\n    return 9\n",
        "s.py": (
            "from lab.a import *\ndef compute():\n    return {'v': abs(1)}\n",
            "def compute():\n    return {'v': abs(1)}\n",
        ),
    },
}
SAME = {  # {case: {path: (text before, text after)}}; the number is the same, and so is the key
    "a docstring of a decorated function": {
        "lab/a.py": (
            "K = []\ndef noted(f):\n    K.append(f)\n    return f\n"
            "@noted\ndef f(x):\n    'One.'\n    return x\n",
            "K = []\ndef noted(f):\n    K.append(f)\n    return f\n"
            "@noted\ndef f(x: int) -> int:\n    'Three.'\n    return x\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K[0](1)}\n",
    },
    "a docstring within a decorator": {
        "lab/a.py": (
            "from functools import wraps\ndef twice(f):\n    @wraps(f)\n    def inner(x):\n"
            "        return 2 * f(x)\n    return inner\n@twice\ndef f(x):\n    return x\n",
            "from functools import wraps\ndef twice(f):\n    @wraps(f)\n    def inner(x: int):\n"
            "        'Twice.'\n        return 2 * f(x)\n    return inner\n"
            "@twice\ndef f(x):\n    return x\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.f(1)}\n",
    },
    "a docstring of a class with a base": {
        "lab/a.py": (
            "K = []\nclass A:\n    def __init_subclass__(cls):\n        K.append(cls)\n"
            "class B(A):\n    def size(self):\n        return 2\n",
            "K = []\nclass A:\n    def __init_subclass__(cls):\n        'Noted.'\n"
            "        K.append(cls)\n"
            "class B(A):\n    'A class.'\n    def size(self) -> int:\n        'Its size.'\n"
            "        return 2\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K[0]().size()}\n",
    },
    "an annotation of a function that sets a module's name": {
        "lab/a.py": (
            "from contextlib import contextmanager\nK = 0\n@contextmanager\ndef f(x):\n"
            "    global K\n    K = x\n    yield\ndef get():\n    return K\n",
            "from contextlib import contextmanager\nK = 0\n@contextmanager\ndef f(x: int):\n"
            "    'Sets it.'\n    global K\n    K = x\n    yield\ndef get():\n    return K\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    with a.f(3):\n"
        "        return {'v': a.get()}\n",
    },
    "a docstring where a default has an effect": {
        "lab/a.py": (
            "K = [1]\ndef f(x=K.append(2)):\n    pass\n",
            "K = [1]\ndef f(x: list=K.append(2)):\n    'Nothing.'\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.K}\n",
    },
    "annotations where a library is asked for that is not there": {
        "lab/a.py": (
            "try:\n    import absent_here\nexcept ImportError:\n    absent_here = None\n"
            "def f(x):\n    return x\n",
            "try:\n    import absent_here\nexcept ImportError:\n    absent_here = None\n"
            "def f(x: int):\n    'Itself.'\n    return x\n",
        ),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.f(3)}\n",
    },
    "the order of imports that bind no name twice": {
        "lab/b.py": "K = 4\n",
        "lab/c.py": "L = 5\n",
        "s.py": (
            "import lab.b\nfrom lab import b, c\n"
            "def compute():\n    return {'v': b.K + c.L + lab.b.K}\n",
            "from lab import c\nfrom lab import b\nimport lab.b\n"
            "def compute():\n    return {'v': b.K + c.L + lab.b.K}\n",
        ),
    },
    "what only draws beside a star": {
        "lab/a.py": "def go():\n    return 1\n",
        "s.py": (
            "from lab.a import *\nCOLOUR = 'red'\ndef compute():\n    return {'v': go()}\n"
            "def shown():\n    return COLOUR\n",
            "from lab.a import *\nSIZE = {'a': [1, -2]}\ndef shown(x: int = 2):\n    return SIZE\n"
            "COLOUR = 'blue'\ndef compute():\n    'The number.'\n    return {'v': go()}\n",
        ),
    },
    "what an object has, and who calls": {
        "lab/a.py": ("def f():\n    return 1\n", "def f():\n    return 2\n"),
        "s.py": "import sys\nclass A:\n    def __init__(self):\n        self.x = 3\n"
        "def who():\n    frame = sys._getframe(1).f_back\n"
        "    return frame.f_globals.get('__name__', '') and vars(A())\n"
        "def compute():\n    return {'v': who()}\n",
    },
    "a text that stands alone": {
        "s.py": (
            "def compute():\n    x = 1\n    'One.'\n    return {'v': x}\n",
            "def compute():\n    'Two.'\n    'Three.'\n    x = 1\n    return {'v': x}\n",
        ),
    },
    "a class built upon object": {
        "lab/a.py": ("class A:\n    n = 1\n", "class A(object):\n    n = 1\n"),
        "s.py": "from lab import a\ndef compute():\n    return {'v': a.A.n}\n",
    },
}
DYNAMIC = {  # ways to K of lab.a that reading the code does not follow: found, or refused
    "sys.modules": "import sys\nimport lab.a\ndef compute():\n"
    "    return {'v': sys.modules['lab.a'].K}\n",
    "sys.modules by another name": "import lab.a\nfrom sys import modules as m\ndef compute():\n"
    "    return {'v': m['lab.a'].K}\n",
    "builtins.eval": "import builtins\nimport lab.a\ndef compute():\n"
    "    return {'v': builtins.eval('lab.a.K')}\n",
    "pkgutil": "import pkgutil\ndef compute():\n"
    "    return {'v': pkgutil.resolve_name('lab.a:K')}\n",
    "runpy": "import runpy\ndef compute():\n    return {'v': runpy.run_module('lab.a')['K']}\n",
    "attrgetter": "import operator\nimport lab.a\ndef compute():\n"
    "    return {'v': operator.attrgetter('a.K')(lab)}\n",
    "getattr": "from lab import a\ndef compute():\n    return {'v': getattr(a, 'K'.upper())}\n",
    "getattr of a package": "import lab.a\ndef compute():\n"
    "    return {'v': getattr(getattr(lab, 'a'), 'K')}\n",
    "__globals__": "from lab.a import f\ndef compute():\n    return {'v': f.__globals__['K']}\n",
    "__globals__, hidden": "from lab.a import f\ndef compute():\n"
    "    return {'v': getattr(f, '__glo' + 'bals__')['K'] + 0}\n",
    "_getframe": "import sys\nfrom lab.a import f\ndef compute():\n"
    "    return {'v': f(lambda: sys._getframe(1).f_globals['K'])}\n",
    "unpickled by name": "import pickle\nimport lab.a\ndef compute():\n"
    "    return {'v': pickle.loads(b'clab.a\\nget\\n.')()}\n",
    "inspect": "import inspect\nimport lab.a\ndef compute():\n"
    "    return {'v': dict(inspect.getmembers(lab.a))['K']}\n",
    "a subprocess": "import subprocess, sys\ndef compute():\n"
    "    code = 'import lab.a; print(lab.a.K)'\n"
    "    return {'v': subprocess.check_output([sys.executable, '-c', code], text=True)}\n",
    "sys.path": "import sys\nsys.path.insert(0, 'lab')\nimport a\ndef compute():\n"
    "    return {'v': a.K}\n",
    "__globals__, hidden, beside a star": "from lab import a\nfrom lab.a import *\n"
    "def get():\n    return 7\ndef compute():\n"
    "    return {'v': [a.get(), getattr(compute, '__glo' + 'bals__')['get']()]}\n",
    "import by a hidden name": "from lab.b import load\ndef compute():\n"
    "    return {'v': load('lab.a').K}\n",
    "open": "def compute():\n    return {'v': open('lab/a.py').read()}\n",
}
FOLLOWED = {"sys.modules", "builtins.eval", "pkgutil", "attrgetter", "getattr", "__globals__"}
A = "K = {}\ndef f(go=None):\n    return go and go()\ndef get():\n    return K\n"
HIDDEN = "def load(name):\n"
HIDDEN += "    import sys\n    return sys.modules['import' + 'lib'].import_module(name)\n"


def write(project, files, which):
    for path, text in files.items():
        text = text[which] if isinstance(text, tuple) else text
        if text is None:
            continue
        if path == "s.py":
            path, text = "figures/demo/s.py", SCRIPT.format(text)
        project.write(path, text)


def empty(tmp_path):
    project = Project(tmp_path)
    for path in ("figures/demo/a.py", "figures/demo/b.py"):
        (project.root / path).unlink()
    return project


@pytest.mark.parametrize("case", SEEN)
def test_an_edit_that_changes_the_number_is_seen(tmp_path, case):
    project, found = empty(tmp_path), []
    for which in (0, 1):
        write(project, SEEN[case], which)
        key, kind, value = truth.built(tmp_path)
        assert (kind, value) == truth.plain(tmp_path)
        found.append((key, value))
    assert found[0][1] != found[1][1], "the case itself"
    assert found[0][0] != found[1][0]


STRANGE = "def kinds(function):\n    return str(sorted(function.__annotations__.items()))\n"


@pytest.fixture(autouse=True)
def strange(tmp_path_factory, monkeypatch):
    """A library that nobody knows, which reads annotations."""
    folder = tmp_path_factory.mktemp("libraries")
    (folder / "strange.py").write_text(STRANGE)
    monkeypatch.syspath_prepend(folder)


@pytest.mark.parametrize("case", SAME)
def test_an_edit_that_changes_nothing_leaves_the_key(tmp_path, case):
    project, found = empty(tmp_path), []
    for which in (0, 1):
        write(project, SAME[case], which)
        key, kind, value = truth.built(tmp_path)
        assert (kind, value) == truth.plain(tmp_path)
        found.append((key, value))
    assert found[0][1] == found[1][1], "the case itself"
    assert found[0][0] == found[1][0]


@pytest.mark.parametrize("case", DYNAMIC)
def test_a_dynamic_look_up_is_followed_or_refused(tmp_path, case):
    project, found = empty(tmp_path), []
    for which in (1, 2):
        files = {"lab/b.py": HIDDEN, "lab/a.py": A.format(which), "s.py": DYNAMIC[case]}
        write(project, files, 0)
        key, kind, value = truth.built(tmp_path)
        if kind == "refused":
            assert value.startswith(("figures/demo/s.py:", "lab/")), value
            assert case not in FOLLOWED
            return
        assert (kind, value) == truth.plain(tmp_path)
        found.append((key, value))
    assert found[0][1] != found[1][1], "the case itself"
    assert found[0][0] != found[1][0]


def test_a_library_that_is_installed_later_is_noticed(tmp_path, monkeypatch):
    project, found = empty(tmp_path / "project"), []
    text = "try:\n    import later\nexcept ImportError:\n    later = None\n"
    write(
        project, {"lab/a.py": text, "s.py": "from lab import a\ndef compute(): return a.later"}, 0
    )
    for _ in range(2):
        found.append(truth.key(project.root))
        (tmp_path / "later.py").write_text("")
        monkeypatch.syspath_prepend(tmp_path)
    assert found[0] != found[1], "it may read what a key leaves out"


def test_a_picture_depends_on_what_is_done_with_what_is_imported(tmp_path):
    project, found = empty(tmp_path), []
    for other in ("K = 1\n", "K = 2\n"):
        files = {"lab/a.py": "import sys\ndef f():\n    return 1\n", "lab/z.py": other}
        files["s.py"] = "from lab import a\ndef compute():\n    return {'v': a.f()}\n"
        write(project, files, 0)
        found.append(plan.Plan(project.root).states["demo/s"].picture_key)
    assert found[0] == found[1]
    project.write("lab/a.py", "import sys\ndef f():\n    return 2\n")
    assert plan.Plan(project.root).states["demo/s"].picture_key != found[0]
