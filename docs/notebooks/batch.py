# ---
# jupyter:
#   description: A notebook to change. Your own batch sizes, compared per update and
#     per epoch.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One batch size against another
#
# The section on the [batch](../batch.md) trains over many sizes and seeds. Here you choose two to
# four sizes $B$ and a learning rate $\eta$ for each, and see how far each comes *per update* and
# *per example seen*.

# %%
import numpy as np
import torch

from trainingtips import batches, data, plotting
from trainingtips.curvature import flat_loss, gradient
from trainingtips.ensemble import Ensemble
from trainingtips.networks import mlp
from trainingtips.notebook import show

# %% [markdown]
# ## Change me

# %%
# change me
sizes = {16: 0.3, 128: 0.3, 1024: 0.3}  # batch size B: learning rate η; four at most
epochs = 12
seeds = range(4)  # networks for each size
hidden = (32, 32)  # widths of the layers

# %%
digits = data.load("digits")
x, y = digits.x[:1024], digits.y[:1024]


def make():
    return mlp(hidden=hidden)


def train(batch, eta):
    return Ensemble(make, seeds).train(x, y, lambda p: torch.optim.SGD(p, lr=eta), batch, epochs)


runs = {batch: train(batch, eta) for batch, eta in sizes.items()}
for batch, run in runs.items():
    print(f"B = {batch:5}: {run.updates[-1]:5} updates, last loss {run.losses[-1].mean():.3f}")

# %% [markdown]
# ## The same runs on two clocks


# %%
def draw(figure):
    left, right = plotting.panels(figure, 2)
    styles = zip(plotting.COLOURS, ("-", "--", "-.", ":"), "osD^", strict=False)
    for (batch, run), (name, dash, mark) in zip(runs.items(), styles, strict=False):
        look = {"color": plotting.colour(name), "linestyle": dash, "marker": mark}
        loss = run.losses.mean(1)
        left.semilogy(run.updates[1:], loss[1:], label=f"$B = {batch}$", **look)
        right.semilogy(np.arange(len(loss)), loss, **look)
    left.set(xlabel="update", ylabel="training loss", xscale="log")
    right.set(xlabel="epoch", ylabel="training loss")
    left.legend()


show(
    draw,
    alt="Training loss of each batch size, left against the number of updates and right against "
    "epochs. Per epoch the smallest batch is far ahead; per update the curves lie close together.",
)

# %% [markdown]
# ## How noisy is a batch?
#
# A batch's gradient scatters about the full one. Theory for batches without replacement from $N$
# examples: the standard deviation is $\sqrt{\mathrm{tr}\,\Sigma / B}\,\sqrt{(N - B)/(N - 1)}$,
# where $\Sigma$ is the covariance of single examples' gradients. Below, a network at its start.

# %%
torch.manual_seed(0)
network = make()
criterion = torch.nn.functional.cross_entropy
rows = batches.per_example_gradients(network, criterion, x, y)
full = gradient(*flat_loss(network, criterion, x, y)).norm()
for batch in sizes:
    measured = batches.batch_std(rows, batch, draws=200)
    theory = batches.expected_std(rows, batch)
    print(f"B = {batch:5}: noise {measured:.4f}, theory {theory:.4f}, full gradient {full:.4f}")

# %% [markdown]
# ## Three things to try
#
# 1. Give the large batches larger rates, in proportion to $B$: `{16: 0.1, 128: 0.8, 1024: 6.4}`. Up
#    to which size does the curve per epoch stay the same?
# 2. Give each size as many updates as the smallest one, by training it for longer. Does the large
#    batch still lose?
# 3. Make the network wider, `hidden=(128, 128)`. Does the noise of a batch, relative to the full
#    gradient, grow or shrink?
