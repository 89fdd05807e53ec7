"""Models of Hugging Face, Lightning and skorch, made on the spot: against torch's own derivatives.

None of the three is needed by the package; where one is not installed its tests are skipped.
"""

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.utils.data import DataLoader, TensorDataset

from trainingtips import batches, curvature
from trainingtips.ensemble import Ensemble

DOUBLE = torch.float64
SMALL = {"vocab_size": 13, "bos_token_id": 0, "eos_token_id": 0}


def library(name):
    # what they say of themselves at import is no fault of ours
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} is not installed", exc_type=ImportError)


def gpt2(dropout=0.0, kind=DOUBLE):
    transformers = library("transformers")
    config = transformers.GPT2Config(
        n_positions=8, n_embd=4, n_layer=1, n_head=2, resid_pdrop=dropout, embd_pdrop=0.0,
        attn_pdrop=0.0, **SMALL,
    )  # fmt: skip
    torch.manual_seed(0)
    return transformers.GPT2LMHeadModel(config).to(kind)


def bert():
    transformers = library("transformers")
    config = transformers.BertConfig(
        vocab_size=13, hidden_size=4, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=6, max_position_embeddings=8, num_labels=3,
    )  # fmt: skip
    torch.manual_seed(0)
    return transformers.BertForSequenceClassification(config).double().eval()


def sentences(n=6, long=5):
    return torch.from_numpy(np.random.default_rng(0).integers(1, 13, size=(n, long)))


def own(module, value):
    """(loss, θ) by torch alone: value(output) of the module's parameters, flat."""
    named = {name: p.detach() for name, p in module.named_parameters()}
    sizes, shapes = [p.numel() for p in named.values()], [p.shape for p in named.values()]

    def loss(theta):
        parts = (t.view(s) for t, s in zip(theta.split(sizes), shapes, strict=True))
        return value(lambda x: functional_call(module, dict(zip(named, parts, strict=True)), *x))

    return loss, torch.cat([p.reshape(-1) for p in named.values()])


def agree(loss, theta, plain, at):
    """Value, gradient, a product and both ends of the spectrum, by torch's plain attention."""
    torch.testing.assert_close(theta, at)
    torch.testing.assert_close(loss(theta), plain(at))
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        point = at.clone().requires_grad_()
        (g,) = torch.autograd.grad(plain(point), point, create_graph=True)
        v = torch.linspace(-1, 1, len(at), dtype=at.dtype)
        (hv,) = torch.autograd.grad(g, point, v, retain_graph=True)
        torch.testing.assert_close(curvature.gradient(loss, theta), g.detach())
        torch.testing.assert_close(curvature.hvp(loss, theta, v), hv)
        exact = np.linalg.eigvalsh(torch.autograd.functional.hessian(plain, at).numpy())
    values, _ = curvature.eigenpairs(loss, theta)
    accuracy = {torch.float32: 1e-4, DOUBLE: 1e-7}[at.dtype]
    np.testing.assert_allclose(values, exact[[0, -1]], rtol=0, atol=accuracy * exact[-1])


def test_gpt2_returns_its_loss_and_ties_its_weights():
    model, tokens = gpt2(kind=torch.float32), sentences()  # its loss is of float32 in any case
    mask = (torch.arange(5) < torch.tensor([5, 4, 5, 3, 5, 2])[:, None]).long()
    labels = tokens.masked_fill(mask == 0, -100)
    batch = {"input_ids": tokens, "attention_mask": mask, "labels": labels}
    plain, at = own(model, lambda run: run(((), batch)).loss)
    loss, theta = curvature.flat_loss(model, None, batch)
    agree(loss, theta, plain, at)
    parts = [{k: v[:4] for k, v in batch.items()}, {k: v[4:] for k, v in batch.items()}]
    over, theta = curvature.flat_loss(model, None, parts)
    torch.testing.assert_close(over(theta), plain(at))  # by what is not ignored
    torch.testing.assert_close(curvature.gradient(over, theta), curvature.gradient(loss, theta))


