"""The segmentation network answers 'background' (or now and then 'object') for all pixels of all images. The loss jumps
up in the first batches, comes down again and then wobbles around one value."""
SOURCE = "reported often"
CAUSE = "rate_too_high"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn

SIDE = 20


def blobs(n):
    """Noisy images with one ellipse, brighter than the ground; the mask of the ellipse."""
    grid = torch.linspace(-1, 1, SIDE)
    cx, cy = (torch.rand(2, n, 1, 1) - 0.5) * 1.1
    rx, ry = 0.25 + 0.35 * torch.rand(2, n, 1, 1)
    mask = (((grid[None, None] - cx) / rx) ** 2 + ((grid[None, :, None] - cy) / ry) ** 2 < 1).float()[:, None]
    return 0.8 * mask + 0.5 * torch.randn(n, 1, SIDE, SIDE) - 0.2, mask


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, stride=2, padding=1),
                                     nn.Conv2d(16, 16, 3, stride=2, padding=1)])

    def forward(self, x):
        features = []
        for stage in self.stages:
            x = F.gelu(stage(x))
            features.append(x)
        return features


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = nn.ModuleDict({"middle": nn.Conv2d(32, 8, 3, padding=1), "fine": nn.Conv2d(16, 8, 3, padding=1),
                                      "mask": nn.Conv2d(8, 1, 1)})

    def forward(self, image):
        fine, middle, x = self.encoder(image)
        x = F.gelu(self.decoder["middle"](torch.cat([F.interpolate(x, scale_factor=2), middle], 1)))
        x = F.gelu(self.decoder["fine"](torch.cat([F.interpolate(x, scale_factor=2), fine], 1)))
        return {"logits": self.decoder["mask"](x)}


class DiceAndCross(nn.Module):
    def forward(self, output, mask):
        p = output["logits"].sigmoid()
        dice = (2 * (p * mask).sum((1, 2, 3)) + 1) / ((p + mask).sum((1, 2, 3)) + 1)
        return 1 - dice.mean() + F.binary_cross_entropy_with_logits(output["logits"], mask)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    image, mask = blobs(700)
    model = Segmenter()
    rate = 0.01 if fixed else 3.0
    groups = [{"params": model.encoder.parameters(), "lr": 0.1 * rate}, {"params": model.decoder.parameters()}]
    batches = [{"image": i, "mask": m} for i, m in zip(image[:600].split(8), mask[:600].split(8))]
    return SimpleNamespace(model=model, criterion=DiceAndCross(), batches=batches, test=(image[600:], mask[600:]),
                           optimizer=torch.optim.RMSprop(groups, lr=rate), scheduler=None, fixed=fixed)


def loop(t, on_step, steps):
    for step in range(steps):
        batch = t.batches[torch.randint(len(t.batches), ()).item()]
        t.optimizer.zero_grad()
        loss = t.criterion(t.model(batch["image"]), batch["mask"])
        loss.backward()
        t.optimizer.step()
        on_step(loss, batch["image"], batch["mask"])


def quality(t):
    """Mean overlap (intersection over union) of found and true masks."""
    with torch.no_grad():
        found, mask = t.model(t.test[0])["logits"] > 0, t.test[1] > 0
    return ((found & mask).sum((1, 2, 3)) / (found | mask).sum((1, 2, 3)).clamp(min=1)).mean().item()


# broken: 0 0.0062 0 0.0051 0.058 fixed: 0.858 0.859 0.837 0.868 0.858 (seeds 0..4, 400 updates)
