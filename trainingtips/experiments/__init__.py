"""The experiments that the figures run, one module a topic.

- `deep_networks`: ten hidden layers on digits, with and without normalization
- `feature_scaling`: least squares on wines, in units as they come, standardized, whitened
- `layer_shifts`: how far a layer's inputs and gradients move while the layers before it learn
- `normalizations`: layers for `deep_networks` whose γ, β, statistics or noise are set
- `smooth_steps`: the loss and its gradient along one step, in a trained ensemble
"""
