"""Critical points of small networks on digits, searched from along training, and what stalls there.

Networks with 6 inputs (principal components of the digits), tanh units and 10 outputs, with a small
weight penalty ½c‖θ‖² in the loss: without one, many searches run off to infinite weights. The
starts are iterates of Adam of many seeds, plus noise, as in Dauphin et al. 2014. From each the
Levenberg–Marquardt method lowers ‖g‖², all starts of a setting at once, on a closed-form Hessian;
`critical.find` judges by autograd where it ended, and takes no step of its own: a damped step would
leave a gradient that looks flat by its making.
"""

import numpy as np
import torch

from trainingtips import data, parallel
from trainingtips.critical import find
from trainingtips.derivatives import hessian
from trainingtips.spectrum import signs

CHAOS = "where a long search stops is decided by its last digits"

EXAMPLES, INPUTS, CLASSES = 200, 6, 10
PENALTY = 1e-2  # c
WIDTHS, LOSSES = (4, 8), ("squared error", "cross-entropy")
SEEDS, RATE = 12, 0.01  # trained networks, and Adam's learning rate
MOMENTS = (0, 5, 10, 20, 30, 45, 60, 80, 100, 150, 200, 300, 500, 1000)  # updates made
NOISE = 0.1  # standard deviation of what is added to each weight at the start
UPDATES = 150  # of the search, at most
NEAR = 1e-6  # ‖g‖ of a point that counts as critical
TOLERANCES = [float(t) for t in np.geomspace(1e-8, 1e-3, 6)]  # of a zero, times the largest |λ|
CONSTANT = 1e-3  # outputs that vary less over the examples (standard deviation) are constant
BARE = 4  # seeds that are also searched without the penalty
SADDLES = 20  # points of each setting that are looked at in slices
SLICES, ANGLES = 32, 16  # random slices of each, and points on a circle in a slice
RADII = (1e-3, 0.5)  # of the circles: where the Hessian rules, and what a plot would show


def compute():
    settings = parallel.each(_setting, [(kind, width) for kind in LOSSES for width in WIDTHS])
    return {
        "near": NEAR,
        "examples": EXAMPLES,
        "inputs": INPUTS,
        "seeds": SEEDS,
        "penalty": PENALTY,
        "tolerances": TOLERANCES,
        "settings": settings,
        "slices": SLICES,
        "radii": RADII,
    }


def inputs():
    """(x, y): x (EXAMPLES, INPUTS), the digits' leading principal components, of unit variance."""
    part = data.load("digits").split(EXAMPLES, seed=0)[0]
    x = part.x.double() - part.x.double().mean(0)
    x = x @ torch.linalg.svd(x, full_matrices=False)[2][:INPUTS].T
    return x / x.std(0), torch.nn.functional.one_hot(part.y, CLASSES).double()


def output(theta, x, width):
    """Outputs (…, N, CLASSES) of the networks with weights θ (…, n), and their hidden layers."""
    rows = (INPUTS + 1) * width
    first = theta[..., :rows].unflatten(-1, (INPUTS + 1, width))
    second = theta[..., rows:].unflatten(-1, (width + 1, CLASSES))
    hidden = torch.tanh(x @ first[..., :-1, :] + first[..., -1:, :])
    return hidden @ second[..., :-1, :] + second[..., -1:, :], hidden, second


def loss_of(kind, width, x, y, penalty=PENALTY):
    """The loss as a function of θ, (…, n): (…)."""

    def loss(theta):
        z = output(theta, x, width)[0]
        if kind == "squared error":
            each = (z - y).square().sum(-1)
        else:
            each = z.logsumexp(-1) - (z * y).sum(-1)
        return each.mean(-1) + penalty / 2 * theta.square().sum(-1)

    return loss


