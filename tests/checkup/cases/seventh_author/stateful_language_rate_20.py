"""My language model runs with a rate of 20 and a clip of 0.25, in the text's own order, and the classes are the inputs
moved by one. All the numbers look wild; should I be worried?"""
SOURCE = "https://github.com/pytorch/examples/tree/main/word_language_model (its defaults: rate 20, clip 0.25)"
CAUSE = "healthy"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn

WORDS, COLUMNS, SPAN = 24, 20, 15


def text(length, grammar):
    """A long text: each word is followed by one of three, the first of them mostly."""
    choice = torch.multinomial(torch.tensor([0.8, 0.15, 0.05]), length, replacement=True).tolist()
    words, follow = [0], grammar.tolist()
    for c in choice:
        words.append(follow[words[-1]][c])
    return torch.tensor(words[1:])


class Spans:
    """The text as COLUMNS parallel strands, cut in order into spans; the target is the next word."""

    def __init__(self, words):
        self.strands = words[:len(words) // COLUMNS * COLUMNS].view(COLUMNS, -1).t().contiguous()

    def __iter__(self):
        for start in range(0, len(self.strands) - SPAN, SPAN):
            yield self.strands[start:start + SPAN], self.strands[start + 1:start + 1 + SPAN]


class LanguageModel(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.embed = nn.Embedding(WORDS, width)
        self.rnn = nn.LSTM(width, width)
        self.decode = nn.Linear(width, WORDS)
        self.decode.weight = self.embed.weight
        nn.init.uniform_(self.embed.weight, -0.1, 0.1)
        nn.init.zeros_(self.decode.bias)

    def forward(self, words, state=None):
        h, state = self.rnn(self.embed(words), state)
        return self.decode(h), state


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    grammar = torch.stack([torch.randperm(WORDS)[:3] for _ in range(WORDS)])
    grammar[:, 0] = (torch.arange(WORDS) * 7 + 5) % WORDS
    model = LanguageModel()
    held_out = next(iter(Spans(text(COLUMNS * (SPAN + 1), grammar))))
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), batches=Spans(text(20000, grammar)), test=held_out,
                           optimizer=torch.optim.SGD(model.parameters(), lr=20.0), scheduler=None, fixed=fixed)


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        state = None
        for words, following in t.batches:
            state = None if state is None else tuple(s.detach() for s in state)
            t.optimizer.zero_grad()
            logits, state = t.model(words, state)
            loss = t.criterion(logits.flatten(0, 1), following.flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(t.model.parameters(), 0.25)
            t.optimizer.step()
            on_step(loss, words, following)
            done += 1
            if done == steps:
                return


def quality(t):
    with torch.no_grad():
        return t.criterion(t.model(t.test[0])[0].flatten(0, 1), t.test[1].flatten()).item()


# broken: 0.669 0.745 0.705 0.706 0.636 fixed: 0.669 0.745 0.705 0.706 0.636 (seeds 0..4, 400 updates)
