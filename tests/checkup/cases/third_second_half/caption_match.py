"""Image-text matching: in the first few iterations recall rises, but after the first validation of the run the training
becomes worse and worse and never recovers."""
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/fartashf/vsepp/issues/4"
CAUSE = "evaluation_mode"
ALSO = ["norm_statistics_stale"]
METRIC = "accuracy"
VAL_STEP = 10


def pairs(n, image_map, text_map):
    topic = torch.randn(n, 12)
    image = 3 + 2 * torch.tanh(topic @ image_map) + 0.3 * torch.randn(n, 40)
    text = 1 + torch.tanh(topic @ text_map) + 0.2 * torch.randn(n, 30)
    return image, text


def tower(n_in, width=64, depth=4, out=24):
    layers = []
    for i in range(depth):
        layers += [nn.Linear(n_in if i == 0 else width, width, bias=False), nn.BatchNorm1d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, out))


class Matching(nn.Module):
    def __init__(self):
        super().__init__()
        self.image, self.text = tower(40), tower(30)
        self.temperature = nn.Parameter(torch.tensor(2.0))

    def forward(self, image, text):
        a, b = F.normalize(self.image(image), dim=1), F.normalize(self.text(text), dim=1)
        return a @ b.T * self.temperature.exp()


def both_ways(scores):
    target = torch.arange(len(scores))
    return 0.5 * (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target))


@torch.no_grad()
def validate(t):
    """Recall at 1 on held-out pairs, groups of 50."""
    t.model.eval()
    hits = []
    for image, text in zip(t.test[0].split(50), t.test[1].split(50)):
        hits.append((t.model(image, text).argmax(1) == torch.arange(len(image))).float().mean())
    return torch.stack(hits).mean().item()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    maps = torch.randn(12, 40) * 0.5, torch.randn(12, 30) * 0.5
    image, text = pairs(2000, *maps)
    model = Matching()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9, weight_decay=1e-4)
    return SimpleNamespace(model=model, criterion=both_ways, optimizer=optimizer, fixed=fixed, history=[],
                           batches=DataLoader(TensorDataset(image, text), batch_size=64, shuffle=True, drop_last=True),
                           test=pairs(300, *maps))


def loop(t, on_step, steps):
    t.model.train()
    eiters = 0
    while eiters < steps:
        for image, text in t.batches:
            if t.fixed:
                t.model.train()
            loss = t.criterion(t.model(image, text))
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            eiters += 1
            on_step(loss, image, text)
            if eiters % VAL_STEP == 0:
                t.history.append(validate(t))
            if eiters == steps:
                break


def quality(t):
    return validate(t)
# broken: 0.02 0.02 0.02  fixed: 0.803 0.77 0.74  (seeds 0, 1, 2; 300 updates)
