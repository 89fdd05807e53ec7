"""Since I train my character model on longer sequences the training is very unstable: the loss jumps up and down by
hundreds and never settles; with sequences of a few characters the same settings are fine."""
from types import SimpleNamespace

import torch
from torch import nn

SOURCE = "https://github.com/karpathy/char-rnn/issues/70"
CAUSE = "loss_not_averaged"
ALSO = ["rate_too_high"]
METRIC = "loss"
WORDS = ("the a my your old small grey quick king horse river garden sees likes finds near under behind and then "
         "because never often").split()


def write(n, generator):
    """A text of made-up sentences out of a small vocabulary; some words follow others far more often."""
    prefer = torch.rand(len(WORDS), len(WORDS), generator=generator) ** 8
    word, out = 0, []
    for _ in range(n):
        word = int(torch.multinomial(prefer[word], 1, generator=generator))
        out.append(WORDS[word] + ("." if word % 7 == 6 else ""))
    return " ".join(out)


class Windows:
    """Random windows of the text: the characters and the characters that follow them."""

    def __init__(self, codes, length, batch):
        self.codes, self.length, self.batch = codes, length, batch

    def __iter__(self):
        for _ in range(50):
            start = torch.randint(len(self.codes) - self.length - 1, (self.batch,))
            rows = torch.stack([self.codes[s:s + self.length + 1] for s in start])
            yield rows[:, :-1], rows[:, 1:]


class CharRNN(nn.Module):
    def __init__(self, symbols, hidden=40):
        super().__init__()
        self.embed = nn.Embedding(symbols, 24)
        self.rnn = nn.GRU(24, hidden, batch_first=True)
        self.decode = nn.Linear(hidden, symbols)

    def forward(self, x):
        states, _ = self.rnn(self.embed(x))
        return self.decode(states)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    text = write(6000, torch.Generator().manual_seed(seed))
    symbols = sorted(set(text))
    codes = torch.tensor([symbols.index(c) for c in text])
    cut = int(0.9 * len(codes))
    model = CharRNN(len(symbols))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(reduction="none"), optimizer=optimizer, scheduler=None,
                           batches=Windows(codes[:cut], 32, 12), test=next(iter(Windows(codes[cut:], 32, 64))), fixed=fixed)


def loop(t, on_step, steps):
    t.model.train()
    step = 0
    while step < steps:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            scores = t.model(x)
            per_character = t.criterion(scores.transpose(1, 2), y).mean(0)
            loss = per_character.mean() if t.fixed else per_character.sum()
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            step += 1
            if step == steps:
                return


def quality(t):
    """Cross-entropy of one held-out character."""
    t.model.eval()
    with torch.no_grad():
        x, y = t.test
        return t.criterion(t.model(x).flatten(0, 1), y.flatten()).mean().item()
# broken: 4.93 9.1 4.57 7.65 5.53 fixed: 0.462 0.424 0.451 0.44 0.436 (seeds 0..4, 300 steps)
