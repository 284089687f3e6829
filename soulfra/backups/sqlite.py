"""A copy of an SQLite database that is in use: by SQLite's own online backup, checked before it has its name."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.core.management import CommandError


def back_up(source: Path, target: Path) -> int:
    """Write what the database in `source` holds at one moment to `target`, a file of its own; its size in bytes.

    Readers and writers go on meanwhile. Raises CommandError, after which there is no `target`.
    """
    if target.exists():
        raise CommandError(f"{target} exists already: name another file.")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        copy(source, draft)
        with closing(sqlite3.connect(draft)) as copied:
            copied.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal beside it
            _refuse_damage(copied, source)
        with open(draft, "rb") as file:
            os.fsync(file.fileno())
        os.link(draft, target)  # unlike a rename, never over a file that another has made meanwhile
        return target.stat().st_size
    except OSError as error:
        raise CommandError(f"{target} can't be written: {error.strerror or error}.") from error
    except sqlite3.Error as error:
        raise CommandError(f"{source} can't be backed up: {error}.") from error
    finally:
        for left in draft.parent.glob(f"{draft.name}*"):
            left.unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """What the database in `source` holds at one moment, into `target`. Raises sqlite3.Error."""
    with (
        closing(sqlite3.connect(f"file:{quote(str(source))}?mode=rw", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)


def _refuse_damage(copied: sqlite3.Connection, source: Path) -> None:
    found = [str(line) for (line,) in copied.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise CommandError(f"{source} is damaged, so nothing was kept: {'; '.join(found)}.")
    astray = copied.execute("PRAGMA foreign_key_check").fetchone()
    if astray:
        raise CommandError(
            f"{source} is damaged, so nothing was kept: row {astray[1]} of {astray[0]} points to a row of {astray[2]} "
            "that isn't there."
        )
