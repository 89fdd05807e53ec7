"""The Hessian's eigenvalues: the ends exactly, the trace and the whole density by sampling."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.integrate import quad
from scipy.linalg import eigh_tridiagonal

from trainingtips import chance, lanczos, soundness
from trainingtips.derivatives import check, gradient, hessian, product, recording, whole
from trainingtips.statistics import Measured, student

DENSE = 64  # up to so many weights, the whole Hessian is cheaper than Lanczos
TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-5}  # residual of an eigenpair, relative to λ
BUDGET = 3000  # products, unless given
BLOCK = 2**22  # numbers that random vectors may take at once, beside those that the method keeps


class Unfinished(RuntimeError):
    """The budget is spent; what was found so far: `values`, `vectors`, `residuals`.

    The values, (m,), are ascending, the vectors (m, n); a residual, (m,), is ‖Hu − λu‖/‖H‖.
    """

    def __init__(self, message, values, vectors, residuals):
        super().__init__(message)
        self.values, self.vectors, self.residuals = values, vectors, residuals


def eigenpairs(
    loss, theta, k=1, which="both", tolerance=None, basis=None, budget=None, progress=None
):
    """k eigenvalues of the Hessian at θ, ascending, with unit eigenvectors: (m,) and (m, n).

    `which` is "largest", "smallest" or "both" (k of each end). Lanczos, whose every number is the
    same each time (`lanczos.ends`); for few weights, or where nearly all are asked for, numpy's
    eigh of the whole Hessian. `tolerance` is the residual ‖Hu − λu‖/|λ| at which Lanczos ends, 1e-9
    in float64 and 1e-5 in float32 unless given, or rounding where that is more; the error of λ
    itself is far smaller. After about `budget` products (3,000 unless given) without that, as where
    λ is zero, the residual is taken relative to ‖H‖ and as many more may be spent; then
    `Unfinished`, a RuntimeError, is raised with what was found. `basis` is how many vectors Lanczos
    keeps (20 for "largest" and 40 for the others unless given): fewer take less memory, more take
    fewer products where eigenvalues crowd. "largest" may end after any product, the others once
    the basis is full or later, for what crowds near zero is seen late. `progress(products, values,
    residuals)` is called at each test. Raises ValueError for a wrong k, `which` or `budget`, and
    for a loss that is random or whose Hessian is not symmetric or not finite.

    >>> values, vectors = eigenpairs(lambda t: t[0] ** 2 - t[1] ** 2, torch.zeros(2))
    >>> values.tolist()
    [-2.0, 2.0]
    """
    with recording(theta) as (theta,):
        _check_steady(loss, theta)
        n = len(theta)
        _check_budget(budget)
        if which not in ("largest", "smallest", "both"):
            raise ValueError(f"which is 'largest', 'smallest' or 'both'; received {which!r}")
        k = whole("k", k, 1, n)
        if n <= DENSE or 2 * k >= n - 1:
            values, vectors = np.linalg.eigh(hessian(loss, theta).cpu().numpy())
            values, rows = _ends(values, vectors.T, k, which)
            return values, torch.as_tensor(rows.copy(), dtype=theta.dtype, device=theta.device)
        tolerance = tolerance or TOLERANCE[theta.dtype]
        return _lanczos(loss, theta, k, which, tolerance, basis, budget or BUDGET, progress)


def largest_eigenvalue(loss, theta, error=1e-4, budget=None):
    """λ_max of the Hessian at θ, a float that is off by about `error` of itself, or less.

    For where its eigenvector is not asked for: λ is known to so many digits long before the vector
    is, after five to ten products where λ_max stands out. Lanczos ends where the residual r and the
    gap to what lies below bound the error, r²/gap ≤ `error`·|λ| (Kato 1949), with the gap as it is
    known by then. Two that lie within r of one another pass for one: the value is then between
    them. `eigenpairs` tells them apart, to its tolerance. For few weights numpy's eigh of the whole
    Hessian. Raises ValueError for an `error` that is not above 0 or a wrong `budget`, and otherwise
    as `eigenpairs` does.

    >>> largest_eigenvalue(lambda t: t[0] ** 2 - t[1] ** 2, torch.zeros(2))
    2.0
    """
    with recording(theta) as (theta,):
        _check_steady(loss, theta)
        _check_budget(budget)
        if not error > 0:
            raise ValueError(f"error is a share of λ, above 0; received {error!r}")
        if len(theta) <= DENSE:
            return float(np.linalg.eigvalsh(hessian(loss, theta).cpu().numpy())[-1])
        values, _ = _lanczos(
            loss, theta, 1, "largest", error, None, budget or BUDGET, None, value=True
        )
        return float(values[0])


def _check_budget(budget):
    if budget is not None:
        whole("budget", budget)


def _ends(values, rows, k, which):
    n = len(values)
    low, high = list(range(k)), list(range(n - k, n))
    both = sorted({*low, *high})
    chosen = {"smallest": low, "largest": high, "both": both}[which]
    return values[chosen], rows[chosen]


def _lanczos(loss, theta, k, which, tolerance, basis, budget, progress, value=False):
    count = 2 * k if which == "both" else k
    if basis is None:
        basis = max(20 if which == "largest" else 40, 2 * count + 1)
    if not isinstance(basis, int) or basis <= count:
        raise ValueError(f"basis is a whole number above {count}; received {basis!r}")
    times = _checked(loss, theta, product(loss, theta))
    found = lanczos.ends(
        times, 0 if which == "largest" else k, 0 if which == "smallest" else k, theta,
        rng=chance.rng(0),  # the same answer every time
        basis=min(len(theta), basis), tolerance=tolerance, budget=budget,
        early=which == "largest", progress=progress, value=value,
    )  # fmt: skip
    if not found.converged:
        raise _unfinished(found, times, which, k, tolerance)
    return found.values.numpy(), found.vectors


def _unfinished(found, times, which, k, tolerance):
    pairs = zip(found.values.tolist(), found.vectors, strict=True)
    residuals = np.array([float((times(u) - v * u).norm()) for v, u in pairs]) / found.norm
    which = {"both": "smallest and the largest"}.get(which, which)
    far = f"residuals up to {max(residuals):.1g} of ‖H‖ = {found.norm:.3g}, above {tolerance:g}"
    if max(residuals) <= tolerance:
        far = "small residuals, but the budget ended the look for others beyond them"
    return Unfinished(
        f"the {which} {k} of {found.vectors.shape[1]} eigenvalues have {far}; raise `tolerance` "
        f"or `budget`, or compute in float64; `values` and `vectors` of this error are those "
        f"found so far",
        found.values.numpy(), found.vectors, residuals,
    )  # fmt: skip


def _checked(loss, theta, times):
    """`times`, whose first two products tell whether the Hessian is symmetric."""
    seen = []

    def apply(v):
        found = times(v)
        if len(seen) < 4:
            seen.extend([v.clone(), found])
            if len(seen) == 4:
                soundness.check_symmetric(loss, theta, product, *seen)
        return found

    return apply


def _check_steady(loss, theta):
    soundness.check_steady(loss, theta, check(loss, theta))
    soundness.warn_of_slope(loss, theta)


def classify(eigenvalues, tolerance=1e-6):
    """Kind of a critical point: "minimum", "maximum", "saddle" or "degenerate".

    An eigenvalue counts as zero below `tolerance` times the largest magnitude. One zero among
    eigenvalues of one sign leaves the kind open: "degenerate". Both signs: a saddle in any case.

    >>> classify([-2.0, 2.0]), classify([0.0, 4.0])
    ('saddle', 'degenerate')
    """
    negative, zero, positive = signs(eigenvalues, tolerance)
    if positive and negative:
        return "saddle"
    if zero:
        return "degenerate"
    return "minimum" if positive else "maximum"


def signs(eigenvalues, tolerance=1e-6):
    """How many eigenvalues are (negative, zero, positive).

    An eigenvalue counts as zero up to `tolerance` times the largest magnitude.

    >>> signs([-2.0, 1e-9, 1.0, 3.0])
    (1, 1, 2)
    """
    values = np.asarray(eigenvalues, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"eigenvalues are finite, of shape (n,) with n ≥ 1; received {values}")
    zero = tolerance * abs(values).max()
    down, up = int((values < -zero).sum()), int((values > zero).sum())
    return down, len(values) - down - up, up


def chance_of_rise(eigenvalues):
    """The chance that the curvature vᵀHv is positive in a random direction v.

    P(Σ λᵢ zᵢ² > 0) for independent standard normal zᵢ, by inverting the characteristic function,
    an integral over log u (Imhof, Biometrika 48, 1961). It is 0 where all are zero: nothing rises.
    Raises ValueError as `signs` does.

    >>> round(chance_of_rise([-1.0, 1.0, 1.0]), 6)  # 1/√2
    0.707107
    """
    signs(eigenvalues)
    values = np.asarray(eigenvalues, dtype=float)
    if not values.any():
        return 0.0
    scaled = values / abs(values).max()

    def integrand(log_u):
        u = np.exp(log_u)
        size = np.exp(-np.log1p((scaled * u) ** 2).sum() / 4)
        return np.sin(np.arctan(scaled * u).sum() / 2) * size

    return float(0.5 + quad(integrand, -25, 25, limit=500)[0] / np.pi)


def escape_direction(loss, theta):
    """(λ, u): the smallest eigenvalue of the Hessian at θ and its unit eigenvector, shape (n,).

    Where λ < 0, a step ε along u or −u changes the loss by ½λε² at a critical point. The sign of u
    is the one along which the loss's gradient does not rise.

    >>> value, u = escape_direction(lambda t: (1 - t[0] * t[1]) ** 2, torch.zeros(2))
    >>> round(value, 6)
    -2.0
    """
    with recording(theta) as (theta,):
        values, vectors = eigenpairs(loss, theta, 1, "smallest")
        u = vectors[0]
        return float(values[0]), -u if gradient(loss, theta) @ u > 0 else u


def trace(loss, theta, products=96, method="hutch++", seed=0, confidence=0.95):
    """Trace of the Hessian at θ, a `Measured` with its interval, from `products` products Hv.

    "hutchinson" averages vᵀHv over random signs v (Hutchinson 1990). "hutch++" spends a third of
    the products on the range where H is large, takes the trace there exactly, a third more, and
    averages over what is left (Meyer et al. 2021). Where n ≤ `products` the trace is exact. The
    memory is that of a few vectors, and of that range for "hutch++".
    Raises ValueError for fewer than 6 products and an unknown method.

    >>> trace(lambda t: (t**2).sum(), torch.zeros(3)).mean
    6.0
    """
    with recording(theta) as (theta,):
        _check_steady(loss, theta)
        n = len(theta)
        if method not in ("hutchinson", "hutch++"):
            raise ValueError(f"method is 'hutchinson' or 'hutch++'; received {method!r}")
        products = whole("products", products, 6)
        if not 0 < confidence < 1:
            raise ValueError(f"confidence lies between 0 and 1; received {confidence}")
        if n <= products:
            exact = float(hessian(loss, theta).trace())
            return Measured(exact, exact, exact, n)
        times = product(loss, theta)
        rng = chance.rng(seed)

        def tried(v):
            found = times(v)
            soundness.check_rows(loss, theta, product, v, found)
            return found

        def samples(count, cleared=lambda v: v):
            """vᵀHv of `count` random signs, as few at once as need be."""
            parts = (cleared(v) for v in _blocks(rng, count, theta))
            return torch.cat([(v * tried(v)).sum(1) for v in parts]).cpu().numpy()

        if method == "hutchinson":
            return student(samples(products), confidence)
        third = products // 3
        q = torch.empty(third, n, dtype=theta.dtype, device=theta.device)
        parts = q.split(_at_once(theta))
        for rows, v in zip(parts, _blocks(rng, third, theta), strict=True):
            rows.copy_(tried(v))
        _orthonormalise(q)
        known = sum(float((rows * times(rows)).sum()) for rows in parts)
        rest = student(samples(products - 2 * third, lambda v: v - (v @ q.T) @ q), confidence)
        return Measured(known + rest.mean, known + rest.low, known + rest.high, rest.n)


def _signs(rng, count, like):
    """Random signs, (count, n), drawn row by row, for numpy's are far larger."""
    rows = torch.empty(count, len(like), dtype=like.dtype, device=like.device)
    for row in rows:
        row.copy_(torch.from_numpy(rng.integers(2, size=len(like))))
    return rows.mul_(2).sub_(1)


