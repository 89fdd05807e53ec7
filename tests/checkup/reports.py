"""Trainings after what people report in public, scored before any rule was changed for them.

`BROKEN` and `HEALTHY` have them by name, each like a case: `setup(seed, fixed)`,
`loop(t, on_step, updates)`, `CAUSE` and `ALSO`. Kinds that neither `cases` nor `inventions` hold.
"""

from types import SimpleNamespace

import torch
from sklearn import datasets
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from tests.checkup.inventions import conv, cross, digits, mlp, plane, training
from tests.checkup.inventions import loop as usual

BROKEN, HEALTHY = {}, {}


def usual_loop(t, on_step, updates):
    usual(t, updates)


def kept_in(cases):
    """A decorator of setups that fail for a cause, which keeps them in `cases` by name."""

    def broken(cause, *also, loop=usual_loop):
        def keep(setup):
            cases[setup.__name__] = SimpleNamespace(
                setup=setup, loop=loop, CAUSE=cause, ALSO=list(also), name=setup.__name__
            )
            return setup

        return keep

    return broken


broken = kept_in(BROKEN)


def healthy(setup):
    HEALTHY[setup.__name__] = SimpleNamespace(
        setup=lambda seed, fixed=True: setup(seed),
        loop=usual_loop, CAUSE="healthy", ALSO=[], name=setup.__name__,
    )  # fmt: skip
    return setup


def adam(model, rate=3e-3, **more):
    return torch.optim.Adam(model.parameters(), lr=rate, **more)


def squares(t, x, y):
    return F.mse_loss(t.model(x), y)


# ---- mistakes in the program


def clears_late(t, on_step, updates):
    done = 0
    while done < updates:
        for x, y in t.batches:
            if t.fixed:
                t.optimizer.zero_grad()
            t.loss(t, x, y).backward()
            if not t.fixed:
                t.optimizer.zero_grad()
            t.optimizer.step()
            done += 1
            if done == updates:
                return


@broken("no_update", "gradient_not_cleared", loop=clears_late)
def cleared_before_the_step(seed, fixed=False):
    torch.manual_seed(seed)
    model = nn.Sequential(mlp(8, 1), nn.Flatten())
    return training(seed, model, *plane(), squares, lr=0.05, fixed=fixed)


def with_scheduler(t, on_step, updates):
    done = 0
    while done < updates:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            t.loss(t, x, y).backward()
            t.optimizer.step()
            t.scheduler.step()
            done += 1
            if done == updates:
                return


@broken("schedule_wrong", "rate_too_low", loop=with_scheduler)
def warm_up_without_end(seed, fixed=False):
    """The warm-up's length was copied from a run of a hundred thousand updates."""
    torch.manual_seed(seed)
    model = conv()
    t = training(seed, model, *digits(), cross, optimizer=adam(model))
    length = 50 if fixed else 20_000
    rule = lambda k: min(1.0, (k + 1) / length)  # noqa: E731
    t.scheduler = torch.optim.lr_scheduler.LambdaLR(t.optimizer, rule)
    return t


class Bag(nn.Module):
    """Tokens, their embeddings' mean, a class."""

    def __init__(self, frozen):
        super().__init__()
        self.embed = nn.Embedding.from_pretrained(0.1 * torch.randn(300, 8), freeze=frozen)
        self.out = nn.Linear(8, 12)

    def forward(self, tokens):
        return self.out(self.embed(tokens).mean(1))


def topics(n=2400, k=12):
    g = torch.Generator().manual_seed(6)
    y = torch.randint(k, (n,), generator=g)
    own = y[:, None] * 25 + torch.randint(25, (n, 10), generator=g)
    other = torch.randint(300, (n, 10), generator=g)
    return torch.where(torch.rand(n, 10, generator=g) < 0.5, own, other), y


@broken("no_update")
def frozen_embedding(seed, fixed=False):
    """`from_pretrained` freezes by default, and the table was never trained."""
    torch.manual_seed(seed)
    model = Bag(frozen=not fixed)
    return training(seed, model, *topics(), cross, optimizer=adam(model, 1e-2))


@broken("no_update")
def another_instance(seed, fixed=False):
    """The model is built a second time, after the optimiser."""
    torch.manual_seed(seed)
    model = conv()
    optimizer = adam(model)
    model = model if fixed else conv()
    return training(seed, model, *digits(), cross, optimizer=optimizer)


