"""The tagger that I train from scratch labels every word as 'O'. The loss does go down, a little less every day, so I
keep waiting."""
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

SOURCE = "https://github.com/fizyr/keras-retinanet/pull/843"
CAUSE = "rate_too_low"
ALSO = ["trained_too_briefly"]
METRIC = "accuracy"
WORDS, TAGS, PAD = 50, 4, 0


def sentences(n):
    """Titles (1-5) open a person, prepositions (6-9) open a place, the following capitalised words continue it."""
    data = []
    for _ in range(n):
        words, tags, state = [], [], 0
        for _ in range(int(torch.randint(5, 11, (1,)))):
            w = int(torch.randint(1, 16, (1,))) if torch.rand(1) < 0.4 else int(torch.randint(16, WORDS, (1,)))
            state = 1 if w <= 5 else 2 if w <= 9 else 0 if w < 16 else state if w >= 32 else 0
            words.append(w)
            tags.append(3 if w <= 9 else state)
        data.append((torch.tensor(words), torch.tensor(tags)))
    return data


def collate(items):
    words, tags = zip(*items)
    return pad_sequence(words, batch_first=True), pad_sequence(tags, batch_first=True, padding_value=-100)


class Tagger(nn.Module):
    def __init__(self, dim=32, hidden=24):
        super().__init__()
        self.embed = nn.Embedding(WORDS, dim, padding_idx=PAD)
        self.norm = nn.LayerNorm(dim)
        self.encoder = nn.GRU(dim, hidden, batch_first=True, bidirectional=True)
        self.classifier = nn.Linear(2 * hidden, TAGS)

    def forward(self, words):
        h, _ = self.encoder(self.norm(self.embed(words)))
        return self.classifier(h)


def token_loss(logits, tags):
    return F.cross_entropy(logits.flatten(0, 1), tags.flatten(), ignore_index=-100)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    model = Tagger()
    no_decay = ("bias", "norm.weight")
    groups = [
        {"params": [p for n, p in model.named_parameters() if not n.endswith(no_decay)], "weight_decay": 0.01},
        {"params": [p for n, p in model.named_parameters() if n.endswith(no_decay)], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=3e-3 if fixed else 2e-5)
    warm_up = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: min(1.0, (k + 1) / 20))
    return SimpleNamespace(model=model, criterion=token_loss, optimizer=optimizer, scheduler=warm_up, fixed=fixed,
                           batches=DataLoader(sentences(1000), batch_size=32, shuffle=True, collate_fn=collate),
                           test=collate(sentences(200)))


def loop(t, on_step, steps):
    step = 0
    t.model.train()
    while step < steps:
        for words, tags in t.batches:
            loss = t.criterion(t.model(words), tags)
            t.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(t.model.parameters(), 1.0)
            t.optimizer.step()
            t.scheduler.step()
            on_step(loss, words, tags)
            step += 1
            if step == steps:
                break


def quality(t):
    words, tags = t.test
    with torch.no_grad():
        return (t.model(words).argmax(-1) == tags)[tags >= 0].float().mean().item()
# broken: 0.514 0.48 0.55  fixed: 1 0.999 1  (seeds 0, 1, 2; 300 updates)
