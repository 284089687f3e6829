"""Every row of a user, to be compared before and after, or with those of a user who had the same past."""

from accounts.models import ApiKey
from tokens.models import (
    DailyTotal,
    Dispute,
    Grant,
    IdempotencyKey,
    LedgerEntry,
    Lot,
    Mail,
    Posting,
    Purchase,
    PurchaseTotal,
    Refund,
    Reversal,
    SpendReversal,
    TokenUsage,
    UsageTotal,
    Wallet,
)
from tokens.web.admin.causes import MODELS

# Each with what its rows are found and put in order by.
TABLES = {
    Wallet: ("user", "pk"),
    Purchase: ("user", "pk"),
    Dispute: ("user", "pk"),
    Grant: ("user", "pk"),
    Refund: ("user", "pk"),
    Reversal: ("user", "pk"),
    Lot: ("wallet", "pk"),
    TokenUsage: ("user", "pk"),
    Posting: ("wallet", "pk"),
    SpendReversal: ("user", "pk"),
    LedgerEntry: ("wallet", "pk"),
    UsageTotal: ("user", "action"),
    DailyTotal: ("user", "pk"),
    PurchaseTotal: ("user", "currency"),
    IdempotencyKey: ("user", "pk"),
    Mail: ("user", "pk"),
}
UNIQUE_TO_ONE = {
    (Purchase, "key"),
    (Purchase, "stripe_checkout_session_id"),
    (Purchase, "stripe_payment_intent_id"),
    (Dispute, "stripe_id"),
    (Mail, "message_id"),
    (Mail, "about"),
    (Mail, "text"),
    (Mail, "html"),
}


def rows_of(user):
    """model -> its rows of this user, every column of them; other rows are named by their place in this answer."""
    tables = {
        model: list(model._default_manager.filter(**{owner: user.pk}).order_by(order).values())
        for model, (owner, order) in TABLES.items()
    }
    places = {model: {row[model._meta.pk.attname]: n for n, row in enumerate(rows)} for model, rows in tables.items()}
    places[ApiKey] = {0: -1} | {
        pk: n for n, pk in enumerate(ApiKey.objects.for_user(user.pk).values_list("pk", flat=True))
    }
    return {model: [_without_ids(model, row, places) for row in rows] for model, rows in tables.items()}


def _without_ids(model, row, places):
    seen = {}
    for field in model._meta.concrete_fields:
        value = row[field.attname]
        if field.is_relation and value is not None and field.related_model in places:
            seen[field.name] = places[field.related_model][value]
        elif not (field.primary_key or field.is_relation or (model, field.name) in UNIQUE_TO_ONE):
            seen[field.name] = value
    if model in (TokenUsage, SpendReversal, DailyTotal):
        seen["api_key"] = places[ApiKey].get(row["api_key"])
    if model is LedgerEntry:
        seen["cause_id"] = places[MODELS[row["cause_kind"]]][row["cause_id"]]
    if model is Reversal:
        seen["last_entry_id"] = places[LedgerEntry].get(row["last_entry_id"])
    if model is IdempotencyKey:
        seen["answer"] = [places[TokenUsage][pk] for pk in row["answer"]]
    return seen
