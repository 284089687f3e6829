"""What the shop has accepted, read from its documents after every commit, told to the oracle, and compared with it.

Documents (purchases, refunds, disputes, usages, grants) are the facts; lots and wallet must follow from them.
"""

import copy
from functools import cache

from django.db import connection
from django.utils import timezone

from tokens.ledger.wallet import read_wallet
from tokens.models import Dispute, Grant, LedgerEntry, Purchase, Refund, Reversal, SpendReversal, TokenUsage
from tokens.reports import audit_money
from tokens.reports.audit import RULES, audit, entries_are_worth_what_they_moved
from tokens.reports.audit_hours import closed_hours_say_what_their_entries_say
from tokens.testing.ledger_rows import lots_of
from tokens.testing.oracle import Money, Oracle
from tokens.testing.postings import Together
from tokens.testing.statements import assert_statement_adds_up

PAID = ("completed", "partially_refunded", "refunded")

# Their queries find candidates, not findings.
JUDGED_IN_PYTHON = (
    audit_money.tokens_follow_the_money,
    entries_are_worth_what_they_moved,
    audit_money.statuses_follow_the_refunds,
    audit_money.lots_are_frozen_while_disputed,
    closed_hours_say_what_their_entries_say,
)


class Books:
    def __init__(self, user):
        self.user, self.oracle = user, Oracle()
        self.lots, self.holds, self.usages, self.grants = {}, {}, {}, set()
        self.reversals, self.expiries, self.is_audited = {}, 0, True
        self.spends, self.together, self.taken_back = {}, Together(user), set()

    def catch_up(self):
        """Called after every commit: at most one wallet moved, in the order below. A posting moves nothing."""
        now = timezone.now()
        usages = self.rows(TokenUsage, "pk", "status", "tokens_spent", "expires_at", "reason")
        grants = [row for row in self.rows(Grant, "pk", "kind", "tokens", "expires_at") if row[0] not in self.grants]
        expiries = LedgerEntry.objects.filter(wallet=self.user.pk, kind="expire", cause_kind="lot").count()
        changed = [row for row in usages if self.usages.get(row[0]) != row]
        undone = [row for row in self.rows(SpendReversal, "pk", "usage", "tokens") if row[0] not in self.taken_back]
        if changed or expiries != self.expiries or grants or undone:
            self.oracle.apply_due(now)
        self.usages, self.expiries = {row[0]: row for row in usages}, expiries
        for row in changed:
            self.note_usage(*row, now=now)
        for row in grants:
            self.note_grant(*row)
        for row in undone:
            self.note_taken_back(*row, now=now)
        self.follow_the_money(now)
        self.compare()
        self.is_audited = False

    def note_usage(self, pk, status, tokens, expires_at, reason, *, now):
        hold = self.holds.get(pk)
        if hold is None:
            assert tokens <= self.oracle.available, "spent what was frozen or not there"
            if status == "held":
                self.holds[pk] = self.oracle.hold(tokens, expires_at)
            else:
                self.spends[pk] = self.oracle.burn(tokens)
        elif reason != "expired":
            assert hold.state == "held"
            self.oracle.end(hold, spent=tokens, now=now)
            self.spends[pk] = hold.kept
        if hold:
            assert (hold.state, hold.spent) == (status, tokens)

    def note_taken_back(self, pk, usage_id, tokens, *, now):
        self.taken_back.add(pk)
        usage, taken = TokenUsage.objects.get(pk=usage_id), self.spends[usage_id]
        if usage.expires_at is None:
            usages = TokenUsage.objects.in_bulk(self.spends)
            spends = sorted((usages[each].number, usages[each], taken) for each, taken in self.spends.items())
            taken = self.together.of(usage, [(other, parts) for _, other, parts in spends])
        self.oracle.take_back(taken, tokens, now)

    def note_grant(self, pk, kind, tokens, expires_at):
        self.grants.add(pk)
        if kind == "grant":
            self.oracle.come_in(tokens, expires_at=expires_at)
        else:
            assert tokens <= self.oracle.available
            self.oracle.burn(tokens)

    def follow_the_money(self, now):
        known = self.known()
        for pk, (money, *_) in known.items():
            if money.state == "completed" and pk not in self.lots:
                self.lots[pk] = self.oracle.come_in(money.tokens, is_paid=money.paid > 0)
                self.reversals[pk] = []
        for pk, purchase, before, after in self.rows(Reversal, "pk", "purchase", "tokens_before", "tokens_after"):
            steps = self.reversals[purchase]
            if pk not in [step[0] for step in steps]:
                assert before == (steps[-1][1] if steps else 0)
                steps.append((pk, after))
                self.take_or_return(self.lots[purchase], after - before, now)
        for pk, (money, status, tokens_reversed) in known.items():
            steps = self.reversals.get(pk)
            assert status == money.status
            assert tokens_reversed == (steps[-1][1] if steps else 0)
            if steps is not None:
                assert tokens_reversed == money.tokens_reversed
                self.oracle.freeze(self.lots[pk], is_frozen=money.is_frozen)

    def take_or_return(self, lot, tokens, now):
        if tokens > 0:
            self.oracle.reverse(lot, tokens)
        else:
            self.oracle.restore(lot, -tokens, now)

    def known(self):
        """purchase -> (its Money as our documents say, its status, its tokens_reversed)."""
        found = {}
        for pk, tokens, paid, status, gone in self.rows(
            Purchase, "pk", "tokens", "paid_cents", "status", "tokens_reversed"
        ):
            state = "completed" if status in PAID else status
            found[pk] = (Money(tokens, state, paid or 0), status, gone)
        for pk, purchase, cents, status in self.rows(Refund, "pk", "purchase", "amount_cents", "status"):
            found[purchase][0].refunds[pk] = (cents, status)
        fields = ("pk", "purchase", "status", "withdrawn_cents", "reinstated_cents")
        for pk, purchase, *dispute in self.rows(Dispute, *fields):
            found[purchase][0].disputes[pk] = tuple(dispute)
        return found

    def compare(self):
        assert as_rows(lots_of(self.user)) == as_rows(self.oracle.lots)
        wallet, oracle = read_wallet(self.user.pk), self.oracle
        held = sum(hold.tokens for hold in oracle.holds if hold.state == "held")
        figures = wallet.balance, wallet.debt, wallet.available, wallet.held
        assert figures == (oracle.balance, oracle.debt, oracle.available, held)

    def available_now(self):
        """What a spend could use now, with what is due applied."""
        oracle = copy.deepcopy(self.oracle)
        oracle.apply_due(timezone.now())
        return oracle.available

    def check(self):
        """The audit's rules that are plain queries, and the statement, if anything was committed since the last time.

        What the others judge in Python, `catch_up` has compared; and entries stay as they are until the end.
        """
        if not self.is_audited:
            assert not any(found_by(*statement) for statement in audit_statements()), audit()
            assert_statement_adds_up(self.user.pk)
        self.is_audited = True

    def rows(self, model, *fields):
        return list(model.objects.filter(user=self.user.pk).order_by("pk").values_list(*fields))


def as_rows(lots):
    return [(lot.tokens, lot.remaining, lot.is_frozen) for lot in lots]


@cache
def audit_statements():
    """What the audit asks the database: rows are findings. Building the queries takes longer than all else here."""
    asked = []

    def note(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        for rule in RULES:
            if rule not in JUDGED_IN_PYTHON:
                list(rule())
    return asked


def found_by(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
