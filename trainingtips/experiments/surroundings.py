"""What lies around a critical point of two weights: by its derivatives, and by the loss itself."""

import numpy as np
import torch

from trainingtips.curvature import classify, eigenpairs, gradient
from trainingtips.surfaces import monkey_saddle, quadratic

ANGLES = torch.linspace(0, 2 * np.pi, 14_401, dtype=torch.float64)[:-1]


def turned(degrees):
    """The rotation by so many degrees: eigenvectors in its columns, (2, 2)."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)


def curved(eigenvalues, rotation, cubic):
    """A loss that is critical at the origin, with these two eigenvalues and a third-order term.

    `cubic` is the term's weight, `rotation` (2, 2) has the eigenvectors in its columns.
    """
    values = torch.tensor(eigenvalues, dtype=torch.float64)
    bowl = quadratic(values, rotation)
    return lambda w: bowl(w) + cubic * monkey_saddle(w)


def degenerate(eigenvalues, rotation, term):
    """The quadratic loss of eigenvalues (0, λ) and `term` of the coordinate along the flat one."""
    valley = quadratic(torch.tensor(eigenvalues, dtype=torch.float64), rotation)
    return lambda w: valley(w) + term((w @ rotation)[..., 0])


def measured(loss, radii):
    """What the derivatives at the origin say, and what the loss on circles around it does.

    A dict; `around` and `ways_down` have an entry for each of `radii`, as `on_circle` says.
    """
    origin = torch.zeros(2, dtype=torch.float64)
    values, vectors = eigenpairs(loss, origin)
    around = [on_circle(loss, radius) for radius in radii]
    return {
        "gradient_norm": float(gradient(loss, origin).norm()),
        "eigenvalues": values,
        "eigenvectors": vectors * vectors[:, :1].sign(),  # a solver may turn them round
        "kind": classify(values),
        "around": [side for side, _ in around],
        "ways_down": [ways for _, ways in around],
    }


def circle(loss, radius):
    """(w, lower): points (14400, 2) of the circle, and where the loss is below that in the middle.

    It takes no derivative.
    """
    w = radius * torch.stack([ANGLES.cos(), ANGLES.sin()], dim=-1)
    return w, (loss(w) < loss(torch.zeros(2, dtype=torch.float64))).numpy()


def on_circle(loss, radius):
    """Where the loss on a circle lies against that in its middle, and the arcs where it is lower.

    ("above" | "below" | "both", arcs).
    """
    lower = circle(loss, radius)[1]
    side = "both" if lower.any() and not lower.all() else "below" if lower.all() else "above"
    return side, int((lower & ~np.roll(lower, 1)).sum())
