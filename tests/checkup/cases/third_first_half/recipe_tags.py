"""Each recipe can carry several tags. The loss decreases to a value and stops there, and with a threshold of 0.5 the
predicted tags are a mess: recipes without any tag get some, others get all of them."""
from types import SimpleNamespace

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://discuss.pytorch.org/t/using-bcewithlogisloss-for-multi-label-classification/67011"
CAUSE = "wrong_loss"
ALSO = []
METRIC = "accuracy"
WORDS, TAGS, LENGTH = 120, 8, 15


def cook(n):
    """Bags of ingredient ids (0 is padding). A tag applies when enough of its typical ingredients are there."""
    typical = torch.rand(TAGS, WORDS) < 0.12
    typical[:, 0] = False
    x = torch.randint(1, WORDS, (n, LENGTH))
    keep = torch.arange(LENGTH)[None] < torch.randint(7, LENGTH + 1, (n, 1))
    x = x * keep
    hits = typical[:, x].float().sum(-1).T
    return x, (hits >= 3).float()


class TagNet(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.bag = nn.EmbeddingBag(WORDS, dim, mode="sum", padding_idx=0)
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 64), nn.GELU(), nn.Dropout(0.1), nn.Linear(64, TAGS))

    def forward(self, ids):
        return self.mlp(self.norm(self.bag(ids)))

    @torch.no_grad()
    def predict(self, ids, threshold=0.5):
        self.eval()
        return torch.sigmoid(self(ids)) > threshold


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = cook(3600)
    model = TagNet()
    criterion = nn.BCEWithLogitsLoss() if fixed else nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
    loader = DataLoader(TensorDataset(x[:3000], y[:3000]), batch_size=64, shuffle=True, drop_last=True)
    return SimpleNamespace(model=model, criterion=criterion, optimizer=optimizer, batches=loader,
                           test=(x[3000:], y[3000:]), fixed=fixed)


def loop(t, on_step, steps):
    def forever():
        while True:
            yield from t.batches

    t.model.train()
    for step, (ids, tags) in enumerate(forever(), start=1):
        t.optimizer.zero_grad(set_to_none=True)
        loss = t.criterion(t.model(ids), tags)
        loss.backward()
        t.optimizer.step()
        on_step(loss, ids, tags)
        if step == steps:
            break


def quality(t):
    """F1 over all tags."""
    found, truth = t.model.predict(t.test[0]), t.test[1].bool()
    return (2 * (found & truth).sum() / (found.sum() + truth.sum()).clamp(min=1)).item()
# broken: 0.511 0.427 0.583  fixed: 0.717 0.653 0.674  (seeds 0, 1, 2; 300 updates)
