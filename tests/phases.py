"""Where a build that is to be killed is: it says so in the file that $PHASE names.

To a project's own code this is a library: it may not ask the environment itself.
"""

import os
from pathlib import Path


def tell(phase):
    """Write the phase where a build is watched."""
    Path(os.environ["PHASE"]).write_text(phase)
