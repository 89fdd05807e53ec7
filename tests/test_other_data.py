"""The batch section's long experiments on other data: a small file of coloured pictures."""

from dataclasses import replace

import numpy as np
import pytest

from figures.batch import _budgets, _equal_loss


@pytest.fixture
def pictures(tmp_path):
    """96 pictures of 3 × 4 × 4 in two classes that a small network can tell apart."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=96)
    x = rng.normal(size=(96, 3, 4, 4)) + 1.5 * (2 * y - 1)[:, None, None, None]
    np.savez(tmp_path / "pictures.npz", x=x, y=y)
    return str(tmp_path / "pictures.npz")


@pytest.mark.parametrize("name", _budgets.CASES)
def test_budgets_on_other_data(name, pictures):
    setting = replace(
        _budgets.CASES[name], data=pictures, train=64, validation=16, batches=(8, 64),
        updates=16, epochs=4, splits=1, starts=3, rates=((0.1, 0.5), (0.2, 0.3, 0.4)),
    )  # fmt: skip
    (found,) = _budgets.experiments([setting])
    assert found["test_examples"] == 16
    assert found["tuned"]["test"].shape == (2, 3)
    assert found["epochs"]["train"][0].mean() > 0.9, "batch 8 learns two classes in 4 epochs"
    first = 3 * 16 * 32 + 32 if name == "mlp" else 8 * 3 * 9 + 8
    assert found["weights"] > first


def test_equal_loss_on_other_data(pictures):
    setting = replace(
        _equal_loss.SETTING, data=pictures, train=64, splits=1, starts=2, batches=(8, 64),
        every=(1, 1), scaled=((8, 0.2, 1),), target=0.2, steps=4, products=6,
    )  # fmt: skip
    members = _equal_loss.experiment(setting)["members"]
    assert (members["train_loss"] <= 0.2).all()
    assert (members["largest"] > 0).all() and (members["keskar"] > 0).all()


@pytest.mark.parametrize("name", ["fashion_mlp", "fashion_cnn"])
def test_equal_loss_in_a_setting(name):
    given = _equal_loss.SETTINGS[name] | {"rows": 64}
    setting = replace(_equal_loss.SETTING, elsewhere=given, train=32, splits=2, starts=1)
    made, parts = _equal_loss.loaded(setting)
    assert parts.x.shape == (64, 196) and parts.test.shape == (2, 32)
    nets, reached = _equal_loss.to_target(replace(made, target=2.2), 8, 0.1, 2, parts)
    assert nets.template(parts.x[:3]).shape == (3, 10)
    assert (reached > 0).all() and (_equal_loss.own.training_losses(nets, parts) <= 2.2).all()