class Stepwise(nn.Module):
    """Two bits at the start of a sequence, asked for at its end."""

    def __init__(self, cut):
        super().__init__()
        self.cell, self.out, self.cut = nn.GRUCell(3, 24), nn.Linear(24, 1), cut

    def forward(self, x):
        h = torch.zeros(len(x), 24)
        for row in x.unbind(1):
            h = self.cell(row, h.detach() if self.cut else h)
        return self.out(h)


def bits(n=1600, length=10):
    g = torch.Generator().manual_seed(8)
    x = torch.randn(n, length, 3, generator=g)
    first = torch.randint(2, (n, 2), generator=g).float()
    x[:, :, 2] = 0
    x[:, 0, :2], x[:, 0, 2] = first * 2 - 1, 1
    return x, (first[:, :1] * first[:, 1:] * 2 + first[:, 1:] - 1)


@broken("graph_cut", "vanishing_gradient")
def state_cut_each_step(seed, fixed=False):
    torch.manual_seed(seed)
    model = Stepwise(cut=not fixed)
    return training(seed, model, *bits(), squares, optimizer=adam(model, 1e-2))


@broken("sigmoid_twice")
def sigmoid_for_logits(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = plane(d=12, outputs=6)
    model = nn.Sequential(mlp(12, 6), nn.Identity() if fixed else nn.Sigmoid())
    loss = lambda t, x, y: F.binary_cross_entropy_with_logits(t.model(x), y)  # noqa: E731
    return training(seed, model, x, (y > 0.7).float(), loss, lr=0.05)


def accumulating(t, on_step, updates):
    """A step each sixteen batches; it should be that of their mean."""
    done = parts = 0
    while True:
        for x, y in t.batches:
            loss = t.loss(t, x, y)
            (loss / 16 if t.fixed else loss).backward()
            parts += 1
            if parts % 16 == 0:
                t.optimizer.step()
                t.optimizer.zero_grad()
                done += 1
                if done == updates:
                    return


@broken("loss_not_averaged", "rate_too_high", loop=accumulating)
def accumulated_sum(seed, fixed=False):
    torch.manual_seed(seed)
    return training(seed, mlp(64, 10, depth=2), *digits(), cross, lr=0.1, size=8, fixed=fixed)


@broken("wrong_loss", "output_units_wrong")
def class_as_number(seed, fixed=False):
    """Squared error between one output and the class's number."""
    torch.manual_seed(seed)
    x, y = digits()
    if fixed:
        return training(seed, mlp(64, 10), x, y, cross, lr=0.02)
    return training(seed, mlp(64, 1), x, y.float()[:, None], squares, lr=0.005)


def rewraps(t, on_step, updates):
    done = 0
    while done < updates:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.loss(t, x, y)
            if not t.fixed:
                loss = torch.tensor(loss.item(), requires_grad=True)
            loss.backward()
            t.optimizer.step()
            done += 1
            if done == updates:
                return


@broken("graph_cut", "no_update", loop=rewraps)
def loss_made_anew(seed, fixed=False):
    """`torch.tensor(loss.item(), requires_grad=True)`, against an error about requires_grad."""
    torch.manual_seed(seed)
    return training(seed, mlp(64, 10), *digits(), cross, lr=0.05, fixed=fixed)


@broken("wrong_output_range", "dead_relu")
def relu_on_logits(seed, fixed=False):
    torch.manual_seed(seed)
    model = conv() if fixed else conv(nn.ReLU())
    return training(seed, model, *digits(), cross, lr=0.05)


def returns_early(t, on_step, updates):
    done = 0
    while done < updates:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            t.loss(t, x, y).backward()
            t.optimizer.step()
            done += 1
            if done == updates:
                return
        if not t.fixed:
            return


@broken("trained_too_briefly", loop=returns_early)
def return_in_the_loop(seed, fixed=False):
    """`return` stands one level too deep: it ends after one epoch."""
    torch.manual_seed(seed)
    return training(seed, mlp(64, 10), *digits(), cross, lr=0.01, size=64, fixed=fixed)


def validates(t, on_step, updates):
    """Keeps the best of what it sees on the test set, and reports it."""
    done, t.best = 0, 0.0
    while done < updates:
        for x, y in t.batches:
            t.model.train()
            t.optimizer.zero_grad()
            t.loss(t, x, y).backward()
            t.optimizer.step()
            done += 1
            if done % 25 == 0:
                if t.fixed:
                    t.model.eval()
                with torch.no_grad():
                    hits = [t.model(a[None]).argmax() == b for a, b in zip(*t.test, strict=True)]
                t.best = max(t.best, sum(map(float, hits[:100])) / 100)
            if done == updates:
                return


@broken("evaluation_mode", "dropout_too_high", loop=validates)
def tested_in_train_mode(seed, fixed=False):
    """The accuracy that it prints is far below that on the training set."""
    torch.manual_seed(seed)
    x, y = digits()
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), mlp(64, 64), nn.Dropout(0.5), nn.ReLU(),
                          nn.Linear(64, 10))  # fmt: skip
    t = training(seed, model, x, y, cross, optimizer=adam(model), fixed=fixed)
    t.test = (t.test[0][:100], t.test[1][:100])
    return t


