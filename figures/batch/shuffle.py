"""Reshuffling ends lower than a fixed order or replacement, but only once the batches' noise rules.

Three ways to deal twelve examples out in batches of four, and the loss of two of them over that of
reshuffling, on digits: geometric means over seeds with 95 % bands.

The small example has three epochs. Then, on 1,024 handwritten digits with batches of 16 and the
same number of updates for each: softmax regression with a weight penalty, which is strongly convex,
as the theory asks (Mishchenko et al. 2020), for 120 epochs at rate 0.03 (32 seeds; the loss above
its least value), and a network of 64, 32, 32 and 10 units (ReLU) for 40 epochs at rate 0.1 (64
seeds). The three orders start from the same weights for each seed. For the network no order has a
measurable lead in the first dozen epochs.
"""

import numpy as np
import torch
from matplotlib.patches import Rectangle
from torch import nn

from trainingtips import batches, data, parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import Measured, paired, student

VERDICT = "regime"
SMALL, PART, SHOWN = 12, 4, 3  # examples, batch size and epochs of the picture
N, BATCH, PENALTY = 1024, 16, 1e-2

OTHERS = ("fixed", "replacement")

ALT = (
    "Left, three grids of twelve examples by three epochs: reshuffled, each row deals all examples "
    "out anew; in a fixed order the rows repeat; with replacement some cells are empty and some "
    "hold two. Middle and right, the losses of the other two orders over that of reshuffling: both "
    "start at one and end above it, with replacement by far the highest in the convex case."
)
NUMBER = (
    "final loss of a fixed order over that of reshuffling, a network: {network.late.fixed | "
    "interval(2)}"
)
REPORTED = "for strongly convex losses shuffling once is nearly as good [@mishchenko2020]"


SETTINGS = {
    "softmax": {"eta": 0.03, "epochs": 120, "every": 10, "seeds": 32, "penalty": PENALTY},
    "network": {"eta": 0.1, "epochs": 40, "every": 4, "seeds": 64, "penalty": 0.0},
}


def compute():
    parts = [(name, order) for name in SETTINGS for order in batches.ORDERS]
    losses = dict(zip(parts, parallel.each(in_order, parts), strict=True))
    floor = {"softmax": least(training_set()), "network": 0.0}
    above = {
        name: {order: losses[name, order] - floor[name] for order in batches.ORDERS}
        for name in SETTINGS
    }
    return {
        "dealt": {order: dealt(order) for order in batches.ORDERS},
        "batch": BATCH,
        **{name: compare(above[name], **setting) for name, setting in SETTINGS.items()},
    }


def training_set():
    return data.load("digits").split(N, seed=0)[0]


def dealt(order):
    """How often each batch of each epoch holds each example: (SHOWN, batches, SMALL)."""
    epochs = [batches.epoch(SMALL, PART, 0, number, order) for number in range(SHOWN)]
    return [[np.bincount(part, minlength=SMALL) for part in parts] for parts in epochs]


def network():
    return nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)
    )


def softmax():
    return nn.Linear(64, 10)


def in_order(part):
    """The penalised losses of one setting in one order, (marks, seeds)."""
    name, order = part
    setting, train = SETTINGS[name], training_set()
    eta, penalty = setting["eta"], setting["penalty"]
    nets = Ensemble({"softmax": softmax, "network": network}[name], range(setting["seeds"]))
    run = nets.train(
        train.x,
        train.y,
        lambda p: torch.optim.SGD(p, lr=eta, weight_decay=penalty),
        BATCH,
        setting["epochs"],
        order=order,
        every=setting["every"] * N // BATCH,
        observe={"loss": lambda nets: penalised(nets, train, penalty)},
    )
    return run.observed["loss"]


def compare(above, eta, epochs, every, seeds, penalty):
    """What is kept of the losses of the three orders: their ratios to reshuffling first of all."""
    marks = np.arange(0, epochs + 1, every)
    lead = {
        order: [ratio(*rows) for rows in zip(above[order][1:], above["shuffled"][1:], strict=True)]
        for order in OTHERS
    }
    return {
        "eta": eta,
        "epochs": epochs,
        "seeds": seeds,
        "marks": marks,
        "final": {order: student(rows[-1]) for order, rows in above.items()},
        "ratio": lead,
        "early": {order: each[0] for order, each in lead.items()},
        "late": {order: each[-1] for order, each in lead.items()},
        "losses": {order: [student(row) for row in rows] for order, rows in above.items()},
    }


