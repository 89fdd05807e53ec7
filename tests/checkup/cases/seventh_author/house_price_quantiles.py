"""My network should give a low, a middle and a high guess of a house's price. The three come out nearly the same for
every house, and a plain table of mean prices per district is about as good."""
SOURCE = "reported often"
CAUSE = "inputs_not_scaled"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

QUANTILES = torch.tensor([0.1, 0.5, 0.9])


def houses(n):
    """Living area (m2), year of building, metres to the centre, yearly income of the quarter; district; log price."""
    area, year = 35 + 150 * torch.rand(n), 1900 + torch.randint(0, 121, (n,)).float()
    distance, income = 200 + 18000 * torch.rand(n) ** 2, 18000 + 50000 * torch.rand(n)
    district = torch.randint(0, 12, (n,))
    price = (1.2 * (area / 110).log() + 0.6 * ((year - 1960) / 40) ** 2 - 0.9 * torch.tanh((distance - 5000) / 3000)
             + 0.3 * torch.sin(district.float()) + 0.5 * income / 40000 + 0.1 * torch.randn(n))
    return torch.stack([area, year, distance, income], 1), district, (price - price.mean()) / price.std()


class Appraiser(nn.Module):
    def __init__(self, shift, scale):
        super().__init__()
        self.register_buffer("shift", shift)
        self.register_buffer("scale", scale)
        self.towers = nn.ModuleDict({
            "numbers": nn.Sequential(nn.Linear(4, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU()),
            "district": nn.Embedding(12, 8),
        })
        self.head = nn.Sequential(nn.Linear(40, 32), nn.SiLU(), nn.Linear(32, len(QUANTILES)))

    def forward(self, numbers, district):
        numbers = (numbers - self.shift) / self.scale
        return self.head(torch.cat([self.towers["numbers"](numbers), self.towers["district"](district)], 1))


def pinball(guess, price):
    error = price[:, None] - guess
    return torch.maximum(QUANTILES * error, (QUANTILES - 1) * error).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    numbers, district, price = houses(3000)
    shift, scale = torch.zeros(4), torch.ones(4)
    if fixed:
        shift, scale = numbers[:2500].mean(0), numbers[:2500].std(0)
    model = Appraiser(shift, scale)
    batches = DataLoader(TensorDataset(numbers[:2500], district[:2500], price[:2500]), batch_size=50, shuffle=True)
    return SimpleNamespace(model=model, criterion=pinball, batches=batches, scheduler=None, fixed=fixed,
                           test=((numbers[2500:], district[2500:]), price[2500:]),
                           optimizer=torch.optim.RMSprop(model.parameters(), lr=2e-3))


def loop(t, on_step, steps):
    done = 0
    while True:
        for numbers, district, price in t.batches:
            loss = t.criterion(t.model(numbers, district), price)
            t.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            t.optimizer.step()
            on_step(loss, (numbers, district), price)
            done += 1
            if done >= steps:
                return


def quality(t):
    with torch.no_grad():
        return pinball(t.model(*t.test[0]), t.test[1]).item()


# broken: 0.201 0.26 0.269 0.246 0.3 fixed: 0.0331 0.0354 0.0374 0.0367 0.0409 (seeds 0..4, 400 updates)
