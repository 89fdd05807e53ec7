"""What is computed lies where its arguments are, whatever device torch makes new tensors on.

No second device is needed for that: with "meta", which holds no numbers, as the one for new
tensors, any that forgets its place spoils the result.
"""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import (
    batches,
    critical,
    derivatives,
    descent,
    ensemble,
    flat,
    flatness,
    losses,
    normalization,
    spectrum,
    surfaces,
    taylor,
)

LOGITS = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
THETA = torch.linspace(-1, 1, 80, dtype=torch.float64)
SMALL = torch.tensor([0.3, 0.2], dtype=torch.float64)
X = torch.randn(6, 2, generator=torch.Generator().manual_seed(1))
Y = torch.tensor([0, 1, 2, 0, 1, 2])
NET = nn.Sequential(nn.Linear(2, 3))


def _wavy(theta):
    return (theta**4).sum() + (theta.roll(1) * theta.sin()).sum()


BATCHES = [(X[:4], Y[:4]), (X[4:], Y[4:])]
OVER = flat.flat_loss(NET, nn.CrossEntropyLoss(torch.ones(3) / 2), BATCHES)


def _trained(rates):
    nets = ensemble.Ensemble(lambda: nn.Linear(2, 3, device="cpu"), [0, 1], device="cpu")
    run = nets.train(
        X, Y, lambda p: torch.optim.SGD(p, lr=0.1), batch=4, epochs=2, rates=rates, target=1.0
    )
    return run.losses


def _counting(output, y):
    """Cross-entropy in which an example counts by its class."""
    own = nn.functional.cross_entropy(output, y, reduction="none")
    return (own * (y + 1)).sum() / (y + 1).sum()


CASES = {
    **{
        f"{f.__name__} of {type(target).__name__}": partial(f, LOGITS, target)
        for f in (
            losses.cross_entropy,
            losses.cross_entropy_gradient,
            losses.squared_error,
            losses.squared_error_gradient,
        )
        for target in (1, torch.tensor([0, 1, 2, 0, 1]))
    },
    "gradient": lambda: derivatives.gradient(_wavy, THETA),
    "gradient of none": lambda: derivatives.gradient(lambda t: torch.ones((), device="cpu"), THETA),
    "hvp": lambda: derivatives.hvp(_wavy, THETA, THETA.expand(3, -1)),
    "hessian": lambda: derivatives.hessian(_wavy, THETA),
    "eigenpairs": lambda: spectrum.eigenpairs(_wavy, THETA)[0],
    "eigenvectors": lambda: spectrum.eigenpairs(_wavy, THETA)[1].abs(),
    "few eigenpairs": lambda: spectrum.eigenpairs(surfaces.two_weights, SMALL)[0],
    "trace": lambda: spectrum.trace(_wavy, THETA).mean,
    "plain trace": lambda: spectrum.trace(_wavy, THETA, method="hutchinson").mean,
    "density": lambda: spectrum.spectral_density(_wavy, THETA, probes=2, steps=8).points,
    "critical point": lambda: critical.find(surfaces.two_weights, SMALL).theta,
    "sharpness": lambda: flatness.sharpness(_wavy, THETA),
    "adaptive sharpness": lambda: flatness.adaptive_sharpness(_wavy, THETA),
    "descent": lambda: (
        descent.descend(_wavy, THETA, lambda p: torch.optim.SGD(p, lr=0.01), 3).points
    ),
    "taylor": lambda: taylor.taylor(_wavy, THETA, 2)(THETA / 9),
    "per-example gradients": lambda: batches.per_example_gradients(
        NET, nn.functional.cross_entropy, X, Y
    ),
    "weighted per-example gradients": lambda: batches.per_example_gradients(
        NET, _counting, X, Y, weight=lambda output, y: (y + 1).sum()
    ),
    "gradient over batches": lambda: derivatives.gradient(*OVER),
    "hessian over batches": lambda: derivatives.hessian(*OVER),
    "sharpness over batches": lambda: flatness.sharpness(*OVER),
    "noise over batches": lambda: (
        batches.noise_over(NET, nn.functional.cross_entropy, BATCHES).scale
    ),
    "batch std": lambda: batches.batch_std(X, 2, draws=5),
    "standardize": lambda: normalization.standardize(X)[0],
    "condition number": lambda: normalization.condition_number(X, bias=True),
    "smoothness": lambda: normalization.smoothness(_wavy, THETA, [0.01]).beta,
    "ensemble": lambda: _trained(None),
    "ensemble with rates": lambda: _trained([0.1, 0.2]),
}


@pytest.mark.parametrize("case", CASES)
def test_it_lies_where_its_arguments_are(case):
    expected = CASES[case]()
    with torch.device("meta"):
        found = CASES[case]()
    if torch.is_tensor(found):
        assert found.device == expected.device
        found, expected = found.detach(), expected.detach()
    np.testing.assert_array_equal(found, expected)
