"""The figures of the dashboard are those of the ledger, of the month-end report, and of the money that moved."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stripe_sandbox import testing
from tokens.ledger.wallet import read_wallet
from tokens.models import Purchase, TokenPackage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.refunds import refund
from tokens.reports.dashboard import DAYS, Money, Orders, Owed, Tokens, figures, liabilities, period_of
from tokens.reports.month_end import month_end, report
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import buy, make_lot, post

pytestmark = pytest.mark.django_db


def bought(sandbox, user):
    purchase = sandbox.buy(user)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    return purchase


def test_every_figure_of_a_day_in_the_shop(sandbox, alice, bob, staff):
    purchase = bought(sandbox, alice)
    sandbox.buy(bob)
    Purchase.objects.filter(pk=sandbox.buy(bob, "starter").pk).update(status="failed")
    grant(alice, tokens=20, reason="sorry", by=staff)
    spend(alice, "data_export")
    capture(hold(alice, "ai_analysis"))
    release(hold(alice, "ai_analysis"))
    hold(alice, "import_domain")
    refund(purchase, amount_cents=1000, reason="as agreed", by=None)
    for days in DAYS:
        found = figures(period_of(days))
        assert found.money == {"usd": Money(taken=4000, refunded=1000)}
        assert found.money["usd"].revenue == 3000
        assert found.tokens == Tokens(sold=500, granted=20, spent=15, taken_back=125)
        assert found.orders == Orders(asked=3, paid=1, failed=1, payers=1)
        assert found.orders.conversion_percent == 33
    assert liabilities() == [Owed("usd", 379, 3000)]


def test_the_tokens_are_those_of_the_month_end_report(sandbox, alice, staff):
    purchase = bought(sandbox, alice)
    grant(alice, tokens=20, reason="sorry", by=staff)
    capture(hold(alice, "ai_analysis"), tokens=2)
    dispute = testing.dispute(purchase.stripe_payment_intent_id)
    for event in testing.events_since(None):
        if event["data"]["object"].get("id") == dispute["id"]:
            sandbox.deliver(event)
    period = period_of(7)
    found = figures(period)
    (books,) = report(period.start, period.end)
    moved = {name: amount.tokens for name, amount in books.movements.items()}
    assert found.tokens.taken_back == 500
    assert found.tokens == Tokens(
        sold=moved["sold"],
        granted=moved["granted"],
        spent=-moved["consumed"],
        taken_back=-moved["refunded"] - moved["charged_back"] - moved["restored"],
    )
    assert found.money["usd"] == Money(taken=4000, charged_back=4000)
    assert [(each.tokens, each.cents) for each in liabilities()] == [(books.closing.tokens, books.closing.cents)]


def test_what_is_owed_is_the_closing_of_the_month_even_with_debts_and_prices_that_do_not_divide(sandbox, alice, bob):
    make_lot(bob, tokens=3, paid_cents=100)
    make_lot(bob, tokens=7, paid_cents=1000)
    spend(bob, "import_domain")
    post(bob)
    TokenPackage.objects.filter(key="pro").update(tokens=499)
    purchase = bought(sandbox, alice)
    for _ in range(7):
        spend(alice, "ai_analysis")
    refund(purchase, amount_cents=3999, reason="as agreed", by=None, beyond_offer=True)
    assert read_wallet(alice.pk).debt
    now = datetime.now(UTC)
    (books,) = month_end(now.year, now.month)
    assert [(each.tokens, each.cents) for each in liabilities()] == [(books.closing.tokens, books.closing.cents)]


def test_what_happened_before_the_period_is_not_in_it_and_each_step_has_its_own(alice):
    with time_machine.travel("2026-05-01T23:59:59Z", tick=False):
        buy(alice.pk, "pro")
    with time_machine.travel("2026-05-02T00:00:00Z", tick=False):
        spend(alice, "data_export")
    with time_machine.travel("2026-05-08T12:30:00Z", tick=False):
        spend(alice, "ai_analysis")
        post(alice)
        week, today = figures(period_of(7)), figures(period_of(1))
        month = figures(period_of(30))
    assert (week.tokens, week.money["usd"], week.orders.payers) == (Tokens(spent=15), Money(), 0)
    assert [step.tokens.spent for step in week.steps] == [10, 0, 0, 0, 0, 0, 5]
    assert {step.at.hour: step.tokens.spent for step in today.steps if step.tokens.spent} == {12: 5}
    assert len(today.steps) == 24
    assert (month.tokens.sold, month.money["usd"].taken) == (500, 4000)
    assert {f"{step.at:%m-%d}": step.revenue["usd"] for step in month.steps if step.revenue["usd"]} == {"05-01": 4000}
    assert week.steps[0].at == datetime(2026, 5, 2, tzinfo=UTC)


def test_a_simulated_purchase_brings_tokens_and_no_money(alice, bob):
    buy(alice.pk, "starter")
    simulate_token_purchase(bob.pk, "pro")
    found = figures(period_of(7))
    assert (found.tokens.sold, found.money, found.orders.payers) == (600, {"usd": Money(taken=1000)}, 1)
    assert found.steps[-1].revenue == {"usd": 1000}


@pytest.mark.breaks_the_books
def test_each_currency_stands_by_itself(alice):
    for currency in ("usd", "jpy"):
        purchase = buy(alice.pk, "pro")
        Purchase.objects.filter(pk=purchase.pk).update(currency=currency)
    found = figures(period_of(7))
    assert found.money == {"jpy": Money(taken=4000), "usd": Money(taken=4000)}
    assert found.steps[-1].revenue == {"jpy": 4000, "usd": 4000}


def test_the_figures_take_twelve_statements_however_much_happened(alice, bob):
    for users in ([alice], [alice, bob, alice]):
        for user in users:
            buy(user.pk, "pro")
            spend(user, "ai_analysis")
        with CaptureQueriesContext(connection) as statements:
            figures(period_of(90))
        assert len(statements) == 12


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="its plans do not depend on statistics")
def test_what_is_summed_of_purchases_is_read_from_indexes_of_the_period(db):
    with CaptureQueriesContext(connection) as asked:
        figures(period_of(30))
    used = []
    for sql in (query["sql"] for query in asked if 'FROM "purchases" WHERE' in query["sql"]):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            used += [step.removeprefix("SEARCH purchases USING ") for *_, step in cursor if "SEARCH" in step]
    assert used == [
        "COVERING INDEX purchases_paid (completed_at>? AND completed_at<?)",
        "INDEX purchases_asked (created_at>? AND created_at<?)",
        "COVERING INDEX purchases_failed (status=? AND created_at>? AND created_at<?)",
        "COVERING INDEX purchases_paid (completed_at>? AND completed_at<?)",
    ]


def test_a_shop_where_nothing_happened_has_a_dashboard(db):
    found = figures(period_of(1))
    assert (found.tokens, found.money, found.orders.conversion_percent) == (Tokens(), {"usd": Money()}, None)
    assert liabilities() == []
    assert found.period.end - found.period.start == timedelta(days=1)


def test_other_numbers_of_days_are_refused():
    with pytest.raises(ValueError, match="3"):
        period_of(3)
