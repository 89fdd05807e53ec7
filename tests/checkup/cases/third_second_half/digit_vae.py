"""The reconstructions of my variational autoencoder have lost all their dark parts, and the error stays high although the
KL term looks healthy."""
from types import SimpleNamespace

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/mikesj-public/convolutional_autoencoder/pull/9"
CAUSE = "wrong_output_range"
ALSO = []
METRIC = "loss"


class VAE(nn.Module):
    def __init__(self, pixels=64, hidden=96, latent=12, last=nn.Sigmoid):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ELU(), nn.Linear(hidden, hidden), nn.ELU())
        self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ELU(), nn.Linear(hidden, hidden), nn.ELU(),
                                     nn.Linear(hidden, pixels), last())

    def encode(self, x):
        h = self.encoder(x)
        return self.mu(h), self.logvar(h).clamp(-8, 4)

    def reparameterize(self, mu, logvar):
        if not self.training:
            return mu
        return mu + torch.randn_like(mu) * (0.5 * logvar).exp()

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decoder(self.reparameterize(mu, logvar)), mu, logvar


def elbo(output, x, beta=0.1):
    recon, mu, logvar = output
    error = (recon - x).pow(2).sum(1).mean()
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
    return error + beta * kl


def standardise(images):
    """Normalize((mean,), (std,)) as in all the tutorials."""
    return (images - images.mean()) / images.std()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    images = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    x = standardise(images)[torch.randperm(len(images))]
    model = VAE(last=nn.Identity if fixed else nn.Sigmoid)
    train, held = x[:1500], x[1500:]
    return SimpleNamespace(model=model, criterion=elbo, fixed=fixed, test=(held, held),
                           optimizer=torch.optim.Adam(model.parameters(), lr=1e-3),
                           batches=DataLoader(TensorDataset(train, train), batch_size=64, shuffle=True))


def loop(t, on_step, steps):
    t.model.train()
    step = 0
    while step < steps:
        for x, y in t.batches:
            loss = t.criterion(t.model(x), y)
            t.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            step += 1
            if step == steps:
                break


def quality(t):
    t.model.eval()
    with torch.no_grad():
        recon, _, _ = t.model(t.test[0])
    return (recon - t.test[1]).pow(2).mean().item()
# broken: 0.572 0.572 0.584  fixed: 0.133 0.125 0.139  (seeds 0, 1, 2; 300 updates)
