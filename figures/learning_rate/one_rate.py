"""In a badly conditioned bowl the rate 0.01 bounces and 1e-7 never arrives; none between is fast.

Two paths in a valley, and for every rate the updates that divide the error by ten: torch's SGD
(points) on theory (line). One rate for each weight needs about twenty (green).

A straight line y = b + wx through ten points, with the loss ½ mean (b + wx − y)²: convex, a bowl,
but its curvature differs by a factor κ of about a thousand between the two eigenvectors. The map
shows the path at η = 10⁻² and the end of 100,000 updates at η = 10⁻⁷. Theory is the larger of |1 −
ηλ| over the two eigenvalues. At the best single rate, 2/(λ₁ + λ₂), it still takes about 1.15 κ
updates. One rate for each weight, η/Hᵢᵢ, leaves κ = (1 + r)/(1 − r), where r is the correlation of
the two weights' gradients.
"""

import numpy as np
import torch

from trainingtips import plotting

X = np.array([4.0, 6, 8, 9, 11, 13, 15, 17, 20, 24])
NOISE = np.array([1.0, -2, 1.5, 0, -1, 2, -1.5, 1, -0.5, -0.5])
TRUE = (-188.0, 2.7)  # b and w of the line that the points scatter around
START = (-120.0, -4.0)
BOUNCING, TINY = 1e-2, 1e-7
LONG = 100_000
RATES = np.geomspace(1e-7, 1e-2, 21)
SHOWN = 200  # updates of the bouncing path in the picture

ALT = (
    "Left, a map of a long narrow valley: the path at rate 0.01 jumps to and fro across "
    "it all along, in swings that shrink slowly; the end of the tiny rate's path lies on the "
    "valley's floor beside the start. Right, in log-log "
    "axes, updates per factor ten fall in proportion to the rate from 1e8 to some thousand; the "
    "dashed line of one rate per weight lies far below, at about twenty."
)
NUMBER = (
    "best rate {best_rate | decimals(4)}: {best_per_ten | digits(3)} updates to a tenth of the "
    "error"
)


def compute():
    x, y = design(), targets()
    eigenvalues, vectors = np.linalg.eigh(hessian())
    minimum = np.linalg.solve(x.T @ x, x.T @ y)
    best = 2 / eigenvalues.sum()
    rates = np.append(RATES, best)
    bounce = walk(BOUNCING, 200)
    across = (bounce - minimum) @ vectors[:, 1]
    tiny = walk(TINY, LONG)[-1]
    distances = np.linalg.norm([np.subtract(START, minimum), tiny - minimum], axis=1)
    diagonal = hessian().diagonal()
    return {
        "minimum": minimum,
        "eigenvalues": eigenvalues,
        "condition": eigenvalues[1] / eigenvalues[0],
        "best_rate": best,
        "bounce_path": bounce,
        "sign_changes": int((across[1:] * across[:-1] < 0).sum()),
        "bounce_updates": len(across) - 1,
        "bounce_kept": np.abs(across[-1] / across[0]) ** (1 / (len(across) - 1)),
        "tiny_end": tiny,
        "tiny_left": distances[1] / distances[0],
        "tiny_updates": LONG,
        "rates": rates,
        "lost": [1 - kept(rate, vectors) for rate in rates],
        "weight_rates": weight_rate() / diagonal,
        "weight_condition": np.divide(*np.linalg.eigvalsh(correlation())[::-1]),
        "best_per_ten": per_ten(1 - kept(best, vectors)),
        "weight_kept": tail(walk(weight_rate() / diagonal, 200) - minimum),
    }


def design():
    """The inputs with a column of ones for b: (10, 2)."""
    return np.column_stack([np.ones_like(X), X])


def targets():
    return design() @ TRUE + NOISE


def hessian():
    """Second derivatives in (b, w), (2, 2): the same everywhere."""
    return design().T @ design() / len(X)


def loss(theta):
    """½ mean (b + wx − y)², for θ = (b, w): numpy, (..., 2) → (...)."""
    return 0.5 * ((theta @ design().T - targets()) ** 2).mean(-1)


def correlation():
    """The Hessian with each weight measured in units that make its own curvature one."""
    scale = hessian().diagonal() ** -0.5
    return scale[:, None] * hessian() * scale


def weight_rate():
    """The best common factor for rates η/Hᵢᵢ."""
    return 2 / np.linalg.eigvalsh(correlation()).sum()


