# ---
# jupyter:
#   description: A notebook to change. Your own ravine, rate and momentum against the
#     closed form.
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Roll down your own ravine
#
# The section on [momentum](../momentum.md) derives when the heavy ball converges and how fast. Here
# you set the condition number $\kappa$, the learning rate $\eta$ and the momentum $\beta$ yourself,
# on the ravine $L = \frac{1}{2}(w_1^2 + \kappa w_2^2)$.

# %%
import numpy as np

from trainingtips import momentum, plotting
from trainingtips.notebook import show

# %% [markdown]
# ## Change me

# %%
# change me
kappa = 50.0  # condition number κ: how narrow the ravine is
best = momentum.tuned(1.0, kappa)
eta, beta = best.eta, best.beta  # or numbers of your own
start = [10.0, 1.0]
updates = 60

# %%
eigenvalues = np.array([1.0, kappa])


def path_of(eta, beta):
    return momentum.heavy_ball(lambda theta: eigenvalues * theta, start, eta, beta, updates)


plain = momentum.tuned_plain(1.0, kappa)
paths = {"momentum": path_of(eta, beta), "plain": path_of(plain.eta, 0.0)}
rates = {
    "momentum": momentum.radius(eta * eigenvalues, beta).max(),
    "plain": momentum.radius(plain.eta * eigenvalues, 0.0).max(),
}
print(f"edge of stability: eta {momentum.stability_edge(beta) / kappa:.4f}; yours is {eta:.4f}")
for name, rate in rates.items():
    print(f"{name:9} keeps {rate:.4f} of the error per update, by theory")

# %% [markdown]
# ## The paths and the errors
#
# The dotted lines fall at the rate of theory, by the larger root's $|z|$ in each update. With the
# best momentum the two roots meet and the error falls like $t\,|z|^t$: a little later, and in the
# end as fast.


# %%
def draw(figure):
    left, right = plotting.panels(figure, 2)
    looks = {"momentum": ("vermilion", "-"), "plain": ("blue", "--")}
    for name, (colour, dash) in looks.items():
        look = {"color": plotting.colour(colour), "linestyle": dash}
        left.plot(*paths[name].T, marker=".", markersize=4, **(look | {"linewidth": 1.2}))
        errors = np.linalg.norm(paths[name], axis=1)
        right.semilogy(errors, label=name, **look)
        decay = errors[0] * rates[name] ** np.arange(updates + 1)
        right.semilogy(decay, ":", color=plotting.colour("muted"), linewidth=2)
    left.set(xlabel="$w_1$", ylabel="$w_2$")
    right.set(xlabel="update", ylabel="distance to the minimum")
    right.legend()


show(
    draw,
    alt="Left, the paths of plain descent and of momentum through the ravine; momentum swings "
    "more widely. Right, on a log axis, the distance to the minimum: with momentum it ends far "
    "lower; dotted lines show the slopes of theory.",
)

# %% [markdown]
# ## Your setting on the map
#
# Each $\beta$ has its own best rate. Below, theory's error per update against $\eta$ for some
# momenta; where a curve ends, its rate has reached one, and beyond that it diverges.


# %%
def draw_map(figure):
    (axes,) = plotting.panels(figure, 1)
    steps = np.geomspace(0.02, 4.0, 400) / kappa
    styles = zip(plotting.COLOURS, ("-", "--", "-.", ":"), strict=False)
    for momenta, (colour, dash) in zip((0.0, 0.5, 0.8, 0.95), styles, strict=False):
        rate = momentum.radius(steps[:, None] * eigenvalues, momenta).max(1)
        rate = np.where(rate < 1, rate, np.nan)
        look = {"color": plotting.colour(colour), "linestyle": dash}
        axes.semilogx(steps, rate, label=rf"$\beta = {momenta}$", **look)
    if rates["momentum"] <= 1.02:
        axes.plot(eta, rates["momentum"], "o", color=plotting.colour("text"))
        plotting.label(axes, "yours", (eta, rates["momentum"]), xytext=(8, -4),
                       textcoords="offset points")  # fmt: skip
    axes.set(xlabel=r"learning rate $\eta$", ylabel="error kept per update")
    axes.legend(loc="lower left")


show(
    draw_map,
    alt="Error kept per update against the learning rate, one curve for each momentum. Each "
    "falls, the higher momenta to a flat stretch, and then rises steeply to one; a dot marks the "
    "chosen setting.",
)

# %% [markdown]
# ## Three things to try
#
# 1. Raise `kappa` to `5000.0`. By how much does the number of updates for a factor of ten grow,
#    plain and with the best momentum?
# 2. Keep the best $\eta$ and set `beta = 0.99`. The error swings; what does theory say about its
#    rate, and does the rate depend on $\eta$ at all?
# 3. Set `eta = 3.9 / kappa`. Which momenta converge? Check with `momentum.stability_edge`.
