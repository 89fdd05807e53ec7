"""Healthy trainings drawn at random: what the check-up says of them is a false alarm.

`drawn(k)` is the k-th: a task, a network, a norm, an activation, an optimiser with a rate that is
usual for it, a batch size, and perhaps a schedule, dropout, decay or clipping, as one finds them in
programs that work. All come from the number k alone.
"""

import math
import random
from types import SimpleNamespace

import torch
from sklearn import datasets
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def digits(rng, g):
    data = datasets.load_digits()
    x = torch.tensor(data.data / 16, dtype=torch.float32)
    return (x - x.mean()) / x.std(), torch.tensor(data.target)


def cancer(rng, g):
    data = datasets.load_breast_cancer()
    x = torch.tensor(data.data, dtype=torch.float32)
    return (x - x.mean(0)) / x.std(0), torch.tensor(data.target)


def blobs(rng, g):
    classes, d = rng.choice([3, 5, 10]), rng.choice([8, 20, 64])
    centres = 3 * torch.randn(classes, d, generator=g) / math.sqrt(d) * 2
    y = torch.randint(classes, (2000,), generator=g)
    return centres[y] + torch.randn(2000, d, generator=g), y


def surface(rng, g):
    d = rng.choice([2, 5, 12])
    x = torch.randn(2000, d, generator=g)
    w = torch.randn(d, 3, generator=g) / math.sqrt(d)
    y = torch.sin(1.5 * x @ w).sum(1, keepdim=True) + 0.1 * torch.randn(2000, 1, generator=g)
    return x, (y - y.mean()) / y.std()


def pictures(rng, g):
    data = datasets.load_digits()
    x = torch.tensor(data.images / 16, dtype=torch.float32)[:, None]
    return (x - x.mean()) / x.std(), torch.tensor(data.target)


def sequences(rng, g):
    """Which of three tones a noisy wave has, or how fast it is."""
    kind = torch.randint(3, (1600,), generator=g)
    time = torch.arange(16.0)
    phase = 6.28 * torch.rand(1600, 1, generator=g)
    wave = torch.sin(time * (0.3 + 0.3 * kind[:, None]) + phase)
    return (wave + 0.3 * torch.randn(1600, 16, generator=g))[:, :, None], kind


def marks(rng, g):
    x = torch.randn(2000, 16, generator=g)
    w = torch.randn(16, 4, generator=g)
    return x, (x @ w / 4 + 0.3 * torch.randn(2000, 4, generator=g) > 0).float()


TASKS = [digits, cancer, blobs, surface, pictures, sequences, marks]
ACTIVATIONS = [nn.ReLU, nn.Tanh, nn.GELU, nn.SiLU, nn.LeakyReLU, nn.ELU]


class Recurrent(nn.Module):
    def __init__(self, kind, hidden, out):
        super().__init__()
        self.rnn, self.out = kind(1, hidden, batch_first=True), nn.Linear(hidden, out)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1])


def network(task, x, out, rng):
    act = rng.choice(ACTIVATIONS)
    norm, drop = rng.choice([None, None, "batch", "layer"]), rng.choice([0, 0, 0, 0.1, 0.2])
    if task is sequences:
        return Recurrent(rng.choice([nn.GRU, nn.LSTM]), rng.choice([24, 48]), out)
    layers, width = [], rng.choice([32, 64, 128])
    if task is pictures:
        channels = rng.choice([8, 16])
        layers += [nn.Conv2d(1, channels, 3, padding=1)]
        layers += [nn.BatchNorm2d(channels)] if norm == "batch" else []
        layers += [act(), nn.MaxPool2d(2), nn.Conv2d(channels, 2 * channels, 3, padding=1), act()]
        layers += [nn.Flatten(), nn.Linear(2 * channels * 16, out)]
        return nn.Sequential(*layers)
    before = x.shape[1]
    for _ in range(rng.choice([1, 2, 3, 4])):
        layers.append(nn.Linear(before, width))
        if norm:
            layers.append(nn.BatchNorm1d(width) if norm == "batch" else nn.LayerNorm(width))
        layers.append(act())
        if drop:
            layers.append(nn.Dropout(drop))
        before = width
    return nn.Sequential(*layers, nn.Linear(before, out))


def optimiser(model, rng):
    name = rng.choice(["sgd", "momentum", "adam", "adam", "adamw", "rmsprop"])
    if isinstance(model, Recurrent):  # few updates: recurrent layers are trained by Adam
        return torch.optim.Adam(model.parameters(), lr=rng.choice([5e-3, 1e-2]))
    p = model.parameters()
    if name == "sgd":
        return torch.optim.SGD(p, lr=rng.choice([0.1, 0.2]))
    if name == "momentum":
        return torch.optim.SGD(p, lr=rng.choice([0.02, 0.05]), momentum=0.9, weight_decay=1e-4)
    if name == "adam":
        return torch.optim.Adam(p, lr=rng.choice([1e-3, 2e-3, 5e-3]))
    if name == "adamw":
        return torch.optim.AdamW(p, lr=rng.choice([1e-3, 3e-3]), weight_decay=1e-2)
    return torch.optim.RMSprop(p, lr=1e-3)


def drawn(k):
    """An object like a case: `setup(seed)`, `loop(t, on_step, steps)`, and `name`."""
    task = TASKS[k % len(TASKS)]

    def setup(seed, fixed=True):
        rng, g = random.Random(k), torch.Generator().manual_seed(k)
        x, y = task(rng, g)
        torch.manual_seed(seed)
        order = torch.randperm(len(x))
        x, y = x[order], y[order]
        numbers = y.is_floating_point()
        out = y.shape[1] if numbers else int(y.max()) + 1
        model = network(task, x, out, rng)
        optimizer = optimiser(model, rng)
        n = 3 * len(x) // 4
        batches = DataLoader(
            TensorDataset(x[:n], y[:n]), batch_size=rng.choice([16, 32, 64]), shuffle=True
        )
        criterion = nn.CrossEntropyLoss()
        if numbers:
            criterion = nn.MSELoss() if task is surface else nn.BCEWithLogitsLoss()
        schedule = rng.choice([None, None, "cosine"])
        return SimpleNamespace(
            model=model, criterion=criterion, optimizer=optimizer, batches=batches,
            test=(x[n:], y[n:]), schedule=schedule, clip=rng.choice([None, None, 1.0, 5.0]),
        )  # fmt: skip

    return SimpleNamespace(
        setup=setup, loop=loop, name=f"{task.__name__} {k}", CAUSE="healthy", ALSO=[]
    )


def loop(t, on_step, steps):
    scheduler = None
    if t.schedule:
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(t.optimizer, steps)
    done = 0
    t.model.train()
    while done < steps:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            if t.clip:
                nn.utils.clip_grad_norm_(t.model.parameters(), t.clip)
            t.optimizer.step()
            if scheduler:
                scheduler.step()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                return
