"""Why training fails, measured.

- `surfaces`: losses small enough to solve by hand
- `curvature`: gradient, Hessian-vector products, eigenpairs, trace, sharpness
- `taylor`: a loss's own Taylor models
- `critical`: where the gradient vanishes, and what lies around it
- `descent`: the path of any `torch.optim` optimiser on any loss
- `ensemble`: many networks trained at once
- `batches`: shuffling, per-example gradients, gradient noise
- `momentum`: the heavy ball on a quadratic, its exact rates and its noise
- `networks`: the small networks that the figures train
- `random_matrices`: random symmetric matrices and their exact chances
- `losses`: softmax, cross-entropy and squared error as surfaces over the logits
- `normalization`: feature scaling, batch normalization, smoothness along a step
- `data`: digits, clothes, a text, flights; MNIST, CIFAR-10, or an `.npz` of your own
- `checkup`: what is wrong with a training of your own, tried by experiment
- `timing`: seconds and bytes, for records of a machine
- `chance`: seeds, generators, and the draw that shifts them
- `parallel`: the parts of a long experiment, one after another or elsewhere at once
- `statistics`: `Measured` values and their intervals
- `plotting`: the house style, and the verbs that figures are drawn with

A loss is a function of one flat float tensor θ of shape (n,) that returns a scalar.
`import trainingtips` imports neither numpy nor torch; each module imports what it needs.
"""

import importlib

__version__ = "0.1.0"
__all__ = [
    "batches",
    "chance",
    "checkup",
    "critical",
    "curvature",
    "data",
    "descent",
    "ensemble",
    "losses",
    "momentum",
    "networks",
    "normalization",
    "parallel",
    "plotting",
    "random_matrices",
    "statistics",
    "surfaces",
    "taylor",
    "timing",
]


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f"trainingtips.{name}")
    raise AttributeError(f"trainingtips has no {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted([*globals(), *__all__])
