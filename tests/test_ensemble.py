"""Stacked members against the ordinary loop, one module and one torch optimiser at a time."""

import contextlib
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import SGD, lr_scheduler

from trainingtips import batches
from trainingtips.data import load
from trainingtips.ensemble import Ensemble

CE, MSE = nn.functional.cross_entropy, nn.functional.mse_loss
SEEDS = [3, 0, 11, 4]
N, BATCH, EPOCHS = 22, 8, 3  # batches of 8, 8 and 6
RATES = np.array([0.01, 0.003, 0.0, 0.05])
CLOSE = {"rtol": 1e-9, "atol": 1e-11}

OPTIMIZERS = {
    "momentum": lambda p, lr=0.05: SGD(p, lr=lr, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p, lr=0.05: SGD(p, lr=lr, momentum=0.9, nesterov=True),
    "adagrad": lambda p, lr=0.05: torch.optim.Adagrad(p, lr=lr, lr_decay=0.1),
    "rmsprop": lambda p, lr=0.01: torch.optim.RMSprop(p, lr=lr, momentum=0.5, centered=True),
    "adam": lambda p, lr=0.01: torch.optim.Adam(p, lr=lr, weight_decay=0.01),
    "adamw": lambda p, lr=0.01: torch.optim.AdamW(p, lr=lr, weight_decay=0.1, amsgrad=True),
    "nadam": lambda p, lr=0.01: torch.optim.NAdam(p, lr=lr),
}
SCHEDULERS = {
    "cosine": lambda rule: lr_scheduler.CosineAnnealingLR(rule, T_max=9),
    "warmup": lambda rule: lr_scheduler.LambdaLR(rule, lambda t: min(1.0, t / 4)),
    "cycle": lambda rule: lr_scheduler.OneCycleLR(rule, max_lr=0.1, total_steps=9),
    "sequence": lambda rule: lr_scheduler.SequentialLR(
        rule,
        [lr_scheduler.LinearLR(rule, 0.1, 1, 3), lr_scheduler.MultiStepLR(rule, [2, 4])],
        milestones=[3],
    ),
}


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    # so small tensors gain nothing from threads, which wait for one another on a busy machine
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def mlp():
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()


def normalized():
    # without a bias before the normalization: its gradient is rounding alone, which Adam blows up
    return nn.Sequential(
        nn.Linear(4, 6, bias=False), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)
    ).double()  # fmt: skip


def noisy():
    return nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 3)
    ).double()  # fmt: skip


def data(n=N):
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.normal(size=(n, 4))), torch.from_numpy(rng.integers(3, size=n))


def state(nets):
    return {k: v.detach().clone() for k, v in (nets.parameters | nets.buffers).items()}


def ordinary(
    nets, optimizer, *, scheduler=None, order="shuffled", criterion=CE, y=None, batch=BATCH
):
    """Each member's states after every update, by a plain loop: [member][update] of dicts."""
    x, labels = data()
    y = labels if y is None else y
    return [
        _alone(nets.member(i), x, y, seed, optimizer, scheduler, order, criterion, batch)
        for i, seed in enumerate(nets.seeds)
    ]


def _alone(net, x, y, seed, optimizer, scheduler, order, criterion, batch):
    net.train()
    rule = optimizer(net.parameters())
    schedule = scheduler(rule) if scheduler else None
    found = [_copy(net)]
    for number in range(EPOCHS):
        for indices in batches.epoch(len(x), batch, seed, number, order):
            rule.zero_grad()
            criterion(net(x[indices]), y[indices]).backward()
            rule.step()
            if schedule:
                schedule.step()
            found.append(_copy(net))
    return found


def _copy(net):
    return {k: v.detach().clone() for k, v in net.state_dict().items()}


def watched(nets, optimizer, **options):
    """The stacked states after every update, and the run."""
    x, y = data()
    y = options.pop("y", y)
    seen = []
    run = nets.train(
        x, y, optimizer, options.pop("batch", BATCH), EPOCHS, every=1,
        observe={"updates": lambda nets: seen.append(state(nets)) or len(seen)}, **options,
    )  # fmt: skip
    return seen, run


def agree(seen, alone):
    """Every member's every tensor after every update."""
    for i, steps in enumerate(alone):
        assert len(seen) == len(steps)
        for stacked, single in zip(seen, steps, strict=True):
            assert stacked.keys() == single.keys()
            for name, value in single.items():
                torch.testing.assert_close(stacked[name][i], value, **CLOSE)


# against the ordinary loop


@pytest.mark.parametrize("make", [mlp, normalized])
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_update_is_that_of_the_ordinary_loop(make, optimizer):
    nets = Ensemble(make, SEEDS)
    alone = ordinary(nets, optimizer)
    seen, run = watched(nets, optimizer)
    agree(seen, alone)
    assert run.updates.tolist() == list(range(10))
    assert not torch.equal(seen[0]["0.weight"], seen[-1]["0.weight"])


