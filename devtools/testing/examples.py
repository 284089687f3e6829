"""How much is tried of what could be tried without end: little in every run, since many runs add up, else much.

`./dev test --thorough` tries the large numbers.
"""

import os

THOROUGH = "SOULFRA_THOROUGH"
TIMES = 40


def tries(usual: int, *, thorough: int | None = None) -> int:
    """How many to try in this run: `usual`, or with --thorough `thorough`, which is 40 times as many if not said."""
    if THOROUGH not in os.environ:
        return usual
    return usual * TIMES if thorough is None else thorough
