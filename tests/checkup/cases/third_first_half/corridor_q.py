"""The loss of my Q network goes UP during training instead of down, and it is noisy. Should I stop the run?"""
from types import SimpleNamespace

import copy

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/IntelLabs/coach/issues/214"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"
WIDTH, GAMMA = 6, 0.9
GOAL, PIT = (5, 5), (2, 3)
MOVES = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])


def act(place, action):
    """One move in a grid; the goal pays 10, the pit costs 5, both end the episode, and a step costs 0.05."""
    new = (place + MOVES[action]).clamp(0, WIDTH - 1)
    goal, pit = (new == torch.tensor(GOAL)).all(1), (new == torch.tensor(PIT)).all(1)
    return new, 10.0 * goal - 5.0 * pit - 0.05, (goal | pit).float()


def encode(place):
    one_hot = nn.functional.one_hot(place, WIDTH).float().flatten(1)
    return one_hot


def replay(n):
    place, action = torch.randint(WIDTH, (n, 2)), torch.randint(4, (n,))
    new, reward, end = act(place, action)
    x = torch.cat([encode(place), action[:, None].float(), encode(new), end[:, None]], 1)
    return x, reward


class QNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2 * WIDTH, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))

    def forward(self, state):
        return self.net(state)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, reward = replay(4000)
    q = QNet()
    return SimpleNamespace(model=q, target=copy.deepcopy(q), criterion=nn.SmoothL1Loss(), fixed=fixed,
                           optimizer=torch.optim.Adam(q.parameters(), lr=2e-3), test=replay(500),
                           batches=DataLoader(TensorDataset(x, reward), batch_size=128, shuffle=True))


def loop(t, on_step, steps):
    n, k = 0, 2 * WIDTH
    while n < steps:
        for x, reward in t.batches:
            state, action, new, end = x[:, :k], x[:, k].long(), x[:, k + 1:2 * k + 1], x[:, -1]
            with torch.no_grad():
                best = t.target(new).max(1).values
                goal = reward + GAMMA * (1 - end) * best
            chosen = t.model(state).gather(1, action[:, None]).squeeze(1)
            loss = t.criterion(chosen, goal)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, reward)
            n += 1
            if n % 20 == 0:
                t.target.load_state_dict(t.model.state_dict())
            if n == steps:
                return


def quality(t):
    """Share of the starting squares from which the greedy policy reaches the goal."""
    place = torch.cartesian_prod(torch.arange(WIDTH), torch.arange(WIDTH))
    won, over = torch.zeros(len(place)), torch.zeros(len(place))
    for _ in range(20):
        with torch.no_grad():
            place, reward, end = act(place, t.model(encode(place)).argmax(1))
        won = torch.maximum(won, (1 - over) * (reward > 5).float())
        over = torch.maximum(over, end)
    return won.mean().item()
# broken: 1 1 1  fixed: 1 1 1  (seeds 0, 1, 2; 300 updates)
