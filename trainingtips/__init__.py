"""Why training fails, measured.

- `surfaces`: losses small enough to solve by hand
- `curvature`: gradient, Hessian-vector products, eigenpairs, the way out of a saddle
- `taylor`: a loss's own first and second order models
- `descent`: the path of any `torch.optim` optimiser on any loss
- `data`: handwritten digits, embedded
- `statistics`: `Measured` values and their intervals
- `plotting`: the house style

A loss is a function of one flat float tensor θ of shape (n,) that returns a scalar.
`import trainingtips` imports neither numpy nor torch; each module imports what it needs.
"""

import importlib

__version__ = "0.1.0"
__all__ = ["curvature", "data", "descent", "plotting", "statistics", "surfaces", "taylor"]


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f"trainingtips.{name}")
    raise AttributeError(f"trainingtips has no {name!r}; it has {', '.join(__all__)}")
