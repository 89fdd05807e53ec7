"""Chance by seed and draw: draw 0 is what libraries give, and no other draw has its numbers."""

import ast
import multiprocessing
import threading
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import batches, chance, data, networks, statistics
from trainingtips.curvature import eigenpairs, sharpness, spectral_density, trace
from trainingtips.ensemble import Ensemble
from trainingtips.press.base import paths
from trainingtips.press.kept import generators

SEEDS = [0, 1, 31, 1000, 2**40]


@pytest.mark.parametrize("k", [*SEEDS, [0, 0], (3, 7), np.int64(5)])
def test_draw_0_is_numpys_own_generator(k):
    expected = np.random.default_rng(k).normal(size=4)
    assert (chance.rng(k).normal(size=4) == expected).all()


@pytest.mark.parametrize("k", [*SEEDS, np.int64(5)])
def test_draw_0_is_torchs_own_generator(k):
    expected = torch.randn(4, generator=torch.Generator().manual_seed(int(k)))
    assert torch.randn(4, generator=chance.generator(k)).equal(expected)
    assert chance.seed(k) == k
    with torch.random.fork_rng():
        torch.manual_seed(int(k))
        expected = nn.Linear(2, 2).weight
    with chance.started(k):
        assert nn.Linear(2, 2).weight.equal(expected)


def test_no_seed_of_any_draw_gives_the_numbers_of_another():
    """What torch reads of a seed, its lower 32 bits, for all that scripts use and far more.

    Of 200 draws each one's first 40,000 seeds are a stretch of the circle: no two overlap.
    """
    starts = np.sort([each % 2**32 for each in _shifts(200)])
    assert np.diff(np.append(starts, starts[0] + 2**32)).min() >= 40_000
    firsts = set()
    for draw, k in product(range(20), range(50)):
        with chance.drawn(draw):
            firsts |= {chance.rng(k).bit_generator.random_raw()}
            firsts |= {torch.randint(2**62, (), generator=chance.generator(k)).item()}
    assert len(firsts) == 2 * 20 * 50


def _shifts(draws):
    for draw in range(draws):
        with chance.drawn(draw):
            assert chance.seed(5) == (chance.seed(0) + 5) % 2**32
            yield chance.seed(0)


def test_seeds_meet_no_sooner_than_the_module_says():
    """19 million apart in 100 draws: the nearest two of all multiples on the circle."""
    places = np.sort(list(_shifts(101)))
    gaps = np.diff(np.append(places, places[0] + 2**32))
    assert gaps.min() > 2**32 / (5**0.5 * 101)


def test_draws_of_one_seed_are_uncorrelated():
    found = []
    for draw in range(40):
        with chance.drawn(draw):
            found.append(chance.rng(0).normal(size=2000))
            found.append(torch.randn(2000, generator=chance.generator(0)).numpy())
    off = np.corrcoef(found)[np.triu_indices(80, 1)]
    # 3,160 correlations of independent samples: normal, of spread 1 / √2000
    assert abs(off).max() < 5 / 2000**0.5
    assert off.std() == pytest.approx(1 / 2000**0.5, rel=0.1)


def test_a_draw_ends_with_its_block_also_by_an_error():
    with chance.drawn(2):
        with chance.drawn(5):
            assert chance.draw() == 5
        assert chance.draw() == 2
        with pytest.raises(KeyError), chance.drawn(7):
            raise KeyError
        assert chance.draw() == 2
    assert chance.draw() == 0


@pytest.mark.parametrize("number", [-1, 1.5, "1", None])
def test_a_wrong_draw_or_seed_is_refused(number):
    what = ValueError if number == -1 else TypeError
    for function in (chance.seed, chance.rng, chance.generator):
        with pytest.raises(what, match="a seed is a whole number from 0; received"):
            function(number)
    with pytest.raises(what, match="a draw is a whole number from 0"), chance.drawn(number):
        pass
    assert chance.draw() == 0


