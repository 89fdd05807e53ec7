"""For skorch: `NeuralNetClassifier(…, callbacks=[CheckUp()])`, then `callback.report`."""

from skorch.callbacks import Callback

from trainingtips.checkup.integrations import Watch


class CheckUp(Callback):
    """Watches `fit`; `report` says what was found. After an exception call `close()`."""

    def initialize(self):
        """Called by skorch; a new training begins."""
        self.close()
        self.watch = Watch()
        return self

    @property
    def report(self):
        """What was found, or None before `fit`."""
        watch = getattr(self, "watch", None)
        return None if watch is None else watch.report

    def close(self):
        """No hook is left: called at the end, and by you where `fit` ended by an exception."""
        if getattr(self, "watch", None) is not None:
            self.watch.end()

    def on_train_begin(self, net, X=None, y=None, **others):
        """Module and optimiser are there from now on."""
        optimizers = [getattr(net, f"{name}_", None) for name in net._optimizers]
        self.watch.begin(net.module_, optimizers)

    def on_train_end(self, net, X=None, y=None, **others):
        """The last epoch is done."""
        self.close()