@pytest.mark.parametrize("scheduler", SCHEDULERS.values(), ids=SCHEDULERS)
@pytest.mark.parametrize("name", ["momentum", "adamw"])
def test_schedulers_step_after_each_update(scheduler, name):
    nets = Ensemble(normalized, SEEDS)
    alone = ordinary(nets, OPTIMIZERS[name], scheduler=scheduler)
    seen, _ = watched(nets, OPTIMIZERS[name], scheduler=scheduler)
    agree(seen, alone)


@pytest.mark.parametrize("scheduler", [None, "cosine", "warmup"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_members_go_by_their_own_rates(name, scheduler):
    nets, optimizer = Ensemble(normalized, SEEDS), OPTIMIZERS[name]
    scheduler = SCHEDULERS.get(scheduler)
    alone = [
        ordinary(nets, lambda p, r=rate: optimizer(p, lr=r), scheduler=scheduler)[i]
        for i, rate in enumerate(RATES)
    ]
    seen, _ = watched(nets, optimizer, scheduler=scheduler, rates=RATES)
    agree(seen, alone)


@pytest.mark.parametrize("order", batches.ORDERS)
@pytest.mark.parametrize("batch", [1, 7, N])
def test_orders_and_batches_are_those_of_batches_epoch(order, batch):
    nets = Ensemble(mlp, SEEDS)
    alone = ordinary(nets, OPTIMIZERS["momentum"], order=order, batch=batch)
    seen, _ = watched(nets, OPTIMIZERS["momentum"], order=order, batch=batch)
    agree(seen, alone)


def test_other_criteria():
    soft = torch.softmax(torch.from_numpy(np.random.default_rng(1).normal(size=(N, 3))), 1)
    left_out = data()[1].where(torch.arange(N) % 5 != 0, -100)  # cross_entropy's ignored label
    for criterion, y in [(MSE, soft), (nn.MSELoss(), soft), (CE, soft), (CE, left_out)]:
        nets = Ensemble(mlp, SEEDS)
        alone = ordinary(nets, OPTIMIZERS["momentum"], criterion=criterion, y=y)
        seen, run = watched(nets, OPTIMIZERS["momentum"], criterion=criterion, y=y)
        agree(seen, alone)
        last = [criterion(nets.member(i)(data()[0]), y).item() for i in range(len(nets))]
        np.testing.assert_allclose(run.losses[-1], last, rtol=1e-12)


def test_images_through_convolutions():
    def make():
        return nn.Sequential(
            nn.Unflatten(1, (1, 2, 2)), nn.Conv2d(1, 3, 2, padding=1), nn.BatchNorm2d(3),
            nn.ReLU(), nn.Flatten(), nn.Linear(27, 3),
        ).double()  # fmt: skip

    nets = Ensemble(make, SEEDS)
    alone = ordinary(nets, OPTIMIZERS["adam"])
    agree(watched(nets, OPTIMIZERS["adam"])[0], alone)


def test_each_member_starts_where_its_seed_says():
    nets = Ensemble(mlp, SEEDS)
    for i, seed in enumerate(SEEDS):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            single = mlp().state_dict()
        assert all(torch.equal(v, single[k]) for k, v in nets.member(i).state_dict().items())


def test_torchs_random_state_is_left_alone():
    before = torch.get_rng_state()
    nets = Ensemble(noisy, SEEDS)
    nets.train(*data(), OPTIMIZERS["adam"], BATCH, 1)
    assert torch.equal(torch.get_rng_state(), before)


# what members put out


def test_outputs_losses_and_accuracy_are_those_of_the_single_modules():
    nets = Ensemble(noisy, SEEDS)
    nets.train(*data(), OPTIMIZERS["adam"], BATCH, 2)
    x, y = data(50)
    with torch.no_grad():
        single = torch.stack([nets.member(i)(x) for i in range(len(nets))])
    for chunk in (1, 7, 50, 1000):
        torch.testing.assert_close(nets.outputs(x, chunk), single, **CLOSE)
    for criterion, target in [(CE, y), (MSE, nn.functional.one_hot(y).double())]:
        found = nets.losses(x, target, criterion)
        np.testing.assert_allclose(found, [criterion(o, target).item() for o in single])
    right = [sum(int(row.argmax()) == int(k) for row, k in zip(o, y, strict=True)) for o in single]
    np.testing.assert_allclose(nets.accuracy(x, y), np.array(right) / 50)


def test_evaluation_changes_nothing():
    nets = Ensemble(noisy, SEEDS)
    before = state(nets)
    nets.outputs(data()[0])
    with pytest.raises(RuntimeError):
        nets.outputs(torch.zeros(5, 9, dtype=torch.float64))
    assert all(torch.equal(v, before[k]) for k, v in state(nets).items())
    nets.train(*data(), OPTIMIZERS["adam"], BATCH, 1)  # in train mode: statistics move
    assert not torch.equal(nets.buffers["1.running_mean"], before["1.running_mean"])


def test_a_member_is_a_copy_in_eval_mode():
    nets = Ensemble(noisy, SEEDS)
    member = nets.member(1)
    assert not member.training
    with torch.no_grad():
        member[0].weight.zero_()
    assert nets.parameters["0.weight"][1].abs().min() > 0


def test_tied_weights_and_buffers_that_are_not_saved():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
            self.second.weight = self.first.weight
            self.register_buffer("shift", torch.randn(4), persistent=False)

        def forward(self, x):
            return self.second(torch.tanh(self.first(x)) + self.shift)

    def make():
        return Tied().double()

    nets = Ensemble(make, SEEDS)
    alone = ordinary(nets, OPTIMIZERS["adam"])
    nets.train(*data(), OPTIMIZERS["adam"], BATCH, EPOCHS)
    for i, steps in enumerate(alone):
        member = nets.member(i)
        for name, value in member.state_dict().items():
            torch.testing.assert_close(value, steps[-1][name], **CLOSE)
        torch.testing.assert_close(member(data()[0]), nets.outputs(data()[0])[i], **CLOSE)


def test_an_ensemble_learns_digits():
    train, test = load("digits").split(1024)

    def make():
        return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))

    nets = Ensemble(make, range(4))
    assert nets.accuracy(test.x, test.y).max() < 0.4
    run = nets.train(train.x, train.y, lambda p: torch.optim.Adam(p, lr=0.01), 64, 10)
    assert nets.accuracy(test.x, test.y).min() > 0.85
    assert (run.losses[-1] < 0.3 * run.losses[0]).all()
    assert not run.diverged.any()


