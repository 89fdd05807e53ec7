# ---
# jupyter:
#   description: A notebook to change. Your own gain, units and depth, before training
#     and after it.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How deep does your start carry?
#
# The section on [the start and the depth](../start.md) follows a signal through thirty layers and
# trains networks at six gains. Here you choose the units, the gain $\sigma$ (weights have the
# variance $\sigma^2/n$), the depth and the width, and whether there is a way around each layer.

# %%
import math

import numpy as np
import torch
from torch import nn

from trainingtips import chance, data, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import signals
from trainingtips.notebook import show

# %% [markdown]
# ## Change me

# %%
# change me
units = "tanh"  # or "ReLU", "GELU"
gain = 1.4  # σ; Glorot's is 1, He's is √2
depth = 20
width = 32
residual = False  # a way around each layer when it is trained
rate, epochs = 0.05, 4  # plain descent on digits, batches of 32
seeds = range(4)

# %%
activation = signals.ACTIVATIONS[units]
weights = signals.drawn("gaussian", depth, width, seeds)
noise = [
    torch.randn(len(seeds), 16, width, generator=chance.generator(seed)) for seed in (100, 101)
]
x = noise[0] / noise[0].square().mean(2, keepdim=True).sqrt()  # inputs of mean square one
forward, backward = signals.measured(activation, gain, weights, x, noise[1])
theory = signals.expected(activation, gain**2, depth, first=gain**2)
left = {  # a gradient comes from the last layer
    "signal": (forward[:, -1] / forward[:, 0], theory[0][-1] / theory[0][0]),
    "gradient": (backward[:, 0] / backward[:, -1], theory[1][0] / theory[1][-1]),
}
for name, (measured, expected) in left.items():
    print(f"{name:8} {np.median(measured):.1e} of its mean square is left, theory {expected:.1e}")

# %% [markdown]
# ## Layer by layer, before training


# %%
def draw(figure):
    axes = plotting.panels(figure, 2)
    layers = np.arange(1, depth + 1)
    for each, rows, line, title in zip(
        axes, (forward, backward), theory, ("signal", "gradient"), strict=True
    ):
        each.semilogy(layers, rows.T, "o", markersize=3, color=plotting.colour("vermilion"))
        each.semilogy(layers, line, color=plotting.colour("text"))
        each.set(xlabel="layer", ylabel=f"mean square of the {title}")


show(
    draw,
    alt="Mean squares on a log axis against the layer, of the signal and of the gradient: dots of "
    "single networks scatter about the lines of mean-field theory, the more the farther they have "
    "come.",
)

# %% [markdown]
# ## And trained
#
# The same networks, with a first and a last layer for the digits, at your gain, at half of it and
# at twice it. A network that has learnt nothing has a loss of $\log 10 \approx 2.3$.


# %%
class Layer(nn.Module):
    """A layer without bias, with its units before it; with a way around, it is added."""

    def __init__(self, gain):
        super().__init__()
        self.linear = nn.Linear(width, width, bias=False)
        nn.init.normal_(self.linear.weight, std=gain / math.sqrt(width))

    def forward(self, x):
        inner = self.linear(activation(x))
        return x + inner / math.sqrt(depth) if residual else inner


def network(gain):
    layers = [Layer(gain) for _ in range(depth - 1)]
    return nn.Sequential(nn.Linear(64, width), *layers, nn.Tanh(), nn.Linear(width, 10))


digits = data.load("digits")
train, test = digits.split(1024, seed=0)
gains = [gain / 2, gain, gain * 2]
runs = {}
for each in gains:
    nets = Ensemble(lambda each=each: network(each), seeds)
    rule = lambda p: torch.optim.SGD(p, lr=rate)  # noqa: E731
    runs[each] = nets.train(train.x, train.y, rule, 32, epochs)
    print(f"σ = {each:4.2f}: the loss ends at {np.round(runs[each].losses[-1], 2)}")


# %%
def draw_runs(figure):
    (axes,) = plotting.panels(figure, 1)
    styles = zip(("blue", "vermilion", "green"), ("--", "-", "-."), "osD", strict=True)
    for (each, run), (colour, dash, mark) in zip(runs.items(), styles, strict=True):
        look = {"color": plotting.colour(colour), "linestyle": dash, "marker": mark}
        losses = np.minimum(np.nan_to_num(run.losses, nan=10.0), 10.0)
        axes.plot(losses.mean(1), label=rf"$\sigma = {each:.2f}$", **look)
    axes.axhline(math.log(10), linestyle=":", color=plotting.colour("muted"))
    axes.set(xlabel="epoch", ylabel="training loss")
    axes.legend()


show(
    draw_runs,
    alt="Training loss against the epoch for three gains, with a dotted line at the logarithm of "
    "ten. One gain falls below that line; the others stay near it or above it.",
)

# %% [markdown]
# ## Three things to try
#
# 1. Set `units = "ReLU"` with `gain = 1.0` and then `2**0.5`. By which factor a layer does each
#    shrink the signal, and which of the two learns?
# 2. Set `residual = True`. How much of the difference between the gains is left?
# 3. Set `width = 8`. How far do single networks stray from the theory of wide layers, and does it
#    decide who learns?
