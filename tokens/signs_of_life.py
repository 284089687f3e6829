"""Signs of life of this process: for whoever started it, and for itself, since one that gives none for long hangs.

What hangs can't say so in Python: its threads may all wait for one that never returns. So it winds up an alarm clock of
the interpreter's own, which runs beside Python. If it isn't wound up again in time, it writes where each thread stands
and ends the process; whoever started it (the supervisor, systemd, an engine of containers, Granian) starts another.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
from pathlib import Path

FILE = "SIGN_OF_LIFE"  # a variable with the file to touch


def give(*, hangs_after: float) -> None:
    """This process lives; without another sign within so many seconds it ends itself, with exit code 1."""
    if path := os.environ.get(FILE):
        with contextlib.suppress(OSError):  # whoever looked for it is gone
            Path(path).touch()
    if sys.stderr is not None:  # as where whoever started it closed it
        faulthandler.dump_traceback_later(hangs_after, exit=True)


def stop() -> None:
    """No more signs will come: the process ends."""
    faulthandler.cancel_dump_traceback_later()
