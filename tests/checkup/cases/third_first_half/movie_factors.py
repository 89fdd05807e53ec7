"""I moved everything into memory and train my recommender on all the ratings at once. An epoch is wonderfully fast, but
after 300 of them it is still far worse than the old program was after 300 epochs."""
from types import SimpleNamespace

import torch
import torch.nn as nn

SOURCE = "https://github.com/ourownstory/neural_prophet/pull/1533"
CAUSE = "batch_too_large_for_budget"
ALSO = ["trained_too_briefly", "rate_too_low"]
METRIC = "loss"
USERS, MOVIES = 150, 90


def make_ratings(n):
    taste, genre = torch.randn(USERS, 4), torch.randn(MOVIES, 4)
    bias_u, bias_m = 0.3 * torch.randn(USERS), 0.5 * torch.randn(MOVIES)
    user, movie = torch.randint(USERS, (n,)), torch.randint(MOVIES, (n,))
    stars = 3.2 + bias_u[user] + bias_m[movie] + 0.5 * (taste[user] * genre[movie]).sum(1) + 0.2 * torch.randn(n)
    return torch.stack([user, movie], 1), stars.clamp(1, 5)


class RatingBatches:
    def __init__(self, pairs, stars, batch_size):
        self.pairs, self.stars, self.batch_size = pairs, stars, batch_size

    def __iter__(self):
        for idx in torch.randperm(len(self.stars)).split(self.batch_size):
            yield self.pairs[idx], self.stars[idx]


class Factors(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.user, self.movie = nn.Embedding(USERS, dim), nn.Embedding(MOVIES, dim)
        self.user_bias, self.movie_bias = nn.Embedding(USERS, 1), nn.Embedding(MOVIES, 1)
        self.mean = nn.Parameter(torch.zeros(1))
        for table in (self.user, self.movie, self.user_bias, self.movie_bias):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, pairs):
        u, m = pairs[:, 0], pairs[:, 1]
        dot = (self.user(u) * self.movie(m)).sum(1)
        return self.mean + dot + self.user_bias(u).squeeze(1) + self.movie_bias(m).squeeze(1)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = make_ratings(5000)
    n_train = 4096
    model = Factors()
    model.mean.data.fill_(y[:n_train].mean())
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), fixed=fixed, test=(x[n_train:], y[n_train:]),
                           optimizer=torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-5),
                           batches=RatingBatches(x[:n_train], y[:n_train], 1024 if fixed else n_train))


def loop(t, on_step, steps):
    # The budget is a number of epochs. With all the ratings in one batch an epoch is one update. In the mended
    # version an epoch has 4 updates; on_step is called for the last of them, so that both see the same samples.
    for epoch in range(steps):
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
        on_step(loss, x, y)


def quality(t):
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()
# broken: 0.614 0.599 0.686  fixed: 0.194 0.174 0.279  (seeds 0, 1, 2; 300 updates)
