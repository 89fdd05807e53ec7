"""My small U-Net marks next to nothing, at best a smudge in the middle, whatever the picture. The loss drops in the first
epochs and then stays there, the Dice on my checked validation pictures is awful."""
from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SOURCE = "https://github.com/TRANHV-VFA-DO-NOT-USE/MobileAILab-HairColor-iOS/issues/2"
CAUSE = "labels_mismatched"
ALSO = []
METRIC = "accuracy"


def picture(size=24):
    """A noisy background with one bright elliptic spot, and its mask."""
    rows, cols = torch.arange(size)[:, None], torch.arange(size)
    cy, cx = torch.randint(6, size - 6, (2,))
    ry, rx = 3 + 3 * torch.rand(2)
    mask = (((rows - cy) / ry) ** 2 + ((cols - cx) / rx) ** 2 < 1).float()
    shade = 0.4 + 0.2 * torch.sin(rows / 4 + 6 * torch.rand(())) + 0.15 * torch.randn(size, size)
    return (shade + 0.5 * mask)[None], mask[None]


class SpotFolder(Dataset):
    """A folder on disk: images/scan_17.png and masks/0017_mask.png, here as dictionaries from file name to array."""

    def __init__(self, images, masks, numeric=False):
        self.images, self.masks = images, masks
        key = (lambda name: int(name[5:-4])) if numeric else None
        self.image_files, self.mask_files = sorted(images, key=key), sorted(masks)

    def __len__(self):
        return len(self.image_files)

    def __getitem__(self, i):
        return (self.images[self.image_files[i]] - 0.5) / 0.3, self.masks[self.mask_files[i]]


def block(a, b):
    return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True))


class UNet(nn.Module):
    def __init__(self, w=6):
        super().__init__()
        self.down1, self.down2, self.bottom = block(1, w), block(w, 2 * w), block(2 * w, 4 * w)
        self.pool, self.up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2, mode="nearest")
        self.up2, self.up1, self.out = block(6 * w, 2 * w), block(3 * w, w), nn.Conv2d(w, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        c = self.up2(torch.cat([self.up(self.bottom(self.pool(b))), b], 1))
        return self.out(self.up1(torch.cat([self.up(c), a], 1)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    pairs = [picture() for _ in range(400)]
    images = {f"scan_{i}.png": image for i, (image, _) in enumerate(pairs, 1)}
    masks = {f"{i:04d}_mask.png": mask for i, (_, mask) in enumerate(pairs, 1)}
    xt, yt = (torch.stack(part) for part in zip(*[picture() for _ in range(60)]))
    model = UNet()
    return SimpleNamespace(
        model=model, criterion=nn.BCEWithLogitsLoss(), optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
        scheduler=None, test=((xt - 0.5) / 0.3, yt), fixed=fixed,
        batches=DataLoader(SpotFolder(images, masks, numeric=fixed), batch_size=12, shuffle=True))


def loop(t, on_step, steps):
    t.model.train()
    for step in range(steps):
        if step % len(t.batches) == 0:
            loader = iter(t.batches)
        image, mask = next(loader)
        t.optimizer.zero_grad()
        loss = t.criterion(t.model(image), mask)
        loss.backward()
        t.optimizer.step()
        on_step(loss, image, mask)


def quality(t):
    """Mean Dice coefficient on the checked pictures."""
    x, y = t.test
    with torch.no_grad():
        p = (t.model.eval()(x) > 0).float()
        return (2 * (p * y).sum((1, 2, 3)) / (p.sum((1, 2, 3)) + y.sum((1, 2, 3)))).mean().item()
# broken: 0.0712 0.00571 (seed 2 at 400 steps:) 0.0276 0.00363 0.142 fixed: 0.975 0.98 0.982 0.963 0.978 (seeds 0..4, 300 steps)
