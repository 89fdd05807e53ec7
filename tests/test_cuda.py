"""On a GPU the package gives what it gives on the processor; in double precision, to rounding."""

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import batches, curvature, data
from trainingtips.descent import descend
from trainingtips.ensemble import Ensemble
from trainingtips.networks import mlp

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")


def on(device):
    """(module, x, y): the same small network and the same 64 digits, in double precision."""
    digits = data.load("digits")
    torch.manual_seed(0)
    module = mlp(64, 10, (12,)).double().to(device)
    return module, digits.x[:64].double().to(device), digits.y[:64].to(device)


def both(measure):
    """`measure(module, x, y)` on the processor and on the GPU."""
    return [measure(*on(device)) for device in ("cpu", "cuda")]


def loss_on(module, x, y):
    return curvature.flat_loss(module, nn.functional.cross_entropy, x, y)


def plain(value):
    value = value.detach().cpu() if isinstance(value, torch.Tensor) else value
    return np.asarray(value, dtype=float)


MEASURES = {
    "gradient": lambda *a: curvature.gradient(*loss_on(*a)),
    "product": lambda *a: curvature.hvp(*loss_on(*a), loss_on(*a)[1].clone()),
    "Hessian": lambda *a: curvature.hessian(*loss_on(*a)),
    "eigenvalues": lambda *a: curvature.eigenpairs(*loss_on(*a), 2, "both")[0],
    "trace": lambda *a: curvature.trace(*loss_on(*a), products=24).mean,
    "density": lambda *a: curvature.spectral_density(*loss_on(*a), 2, 16).share(0.01, 1e3),
    "sharpness": lambda *a: curvature.sharpness(*loss_on(*a), epsilon=1e-2, starts=1),
    "per example": lambda m, x, y: batches.per_example_gradients(
        m, nn.functional.cross_entropy, x, y
    ),
    "noise": lambda m, x, y: (
        batches.noise(
            batches.per_example_gradients(m, nn.functional.cross_entropy, x, y)
        ).scale
    ),
    "descent": lambda *a: descend(
        *loss_on(*a), lambda p: torch.optim.Adam(p, lr=0.01), 20
    ).points[-1],
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURES)
def test_the_same_as_on_the_processor(name):
    here, there = map(plain, both(MEASURES[name]))
    np.testing.assert_allclose(there, here, rtol=1e-6, atol=1e-9)


def test_an_ensemble_trains_alike():
    def run(module, x, y):
        nets = Ensemble(lambda: mlp(64, 10, (8,)).double(), range(3), device=x.device)
        return nets.train(x, y, lambda p: torch.optim.SGD(p, lr=0.1), 16, 3)

    here, there = both(run)
    np.testing.assert_allclose(plain(there.losses), plain(here.losses), rtol=1e-6)