# evaluations and targets


def test_evaluations_come_every_so_many_updates_and_at_the_end():
    nets = Ensemble(mlp, SEEDS)
    assert nets.train(*data(), OPTIMIZERS["adam"], BATCH, 0).updates.tolist() == [0]
    assert nets.train(*data(), OPTIMIZERS["adam"], BATCH, 2).updates.tolist() == [0, 3, 6]
    run = nets.train(
        *data(), OPTIMIZERS["adam"], BATCH, 3, every=4, observe={"rows": lambda nets: range(5)}
    )
    assert run.updates.tolist() == [0, 4, 8, 9]
    assert run.losses.shape == (4, 4) and run.observed["rows"].shape == (4, 5)
    np.testing.assert_array_equal(run.losses[-1], nets.losses(*data()))


@pytest.mark.parametrize("rates", [None, np.full(4, 0.02)])
def test_a_member_at_its_target_is_frozen_and_the_others_go_on(rates):
    free, whole = watched(Ensemble(normalized, SEEDS), OPTIMIZERS["adam"], rates=rates)
    ends = whole.losses.min(axis=0)
    target = np.sort(ends)[1:3].mean()  # two members reach it, two do not
    seen, run = watched(Ensemble(normalized, SEEDS), OPTIMIZERS["adam"], rates=rates, target=target)
    assert sorted(run.reached >= 0) == [False, False, True, True]
    for i, reached in enumerate(run.reached):
        below = np.flatnonzero(whole.losses[:, i] <= target)
        assert reached == (below[0] if len(below) else -1)
        for t, stacked in enumerate(seen):
            came = free[t if reached < 0 else min(t, reached)]
            for name, values in stacked.items():
                assert torch.equal(values[i], came[name][i]), (i, t, name)


def test_training_ends_once_all_have_reached_the_target():
    nets = Ensemble(mlp, SEEDS)
    run = nets.train(*data(), OPTIMIZERS["adam"], BATCH, 50, target=1e9)
    assert run.updates.tolist() == [0] and run.reached.tolist() == [0, 0, 0, 0]
    whole = Ensemble(mlp, SEEDS).train(*data(), OPTIMIZERS["adam"], BATCH, 50)
    target = whole.losses[20].max()
    run = Ensemble(mlp, SEEDS).train(*data(), OPTIMIZERS["adam"], BATCH, 50, target=target)
    assert run.updates[-1] == run.reached.max() <= 60 and run.reached.min() >= 0


def test_a_diverging_member_touches_no_other():
    rates = np.array([0.05, 1e200, 0.05, 0.05])
    seen, run = watched(Ensemble(normalized, SEEDS), OPTIMIZERS["momentum"], rates=rates, target=0)
    calm, _ = watched(Ensemble(normalized, SEEDS), OPTIMIZERS["momentum"], rates=np.full(4, 0.05))
    assert run.diverged.tolist() == [False, True, False, False]
    assert run.reached.tolist() == [-1] * 4
    others = [0, 2, 3]
    for stacked, expected in zip(seen, calm, strict=True):
        assert all(torch.equal(v[others], expected[k][others]) for k, v in stacked.items())


# checkpoints


class Stop(Exception):
    pass


def _run(path, make=noisy, stop=None, **options):
    """Train with a checkpoint at `path`; raise at the evaluation after `stop` updates."""
    nets = Ensemble(make, options.pop("seeds", SEEDS))

    def norm(nets):
        if stop is not None and norm.updates == stop:
            raise Stop
        norm.updates += 1
        return [p.detach().norm().item() for p in nets.parameters["0.weight"]]

    norm.updates = 0
    defaults = {
        "optimizer": OPTIMIZERS["adam"], "batch": BATCH, "epochs": EPOCHS, "every": 1,
        "scheduler": SCHEDULERS["warmup"], "observe": {"norm": norm}, "checkpoint": path,
    }  # fmt: skip
    x, y = options.pop("data", data())
    return nets, nets.train(x, y, **(defaults | options))


