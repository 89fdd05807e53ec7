"""The experiments that the figures run, one module a topic.

- `curvature_slices`: what random directions and planes see of a Hessian's eigenvalues
- `deep_networks`: ten hidden layers on digits, with and without normalization
- `feature_scaling`: least squares on wines, in units as they come, standardized, whitened
- `index_energy`: how the index of critical points depends on their loss
- `layer_shifts`: how far a layer's inputs and gradients move while the layers before it learn
- `normalizations`: layers for `deep_networks` whose γ, β, statistics or noise are set
- `random_matrices`: which random symmetric matrices are positive definite, and the exact chance
- `saddle_escapes`: the updates that descent needs to leave the two-weight network's saddle
- `smooth_steps`: the loss and its gradient along one step, in a trained ensemble
- `surroundings`: what lies around a critical point of two weights
- `tanh_networks`: small networks with a Hessian in closed form, and a search for g = 0
- `taylor_terms`: a small network's loss on digits, and the terms of its change
"""
