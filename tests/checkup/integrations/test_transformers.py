"""Hugging Face's `Trainer`, on a small model that is made on the spot."""

import pytest
from torch import nn
from torch.nn import functional as F

from tests.checkup.integrations import common

transformers = pytest.importorskip(
    "transformers", reason="no transformers here: trainingtips[integrations] has it"
)
pytest.importorskip("accelerate", reason="no accelerate here: trainingtips[integrations] has it")

pytestmark = pytest.mark.filterwarnings("ignore")  # the library's own


class Classifier(nn.Module):
    def __init__(self, softmax):
        super().__init__()
        self.net = common.Net(softmax)

    def forward(self, features, labels=None):
        out = self.net(features)
        return {"loss": F.cross_entropy(out, labels), "logits": out}


@pytest.mark.parametrize("softmax", [True, False])
def test_a_train_is_watched(tmp_path, softmax):
    from trainingtips.checkup.integrations.transformers import CheckUp

    x, y = common.examples()
    rows = [{"features": a, "labels": b} for a, b in zip(x, y, strict=True)]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), num_train_epochs=2, per_device_train_batch_size=16,
        gradient_accumulation_steps=2, report_to=[], save_strategy="no", use_cpu=True,
        disable_tqdm=True,
    )  # fmt: skip
    callback, model = CheckUp(), Classifier(softmax)
    transformers.Trainer(
        model=model, args=arguments, train_dataset=rows, callbacks=[callback]
    ).train()
    common.check(callback.report, softmax, 10, callback.watch.seen, model)


def test_what_is_left_open_by_an_exception_is_closed(tmp_path):
    from trainingtips.checkup.integrations.transformers import CheckUp

    class Failing(Classifier):
        def forward(self, features, labels=None):
            raise ValueError("no further")

    x, y = common.examples(32)
    rows = [{"features": a, "labels": b} for a, b in zip(x, y, strict=True)]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), max_steps=3, report_to=[], save_strategy="no", use_cpu=True,
        disable_tqdm=True,
    )  # fmt: skip
    callback, model = CheckUp(), Failing(True)
    trainer = transformers.Trainer(
        model=model, args=arguments, train_dataset=rows, callbacks=[callback]
    )
    with pytest.raises(ValueError, match="no further"):
        trainer.train()
    callback.close()
    assert callback.watch.stack is None and not model._forward_pre_hooks