@pytest.mark.parametrize("stop", [1, 4, 9])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"make": mlp},
        {"rates": RATES, "scheduler": SCHEDULERS["sequence"]},
        {"target": 0.86, "scheduler": SCHEDULERS["cycle"], "optimizer": OPTIMIZERS["momentum"]},
        {"order": "replacement", "scheduler": None, "optimizer": OPTIMIZERS["rmsprop"]},
    ],
    ids=["dropout", "plain", "rates", "target", "replacement"],
)
def test_an_interrupted_run_ends_with_the_same_numbers(tmp_path, stop, options):
    whole, expected = _run(None, **options)
    if "target" in options:  # some are frozen, not all
        assert 0 < sum(expected.reached >= 0) < len(whole)
    path = tmp_path / "run.pt"
    with pytest.raises(Stop):
        _run(path, stop=stop, **options)
    nets, run = _run(path, stop=EPOCHS * 3 + 1 - stop, **options)  # makes no update twice
    after = state(nets)
    assert all(torch.equal(v, after[k]) for k, v in state(whole).items())
    for name in ("updates", "losses", "reached"):
        np.testing.assert_array_equal(getattr(run, name), getattr(expected, name))
    np.testing.assert_array_equal(run.observed["norm"], expected.observed["norm"])
    assert [p.name for p in tmp_path.iterdir()] == ["run.pt"]


def test_dropout_differs_between_updates_and_members():
    def make():
        return nn.Sequential(nn.Dropout(0.5), nn.Linear(200, 1, bias=False)).double()

    x, y = torch.ones(2, 200, dtype=torch.float64), torch.zeros(2, 1, dtype=torch.float64)
    seen = []
    nets = Ensemble(make, [1, 1])
    nets.train(
        x, y, lambda p: SGD(p, lr=1e-3), 2, 2, criterion=MSE, every=1,
        observe={"seen": lambda nets: seen.append(state(nets)["1.weight"]) or 0},
    )  # fmt: skip
    kept = [(after != before) for before, after in pairwise(seen)]
    assert not torch.equal(kept[0][0], kept[0][1])
    assert not torch.equal(kept[0], kept[1])


def test_a_finished_run_is_read_and_not_made_again(tmp_path):
    path = tmp_path / "run.pt"
    nets, run = _run(path)
    again, read = _run(path, stop=0)  # would raise at the first evaluation
    assert all(torch.equal(v, state(nets)[k]) for k, v in state(again).items())
    np.testing.assert_array_equal(run.losses, read.losses)


def _wide():
    return nn.Sequential(
        nn.Linear(4, 9), nn.BatchNorm1d(9), nn.Dropout(0.5), nn.Linear(9, 3)
    ).double()


def _scaled():
    net = noisy()
    with torch.no_grad():
        net[0].weight.mul_(2)
    return net


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"seeds": [3, 0, 11, 5]}, "seeds"),
        ({"make": _wide}, "network"),
        ({"make": _scaled}, "start"),
        ({"data": (data()[0] + 1, data()[1])}, "data"),
        ({"data": (data()[0], (data()[1] + 1) % 3)}, "data"),
        ({"data": data(N + 1)}, "data"),
        ({"batch": 7}, "batch"),
        ({"epochs": 4}, "epochs"),
        ({"order": "fixed"}, "order"),
        ({"every": 2}, "every"),
        ({"target": 0.1}, "target"),
        ({"optimizer": OPTIMIZERS["adamw"]}, "optimizer"),
        ({"optimizer": lambda p: torch.optim.Adam(p, lr=0.02)}, "optimizer"),
        ({"optimizer": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.5, 0.9))}, "optimizer"),
        ({"scheduler": None}, "scheduler"),
        ({"scheduler": SCHEDULERS["cosine"]}, "scheduler"),
        ({"rates": RATES}, "rates"),
        ({"observe": {}}, "observe"),
        ({"criterion": nn.CrossEntropyLoss()}, "criterion"),
    ],
)
def test_the_checkpoint_of_another_run_is_refused_and_kept(tmp_path, options, word):
    path = tmp_path / "run.pt"
    options = {"optimizer": lambda p: torch.optim.Adam(p, lr=0.01)} | options
    with pytest.raises(Stop):
        _run(path, stop=4, optimizer=lambda p: torch.optim.Adam(p, lr=0.01))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"run\.pt is of another run: its {word} is"):
        _run(path, **options)
    assert path.read_bytes() == before


def test_schedulers_of_one_kind_are_told_apart(tmp_path):
    with pytest.raises(Stop):
        _run(tmp_path / "run.pt", stop=4, scheduler=SCHEDULERS["cosine"])
    with pytest.raises(ValueError, match="its scheduler is"):
        _run(tmp_path / "run.pt", scheduler=lambda r: lr_scheduler.CosineAnnealingLR(r, T_max=8))


def test_criteria_without_a_name_are_told_apart_by_their_kind(tmp_path):
    with pytest.raises(Stop):
        _run(tmp_path / "run.pt", stop=4, criterion=nn.CrossEntropyLoss())
    with pytest.raises(ValueError, match="its criterion is CrossEntropyLoss, this run's MultiM"):
        _run(tmp_path / "run.pt", criterion=nn.MultiMarginLoss())