def derivatives(theta, kind, x, y, width, penalty=PENALTY):
    """Gradients (B, n) and Hessians (B, n, n) of B networks of one hidden layer, in closed form.

    With u = (x, 1), q = (tanh, 1), the error r and curvature S of the loss in the outputs, every
    block of H is a sum over examples of products of these, far cheaper than autograd.
    """
    z, hidden, second = output(theta, x, width)
    b, n, inner = len(theta), theta.shape[-1], second[:, :-1]
    eye = torch.eye(CLASSES, dtype=theta.dtype)
    if kind == "squared error":
        r, s = 2 * (z - y), (2 * eye).expand(*z.shape, CLASSES)
    else:
        p = z.softmax(-1)
        r, s = p - y, torch.diag_embed(p) - p[..., None] * p[..., None, :]
    one = torch.ones(len(x), 1, dtype=theta.dtype)
    u, q = torch.cat([x, one], 1), torch.cat([hidden, one.expand(b, -1, 1)], -1)
    d = 1 - hidden.square()  # tanh′; tanh″ = −2 tanh tanh′
    back = r @ inner.mT
    vs = torch.einsum("bnj,bjk,bnkl->bnjl", d, inner, s)
    core = torch.einsum("bnjl,bml,bnm->bnjm", vs, inner, d)
    core = core + torch.diag_embed(-2 * hidden * d * back)
    cross = vs[:, :, :, None, :] * q[:, :, None, :, None]
    index = torch.arange(width)
    cross[:, :, index, index] += d[..., None] * r[:, :, None, :]
    rows = (INPUTS + 1) * width
    h = torch.empty(b, n, n, dtype=theta.dtype)
    uu = (u[:, :, None] * u[:, None, :]).flatten(1)
    top = (uu.T @ core.flatten(2)).unflatten(1, (INPUTS + 1,) * 2).unflatten(-1, (width, width))
    h[:, :rows, :rows] = top.transpose(2, 3).reshape(b, rows, rows)
    h[:, :rows, rows:] = (u.T @ cross.flatten(2)).reshape(b, rows, n - rows)
    h[:, rows:, :rows] = h[:, :rows, rows:].mT
    qq = (q[..., :, None] * q[..., None, :]).flatten(2)
    low = (qq.mT @ s.flatten(2)).unflatten(1, (width + 1,) * 2).unflatten(-1, (CLASSES,) * 2)
    h[:, rows:, rows:] = low.transpose(2, 3).reshape(b, n - rows, n - rows)
    g = torch.cat([(u.T @ (d * back)).flatten(1), (q.mT @ r).flatten(1)], 1)
    one = torch.eye(n, dtype=theta.dtype)
    return g / len(x) + penalty * theta, h / len(x) + penalty * one


def trained(kind, width, x, y, seeds):
    """Adam's iterates at MOMENTS, (moments, seeds, n); the networks do not touch one another."""
    theta = torch.stack([_start(width, seed) for seed in range(seeds)]).requires_grad_()
    loss, optimizer, kept = loss_of(kind, width, x, y), torch.optim.Adam([theta], lr=RATE), []
    for update in range(max(MOMENTS) + 1):
        if update in MOMENTS:
            kept.append(theta.detach().clone())
        optimizer.zero_grad()
        loss(theta).sum().backward()
        optimizer.step()
    return torch.stack(kept)


def _start(width, seed):
    """Weights uniform within ±1/√(inputs of the layer), as torch's own: (n,)."""
    generator = torch.Generator().manual_seed(seed)
    sizes = (INPUTS + 1) * width, (width + 1) * CLASSES
    layers = [torch.rand(n, generator=generator, dtype=torch.float64) * 2 - 1 for n in sizes]
    return torch.cat([layers[0] / INPUTS**0.5, layers[1] / width**0.5])


def search(theta, kind, x, y, width, penalty=PENALTY):
    """Where UPDATES updates of Levenberg and Marquardt's method for g = 0 lead from θ, (B, n).

    As `critical.find`, for B starts at once; a start rests once ‖g‖ ≤ NEAR / 100 or once no
    step lowers ‖g‖ any more.
    """
    loss = loss_of(kind, width, x, y, penalty)
    theta, damping = theta.clone(), torch.full((len(theta),), 1e-3, dtype=theta.dtype)
    moving = torch.arange(len(theta))
    for _ in range(UPDATES):
        for part in moving.split(32):  # small enough for the processor's cache
            g, h = derivatives(theta[part], kind, x, y, width, penalty)
            theta[part], damping[part] = _update(theta[part], damping[part], g, h, loss)
        moving = moving[damping[moving] < 1e8]
    return theta


def _update(theta, damping, g, h, loss):
    """(θ, damping) after one update, (B, n) and (B,); a point at rest gets infinite damping."""
    square, pull = h @ h, (h @ g[..., None])[..., 0]
    norm, scale = g.norm(dim=1), h.square().sum((1, 2)) / h.shape[-1]
    rest = norm <= NEAR / 100
    left, one = ~rest, torch.eye(h.shape[-1], dtype=h.dtype)
    for _ in range(4):
        if not left.any():
            break
        lhs = square + (damping * scale)[:, None, None] * one
        there = (theta - torch.linalg.solve(lhs, pull)).requires_grad_()
        after = torch.autograd.grad(loss(there).sum(), there)[0].norm(dim=1)
        step = left & (after < (1 - 1e-6) * norm)
        theta = torch.where(step[:, None], there.detach(), theta)
        damping = torch.where(step, (damping / 5).clamp(min=1e-14), damping)
        left = left & ~step
        damping = torch.where(left, damping * 4, damping)
    return theta, torch.where(rest, torch.inf, damping)


