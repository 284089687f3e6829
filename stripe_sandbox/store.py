"""The sandbox's own SQLite file: connections and transactions.

It is never the shop's database, so the sandbox works the same when the shop runs on PostgreSQL or holds a transaction
open. Many threads and several processes may use the file at once. Deleting it resets the sandbox, also while it runs.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from stripe_sandbox.schema import SCHEMA, VERSION

Database = sqlite3.Connection

_WAIT_SECONDS = 20
_KEPT_IDLE = 8
# Writers of one process queue here in turn; SQLite's own waiting is polling, and unfair.
_writer = threading.Lock()
_pool_lock = threading.Lock()
_idle: dict[tuple[int, str, int], list[Database]] = {}


def exists() -> bool:
    return os.path.exists(settings.SANDBOX_STORE)


@contextmanager
def reading() -> Iterator[Database]:
    """A consistent view of the store; nothing may be changed in it."""
    with _connection() as db, _transaction(db, "BEGIN"):
        yield db


@contextmanager
def writing() -> Iterator[Database]:
    """One transaction that holds the write lock from the start; an exception undoes it. Never call HTTP inside."""
    with _writer, _connection() as db, _transaction(db, "BEGIN IMMEDIATE"):
        yield db


def close_idle() -> None:
    """Let go of the file, so that a test can remove its directory."""
    with _pool_lock:
        for connections in _idle.values():
            for db in connections:
                db.close()
        _idle.clear()


@contextmanager
def _transaction(db: Database, begin: str) -> Iterator[None]:
    db.execute(begin)
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def _connection() -> Iterator[Database]:
    path = str(settings.SANDBOX_STORE)
    db = _take(path) or _open(path)
    try:
        yield db
    finally:
        _give_back(path, db)


def _identity(path: str) -> tuple[int, str, int] | None:
    """Which file a connection belongs to: one deleted and made again is another, and so is any after a fork."""
    try:
        return os.getpid(), path, os.stat(path).st_ino
    except FileNotFoundError:
        return None


def _take(path: str) -> Database | None:
    key = _identity(path)
    with _pool_lock:
        for stale in [other for other in _idle if other != key]:
            connections = _idle.pop(stale)
            # A connection inherited over a fork is only dropped: closing it would release the parent's locks.
            if stale[0] == os.getpid():
                for db in connections:
                    db.close()
        waiting = _idle.get(key) if key else None
        return waiting.pop() if waiting else None


def _give_back(path: str, db: Database) -> None:
    key = _identity(path)
    with _pool_lock:
        if key is None or db.in_transaction or len(_idle.get(key, [])) >= _KEPT_IDLE or not _is_of(db, key):
            db.close()
        else:
            _idle.setdefault(key, []).append(db)


def _open(path: str) -> Database:
    if not os.path.exists(path):
        # Journals of a store that was deleted must never be read into the new one.
        for leftover in ("-wal", "-shm"):
            Path(path + leftover).unlink(missing_ok=True)
    db = sqlite3.connect(
        path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False, factory=_Connection
    )
    db.row_factory = sqlite3.Row
    _retry_while_locked(db, "PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        with _transaction(db, "BEGIN IMMEDIATE"):
            for statement in SCHEMA:
                db.execute(statement)
            db.execute(f"PRAGMA user_version={VERSION}")
    db.inode = os.stat(path).st_ino
    return db


def _is_of(db: Database, key: tuple[int, str, int]) -> bool:
    return isinstance(db, _Connection) and db.inode == key[2]


class _Connection(sqlite3.Connection):
    inode: int = 0


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
