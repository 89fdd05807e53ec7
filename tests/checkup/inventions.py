"""Trainings that were made up after the rules: one mistake each, broken or mended, and odd healthy.

`BROKEN` has (label, setup) by name, `HEALTHY` setups; `setup(seed, fixed)` gives what `examine`
wants, and `loop(t, updates)` trains it. No rule was written for one of them.
"""

from types import SimpleNamespace

import torch
from sklearn import datasets
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

BROKEN, HEALTHY = {}, {}


def broken(label):
    return lambda function: BROKEN.setdefault(function.__name__, (label, function))


def healthy(function):
    HEALTHY[function.__name__] = lambda seed, fixed=True: function(seed)
    return function


def digits():
    data = datasets.load_digits()
    x = torch.tensor(data.images / 16, dtype=torch.float32)[:, None]
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(9))
    return ((x - x.mean()) / x.std())[order], torch.tensor(data.target)[order]


def plane(n=1200, d=8, outputs=1):
    g = torch.Generator().manual_seed(4)
    x, w = torch.randn(n, d, generator=g), torch.randn(d, outputs, generator=g)
    return x, torch.tanh(x @ w / 2) + 0.05 * torch.randn(n, outputs, generator=g)


def training(seed, model, x, y, loss, lr=0.1, size=32, optimizer=None, **more):
    """A seeded training on three quarters of (x, y); `loss(t, x, y)` is what it learns from."""
    cut = 3 * len(x) // 4
    g = torch.Generator().manual_seed(seed)
    batches = DataLoader(TensorDataset(x[:cut], y[:cut]), size, shuffle=True, generator=g)
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    test = more.pop("test", (x[cut:], y[cut:]))
    return SimpleNamespace(
        model=model, optimizer=optimizer, batches=batches, test=test, loss=loss, **more
    )


def loop(t, updates):
    done = 0
    while done < updates:
        for batch in t.batches:
            x, y = batch.values() if isinstance(batch, dict) else batch
            t.model.train()
            t.optimizer.zero_grad()
            t.loss(t, x, y).backward()
            getattr(t, "before_step", lambda t: None)(t)
            t.optimizer.step()
            done += 1
            if done == updates:
                return


def cross(t, x, y):
    return F.cross_entropy(t.model(x), y)


def conv(*last):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64, 10), *last,
    )  # fmt: skip


def mlp(d, k, width=32, act=nn.ReLU, depth=1):
    hidden = [layer for _ in range(depth) for layer in (nn.Linear(width, width), act())]
    return nn.Sequential(nn.Flatten(), nn.Linear(d, width), act(), *hidden, nn.Linear(width, k))


@broken("clip_too_low")
def pictures_clipped(seed, fixed=False):
    torch.manual_seed(seed)
    limit = 1.0 if fixed else 1e-3
    clip = lambda t: nn.utils.clip_grad_norm_(t.model.parameters(), limit)  # noqa: E731
    return training(seed, conv(), *digits(), cross, lr=0.05, before_step=clip)


@broken("momentum_too_high")
def heavy_ball(seed, fixed=False):
    torch.manual_seed(seed)
    model, (x, y) = mlp(8, 1), plane()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9 if fixed else 0.999)
    return training(seed, model, x, y, lambda t, x, y: F.mse_loss(t.model(x), y), 0, 32, optimizer)


@broken("start_too_large")
def wild_start(seed, fixed=False):
    torch.manual_seed(seed)
    model = mlp(64, 10, depth=2)
    for layer in model:
        if isinstance(layer, nn.Linear) and not fixed:
            nn.init.normal_(layer.weight, std=1.0)
    return training(seed, model, *digits(), cross, lr=0.05)


@broken("start_too_small")
def timid_start(seed, fixed=False):
    torch.manual_seed(seed)
    model = mlp(64, 10, depth=4, width=64)
    for layer in model:
        if isinstance(layer, nn.Linear) and not fixed:
            nn.init.normal_(layer.weight, std=1e-3)
    return training(seed, model, *digits(), cross, lr=0.05)


