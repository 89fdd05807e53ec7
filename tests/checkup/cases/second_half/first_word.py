"""My recurrent classifier cannot even learn eight sentences by heart. The decisive word stands at the beginning; when I
move it to the end of the sentences, the same network learns them within seconds."""
SOURCE = "https://discuss.pytorch.org/t/what-it-means-when-model-is-unable-to-overfit-small-batch-of-examples-even-though-it-is-not-small/151285"
CAUSE = "vanishing_gradient"
ALSO = ["start_too_small"]
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

WORDS, LENGTH = 30, 40


def sentences(n):
    """The class is the kind of the first word."""
    x = torch.randint(WORDS, (n, LENGTH))
    return x, x[:, 0] % 4


class Classifier(nn.Module):
    def __init__(self, lasting, dim=24, hidden=64):
        super().__init__()
        self.embed = nn.Embedding(WORDS, dim)
        self.rnn = nn.RNN(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 4)
        if lasting:
            nn.init.orthogonal_(self.rnn.weight_hh_l0)
            nn.init.normal_(self.embed.weight, std=0.1)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[1][0])


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = sentences(2400)
    model = Classifier(lasting=fixed)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), test=(x[2000:], y[2000:]), scheduler=None,
                           batches=DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=40, shuffle=True),
                           optimizer=torch.optim.AdamW(model.parameters(), lr=2e-3), fixed=fixed)


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(t.model.parameters(), 1.0)
            t.optimizer.step()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                break


def quality(t):
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# broken: 0.213 fixed: 1 (seed 0, 300 updates)
