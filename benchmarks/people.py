"""Ten thousand customers with tokens, an API key and a stock token each, and one whose wallet everybody uses."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from accounts.models import ApiKey, User
from benchmarks.copies import copy, unchecked
from benchmarks.shop import execute
from tokens.models import Grant, LedgerEntry, Lot, Wallet
from tokens.staff.grants import grant

MANY = 10_000
TOKENS, HOT_TOKENS = 1_000_000, 1_000_000_000


@dataclass(frozen=True)
class People:
    """`keys` and `stock_tokens` are the texts that the user at the same place signs in with."""

    ids: list[int]
    hot: int
    keys: list[str]
    stock_tokens: list[str]

    def write_keys(self, directory: Path) -> tuple[Path, Path]:
        """Two files, a key a line, for the load generator."""
        files = directory / "keys", directory / "stock-tokens"
        for file, lines in zip(files, (self.keys, self.stock_tokens), strict=True):
            file.write_text("\n".join(lines) + "\n")
        return files


def plant() -> People:
    """One customer's tokens come from a grant by the shop's own function, the others' are its copies."""
    users = plant_users("customer", MANY)
    give(users[0], TOKENS)
    _give_as_much(users)
    hot = plant_users("hot", 1)[0]
    give(hot, HOT_TOKENS)
    return People([user.pk for user in users], hot.pk, plant_keys(users), _plant_stock_tokens(users))


def _give_as_much(users: list[User]) -> None:
    """Everybody has the wallet, grant, lot and entry that the first one has."""
    first = users[0].pk
    others = f"(SELECT id AS new FROM accounts_user WHERE id > {first} ORDER BY id) AS others"
    causes = f"(SELECT id AS cause, user_id AS new FROM grants WHERE user_id > {first} ORDER BY id) AS causes"
    lots = f"(SELECT id AS lot, grant_id AS cause, user_id AS new FROM lots WHERE user_id > {first} ORDER BY id) AS of"
    with unchecked():
        copy(Wallet, f"user_id = {first}", for_each=others, user_id="new")
        copy(Grant, f"user_id = {first}", for_each=others, user_id="new")
        copy(Lot, f"user_id = {first}", for_each=causes, user_id="new", grant_id="cause")
        copy(LedgerEntry, f"user_id = {first}", for_each=lots, user_id="new", cause_id="cause", lot_id="lot")


def plant_users(name: str, count: int) -> list[User]:
    return User.objects.bulk_create(
        [User(username=f"{name}{n}", email=f"{name}{n}@example.com", password="!") for n in range(count)]
    )


def give(user: User, tokens: int) -> None:
    grant(user, tokens=tokens, reason="To be spent by a benchmark", by=None)


def plant_keys(users: list[User]) -> list[str]:
    """An API key each, in use already: a busy program's key is noted once a minute, which is not a spend's cost."""
    texts = [f"tk_test_{_digest(f'key of {user.username}')}" for user in users]
    used_at = timezone.now() + timedelta(hours=1)
    ApiKey.objects.bulk_create(
        [
            ApiKey(user=user, name="Benchmark", prefix=text[:12], digest=_digest(text), last_used_at=used_at)
            for user, text in zip(users, texts, strict=True)
        ]
    )
    return texts


def _plant_stock_tokens(users: list[User]) -> list[str]:
    texts = [_digest(f"stock token of {user.username}")[:40] for user in users]
    ids = [user.pk for user in users]
    insert = "INSERT INTO authtoken_token (key, user_id, created) SELECT key, id, now()"
    insert += " FROM unnest(%s::text[], %s::bigint[]) AS tokens(key, id)"
    execute(insert, texts, ids)
    return texts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
