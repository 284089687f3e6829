"""Whether work grows with its input and no faster, told by the processor's time for one input and one four times it."""

from __future__ import annotations

import time
from collections.abc import Callable

TIMES = 4
# Four times the work of four times the input, with room for a busy machine; work of its square would be sixteen times.
AT_MOST = 9
ATTEMPTS = 4


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """`work` is given a size; it is tried again when a machine that is busy made it look slower than it is."""
    return any(_seconds(work, size * TIMES) <= AT_MOST * max(_seconds(work, size), 0.002) for _ in range(ATTEMPTS))


def _seconds(work: Callable[[int], object], size: int) -> float:
    began = time.process_time()
    work(size)
    return time.process_time() - began
