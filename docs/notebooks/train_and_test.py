# ---
# jupyter:
#   description: A notebook to change. Your own number of examples, wrong labels, decay
#     and choice of settings, and what the test says.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What does the test say of yours?
#
# The section on [training and test](../train_and_test.md) measures the gap between the two, when to
# stop, and how much the best of many settings flatters. Here you choose how many digits there are,
# how many of their labels are wrong, the network, the decay, and how many settings you try.

# %%
import math

import numpy as np
import torch

from trainingtips import chance, data, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.notebook import show

# %% [markdown]
# ## Change me

# %%
# change me
examples = 256  # digits to train on, up to some 1,000
wrong = 0.3  # share of their labels that are drawn at random
hidden = (64,)  # widths of the layers
decay = 0.0  # decoupled weight decay, as AdamW's
rate, epochs = 0.005, 30  # AdamW, batches of 32
seeds = range(6)  # networks, which share the digits
settings, judges = 64, 100  # further down: how many settings are tried, on how many digits

# %%
digits = data.load("digits")
train, rest = digits.split(examples, seed=0)
told = data.relabelled(train, wrong, seed=0)  # what the training is told
test = data.Dataset(rest.x[:640], rest.y[:640], rest.classes)


nets = Ensemble(lambda: networks.mlp(hidden=hidden), seeds)
watched = {
    "training loss": lambda nets: nets.losses(told.x, told.y),
    "test loss": lambda nets: nets.losses(test.x, test.y),
    "training error": lambda nets: 1 - nets.accuracy(told.x, told.y),
    "test error": lambda nets: 1 - nets.accuracy(test.x, test.y),
}
rule = lambda p: torch.optim.AdamW(p, lr=rate, weight_decay=decay)  # noqa: E731
run = nets.train(told.x, told.y, rule, 32, epochs, observe=watched)
curves = {name: rows.mean(1) for name, rows in run.observed.items()}
best = int(curves["test loss"].argmin())
for name, epoch in (("least test loss", best), ("the end", epochs)):
    print(f"{name}, epoch {epoch}: test loss {curves['test loss'][epoch]:.2f}, "
          f"test error {curves['test error'][epoch]:.1%}")  # fmt: skip

# %% [markdown]
# ## Four curves
#
# The least test loss, the dotted line, need not be the least test error. In earnest you would look
# for it on a validation set, and not on the test.


# %%
def draw(figure):
    axes = plotting.panels(figure, 2)
    for each, what in zip(axes, ("loss", "error"), strict=True):
        for part, colour, dash in (("training", "blue", "--"), ("test", "vermilion", "-")):
            look = {"color": plotting.colour(colour), "linestyle": dash, "label": part}
            each.plot(curves[f"{part} {what}"], **look)
        each.axvline(best, linestyle=":", color=plotting.colour("muted"))
        each.set(xlabel="epoch", ylabel=what, ylim=(0, None))
    axes[0].legend()


show(
    draw,
    alt="Loss and error against the epoch, in training and on the test. Those of the training fall "
    "throughout; the test loss falls at first and then rises, and the test error with it, less "
    "steeply. A dotted line marks the least test loss.",
)

# %% [markdown]
# ## The best of many
#
# Now equally good settings, each measured on a few test digits: whoever is best on them looks
# better than it is. Theory for $k$ settings of accuracy $a$ that share nothing: the largest of $k$
# normal numbers of standard deviation $\sqrt{a(1-a)/m}$. Networks fail on the same hard digits,
# and so share much of that luck.

# %%
accuracy = 1 - curves["test error"][best]
rng = chance.rng(0)
shared = math.sqrt(accuracy * (1 - accuracy) / judges)
counts = np.unique(np.geomspace(1, settings, 12).astype(int))
alone = [(rng.binomial(judges, accuracy, (2000, k)) / judges).max(1).mean() for k in counts]
normal = [accuracy + shared * rng.normal(size=(2000, k)).max(1).mean() for k in counts]
print(f"an accuracy of {accuracy:.1%}, looked at {settings} times on {judges} digits: "
      f"{alone[-1]:.1%}")  # fmt: skip


# %%
def draw_best(figure):
    (axes,) = plotting.panels(figure, 1)
    axes.semilogx(counts, alone, "o", color=plotting.colour("vermilion"), label="counted")
    axes.semilogx(counts, normal, color=plotting.colour("text"), label="normal numbers")
    axes.axhline(accuracy, linestyle=":", color=plotting.colour("muted"))
    axes.set(xlabel="settings tried", ylabel="accuracy of the best")
    axes.legend()


show(
    draw_best,
    alt="The accuracy of the best setting against how many were tried, on a log axis: it rises "
    "steadily above the dotted line of what each of them is worth, along the line of theory.",
)

# %% [markdown]
# ## Three things to try
#
# 1. Set `wrong = 0.0`. Is there still a best epoch, and do loss and error agree on it?
# 2. Set `decay = 1.0`, then `10.0`. Which of the four curves does it bring together, and at what
#    price?
# 3. Set `examples = 1024`. By how much does the gap in error shrink, and is it a power of the
#    number of examples as on the page?
