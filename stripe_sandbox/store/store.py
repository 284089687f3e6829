"""The sandbox's own SQLite file: connections and transactions.

It is never the shop's database, so the sandbox works the same when the shop runs on PostgreSQL or holds a transaction
open. Many threads and several processes may use the file at once. Deleting it resets the sandbox, also while it runs.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stripe_sandbox.config import Config
from stripe_sandbox.store.schema import SCHEMA, VERSION

_WAIT_SECONDS = 20
_KEPT_IDLE = 8


@dataclass(frozen=True)
class Cause:
    """The request that made something happen, as Stripe names it in the event. Time is a cause without one."""

    request_id: str | None = None
    idempotency_key: str | None = None


TIME = Cause()


class Database(sqlite3.Connection):
    """A connection to the store of one sandbox, which knows what that sandbox was told, and whose work it does."""

    config: Config
    cause: Cause = TIME
    inode: int = 0

    def setting(self, name: str, default: Any = None) -> Any:
        row = self.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return json.loads(row["value"]) if row else default

    def set(self, name: str, value: Any) -> None:
        """None forgets the setting."""
        self.execute("DELETE FROM setting WHERE name = ?", (name,))
        if value is not None:
            self.execute("INSERT INTO setting VALUES (?, ?)", (name, json.dumps(value)))

    @contextmanager
    def by_itself(self) -> Iterator[None]:
        """What happens within is nobody's request."""
        asked, self.cause = self.cause, TIME
        try:
            yield
        finally:
            self.cause = asked


class Store:
    def __init__(self, config: Config, path: Path | None = None) -> None:
        """`path` is its file, where that is not the configuration's own."""
        self.config = config
        self.path = str(path or config.store)
        # Writers of one process queue here in turn; SQLite's own waiting is polling, and unfair.
        self._writer = threading.Lock()
        self._changing = threading.Lock()
        self._idle: list[Database] = []

    def exists(self) -> bool:
        return os.path.exists(self.path)

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """A consistent view of the store; nothing may be changed in it."""
        with self._connection() as db, _transaction(db, "BEGIN"):
            yield db

    @contextmanager
    def writing(self, cause: Cause = TIME) -> Iterator[Database]:
        """One transaction that holds the write lock from the start; an exception undoes it. Never call HTTP inside.

        Its events name `cause`.
        """
        with self._writer, self._connection() as db, _transaction(db, "BEGIN IMMEDIATE"):
            db.cause = cause
            yield db

    def close_idle(self) -> None:
        """Let go of the file, so that its directory can be removed."""
        with self._changing:
            while self._idle:
                self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[Database]:
        db = self._take() or self._open()
        try:
            yield db
        finally:
            self._give_back(db)

    def _inode(self) -> int | None:
        """Which file it is: one that was deleted and made again is another."""
        try:
            return os.stat(self.path).st_ino
        except FileNotFoundError:
            return None

    def _take(self) -> Database | None:
        inode = self._inode()
        with self._changing:
            while self._idle:
                db = self._idle.pop()
                if db.inode == inode:
                    return db
                db.close()
        return None

    def _give_back(self, db: Database) -> None:
        inode = self._inode()
        with self._changing:
            if db.in_transaction or len(self._idle) >= _KEPT_IDLE or db.inode != inode:
                db.close()
            else:
                self._idle.append(db)

    def _open(self) -> Database:
        if not self.exists():
            # Journals of a store that was deleted must never be read into the new one.
            for leftover in ("-wal", "-shm"):
                Path(self.path + leftover).unlink(missing_ok=True)
        db = sqlite3.connect(
            self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False, factory=Database
        )
        db.row_factory = sqlite3.Row
        db.config = self.config
        _retry_while_locked(db, "PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            with _transaction(db, "BEGIN IMMEDIATE"):
                for statement in SCHEMA:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={VERSION}")
        db.inode = os.stat(self.path).st_ino
        return db


@contextmanager
def _transaction(db: Database, begin: str) -> Iterator[None]:
    db.execute(begin)
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _retry_while_locked(db: Database, statement: str) -> None:
    """Switching a fresh file to WAL does not wait for another process that does the same, so wait here."""
    give_up_at = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            db.execute(statement)
            return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
