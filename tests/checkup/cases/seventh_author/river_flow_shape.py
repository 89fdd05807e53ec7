"""I train on the correlation between predicted and measured river flow. All goes well for a while, at times for
dozens of batches, then the loss prints nan and stays so; the files hold no missing values, I looked twice."""
SOURCE = "https://github.com/NVIDIA-Genomics-Research/AtacWorks/pull/104"
CAUSE = "nan_in_loss"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

DAYS = 14


class Catchment(Dataset):
    """Windows of daily rain and temperature, and the flow at the gauge; a few windows lie in the dry season."""

    def __init__(self, n):
        wet = torch.rand(n, DAYS) < 0.3
        wet[torch.rand(n) < 0.005] = False
        self.rain = torch.where(wet, torch.rand(n, DAYS) * 2, 0.0)
        season = torch.rand(n, 1) * 6.2832
        self.temperature = torch.sin(season + 0.05 * torch.arange(DAYS)) + 0.2 * torch.randn(n, DAYS)
        store, flow = torch.zeros(n), []
        for day in range(DAYS):
            store = store + self.rain[:, day] * torch.sigmoid(-2 * self.temperature[:, day])
            flow.append(0.35 * store)
            store = store - flow[-1]
        self.flow = torch.stack(flow, 1)

    def __len__(self):
        return len(self.flow)

    def __getitem__(self, i):
        return {"rain": self.rain[i], "temperature": self.temperature[i], "flow": self.flow[i]}


class Runoff(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.cell = nn.GRUCell(2, hidden)
        self.gauge = nn.Linear(hidden, 1)

    def forward(self, rain, temperature):
        state, flow = None, []
        for day in torch.stack([rain, temperature], -1).unbind(1):
            state = self.cell(day, state)
            flow.append(self.gauge(state))
        return torch.cat(flow, 1)


def correlation_loss(eps):
    def loss(guess, flow):
        a, b = guess - guess.mean(1, keepdim=True), flow - flow.mean(1, keepdim=True)
        return 1 - ((a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1) + eps)).mean()
    return loss


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    train, held_out, model = Catchment(1600), Catchment(300), Runoff()
    test = ({"rain": held_out.rain, "temperature": held_out.temperature}, held_out.flow)
    return SimpleNamespace(model=model, criterion=correlation_loss(1e-6 if fixed else 0.0), test=test, scheduler=None,
                           batches=DataLoader(train, batch_size=16, shuffle=True), fixed=fixed,
                           optimizer=torch.optim.NAdam(model.parameters(), lr=1e-2))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for batch in t.batches:
            flow = batch.pop("flow")
            loss = t.criterion(t.model(**batch), flow)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, batch, flow)
            done += 1
            if done == steps:
                return


def quality(t):
    with torch.no_grad():
        guess, flow = t.model(**t.test[0]), t.test[1]
    pairs = [torch.corrcoef(torch.stack(pair))[0, 1] for pair in zip(guess, flow) if pair[1].std() > 0]
    return (torch.stack(pairs) > 0.9).float().mean().item()
# broken: 0 0 0 0 0 fixed: 1 1 0.983 0.99 0.929 (seeds 0..4, 400 updates)
