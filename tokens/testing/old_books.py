"""What the shop wrote before spends were posted later: rows of that time's models, each spend with entries of its own.

A lot below zero is a debt, and what repays it is a pair of entries.
"""

import contextlib
from datetime import UTC, datetime

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from devtools.testing import other_database
from tokens.idempotency import fingerprint

BEFORE = [("tokens", "0022_limit_tokens_of_packs")]
LAST = None  # all there are
ACTION = "import_domain"  # shipped
MEANWHILE = datetime(2026, 11, 1, tzinfo=UTC)


@contextlib.contextmanager
def database_of_before(directory):
    """While this lasts, a database of its own is the default one; gives the models of tokens as they were."""
    with other_database.in_place(directory):
        yield migrate(BEFORE)


def migrate(to):
    """The models of all apps once these migrations have run."""
    executor = MigrationExecutor(connections["default"])
    nodes = to or executor.loader.graph.leaf_nodes()
    executor.migrate(nodes)
    return executor.loader.project_state(nodes).apps


class OldBooks:
    """One customer's. Lots are given as they are returned, and keep themselves up to date."""

    def __init__(self, apps, username):
        self.model = lambda name: apps.get_model("tokens", name)
        self.user = apps.get_model("accounts", "User").objects.create(username=username, email=f"{username}@test")
        self.wallet = self.model("Wallet").objects.create(user=self.user)

    def buy(self, tokens, cents):
        row = {"user": self.user, "type": "tokens", "description": "pack", "tokens": tokens, "currency": "usd"}
        money = {"amount_cents": cents, "paid_cents": cents, "status": "completed", "completed_at": MEANWHILE}
        purchase = self.model("Purchase").objects.create(**row, **money)
        total, _ = self.model("PurchaseTotal").objects.get_or_create(user=self.user, currency="usd")
        total.purchases, total.tokens, total.cents = total.purchases + 1, total.tokens + tokens, total.cents + cents
        total.save()
        return self.credit(tokens, cents, purchase=purchase)

    def grant(self, tokens):
        grant = self.model("Grant").objects.create(user=self.user, kind="grant", tokens=tokens, reason="a gift")
        return self.credit(tokens, 0, grant=grant)

    def credit(self, tokens, cents, **cause):
        row = {"wallet": self.wallet, "tokens": tokens, "remaining": 0, "paid_cents": cents, "currency": "usd"}
        lot = self.model("Lot").objects.create(**row, **cause)
        self.move(lot, tokens, "credit", **cause)
        return lot

    def spend(self, lot, *amounts, ids, key=None):
        """Plain spends of one call; whose ids are these."""
        for pk, tokens in zip(ids, amounts, strict=True):
            row = {"tokens_spent": tokens, "status": "spent", "balance_after": self.wallet.balance - tokens}
            usage = self.model("TokenUsage").objects.create(pk=pk, user=self.user, action=ACTION, **row)
            self.move(lot, -tokens, "spend", usage=usage)
            self.count_spent(tokens)
        items = [[ACTION, {}]] * len(ids)
        if key:
            self.keep(key, fingerprint("spend_many", *items) if len(ids) > 1 else fingerprint("spend", *items[0]), ids)

    def hold(self, lot, tokens, *, pk, key):
        row = {"tokens_spent": tokens, "status": "held", "balance_after": self.wallet.balance - tokens}
        row |= {"expires_at": datetime(2027, 1, 1, tzinfo=UTC)}
        usage = self.model("TokenUsage").objects.create(pk=pk, user=self.user, action=ACTION, **row)
        self.move(lot, -tokens, "hold", usage=usage)
        self.keep(key, fingerprint("hold", ACTION, tokens, 3600.0, {}), [pk])
        return usage

    def capture(self, usage, lot, tokens, *, at):
        self.move(lot, usage.tokens_spent - tokens, "release", usage=usage)
        usage.tokens_spent, usage.status, usage.ended_at = tokens, "spent", at
        usage.balance_after = self.wallet.balance
        usage.save()
        self.count_spent(tokens)

    def refund(self, lot):
        """All of its money; what the lot lacks is a debt."""
        purchase = lot.purchase
        row = {"user": self.user, "purchase": purchase}
        refund = self.model("Refund").objects.create(
            **row, amount_cents=purchase.paid_cents, status="succeeded", source="staff"
        )
        reversal = self.model("Reversal").objects.create(
            **row, tokens_before=0, tokens_after=purchase.tokens, refunded_cents=purchase.paid_cents
        )
        self.move(lot, -purchase.tokens, "reverse", reversal=reversal)
        purchase.status, purchase.tokens_reversed = "refunded", purchase.tokens
        purchase.reversed_cents = purchase.paid_cents
        purchase.save()
        self.model("PurchaseTotal").objects.filter(user=self.user).update(tokens=0, cents=0)
        return refund

    def repay(self, payer, debtor, tokens):
        cause = {"grant": payer.grant}
        self.move(payer, -tokens, "repay", counter_lot=debtor, **cause)
        self.move(debtor, tokens, "repay", counter_lot=payer, **cause)

    def keep(self, key, asked, answer):
        """The key as the table kept it, and another kind of answer beside it."""
        row = {"user": self.user, "fingerprint": asked, "claimed_at": MEANWHILE}
        self.model("IdempotencyKey").objects.create(key=key, answer=list(answer), **row)
        self.model("IdempotencyKey").objects.create(key=f"other {key}", answer={"ids": list(answer)}, **row)

    def count_spent(self, tokens):
        total, _ = self.model("UsageTotal").objects.get_or_create(user=self.user, action=ACTION)
        total.tokens, total.count = total.tokens + tokens, total.count + 1
        total.save()

    def move(self, lot, tokens, kind, **cause):
        before, lot.remaining = lot.remaining, lot.remaining + tokens
        lot.save(update_fields=["remaining"])
        self.wallet.balance += tokens
        self.wallet.debt += max(0, -lot.remaining) - max(0, -before)
        self.wallet.save()
        worth = lot.paid_cents * lot.remaining // lot.tokens - lot.paid_cents * before // lot.tokens
        fields = {"tokens": tokens, "balance_after": self.wallet.balance, "worth_cents": worth, "kind": kind}
        self.model("LedgerEntry").objects.create(wallet=self.wallet, lot=lot, **fields, **cause)
