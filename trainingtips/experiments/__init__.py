"""The experiments that the figures run, with settings that the scripts give; one module a topic.

- `bias`: Adam without bias correction, its steps and what networks reach
- `bouncing`: whether training that stands still is at rest or bounces
- `criteria`: losses of classifiers compared, each at its best rate and on wrong labels
- `effective_rates`: what an adaptive optimiser multiplies a weight's gradient by
- `floors`: momentum under gradient noise, and the loss's floor
- `gradient_noise`: how far a batch's gradient is from that of all, by batch size
- `landscape`: a hillside, a plateau, a dip and a deep minimum, and balls that roll there
- `likelihoods`: likelihood and cross-entropy of one weight, and autograd's gradient
- `memory`: every gradient and step of a run with momentum, and the weights that link them
- `overflow`: softmax as its formula is written, at logits that are all shifted
- `quadratics`: descent with and without momentum on quadratics, iterated and searched
- `regression`: linear regression by mini-batches, from digits or twenty points of a line
- `rescaling`: a ReLU network's layers rescaled, and slices of its loss
- `saddle`: a saddle of a whole network, which batches leave and the full set does not
- `schedules`: the learning rate over time, and what networks reach under it at many peak rates
- `shifts`: what a shifted minimum pays, and how far new data shift it
- `shuffling`: three orders of the examples, and the losses that they lead to
- `splits`: members of several splits of the data, compared within a split
- `stability`: the largest curvature along training, and an optimiser's edge
- `turning`: a valley turned against the weights' axes, and optimisers in it
- `update_times`: how long an update takes on this machine, by batch size
- `valley`: a straight line's narrow valley, and descent and Adagrad in it
- `wrong_starts`: updates needed from a start that is confidently wrong
"""
