"""I train a small decoder-only transformer to continue short melodies. Within a few steps the loss reaches the value of always
playing the most frequent note, then it only wobbles there; the generated tunes are random."""
SOURCE = "https://github.com/rajveermalviya/language-modeling/issues/3"
CAUSE = "rate_too_high"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader

NOTES, LENGTH, WIDTH = 16, 12, 32


def melodies(n, follow):
    """Two interleaved voices: a note mostly answers the one before the last."""
    tune = torch.randint(NOTES, (n, LENGTH + 1))
    for i in range(2, LENGTH + 1):
        answer = follow[tune[:, i - 2]]
        tune[:, i] = torch.where(torch.rand(n) < 0.85, answer, tune[:, i])
    return tune


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attend = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.feed = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, h, mask):
        h = self.norm1(h + self.attend(h, h, h, attn_mask=mask, need_weights=False)[0])
        return self.norm2(h + self.feed(h))


class Composer(nn.Module):
    def __init__(self):
        super().__init__()
        self.note = nn.Embedding(NOTES, WIDTH)
        self.place = nn.Parameter(0.5 * torch.randn(LENGTH, WIDTH))
        self.layers = nn.ModuleList([Layer(), Layer()])
        self.head = nn.Linear(WIDTH, NOTES)
        self.register_buffer("mask", torch.full((LENGTH, LENGTH), float("-inf")).triu(1))

    def forward(self, notes):
        h = self.note(notes) + self.place
        for layer in self.layers:
            h = layer(h, self.mask)
        return self.head(h)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    tunes = melodies(2500, torch.randperm(NOTES))
    model = Composer()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3 if fixed else 5e-2)
    split = lambda rows: (torch.stack(rows)[:, :-1], torch.stack(rows)[:, 1:])
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), optimizer=optimizer, scheduler=None, fixed=fixed,
                           batches=DataLoader(tunes[:2000], batch_size=24, shuffle=True, collate_fn=split),
                           test=split(list(tunes[2000:])))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for x, y in t.batches:
            t.optimizer.zero_grad(set_to_none=True)
            loss = t.criterion(t.model(x).transpose(1, 2), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                return


def quality(t):
    """Accuracy of the next note, from the third on."""
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(-1) == t.test[1])[:, 1:].float().mean().item()


# broken: 0.1 0.094 0.111 0.15 0.124 fixed: 0.868 0.862 0.859 0.861 0.867 (seeds 0..4, 250 updates)