@broken("sigmoid_twice")
def marks_squashed(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = plane(d=6, outputs=3)
    loss = lambda t, x, y: F.binary_cross_entropy(  # noqa: E731
        t.model(x) if fixed else torch.sigmoid(t.model(x)), y
    )
    model = nn.Sequential(mlp(6, 3), nn.Sigmoid())
    return training(seed, model, x, (y > 0.4).float(), loss, lr=0.1)


@broken("loss_not_averaged")
def summed_by_hand(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = plane(d=8, outputs=4)

    def loss(t, x, y):
        error = (t.model(x) - y) ** 2
        return error.mean() if fixed else error.sum()

    return training(seed, mlp(8, 4), x, y, loss, lr=0.05, size=64)


@broken("classes_imbalanced")
def rare_faults(seed, fixed=False):
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(2)
    x = torch.randn(4000, 6, generator=g)
    y = (x[:, 0] + 0.7 * torch.randn(4000, generator=g) > 2.3).float()[:, None]
    weight = torch.tensor(30.0 if fixed else 1.0)
    loss = lambda t, x, y: F.binary_cross_entropy_with_logits(  # noqa: E731
        t.model(x), y, pos_weight=weight
    )
    return training(seed, mlp(6, 1), x, y, loss, lr=0.02, size=64)


@broken("nan_in_loss")
def rooted_distance(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = plane(d=8, outputs=2)
    x[::9] = 0
    eps = 1e-6 if fixed else 0.0

    class Length(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.out = nn.Linear(8, 24, bias=False), nn.Linear(25, 2)

        def forward(self, x):
            h = self.inner(x)
            return self.out(torch.cat([h, (h.pow(2).sum(1, keepdim=True) + eps).sqrt()], 1))

    return training(seed, Length(), x, y, lambda t, x, y: F.mse_loss(t.model(x), y), lr=0.05)


class Reader(nn.Module):
    """Two layers of a recurrent network over the rows of a digit."""

    def __init__(self, p):
        super().__init__()
        self.rnn = nn.GRU(8, 16, num_layers=2, batch_first=True, dropout=p)
        self.out = nn.Linear(16, 10)

    def forward(self, x):
        return self.out(self.rnn(x[:, 0])[0][:, -1])


@broken("dropout_too_high")
def recurrent_dropout(seed, fixed=False):
    torch.manual_seed(seed)
    model = Reader(0.1 if fixed else 0.97)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    return training(seed, model, *digits(), cross, 0, 32, optimizer)


@broken("norm_statistics_stale")
def lazy_statistics(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = digits()
    momentum = 0.1 if fixed else 1e-4
    layers = [(nn.LazyConv2d(8, 3, padding=1), nn.LazyBatchNorm2d(momentum=momentum), nn.ReLU())]
    for _ in range(3):
        block = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8, momentum=momentum), nn.ReLU()
        layers.append((*block, nn.AvgPool2d(2) if len(layers) < 3 else nn.Identity()))
    model = nn.Sequential(*(m for each in layers for m in each), nn.Flatten(), nn.LazyLinear(10))
    model(x[:8])
    return training(seed, model, x, y, cross, lr=0.05)


@broken("capacity_too_small")
def one_unit(seed, fixed=False):
    torch.manual_seed(seed)
    return training(seed, mlp(64, 10, width=48 if fixed else 1, depth=0), *digits(), cross, 0.03)


@broken("preprocessing_mismatch")
def raw_test(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = digits()
    test = (x[1300:], y[1300:]) if fixed else (x[1300:] * 60 + 80, y[1300:])
    return training(seed, conv(), x, y, cross, lr=0.05, test=test)


@broken("output_units_wrong")
def softmax_of_one(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = plane(d=6)
    model = nn.Sequential(mlp(6, 1), nn.Sigmoid() if fixed else nn.Softmax(dim=1))
    loss = lambda t, x, y: F.binary_cross_entropy(t.model(x), y)  # noqa: E731
    return training(seed, model, x, (y > 0.1).float(), loss, lr=0.1)


@broken("probabilities_expected")
def divergence_of_probabilities(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = plane(d=8, outputs=5)
    model = nn.Sequential(mlp(8, 5), nn.LogSoftmax(1) if fixed else nn.Softmax(1))
    loss = lambda t, x, y: F.kl_div(t.model(x), y, reduction="batchmean")  # noqa: E731
    return training(seed, model, x, (4 * y).softmax(1), loss, lr=0.05)


@broken("squared_error_on_softmax")
def brier_in_the_loop(seed, fixed=False):
    torch.manual_seed(seed)

    def loss(t, x, y):
        if fixed:
            return F.cross_entropy(t.model(x), y)
        return F.mse_loss(t.model(x).softmax(1), F.one_hot(y, 10).float())

    return training(seed, conv(), *digits(), loss, lr=0.01)


@broken("weight_decay_too_large")
def penalty_in_the_loss(seed, fixed=False):
    torch.manual_seed(seed)
    weight = 1e-5 if fixed else 0.1

    def loss(t, x, y):
        return cross(t, x, y) + weight * sum(p.pow(2).sum() for p in t.model.parameters())

    return training(seed, conv(), *digits(), loss, lr=0.02)


@broken("labels_noisy")
def wrong_marks(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = digits()
    g = torch.Generator().manual_seed(seed)
    wrong = torch.rand(500, generator=g) < (0 if fixed else 0.6)
    test = (x[1348:], y[1348:])
    y = y.clone()
    y[:500][wrong] = torch.randint(10, (int(wrong.sum()),), generator=g)
    model = mlp(64, 10, width=128)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    return training(seed, model, x[:667], y[:667], cross, 0, 32, optimizer, test=test)


@broken("batch_too_large_for_budget")
def whole_set(seed, fixed=False):
    torch.manual_seed(seed)
    return training(seed, mlp(64, 10), *digits(), cross, lr=0.03, size=32 if fixed else 1347)


@healthy
def words_with_padding(seed):
    """Sequence labelling, where padding is left out of the loss."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(3)
    x = torch.randint(1, 20, (800, 9), generator=g)
    y = (x + x.roll(1, 1)) % 4
    y[torch.arange(9)[None] >= torch.randint(4, 10, (800, 1), generator=g)] = -100

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(20, 24)
            self.conv = nn.Sequential(nn.Conv1d(24, 64, 3, padding=1), nn.ReLU())
            self.out = nn.Linear(64, 4)

        def forward(self, x):
            return self.out(self.conv(self.embed(x).mT).mT)

    model = Tagger()
    loss = lambda t, x, y: F.cross_entropy(t.model(x).mT, y)  # noqa: E731
    return training(seed, model, x, y, loss, 0, 32, torch.optim.Adam(model.parameters(), lr=1e-2))


@healthy
def counts(seed):
    torch.manual_seed(seed)
    x, y = plane(d=6)
    y = torch.poisson(torch.exp(1 + 1.5 * y), generator=torch.Generator().manual_seed(1))
    return training(
        seed, mlp(6, 1), x, y, lambda t, x, y: F.poisson_nll_loss(t.model(x), y), lr=0.01
    )


@healthy
def soft_targets(seed):
    torch.manual_seed(seed)
    x, y = plane(d=8, outputs=5)
    return training(seed, mlp(8, 5), x, (4 * y).softmax(1), cross, lr=0.05)


@healthy
def variational(seed):
    torch.manual_seed(seed)
    x, _ = digits()
    x = (x.flatten(1) > 0).float()

    class Auto(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc, self.dec = nn.Linear(64, 24), nn.Linear(12, 64)
            self.kl = 0.0

        def forward(self, x):
            m, v = self.enc(x).chunk(2, 1)
            self.kl = -0.5 * (1 + v - m**2 - v.exp()).sum(1).mean()
            z = m + torch.randn_like(m) * (0.5 * v).exp() if self.training else m
            return torch.sigmoid(self.dec(z))

    def loss(t, x, y):
        return F.binary_cross_entropy(t.model(x), y, reduction="sum") / len(x) + 0.5 * t.model.kl

    model = Auto()
    return training(seed, model, x, x, loss, 0, 32, torch.optim.Adam(model.parameters(), lr=1e-2))


@healthy
def connected(seed):
    """Connectionist temporal classification of short codes."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(1)
    y = torch.randint(1, 5, (400, 3), generator=g)
    x = torch.zeros(400, 12, 5)
    x[:, 1::4] = F.one_hot(y, 5).float()
    x = x + 0.1 * torch.randn(400, 12, 5, generator=g)

    def loss(t, x, y):
        out = t.model(x).log_softmax(-1).transpose(0, 1)
        n = len(x)
        return F.ctc_loss(out, y, torch.full((n,), 12), torch.full((n,), 3))

    model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 5))
    return training(seed, model, x, y, loss, 0, 20, torch.optim.Adam(model.parameters(), lr=1e-2))


@healthy
def adversaries(seed):
    """A generator and a judge of a ring's points, each with its optimiser."""
    torch.manual_seed(seed)
    angle = 6.28 * torch.rand(1200, generator=torch.Generator().manual_seed(1))
    x = torch.stack([angle.cos(), angle.sin()], 1)
    model = nn.ModuleDict({"g": mlp(4, 2), "d": mlp(2, 1)})
    first, second = (torch.optim.Adam(model[k].parameters(), 2e-3, (0.5, 0.9)) for k in "dg")
    model.forward = lambda z: model["g"](z)

    def loss(t, x, y):
        fake = t.model(torch.randn(len(x), 4))
        score = t.model["d"](torch.cat([x, fake.detach()]))
        real = torch.arange(len(score))[:, None] < len(x)
        t.judge.zero_grad()
        F.binary_cross_entropy_with_logits(score, real.float()).backward()
        t.judge.step()
        return F.binary_cross_entropy_with_logits(t.model["d"](fake), torch.ones(len(x), 1))

    return training(seed, model, x, x, loss, 0, 32, second, judge=first, test=None)


@healthy
def entries_by_name(seed):
    """Batches that are dicts."""
    torch.manual_seed(seed)
    x, y = digits()
    model, cut = conv(), 1300

    class Batches:
        def __iter__(self):
            for rows in torch.randperm(cut).split(32):
                yield {"pixels": x[rows], "label": y[rows]}

    t = training(seed, model, x, y, cross, lr=0.05)
    t.batches = Batches()
    return t


@healthy
def directions(seed):
    """Vectors learnt by the cosine of the angle to their targets."""
    torch.manual_seed(seed)
    x, y = plane(d=8, outputs=6)
    loss = lambda t, x, y: F.cosine_embedding_loss(t.model(x), y, torch.ones(len(x)))  # noqa: E731
    return training(seed, mlp(8, 6), x, y, loss, lr=0.05)


@healthy
def several_marks(seed):
    torch.manual_seed(seed)
    x, y = plane(d=6, outputs=5)
    loss = lambda t, x, y: F.binary_cross_entropy_with_logits(t.model(x), y)  # noqa: E731
    return training(seed, mlp(6, 5), x, (y > 0.2).float(), loss, lr=0.1)
