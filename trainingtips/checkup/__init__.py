"""What is wrong with my own training? Measured, suspected, and tried by experiment.

- `watch(model, optimizer)`: see a training without a call in its loop
- `examine(setup, train)`: see it, suspect, and try each suspicion on fresh copies
"""

from trainingtips.checkup.examining import Training, examine
from trainingtips.checkup.watching import watch

__all__ = ["Training", "examine", "watch"]
