"""All data about one user, as JSON, piece by piece: for staff, and the user's own copy."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, QuerySet

from accounts.models import User
from accounts.personal_data import kept_of
from tokens.reading import in_order_of
from tokens.staff.acts import Why, record, require

EXPORT = "accounts.export_person"
# Secrets, and what says nothing about the user.
SECRETS = {"password", "digest", "session_key", "html", "message_id", "key", "checkout_url", "file"}
SECRETS |= {"key_digest", "request_digest"}


def export(user: User, *, why: Why) -> Iterator[str]:
    """For staff, with what they wrote themselves. Raises NotPermitted, before the first piece."""
    require(why, EXPORT, on=user.pk)
    record("export", f"user {user.pk}", why=why, user_id=user.pk)
    return pieces(kept_of(user.pk))


def pieces(kept: dict[str, QuerySet[Any]]) -> Iterator[str]:
    """One JSON object: a list of rows for each kind."""
    encode = DjangoJSONEncoder(ensure_ascii=False).encode
    yield "{"
    for number, (name, rows) in enumerate(kept.items()):
        yield f"{', ' if number else ''}\n{encode(name)}: ["
        order = str(next(iter(rows.query.order_by), "pk"))
        told = rows.values(*_columns(rows), read_to=F(order))
        for position, row in enumerate(in_order_of(order, told, itemgetter("read_to"))):
            del row["read_to"]
            yield f"{', ' if position else ''}\n  {encode(row)}"
        yield "]"
    yield "\n}\n"


def _columns(rows: QuerySet[Any]) -> list[str]:
    return [field.attname for field in rows.model._meta.concrete_fields if field.name not in SECRETS]
