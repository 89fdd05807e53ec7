"""Eigenpairs at the ends of a large symmetric matrix that is known by its products alone.

Lanczos with thick restarts (Wu & Simon 2000) and full reorthogonalisation. It is our own because
scipy's `eigsh` draws the vectors that it needs after a breakdown from the operating system, so that
one call gave other counts the next time, and because it tests for the end only after whole bases.
"""

from dataclasses import dataclass
from math import log

import torch

PART = 2**16  # numbers of a vector that are turned into float64 at once
EXHAUSTED = 100  # rounding errors of the largest entry that a new direction may be short by
MISSED = 1e-2  # the chance at which a look beyond the pairs that were found may miss what is there


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

    One start sees one direction of each eigenspace. So where more than one pair of an end is
    wanted, it is looked for what lies beyond them, from another direction and orthogonal to them
    all; what is found takes the last one's place, until there is nothing. Those products count as
    the others do, and a look that they end, after one basis at least, leaves all unconverged.
    """
    pairs, whole = _search(
        times, low, high, like, rng, basis, tolerance, budget, early, value, progress, start
    )
    if max(low, high) > 1 and pairs.converged and not whole:
        while _Look(times, low, high, pairs, rng, basis, tolerance, budget).found(early, progress):
            pass
    return pairs


def _search(times, low, high, like, rng, basis, tolerance, budget, early, value, progress, start):
    """`ends` as one start sees them, and whether the basis is of the whole space."""
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
            pairs = Pairs(values[chosen], vectors, residuals, norm, space.products, done)
            return pairs, space.whole
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


class _Look:
    """A search orthogonal to the pairs that were found, for what lies beyond the last of an end."""

    def __init__(self, times, low, high, pairs, rng, basis, tolerance, budget):
        self.low, self.pairs, self.made = low, pairs, pairs.products
        self.ways = [way for way, count in ((1, high), (-1, low)) if count > 1]
        self.left = pairs.vectors.shape[1] - len(pairs.vectors)
        self.times, self.tolerance, self.budget = times, tolerance, budget
        self.limit = max(2 * budget, self.made + basis)
        self.floor = 10 * torch.finfo(pairs.vectors.dtype).eps * pairs.norm
        self.seen = False  # whether all is seen that the start leads to
        self.space = _Space(times, pairs.vectors[0], rng, min(basis, self.left), aside=pairs)

    def found(self, early, progress):
        """Whether there was something, which the pairs now hold; unconverged, none in time."""
        space, pairs = self.space, self.pairs
        while True:
            space.grow()
            size = space.size
            pairs.products = self.made + space.products
            values, inner = torch.linalg.eigh(space.projected[:size, :size].contiguous())
            residuals = space.beyond * inner[-1].abs()
            if progress is not None:
                progress(
                    pairs.products, pairs.values.clone().numpy(), pairs.residuals.clone().numpy()
                )
            # what crowds near zero is seen late, and is not taken for the end of all before
            self.seen = space.exhausted or size == self.left
            tested = early or space.restarts or size == space.basis or self.seen
            nothing = []
            for way in self.ways:
                beyond, converged = self._tested(way, values, residuals)
                if beyond and converged and tested:
                    self._take(way, space.combined(inner[:, [-(way > 0)]])[0])
                    return True
                would = not beyond and self._would_have_been_seen(way, values, residuals)
                nothing.append(would or (not beyond and converged and tested))
            if all(nothing):
                return False
            if pairs.products >= self.limit:
                pairs.converged = False
                return False
            if size == space.basis:
                space.restart(values, inner, *(int(way in self.ways) for way in (-1, 1)))

    def _last(self, way):
        """Which of the pairs is the last of the high end (1) or of the low (−1)."""
        return self.low if way > 0 else self.low - 1

    def _tested(self, way, values, residuals):
        """Whether the outermost Ritz pair lies beyond the last of its end; whether it converged."""
        place, last = -(way > 0), self._last(way)
        value, worst = float(values[place]), float(self.pairs.values[last])
        scale = max(abs(value), abs(worst))
        if self.pairs.products > self.budget:
            scale = self.pairs.norm
        converged = self.seen or residuals[place] <= max(self.tolerance * scale, self.floor)
        known = max(float(self.pairs.residuals[last]), 3 * self.floor)  # of both values
        return way * (value - worst) > known, bool(converged)

    def _would_have_been_seen(self, way, values, residuals):
        """Whether what lies beyond the last would be seen by now, but for a chance of `MISSED`.

        Lanczos from a random start falls short of the outermost of m eigenvalues by a share ε of
        the spectrum, after j products, with a chance below 1.648 √m exp(−(2j − 1) √ε) (Kuczyński &
        Woźniakowski 1992). The p that stand out at the other end narrow it for p products.
        """
        worst = way * float(self.pairs.values[self._last(way)])
        if way < 0:
            values, residuals = -values.flip(0), residuals.flip(0)
        width = worst - values + residuals
        short = ((worst - values[-1]) / width).clamp(min=0, max=1).sqrt()
        known = (residuals[:-1] <= 0.01 * width[1:]).cumprod(0)
        steps = self.space.products - torch.arange(len(values))
        power = (2 * steps - 1) * short
        power[1:] *= known
        return log(1.648 * self.left**0.5 / MISSED) <= float(power.max())

    def _take(self, way, vector):
        """Put the vector in the place of the last of its end, and that end in order."""
        pairs, last = self.pairs, self._last(way)
        product = self.times(vector)
        pairs.products += 1
        pairs.vectors[last] = vector
        pairs.values[last] = value = float(dots(vector[None], product)[0])
        pairs.residuals[last] = length(product - value * vector)
        own = slice(self.low, None) if way > 0 else slice(self.low)
        order = pairs.values[own].argsort(stable=True)
        for each in (pairs.values, pairs.vectors, pairs.residuals):
            each[own] = each[own][order]


class _Space:
    """An orthonormal basis, its rows (size, n), and H projected on it, (size, size) in float64.

    With `aside`, `Pairs` that were found, it is of what is orthogonal to them.
    """

    def __init__(self, times, like, rng, basis, start=None, aside=None):
        self.times, self.rng, self.basis = times, rng, basis
        self.rows = torch.empty(basis + 1, len(like), dtype=like.dtype, device=like.device)
        self.projected = torch.zeros(basis, basis, dtype=torch.float64, device="cpu")
        self.size, self.products, self.restarts, self.exhausted = 0, 0, 0, False
        self.beyond = 0.0  # the length of what leads out of the basis
        self.aside = aside
        self._draw(start)

    @property
    def whole(self):
        """Whether the basis is of the whole space."""
        return self.size == self.rows.shape[1]

    def grow(self):
        """One product, of the last direction, and the direction that it leads to."""
        i = self.size
        w = self._apart(self.times(self.rows[i]))
        self.size, self.products = i + 1, self.products + 1
        known = self.rows[: self.size]
        first = dots(known, w)
        w = w - first.to(w) @ known
        w = self._apart(w - (known @ w) @ known)  # twice is enough (Parlett 1980)
        column = first.cpu()
        self.projected[: self.size, i] = self.projected[i, : self.size] = column
        self.beyond = length(w)
        scale = float(self.projected[: self.size, : self.size].abs().max())
        scale = max(scale, self.aside.norm if self.aside else 0.0)
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
            drawn = self._apart(drawn - (known @ drawn) @ known)
        self.rows[self.size] = drawn / length(drawn)

    def _apart(self, v):
        """v without what it has of the pairs aside."""
        if self.aside is None:
            return v
        return v - (self.aside.vectors @ v) @ self.aside.vectors


def dots(rows, v):
    """rows @ v, (size,), summed in float64, a part of v at a time; see `length`."""
    parts = zip(rows.split(PART, dim=1), v.split(PART), strict=True)
    return sum(each.double() @ part.double() for each, part in parts)


def length(v):
    """‖v‖, summed in float64: in float32 a long vector's is wrong in the sixth digit, and λ too."""
    return float(torch.linalg.vector_norm(v, dtype=torch.float64))
