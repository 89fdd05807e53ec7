"""The causes that the check-up knows: what each is, where the site explains it, what mends it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """A cause. `rank`: 0 a mistake in itself, 1 an unusual choice, 2 a setting."""

    name: str
    sentence: str
    page: str
    mend: str
    rank: int


def _known(*rows):
    return {row[0]: Label(*row) for row in rows}


LR, LOSS, BN = "learning_rate.md", "loss_function.md", "batch_norm.md"
BATCH, CRITICAL, MOMENTUM = "batch.md", "critical_points.md", "momentum.md"
START, TEST = "start.md", "train_and_test.md"

LABELS = _known(
    ("rate_too_high", "The learning rate is too high.", f"{LR}#the-edge-of-stability",
     "optimizer = …(model.parameters(), lr=lr / 10)", 2),
    ("rate_too_low", "The learning rate is too low.", f"{LR}#stuck-and-the-gradient-is-not-small",
     "optimizer = …(model.parameters(), lr=lr * 10)", 2),
    ("no_warm_up", "The first steps are too large: there is no warm-up.", f"{LR}#warm-up",
     "scheduler = LambdaLR(optimizer, lambda k: min(1, (k + 1) / 100)), each update", 2),
    ("schedule_wrong", "The schedule lowers (or raises) the rate at the wrong time.",
     f"{LR}#schedules", "step the scheduler once an epoch, or count its steps in updates", 1),
    ("momentum_too_high", "The momentum is too high.", f"{MOMENTUM}#when-does-it-converge",
     "momentum=0.9", 1),
    ("weight_decay_too_large", "The weight decay is too large.", f"{TEST}#weight-decay",
     "weight_decay=0", 1),
    ("clip_too_low", "The gradient is clipped so far that training stands still.",
     f"{START}#clipping", "clip_grad_norm_(model.parameters(), a usual norm)", 1),
    ("inputs_not_scaled", "The inputs are not centred and scaled.",
     f"{BN}#features-of-unequal-scale", "x = (x - train_x.mean(0)) / train_x.std(0)", 1),
    ("targets_not_scaled", "The targets are not centred and scaled.",
     f"{BN}#features-of-unequal-scale", "y = (y - train_y.mean(0)) / train_y.std(0)", 1),
    ("symmetric_start", "Units start alike, and stay alike.", f"{START}#units-that-start-alike",
     "leave the layers' own start: no constant weights", 0),
    ("start_too_large", "The weights start too large.", f"{START}#from-layer-to-layer",
     "nn.init.kaiming_normal_(layer.weight)", 1),
    ("start_too_small", "The weights start too small.",
     f"{START}#from-layer-to-layer",
     "nn.init.kaiming_normal_(layer.weight)", 1),
    ("vanishing_gradient", "The gradient vanishes on its way to the first layers.",
     f"{START}#how-deep-may-it-be", "ReLU, residual connections, a norm between layers", 1),
    ("exploding_gradient", "The gradient explodes.", f"{START}#clipping",
     "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)", 1),
    ("dead_relu", "Most units of a ReLU layer are dead: zero for every input.",
     f"{START}#dead-units", "nn.LeakyReLU(0.1), a smaller rate", 1),
    ("saturated_units", "Units are saturated, where their slope is almost zero.",
     f"{START}#saturated-units", "nn.ReLU(), or smaller inputs to the sigmoid", 1),
    ("squared_error_on_softmax", "Squared error is taken of probabilities.",
     f"{LOSS}#the-same-mistake-two-landscapes", "nn.CrossEntropyLoss() on logits", 0),
    ("softmax_twice", "Softmax is taken twice: the loss takes one of its own.",
     f"{LOSS}#from-logits-to-probabilities", "leave out the model's softmax", 0),
    ("sigmoid_twice", "The sigmoid is taken twice: the loss takes one of its own.",
     f"{LOSS}#from-logits-to-probabilities", "leave out the model's sigmoid", 0),
    ("probabilities_expected", "The loss wants (log-)probabilities and gets logits.",
     f"{LOSS}#from-logits-to-probabilities", "nn.CrossEntropyLoss(), or log_softmax before", 0),
    ("wrong_output_range", "The output's activation cannot reach the targets.",
     f"{LOSS}#in-practice", "leave out the last activation", 0),
    ("shapes_broadcast", "Outputs and targets differ in shape, and each is compared with all.",
     f"{LOSS}#caveats", "y = y.view_as(output)", 0),
    ("wrong_loss", "The loss does not fit the targets.", f"{LOSS}#what-cross-entropy-measures",
     "cross-entropy for classes, with logits for marks, squared error for numbers", 0),
    ("loss_not_averaged", "The loss is a sum, not a mean.", f"{LR}#sum-or-mean",
     'reduction="mean"', 1),
    ("not_shuffled", "The examples are not shuffled.", f"{BATCH}#dealing-out-the-examples",
     "DataLoader(…, shuffle=True)", 0),
    ("labels_mismatched", "Inputs and targets are out of step.",
     f"{TEST}#out-of-step-out-of-balance", "shuffle, sort and cut x and y by the same index", 0),
    ("labels_noisy", "Many labels are wrong.", f"{TEST}#noisy-labels",
     "look through the examples whose neighbours disagree", 1),
    ("classes_imbalanced", "The rare classes are not learnt.", f"{TEST}#out-of-step-out-of-balance",
     "WeightedRandomSampler, or CrossEntropyLoss(weight=1 / counts)", 1),
    ("bad_values", "The data hold values that are not finite, or far outside.",
     f"{BN}#features-of-unequal-scale", "x = x[torch.isfinite(x).all(1)]", 0),
    ("nan_in_loss", "A step of the computation gives NaN where its inputs are good.",
     f"{LOSS}#from-logits-to-probabilities", "keep logarithms and roots away from zero", 0),
    ("gradient_not_cleared", "Gradients are not set to zero between updates.",
     f"{MOMENTUM}#the-rule", "optimizer.zero_grad() before each backward", 0),
    ("no_update", "Parameters are never updated.", f"{CRITICAL}#in-practice",
     "optimizer = …(model.parameters()), after the model is complete", 0),
    ("graph_cut", "The graph is cut: no gradient reaches parameters that the loss depends on.",
     f"{CRITICAL}#in-practice", "no detach, data, numpy or no_grad between parameters and loss", 0),
    ("evaluation_mode", "The model is in the wrong mode.", f"{BN}#training-and-testing",
     "model.train() before each epoch, model.eval() before each test", 0),
    ("batch_too_small_for_norm", "The batch is too small for batch norm.", f"{BN}#small-batches",
     "nn.GroupNorm, or larger batches", 1),
    ("batch_too_large_for_budget", "The batch is so large that there are too few updates.",
     f"{BATCH}#one-update-or-twenty", "a batch of an eighth", 2),
    ("norm_statistics_stale", "The running statistics of batch norm are not those of the data.",
     f"{BN}#training-and-testing", "momentum=0.1; estimate them anew before testing", 1),
    ("dropout_too_high", "Dropout is too high.",
     f"{TEST}#dropout", "nn.Dropout(0.1)", 1),
    ("overfitting", "The model learns the training examples by heart.",
     f"{TEST}#early-stopping", "stop earlier, or regularise", 1),
    ("capacity_too_small", "The model is too small for the task.", f"{CRITICAL}#in-practice",
     "wider layers, or one more", 2),
    ("precision_too_low", "The numbers' precision is too low for the updates.",
     f"{START}#half-precision", "keep the weights in float32, and use torch.amp", 0),
    ("preprocessing_mismatch", "Training and test data are prepared differently.",
     f"{BN}#training-and-testing", "one function prepares both", 0),
    ("output_units_wrong", "The output has the wrong number of units.",
     f"{LOSS}#from-logits-to-probabilities", "one unit with a sigmoid, or one for each class", 0),
    ("trained_too_briefly", "The training ends while it still learns fast.",
     f"{BATCH}#one-update-or-twenty", "more updates", 2),
)  # fmt: skip
