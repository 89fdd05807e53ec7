"""skorch's nets with the check-up among their callbacks."""

import pytest
import torch
from torch import nn

from tests.checkup.integrations import common

skorch = pytest.importorskip("skorch", reason="no skorch here: trainingtips[integrations] has it")

pytestmark = pytest.mark.filterwarnings("ignore")  # the library's own


@pytest.mark.parametrize("softmax", [True, False])
def test_a_fit_is_watched(softmax):
    from trainingtips.checkup.integrations.skorch import CheckUp

    net = skorch.NeuralNet(
        common.Net, module__softmax=softmax, criterion=nn.CrossEntropyLoss, max_epochs=2,
        batch_size=16, lr=0.1, optimizer=torch.optim.SGD, train_split=None, verbose=0,
        callbacks=[("checkup", CheckUp())],
    )  # fmt: skip
    x, y = common.examples()
    net.fit(x, y)
    callback = dict(net.callbacks_)["checkup"]
    common.check(callback.report, softmax, 20, callback.watch.seen, net.module_)
