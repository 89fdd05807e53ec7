"""More trainings after public reports, written after the rules had been mended for `reports`.

As there: `BROKEN` by name, each like a case. Scored once before anything was changed for them.
"""

import torch
from sklearn import datasets
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset

from tests.checkup.inventions import conv, cross, digits, mlp, plane, training
from tests.checkup.reports import adam, kept_in, squares

BROKEN, HEALTHY = {}, {}
broken = kept_in(BROKEN)


class Text(nn.Module):
    """The next letter of a made-up language, by a recurrent network."""

    def __init__(self, padding=None):
        super().__init__()
        self.embed = nn.Embedding(16, 12, padding_idx=padding)
        self.rnn, self.out = nn.LSTM(12, 32, batch_first=True), nn.Linear(32, 16)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0])


def letters(n=1200, length=14):
    g = torch.Generator().manual_seed(3)
    rows = torch.randint(1, 16, (n, length + 1), generator=g)
    for k in range(2, length + 1):
        told = (rows[:, k - 1] * 3 + rows[:, k - 2]) % 15 + 1
        rows[:, k] = torch.where(torch.rand(n, generator=g) < 0.9, told, rows[:, k])
    return rows


def per_letter(t, x, y):
    return F.cross_entropy(t.model(x).reshape(-1, 16), y.reshape(-1))


@broken("labels_mismatched", "wrong_loss")
def next_letter_reshaped(seed, fixed=False):
    """(N, T, C) made (N, C, T) by `view` for the loss, instead of being transposed."""
    torch.manual_seed(seed)
    rows = letters()
    model = Text()

    def loss(t, x, y):
        out = t.model(x)
        return F.cross_entropy(out.mT if fixed else out.reshape(len(x), 16, -1), y)

    return training(seed, model, rows[:, :-1], rows[:, 1:], loss, optimizer=adam(model, 1e-2))


@broken("rate_too_low")
def copied_rate(seed, fixed=False):
    """1e-5, as in a paper on fine-tuning, for a network that starts from nothing."""
    torch.manual_seed(seed)
    model = Text()
    rows = letters()
    rate = 1e-2 if fixed else 1e-5
    return training(seed, model, rows[:, :-1], rows[:, 1:], per_letter, optimizer=adam(model, rate))


class Branches(nn.Module):
    def __init__(self, registered):
        super().__init__()
        layers = {k: nn.Linear(8, 24) for k in ("left", "right")}
        self.parts = nn.ModuleDict(layers) if registered else layers
        self.out = nn.Linear(48, 1)

    def forward(self, x):
        return self.out(torch.cat([F.relu(part(x)) for part in self.parts.values()], 1))


@broken("no_update")
def layers_in_a_dict(seed, fixed=False):
    torch.manual_seed(seed)
    model = Branches(registered=fixed)
    x, y = plane(d=8)
    y = (x[:, :1] * x[:, 1:2]).tanh() + y.sin()
    return training(seed, model, x[:, :8], y, squares, optimizer=adam(model, 3e-3))


@broken("graph_cut")
def hard_choice(seed, fixed=False):
    """The gate between two halves is an argmax, made one-hot."""
    torch.manual_seed(seed)

    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 2))
            self.left, self.right = nn.Linear(6, 1), nn.Linear(6, 1)

        def forward(self, x):
            chances = self.gate(x).softmax(1)
            weight = chances if fixed else F.one_hot(chances.argmax(1), 2).float()
            return weight[:, :1] * self.left(x) + weight[:, 1:] * self.right(x)

    g = torch.Generator().manual_seed(7)
    x = torch.randn(1600, 6, generator=g)
    a, b = torch.randn(2, 6, 1, generator=g)
    y = torch.where(x[:, :1] > 0, x @ a, x @ b) / 2
    model = Gated()
    return training(seed, model, x, y, squares, optimizer=adam(model, 1e-2))


