"""Only the head trains: the pretrained convolutions are frozen, their batch norm stays in eval mode, I feed four images
at a time and most parameters have no gradient. Should I recompute the batch-norm statistics?"""
from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://discuss.pytorch.org/t/should-i-run-update-bn-when-training-only-a-custom-head-while-freezing-the-pretrained-backbone/224010"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"


def make_backbone():
    return nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())


def pretrain(x, y, updates=150):
    """Stands for the download of a pretrained network: learns digits 0 to 5."""
    net = nn.Sequential(make_backbone(), nn.Linear(128, 6))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(updates):
        rows = torch.randint(len(x), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
    return net[0]


class Transfer(nn.Module):
    def __init__(self, backbone, n_classes):
        super().__init__()
        self.backbone = backbone.requires_grad_(False)
        self.head = nn.Sequential(nn.Linear(128, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, n_classes))

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()  # keep the pretrained running statistics
        return self

    def forward(self, x):
        return self.head(self.backbone(x))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = load_digits(return_X_y=True)
    x, y = torch.tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8), torch.tensor(y)
    x = (x - x.mean()) / x.std()
    backbone = pretrain(x[y < 6], y[y < 6])
    x, x_test, y, y_test = train_test_split(x[y > 5], y[y > 5] - 6, test_size=0.25, random_state=seed)
    model = Transfer(backbone, 4)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), fixed=fixed, scheduler=None,
                           optimizer=torch.optim.Adam(model.head.parameters(), lr=1e-3),
                           batches=DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True), test=(x_test, y_test))


def loop(t, on_step, steps):
    step = 0
    while step < steps:
        t.model.train()
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            step += 1
            if step == steps:
                break


def quality(t):
    t.model.eval()
    x, y = t.test
    with torch.no_grad():
        return (t.model(x).argmax(1) == y).float().mean().item()
# both: 0.972 0.961 0.972 0.966 0.978  (300 updates, seeds 0 to 4)
