"""My small U-Net gives completely black masks: every pixel is called background. The loss looks great (0.05) and
pixel accuracy is 99 %, but not one lesion is marked."""
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/NVIDIA/DeepLearningExamples/issues/263"
CAUSE = "classes_imbalanced"
ALSO = []
METRIC = "accuracy"  # balanced: mean of the recalls of lesion and background
SIZE = 24


def scans(n, rng):
    """Noisy scans of which six in ten show a faint round lesion of some 12 pixels, and their masks."""
    rows, cols = np.mgrid[:SIZE, :SIZE]
    mask = np.zeros((n, SIZE, SIZE), bool)
    for m in mask:
        if rng.random() < 0.6:
            r, c = rng.uniform(3, SIZE - 3, 2)
            m |= (rows - r) ** 2 + (cols - c) ** 2 < rng.uniform(1.5, 2.3) ** 2
    image = 0.85 * mask + rng.normal(0, 1, mask.shape)
    image = (image - image.mean()) / image.std()
    return torch.tensor(image[:, None], dtype=torch.float32), torch.tensor(mask[:, None], dtype=torch.float32)


def double_conv(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.GroupNorm(2, n_out), nn.ReLU(inplace=True),
                         nn.Conv2d(n_out, n_out, 3, padding=1, bias=False), nn.GroupNorm(2, n_out), nn.ReLU(inplace=True))


class SmallUNet(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.down = double_conv(1, width)
        self.pool = nn.MaxPool2d(2)
        self.bottom = double_conv(width, 2 * width)
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.merge = double_conv(2 * width, width)
        self.mask = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        skip = self.down(x)
        deep = self.up(self.bottom(self.pool(skip)))
        return self.mask(self.merge(torch.cat([skip, deep], dim=1)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    train, test = scans(600, rng), scans(100, rng)
    background_per_lesion = (1 - train[1].mean()) / train[1].mean()
    model = SmallUNet()
    return SimpleNamespace(model=model, fixed=fixed, scheduler=None, test=test,
                           criterion=nn.BCEWithLogitsLoss(pos_weight=background_per_lesion if fixed else None),
                           optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
                           batches=DataLoader(TensorDataset(*train), batch_size=12, shuffle=True))


def loop(t, on_step, steps):
    step = 0
    while step < steps:
        t.model.train()
        for image, mask in t.batches:
            loss = t.criterion(t.model(image), mask)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, image, mask)
            step += 1
            if step == steps:
                break


def quality(t):
    t.model.eval()
    image, mask = t.test
    with torch.no_grad():
        marked = (torch.sigmoid(t.model(image)) > 0.5).float()
    recall = (marked * mask).sum() / mask.sum()
    specificity = ((1 - marked) * (1 - mask)).sum() / (1 - mask).sum()
    return ((recall + specificity) / 2).item()
# broken: 0.5 0.5 0.5 0.5 0.5  fixed: 0.881 0.881 0.857 0.855 0.891  (300 updates, seeds 0 to 4)
