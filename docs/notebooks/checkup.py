# ---
# jupyter:
#   description: A notebook to change. A training that fails and the same one mended, each
#     examined by the check-up.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A training that fails, examined
#
# The page on [the check-up](../checkup.md) says what it looks at and how it decides. Here it
# examines a small training with a mistake in it, and then the same one without. Choose another
# mistake, or make one of your own.

# %%
import torch
from torch import nn

from trainingtips import checkup, data, plotting
from trainingtips.notebook import show

# %% [markdown]
# ## Change me

# %%
# change me
mistake = "softmax"  # or "sorted", "not cleared", "inputs × 1000", "rate × 100", "no step for half"
updates = 200

# %% [markdown]
# ## The training
#
# Two functions, as for a training of your own: one builds everything, the other is the loop.


# %%
def setup_with(mistake):
    def setup(seed):
        torch.manual_seed(seed)
        digits = data.load("digits")
        x, y = digits.x[:1500], digits.y[:1500]
        test_x, test_y = digits.x[1500:], digits.y[1500:]
        if mistake == "sorted":
            order = y.argsort()
            x, y = x[order], y[order]
        if mistake == "inputs × 1000":
            x, test_x = 1000 * x, 1000 * test_x
        layers = [nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10)]
        if mistake == "softmax":
            layers.append(nn.Softmax(dim=1))
        model = nn.Sequential(*layers)
        learning = model[2:] if mistake == "no step for half" else model
        rate = 10.0 if mistake == "rate × 100" else 0.1
        optimizer = torch.optim.SGD(learning.parameters(), lr=rate)
        pairs = torch.utils.data.TensorDataset(x, y)
        loader = torch.utils.data.DataLoader(pairs, batch_size=50, shuffle=mistake != "sorted")
        return checkup.Training(
            model, optimizer, nn.CrossEntropyLoss(), loader, test=(test_x, test_y)
        )

    return setup


def train_with(mistake):
    def train(t, updates):
        done = 0
        while done < updates:
            for x, y in t.batches:
                if mistake != "not cleared":
                    t.optimizer.zero_grad()
                t.criterion(t.model(x), y).backward()
                t.optimizer.step()
                done += 1
                if done == updates:
                    return

    return train


def examined(mistake):
    return checkup.examine(setup_with(mistake), train_with(mistake), updates, seconds=45)


# %% [markdown]
# ## As it fails
#
# This is what a terminal shows. In Jupyter, `failing` in a cell of its own shows the same with its
# picture and with links.

# %%
failing = examined(mistake)
print(failing)

# %% [markdown]
# ## The same one mended

# %%
mended = examined(None)
print(mended)

# %% [markdown]
# ## Both losses


# %%
def draw(figure):
    (axes,) = plotting.panels(figure, 1)
    for report, name, colour in ((failing, "failing", "vermilion"), (mended, "mended", "blue")):
        plotting.curve(axes, range(len(report.losses)), report.losses, colour, name)
    axes.set(xlabel="update", ylabel="training loss")
    axes.legend()


show(
    draw,
    alt="Training loss over the updates. That of the failing training stays high; that of the "
    "mended one falls to a small fraction of it.",
)

# %% [markdown]
# ## What was suspected, and what became of it
#
# Each suspicion with its strength, from what was measured alone, and the skill that its experiment
# gained. What gained nothing was not the cause, however suspicious it looked.

# %%
for each in failing.suspected:
    gain = "not tried" if each["gain"] is None else f"gain {each['gain']:.2f}"
    print(f"{each['label']:26} strength {each['strength']:.2f}   {gain}")

# %% [markdown]
# ## Three things to try
#
# 1. Take each of the mistakes in turn. Is the right cause the first each time?
# 2. Make two mistakes at once. With one change at a time each may look innocent.
# 3. Put your own model and data into `setup_with(None)`, and your loop into `train_with(None)`.
