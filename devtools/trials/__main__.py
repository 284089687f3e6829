"""`python -m devtools.trials [NAME]`: run one trial and print its figures; without a name, list them."""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from devtools import processes
from devtools.testing.postgres import PostgresUnavailable
from devtools.trials import figures
from devtools.trials.machine import TrialFailed

TRIALS = ("deploy", "watch", "backup", "upgrade", "failover", "container")


def main() -> int:
    wanted = _options()
    if not wanted.trial:
        for name in TRIALS:
            print(f"{name:12}{_about(name)}")
        return 0
    processes.raise_on_signals()
    began = time.monotonic()
    try:
        found = importlib.import_module(f"devtools.trials.{wanted.trial}").run()
    except (TrialFailed, PostgresUnavailable) as error:
        sys.exit(f"The trial failed: {error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped; nothing is left running.")
    found |= {"the whole trial": f"{time.monotonic() - began:.0f} s"}
    print(figures.text(wanted.trial, found))
    if wanted.write_docs:
        figures.keep(wanted.trial, found)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev trial", description=__doc__)
    parser.add_argument("trial", nargs="?", choices=TRIALS)
    parser.add_argument("--write-docs", action="store_true", help="put the figures into docs/operating.md")
    return parser.parse_args()


def _about(name: str) -> str:
    module = importlib.import_module(f"devtools.trials.{name}")
    return (module.__doc__ or "").splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
