"""The LSTM that should predict the arrival time of our campus bus hardly beats always answering the average; more
hidden units or layers do not help."""
import math
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/Shubble-LLC/shubble/issues/348"
CAUSE = "inputs_not_scaled"
ALSO = ["saturated_units"]
METRIC = "loss"


def simulate(n, rng, length=12):
    """GPS tracks of a bus on its loop: latitude, longitude, speed (km/h), seconds since midnight, heading (degrees)."""
    tracks, minutes = [], []
    for _ in range(n):
        clock = rng.uniform(6 * 3600, 22 * 3600)
        rush = 1.0 - 0.4 * math.exp(-((clock / 3600 - 17) / 2) ** 2)
        phase, speed = rng.uniform(0, 2 * math.pi), rng.uniform(15, 40) * rush
        rows = []
        for _ in range(length):
            now = max(2.0, speed + rng.normal(0, 3))
            phase += now / 3600 * 5 / 0.6 / 6
            clock += 5
            rows.append([42.7302 + 0.004 * math.sin(phase), -73.6766 + 0.006 * math.cos(phase), now, clock,
                         math.degrees(phase + math.pi / 2) % 360])
        left = (2 * math.pi - phase) % (2 * math.pi)
        tracks.append(rows)
        minutes.append(left * 3.6 / speed * 12)
    return np.array(tracks, dtype=np.float32), np.array(minutes, dtype=np.float32)


class ArrivalLSTM(nn.Module):
    def __init__(self, n_features=5, hidden=48):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Linear(hidden, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1]).squeeze(-1)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    rng = np.random.RandomState(seed)
    x, y = simulate(2400, rng)
    n_train = 2000
    y = np.clip(y, 0, 8)
    y = (y - y[:n_train].mean()) / y[:n_train].std()
    if fixed:
        flat = x[:n_train].reshape(-1, x.shape[-1]).astype(np.float64)
        x = ((x - flat.mean(0)) / flat.std(0)).astype(np.float32)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    model = ArrivalLSTM()
    return SimpleNamespace(
        model=model, criterion=nn.MSELoss(), fixed=fixed,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        batches=DataLoader(TensorDataset(x[:n_train], y[:n_train]), batch_size=64, shuffle=True),
        test=(x[n_train:], y[n_train:]))


def loop(t, on_step, steps):
    step = 0
    t.model.train()
    while True:
        for track, eta in t.batches:
            prediction = t.model(track)
            loss = t.criterion(prediction, eta)
            t.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(t.model.parameters(), 5.0)
            t.optimizer.step()
            on_step(loss, track, eta)
            step += 1
            if step >= steps:
                return


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()
# broken: 0.965 0.91 0.971  fixed: 0.0374 0.0512 0.0174  (seeds 0, 1, 2; 300 updates)
