"""`manage.py backup`: a copy of SQLite made beside those who write is whole, checked and its owner's alone."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from soulfra.backups.sqlite import back_up
from soulfra.management.commands import backup

# A spend, as far as a backup is concerned: two rows that must be there together.
TABLES = """
    CREATE TABLE wallet (id INTEGER PRIMARY KEY, balance INTEGER);
    CREATE TABLE usage (id INTEGER PRIMARY KEY, wallet REFERENCES wallet (id));
    INSERT INTO wallet VALUES (1, 0);
"""
SPEND = """
    BEGIN IMMEDIATE;
    UPDATE wallet SET balance = balance - 1;
    INSERT INTO usage (wallet) VALUES (1);
    COMMIT;
"""
BALANCE, COUNT = "SELECT balance FROM wallet", "SELECT count(*) FROM usage"


@pytest.fixture
def used(tmp_path):
    """A database in use, in the journal mode of the shop's."""
    path = tmp_path / "used.db"
    with closing(sqlite3.connect(path)) as fresh:
        fresh.execute("PRAGMA journal_mode=WAL")
        fresh.executescript(TABLES)
    return path


def test_a_backup_beside_writers_is_whole_and_they_go_on(used, tmp_path):
    target = tmp_path / "backup.db"
    stopped: list[bool] = []

    def write():
        with closing(sqlite3.connect(used, timeout=20, isolation_level=None)) as writer:
            written = 0
            while not stopped:
                writer.executescript(SPEND)
                written += 1
            return written

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write) for _ in range(3)]
        try:
            backups = [back_up(used, target.with_suffix(f".{number}")) for number in range(5)]
        finally:
            stopped.append(True)
    assert sum(writer.result() for writer in writers) > 5
    seen = []
    for number in range(5):
        with closing(sqlite3.connect(target.with_suffix(f".{number}"))) as copied:
            (balance,), (count,) = (copied.execute(question).fetchone() for question in (BALANCE, COUNT))
            assert balance == -count
            seen.append(count)
    assert seen == sorted(seen)
    assert all(backups)


def test_a_backup_is_one_file_of_its_owner_and_never_over_another(used, tmp_path):
    target = tmp_path / "backup.db"
    back_up(used, target)
    assert oct(target.stat().st_mode)[-3:] == "600"
    with closing(sqlite3.connect(target)) as copied:
        assert copied.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert {path.name for path in tmp_path.iterdir()} <= {"used.db", "used.db-wal", "used.db-shm", "backup.db"}
    with pytest.raises(CommandError, match=r"backup.db exists already: name another file"):
        back_up(used, target)


def test_what_cannot_be_backed_up_is_said_and_leaves_nothing(used, tmp_path):
    with pytest.raises(CommandError, match=r"nowhere/backup.db can't be written: No such file or directory"):
        back_up(used, tmp_path / "nowhere" / "backup.db")
    with closing(sqlite3.connect(used)) as broken:
        broken.executescript("PRAGMA foreign_keys=OFF; INSERT INTO usage (id, wallet) VALUES (7, 99)")
    target = tmp_path / "backup.db"
    with pytest.raises(
        CommandError, match=r"nothing was kept: row 7 of usage points to a row of wallet that isn't there"
    ):
        back_up(used, target)
    (tmp_path / "text.db").write_text("This is no database, however long it may be.")
    with pytest.raises(CommandError, match=r"text.db can't be backed up: file is not a database"):
        back_up(tmp_path / "text.db", target)
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]


def test_damage_is_found_before_the_copy_has_its_name(tmp_path):
    """A row and the index over it disagree."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as fresh:
        fresh.executescript("CREATE TABLE a (b TEXT); CREATE INDEX c ON a (b); INSERT INTO a VALUES ('one of two')")
    path.write_bytes(path.read_bytes().replace(b"one of two", b"one of 999", 1))
    with pytest.raises(CommandError, match=r"shop.db is damaged, so nothing was kept: row 1 missing from index c"):
        back_up(path, tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()


def test_where_there_is_no_database_none_is_made(monkeypatch, tmp_path):
    nowhere = SimpleNamespace(vendor="sqlite", settings_dict={"NAME": str(tmp_path / "none.db")})
    monkeypatch.setattr(backup, "connection", nowhere)
    with pytest.raises(CommandError, match=r"There is no database in .*/none.db."):
        call_command("backup")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_for_postgresql_it_says_what_to_run(monkeypatch):
    with pytest.raises(CommandError, match=r"PostgreSQL is backed up by its own programs: pg_dump --format=custom"):
        call_command("backup")
    given = {"NAME": "shop", "HOST": "db.example", "PORT": 5433, "USER": "soulfra", "PASSWORD": "secret", "OPTIONS": {}}
    monkeypatch.setattr(backup, "connection", SimpleNamespace(vendor="postgresql", settings_dict=given))
    assert backup.dump_command("today") == (
        "pg_dump --format=custom --file=today.dump --host=db.example --port=5433 --username=soulfra shop"
    )
