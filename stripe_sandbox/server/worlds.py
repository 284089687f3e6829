"""Which world a request is about: each key has one of its own, and each world a file of its own.

The store's own file is the world of whichever key comes first, also when an older version left it there; every further
key has a file beside it. So no statement can reach from one world into another, whatever it forgets to ask for.
"""

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from stripe_sandbox.config import Config
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import documents
from stripe_sandbox.server.sandbox import Sandbox
from stripe_sandbox.store import Store
from stripe_sandbox.store.schema import OWNER

_SHORT_KEY = 24


@dataclass(frozen=True)
class Owner:
    """Whose world it is: `name` tells keys apart, `shown` is what people may see of one."""

    name: str
    shown: str

    @classmethod
    def of(cls, key: str) -> "Owner":
        shown = key if len(key) <= _SHORT_KEY else f"{key[:12]}…{key[-4:]}"
        return cls(hashlib.sha256(key.encode()).hexdigest()[:12], shown)


class Worlds:
    def __init__(self, config: Config) -> None:
        self.config = config
        self._changing = threading.RLock()
        self._is_started = False
        self._open: dict[Path, Sandbox] = {}
        self._path = Path(config.store)

    @property
    def main(self) -> Sandbox:
        return self._at(self._path)

    def start(self) -> None:
        """What waits to be delivered goes on, in every world that has a file."""
        with self._changing:
            self._is_started = True
            for world in self._open.values():
                world.start()
            for path in (self._path, *self._beside()):
                self._at(path)

    def stop(self) -> None:
        with self._changing:
            self._is_started = False
            for world in self._open.values():
                world.stop()

    def of_key(self, key: str) -> Sandbox:
        """The key's world, made now if it has none."""
        owner = Owner.of(key)
        with self._changing:
            beside = self._path.with_name(f"{self._path.stem}.{owner.name}{self._path.suffix}")
            known = owner_of(self.main.store)
            is_free = known is None and not beside.exists()
            if known == owner or (is_free and _claim(self.main.store, owner)):
                return self.main
            world = self._at(beside)
            _claim(world.store, owner)
            return world

    def named(self, name: str) -> Sandbox | None:
        """By the name of its owner."""
        return next((world for world in self.in_use() if name and name_of(world) == name), None)

    def in_use(self) -> list[Sandbox]:
        """Those in which something has been made."""
        return [world for world in map(self._at, (self._path, *self._beside())) if _is_in_use(world.store)]

    def holding(self, words: Iterable[str]) -> list[Sandbox]:
        """Those that have one of the objects named."""
        wanted = list(words)
        return [world for world in self.in_use() if _holds(world.store, wanted)]

    def meant(self, words: Iterable[str] = (), *, is_about_something: bool = False) -> Sandbox:
        """Without a key: the world of the objects named, or else the only one in use.

        What is about something that no world has is told so by whichever.
        """
        found = self.holding(words)
        if not found and not is_about_something:
            found = self.in_use()
        if len(found) > 1:
            keys = ", ".join(shown_owner(world) for world in found)
            raise StripeError(f"Several keys have a world here ({keys}): say whose is meant, with --key.")
        return found[0] if found else self.main

    def _at(self, path: Path) -> Sandbox:
        with self._changing:
            if path not in self._open:
                self._open[path] = Sandbox(self.config, path)
                if self._is_started:
                    self._open[path].start()
            return self._open[path]

    def _beside(self) -> list[Path]:
        form = re.compile(rf"{re.escape(self._path.stem)}\.[0-9a-f]{{12}}{re.escape(self._path.suffix)}")
        return sorted(path for path in self._path.parent.glob("*") if form.fullmatch(path.name))


def owner_of(store: Store) -> Owner | None:
    """The key that owns a world, as stored; None for an unclaimed one."""
    if not store.exists():
        return None
    with store.reading() as db:
        known = db.setting(OWNER)
    return Owner(**known) if known else None


def name_of(world: Sandbox) -> str:
    """The name of a world's owner; "" for an unclaimed one."""
    owner = owner_of(world.store)
    return owner.name if owner else ""


def shown_owner(world: Sandbox) -> str:
    """The owner of a world for people, with the key shortened."""
    owner = owner_of(world.store)
    return owner.shown if owner else "a world that no key has claimed"


def _claim(store: Store, owner: Owner) -> bool:
    """Whether it is this key's from now on; another process may have given it to another."""
    if owner_of(store) is None:
        with store.writing() as db:
            if db.setting(OWNER) is None:
                db.set(OWNER, asdict(owner))
    return owner_of(store) == owner


def _is_in_use(store: Store) -> bool:
    if not store.exists():
        return False
    with store.reading() as db:
        return db.execute("SELECT 1 FROM document LIMIT 1").fetchone() is not None


def _holds(store: Store, words: list[str]) -> bool:
    with store.reading() as db:
        return any(documents.named(db, word) for word in words)
