"""My relational graph network stays near chance, no matter how many layers I add. The optimizer runs without an error and
the loss even falls a little."""
from types import SimpleNamespace

import torch
import torch.nn as nn

SOURCE = "https://github.com/pytorch/pytorch/issues/632"
CAUSE = "no_update"
ALSO = []
METRIC = "accuracy"
NODES, RELATIONS, FEATURES, CLASSES = 500, 3, 6, 4


def build_graph():
    """A citation-like graph with three kinds of edges; a node's class depends on two of its neighbourhoods."""
    x = torch.randn(NODES, FEATURES)
    adjacency = []
    for _ in range(RELATIONS):
        a = (torch.rand(NODES, NODES) < 4 / NODES).float()
        a = a + torch.eye(NODES) * (a.sum(1, keepdim=True) == 0)
        adjacency.append(a / a.sum(1, keepdim=True))
    p, q = adjacency[0] @ x[:, :1], adjacency[1] @ x[:, 1:2]
    y = 2 * (p > 0).long() + (q > 0).long()
    return x, torch.stack(adjacency), y.squeeze(1)


class RelationalLayer(nn.Module):
    def __init__(self, n_in, n_out, fixed):
        super().__init__()
        scale = n_in ** -0.5
        weights = {str(r): nn.Parameter(scale * torch.randn(n_in, n_out)) for r in range(RELATIONS)}
        loops = nn.Parameter(scale * torch.randn(n_in, n_out))
        self.weight = nn.ParameterDict(weights) if fixed else weights
        self.other = nn.ParameterDict({"loop": loops}) if fixed else {"loop": loops}

    def forward(self, x, adjacency):
        out = x @ self.other["loop"]
        for r in range(RELATIONS):
            out = out + adjacency[r] @ (x @ self.weight[str(r)])
        return torch.tanh(out)


class RelationalNet(nn.Module):
    def __init__(self, adjacency, fixed, hidden=6):
        super().__init__()
        self.register_buffer("adjacency", adjacency)
        self.layer1 = RelationalLayer(FEATURES, hidden, fixed)
        self.layer2 = RelationalLayer(hidden, hidden, fixed)
        self.classify = nn.Linear(hidden, CLASSES)

    def forward(self, x):
        return self.classify(self.layer2(self.layer1(x, self.adjacency), self.adjacency))


class WholeGraph:
    """A graph is one batch; labels of the held-out nodes are masked with -100."""

    def __init__(self, *graph):
        self.graph = graph

    def __iter__(self):
        yield self.graph


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, adjacency, y = build_graph()
    held = torch.rand(NODES) < 0.2
    model = RelationalNet(adjacency, fixed)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(ignore_index=-100), fixed=fixed,
                           optimizer=torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4),
                           batches=WholeGraph(x, y.masked_fill(held, -100)), test=(x, y.masked_fill(~held, -100)))


def loop(t, on_step, steps):
    for epoch in range(steps):
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)


def quality(t):
    x, y = t.test
    with torch.no_grad():
        return (t.model(x).argmax(1) == y)[y >= 0].float().mean().item()
# broken: 0.284 0.37 0.443  fixed: 0.83 0.722 0.899  (seeds 0, 1, 2; 300 updates)