def test_threads_and_forked_processes_are_in_the_draw():
    def note(found):
        found.append(chance.rng(0).normal())

    with chance.drawn(3):
        mine, found = chance.rng(0).normal(), []
        thread = threading.Thread(target=note, args=(found,))
        thread.start()
        thread.join()
        with multiprocessing.get_context("fork").Pool(1) as pool:
            found.append(pool.apply(_one))
    assert found == [mine, mine]
    assert chance.rng(0).normal() != mine


def _one():
    return chance.rng(0).normal()


def _loss(theta):
    scale = torch.arange(1.0, 301, dtype=theta.dtype)
    return (theta**2 * scale).sum() + (theta * scale).sum().sin()  # its Hessian is not diagonal


THETA = torch.ones(300, dtype=torch.float64)


def _trained():
    digits = data.load("digits")
    nets = Ensemble(lambda: nn.Sequential(nn.Linear(64, 10), nn.Dropout(0.5)), [0])
    run = nets.train(digits.x[:96], digits.y[:96], lambda p: torch.optim.SGD(p, lr=0.1), 32, 1)
    return run.losses


REACHED = {
    "split": lambda: data.load("digits").split(1024)[0].x.numpy(),
    "relabelled": lambda: data.relabelled(data.load("digits"), 0.5).y.numpy(),
    "order": lambda: np.concatenate(batches.epoch(100, 10)),
    "another epoch": lambda: np.concatenate(batches.epoch(100, 10, 3, 4)),
    "start": lambda: Ensemble(networks.mlp, [0]).parameters["0.weight"].detach().numpy(),
    "training": _trained,
    "on digits": lambda: networks.on_digits(networks.mlp)[1].numpy(),
    "bootstrap": lambda: np.array([statistics.bootstrap(np.arange(20.0) ** 2).low]),
    "trace": lambda: np.array([trace(_loss, THETA, products=12).mean]),
    "density": lambda: spectral_density(_loss, THETA, probes=1, steps=5).points,
    "sharpness": lambda: np.array([sharpness(_loss, THETA, iterations=1, starts=1, subspace=3)]),
    "eigenvector's sign": lambda: eigenpairs(_loss, THETA, 1)[1].numpy(),
}


@pytest.mark.parametrize("what", REACHED)
def test_the_package_draws_anew_and_comes_back(what):
    before = REACHED[what]()
    with chance.drawn(1):
        one = REACHED[what]()
        again = REACHED[what]()
    with chance.drawn(2):
        two = REACHED[what]()
    assert np.array_equal(one, again)
    assert not np.array_equal(one, before)
    assert not np.array_equal(one, two)
    assert np.array_equal(REACHED[what](), before)


# by path: what draws by other means there, and why it may
ALLOWED = {
    "chance.py": {"numpy.random", "numpy.random.SeedSequence", "numpy.random.default_rng"}
    | {"torch.Generator", "torch.random", "torch.random.fork_rng", "torch.manual_seed"},
    # torch's global state, which it starts by `chance.seed`
    "ensemble.py": {"torch.random", "torch.random.fork_rng", "torch.default_generator"}
    | {"torch.default_generator.manual_seed", "torch.cuda.manual_seed_all"},
    # whatever a rule of others draws while it is tried, the global state stays as it was
    # and what members hold, generators too, is compared by its kind
    "members.py": {"torch.random", "torch.random.fork_rng", "random.Random"}
    | {"numpy.random", "numpy.random.RandomState"},
    # noise within a layer: `Ensemble` starts torch's global state before every update
    "experiments/normalizations.py": {"torch.rand"},
}


def test_the_package_draws_by_no_other_means():
    package = paths.PACKAGE
    places = {}
    for pattern in ("*.py", "experiments/*.py", "plotting/*.py"):
        for path in package.glob(pattern):
            found = generators.found(ast.parse(path.read_text(encoding="utf-8")))
            if found:
                places[path.relative_to(package).as_posix()] = {dotted for _, dotted, _ in found}
    assert places == ALLOWED
