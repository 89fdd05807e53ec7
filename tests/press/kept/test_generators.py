"""Chance by other means than the package's is refused, with its line and what to write instead."""

import ast

import pytest

from tests.projects import ROOT
from trainingtips.press.kept import generators, new, scripts

HEAD = "import os\nimport numpy as np\nimport torch\nfrom torch import nn, randn\n"
REFUSED = {  # a line below HEAD: (what is named, what to write)
    "rng = np.random.default_rng(0)": ("numpy.random.default_rng", "chance.rng(0)"),
    "np.random.seed(0)": ("numpy.random.seed", "chance.rng(0)"),
    "x = np.random.normal()": ("numpy.random.normal", "chance.rng(0)"),
    "r = np.random": ("numpy.random", "chance.rng(0)"),
    "make = np.random.default_rng": ("numpy.random.default_rng", "chance.rng(0)"),
    "x = np.random.Generator(np.random.PCG64(0))": ("numpy.random.PCG64", "chance.rng(0)"),
    "from numpy.random import default_rng": ("numpy.random.default_rng", "chance.rng(0)"),
    "from numpy import random as r\nr.rand()": ("numpy.random", "chance.rng(0)"),
    "import numpy.random": ("numpy.random", "chance.rng(0)"),
    "import random": ("random", "chance.rng(0)"),
    "from random import shuffle": ("random.shuffle", "chance.rng(0)"),
    "import secrets": ("secrets", "chance.rng(0)"),
    "x = os.urandom(4)": ("os.urandom", "chance.rng(0)"),
    "from uuid import uuid4": ("uuid.uuid4", "chance.rng(0)"),
    "g = torch.Generator()": ("torch.Generator", "chance.generator(0)"),
    "g = torch.Generator().manual_seed(3)": ("torch.Generator", "chance.generator(0)"),
    "torch.manual_seed(0)": ("torch.manual_seed", "with chance.started(0):"),
    "torch.random.manual_seed(0)": ("torch.random.manual_seed", "with chance.started(0):"),
    "torch.default_generator.manual_seed(0)": ("torch.default_generator", "with chance.started("),
    "torch.cuda.manual_seed_all(0)": ("torch.cuda.manual_seed_all", "with chance.started(0):"),
    "x = torch.rand(3)": ("torch.rand", "torch.rand(…, generator=chance.generator(0))"),
    "x = torch.randn_like(y)": ("torch.randn_like", "generator=chance.generator(0)"),
    "x = randn(3)": ("torch.randn", "torch.randn(…, generator=chance.generator(0))"),
    "x.normal_()": ("torch.Tensor.normal_", ".normal_(…, generator=chance.generator(0))"),
    "x = torch.zeros(3).uniform_(0, 1)": ("torch.Tensor.uniform_", "chance.generator(0)"),
    "x = torch.distributions.Normal(0, 1)": ("torch.distributions.Normal", "chance.generator(0)"),
    "from scipy import stats\nstats.norm.rvs(3)": ("scipy.stats.norm.rvs", "rng=chance.rng(0)"),
    "from scipy import stats\nstats.norm.rvs(3, random_state=0)": ("rvs", "random_state=chance"),
    "from scipy.stats import bootstrap\nbootstrap(x, f)": ("bootstrap", "rng=chance.rng(0)"),
    "KMeans(random_state=0)": ("random_state=0", "random_state=chance.seed(0)"),
    "SEED = 0\nKMeans(random_state=SEED)": ("random_state=SEED", "random_state=chance.seed(0)"),
    "def f():\n    import random\n    return random.random()": ("random", "chance.rng(0)"),
}
GOOD = [
    "rng = chance.rng(0)\nrng.normal()\nrng.random()\nrng.shuffle(x)",
    "x = torch.randn(3, generator=chance.generator(0))",
    "x = torch.zeros(3).normal_(generator=g)",
    "def f(rng: np.random.Generator): ...",
    "def f(g: torch.Generator): ...",
    "with chance.started(0):\n    net, x = nn.Linear(1, 1), torch.rand(3)\n    x.normal_()",
    "nn.init.normal_(layer.weight)",
    "random = chance.rng(0)\nrandom.normal()",
    "from lab import random\nrandom.walk()",
    "from trainingtips import random_matrices\nrandom_matrices.draw(1, 1, rng)",
    "from scipy import stats\nstats.bootstrap(x, f, rng=chance.rng(0))\nstats.norm.rvs(3, rng=r)",
    "KMeans(random_state=chance.seed(0))",
    "train, test = digits.split(1024, seed=0)",
]


@pytest.mark.parametrize("text", REFUSED)
def test_other_means_are_refused_with_the_line(text):
    named, instead = REFUSED[text]
    with pytest.raises(generators.Fault) as told:
        generators.check(ast.parse(HEAD + text))
    message = str(told.value)
    assert named in message.partition(" draws ")[0]
    assert instead in message.partition("; write ")[2]
    lines = {place[0].lineno for place in generators.found(ast.parse(HEAD + text))}
    assert told.value.lineno == min(lines) > HEAD.count("\n")


@pytest.mark.parametrize("text", GOOD)
def test_the_packages_means_and_other_names_are_not(text):
    generators.check(ast.parse(HEAD + "from trainingtips import chance\n" + text))


def test_within_a_started_block_torchs_global_state_has_its_seed_but_is_not_set_anew():
    for line in ("torch.manual_seed(1)", "np.random.rand()", "import random"):
        with pytest.raises(generators.Fault, match="draws by means of its own"):
            generators.check(ast.parse(f"{HEAD}with chance.started(0):\n    {line}"))
    with pytest.raises(generators.Fault, match=r"torch\.rand "):
        generators.check(ast.parse(f"{HEAD}with chance.started(0):\n    pass\ntorch.rand(1)"))


def test_the_builder_says_file_line_and_what_to_write(project):
    project.script("demo/c", "np.random.default_rng(0).normal(size=4)")
    output = project.build(status=1)
    assert "figures/demo/c.py:13: numpy.random.default_rng draws by means of its own" in output
    assert "write chance.rng(0) (from trainingtips import chance)" in output
    assert project.computed(output) == {"demo/a", "demo/b"}
    project.write("figures/demo/_runs.py", '"""Runs."""\nimport random\n\n\ndef compute(): ...\n')
    assert "figures/demo/_runs.py:2: random draws" in project.build("demo/_runs", status=1)


def test_every_script_of_the_project_and_the_templates_draw_by_the_package():
    assert len(scripts.find_names(ROOT)) > 50
    for name in scripts.find_names(ROOT):
        scripts.read_script(ROOT, name)
    for text in (new.TEMPLATE, new.SHARED):
        assert "chance.rng(SEED)" in text
        generators.check(ast.parse(text))
