"""One user who spends by PostgreSQL's functions and one by the portable path, and whether anybody could tell."""

import re
from collections import Counter
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from devtools.testing.factories import UserFactory
from tokens.models import (
    Dispute,
    Grant,
    IdempotencyKey,
    LedgerEntry,
    Lot,
    Mail,
    Purchase,
    PurchaseTotal,
    Refund,
    Reversal,
    TokenUsage,
    UsageTotal,
    Wallet,
)
from tokens.spending.spends import Spent

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
    LedgerEntry: ("wallet", "pk"),
    UsageTotal: ("user", "action"),
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
TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


class TwoWays:
    """Two users with the same past. `answered` counts the functions' answers, `handed_on` when they had none."""

    def __init__(self):
        self.users = {True: UserFactory.create(), False: UserFactory.create()}
        self.answered: Counter[str] = Counter()
        self.handed_on: Counter[str] = Counter()

    def both(self, work):
        """Do `work(user)` for both, each in its own way; returns what came of it, the same for both."""
        outcomes = [self.told(user, self.outcome(work, user, trips=trips)) for trips, user in self.users.items()]
        assert outcomes[0] == outcomes[1], "what the function says, then the portable path"
        return outcomes[0]

    def compare_rows(self):
        rows = [rows_of(user) for user in self.users.values()]
        for model in TABLES:
            assert rows[0][model] == rows[1][model], f"{model.__name__}: the function's, then the portable path's"

    def outcome(self, work, user, *, trips):
        with override_settings(ONE_TRIP=trips), watched() as statements:
            try:
                with transaction.atomic():
                    outcome = work(user)
            except Exception as error:
                outcome = error
        asked = re.search(r"(\w+)_in_one_trip", statements[0]) if statements else None
        if asked:
            assert trips
            has_answered = len(statements) == 1 and not isinstance(outcome, Exception)
            (self.answered if has_answered else self.handed_on)[asked[1]] += 1
        return outcome

    def told(self, user, outcome):
        """What the caller can see of it, without the ids of rows."""
        if isinstance(outcome, Exception):
            figures = {name: value for name, value in vars(outcome).items() if isinstance(value, int | float)}
            text = str(outcome).split("\n")[0] if isinstance(outcome, DatabaseError) else str(outcome)
            return type(outcome), re.sub(r"^Hold \d+", "Hold", text), figures
        if isinstance(outcome, Spent):
            return self.told(user, outcome.usage), outcome.is_replay
        if isinstance(outcome, list):
            return [self.told(user, each) for each in outcome]
        if isinstance(outcome, TokenUsage):
            assert outcome.user_id == user.pk
            place = TokenUsage.objects.filter(user=user, pk__lt=outcome.pk).count()
            fields = {field.attname: getattr(outcome, field.attname) for field in TokenUsage._meta.concrete_fields}
            return {**fields, "id": place, "user_id": None, "state": (outcome._state.adding, outcome._state.db)}
        return outcome


def rows_of(user):
    """model -> its rows of this user, every column of them; other rows are named by their place in this answer."""
    tables = {
        model: list(model._default_manager.filter(**{owner: user.pk}).order_by(order).values())
        for model, (owner, order) in TABLES.items()
    }
    places = {model: {row[model._meta.pk.attname]: n for n, row in enumerate(rows)} for model, rows in tables.items()}
    return {model: [_without_ids(model, row, places) for row in rows] for model, rows in tables.items()}


def _without_ids(model, row, places):
    seen = {}
    for field in model._meta.concrete_fields:
        value = row[field.attname]
        if field.is_relation and value is not None and field.related_model in places:
            seen[field.name] = places[field.related_model][value]
        elif not (field.primary_key or field.is_relation or (model, field.name) in UNIQUE_TO_ONE):
            seen[field.name] = value
    if model is IdempotencyKey:
        seen["answer"] = [places[TokenUsage][pk] for pk in row["answer"]]
    return seen


@contextmanager
def watched():
    """The statements that are run meanwhile, but for those that begin and end transactions."""
    statements = []

    def watch(execute, sql, params, many, context):
        if not sql.startswith(TRANSACTIONS):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield statements
