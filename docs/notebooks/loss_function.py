# ---
# jupyter:
#   description: A notebook to change. Your own logits under cross-entropy and squared
#     error.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Confidently wrong
#
# The section on the [loss function](../loss_function.md) shows why squared error behind a softmax
# can stand still although the answer is wrong. Here you choose where the logits $y_1, y_2, y_3$
# begin, and let each loss descend on them directly.

# %%
import numpy as np
import torch

from trainingtips import losses, plotting
from trainingtips.descent import descend
from trainingtips.notebook import show

# %% [markdown]
# ## Change me

# %%
# change me
start = [-4.0, 4.0]  # the two logits; class 0 is right, so this is confidently wrong
third = -1000.0  # the third logit, which stays: this one is out of the game
eta = 1.0  # learning rate
updates = 150
both = {"cross entropy": losses.cross_entropy, "squared error": losses.squared_error}


# %%
def on_two(loss):
    """The loss as a function of the first two logits."""
    rest = torch.tensor([third], dtype=torch.float64)
    return lambda theta: loss(torch.cat([theta, rest]), 0)


theta = torch.tensor(start, dtype=torch.float64)
paths = {
    name: descend(on_two(loss), theta, lambda p: torch.optim.SGD(p, lr=eta), updates)
    for name, loss in both.items()
}
for name, path in paths.items():
    share = losses.softmax(torch.tensor([*path.points[-1], third]))[0]
    print(f"{name}: slope at the start {path.gradient_norms[0]:.2e},", end=" ")
    print(f"probability of the right class at the end {share:.4f}")

# %% [markdown]
# ## The two landscapes, and the way down
#
# Both begin at the same dot. Colour is the loss; the curve is the path.


# %%
def draw(figure):
    line = np.linspace(-6, 6, 81)
    panels = plotting.panels(figure, 2)
    for axes, (name, path), loss in zip(panels, paths.items(), both.values(), strict=True):
        values, _ = losses.grid(loss, 0, line, line, third)
        values = values.numpy()
        plotting.contours(axes, line, line, values, np.linspace(values.min(), values.max(), 13))
        axes.plot(*path.points.T, "-", color=plotting.colour("vermilion"), linewidth=2.5)
        axes.plot(*path.points[0], "o", color=plotting.colour("text"))
        axes.set(xlabel="$y_1$", ylabel="$y_2$", xlim=(-6, 6), ylim=(-6, 6), title=name)


show(
    draw,
    alt="Two landscapes over the first two logits. Cross entropy slopes evenly from the wrong "
    "corner and descent crosses it. Squared error is a flat shelf with one steep wall.",
)


# %%
def draw_course(figure):
    (axes,) = plotting.panels(figure, 1)
    looks = zip(paths.items(), ("vermilion", "blue"), ("-", "--"), strict=True)
    for (name, path), colour, dash in looks:
        look = {"color": plotting.colour(colour), "linestyle": dash, "label": name}
        axes.semilogy(path.gradient_norms, **look)
    axes.set(xlabel="update", ylabel="norm of the gradient in the logits")
    axes.legend()


show(
    draw_course,
    alt="Norm of the gradient at each update, on a log axis. Cross entropy's begins high and "
    "falls as the answer becomes right. Squared error's begins far lower.",
)

# %% [markdown]
# ## Three things to try
#
# 1. Begin further out, at `[-8.0, 8.0]`. By which factor does each slope at the start change?
# 2. Find a learning rate with which squared error escapes in 150 updates from there. Is there one
#    that does not overshoot?
# 3. Set `third = 0.0`. Which of the two landscapes changes more?
