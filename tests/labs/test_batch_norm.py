"""The lab of scale and shift, against the package's normalization and torch's own descent."""

import pytest
import torch

from tests.labs.running import DOCS, told
from trainingtips import descent, normalization
from trainingtips.press.pages import labs

STATES = {
    "default": {},
    "small": {"scale": 0.1, "shift": -2.5, "updates": 7},
    "shift alone": {"scale": 1, "shift": 3, "w1": 0.35, "updates": 60},
    "neither": {"scale": 1, "shift": 0},
    "at the minimum": {"w1": 0, "w2": 0},
}


@pytest.fixture(scope="module")
def examples():
    return torch.tensor(labs.read(DOCS, "batch_norm").given["examples"], dtype=torch.float64)


@pytest.fixture(scope="module")
def runs():
    return dict(zip(STATES, told("batch_norm", *STATES.values()), strict=True))


def test_examples_are_centred_and_scaled_with_the_correlation_that_the_page_gives(examples):
    moments = examples.T @ examples / len(examples)
    assert examples.mean(0).tolist() == pytest.approx([0, 0], abs=1e-5)
    assert moments.flatten().tolist() == pytest.approx([1, 0.3, 0.3, 1], abs=1e-5)


@pytest.mark.parametrize("name", STATES)
def test_condition_and_path_are_the_packages(runs, examples, name):
    state, found = runs[name]
    raw = (examples + state["shift"]) * torch.tensor([1, state["scale"]], dtype=torch.float64)
    one, zero = torch.ones(2).double(), torch.zeros(2).double()
    forms = {"before": raw, "after": normalization.batch_norm(raw, one, zero)}
    for when, x in forms.items():
        shown = found["shown"][when]
        assert shown["kappa"] == pytest.approx(normalization.condition_number(x), rel=1e-9)
        rate = 2 / float(torch.linalg.eigvalsh(x.T @ x / len(x)).sum())
        path = descent.descend(
            lambda w, x=x: (x @ w).square().mean() / 2,
            torch.tensor([state["w1"], state["w2"]], dtype=torch.float64),
            lambda parameters, rate=rate: torch.optim.SGD(parameters, lr=rate),
            state["updates"],
        )
        assert shown["lr"] == pytest.approx(rate, rel=1e-9)
        assert shown["end"] == pytest.approx(path.points[-1].tolist(), rel=1e-9, abs=1e-12)
        left = path.losses[-1] / path.losses[0] if path.losses[0] else 0
        assert shown["left"] == pytest.approx(left, rel=1e-9, abs=1e-15)


def test_normalized_the_loss_does_not_depend_on_scale_and_shift(runs):
    # ε is added to the variance: of the scale 0.1, that is a thousandth of it
    after = [found["shown"]["after"]["kappa"] for _, found in runs.values()]
    assert after == pytest.approx([1.3 / 0.7] * len(after), rel=1e-3)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("default", ("With scale 5 and shift 1 the loss is a valley", "Normalized, it is 1.86")),
        ("small", ("With scale 0.1 and shift −2.5 the loss is a valley", "7 updates")),
        ("neither", ("With neither scale nor shift there is little to mend: κ is 1.86",)),
    ],
)
def test_it_says_what_happens(runs, name, words):
    says = runs[name][1]["says"]
    assert all(each in says for each in words), says