def ratio(losses, reshuffled):
    """Geometric mean of losses / reshuffled, pair by pair, with its interval."""
    log = paired(np.log(losses), np.log(reshuffled))
    return Measured(*(float(np.exp(v)) for v in (log.mean, log.low, log.high)), log.n)


def penalised(nets, train, penalty):
    """Each member's loss with ½ penalty ‖θ‖², whose gradient SGD's weight decay adds: (E,)."""
    losses = nets.losses(train.x, train.y).astype(float)
    if penalty:
        squares = [p.detach().double().square().flatten(1).sum(1) for p in nets.parameters.values()]
        losses += 0.5 * penalty * sum(squares).numpy()
    return losses


def least(train):
    """The least penalised loss of softmax regression: full-batch descent with momentum."""
    nets = Ensemble(lambda: nn.Linear(64, 10).double(), [0])
    exact = data.Dataset(train.x.double(), train.y, train.classes)
    rule = lambda p: torch.optim.SGD(p, lr=1, momentum=0.9, weight_decay=PENALTY)  # noqa: E731
    nets.train(exact.x, exact.y, rule, N, 400, every=400)
    return float(penalised(nets, exact, PENALTY)[0])


def claim(result):
    for name in ("softmax", "network"):
        for order, found in result[name]["late"].items():
            assert found.low > 1, f"expected {order} above reshuffled, measured {found} ({name})"
    for order, found in result["network"]["early"].items():
        assert found.low < 1 < found.high, f"expected no early lead over {order}, measured {found}"


def draw(result, figure):
    titles = ["colour: which batch", "softmax regression", "network"]
    left, middle, right = plotting.panels(figure, titles, height=3.6, ratios=[1.1, 1, 1])
    _draw_dealt(result["dealt"], left)
    _draw_ratio(result["softmax"], middle)
    _draw_ratio(result["network"], right)


def _draw_dealt(dealt, axes):
    colours = [plotting.colour(name) for name in ("blue", "amber", "vermilion")]
    names = {"shuffled": "reshuffled each epoch", "fixed": "fixed order",
             "replacement": "with replacement"}  # fmt: skip
    for block, (order, name) in enumerate(names.items()):
        top = -block * (SHOWN + 1.6)
        axes.text(-0.5, top + 0.85, name)
        for row, parts in enumerate(dealt[order]):
            for example in range(SMALL):
                held = [k for k, part in enumerate(parts) for _ in range(part[example])]
                _cell(axes, example, top - row, held, colours)
    axes.set(xlim=(-0.7, SMALL - 0.3), ylim=(-2 * (SHOWN + 1.6) - SHOWN + 0.3, 1.7))
    axes.set(xlabel="example", ylabel="three epochs each", yticks=[])
    plotting.ticks(axes.xaxis, [0, 3, 7, 11], ["1", "4", "8", "12"])
    axes.spines[:].set_visible(False)


def _cell(axes, x, y, held, colours):
    frame = {"linewidth": 0.6, "edgecolor": plotting.colour("muted")}
    axes.add_patch(Rectangle((x - 0.42, y - 0.42), 0.84, 0.84, facecolor="none", **frame))
    for i, k in enumerate(held):  # an example drawn twice has its cell halved
        width = 0.84 / len(held)
        place = (x - 0.42 + i * width, y - 0.42)
        axes.add_patch(Rectangle(place, width, 0.84, facecolor=colours[k], **frame))


def _draw_ratio(found, axes):
    marks, ratios = found["marks"][1:], found["ratio"]
    plotting.curve(axes, marks, ratios["fixed"], "blue", "fixed", marked=True)
    plotting.curve(axes, marks, ratios["replacement"], "vermilion", "replacement", marked=True)
    plotting.level(axes, 1, "text", look="-")
    axes.set(xlabel="epoch", ylabel="loss over that of reshuffling")
    axes.legend(loc="upper left")
