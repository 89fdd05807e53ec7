"""Eigenpairs at the ends of a large symmetric matrix that is known by its products alone.

Lanczos with thick restarts (Wu & Simon 2000) and full reorthogonalisation. It is our own because
scipy's `eigsh` draws the vectors that it needs after a breakdown from the operating system, so that
one call gave other counts the next time, and because it tests for the end only after whole bases.
"""

from dataclasses import dataclass

import torch

PART = 2**16  # numbers of a vector that are turned into float64 at once
EXHAUSTED = 100  # rounding errors of the largest entry that a new direction may be short by


@dataclass
class Pairs:
    """Ritz pairs, ascending: values (m,) float64, unit vectors (m, n), residuals ‖Hu − λu‖ (m,)."""

    values: torch.Tensor
    vectors: torch.Tensor | None
    residuals: torch.Tensor
    norm: float  # the largest |λ| seen, which tends to ‖H‖
    products: int
    converged: bool


def ends(
    times, low, high, like, *, rng, basis, tolerance, budget,
    early=False, value=False, progress=None, start=None,
):  # fmt: skip
    """`Pairs` of the `low` lowest and the `high` highest eigenvalues.

    `times` maps v, (n,), to its product; `like` is a tensor (n,) whose type and device the basis
    takes: `basis` vectors and a few more. A pair has converged at a residual of `tolerance` times
    |λ|, or at rounding; after `budget` products, of `tolerance` times the norm. With `value`, for
    the highest alone, it is λ's own error, as `_error` has it, in place of the residual. After
    twice the budget, and one basis at least, the pairs found so far come back unconverged. The
    first test is when the basis is full, or `early` after each product; later ones are after each
    product.
    `progress(products, values, residuals)` is called at each test. The first direction is `start`,
    (n,), or drawn from `rng`, as are those after a breakdown.
    """
    space = _Space(times, like, rng, basis, start)
    wanted = low + high
    limit = max(2 * budget, basis)
    while True:
        space.grow()
        size = space.size
        if size < wanted or not (early or space.restarts or size == basis or space.whole):
            continue
        values, inner = torch.linalg.eigh(space.projected[:size, :size].contiguous())
        chosen = [*range(low), *range(size - high, size)]
        norm = float(values.abs().max())
        every = space.beyond * inner[-1].abs()
        residuals = every[chosen]
        if progress is not None:
            progress(space.products, values[chosen].numpy(), residuals.numpy())
        allowed = tolerance * values[chosen].abs()
        if space.products > budget:
            allowed = torch.full_like(allowed, tolerance * norm)
        floor = 10 * torch.finfo(like.dtype).eps * norm  # no product is known better
        short = _error(values, every) if value else residuals
        done = bool((short <= allowed.clamp(min=floor)).all())
        # an exhausted start may have missed what is there several times, until the basis is full
        done = done and (max(low, high) == 1 or not space.exhausted or size == basis)
        if done or space.whole or space.products >= limit:
            vectors = space.combined(inner[:, chosen])
            return Pairs(values[chosen], vectors, residuals, norm, space.products, done)
        if size == basis:
            space.restart(values, inner, low, high)


def _error(values, residuals):
    """How far the highest Ritz value is from an eigenvalue: r, or r²/gap where that is less.

    So it is where no other eigenvalue is within the gap (Kato 1949, Temple 1928), which is
    taken to the next Ritz value and its residual.
    """
    error = residuals[-1]
    if len(values) > 1:
        gap = values[-1] - values[-2] - residuals[-2]
        if gap > error:
            error = error**2 / gap
    return error


class _Space:
    """An orthonormal basis, its rows (size, n), and H projected on it, (size, size) in float64."""

    def __init__(self, times, like, rng, basis, start):
        self.times, self.rng, self.basis = times, rng, basis
        self.rows = torch.empty(basis + 1, len(like), dtype=like.dtype, device=like.device)
        self.projected = torch.zeros(basis, basis, dtype=torch.float64, device="cpu")
        self.size, self.products, self.restarts, self.exhausted = 0, 0, 0, False
        self.beyond = 0.0  # the length of what leads out of the basis
        self._draw(start)

    @property
    def whole(self):
        """Whether the basis is of the whole space."""
        return self.size == self.rows.shape[1]

    def grow(self):
        """One product, of the last direction, and the direction that it leads to."""
        i = self.size
        w = self.times(self.rows[i])
        self.size, self.products = i + 1, self.products + 1
        known = self.rows[: self.size]
        first = dots(known, w)
        w = w - first.to(w) @ known
        w = w - (known @ w) @ known  # twice is enough (Parlett 1980)
        column = first.cpu()
        self.projected[: self.size, i] = self.projected[i, : self.size] = column
        self.beyond = length(w)
        scale = float(self.projected[: self.size, : self.size].abs().max())
        if not self.beyond < float("inf"):
            raise ValueError("a Hessian-vector product is not finite; derivatives mean nothing")
        if self.beyond <= EXHAUSTED * torch.finfo(w.dtype).eps * scale:
            self.beyond, self.exhausted = 0.0, True
            if not self.whole:
                self._draw()
        else:
            self.rows[self.size] = w / self.beyond

    def restart(self, values, inner, low, high):
        """Keep half of the basis: the wanted pairs, and as many more of either end.

        Also of an end that is not wanted: a large eigenvalue that was dropped comes back from
        rounding, and has to be found again each time.
        """
        spare = max(0, self.basis // 2 - low - high)
        down, up = low + spare // 2, high + spare - spare // 2
        kept = [*range(down), *range(self.size - up, self.size)]
        outward = self.rows[self.size].clone()
        self.rows[: len(kept)] = self.combined(inner[:, kept])
        self.rows[len(kept)] = outward
        self.projected.zero_()
        self.projected[range(len(kept)), range(len(kept))] = values[kept]
        self.size, self.restarts = len(kept), self.restarts + 1

    def combined(self, inner):
        """The directions, (m, n), that `inner`, (size, m), has in the basis."""
        return inner.T.to(self.rows) @ self.rows[: self.size]

    def _draw(self, start=None):
        """A random direction, or the start, across all that is there."""
        if start is None:
            start = torch.from_numpy(self.rng.normal(size=self.rows.shape[1]))
        drawn = start.to(self.rows)
        known = self.rows[: self.size]
        for _ in range(2):
            drawn = drawn - (known @ drawn) @ known
        self.rows[self.size] = drawn / length(drawn)


def dots(rows, v):
    """rows @ v, (size,), summed in float64, a part of v at a time; see `length`."""
    parts = zip(rows.split(PART, dim=1), v.split(PART), strict=True)
    return sum(each.double() @ part.double() for each, part in parts)


def length(v):
    """‖v‖, summed in float64: in float32 a long vector's is wrong in the sixth digit, and λ too."""
    return float(torch.linalg.vector_norm(v, dtype=torch.float64))