# ---- data


@broken("labels_mismatched")
def off_by_one(seed, fixed=False):
    """A header line was skipped in one of two files."""
    torch.manual_seed(seed)
    x, y = digits()
    cut = 1300
    rows = torch.arange(cut - 1)
    t = training(seed, conv(), x[:cut], y[:cut], cross, lr=0.05, test=(x[cut:], y[cut:]))
    t.batches = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(x[rows], y[rows if fixed else rows + 1]), 32, shuffle=True
    )
    return t


class Arrows(Dataset):
    """Noisy pictures of arrows in four directions, flipped at random when they are read."""

    def __init__(self, n, flip, seed):
        g = torch.Generator().manual_seed(seed)
        shape = torch.zeros(9, 9)
        shape[4, 1:8] = 1
        shape[3, 6] = shape[5, 6] = shape[2, 5] = shape[6, 5] = 1
        self.y = torch.randint(4, (n,), generator=g)
        self.x = torch.stack([torch.rot90(shape, int(k)) for k in self.y])[:, None] * 2
        self.x += 0.5 * torch.randn(self.x.shape, generator=g)
        self.flip = flip

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        x = self.x[i]
        if self.flip and torch.rand(()) < 0.5:
            x = x.flip(-1)
        if self.flip and torch.rand(()) < 0.5:
            x = x.flip(-2)
        return x, self.y[i]


@broken("labels_noisy", "preprocessing_mismatch", "labels_mismatched")
def flipped_arrows(seed, fixed=False):
    """Augmentation that makes one class of another."""
    torch.manual_seed(seed)
    train, test = Arrows(1200, not fixed, 1), Arrows(400, False, 2)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(),
                          nn.Flatten(), nn.Linear(400, 4))  # fmt: skip
    t = training(seed, model, train.x, train.y, cross, lr=0.02, test=(test.x, test.y))
    t.batches = torch.utils.data.DataLoader(train, 32, shuffle=True)
    return t


@broken("labels_noisy")
def faulty_meters(seed, fixed=False):
    """A third of the readings were taken from another meter."""
    torch.manual_seed(seed)
    x, y = plane(1600, d=4)
    g = torch.Generator().manual_seed(seed)
    test, x, y = (x[1200:], y[1200:]), x[:400], y[:400].clone()
    wrong = torch.rand(400, generator=g) < (0 if fixed else 0.4)
    y[wrong] = y[torch.randint(400, (int(wrong.sum()),), generator=g)]
    model = mlp(4, 1, width=64)
    return training(seed, model, x, y, squares, optimizer=adam(model), test=test)


@broken("bad_values", "inputs_not_scaled")
def missing_as_a_number(seed, fixed=False):
    """What was missing stands as -999 in the table."""
    torch.manual_seed(seed)
    x, y = datasets.load_breast_cancer(return_X_y=True)
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    x, y = ((x - x.mean(0)) / x.std(0))[order], y[order]
    g = torch.Generator().manual_seed(2)
    x[torch.rand(x.shape, generator=g) < 0.002] = 0.0 if fixed else -999.0
    return training(seed, mlp(30, 2), x, y, cross, lr=0.01)


def coloured(n, seed):
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(3, (n,), generator=g)
    hue = torch.tensor([[0.8, 0.3, 0.2], [0.7, 0.6, 0.2], [0.8, 0.2, 0.6]])[y]
    shade = 0.6 + 0.4 * torch.rand(n, 1, generator=g)
    x = (hue * shade)[:, :, None, None] + 0.25 * torch.randn(n, 3, 6, 6, generator=g)
    return (x - 0.45) / 0.3, y


