"""My lane segmentation paints far too much of the road as lane: no pixel ever gets a probability below one half, and the loss
soon rests at a value far from zero, whatever I do."""
SOURCE = "https://github.com/hustvl/YOLOP/issues/117"
CAUSE = "sigmoid_twice"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SIDE = 16


class Roads(Dataset):
    """Grey pictures with one or two bright, noisy lines; the mask marks their pixels."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        row, col = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
        start, slope = torch.rand(n, 2, generator=g) * SIDE, torch.randn(n, 2, generator=g) * 0.5
        place = start[:, :, None, None] + slope[:, :, None, None] * row
        self.mask = ((col - place).abs() < 0.9).any(1).float()[:, None]
        self.image = 0.8 * self.mask + 0.4 * torch.randn(self.mask.shape, generator=g)

    def __len__(self):
        return len(self.mask)

    def __getitem__(self, k):
        return self.image[k], self.mask[k]


class Net(nn.Module):
    def __init__(self, width=12, squash=True):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.ELU(), nn.Conv2d(width, width, 3, padding=1), nn.ELU())
        self.deep = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(width, 2 * width, 3, padding=1), nn.ELU(),
                                  nn.ConvTranspose2d(2 * width, width, 2, stride=2))
        self.head = nn.Conv2d(2 * width, 1, 1)
        self.squash = nn.Sigmoid() if squash else nn.Identity()

    def forward(self, image):
        fine = self.down(image)
        return self.squash(self.head(torch.cat([fine, self.deep(fine)], 1)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    model = Net(squash=not fixed)
    test = Roads(100, seed + 1000)
    return SimpleNamespace(model=model, criterion=nn.BCEWithLogitsLoss(), fixed=fixed, scheduler=None,
                           batches=DataLoader(Roads(600, seed), batch_size=16, shuffle=True), test=(test.image, test.mask),
                           optimizer=torch.optim.RMSprop(model.parameters(), lr=2e-3))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        t.model.train()
        for image, mask in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(image), mask)
            loss.backward()
            t.optimizer.step()
            on_step(loss, image, mask)
            done += 1
            if done == steps:
                break


def quality(t):
    """Intersection over union of the predicted and the true lanes."""
    with torch.no_grad():
        found, true = torch.sigmoid(t.model(t.test[0])) > 0.5, t.test[1] > 0.5
    return ((found & true).sum() / (found | true).sum()).item()


# broken: 0.431 fixed: 0.833 (seed 0, 300 updates)