def test_an_optimiser_of_another_kind_is_refused_though_its_settings_are_the_same(tmp_path):
    class Other(torch.optim.SGD):
        pass

    with pytest.raises(Stop):
        _run(tmp_path / "run.pt", stop=4, optimizer=lambda p: torch.optim.SGD(p, lr=0.1))
    with pytest.raises(ValueError, match="its optimizer is"):
        _run(tmp_path / "run.pt", optimizer=lambda p: Other(p, lr=0.1))


def _garbage(path):
    path.write_bytes(b"no checkpoint at all")


def _cut(path):
    with pytest.raises(Stop):
        _run(path, stop=4)
    path.write_bytes(path.read_bytes()[:-200])


@pytest.mark.parametrize(
    "spoil",
    [
        _garbage,
        _cut,
        lambda path: path.write_bytes(b""),
        lambda path: torch.save(torch.zeros(3), path),
        lambda path: torch.save({"arguments": 3}, path),
    ],
    ids=["garbage", "cut", "empty", "tensor", "other"],
)
def test_what_is_no_checkpoint_is_refused_and_kept(tmp_path, spoil):
    path = tmp_path / "run.pt"
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"run\.pt is no checkpoint of an ensemble"):
        _run(path)
    assert path.read_bytes() == before


class _Code:
    """What a pickle runs when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_checkpoint_cannot_run_code(tmp_path):
    torch.save({"arguments": _Code(tmp_path / "ran")}, tmp_path / "run.pt")
    with pytest.raises(ValueError, match="no checkpoint of an ensemble"):
        _run(tmp_path / "run.pt")
    assert not (tmp_path / "ran").exists()


def test_a_write_cut_short_leaves_the_last_whole_checkpoint(tmp_path, monkeypatch):
    path, save, whole = tmp_path / "run.pt", torch.save, []

    def full_disk(state, file):
        save(state, file)
        if state["done"] == 4:
            whole.append(path.read_bytes())
            file.write_bytes(file.read_bytes()[:100])
            raise OSError("no space left")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="no space left"):
        _run(path)
    assert path.read_bytes() == whole[0]
    assert [p.name for p in tmp_path.iterdir()] == ["run.pt"]


# tokens, attention, and what cannot be stacked

WORDS, LONG = 9, 7


class Reader(nn.Module):
    """Tokens to scores of the next, (N, T, WORDS), by whatever turns vectors into vectors."""

    def __init__(self, inside, dropout=0.0):
        super().__init__()
        self.embed, self.noise = nn.Embedding(WORDS, 8), nn.Dropout(dropout)
        self.inside, self.out = inside(), nn.Linear(8, WORDS)
        self.register_buffer("seen", torch.zeros(()))
        self.double()

    def forward(self, tokens, lengths=None):
        if self.training:
            self.seen += 1
        found = self.inside(self.noise(self.embed(tokens)))
        found = self.out(found[0] if isinstance(found, tuple) else found)
        if lengths is not None:
            found = found * (torch.arange(LONG) < lengths[:, None])[..., None]
        return found


class Causal(nn.Module):
    """One head of attention over what came before."""

    def __init__(self):
        super().__init__()
        self.queries = nn.Linear(8, 24)

    def forward(self, x):
        q, k, v = self.queries(x).chunk(3, dim=-1)
        return x + nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)


class Masked(nn.Module):
    """An encoder of torch's own, with a mask of what is padding."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2)

    def forward(self, x):
        padding = (torch.arange(x.shape[1]) > 4).expand(x.shape[:2])
        return self.layers(x, src_key_padding_mask=padding)


READERS = {
    "attention": Causal,
    "encoder": lambda: nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True),
    "masked encoder": Masked,
    "LSTM": lambda: nn.LSTM(8, 8, batch_first=True),
    "GRU": lambda: nn.GRU(8, 8, batch_first=True),
}


def text():
    rng = np.random.default_rng(1)
    tokens = torch.from_numpy(rng.integers(WORDS, size=(N, LONG + 1)))
    return tokens[:, :-1], tokens[:, 1:]


def next_word(scores, words):
    return CE(scores.flatten(0, -2), words.flatten())


@pytest.mark.parametrize("inside", READERS.values(), ids=READERS)
# an encoder alone says so of padding, which it computes the plain way while it is trained
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_tokens_through_attention_and_recurrence_as_in_the_ordinary_loop(inside):
    nets, (x, y) = Ensemble(lambda: Reader(inside), SEEDS), text()
    alone = [
        _alone(nets.member(i), x, y, seed, _adam, None, "shuffled", next_word, BATCH)
        for i, seed in enumerate(SEEDS)
    ]
    quick = torch.backends.mha.get_fastpath_enabled()
    nets.train(x, y, _adam, BATCH, EPOCHS, criterion=next_word)
    assert torch.backends.mha.get_fastpath_enabled() == quick
    agree([state(nets)], [steps[-1:] for steps in alone])
    told = slice(5 if inside is Masked else LONG)  # at padding torch's quick kernel writes zeros
    for i, outputs in enumerate(nets.outputs(x, chunk=5)):
        torch.testing.assert_close(outputs[:, told], nets.member(i)(x)[:, told], **CLOSE)