@broken("preprocessing_mismatch")
def channels_swapped(seed, fixed=False):
    """One library reads colours as RGB, the other as BGR."""
    torch.manual_seed(seed)
    (x, y), (tx, ty) = coloured(1200, 1), coloured(400, 2)
    model = nn.Sequential(nn.Conv2d(3, 12, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                          nn.Linear(12, 3))  # fmt: skip
    test = (tx if fixed else tx.flip(1), ty)
    return training(seed, model, x, y, cross, lr=0.05, test=test)


@broken("classes_imbalanced", "wrong_loss")
def weights_upside_down(seed, fixed=False):
    """Class weights that are the counts, not their inverses."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(3)
    y = torch.multinomial(torch.tensor([0.9, 0.06, 0.04]), 2400, replacement=True, generator=g)
    x = F.one_hot(y, 3).float() @ torch.randn(3, 6, generator=g)
    x = x + torch.randn(2400, 6, generator=g)
    counts = torch.bincount(y).float()
    weight = 1 / counts if fixed else counts / counts.sum()
    loss = lambda t, x, y: F.cross_entropy(t.model(x), y, weight=weight)  # noqa: E731
    return training(seed, mlp(6, 3), x, y, loss, lr=0.05)


# ---- settings


@broken("rate_too_high", "no_warm_up")
def fine_tuned_too_fast(seed, fixed=False):
    """A network that knows five digits is to learn the others, at the rate of a new one."""
    torch.manual_seed(seed)
    x, y = digits()
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(),
                          nn.Linear(48, 10))  # fmt: skip
    optimizer, first = adam(model, 5e-3), y < 5
    for rows in torch.randperm(int(first.sum())).split(32):
        optimizer.zero_grad()
        F.cross_entropy(model(x[first][rows]), y[first][rows]).backward()
        optimizer.step()
    optimizer = adam(model, 3e-3 if fixed else 0.3)
    return training(seed, model, x, y, cross, optimizer=optimizer)


@broken("rate_too_high", "exploding_gradient", "nan_in_loss")
def losses_of_nan(seed, fixed=False):
    torch.manual_seed(seed)
    model, (x, y) = mlp(20, 2, width=64), plane(d=20, outputs=2)
    return training(seed, model, x, 2 * y, squares, lr=0.02 if fixed else 1.0)


@broken("dropout_too_high")
def keep_probability(seed, fixed=False):
    """The probability to keep, of another library, taken for that to drop."""
    torch.manual_seed(seed)
    p = 0.1 if fixed else 0.9
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3), nn.ReLU(), nn.Dropout2d(p), nn.Conv2d(12, 16, 3), nn.ReLU(),
        nn.Dropout2d(p), nn.Flatten(), nn.Linear(256, 32), nn.ReLU(), nn.Dropout(p),
        nn.Linear(32, 10),
    )  # fmt: skip
    return training(seed, model, *digits(), cross, optimizer=adam(model))


def wide_and_back(t, x, y):
    kind = t.model[1].weight.dtype
    return F.cross_entropy(t.model(x.to(kind)).float(), y)


@broken("precision_too_low", "rate_too_low")
def half_of_the_memory(seed, fixed=False):
    """The whole model in bfloat16, at a small rate: updates round to nothing."""
    torch.manual_seed(seed)
    model = mlp(64, 10, width=64)
    if not fixed:
        model.bfloat16()
    x, y = digits()
    t = training(seed, model, x, y, wide_and_back, lr=1e-3)
    if not fixed:
        t.test = (t.test[0].bfloat16(), t.test[1])
    return t


# ---- healthy, and odd


@healthy
def judges_by_a_hinge(seed):
    """A generator of spirals against a judge; losses below zero, and never at rest."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(2)
    angle = 6.28 * torch.rand(1500, generator=g)
    x = torch.stack([angle.cos(), angle.sin()], 1) * (0.3 + angle[:, None] / 6)
    model = nn.ModuleDict({"g": mlp(3, 2, 48), "d": mlp(2, 1, 48)})
    model.forward = lambda z: model["g"](z)
    made = torch.optim.Adam(model["g"].parameters(), 1e-3, (0.0, 0.9))
    judge = torch.optim.Adam(model["d"].parameters(), 2e-3, (0.0, 0.9))

    def loss(t, x, y):
        z = torch.randn(len(x), 3)
        t.judge.zero_grad()
        fake, real = t.model["d"](t.model(z).detach()), t.model["d"](x)
        (F.relu(1 + fake).mean() + F.relu(1 - real).mean()).backward()
        t.judge.step()
        return -t.model["d"](t.model(z)).mean()

    return training(seed, model, x, x, loss, optimizer=made, judge=judge, test=None)


@healthy
def gaussian_variational(seed):
    """A variational autoencoder whose likelihood has a width of its own: the loss is negative."""
    torch.manual_seed(seed)
    x = digits()[0].flatten(1)

    class Auto(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
            self.dec = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64))
            self.width = nn.Parameter(torch.zeros(()))

        def forward(self, x):
            m, v = self.enc(x).chunk(2, 1)
            z = m + torch.randn_like(m) * (0.5 * v).exp() if self.training else m
            return self.dec(z), m, v

    def loss(t, x, y):
        out, m, v = t.model(x)
        s = t.model.width
        likelihood = (0.5 * ((out - x) / s.exp()) ** 2 + s).sum(1)
        return (likelihood - 0.5 * (1 + v - m**2 - v.exp()).sum(1)).mean()

    model = Auto()
    return training(seed, model, x, x, loss, optimizer=adam(model, 1e-2))