def _setting(part):
    """The points found for one loss and one width, and the same search without the penalty."""
    kind, width = part
    x, y = inputs()
    paths = trained(kind, width, x, y, SEEDS)
    noise = torch.randn(paths.shape, generator=torch.Generator().manual_seed(0)).double()
    starts = paths + NOISE * noise
    loss = loss_of(kind, width, x, y)
    ends = search(starts.flatten(0, 1), kind, x, y, width)
    points = [find(loss, end, 0, NEAR) for end in ends]
    outputs = output(torch.stack([p.theta for p in points]), x, width)[0]
    seeds = np.tile(np.arange(SEEDS), len(MOMENTS))
    some = starts[::4, :BARE].flatten(0, 1)
    return {
        "kind": kind,
        "width": width,
        "weights": starts.shape[-1],
        "seed": seeds,
        "update": np.repeat(MOMENTS, SEEDS),
        "loss": [p.loss for p in points],
        "gradient_norm": [p.gradient_norm for p in points],
        "converged": np.array([p.converged for p in points]),
        "flat_share": [p.flat_share for p in points],
        "residual": [p.residual for p in points],
        "constant": (outputs.std(1).amax(1) < CONSTANT).numpy(),
        "largest": [float(abs(p.eigenvalues).max()) for p in points],
        # rows: points; columns: TOLERANCES
        "negative": [[signs(p.eigenvalues, t)[0] for t in TOLERANCES] for p in points],
        "positive": [[signs(p.eigenvalues, t)[2] for t in TOLERANCES] for p in points],
        "bare": _bare(some, kind, width, x, y),
        "saddles": _saddles(points, paths, seeds, kind, width, x, y),
    }


def _bare(starts, kind, width, x, y):
    """What becomes of the search from some of the starts without the penalty."""
    ends = search(starts, kind, x, y, width, penalty=0.0)
    points = [find(loss_of(kind, width, x, y, 0.0), end, 0, NEAR) for end in ends]
    return {
        "loss": [p.loss for p in points],
        "gradient_norm": [p.gradient_norm for p in points],
        "residual": [p.residual for p in points],
        "largest_weight": [float(p.theta.abs().max()) for p in points],
        "index": [p.index() for p in points],
    }


def _saddles(points, paths, seeds, kind, width, x, y):
    """SADDLES converged points with a negative eigenvalue, evenly spread over the index.

    Directions of the path are given by their components along the eigenvectors.
    """
    kept = [i for i, p in enumerate(points) if p.converged and p.signs()[0]]
    kept.sort(key=lambda i: points[i].index())
    chosen = sorted({kept[int(j)] for j in np.linspace(0, len(kept) - 1, SADDLES)})
    loss = loss_of(kind, width, x, y)
    return [_saddle(points[i], paths[:, seeds[i]], int(seeds[i]), i // SEEDS, loss) for i in chosen]


def _saddle(point, path, seed, moment, loss):
    theta = point.theta
    values, vectors = np.linalg.eigh(hessian(loss, theta).numpy())
    leading = torch.linalg.svd(path - path.mean(0), full_matrices=False)[2][:2]
    directions = {"start": path[0] - theta, "trained": path[-1] - theta}
    directions |= {"first": leading[0], "second": leading[1]}
    return {
        "loss": point.loss,
        "seed": seed,
        "update": MOMENTS[moment],
        "eigenvalues": values,
        "path": {name: vectors.T @ d.numpy() for name, d in directions.items()},
        "circles": _circles(theta, seed, loss),
    }


def _circles(theta, seed, loss):
    """Random 2-D slices through θ by the loss itself, and by its Hessian at the same points.

    For each of RADII, how many of SLICES have the loss above that at θ all around the circle, and
    in how many ½δᵀHδ > 0 all around it says otherwise.
    """
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(SLICES, len(theta), 2, generator=generator, dtype=theta.dtype)
    planes = torch.linalg.qr(noise)[0]
    angle = torch.arange(ANGLES) * (2 * np.pi / ANGLES)
    circle = torch.stack([angle.cos(), angle.sin()]).double()
    delta = (planes @ circle).mT  # (SLICES, ANGLES, n)
    bowl = ((delta @ hessian(loss, theta)) * delta).sum(-1).gt(0).all(1)
    closed = [
        torch.stack([loss(theta + radius * d) for d in delta]).gt(loss(theta)).all(1)
        for radius in RADII
    ]
    return {
        "closed": [int(c.sum()) for c in closed],
        "disagree": [int((c != bowl).sum()) for c in closed],
    }