def walk(rate, updates, start=START, y=None):
    """Torch's SGD from `start`: the path, (updates + 1, 2); `rate` one number, or one a weight."""
    x, y = torch.from_numpy(design()), torch.from_numpy(targets() if y is None else y)
    theta = [torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in start]
    each = np.broadcast_to(rate, 2).tolist()
    groups = [{"params": [w], "lr": lr} for w, lr in zip(theta, each, strict=True)]
    optimizer = torch.optim.SGD(groups)
    path = np.empty((updates + 1, 2))
    matrix, shift = x.T @ x / len(x), x.T @ y / len(x)  # the gradient, without a pass over the data
    for t in range(updates + 1):
        point = torch.cat([w.detach() for w in theta])
        path[t] = point.numpy()
        gradient = matrix @ point - shift
        for w, g in zip(theta, gradient, strict=True):
            w.grad = g[None]
        optimizer.step()
    return path


def kept(rate, vectors, updates=50):
    """The share of the error that an update keeps in the long run: the larger of both directions.

    Each is measured on a path of its own that starts off along one eigenvector only, in a bowl
    with its minimum at zero: beside −188 the smallest steps would drown in rounding.
    """
    shares = []
    for u in vectors.T:
        error = walk(rate, updates, start=u, y=np.zeros_like(X)) @ u
        shares.append(np.abs(error[updates // 2] / error[0]) ** (2 / updates))
    return max(shares)


def tail(errors):
    """Share of the distance kept per update, over the second half of the path."""
    length = np.linalg.norm(errors, axis=1)
    half = len(length) // 4
    return (length[2 * half] / length[half]) ** (1 / half)


def claim(result):
    eigenvalues, rates = result["eigenvalues"], np.array(result["rates"])
    theory = np.abs(1 - rates[:, None] * eigenvalues).max(1)
    error = np.abs(np.array(result["lost"]) / (1 - theory) - 1).max()
    assert error < 1e-3, f"expected max|1 − ηλ| at every rate, measured {error:.1e} off"
    changes, updates = result["sign_changes"], result["bounce_updates"]
    assert changes == updates, f"expected a change of side at each of {updates}, measured {changes}"
    left = result["tiny_left"]
    assert left > 0.95, f"expected hardly a move in 100,000 updates, measured {left:.3f} left"
    plain, kappa = result["lost"][-1], result["condition"]
    assert abs(plain * (kappa + 1) / 2 - 1) < 1e-3, f"expected 1 − 2/(κ+1), measured {1 - plain}"
    kappa = result["weight_condition"]
    expected = (kappa - 1) / (kappa + 1)
    measured = result["weight_kept"]
    assert abs(measured - expected) < 1e-3, f"expected {expected:.4f}, measured {measured:.4f}"


def per_ten(lost):
    """Updates that divide the error by ten, where each takes away the share `lost` of it."""
    return np.log(10) / -np.log1p(-np.asarray(lost))


def draw(result, figure):
    left, right = plotting.panels(figure, ["two paths", "every rate"], height=3.6)
    surface(left)
    vermilion, blue = plotting.colour("vermilion"), plotting.colour("blue")
    bounce = result["bounce_path"][: SHOWN + 1].T
    left.plot(*bounce, "-", color=vermilion, linewidth=0.3, alpha=0.4)
    left.plot(*bounce, ".", color=vermilion, markersize=2)
    left.plot(*START, "o", color=plotting.colour("text"))
    left.plot(*result["tiny_end"], "s", color=blue, markersize=9, markerfacecolor="none")
    left.plot(*result["minimum"], "*", color=plotting.colour("text"), markersize=11, zorder=8)
    plotting.label(left, "$\\eta=10^{-2}$:\nbounces", (-128, 2.6), color=vermilion)
    plotting.label(
        left, "$\\eta=10^{-7}$, after\n100,000 updates", (-124, -4.3), color=blue, ha="right"
    )
    _draw_rates(result, right)


def surface(axes):
    """The loss over b and w, with lines at equal ratios."""
    b, w = np.meshgrid(np.linspace(-200, -100, 150), np.linspace(-5, 5, 150))
    values = np.log10(loss(np.stack([b, w], -1)))
    plotting.contours(axes, b, w, values, levels=np.linspace(0, 4, 9))
    axes.set(xlabel="$b$", ylabel="$w$", xlim=(-200, -100), ylim=(-5, 5))


def _draw_rates(result, axes):
    vermilion, green = plotting.colour("vermilion"), plotting.colour("green")
    rates = np.geomspace(RATES[0], 1.006e-2, 4000)
    theory = np.abs(1 - rates[:, None] * result["eigenvalues"]).max(1)
    axes.loglog(rates, per_ten(1 - theory), "-", color=plotting.colour("blue"))
    axes.loglog(result["rates"], per_ten(result["lost"]), "o", color=vermilion, markersize=4)
    axes.axhline(per_ten(1 - result["weight_kept"]), linestyle="--", color=green)
    plotting.label(
        axes, "one rate:\npoints on theory", (1.3e-5, 3e6), color=plotting.colour("blue")
    )
    plotting.label(axes, "one rate per weight", (1.5e-7, 45), color=green)
    axes.set(xlabel=r"learning rate $\eta$", ylabel="updates per factor ten", ylim=(8, 3e8))
