"""The lab of the batch, against torch's SGD on the same examples in the same orders."""

import json
import math

import numpy as np
import pytest
import torch

from . import ROOT

STATES = {
    "default": {},
    "uneven": {"size": 6, "ticks": 73, "seed": 2},
    "time": {"size": 3, "clock": "time", "ticks": 57},
    "full": {"size": 20, "clock": "time", "ticks": 90},
}
WORD = 2**32


def result(name):
    return json.loads((ROOT / f"results/batch/{name}.json").read_text())["result"]


@pytest.fixture(scope="module")
def runs(told):
    return dict(zip(STATES, told("batch", *STATES.values()), strict=True))


def mulberry(seed):
    """Ettinger's generator, written in whole numbers of any length."""
    while True:
        seed = (seed + 0x6D2B79F5) % WORD
        t = (seed ^ seed >> 15) * (seed | 1) % WORD
        t ^= (t + (t ^ t >> 7) * (t | 61)) % WORD
        yield (t ^ t >> 14) / WORD


def epochs(draw):
    """Orders of the twenty examples, epoch after epoch."""
    while True:
        order = list(range(20))
        for i in range(19, 0, -1):
            j = math.floor(next(draw) * (i + 1))
            order[i], order[j] = order[j], order[i]
        yield order


def batches(seed, size, cost, ticks):
    """The batches that fit on the clock."""
    found, time = [], 0
    for order in epochs(mulberry(seed)):
        for first in range(0, 20, size):
            batch = order[first : first + size]
            time += cost(len(batch))
            if time > ticks + 1e-9:
                return found
            found.append(batch)


def end(parts, found):
    """Where torch's SGD is after these batches."""
    x, y = (torch.tensor(found[name], dtype=torch.float64) for name in ("x", "y"))
    w = torch.tensor(found["full_path"][0], dtype=torch.float64, requires_grad=True)
    rule = torch.optim.SGD([w], lr=found["eta"])
    for part in parts:
        rule.zero_grad()
        (0.5 * torch.nn.functional.mse_loss(x[part] @ w, y[part])).backward()
        rule.step()
    return w.detach().numpy()


@pytest.mark.parametrize("name", STATES)
def test_every_order_ends_where_torch_ends(runs, name):
    state, answer = runs[name]
    shown, found = answer["shown"], result("full_or_single")
    size, ticks = state["size"], state["ticks"]
    time = result("update_time")
    median = time["records"]["two"]["median"]

    def cost(examples):
        if state["clock"] == "examples":
            return examples
        return round(float(np.interp(examples, time["batches"], median)) / median[0], 6)

    orders = [batches(21 * state["seed"] + k, size, cost, ticks) for k in range(21)]
    ends = np.array([end(parts, found) for parts in orders])
    away = np.linalg.norm(ends - found["minimum"], axis=1)
    assert shown["updates"] == len(orders[0])
    assert shown["end"] == pytest.approx(ends[0].tolist(), abs=1e-9)
    assert shown["away"] == pytest.approx(away[0], abs=1e-9)
    assert shown["mean"] == pytest.approx(away[1:].mean(), abs=1e-9)
    assert shown["scatter"] == pytest.approx(math.sqrt(ends[1:].var(0).sum()), abs=1e-9)
    whole = batches(0, 20, cost, ticks)
    full = np.linalg.norm(end(whole, found) - found["minimum"])
    assert shown["full"] == {"updates": len(whole), "away": pytest.approx(full, abs=1e-9)}
    if size < 20:
        assert shown["nearer"] == (away < full).sum()


def test_orders_of_another_seed_scatter_but_as_on_the_page(runs):
    """The figure's hundred orders come from another generator: the same in the mean."""
    found, shown = result("full_or_single"), runs["default"][1]["shown"]
    assert shown["full"]["away"] == pytest.approx(found["full_after_one"], abs=1e-4)
    paths = np.array(found["single_paths"])[:, -1]
    away = np.linalg.norm(paths - found["minimum"], axis=1)
    wide = 4 * away.std() / math.sqrt(20)  # four standard errors of a mean of twenty
    assert shown["mean"] == pytest.approx(away.mean(), abs=wide)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("default", ("After 20 examples batch 1 has made 20 updates", "all twenty-one orders")),
        ("time", ("In the time of 57 updates with one example", "batch 3 has made")),
        ("full", ("The order of the examples makes no difference", "54 updates")),
    ],
)
def test_it_says_what_happens(runs, name, words):
    says = runs[name][1]["says"]
    assert all(each in says for each in words), says
