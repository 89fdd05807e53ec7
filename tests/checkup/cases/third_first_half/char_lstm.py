"""My character-level LSTM learned well with snippets of 10 characters; with 60 characters the loss jumps up and down
and the samples are gibberish."""
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn

SOURCE = "https://github.com/karpathy/char-rnn/issues/70"
CAUSE = "loss_not_averaged"
ALSO = ["rate_too_high", "exploding_gradient"]
METRIC = "accuracy"


def write_text(rng, sentences):
    who = ["the miller", "a stranger", "my sister", "the old captain", "nobody"]
    does = ["bought", "painted", "forgot", "carried", "was looking for"]
    what = ["a red lamp", "three letters", "the wooden door", "some bread", "his umbrella"]
    when = ["yesterday", "in the rain", "before noon", "again"]
    pick = lambda options: options[rng.randint(len(options))]
    return " ".join(f"{pick(who)} {pick(does)} {pick(what)} {pick(when)}." for _ in range(sentences))


class Snippets:
    """Random windows of the text: x are the characters, y the characters one step later."""

    def __init__(self, codes, seq_length, batch_size, seed):
        self.codes, self.seq_length, self.batch_size = codes, seq_length, batch_size
        self.rng = np.random.RandomState(seed)

    def __iter__(self):
        for _ in range(50):
            starts = self.rng.randint(0, len(self.codes) - self.seq_length - 1, self.batch_size)
            chunk = torch.stack([self.codes[s:s + self.seq_length + 1] for s in starts])
            yield chunk[:, :-1], chunk[:, 1:]


class CharLSTM(nn.Module):
    def __init__(self, n_chars, hidden=64):
        super().__init__()
        self.embed = nn.Embedding(n_chars, 24)
        self.lstm = nn.LSTM(24, hidden, batch_first=True)
        self.decode = nn.Linear(hidden, n_chars)

    def forward(self, x, state=None):
        h, state = self.lstm(self.embed(x), state)
        return self.decode(h), state


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    text = write_text(np.random.RandomState(seed), 900)
    chars = sorted(set(text))
    codes = torch.tensor([chars.index(c) for c in text])
    cut = int(0.9 * len(codes))
    model = CharLSTM(len(chars))
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.9)
    held = Snippets(codes[cut:], 60, 40, seed + 7)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), optimizer=optimizer, fixed=fixed,
                           batches=Snippets(codes[:cut], 60, 16, seed), test=next(iter(held)))


def loop(t, on_step, steps):
    n = 0
    while n < steps:
        for x, y in t.batches:
            logits, _ = t.model(x)
            loss = 0
            for step in range(x.size(1)):
                loss = loss + t.criterion(logits[:, step], y[:, step])
            if t.fixed:
                loss = loss / x.size(1)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            n += 1
            if n == steps:
                break


def quality(t):
    x, y = t.test
    with torch.no_grad():
        logits, _ = t.model(x)
    return (logits.argmax(-1) == y).float().mean().item()
# broken: 0.751 0.773 0.693  fixed: 0.912 0.919 0.912  (seeds 0, 1, 2; 300 updates)
