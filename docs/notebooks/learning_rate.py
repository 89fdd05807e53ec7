# ---
# jupyter:
#   description: A notebook to change. Any torch optimiser in a valley, upright or turned.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which optimiser gets through the valley?
#
# The section on the [learning rate](../learning_rate.md) compares rules on a narrow valley. Here
# you choose the optimisers, their rates and schedules, and the valley: its condition number
# $\kappa$, and the angle by which it is turned against the axes. Rules with a rate for each weight
# see only the axes.

# %%
import math

import numpy as np
import torch

from trainingtips import plotting, surfaces
from trainingtips.descent import descend
from trainingtips.notebook import show

# %% [markdown]
# ## Change me

# %%
# change me
condition = 100.0  # κ; plain descent needs η below 2/κ
degrees = 0.0  # the valley is turned by this angle
updates = 200
start = [-4.0, 1.5]
optimizers = {  # four at most
    "SGD": lambda p: torch.optim.SGD(p, lr=1.9 / condition),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.1),
}
schedule = None  # or: lambda rule: torch.optim.lr_scheduler.CosineAnnealingLR(rule, updates)

# %%
angle = math.radians(degrees)
turn = torch.tensor(
    [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], dtype=torch.float64
)
valley = surfaces.quadratic(torch.tensor([1.0, condition], dtype=torch.float64), turn)
theta = torch.tensor(start, dtype=torch.float64)

paths = {
    name: descend(valley, theta, rule, updates, scheduler=schedule)
    for name, rule in optimizers.items()
}
for name, path in paths.items():
    print(f"{name:8} ends at loss {path.losses[-1]:.2e}, {len(path.losses) - 1} updates")


# %%
def draw(figure):
    left, right = plotting.panels(figure, 2)
    line = np.linspace(-5, 5, 101)
    grid = torch.from_numpy(np.stack(np.meshgrid(line, line), axis=-1))
    plotting.contours(left, line, line, valley(grid).numpy(), np.geomspace(0.5, 1500, 9))
    styles = zip(("vermilion", "blue", "green", "purple"), ("-", "--", "-.", ":"), strict=False)
    for (name, path), (colour, dash) in zip(paths.items(), styles, strict=False):
        look = {"color": plotting.colour(colour), "linestyle": dash, "label": name}
        left.plot(*path.points.T, **look)
        right.semilogy(np.maximum(path.losses, 1e-16), **look)
    left.plot(*start, "o", color=plotting.colour("text"))
    left.set(xlabel="$w_1$", ylabel="$w_2$", xlim=(-5, 5), ylim=(-5, 5))
    right.set(xlabel="update", ylabel="loss")
    right.legend()


show(
    draw,
    alt="Left, contours of a long valley with the path of each optimiser from a common start. "
    "Right, on a log axis, the loss of each optimiser at every update.",
)

# %% [markdown]
# ## Three things to try
#
# 1. Set `degrees = 45.0`. Which rules get slower, and which does not notice?
# 2. Give all rules the schedule in the comment. Which one gains the most, and which one loses?
# 3. Raise SGD's rate to `2.1 / condition`. In how many updates does the loss leave the picture, and
#    along which direction?
