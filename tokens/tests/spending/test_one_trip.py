"""Whatever happens to two users alike, the one whose spends PostgreSQL's functions write has the same rows."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from devtools.testing.examples import tries
from tokens.catalog import get_catalog
from tokens.ledger import writer
from tokens.ledger.due import apply_due_everywhere
from tokens.models import ActionCost, Lot, Purchase, TokenUsage, Wallet
from tokens.purchases import disputes
from tokens.reports.audit import audit
from tokens.spending.holds import capture, hold, release
from tokens.spending.rates import Rate
from tokens.spending.spends import spend_at, spend_many, spend_once
from tokens.staff.grants import deduct, grant
from tokens.testing.ledger_rows import make_lot
from tokens.testing.two_ways import TwoWays

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Beside the shipped ones: one that is seldom affordable, and one of which two are more than an integer holds.
DEAR = {"huge": 333, "dear": 2**31 - 1}
ACTIONS = ["import_domain", "ai_analysis", "csv_import", "data_export", *DEAR]
NO_ACTIONS = ["fly", "", "ai_analysis ", "nul\0", "half of a pair \ud800"]
KEYS = [*"abc", "", "x" * 255]
BAD_KEYS = ["nul\0", "x" * 256]
RATES = [Rate(timedelta(seconds=7), timedelta(seconds=14)), Rate(timedelta(minutes=1) / 7, timedelta(0))]
ROOMY = Rate(timedelta(seconds=1), timedelta(days=1))
BAD_METADATA = [{"nul": "\0"}, {"half of a pair": "\ud800"}, {"not": float("nan")}, {"when": START}]

json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(-1e9, 1e9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
).filter(lambda value: "\0" not in repr(value) and "\\x00" not in repr(value))
keyed = st.dictionaries(st.text("äé€✓ abc_", max_size=5), json, max_size=3)
seldom = st.integers(0, 19).map(lambda number: number == 0)


def mostly(usual, unusual):
    return seldom.flatmap(lambda is_unusual: unusual if is_unusual else usual)


metadata = mostly(st.sampled_from([{}, {"domain": "müller.example"}]) | keyed, st.sampled_from(BAD_METADATA))
action = mostly(st.sampled_from(ACTIONS[:4]), st.sampled_from(ACTIONS[4:] + NO_ACTIONS))
key = st.none() | mostly(st.sampled_from(KEYS), st.sampled_from(BAD_KEYS))
items = st.lists(st.tuples(mostly(st.sampled_from(ACTIONS[:4]), action), metadata), min_size=1, max_size=6)
one_spend = st.fixed_dictionaries(
    {"action": action, "metadata": metadata, "key": key, "rate": st.none() | st.sampled_from([*RATES, ROOMY])}
)
figure = st.integers(1, 40) | st.integers(100, 1000)
cents = st.sampled_from([0, 7, 4000, 99999])
WAYS: Counter[str] = Counter()


class TwoWaysMachine(RuleBasedStateMachine):
    """`purchases` are counted; `holds` are the places of holds among a user's usages."""

    def __init__(self):
        super().__init__()
        self.sandpit = transaction.atomic()
        self.sandpit.__enter__()
        self.clock = time_machine.travel(START, tick=False)
        self.now = self.clock.start()
        ActionCost.objects.bulk_create([ActionCost(key=key, label=key, tokens=n) for key, n in DEAR.items()])
        self.ways = TwoWays()
        self.both = self.ways.both
        self.purchases, self.holds = 0, []
        self.kinds = [
            lambda user: spend_once(user.pk, "import_domain", rate=ROOMY),
            lambda user: spend_many(user, [("csv_import", {}), ("import_domain", {})]),
        ]

    def teardown(self):
        WAYS.update({f"{name} answered": times for name, times in self.ways.answered.items()})
        WAYS.update({f"{name} handed on": times for name, times in self.ways.handed_on.items()})
        findings = audit()
        self.clock.stop()
        transaction.set_rollback(True)
        self.sandpit.__exit__(None, None, None)
        assert findings == []

    def happen(self, work):
        """Something that a spend may meet, and a spend of each kind that meets it at once."""
        outcome = self.both(work)
        self.meet()
        return outcome

    def meet(self):
        self.kinds.reverse()
        for spend in self.kinds:
            self.both(spend)

    @invariant()
    def nobody_can_tell(self):
        self.ways.compare_rows()

    @initialize(lots=st.lists(st.tuples(st.integers(1, 500), cents, st.none() | st.integers(0, 9)), max_size=3))
    def begin(self, lots):
        for lot in lots:
            self.come_in(*lot)

    # --- spends

    @rule(spends=st.lists(one_spend, min_size=1, max_size=6))
    def spend(self, spends):
        for each in spends:
            self.both(lambda user, each=each: spend_once(user.pk, **each))

    @rule(each=one_spend, times=st.integers(2, 6))
    def spend_again_and_again(self, each, times):
        self.spend([each] * times)

    @rule(spends=items, key=key, times=st.integers(1, 2))
    def spend_a_few(self, spends, key, times):
        for _ in range(times):
            self.both(lambda user: spend_many(user, spends, idempotency_key=key))

    @rule(spends=items, length=st.integers(1, 60), key=key)
    def spend_many(self, spends, length, key):
        self.both(lambda user: spend_many(user, (spends * length)[:length], idempotency_key=key))

    @rule(action=st.sampled_from(ACTIONS), metadata=metadata)
    def spend_at(self, action, metadata):
        cost = get_catalog().cost(action)
        self.both(lambda user: spend_at(user.pk, cost, metadata=metadata))

    # --- everything that a spend may meet

    @rule(tokens=figure, cents=cents, days=st.none() | st.integers(0, 9))
    def credit(self, tokens, cents, days):
        self.come_in(tokens, cents, days)

    def come_in(self, tokens, cents, days):
        expires_at = None if days is None else timezone.now() + timedelta(days=days, hours=1)
        self.happen(lambda user: make_lot(user, tokens=tokens, paid_cents=cents, expires_at=expires_at) and None)
        self.purchases += 1

    @rule(tokens=figure, hours=st.none() | st.integers(1, 99))
    def grant(self, tokens, hours):
        expires_at = hours and timezone.now() + timedelta(hours=hours)
        self.happen(lambda user: grant(user, tokens=tokens, reason="test", by=None, expires_at=expires_at) and None)

    @rule(tokens=figure)
    def deduct(self, tokens):
        self.happen(lambda user: deduct(user, tokens=tokens, reason="test", by=None) and None)

    @rule(tokens=st.none() | figure, minutes=st.integers(1, 5000), key=key)
    def hold(self, tokens, minutes, key):
        lasts = timedelta(minutes=minutes)
        held = self.happen(lambda user: hold(user, "data_export", tokens=tokens, expires_in=lasts, idempotency_key=key))
        if isinstance(held, dict):
            self.holds.append(held["id"])

    @precondition(lambda self: self.holds)
    @rule(number=st.integers(0, 50), tokens=st.none() | st.integers(1, 30), captures=st.booleans())
    def end_hold(self, number, tokens, captures):
        place = self.holds[number % len(self.holds)]

        def work(user):
            usage = TokenUsage.objects.for_user(user.pk).order_by("pk")[place]
            return capture(usage, tokens=tokens) if captures else release(usage)

        self.happen(work)

    @precondition(lambda self: self.purchases)
    @rule(
        number=st.integers(0, 50), out=st.sampled_from([0, 50, 100]), back=st.sampled_from([0, 100]), ends=st.booleans()
    )
    def dispute(self, number, out, back, ends):
        """A bank freezes a purchase, takes so much of its money and gives so much of that back."""
        place = number % self.purchases

        def work(user):
            purchase = Purchase.objects.filter(user=user).order_by("pk")[place]
            if (
                is_next := Lot.objects.filter(wallet=user.pk, purchase__isnull=False)
                .spendable()
                .in_burn_order()
                .first()
            ):
                purchase = is_next.purchase if number % 2 else purchase
            taken = purchase.paid_cents * out // 100
            moves = [{"amount": -taken, "currency": "usd"}, {"amount": taken * back // 100, "currency": "usd"}]
            told = {
                "id": f"dp_{purchase.pk}",
                "status": "lost" if ends else "needs_response",
                "reason": "fraudulent",
                "amount": purchase.paid_cents,
                "currency": "usd",
                "balance_transactions": moves,
            }
            disputes.record_dispute(purchase, told, fetched_at=timezone.now())

        self.happen(work)

    @rule(ends=mostly(st.just(True), st.just(False)))
    def stop_spending(self, ends):
        self.happen(lambda user: writer.block(writer.lock_wallet(user.pk), at=timezone.now()))
        if ends:
            self.happen(lambda user: writer.block(writer.lock_wallet(user.pk), at=None))

    # --- time

    @rule(seconds=st.integers(1, 20) | st.integers(1, 200_000), sweeps=seldom)
    def time_passes(self, seconds, sweeps):
        self.now.shift(timedelta(seconds=seconds))
        if sweeps:
            apply_due_everywhere()
        self.meet()

    @rule(too_early=st.booleans())
    def the_next_thing_is_due(self, too_early):
        for due_at in Wallet.objects.filter(due_at__gt=timezone.now()).values_list("due_at", flat=True)[:1]:
            self.now.move_to(due_at - timedelta(microseconds=1) * too_early)
            self.meet()

    @rule(seconds=st.integers(1, 90))
    def another_machine_is_behind(self, seconds):
        self.now.shift(-timedelta(seconds=seconds))
        self.meet()


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.django_db
def test_nobody_can_tell_by_which_way_a_spend_was_written():
    WAYS.clear()
    run_state_machine_as_test(
        TwoWaysMachine,
        settings=settings(
            max_examples=tries(6),
            phases=[phase for phase in Phase if phase is not Phase.explain],
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
    for way in ("spend answered", "spend handed on", "spend_many answered", "spend_many handed on"):
        assert WAYS[way] >= 10, f"{way} is hardly tried: {dict(WAYS)}"
