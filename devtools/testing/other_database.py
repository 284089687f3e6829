"""Another database in the place of the default one for a while: empty, or filled by a script of SQL."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import connections

from devtools.testing import migrated


@contextlib.contextmanager
def in_place(directory: Path, *, script: str = "") -> Iterator[Any]:
    """While this lasts, a database of its own, of the same kind, is the default one; gives its connection."""
    here = connections["default"]
    with contextlib.ExitStack() as stack:
        if here.vendor == "postgresql":
            address = stack.enter_context(migrated.postgresql(of="template0"))
            name = urlsplit(address).path.strip("/")
            with psycopg.connect(address, autocommit=True) as fresh:
                fresh.execute(script.encode())
        else:
            name = str(directory / "other.db")
            with contextlib.closing(sqlite3.connect(name)) as file:
                file.executescript(script)
        connections["default"] = there = type(here)(here.settings_dict | {"NAME": name}, "default")
        stack.callback(connections.__setitem__, "default", here)
        stack.callback(there.close)
        yield there
