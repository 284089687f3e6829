"""Everything that is kept about one person, as JSON, written out piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from brands.models import Analysis, Brand, CsvImport, Export, SkippedRow
from memberships.models import Gift, Membership, Subscription
from soulfra.accounts.models import ApiKey, User
from soulfra.accounts.people import EXPORT
from tokens.models import (
    Dispute,
    Grant,
    LedgerEntry,
    Lot,
    Mail,
    MutedMail,
    Purchase,
    PurchaseTotal,
    Refund,
    RefundRequest,
    StaffAct,
    StaffNote,
    StripeCustomer,
    TokenUsage,
    UsageTotal,
    Wallet,
)
from tokens.staff.acts import Why, record, require

# What opens doors, or says nothing about the person.
SECRETS = {"password", "digest", "html", "message_id", "key", "checkout_url", "file"}


def export(user: User, *, why: Why) -> Iterator[str]:
    """The pieces of one JSON object, a list of rows for each kind. Raises NotPermitted, before the first piece."""
    require(why, EXPORT)
    record("export", f"user {user.pk}", why=why, user_id=user.pk)
    return _pieces(user)


def _pieces(user: User) -> Iterator[str]:
    encode = DjangoJSONEncoder(ensure_ascii=False).encode
    yield "{"
    for number, (name, rows) in enumerate(_kept(user).items()):
        yield f"{', ' if number else ''}\n{encode(name)}: ["
        for position, row in enumerate(rows.values(*_columns(rows)).iterator()):
            yield f"{', ' if position else ''}\n  {encode(row)}"
        yield "]"
    yield "\n}\n"


def _columns(rows: QuerySet[Any]) -> list[str]:
    return [field.attname for field in rows.model._meta.concrete_fields if field.name not in SECRETS]


def _kept(user: User) -> dict[str, QuerySet[Any]]:
    mine: dict[str, type[Any]] = {
        "email_addresses": EmailAddress,
        "api_keys": ApiKey,
        "stripe_customer": StripeCustomer,
        "purchases": Purchase,
        "refunds": Refund,
        "disputes": Dispute,
        "grants": Grant,
        "usage": TokenUsage,
        "usage_totals": UsageTotal,
        "purchase_totals": PurchaseTotal,
        "letters": Mail,
        "subscriptions": Subscription,
        "membership": Membership,
        "gifts": Gift,
        "muted_letters": MutedMail,
        "imports": CsvImport,
        "analyses": Analysis,
        "exports": Export,
        "notes_of_staff": StaffNote,
        "acts_of_staff": StaffAct,
    }
    rows = {name: model.objects.filter(user=user).order_by("pk") for name, model in mine.items()}
    tokens = {
        "wallet": Wallet.objects.filter(pk=user.pk),
        "lots": Lot.objects.filter(wallet=user.pk).order_by("pk"),
        "entries": LedgerEntry.objects.filter(wallet=user.pk).order_by("pk"),
    }
    return {
        "account": User.objects.filter(pk=user.pk),
        **rows,
        **tokens,
        "refund_requests": RefundRequest.objects.filter(purchase__user=user).order_by("pk"),
        "skipped_rows": SkippedRow.objects.filter(csv_import__user=user).order_by("pk"),
        "domains": Brand.objects.of(user.pk).order_by("pk"),
    }
