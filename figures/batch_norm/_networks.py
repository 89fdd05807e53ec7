"""The deep networks of this section: their sizes, for the page."""

from torch import nn

from trainingtips.experiments import deep_networks as deep


def compute():
    count = {
        name: sum(p.numel() for p in deep.network(norm)().parameters())
        for name, norm in (("plain", None), ("batch_norm", nn.BatchNorm1d))
    }
    train, test = deep.digits()
    sizes = {"width": deep.WIDTH, "depth": deep.DEPTH, "batch": deep.BATCH, "target": deep.TARGET}
    return sizes | {"weights": count, "train": len(train), "test": len(test)}