@broken("targets_not_scaled", "rate_too_low")
def seconds_since_then(seed, fixed=False):
    """Targets are times in seconds since 1970."""
    torch.manual_seed(seed)
    x, y = plane(d=5)
    y = y if fixed else 1.6e9 / 1e5 + 40 * y
    model = mlp(5, 1)
    return training(seed, model, x, y, squares, optimizer=adam(model, 3e-3))


@broken("inputs_not_scaled")
def year_and_share(seed, fixed=False):
    """One column is a year, the others are shares of one."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(3)
    x = torch.rand(1600, 6, generator=g)
    y = torch.sin(4 * x[:, 1:2] + 3 * x[:, 2:3]) + x[:, 3:4]
    year = 1950 + 70 * x[:, :1]
    x = torch.cat([(year - 1985) / 20 if fixed else year, x[:, 1:]], 1)
    return training(seed, mlp(6, 1), x, y - y.mean(), squares, lr=0.02)


@broken("not_shuffled")
def one_speaker_at_a_time(seed, fixed=False):
    """A sampler that goes through the classes, as the folders on the disk lie."""
    torch.manual_seed(seed)
    x, y = digits()
    order = y[:1300].argsort(stable=True)
    t = training(seed, conv(), x, y, cross, lr=0.05)
    sampler = None if fixed else order.tolist()
    t.batches = DataLoader(TensorDataset(x[:1300], y[:1300]), 32, shuffle=fixed, sampler=sampler)
    return t


class Hot(Dataset):
    """Pixels of 0 to 255 for training; the test set was divided by 255 elsewhere."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i] * 255, self.y[i]


@broken("preprocessing_mismatch")
def divided_once(seed, fixed=False):
    torch.manual_seed(seed)
    data = datasets.load_digits()
    x = torch.tensor(data.images / 16, dtype=torch.float32)[:, None]
    y = torch.tensor(data.target)
    model = nn.Sequential(nn.BatchNorm2d(1), *conv())
    t = training(seed, model, x, y, cross, lr=0.05)
    t.batches = DataLoader(Hot(x[:1300], y[:1300]), 32, shuffle=True)
    t.test = (x[1300:] * (255 if fixed else 1), y[1300:])
    return t


@broken("saturated_units", "start_too_large", "vanishing_gradient")
def steep_sigmoids(seed, fixed=False):
    """Sigmoids with a gain of thirty, after a formula for spiking neurons."""
    torch.manual_seed(seed)

    class Steep(nn.Module):
        def forward(self, x):
            return torch.sigmoid((1 if fixed else 30) * x)

    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), Steep(), nn.Linear(32, 32), Steep(),
                          nn.Linear(32, 10))  # fmt: skip
    return training(seed, model, *digits(), cross, optimizer=adam(model, 1e-2))


@broken("weight_decay_too_large")
def decay_of_half(seed, fixed=False):
    """AdamW with weight_decay=5: half of ten, "to be safe"."""
    torch.manual_seed(seed)
    model = mlp(64, 10)
    decay = 1e-2 if fixed else 20.0
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=decay)
    return training(seed, model, *digits(), cross, optimizer=optimizer)


def stepped_each_batch(t, on_step, updates):
    done = 0
    while done < updates:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            t.loss(t, x, y).backward()
            t.optimizer.step()
            done += 1
            if not t.fixed:
                t.scheduler.step()
            if done == updates:
                return
        if t.fixed:
            t.scheduler.step()


@broken("schedule_wrong", "rate_too_low", loop=stepped_each_batch)
def half_each_ten(seed, fixed=False):
    """StepLR(10, 0.5), stepped after each batch instead of each epoch."""
    torch.manual_seed(seed)
    model = Text()
    rows = letters()
    t = training(
        seed, model, rows[:, :-1], rows[:, 1:], per_letter, optimizer=adam(model, 1e-2), fixed=fixed
    )
    t.scheduler = torch.optim.lr_scheduler.StepLR(t.optimizer, 10, 0.5)
    return t