def test_bert_by_a_criterion_of_its_logits():
    model, tokens = bert(), sentences()
    y = torch.tensor([0, 1, 2, 2, 1, 0])

    def criterion(output, y):
        return nn.functional.cross_entropy(output.logits, y)

    plain, at = own(model, lambda run: criterion(run(((), {"input_ids": tokens})), y))
    agree(*curvature.flat_loss(model, criterion, {"input_ids": tokens}, y), plain, at)
    rows = batches.per_example_gradients(model, criterion, {"input_ids": tokens}, y)
    point = at.clone().requires_grad_()
    (g,) = torch.autograd.grad(plain(point), point)
    torch.testing.assert_close(rows.mean(0), g)


def test_dropout_of_a_model_in_train_mode_is_named():
    model, tokens = gpt2(dropout=0.3).train(), sentences()
    with pytest.raises(ValueError, match=r"random numbers are in .*Dropout"):
        curvature.eigenpairs(
            *curvature.flat_loss(model, None, {"input_ids": tokens, "labels": tokens})
        )


def test_an_ensemble_of_gpt2():
    library("transformers")

    class Scores(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = gpt2()

        def forward(self, tokens):
            return self.model(tokens).logits

    def criterion(scores, y):
        return nn.functional.cross_entropy(scores.flatten(0, -2), y.flatten())

    tokens = sentences(8, 6)
    x, y = tokens[:, :-1], tokens[:, 1:]
    nets = Ensemble(Scores, [0, 1])
    alone = [nets.member(i).train() for i in range(2)]
    nets.train(x, y, lambda p: torch.optim.SGD(p, lr=0.1), 4, 2, criterion=criterion)
    for i, net in enumerate(alone):
        rule = torch.optim.SGD(net.parameters(), lr=0.1)
        for number in range(2):
            for part in batches.epoch(8, 4, i, number):
                rule.zero_grad()
                criterion(net(x[part]), y[part]).backward()
                rule.step()
        for ours, theirs in zip(nets.member(i).parameters(), net.parameters(), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-11)


def data(n=20):
    rng = np.random.default_rng(1)
    return torch.from_numpy(rng.normal(size=(n, 3))), torch.from_numpy(rng.integers(2, size=n))


def test_a_lightning_module():
    lightning = library("lightning")

    class Lit(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.save_hyperparameters()
            self.net = nn.Sequential(nn.Linear(3, 20), nn.Tanh(), nn.Linear(20, 2))

        def forward(self, x):
            return self.net(x)

    torch.manual_seed(0)
    module, (x, y) = Lit().double(), data()
    plain, at = own(
        module.net, lambda run: nn.functional.cross_entropy(run(((x,),)), y)
    )  # fmt: skip
    loader = DataLoader(TensorDataset(x, y), batch_size=7, shuffle=True)
    for given in ((x, y), (loader,)):
        agree(*curvature.flat_loss(module, nn.functional.cross_entropy, *given), plain, at)


def test_a_skorch_net():
    skorch = library("skorch")
    x, y = data()
    torch.manual_seed(0)
    net = skorch.NeuralNetClassifier(
        nn.Sequential(nn.Linear(3, 20), nn.Tanh(), nn.Linear(20, 2)).double(),
        criterion=nn.CrossEntropyLoss, max_epochs=3, lr=0.1, train_split=None, verbose=0,
    )  # fmt: skip
    net.fit(x.numpy(), y.numpy())
    module = net.module_
    plain, at = own(module, lambda run: net.criterion_(run(((x,),)), y))
    agree(*curvature.flat_loss(module, net.criterion_, x, y), plain, at)
    loader = net.get_iterator(net.get_dataset(x.numpy(), y.numpy()), training=True)
    agree(*curvature.flat_loss(module, net.criterion_, loader), plain, at)
