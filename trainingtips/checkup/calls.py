"""Which of torch's functions are losses, activations and ways out of the graph, by what they do.

A `TorchFunctionMode` is given the function that is called, the same one whether a module, `F.relu`,
`torch.relu` or a method called it. Each of these tables has all spellings.
"""

from dataclasses import is_dataclass
from inspect import isclass
from types import SimpleNamespace

import torch
from torch.nn import functional as F
from torch.utils._pytree import tree_leaves

T = torch.Tensor


def _table(**names):
    return {function: name for name, functions in names.items() for function in functions}


# how a loss compares: element by element, or logits with classes
ELEMENTWISE = {
    F.mse_loss: "squared error",
    F.l1_loss: "absolute error",
    F.smooth_l1_loss: "smooth absolute error",
    F.huber_loss: "Huber's loss",
    F.binary_cross_entropy: "binary cross-entropy of probabilities",
    F.binary_cross_entropy_with_logits: "binary cross-entropy of logits",
    F.kl_div: "Kullback-Leibler divergence",
    F.poisson_nll_loss: "Poisson's likelihood",
    F.gaussian_nll_loss: "Gauss' likelihood",
    F.soft_margin_loss: "soft margin",
}
REGRESSION = {F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss}
CLASSES = {
    F.cross_entropy: "cross-entropy of logits",
    F.nll_loss: "negative logarithm of log-probabilities",
    F.multi_margin_loss: "multi-class margin",
    F.multilabel_margin_loss: "multi-label margin",
    F.multilabel_soft_margin_loss: "multi-label soft margin",
}
LOSSES = ELEMENTWISE | CLASSES

ACTIVATIONS = _table(
    relu=[F.relu, torch.relu, T.relu, F.relu6, torch.relu_, T.relu_, F.hardtanh],
    leaky=[
        F.leaky_relu,
        F.prelu,
        F.rrelu,
        torch.prelu,
        F.elu,
        F.selu,
        F.celu,
        torch.selu,
        torch._C._nn.leaky_relu,
        torch._C._nn.elu,
    ],
    smooth=[F.gelu, F.silu, F.mish, F.softplus],
    tanh=[F.tanh, torch.tanh, T.tanh, torch.tanh_, T.tanh_, F.hardtanh],
    sigmoid=[
        F.sigmoid,
        torch.sigmoid,
        T.sigmoid,
        torch.sigmoid_,
        T.sigmoid_,
        F.hardsigmoid,
        torch.special.expit,
    ],
    softmax=[F.softmax, torch.softmax, T.softmax, torch.special.softmax],
    log_softmax=[F.log_softmax, torch.log_softmax, T.log_softmax, F.logsigmoid],
    softmin=[F.softmin],
)
RECURRENT = {torch.rnn_tanh}  # a layer whose units are bounded by tanh
# what keeps the numbers and only arranges them anew
VIEWS = {
    *[T.squeeze, torch.squeeze, T.unsqueeze, torch.unsqueeze, T.view, T.reshape, torch.reshape],
    *[T.flatten, torch.flatten, T.transpose, torch.transpose, T.permute, torch.permute],
    *[T.__getitem__, T.contiguous, T.float, T.double, T.movedim, T.swapaxes, T.ravel, T.select],
}
SUMS = {T.sum, torch.sum}
# what a penalty on weights is made of
SIZES = {
    *[T.pow, torch.pow, T.__pow__, T.square, torch.square, T.abs, torch.abs, T.norm, torch.norm],
    *[torch.linalg.norm, torch.linalg.vector_norm, torch.linalg.matrix_norm, T.sum, torch.sum],
}
DIFFERENCES = {T.sub, torch.sub, T.__sub__, T.__rsub__, torch.subtract, T.subtract}
PRODUCTS = {T.mul, torch.mul, T.__mul__, T.__rmul__}
PAIRED = DIFFERENCES | PRODUCTS  # what is made of two, number by number
# what a target is first given to: losses, differences, and what picks out a class's number
COMPARING = {*LOSSES, *PAIRED, F.one_hot, torch.gather, T.gather}
DROPOUT = {F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout}
# all that is looked at outside of a forward
SEEN = {*LOSSES, *ACTIVATIONS, *VIEWS, *PAIRED, *DROPOUT, *SIZES}


def tensors(value):
    """The tensors in what a model gives: a tensor, dicts, tuples, dataclasses, namespaces of them.

    >>> tensors({"a": torch.ones(2), "b": (SimpleNamespace(c=torch.zeros(1)), None)})
    [tensor([1., 1.]), tensor([0.])]
    """
    found = []
    for leaf in tree_leaves(value):
        if torch.is_tensor(leaf):
            found.append(leaf)
        elif isinstance(leaf, SimpleNamespace) or (is_dataclass(leaf) and not isclass(leaf)):
            found += tensors(list(leaf.__dict__.values()))
    return found
