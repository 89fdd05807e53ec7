"""For Hugging Face's `Trainer`: `Trainer(…, callbacks=[CheckUp()])`, then `callback.report`."""

from transformers import TrainerCallback

from trainingtips.checkup.integrations import Watch


class CheckUp(TrainerCallback):
    """Watches `train`; `report` says what was found. After an exception call `close()`."""

    def __init__(self):
        self.watch = Watch()

    @property
    def report(self):
        """What was found, or None before `train`."""
        return self.watch.report

    def close(self):
        """No hook is left: called at the end, and by you where `train` ended by an exception."""
        self.watch.end()

    def on_train_begin(self, args, state, control, model=None, optimizer=None, **others):
        """Model and optimiser are there from now on."""
        self.watch.begin(model, [optimizer])

    def on_train_end(self, args, state, control, **others):
        """The last update is done."""
        self.close()
