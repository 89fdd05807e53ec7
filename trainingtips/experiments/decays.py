"""Weight decay with a strength of each member's own, coupled and apart, as `own_training` steps."""

from functools import partial

import torch

from trainingtips.experiments import own_training


def coupled(nets, rule, rate, decays):
    """A step of `rule` at `rate` on the gradient plus each member's decay, (E,), times its weights.

    That is the gradient of the loss with a penalty of λ/2 times the sum of squares (L2).
    """

    def decaying(leaves):
        optimizer = rule(leaves, lr=rate)

        def add(*_):
            with torch.no_grad():
                for leaf in leaves:
                    leaf.grad.add_(beside(leaf, decays) * leaf)

        optimizer.register_step_pre_hook(add)
        return optimizer

    return own_training.optimized(nets, decaying)


def decoupled(nets, rule, rate, decays):
    """A step of `rule` beside which each member's weights shrink, by the rate times its decay.

    As in AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) the gradient is that of the weights
    before they shrink.
    """
    optimizer = own_training.optimized(nets, partial(rule, lr=rate))

    def step(x, y, t):
        before = [leaf.detach().clone() for leaf in nets.parameters.values()]
        optimizer(x, y, t)
        with torch.no_grad():
            for leaf, old in zip(nets.parameters.values(), before, strict=True):
                leaf.sub_(rate * beside(leaf, decays) * old)

    return step


def beside(leaf, numbers):
    """Numbers of the members, (E,), in the form that multiplies their weights, (E, …)."""
    return numbers.view(-1, *[1] * (leaf.ndim - 1))
