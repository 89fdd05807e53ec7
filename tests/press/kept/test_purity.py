"""Which statements only give names their values: what is not known has an effect."""

import ast

import pytest

from trainingtips.press.kept import purity

FREE = [
    "X = 1",
    "X = (1, 2.5, 'a')",
    "X = math.pi / 2",
    "X = np.linspace(0, 1, 5)",
    "X: float = -1.5",
    "X = [step / 4 for step in range(5)]",
    "X = sum(i for i in range(3))",
    "X = lambda x: print(x)",
    "def f(x, y=1): print(x)",
    "@functools.lru_cache\ndef f(x): return x",
    "class A:\n    size = 1\n    def f(self): print(self)",
    "@dataclasses.dataclass(frozen=True)\nclass A:\n    size: int = 1",
]
EFFECTS = [
    "print(1)",
    "X = print(1)",
    "X = np.random.default_rng(1)",
    "X = np.random.normal()",
    "X = open('a')",
    "X = (i for i in range(3))",
    "X = zip([1], [2])",
    "X = max([1], key=print)",
    "X = KNOWN.append(1)",
    "KNOWN += [1]",
    "def f(x=KNOWN.append(1)): pass",
    "@register\ndef f(x): return x",
    "class A(Base): pass",
    "class A(metaclass=Meta): pass",
    "class A:\n    print(1)",
    "class A:\n    def __init_subclass__(cls): pass",
    "for i in range(3): pass",
    "del KNOWN",
    "assert True",
]


def judged(text):
    statement = ast.parse(text).body[0]
    libraries = {"np": "numpy", "math": "math", "functools": "functools"}
    libraries["dataclasses"] = "dataclasses"
    bound = {"X", "f", "A", "KNOWN", "Base", "Meta", "register"}
    return purity.Judge(libraries, bound).is_free(statement)


@pytest.mark.parametrize("text", FREE)
def test_it_only_gives_a_name_its_value(text):
    assert judged(text)


@pytest.mark.parametrize("text", EFFECTS)
def test_it_may_have_an_effect(text):
    assert not judged(text)


def test_a_builtin_that_the_module_rebinds_is_none():
    statement = ast.parse("X = len([1])").body[0]
    assert purity.Judge({}, {"X"}).is_free(statement)
    assert not purity.Judge({}, {"X", "len"}).is_free(statement)