def test_what_cannot_be_stacked_draws_its_own_noise_and_resumes(tmp_path):
    def make():
        return Reader(READERS["GRU"], dropout=0.5)

    x, y = text()

    def run(epochs, path):
        nets = Ensemble(make, SEEDS)
        nets.train(x, y, _adam, N, epochs, criterion=next_word, checkpoint=path)
        return state(nets)

    whole = run(3, tmp_path / "whole.pt")
    nets, seen = Ensemble(make, SEEDS), []

    def stop(nets):
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt

    for _ in range(2):
        with contextlib.suppress(KeyboardInterrupt):
            nets = Ensemble(make, SEEDS)
            nets.train(
                x, y, _adam, N, 3, criterion=next_word, checkpoint=tmp_path / "run.pt",
                observe={"stop": lambda nets: stop(nets) or 0},
            )  # fmt: skip
    assert all(torch.equal(value, whole[name]) for name, value in state(nets).items())
    assert torch.equal(whole["seen"], torch.full((len(SEEDS),), 3.0, dtype=torch.float64))


@pytest.mark.parametrize("inside", [READERS["attention"], READERS["LSTM"]])
def test_several_inputs_by_place_and_by_name(inside):
    nets, (x, y) = Ensemble(lambda: Reader(inside), SEEDS), text()
    lengths = torch.arange(N) % LONG + 1
    x = x.masked_fill(torch.arange(LONG) >= lengths[:, None], 0)
    found = {}
    for given in ((x, lengths), {"lengths": lengths, "tokens": x}):
        nets = Ensemble(lambda: Reader(inside), SEEDS)
        run = nets.train(given, y, _adam, BATCH, 1, criterion=next_word)
        member = nets.member(2)
        expected = next_word(member(x, lengths), y).item()
        assert run.losses[-1, 2] == pytest.approx(expected, rel=1e-12)
        found[type(given)] = state(nets)
    first, second = found.values()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


@pytest.mark.parametrize("rows", [slice(3, 9), [5, 1, 1], np.arange(4), torch.tensor([20])])
def test_losses_over_some_rows_and_the_same_training(rows):
    x, y = data()
    nets, plain = Ensemble(mlp, SEEDS), Ensemble(mlp, SEEDS)
    run = nets.train(x, y, _adam, BATCH, 2, evaluate_rows=rows)
    plain.train(x, y, _adam, BATCH, 2)
    assert all(torch.equal(value, state(plain)[k]) for k, value in state(nets).items())
    expected = [CE(nets.member(i)(x[rows]), y[rows]).item() for i in range(len(SEEDS))]
    np.testing.assert_allclose(run.losses[-1], expected, rtol=1e-12)


def test_a_checkpoint_with_other_rows_is_refused(tmp_path):
    (x, y), path = data(), tmp_path / "run.pt"
    Ensemble(mlp, SEEDS).train(x, y, _adam, BATCH, 1, evaluate_rows=slice(4), checkpoint=path)
    with pytest.raises(ValueError, match="its evaluate_rows is"):
        Ensemble(mlp, SEEDS).train(x, y, _adam, BATCH, 1, evaluate_rows=[0], checkpoint=path)


# what is refused


def test_wrong_members_are_refused():
    with pytest.raises(ValueError, match="one or more"):
        Ensemble(mlp, [])
    with pytest.raises(ValueError, match=r"from 0; received \[2, -1\]"):
        Ensemble(mlp, [2, -1])
    with pytest.raises(TypeError, match="float"):
        Ensemble(mlp, [0.5])
    with pytest.raises(TypeError, match="returns a torch module; received Tensor"):
        Ensemble(lambda: torch.zeros(3), [0])
    with pytest.raises(ValueError, match="Flatten has no parameters"):
        Ensemble(nn.Flatten, [0])
    with pytest.raises(ValueError, match="different shapes"):
        Ensemble(lambda: nn.Linear(2, int(torch.randint(1, 1000, ()))), [0, 1])


def _adam(p):
    return torch.optim.Adam(p, lr=0.01)


def _ready():
    return torch.optim.Adam([torch.zeros(2, requires_grad=True)])


