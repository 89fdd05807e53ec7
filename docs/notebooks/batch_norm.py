# ---
# jupyter:
#   description: A notebook to change. Depth, width, batch and rate, with and without
#     normalization.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # With and without normalization
#
# The section on [batch normalization](../batch_norm.md) compares networks over a grid of rates and
# seeds. Here you set the depth, the width, the batch size $B$ and the learning rate $\eta$, and
# train the same network with and without it.

# %%
import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.normalization import condition_number, standardize
from trainingtips.notebook import show

# %% [markdown]
# ## Change me

# %%
# change me
depth, width = 4, 32  # hidden layers and their units
batch, eta = 64, 0.5
epochs = 6
scale = 1.0  # the pixels are multiplied by this: what if they came in other units?
standardized = False  # whether the inputs are standardized first
seeds = range(4)

# %%
digits = data.load("digits")
x = digits.x * scale
x = standardize(x)[0] if standardized else x
train, test = slice(0, 1280), slice(1280, None)
varied = x[train][:, x[train].std(0) > 0]
print(f"condition number of the inputs, constant pixels left out: {condition_number(varied):.3g}")


def make(normalized):
    layers, features = [], 64
    for _ in range(depth):
        layers.append(nn.Linear(features, width, bias=not normalized))
        layers += [nn.BatchNorm1d(width)] if normalized else []
        layers.append(nn.ReLU())
        features = width
    return nn.Sequential(*layers, nn.Linear(features, 10))


def run(normalized):
    nets = Ensemble(lambda: make(normalized), seeds)
    rule = lambda p: torch.optim.SGD(p, lr=eta)  # noqa: E731
    course = nets.train(x[train], digits.y[train], rule, batch, epochs, every=5)
    return course, nets.accuracy(x[test], digits.y[test])


runs = {"plain": run(False), "normalized": run(True)}
for name, (course, accuracy) in runs.items():
    print(
        f"{name:11} last loss {course.losses[-1].mean():.4f}, test accuracy {accuracy.mean():.3f}"
    )


# %%
def draw(figure):
    (axes,) = plotting.panels(figure, 1)
    looks = {"plain": ("blue", "--"), "normalized": ("vermilion", "-")}
    for name, (colour, dash) in looks.items():
        course = runs[name][0]
        losses = np.where(np.isfinite(course.losses), course.losses, np.nan)
        look = {"color": plotting.colour(colour), "linestyle": dash}
        axes.semilogy(course.updates, losses, alpha=0.35, linewidth=1, **look)
        axes.semilogy(course.updates, losses.mean(1), label=name, **look)
    axes.set(xlabel="update", ylabel="training loss")
    axes.legend()


show(
    draw,
    alt="Training loss on a log axis against updates, with and without batch normalization; thin "
    "lines are single networks, thick lines their means.",
)

# %% [markdown]
# The losses are measured in evaluation mode, with running averages in place of the batch's own
# statistics. In the first updates these averages lag behind, and the normalized network looks worse
# than it is.

# %% [markdown]
# ## Three things to try
#
# 1. Set `batch = 4`, with the same rate. Which of the two suffers more?
# 2. Set `scale = 16.0`, the pixels' original unit, and then also `standardized = True`. Which
#    network notices?
# 3. Raise the rate until each of the two fails. How far apart are the two rates?
