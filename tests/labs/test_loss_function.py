"""The lab of the two losses, against the package's losses and torch's own descent."""

import pytest
import torch

from trainingtips import descent, losses

REST = -1000.0
STATES = {
    "default": {},
    "near the diagonal": {"z1": -2.5, "z2": 2.5, "updates": 300},
    "quick": {"z1": 3.1, "z2": 7.4, "eta": 10, "updates": 40},
    "right": {"z1": 4, "z2": -6},
}


@pytest.fixture(scope="module")
def runs(told):
    return dict(zip(STATES, told("loss_function", *STATES.values()), strict=True))


@pytest.mark.parametrize("name", STATES)
def test_paths_and_slopes_are_the_packages(runs, name):
    state, found = runs[name]
    start = torch.tensor([state["z1"], state["z2"], REST], dtype=torch.float64)
    for each in ("cross_entropy", "squared_error"):
        loss = getattr(losses, each)
        path = descent.descend(
            lambda z, loss=loss: loss(z, 0),
            start,
            lambda parameters: torch.optim.SGD(parameters, lr=state["eta"]),
            state["updates"],
        )
        shown = found["shown"][each]
        assert shown["end"] == pytest.approx(path.points[-1][:2].tolist(), rel=1e-9)
        assert shown["loss"] == pytest.approx([path.losses[i] for i in (0, -1)], rel=1e-9)
        ends = torch.as_tensor(path.points[[0, -1]]).requires_grad_()
        (slopes,) = torch.autograd.grad(loss(ends, torch.tensor([0, 0])).sum(), ends)
        # autograd subtracts nearly equal numbers where a slope is tiny; the lab does not
        assert shown["slope"] == pytest.approx(slopes.norm(dim=-1).tolist(), rel=1e-6, abs=1e-15)
        assert shown["sure"] == pytest.approx(float(losses.softmax(ends.detach())[1, 0]), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("default", ("Sure and wrong", "1.2 × 10⁸ times as steep", "it is stuck")),
        ("near the diagonal", ("Sure and wrong", "both get there")),
        ("right", ("Sure and right", "little is left to learn")),
    ],
)
def test_it_says_what_happens(runs, name, words):
    says = runs[name][1]["says"].replace("\u00a0", " ")
    assert all(each in says for each in words), says