X, Y = data()


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"x": X.cfloat()}, TypeError, r"x is a tensor of numbers.*received torch\.complex64"),
        ({"x": X.numpy()}, TypeError, "x is a tensor of numbers, or a tuple.*received float64"),
        ({"x": (X, X[1:])}, ValueError, "received 21 and 22 and 22"),
        ({"x": [[1.0]]}, TypeError, "received float"),
        ({"y": Y.tolist()}, TypeError, "y is a tensor; received list"),
        ({"x": X.where(X < 1, float("nan"))}, ValueError, "x holds values that are not finite"),
        ({"y": X.where(X < 1, float("inf"))}, ValueError, "y holds values that are not finite"),
        ({"y": Y[:-1]}, ValueError, "received 22 and 21"),
        ({"x": X[:0], "y": Y[:0]}, ValueError, "received 0 and 0"),
        ({"batch": 0}, ValueError, "from 1 to N = 22; received 0"),
        ({"batch": 23}, ValueError, "from 1 to N = 22; received 23"),
        ({"order": "random"}, ValueError, "received 'random'"),
        ({"epochs": -1}, ValueError, "0 or more; received -1"),
        ({"epochs": 1.5}, ValueError, r"received 1\.5"),
        ({"every": 0}, ValueError, "from 1, or None; received 0"),
        ({"evaluate_rows": slice(0)}, ValueError, "holds no row of N = 22; received slice"),
        ({"evaluate_rows": [0, 22]}, ValueError, r"below N = 22; received \[0, 22\]"),
        ({"evaluate_rows": "all"}, ValueError, "below N = 22; received 'all'"),
        ({"optimizer": torch.optim.LBFGS}, TypeError, "LBFGS does not work element by element"),
        ({"optimizer": _ready()}, TypeError, "a function of the parameters.*received Adam"),
        ({"optimizer": "adam"}, TypeError, "received str"),
        ({"optimizer": len}, TypeError, "returns a torch optimiser; received int"),
        ({"rates": [0.1, 0.2]}, ValueError, r"4 numbers, 0 or more; received \[0\.1"),
        ({"rates": [0.1, 0.2, 0.3, -1]}, ValueError, "4 numbers, 0 or more"),
        ({"rates": [0.1, 0.2, 0.3, np.nan]}, ValueError, "4 numbers, 0 or more"),
        ({"rates": RATES, "optimizer": torch.optim.Rprop}, TypeError, "Rprop's steps are not"),
        ({"rates": RATES, "optimizer": lambda p: SGD(p, lr=0.0)}, ValueError, "one rate above 0"),
        ({"scheduler": lr_scheduler.ReduceLROnPlateau}, TypeError, "every member has its own"),
        (
            {"criterion": nn.CrossEntropyLoss(reduction="none")},
            ValueError,
            r"received shape \(22,\)",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_training(options, error, match):
    nets = Ensemble(mlp, SEEDS)
    before = state(nets)
    defaults = {"x": X, "y": Y, "optimizer": _adam, "batch": BATCH, "epochs": 1}
    with pytest.raises(error, match=match):
        nets.train(**(defaults | options))
    assert all(torch.equal(v, before[k]) for k, v in state(nets).items())


def test_a_wrong_order_is_refused_though_each_batch_is_the_whole_set():
    nets, (x, y) = Ensemble(mlp, SEEDS), data()
    with pytest.raises(ValueError, match="received 'random'"):
        nets.train(x, y, lambda p: torch.optim.SGD(p, lr=0.1), len(x), 1, order="random")


# shapes that torch would broadcast


def regression():
    return nn.Linear(4, 1).double()


def test_classes_of_another_shape_are_refused():
    nets, (x, y) = Ensemble(mlp, SEEDS), data()
    with pytest.raises(ValueError, match=r"of shape \(22,\); received \(22, 1\)"):
        nets.accuracy(x, y[:, None])
    with pytest.raises(ValueError, match=r"of shape \(22,\); received \(1,\)"):
        nets.accuracy(x, y[:1])
    for criterion in (CE, nn.CrossEntropyLoss()):
        with pytest.raises((ValueError, RuntimeError), match=r"target|of shape"):
            nets.train(x, y[:, None], _adam, BATCH, 1, criterion=criterion)


CROSSED = {
    "mse": MSE,
    "module": nn.MSELoss(),
    "smooth": nn.functional.smooth_l1_loss,
    "own": lambda o, y: ((o - y) ** 2).mean(),
    "turned": lambda o, y: ((y - o) ** 2).mean(),
    "after a sigmoid": lambda o, y: (o.sigmoid() - y.double()).abs().mean(),
}


@pytest.mark.parametrize("criterion", CROSSED.values(), ids=CROSSED)
def test_outputs_and_targets_that_are_broadcast_are_refused(criterion):
    x, y = data()[0], torch.randn(N, dtype=torch.float64)
    nets = Ensemble(regression, SEEDS)
    before = state(nets)
    for call in (
        lambda: nets.train(x, y, _adam, BATCH, 1, criterion=criterion),
        lambda: nets.losses(x, y, criterion),
    ):
        with pytest.raises(ValueError, match=r"outputs \(22, 1\) and y \(22,\)"):
            call()
    assert all(torch.equal(v, before[k]) for k, v in state(nets).items())
    alike = [criterion(nets.member(i)(x), y[:, None]).item() for i in range(len(nets))]
    np.testing.assert_allclose(nets.losses(x, y[:, None], criterion), alike, rtol=1e-12)


def test_criteria_that_bring_shapes_together_themselves_are_taken():
    x, y = data()[0], torch.randn(N, dtype=torch.float64)
    nets = Ensemble(regression, SEEDS)
    for criterion in (
        lambda o, y: MSE(o[:, 0], y),
        lambda o, y: MSE(o, y[:, None]),
        lambda o, y: MSE(o.squeeze(-1), y.double()) + 0.1 * y.mean(),
        lambda o, y: (o[:, 0] - y).square().mean() / y.square().mean(),
    ):
        expected = [criterion(nets.member(i)(x), y).item() for i in range(len(nets))]
        np.testing.assert_allclose(nets.losses(x, y, criterion), expected, rtol=1e-12)


# checkpoints of another criterion or of other groups

SMOOTHED = partial(CE, label_smoothing=0.1)


def _weighed(weight):
    return lambda outputs, y: CE(outputs, y) * weight


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (nn.CrossEntropyLoss(), nn.CrossEntropyLoss(label_smoothing=0.1)),
        (nn.CrossEntropyLoss(), nn.CrossEntropyLoss(weight=torch.ones(3).double())),
        (SMOOTHED, partial(CE, label_smoothing=0.2)),
        (_weighed(1.0), _weighed(2.0)),
        (lambda o, y: CE(o, y), lambda o, y: CE(o, y) + 1),
    ],
)
def test_criteria_with_other_settings_are_told_apart(tmp_path, one, other):
    with pytest.raises(Stop):
        _run(tmp_path / "run.pt", stop=4, criterion=one)
    with pytest.raises(ValueError, match="its criterion's settings is"):
        _run(tmp_path / "run.pt", criterion=other)
    _run(tmp_path / "run.pt", criterion=one)


