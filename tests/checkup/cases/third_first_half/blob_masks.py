"""My U-Net predicts a blurry stain in the middle of every picture and the IoU never rises, although the loss went down
a little at the start."""
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

SOURCE = "https://github.com/minar09/cp-vton-plus/issues/8"
CAUSE = "labels_mismatched"
ALSO = []
METRIC = "accuracy"
SIZE = 16


def render(n):
    ys, xs = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    folder = {"images": {}, "masks": {}}
    for k in range(1, n + 1):
        mask = torch.zeros(SIZE, SIZE)
        for _ in range(int(torch.randint(1, 3, (1,)))):
            cy, cx = (torch.rand(2) * (SIZE - 6) + 3).tolist()
            r = float(torch.rand(1)) * 1.5 + 1.8
            mask[(ys - cy) ** 2 + (xs - cx) ** 2 < r * r] = 1
        image = 0.35 + 0.3 * mask + 0.15 * torch.randn(SIZE, SIZE) + 0.1 * torch.sin(xs / 4.0 + k)
        folder["images"][f"slide_{k}.png"] = image[None]
        folder["masks"][f"slide_{k}_seg.png"] = mask[None]
    return folder


class SlideDataset(Dataset):
    def __init__(self, folder, natural_order):
        number = lambda name: int(name.split("_")[1].split(".")[0])
        self.folder, self.images = folder, sorted(folder["images"], key=number if natural_order else None)
        self.masks = sorted(folder["masks"], key=number)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.folder["images"][self.images[i]], self.folder["masks"][self.masks[i]]


def block(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1), nn.BatchNorm2d(c_out), nn.ReLU())


class UNet(nn.Module):
    def __init__(self, c=4):
        super().__init__()
        self.d1, self.d2, self.mid = block(1, c), block(c, 2 * c), block(2 * c, 4 * c)
        self.u2, self.u1 = block(6 * c, 2 * c), block(3 * c, c)
        self.out = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        a = self.d1(x)
        b = self.d2(F.max_pool2d(a, 2))
        m = self.mid(F.max_pool2d(b, 2))
        u = self.u2(torch.cat([F.interpolate(m, scale_factor=2), b], 1))
        return self.out(self.u1(torch.cat([F.interpolate(u, scale_factor=2), a], 1)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    train, held = SlideDataset(render(240), natural_order=fixed), SlideDataset(render(60), natural_order=True)
    model = UNet()
    return SimpleNamespace(model=model, criterion=nn.BCEWithLogitsLoss(), fixed=fixed,
                           optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
                           batches=DataLoader(train, batch_size=8, shuffle=True),
                           test=next(iter(DataLoader(held, batch_size=60))))


def loop(t, on_step, steps):
    t.model.train()
    endless = (batch for _ in range(steps) for batch in t.batches)
    for _, (image, mask) in zip(range(steps), endless):
        t.optimizer.zero_grad()
        loss = t.criterion(t.model(image), mask)
        loss.backward()
        t.optimizer.step()
        on_step(loss, image, mask)


def quality(t):
    t.model.eval()
    with torch.no_grad():
        p, m = t.model(t.test[0]) > 0, t.test[1] > 0
    return ((p & m).sum() / (p | m).sum().clamp(min=1)).item()
# broken: 0 0 0.0175  fixed: 0.769 0.765 0.783  (seeds 0, 1, 2; 300 updates)
