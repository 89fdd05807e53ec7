# ---
# jupyter:
#   description: A notebook to change. Your own surface and start, the eigenvalues,
#     the way down.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Saddles and minima
#
# The section on [critical points](../critical_points.md) shows one surface from one start. Here you
# choose both. At a point where the gradient $g$ is zero, the eigenvalues $\lambda$ of the Hessian
# $H$ say what kind of point it is; a step $\varepsilon$ along an eigenvector changes the loss by
# $\frac{1}{2}\lambda\varepsilon^2$.

# %%
import numpy as np
import torch

from trainingtips import plotting, surfaces
from trainingtips.critical import find
from trainingtips.curvature import classify
from trainingtips.descent import descend
from trainingtips.notebook import show

# %% [markdown]
# ## Change me
#
# Surfaces to try: `surfaces.two_weights`, `surfaces.saddle`, `surfaces.bowl`,
# `surfaces.ravine(20.0)`, `surfaces.cubic`, `surfaces.monkey_saddle`, or a function of your own of
# `theta[..., 0]` and `theta[..., 1]`.

# %%
# change me
surface = surfaces.two_weights
start = [0.9, -0.8]  # where descent begins
eta = 0.05  # learning rate
updates = 120
width = 2.0  # the picture shows −width … width

# %% [markdown]
# ## Which critical point is near?
#
# `find` minimises $\|g\|^2$ from the start, so that it ends at a critical point of any kind, also
# at a saddle, which descent would leave.

# %%
theta = torch.tensor(start, dtype=torch.float64)
point = find(surface, theta)
print("found at     ", np.round(point.theta.numpy(), 3) + 0.0, "with loss", round(point.loss, 4))
print("eigenvalues  ", np.round(point.eigenvalues, 3) + 0.0)
print("kind         ", classify(point.eigenvalues) if point.converged else "none was reached")

# %% [markdown]
# ## Where does descent go?

# %%
path = descend(
    surface,
    theta,
    lambda p: torch.optim.SGD(p, lr=eta),
    updates,
    stop=lambda loss, there: bool(there.abs().max() > 10 * width),
)


def draw(figure):
    left, right = plotting.panels(figure, 2)
    line = np.linspace(-width, width, 61)
    grid = np.stack(np.meshgrid(line, line), axis=-1)
    heights = surface(grid)
    left.contourf(line, line, heights, levels=np.quantile(heights, np.linspace(0, 0.97, 15)),
                  extend="both", alpha=0.55)  # fmt: skip
    left.plot(*path.points.T, "-", color=plotting.colour("vermilion"), linewidth=2.5)
    left.plot(*path.points[0], "o", color=plotting.colour("text"))
    left.plot(*point.theta.numpy(), "P", color=plotting.colour("blue"), markersize=10)
    left.set(xlabel="$w_1$", ylabel="$w_2$", xlim=(-width, width), ylim=(-width, width))
    right.plot(path.losses, "-", color=plotting.colour("vermilion"))
    right.set(xlabel="update", ylabel="loss")


show(
    draw,
    alt="Left, contours of the surface with the path of descent from a dot, and a plus at the "
    "critical point found. Right, the loss at each update, falling.",
)

# %% [markdown]
# The plus is the point that `find` reached, the dot is the start of descent, and the curve is its
# path. With the values above both begin at the same place: the search for $g = 0$ goes to the
# saddle, and descent slows down beside it and then leaves.

# %% [markdown]
# ## Three things to try
#
# 1. Start at `[0.8, -0.8]`, exactly on the line $w_1 = -w_2$. Where does descent end now, and why
#    does a start a millionth beside it end elsewhere?
# 2. Take `surfaces.cubic` and start at `[1.0, 0.5]`. What does `classify` say, and does descent
#    stay there?
# 3. Write a surface with two minima of different depth, for instance
#    `lambda t: (t[..., 0] ** 2 - 1) ** 2 + 0.2 * t[..., 0] + t[..., 1] ** 2`. From which starts
#    does descent find the deeper one, and where does `find` go from the origin?
