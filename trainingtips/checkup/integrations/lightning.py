"""For Lightning's `Trainer`: `Trainer(callbacks=[CheckUp()])`, then `callback.report`."""

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:  # the same under its older name
    from pytorch_lightning.callbacks import Callback

from trainingtips.checkup.integrations import Watch


class CheckUp(Callback):
    """Watches `fit`, also where it ends by an exception; `report` says what was found."""

    def __init__(self):
        self.watch = Watch()

    @property
    def report(self):
        """What was found, or None before `fit`."""
        return self.watch.report

    def on_train_start(self, trainer, module):
        """The optimisers are there from now on."""
        self.watch.begin(module, trainer.optimizers)

    def on_train_end(self, trainer, module):
        """The last batch is done."""
        self.watch.end()

    def on_exception(self, trainer, module, exception):
        """The training stopped; what was seen until then is kept."""
        self.watch.end()

    def teardown(self, trainer, module, stage):
        """Whatever happened, no hook is left."""
        self.watch.end()
