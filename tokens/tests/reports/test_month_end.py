"""The month-end report: every token and cent that moved is in one line, and the lines add up."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Sum

from stripe_sandbox import testing
from tokens.models import Dispute, LedgerEntry, Lot, Refund
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.refunds import refund
from tokens.purchases.reversals import follow_the_money
from tokens.reports.month_end import MOVEMENTS, bounds, month_end, report
from tokens.reports.movements import Amount
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend
from tokens.staff.grants import deduct, grant
from tokens.sweep import sweep
from tokens.testing.ledger_rows import make_lot, post

pytestmark = pytest.mark.django_db


def lines_of(found):
    return {name: (amount.tokens, amount.cents) for name, amount in found.movements.items() if amount != Amount()}


def this_month():
    now = datetime.now(UTC)
    (found,) = month_end(now.year, now.month)
    assert found.adds_up
    return found


def bought(sandbox, user):
    purchase = sandbox.buy(user)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    return purchase


def test_each_kind_of_movement_has_its_line(sandbox, alice, staff):
    purchase = bought(sandbox, alice)
    grant(alice, tokens=20, reason="sorry", by=staff)
    spend(alice, "data_export")
    capture(hold(alice, "ai_analysis"))
    release(hold(alice, "ai_analysis"))
    hold(alice, "import_domain")
    deduct(alice, tokens=4, reason="mistake", by=staff)
    refund(purchase, amount_cents=1000, reason="as agreed", by=None)
    found = this_month()
    assert lines_of(found) == {
        "sold": (500, 4000),
        "granted": (20, 0),
        "consumed": (-15, 0),
        "held": (-1, 0),
        "deducted": (-4, 0),
        "refunded": (-125, -1000),
    }
    assert (found.opening, found.closing) == (Amount(), Amount(375, 3000))


def test_a_dispute_is_charged_back_and_restored_when_won(sandbox, alice):
    purchase = bought(sandbox, alice)
    refund(purchase, amount_cents=1000, reason="as agreed", by=None)
    dispute = testing.dispute(purchase.stripe_payment_intent_id)
    tell(sandbox, purchase)
    assert lines_of(this_month()) == {
        "sold": (500, 4000),
        "refunded": (-125, -1000),
        "charged_back": (-375, -3000),
    }
    testing.close_dispute(dispute["id"], won=True)
    tell(sandbox, purchase)
    assert lines_of(this_month())["restored"] == (375, 3000)


def test_a_refund_after_a_dispute_is_refunded(sandbox, alice):
    purchase = bought(sandbox, alice)
    about = {"user": alice, "purchase": purchase}
    Dispute.objects.create(
        **about, stripe_id="dp_1", status="lost", amount_cents=3000, withdrawn_cents=3000, fetched_at=datetime.now(UTC)
    )
    follow_the_money(purchase)
    Refund.objects.create(**about, amount_cents=400, status="succeeded", source="dashboard")
    follow_the_money(purchase)
    assert lines_of(this_month()) == {"sold": (500, 4000), "charged_back": (-375, -3000), "refunded": (-50, -400)}


def tell(sandbox, purchase):
    for event in testing.events_since(None):
        if event["data"]["object"].get("payment_intent") == purchase.stripe_payment_intent_id:
            sandbox.deliver(event)


def test_every_cent_is_somewhere_at_prices_that_do_not_divide(alice):
    make_lot(alice, tokens=3, paid_cents=100)
    make_lot(alice, tokens=7, paid_cents=1000)
    for _ in range(4):
        spend(alice, "import_domain")
    post(alice)
    found = this_month()
    assert found.movements["consumed"] == Amount(-4, -100 - 143)
    assert found.closing == Amount(6, 857)


def test_expired_tokens_and_a_repaid_debt_have_lines(sandbox, alice, staff):
    purchase = bought(sandbox, alice)
    for _ in range(50):
        spend(alice, "data_export")
    refund(purchase, amount_cents=4000, reason="as agreed", by=None, beyond_offer=True)
    simulate_token_purchase(alice.pk, "starter")
    grant(alice, tokens=450, reason="sorry", by=staff, expires_at=datetime.now(UTC) + timedelta(hours=1))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=False):
        sweep()
    start = datetime.now(UTC) - timedelta(days=1)
    (found,) = report(start, start + timedelta(days=3))
    assert found.adds_up
    assert (found.movements["debt"], found.movements["expired"].tokens) == (Amount(-500, -1000), -50)
    assert found.closing == Amount(0, 0)


def test_the_closing_of_one_month_is_the_opening_of_the_next_and_holds_move_when_captured(alice, staff):
    with time_machine.travel("2026-03-31T23:00Z", tick=False):
        make_lot(alice, tokens=10, paid_cents=1000)
        held = hold(alice, "ai_analysis", expires_in=timedelta(hours=3))
    with time_machine.travel("2026-04-01T01:00Z", tick=False):
        capture(held, tokens=4)
    (march,), (april,) = month_end(2026, 3), month_end(2026, 4)
    assert lines_of(march) == {"sold": (10, 1000), "held": (-5, -500)}
    assert lines_of(april) == {"consumed": (-4, -400), "held": (5, 500)}
    assert march.closing == april.opening == Amount(5, 500)
    assert april.closing == Amount(6, 600)
    assert march.adds_up
    assert april.adds_up
    assert month_end(2026, 2) == []


def test_the_closing_is_what_the_lots_are_worth(alice, bob):
    for user in (alice, bob):
        simulate_token_purchase(user.pk, "pro")
        spend(user, "ai_analysis")
        post(user)
    lots = sum(lot.worth_cents(lot.remaining) for lot in Lot.objects.all())
    assert this_month().closing == Amount(LedgerEntry.objects.aggregate(sum=Sum("tokens"))["sum"], lots)


def test_the_command_prints_csv_and_refuses_what_is_no_month(alice):
    with time_machine.travel("2026-03-15T12:00Z", tick=False):
        make_lot(alice, tokens=10, paid_cents=1000)
    out = io.StringIO()
    call_command("month_end", "2026-03", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[:3] == ["currency,line,tokens,money", "usd,Opening,0,0.00", "usd,Sold,10,10.00"]
    assert lines[-1] == "usd,Closing,10,10.00"
    assert len(lines) == 3 + len(MOVEMENTS)
    for wrong in ("2026-13", "november", "0000-01"):
        with pytest.raises(CommandError, match="isn't a month"):
            call_command("month_end", wrong, stdout=out)


def test_a_month_has_its_bounds():
    assert bounds(2026, 12) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
