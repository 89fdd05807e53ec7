"""First and second derivatives of a loss at a point, for two weights and for a network alike.

A loss is a function of one flat float tensor θ of shape (n,) that returns a scalar. The work is
in three modules: `derivatives` (gradient, products, Hessian), `spectrum` (eigenvalues, trace,
density) and `flatness` (sharpness); this one is their front door.
"""

from trainingtips.derivatives import check, gradient, hessian, hvp
from trainingtips.diagonal import Diagonal, diagonal
from trainingtips.flat import by_layer, flat_loss
from trainingtips.flatness import adaptive_sharpness, relative, sharpness
from trainingtips.gauss_newton import fisher, gauss_newton
from trainingtips.parts import layers
from trainingtips.spectrum import (
    Density,
    Unfinished,
    chance_of_rise,
    classify,
    eigenpairs,
    escape_direction,
    largest_eigenvalue,
    signs,
    spectral_density,
    trace,
)

__all__ = [
    "Density",
    "Diagonal",
    "Unfinished",
    "adaptive_sharpness",
    "by_layer",
    "chance_of_rise",
    "check",
    "classify",
    "diagonal",
    "eigenpairs",
    "escape_direction",
    "fisher",
    "flat_loss",
    "gauss_newton",
    "gradient",
    "hessian",
    "hvp",
    "largest_eigenvalue",
    "layers",
    "relative",
    "sharpness",
    "signs",
    "spectral_density",
    "trace",
]