def _orthonormalise(rows):
    """Gram and Schmidt in the rows' own memory; a row that adds no direction becomes zero."""
    for i, row in enumerate(rows):
        before, known = lanczos.length(row), rows[:i]
        for _ in range(2):  # twice is enough (Parlett 1980)
            row.sub_((known @ row) @ known)
        after = lanczos.length(row)
        none = after <= lanczos.EXHAUSTED * torch.finfo(row.dtype).eps * before
        row.mul_(0 if none else 1 / after)


def _at_once(like):
    """How many vectors take `BLOCK` numbers, and two at least."""
    return max(2, BLOCK // len(like))


def _blocks(rng, count, like):
    """The rows of `_signs`, a few at once."""
    at_once = _at_once(like)
    return (_signs(rng, min(at_once, count - i), like) for i in range(0, count, at_once))


@dataclass(frozen=True)
class Density:
    """An estimate of how the n eigenvalues lie: weights (m,), summing to one, at points (m,)."""

    points: np.ndarray
    weights: np.ndarray
    n: int

    def share(self, low, high):
        """Share of the eigenvalues between `low` and `high`."""
        return float(self.weights[(self.points >= low) & (self.points <= high)].sum())

    def at(self, x, width):
        """The density at x, (…), smoothed by a Gaussian of standard deviation `width`."""
        if not width > 0:
            raise ValueError(f"width is above 0; received {width}")
        z = (np.asarray(x, dtype=float)[..., None] - self.points) / width
        return (np.exp(-0.5 * z**2) @ self.weights) / (width * np.sqrt(2 * np.pi))


def spectral_density(loss, theta, probes=8, steps=64, seed=0):
    """`Density` of the Hessian's eigenvalues at θ, by stochastic Lanczos quadrature.

    Each of `probes` random starts gives, after `steps` Lanczos steps, the points and weights of a
    Gauss quadrature of the spectrum (Golub & Welsch 1969; Ghorbani et al. 2019): exact for the
    first 2·steps moments along that start. Costs probes × steps products, and the memory of a few
    vectors where steps × n is above four million.

    >>> spectral_density(lambda t: (t**2).sum(), torch.zeros(4)).share(1.9, 2.1)
    1.0
    """
    with recording(theta) as (theta,):
        _check_steady(loss, theta)
        n = len(theta)
        probes, steps = whole("probes", probes), whole("steps", steps)
        times, rng = _checked(loss, theta, product(loss, theta)), chance.rng(seed)
        points, weights = [], []
        for _ in range(probes):
            start = _signs(rng, 1, theta)[0]
            diagonal, beside = _tridiagonal(times, start, min(steps, n))
            values, vectors = eigh_tridiagonal(diagonal, beside)
            points.append(values)
            weights.append(vectors[0] ** 2 / probes)
        order = np.argsort(points := np.concatenate(points))
        weights = np.concatenate(weights)[order]
        return Density(points[order], weights / weights.sum(), n)


def _tridiagonal(times, start, steps):
    """Lanczos: the diagonal, (m,), and the one beside it, (m − 1,).

    Reorthogonalised where the basis takes at most `BLOCK` numbers. Beyond, the memory is that of
    three vectors: what rounding repeats of an eigenvalue shares its weight, so that a quadrature
    stays right (Greenbaum 1989). It ends early, and exactly, where the start's Krylov space is
    exhausted.
    """
    whole = steps * len(start) <= BLOCK
    rows = torch.empty(steps if whole else 2, len(start), dtype=start.dtype, device=start.device)
    rows[0] = start / start.norm()
    diagonal, beside = [], []
    for i in range(steps):
        v = rows[i % len(rows)]
        w = times(v)
        diagonal.append(float(w @ v))
        if whole:
            for _ in range(2):  # twice is enough (Parlett 1980)
                w = w - (rows[: i + 1] @ w) @ rows[: i + 1]
        else:
            w = w - diagonal[-1] * v
            if beside:
                w = w - beside[-1] * rows[(i - 1) % 2]
        length = float(w.norm())
        scale = max(map(abs, [*diagonal, *beside]))
        if i + 1 == steps or length <= 100 * torch.finfo(w.dtype).eps * scale:
            break
        beside.append(length)
        rows[(i + 1) % len(rows)] = w / length
    return np.array(diagonal), np.array(beside)
