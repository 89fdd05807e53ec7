"""The experiments that the figures run, one module a topic.

- `criteria`: losses of classifiers compared, each at its best rate and on wrong labels
- `gradient_noise`: how far a batch's gradient is from that of all, by batch size
- `likelihoods`: likelihood and cross-entropy of one weight, and autograd's gradient
- `overflow`: softmax as its formula is written, at logits that are all shifted
- `regression`: linear regression by mini-batches, from digits or twenty points of a line
- `rescaling`: a ReLU network's layers rescaled, and slices of its loss
- `saddle`: a saddle of a whole network, which batches leave and the full set does not
- `shifts`: what a shifted minimum pays, and how far new data shift it
- `shuffling`: three orders of the examples, and the losses that they lead to
- `splits`: members of several splits of the data, compared within a split
- `update_times`: how long an update takes on this machine, by batch size
- `wrong_starts`: updates needed from a start that is confidently wrong
"""
