"""An epoch's time falls as B grows: to hundreds on a processor, on a GPU to tens of thousands.

Time of an epoch of 60,000 examples. As long as an update takes about the same time, the epoch's
falls in proportion to 1/B; once arithmetic is all that is left, it stays.

From the records `update_time` and `update_time_gpu`: an epoch of 60,000 examples is N/B updates.
"""

import numpy as np

from trainingtips import plotting

ALT = (
    "Log-log axes, the time of one epoch against the batch size. The curves fall as one over the "
    "batch size, from a minute or so at batch one, and level out where the machine is busy."
)
NUMBER = "an epoch takes {saved.one | digits(3)} times as long at B = 1 as at B = 200, on one core"


def compute(update_time, update_time_gpu):
    records = {name: (update_time["batches"], r) for name, r in update_time["records"].items()}
    records["gpu"] = (update_time_gpu["batches"], update_time_gpu["record"])
    curves = {name: epochs(*each, update_time["examples"]) for name, each in records.items()}
    return {
        "epochs": curves,
        "saved": {name: ratio(curve, 1, 200) for name, curve in curves.items() if name != "gpu"},
        "level": {
            name: ratio(curve, 10_000, 200) for name, curve in curves.items() if name != "gpu"
        },
        "gpu_saved": ratio(curves["gpu"], 1, 1000),
        "gpu_more": ratio(curves["gpu"], 1000, 20_000),
    }


def epochs(batches, record, examples):
    """Seconds of an epoch of so many `examples`, for each batch that is no larger."""
    sizes = np.array(batches)
    seconds = record["median"] * np.ceil(examples / sizes)
    return {"batches": sizes[sizes <= examples], "seconds": seconds[sizes <= examples]}


def ratio(curve, a, b):
    """How many times as long an epoch takes in batches of `a` as in batches of `b`."""
    seconds = dict(zip(curve["batches"].tolist(), curve["seconds"], strict=True))
    return float(seconds[a] / seconds[b])


def claim(result):
    for name, level in result["level"].items():
        saved = result["saved"][name]
        assert saved > 5, f"{name}: expected several times faster, measured {saved:.1f}"
        # a fifth is what "flat" means in `update_time` too
        assert 1 / 1.2 < level < 1.2, f"{name}: expected no gain beyond 200, measured {level:.2f}"
    saved, more = result["gpu_saved"], result["gpu_more"]
    assert saved > 500, f"GPU: expected hundreds of times faster at B = 1000, measured {saved:.0f}"
    assert more > 5, f"GPU: expected a gain up to 20,000, measured {more:.1f} times"


LOOKS = {
    "one": ("blue", "one thread"),
    "two": ("vermilion", "two threads"),
    "gpu": ("green", "GPU"),
}


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=4)
    for name, curve in result["epochs"].items():
        plotting.curve(axes, curve["batches"], curve["seconds"], *LOOKS[name], marked=True)
    few, first = np.array([1, 50]), result["epochs"]["one"]["seconds"][0]
    text = r"$\propto 1/B$"
    plotting.theory(axes, few, first * 0.55 / few, "muted", text, (1.1, first * 0.05), look=":")
    axes.set(xscale="log", xlabel="batch size $B$", yscale="log", ylabel="time of one epoch, in s")
    axes.legend(loc="upper right")
