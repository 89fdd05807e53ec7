"""The Hessian's diagonal: exact for few weights, else by random signs, with its error."""

from dataclasses import dataclass

import torch
from scipy.stats import t as student

from trainingtips import chance, soundness
from trainingtips.derivatives import check, hessian, product, recording, whole


@dataclass(frozen=True)
class Diagonal:
    """The diagonal's values, (n,), and half the width of each one's interval, (n,); 0 if exact."""

    values: torch.Tensor
    half_width: torch.Tensor


def diagonal(loss, theta, products=96, seed=0, confidence=0.95):
    """`Diagonal` of the Hessian at θ, from `products` products Hv, in the memory of a few vectors.

    Averages v ⊙ Hv over random signs v (Bekas, Kokiopoulou & Saad 2007): without bias, and the
    error of an entry is the length of the rest of its row, over √products. Where n ≤ `products` it
    is exact. The interval is each entry's own, by Student's t. Raises ValueError for fewer than 2
    products.

    >>> diagonal(lambda t: t[0] ** 2 + t[0] * t[1], torch.zeros(2)).values
    tensor([2., 0.])
    """
    with recording(theta) as (theta,):
        soundness.check_steady(loss, theta, check(loss, theta))
        soundness.warn_of_slope(loss, theta)
        products = whole("products", products, 2)
        if not 0 < confidence < 1:
            raise ValueError(f"confidence lies between 0 and 1; received {confidence}")
        if len(theta) <= products:
            exact = hessian(loss, theta).diagonal().clone()
            return Diagonal(exact, torch.zeros_like(exact))
        times, rng = product(loss, theta), chance.rng(seed)
        mean, squares, first = torch.zeros_like(theta), torch.zeros_like(theta), None
        for count in range(1, products + 1):
            signs = torch.from_numpy(rng.integers(2, size=len(theta)) * 2 - 1)
            v = signs.to(theta.dtype).to(theta.device)
            found = times(v)
            if count == 2:
                soundness.check_symmetric(loss, theta, product, *first, v, found)
            first = (v, found) if count == 1 else None
            off = v * found - mean  # Welford's running mean and squares
            mean += off / count
            squares += off * (v * found - mean)
        factor = student.ppf((1 + confidence) / 2, products - 1)
        return Diagonal(mean, factor * (squares / (products - 1) / products).sqrt())
