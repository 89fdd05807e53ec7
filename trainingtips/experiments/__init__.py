"""The experiments behind the figures: what a script runs with its own settings.

- `bias`: Adam without bias correction, its steps and what networks reach
- `bouncing`: whether training that stands still is at rest or bounces
- `effective_rates`: what an adaptive optimiser multiplies a weight's gradient by
- `floors`: momentum under gradient noise, and the loss's floor
- `landscape`: a hillside, a plateau, a dip and a deep minimum, and balls that roll there
- `memory`: every gradient and step of a run with momentum, and the weights that link them
- `quadratics`: descent with and without momentum on quadratics, iterated and searched
- `schedules`: the learning rate over time, and what networks reach under it at many peak rates
- `stability`: the largest curvature along training, and an optimiser's edge
- `turning`: a valley turned against the weights' axes, and optimisers in it
- `valley`: a straight line's narrow valley, and descent and Adagrad in it
"""
