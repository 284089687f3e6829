"""Temporary directories that never pile up: the next run deletes those whose owner was killed before it could."""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def directory(prefix: str, *, before_clearing: Callable[[Path], None] = lambda left: None) -> Iterator[Path]:
    """A directory of our own, gone afterwards. `before_clearing` is called with each one that a dead run has left."""
    clear_up(prefix, before_clearing=before_clearing)
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        with open(path / "owner", "w") as owner:  # locked for as long as this process lives
            fcntl.flock(owner, fcntl.LOCK_EX)
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def clear_up(prefix: str, *, before_clearing: Callable[[Path], None] = lambda left: None) -> None:
    """Delete the directories of that name whose owners are dead."""
    for owner in Path(tempfile.gettempdir()).glob(f"{prefix}*/owner"):
        with contextlib.suppress(OSError), open(owner) as file:  # OSError: another user's, or its run still lives
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            before_clearing(owner.parent)
            shutil.rmtree(owner.parent, ignore_errors=True)