def test_groups_and_schedules_with_other_settings_are_told_apart(tmp_path):
    def grouped(rate):
        return lambda p: SGD([{"params": p[:2], "lr": rate}, {"params": p[2:]}], lr=0.1)

    def otherwise(p):
        return SGD([{"params": p[:1], "lr": 0.2}, {"params": p[1:]}], lr=0.1)

    path = tmp_path / "run.pt"
    with pytest.raises(Stop):
        _run(path, stop=4, optimizer=grouped(0.2), scheduler=None)
    for other in (grouped(0.3), otherwise):
        with pytest.raises(ValueError, match="its optimizer's groups is"):
            _run(path, optimizer=other, scheduler=None)
    _run(path, optimizer=grouped(0.2), scheduler=None)

    def falling(power):
        return lambda rule: lr_scheduler.LambdaLR(rule, lambda t: 1 / (t + 1) ** power)

    with pytest.raises(Stop):
        _run(tmp_path / "other.pt", stop=4, scheduler=falling(1))
    with pytest.raises(ValueError, match="its scheduler's functions is"):
        _run(tmp_path / "other.pt", scheduler=falling(2))


# what torch would say in its own depths


@pytest.mark.parametrize(
    "criterion",
    [
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]).double(), label_smoothing=0.1),
        lambda o, y: CE(o[y > 0], y[y > 0]),
    ],
    ids=["smoothed and weighed", "masked"],
)
def test_a_criterion_that_cannot_be_stacked_is_taken_one_by_one(criterion):
    nets = Ensemble(mlp, SEEDS)
    alone = ordinary(nets, OPTIMIZERS["momentum"], criterion=criterion)
    seen, _ = watched(nets, OPTIMIZERS["momentum"], criterion=criterion)
    agree(seen, alone)


def test_networks_that_return_several_things_need_a_criterion_of_all():
    nets = Ensemble(lambda: nn.LSTM(4, 3, batch_first=True).double(), SEEDS)
    x, y = data()[0][:, None], torch.zeros(N, 1, 3, dtype=torch.float64)
    for criterion in (MSE, CE, nn.MSELoss()):
        with pytest.raises(TypeError, match="takes one tensor, and the networks return a tuple"):
            nets.losses(x, y, criterion)
    with pytest.raises(TypeError, match="takes one tensor"):
        nets.accuracy(x, data()[1])
    found = nets.losses(x, y, lambda o, y: MSE(o[0], y))
    expected = [MSE(nets.member(i)(x)[0], y).item() for i in range(len(nets))]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(ValueError, match="examples first"):
        nets.outputs(x, chunk=11)  # the state is (layers, N, H)


@pytest.mark.parametrize(
    ("scheduler", "told"),
    [
        (lambda rule: [lr_scheduler.StepLR(rule, 1), lr_scheduler.StepLR(rule, 2)], "list of 2"),
        ([lr_scheduler.StepLR], "received list"),
        (lambda rule: 0.1, "received float"),
    ],
)
def test_what_is_no_scheduler_is_refused(scheduler, told):
    with pytest.raises(TypeError, match=told):
        Ensemble(mlp, SEEDS).train(*data(), _adam, BATCH, 1, scheduler=scheduler)


def test_networks_without_values_are_refused():
    with pytest.raises(ValueError, match="weight of make\\(\\)'s network is lazy"):
        Ensemble(lambda: nn.LazyLinear(3), SEEDS)
    with pytest.raises(ValueError, match="on the meta device"):
        Ensemble(lambda: nn.Linear(3, 2, device="meta"), SEEDS)


def test_cached_weights_are_those_of_each_member():
    def make():
        return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 1, bias=False)))

    nets, x = Ensemble(make, range(3)), torch.randn(5, 3)
    wanted = nets.outputs(x)
    with nn.utils.parametrize.cached():
        nets.template(x)
        assert torch.equal(nets.outputs(x), wanted)
    assert not torch.allclose(wanted[0], wanted[1])
