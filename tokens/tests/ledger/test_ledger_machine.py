"""Any sequence of credits, spends, postings, holds and expiries keeps what is always true, as plain lists show."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.api_keys import CallingKey
from devtools.testing.examples import tries
from devtools.testing.factories import UserFactory
from tokens.errors import HoldEnded, InsufficientTokens, KeyReused, NotReversible, ReversalExceedsSpend
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import ActionCost, LedgerEntry, Lot, SpendReversal, TokenUsage
from tokens.purchases.lifecycle import complete
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend, spend_once
from tokens.spending.taking_back import WITHIN, take_back
from tokens.testing.ledger_rows import assert_books_are_right, lots_of, make_lot, post
from tokens.testing.oracle import Oracle
from tokens.testing.postings import Together
from tokens.testing.statements import assert_statement_adds_up

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACTIONS = ["import_domain", "ai_analysis", "csv_import", "data_export"]


class LedgerMachine(RuleBasedStateMachine):
    """`holds` are (usage, the oracle's hold), in the order they were made; `spends` (usage, what it took there)."""

    def __init__(self):
        super().__init__()
        self.sandpit = transaction.atomic()
        self.sandpit.__enter__()
        self.user = UserFactory.create()
        self.costs = dict(ActionCost.objects.values_list("key", "tokens"))
        self.oracle, self.purchases, self.keys, self.holds = Oracle(), [], {}, []
        self.spends, self.together = [], Together(self.user)
        self.back: Counter = Counter()
        self.credited = 0
        self.clock = time_machine.travel(START, tick=False)
        self.now = self.clock.start()

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.sandpit.__exit__(None, None, None)

    @rule(tokens=st.integers(1, 40), paid=st.booleans(), days=st.none() | st.integers(0, 9))
    def credit(self, tokens, paid, days):
        expires_at = None if days is None else timezone.now() + timedelta(days=days, hours=1)
        lot = make_lot(self.user, tokens=tokens, paid_cents=7 if paid else 0, expires_at=expires_at)
        self.oracle.come_in(tokens, is_paid=paid, expires_at=expires_at)
        self.purchases.append(lot.purchase)
        self.credited += tokens

    @rule(number=st.integers(0, 50))
    def complete_again(self, number):
        if self.purchases:
            complete(self.purchases[number % len(self.purchases)], payment_intent=None, paid_cents=7)

    @rule(action=st.sampled_from(ACTIONS), key=st.none() | st.sampled_from("abc"), quantity=st.integers(1, 3))
    def spend(self, action, key, quantity):
        if key in self.keys:
            self.repeat(action, key)
            return
        times = 1 if key else quantity
        try:
            usage = spend_once(self.user.pk, action, quantity=times, key=key, api_key=CallingKey(7)).usage
        except InsufficientTokens:
            self.apply_due()  # which is kept here, inside the machine's own transaction
            assert self.oracle.available < times * self.costs[action]
            return
        if key:
            self.keys[key] = (action, usage.pk)
        self.apply_due()
        self.spends.append((usage, self.oracle.burn(times * self.costs[action])))

    @precondition(lambda self: self.spends)
    @rule(number=st.integers(0, 50), quantity=st.none() | st.integers(1, 3))
    def take_back(self, number, quantity):
        """Of what was posted together, what was taken last returns first, whichever of these spends is taken back."""
        usage, taken = self.spends[-1 - number % len(self.spends)]
        left = usage.quantity - self.back[usage.pk]
        times = left if quantity is None else quantity
        before = SpendReversal.objects.count()
        try:
            reversal = take_back(self.user.pk, usage.pk, reason="It failed", quantity=quantity)
        except NotReversible:
            self.apply_due()
            assert timezone.now() - usage.charged_at > WITHIN
            return
        except ReversalExceedsSpend:
            self.apply_due()
            assert times > left
            return
        self.apply_due()
        if left:
            self.back[usage.pk] += times
            together = taken if usage.expires_at else self.together.of(usage, self.spends)
            self.oracle.take_back(together, reversal.tokens, timezone.now())
            assert reversal.tokens * usage.quantity == usage.tokens_spent * times
        assert SpendReversal.objects.count() - before == bool(left)

    @rule()
    def post(self):
        post(self.user)
        assert read_wallet(self.user.pk).unposted == 0
        lots = Lot.objects.filter(wallet=self.user.pk).order_by("id")
        assert [lot.remaining for lot in lots] == [lot.remaining for lot in self.oracle.lots]

    @rule(tokens=st.integers(1, 30), minutes=st.integers(1, 10000))
    def hold(self, tokens, minutes):
        try:
            asked = {"tokens": tokens, "expires_in": timedelta(minutes=minutes), "api_key": CallingKey(7)}
            usage = hold(self.user, "data_export", **asked)
        except InsufficientTokens:
            self.apply_due()
            assert self.oracle.available < tokens
            return
        self.apply_due()
        self.holds.append((usage, self.oracle.hold(tokens, usage.expires_at)))

    @precondition(lambda self: self.holds)
    @rule(number=st.integers(0, 50), share=st.integers(1, 30))
    def capture(self, number, share):
        usage, mine = self.holds[number % len(self.holds)]
        wanted = min(share, mine.tokens)
        try:
            capture(usage, tokens=wanted)
        except HoldEnded:
            self.apply_due()
            assert mine.state == "released" or mine.spent != wanted
            return
        self.apply_due()
        if mine.state == "held":
            self.oracle.end(mine, spent=wanted, now=timezone.now())
            usage.refresh_from_db()
            self.spends.append((usage, mine.kept))
        assert mine.spent == wanted

    @precondition(lambda self: self.holds)
    @rule(number=st.integers(0, 50))
    def release(self, number):
        usage, mine = self.holds[number % len(self.holds)]
        try:
            release(usage)
        except HoldEnded:
            self.apply_due()
            assert mine.state == "spent"
            return
        self.apply_due()
        if mine.state == "held":
            self.oracle.end(mine, spent=0, now=timezone.now())

    @rule(hours=st.integers(1, 60), sweeps=st.booleans())
    def time_passes(self, hours, sweeps):
        self.now.shift(timedelta(hours=hours))
        if sweeps:
            apply_due_everywhere()
            self.apply_due()

    def apply_due(self):
        self.oracle.apply_due(timezone.now())

    def repeat(self, action, key):
        first_action, usage_id = self.keys[key]
        if action == first_action:
            assert spend(self.user, action, idempotency_key=key).pk == usage_id
        else:
            with pytest.raises(KeyReused):
                spend(self.user, action, idempotency_key=key)

    @invariant()
    def the_books_are_right(self):
        assert_books_are_right()
        assert [lot.remaining for lot in lots_of(self.user)] == [lot.remaining for lot in self.oracle.lots]
        assert get_token_balance(self.user.pk) == self.oracle.balance >= 0
        spent = sum(usage.tokens_spent for usage in TokenUsage.objects.filter(user=self.user))
        spent -= sum(SpendReversal.objects.filter(user=self.user).values_list("tokens", flat=True))
        assert self.credited - spent - self.oracle.expired == get_token_balance(self.user.pk)
        assert LedgerEntry.objects.filter(wallet=self.user.pk, kind="credit").count() == len(self.oracle.lots)
        assert_statement_adds_up(self.user.pk)


@pytest.mark.long
@pytest.mark.django_db
def test_any_sequence_of_credits_and_spends_keeps_the_books_right():
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=tries(10),
            phases=[phase for phase in Phase if phase is not Phase.explain],
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
