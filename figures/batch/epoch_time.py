"""An epoch is many times faster in batches of hundreds than one by one; beyond, nothing is gained.

Time of an epoch of 60,000 examples. As long as an update takes about the same time, the epoch's
falls in proportion to 1/B; once arithmetic is all that is left, it stays.

From the record of `update_time`: an epoch of 60,000 examples is N/B updates.
"""

import numpy as np

from trainingtips import plotting

ALT = (
    "Log-log axes, the time of one epoch against the batch size. The curves fall as one over the "
    "batch size, from a minute or so at batch one, and level out where the machine is busy."
)
NUMBER = "an epoch takes {saved.one | digits(3)} times as long at B = 1 as at B = 200, on one core"


def compute(update_time):
    batches = np.array(update_time["batches"])
    updates = np.ceil(update_time["examples"] / batches)
    epochs = {name: found["median"] * updates for name, found in update_time["records"].items()}
    return {
        "batches": batches,
        "epochs": epochs,
        "saved": {name: float(each[0] / each[batches == 200][0]) for name, each in epochs.items()},
        "level": {
            name: float(each[batches == 10_000][0] / each[batches == 200][0])
            for name, each in epochs.items()
        },
    }


def claim(result):
    for name in result["epochs"]:
        saved, level = result["saved"][name], result["level"][name]
        assert saved > 5, f"{name}: expected several times faster, measured {saved:.1f}"
        if name != "gpu":
            assert 0.5 < level < 2, f"{name}: expected no gain beyond 200, measured {level:.2f}"


LOOKS = {
    "one": ("blue", "one thread"),
    "two": ("vermilion", "two threads"),
    "gpu": ("green", "GPU"),
}


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=4)
    batches, first = result["batches"], result["epochs"]["one"][0]
    for name, seconds in result["epochs"].items():
        plotting.curve(axes, batches, seconds, *LOOKS[name], marked=True)
    few, text = batches[:6], r"$\propto 1/B$"
    plotting.theory(axes, few, first * 0.55 / few, "muted", text, (2.2, first * 0.09), look=":")
    axes.set(xscale="log", xlabel="batch size $B$", yscale="log", ylabel="time of one epoch, in s")
    axes.legend(loc="upper right")
