"""Orders of the examples: deals counted by hand, the least loss against scikit-learn."""

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.linear_model import LogisticRegression

from trainingtips import batches
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import shuffling

SETTING = shuffling.Setting(shuffling.softmax, 128, 16, 0.05, 6, 2, seeds=3, penalty=1e-2)


@pytest.mark.parametrize("order", ["shuffled", "fixed"])
def test_an_epoch_deals_each_example_out_once(order):
    deals = np.array(shuffling.dealt(12, 4, 3, order))
    assert deals.shape == (3, 3, 12)
    assert (deals.sum(1) == 1).all() and (deals.sum(2) == 4).all()
    assert (deals[0] == deals[1]).all() == (order == "fixed")


def test_with_replacement_some_come_twice():
    deals = np.array(shuffling.dealt(12, 4, 3, "replacement"))
    assert (deals.sum(2) == 4).all() and deals.sum(1).max() > 1


def test_the_penalised_loss_is_the_formula_by_hand():
    train = shuffling.training_set(SETTING)
    nets = Ensemble(shuffling.softmax, range(2))
    module = nets.member(1)
    weights = sum(float(p.detach().double().square().sum()) for p in module.parameters())
    plain = torch.nn.functional.cross_entropy(module(train.x), train.y).item()
    found = shuffling.penalised(nets, train, 0.5)[1]
    assert found == pytest.approx(plain + 0.25 * weights, rel=1e-5)


def test_the_least_loss_is_that_of_another_solver():
    # the constant bears the penalty too: it is given as one more feature
    setting = shuffling.Setting(shuffling.softmax, 128, 16, 0.05, 6, 2, seeds=3, penalty=0.1)
    train = shuffling.training_set(setting)
    x = np.column_stack([train.x.numpy(), np.ones(128)]).astype(float)
    solver = LogisticRegression(C=1 / (0.1 * 128), fit_intercept=False, tol=1e-10, max_iter=5000)
    solver.fit(x, train.y.numpy())
    p = solver.predict_proba(x)[np.arange(128), train.y.numpy()]
    expected = -np.log(p).mean() + 0.05 * (solver.coef_**2).sum()
    assert shuffling.least(setting) == pytest.approx(expected, rel=1e-6)


def test_all_orders_start_at_one_loss_and_learn():
    found = shuffling.compare({"softmax": SETTING})["softmax"]
    starts = [losses[0].mean for losses in found["losses"].values()]
    assert starts[0] == starts[1] == starts[2]
    assert all(losses[-1].mean < 0.9 * starts[0] for losses in found["losses"].values())
    assert found["marks"].tolist() == [0, 2, 4, 6]
    assert [len(each) for each in found["ratio"].values()] == [3, 3]
    final = {order: each.mean for order, each in found["final"].items()}
    assert final["fixed"] / final["shuffled"] == pytest.approx(found["late"]["fixed"].mean, rel=0.2)


def test_the_end_is_the_last_three_looks_and_the_beginning_the_first():
    rng = np.random.default_rng(0)
    above = {order: np.exp(rng.normal(size=(6, 5))) for order in batches.ORDERS}
    setting = shuffling.Setting(shuffling.softmax, 64, 16, 0.1, 5, 1, 5)
    found = shuffling.against_first(above, setting)
    for order in shuffling.OTHERS:
        logs = np.log(above[order]) - np.log(above[shuffling.FIRST])
        assert found["late"][order].mean == pytest.approx(np.exp(logs[3:].mean()))
        assert found["early"][order].mean == pytest.approx(np.exp(logs[1].mean()))
        of_seeds = stats.ttest_1samp(logs[3:].mean(0), 0).confidence_interval()
        assert found["late"][order].high == pytest.approx(np.exp(of_seeds.high))
