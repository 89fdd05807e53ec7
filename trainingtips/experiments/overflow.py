"""Softmax at logits that are all shifted: as its formula is written, exponentials overflow."""

import numpy as np
import torch
from scipy import special


def written(logits):
    """Softmax over the last axis as its formula is written, exp(zₖ) / Σⱼ exp(zⱼ).

    >>> written(torch.tensor([100.0, 0.0]))
    tensor([nan, 0.])
    """
    powers = logits.exp()
    return powers / powers.sum(-1, keepdim=True)


def two_classes(differences, shift):
    """Logits (m, 2) of two classes whose differences z₁ − z₂ are these, (m,), and mean `shift`."""
    half = torch.from_numpy(differences) / 2
    return torch.stack([half, -half], -1) + shift


def errors(rule, offsets, dtype):
    """Largest error of the probabilities of (c, c + 1, c + 2), for each of the offsets c, (m,).

    `rule` is a softmax, computed in `dtype`. Returns a dict: `shift`, the offsets at which the
    answer is a number, and the `error` there; where an exponential overflows it is none.
    """
    logits = torch.from_numpy(offsets)[:, None] + torch.arange(3.0)
    found = rule(logits.to(dtype)).double().numpy()
    number = np.isfinite(found).all(-1)
    error = abs(found - special.softmax([0.0, 1.0, 2.0])).max(-1)
    return {"shift": offsets[number], "error": error[number]}
