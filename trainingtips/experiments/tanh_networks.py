"""Small tanh networks on digits whose Hessian has a closed form, and a search for g = 0 among them.

The starts are iterates of Adam, as in Dauphin et al. 2014. From each the Levenberg–Marquardt method
lowers ‖g‖², all starts at once.
"""

from dataclasses import dataclass

import torch

from trainingtips import chance, data

CLASSES = 10


def components(examples, inputs, seed=0, dataset=None):
    """(x, y): x (examples, inputs), the digits' leading principal components, of unit variance.

    The digits, or the examples of another data set of ten classes, are those that `seed` draws; y
    is one-hot, (examples, 10); both are in double precision.
    """
    whole = data.load("digits") if dataset is None else dataset
    part = whole.split(examples, seed=seed)[0]
    x = part.x.double() - part.x.double().mean(0)
    x = x @ torch.linalg.svd(x, full_matrices=False)[2][:inputs].T
    return x / x.std(0), torch.nn.functional.one_hot(part.y, CLASSES).double()


@dataclass(frozen=True)
class Setting:
    """Networks of one hidden layer of `width` tanh units on x, (N, d), and one-hot y, (N, K).

    `kind` is the loss, "squared error" or "cross-entropy"; ½ `penalty` ‖θ‖² is part of it. The
    weights of a network are one vector θ, (n,). For `trained` and `loss`, E networks may have
    their own x, (E, N, d), and y, (E, N, K).
    """

    kind: str
    width: int
    x: torch.Tensor
    y: torch.Tensor
    penalty: float

    def output(self, theta):
        """Outputs (…, N, K) of the networks with weights θ (…, n), hidden and last layers."""
        inputs, classes = self.x.shape[-1], self.y.shape[-1]
        rows = (inputs + 1) * self.width
        first = theta[..., :rows].unflatten(-1, (inputs + 1, self.width))
        second = theta[..., rows:].unflatten(-1, (self.width + 1, classes))
        hidden = torch.tanh(self.x @ first[..., :-1, :] + first[..., -1:, :])
        return hidden @ second[..., :-1, :] + second[..., -1:, :], hidden, second

    def loss(self, theta):
        """The loss of each network of θ, (…, n): (…)."""
        z = self.output(theta)[0]
        if self.kind == "squared error":
            each = (z - self.y).square().sum(-1)
        else:
            each = z.logsumexp(-1) - (z * self.y).sum(-1)
        return each.mean(-1) + self.penalty / 2 * theta.square().sum(-1)

    def derivatives(self, theta):
        """Gradients (B, n) and Hessians (B, n, n) at θ of B networks, (B, n), in closed form.

        With u = (x, 1), q = (tanh, 1), the error r and curvature S of the loss in the outputs,
        every block of H is a sum over examples of products of these, far cheaper than autograd.
        """
        x, y, width, features = self.x, self.y, self.width, self.x.shape[1]
        z, hidden, second = self.output(theta)
        classes = y.shape[1]
        b, n, inner = len(theta), theta.shape[-1], second[:, :-1]
        eye = torch.eye(classes, dtype=theta.dtype)
        if self.kind == "squared error":
            r, s = 2 * (z - y), (2 * eye).expand(*z.shape, classes)
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
        rows = (features + 1) * width
        h = torch.empty(b, n, n, dtype=theta.dtype)
        uu = (u[:, :, None] * u[:, None, :]).flatten(1)
        top = (
            (uu.T @ core.flatten(2)).unflatten(1, (features + 1,) * 2).unflatten(-1, (width, width))
        )
        h[:, :rows, :rows] = top.transpose(2, 3).reshape(b, rows, rows)
        h[:, :rows, rows:] = (u.T @ cross.flatten(2)).reshape(b, rows, n - rows)
        h[:, rows:, :rows] = h[:, :rows, rows:].mT
        qq = (q[..., :, None] * q[..., None, :]).flatten(2)
        low = (qq.mT @ s.flatten(2)).unflatten(1, (width + 1,) * 2).unflatten(-1, (classes,) * 2)
        h[:, rows:, rows:] = low.transpose(2, 3).reshape(b, n - rows, n - rows)
        g = torch.cat([(u.T @ (d * back)).flatten(1), (q.mT @ r).flatten(1)], 1)
        one = torch.eye(n, dtype=theta.dtype)
        return g / len(x) + self.penalty * theta, h / len(x) + self.penalty * one

    def start(self, seed):
        """Weights uniform within ±1/√(inputs of the layer), as torch's own: (n,)."""
        generator, inputs = chance.generator(seed), self.x.shape[-1]
        sizes = (inputs + 1) * self.width, (self.width + 1) * self.y.shape[-1]
        layers = [torch.rand(n, generator=generator, dtype=torch.float64) * 2 - 1 for n in sizes]
        return torch.cat([layers[0] / inputs**0.5, layers[1] / self.width**0.5])

    def trained(self, seeds, rate, moments):
        """Adam's iterates after so many updates, (moments, seeds, n), of networks on their own."""
        theta = torch.stack([self.start(seed) for seed in range(seeds)]).requires_grad_()
        optimizer, kept = torch.optim.Adam([theta], lr=rate), []
        for update in range(max(moments) + 1):
            if update in moments:
                kept.append(theta.detach().clone())
            optimizer.zero_grad()
            self.loss(theta).sum().backward()
            optimizer.step()
        return torch.stack(kept)

    def search(self, theta, updates, near):
        """Where `updates` of Levenberg and Marquardt's method for g = 0 lead from θ, (B, n).

        As `critical.find`, for B starts at once; a start rests once ‖g‖ ≤ `near` / 100 or once no
        step lowers ‖g‖ any more.
        """
        theta, damping = theta.clone(), torch.full((len(theta),), 1e-3, dtype=theta.dtype)
        moving = torch.arange(len(theta))
        for _ in range(updates):
            for part in moving.split(32):  # small enough for the processor's cache
                g, h = self.derivatives(theta[part])
                found = _update(theta[part], damping[part], g, h, self.loss, near)
                theta[part], damping[part] = found
            moving = moving[damping[moving] < 1e8]
        return theta


def _update(theta, damping, g, h, loss, near):
    """(θ, damping) after one update, (B, n) and (B,); a point at rest gets infinite damping."""
    square, pull = h @ h, (h @ g[..., None])[..., 0]
    norm, scale = g.norm(dim=1), h.square().sum((1, 2)) / h.shape[-1]
    rest = norm <= near / 100
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