@healthy
def views_alike(seed):
    """Two noisy views of a picture attract, others repel; a loss that goes below zero."""
    torch.manual_seed(seed)
    x, y = digits()
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))

    def loss(t, x, y):
        a, b = (F.normalize(t.model(x + 0.3 * torch.randn_like(x)), dim=1) for _ in range(2))
        apart = torch.pdist(torch.cat([a, b])).pow(2).mul(-2).exp().mean().log()
        return (a - b).pow(2).sum(1).mean() + apart

    return training(seed, model, x, y, loss, optimizer=adam(model, 1e-3), test=None)


@healthy
def returns(seed):
    """A policy for three arms learns by its rewards; the loss is no measure of it."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(5)
    x = torch.randn(1600, 6, generator=g)
    best = (x @ torch.randn(6, 3, generator=g)).argmax(1)

    def loss(t, x, y):
        policy = torch.distributions.Categorical(logits=t.model(x))
        arm = policy.sample()
        reward = (arm == y).float() + 0.3 * torch.randn(len(x))
        return -(policy.log_prob(arm) * (reward - reward.mean())).mean()

    model = mlp(6, 3)
    return training(seed, model, x, best, loss, optimizer=adam(model, 1e-2))


@healthy
def warm_restarts(seed):
    """The rate leaps back each sixty updates, and the loss with it."""
    torch.manual_seed(seed)
    model = conv()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.06, momentum=0.9)
    t = training(seed, model, *digits(), cross, optimizer=optimizer)
    rule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(t.optimizer, 60)
    t.before_step = lambda t: rule.step()
    return t


@healthy
def three_weights(seed):
    """A line through points, by a model of two weights and an offset."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(5)
    x = torch.randn(300, 2, generator=g)
    y = x @ torch.tensor([[1.0], [-0.5]]) + 0.3 + 0.2 * torch.randn(300, 1, generator=g)
    return training(seed, nn.Linear(2, 1), x, y, squares, lr=0.05, size=16)


@healthy
def smoothed_labels(seed):
    """Smoothing of 0.4: the loss ends far above zero, as it has to."""
    torch.manual_seed(seed)
    loss = lambda t, x, y: F.cross_entropy(t.model(x), y, label_smoothing=0.4)  # noqa: E731
    return training(seed, conv(), *digits(), loss, lr=0.05)


@healthy
def ranked_by_triplets(seed):
    torch.manual_seed(seed)
    x, y = digits()
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 8))

    def loss(t, x, y):
        z = t.model(x)
        apart = torch.cdist(z, z)
        same = y[:, None] == y[None]
        far = torch.where(same, apart, torch.zeros(())).amax(1)
        near = torch.where(same, torch.full((), 1e9), apart).amin(1)
        return F.softplus(far - near).mean()

    return training(seed, model, x, y, loss, optimizer=adam(model, 1e-3), size=48, test=None)


@healthy
def noisy_by_nature(seed):
    """Numbers of which the inputs tell a tenth: more is not to be had."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(5)
    x = torch.randn(2000, 5, generator=g)
    y = torch.tanh(x[:, :1]) / 2 + 1.5 * torch.randn(2000, 1, generator=g) / 1.6
    return training(seed, mlp(5, 1, 16), x, y, squares, lr=0.01, size=64)
