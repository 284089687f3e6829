"""One child process and those that take its place. Standard library only: `dev` uses it before .venv exists."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from devtools import processes

LONGEST_PAUSE = 60.0
SECONDS_TO_END = 3.0  # what hung for so long has nothing to finish


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


class Child:
    """A process that is started again whenever it ends by itself, after a pause that doubles each time.

    `launch` starts one that may touch the file it is given, as a sign of life; each has a file of its own in `folder`.
    """

    def __init__(self, name: str, launch: "Callable[[Path], subprocess.Popen[bytes]]", folder: Path) -> None:
        self.name, self._launch, self._folder = name, launch, folder
        self._number = self._failures = 0
        self._pause_ends: float | None = None
        self.start()

    def start(self) -> None:
        self._number += 1
        self.sign = self._folder / f"{self.name.replace(' ', '-')}-{self._number}"
        self.process = self._launch(self.sign)
        self.began = self._changed_at = time.monotonic()
        self._changed = 0.0
        self._pause_ends = None

    def successor(self) -> "Child":
        """Another one beside it, which will take its place."""
        other = Child.__new__(Child)
        other.__dict__.update(self.__dict__)
        other.start()
        return other

    def tend(self) -> None:
        """Notice that it has ended; start it again when its pause is over."""
        now = time.monotonic()
        if self._pause_ends is None:
            code = self.process.poll()
            if code is not None:
                self.start_later(f"exited unexpectedly ({_in_words(code)})")
        elif now >= self._pause_ends:
            self.start()

    def start_later(self, why: str) -> None:
        """End what is left of it, say `why`, and start it again after a pause; none is long after one that ran well."""
        processes.end(self.process, seconds=SECONDS_TO_END)
        now = time.monotonic()
        if now - self.began > LONGEST_PAUSE:
            self._failures = 0
        pause = min(2.0**self._failures, LONGEST_PAUSE)
        self._failures += 1
        self._pause_ends = now + pause
        say(f"The {self.name} {why}; starting it again in {pause:g} s.")

    def is_silent(self, seconds: float) -> bool:
        """Whether it runs and has given no sign of life for so long."""
        now = time.monotonic()
        changed = self.sign.stat().st_mtime if self.sign.exists() else 0.0
        if changed != self._changed:  # by this clock, which stands still while the machine sleeps
            self._changed, self._changed_at = changed, now
        return self._pause_ends is None and now - self._changed_at > seconds


def _in_words(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
