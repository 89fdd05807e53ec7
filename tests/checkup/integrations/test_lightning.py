"""Lightning's `Trainer` with the check-up among its callbacks."""

import pytest
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from tests.checkup.integrations import common

lightning = pytest.importorskip(
    "lightning.pytorch", reason="no Lightning here: trainingtips[integrations] has it"
)

pytestmark = pytest.mark.filterwarnings("ignore")  # the library's own


class Module(lightning.LightningModule):
    def __init__(self, softmax, fails=False):
        super().__init__()
        self.net, self.fails = common.Net(softmax), fails

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, k):
        if self.fails and k == 3:
            raise ValueError("no further")
        x, y = batch
        return F.cross_entropy(self(x), y)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def trainer(folder, callback):
    return lightning.Trainer(
        max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, callbacks=[callback],
        default_root_dir=folder,
    )  # fmt: skip


@pytest.mark.parametrize("softmax", [True, False])
def test_a_fit_is_watched(tmp_path, softmax):
    from trainingtips.checkup.integrations.lightning import CheckUp

    callback, module = CheckUp(), Module(softmax)
    loader = DataLoader(TensorDataset(*common.examples()), 16, shuffle=True)
    trainer(tmp_path, callback).fit(module, loader)
    common.check(callback.report, softmax, 20, callback.watch.seen, module)


def test_a_fit_that_fails_is_let_go(tmp_path):
    from trainingtips.checkup.integrations.lightning import CheckUp

    callback, module = CheckUp(), Module(True, fails=True)
    loader = DataLoader(TensorDataset(*common.examples()), 16)
    with pytest.raises(ValueError, match="no further"):
        trainer(tmp_path, callback).fit(module, loader)
    common.check(callback.report, True, 3, callback.watch.seen, module)
