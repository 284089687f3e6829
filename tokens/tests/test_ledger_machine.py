"""Any sequence of credits and spends keeps the list of what is always true, checked against plain lists."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from soulfra.testing.factories import UserFactory
from tokens.errors import InsufficientTokens, KeyReused
from tokens.models import ActionCost, LedgerEntry, TokenUsage
from tokens.purchases import complete
from tokens.spending import get_token_balance, spend
from tokens.tests.ledger_rows import assert_books_are_right, make_lot, remaining_of

NEVER = datetime.max.replace(tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)
ACTIONS = ["import_domain", "ai_analysis", "csv_import", "data_export"]


class LedgerMachine(RuleBasedStateMachine):
    """`lots` is the oracle: [remaining, expires_at, is_paid] in the order they came in."""

    def __init__(self):
        super().__init__()
        self.sandpit = transaction.atomic()
        self.sandpit.__enter__()
        self.user = UserFactory.create()
        self.costs = dict(ActionCost.objects.values_list("key", "tokens"))
        self.lots, self.purchases, self.keys = [], [], {}
        self.credited = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.sandpit.__exit__(None, None, None)

    @rule(tokens=st.integers(1, 40), paid=st.booleans(), days=st.none() | st.integers(0, 3))
    def credit(self, tokens, paid, days):
        expires_at = None if days is None else FAR + timedelta(days=days)
        lot = make_lot(self.user, tokens=tokens, paid_cents=7 if paid else 0, expires_at=expires_at)
        self.lots.append([tokens, expires_at or NEVER, paid])
        self.purchases.append(lot.purchase)
        self.credited += tokens

    @rule(number=st.integers(0, 50))
    def complete_again(self, number):
        if self.purchases:
            complete(self.purchases[number % len(self.purchases)], payment_intent=None, paid_cents=7)

    @rule(action=st.sampled_from(ACTIONS), key=st.none() | st.sampled_from("abc"))
    def spend(self, action, key):
        if key in self.keys:
            self.repeat(action, key)
            return
        try:
            usage = spend(self.user, action, idempotency_key=key)
        except InsufficientTokens:
            assert sum(lot[0] for lot in self.lots) < self.costs[action]
            return
        if key:
            self.keys[key] = (action, usage.pk)
        self.burn(self.costs[action])

    def repeat(self, action, key):
        first_action, usage_id = self.keys[key]
        if action == first_action:
            assert spend(self.user, action, idempotency_key=key).pk == usage_id
        else:
            with pytest.raises(KeyReused):
                spend(self.user, action, idempotency_key=key)

    def burn(self, tokens):
        for lot in sorted(self.lots, key=lambda lot: (lot[1], lot[2])):
            taken = min(lot[0], tokens)
            lot[0], tokens = lot[0] - taken, tokens - taken
        assert tokens == 0

    @invariant()
    def the_books_are_right(self):
        assert_books_are_right()
        assert remaining_of(self.user) == [lot[0] for lot in self.lots]
        assert get_token_balance(self.user.pk) == sum(lot[0] for lot in self.lots) >= 0
        spent = sum(usage.tokens_spent for usage in TokenUsage.objects.filter(user=self.user))
        assert self.credited - spent == get_token_balance(self.user.pk)
        assert LedgerEntry.objects.filter(wallet=self.user.pk, kind="credit").count() == len(self.lots)


@pytest.mark.django_db
def test_any_sequence_of_credits_and_spends_keeps_the_books_right():
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
