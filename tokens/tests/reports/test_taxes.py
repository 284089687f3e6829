"""Tax collected and refunded, on the dashboard and at the month's end, by the rows of purchases and refunds."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from devtools.testing.examples import tries
from tokens.models import Purchase, Refund
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reports.dashboard import Money, figures, period_of
from tokens.reports.month_end import month_end
from tokens.reports.taxes import Tax, taxes
from tokens.testing.buying import buy
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.refund_news import give_back

pytestmark = pytest.mark.django_db
GERMAN = {"country": "DE", "postal_code": "10115"}


def now_taxed():
    now = datetime.now(UTC)
    return taxes(now - timedelta(days=1), now + timedelta(days=1))


@pytest.fixture
def taxed(sandbox, alice, settings):
    """A Pro Pack for $40.00 and $7.60 tax."""
    settings.STRIPE_TAX = True
    return buy(sandbox, alice, **GERMAN)


def test_tax_is_collected_with_a_payment_and_refunded_by_its_share(taxed):
    assert now_taxed() == {"usd": Tax(paid=4760, paid_tax=760)}
    give_back(taxed, 1190)
    give_back(taxed, 2380)
    assert now_taxed() == {"usd": Tax(paid=4760, paid_tax=760, refunded=3570, refunded_tax=570)}
    (found,) = figures(period_of(7)).money.values()
    assert found == Money(taken=4760, refunded=3570, tax=760, tax_refunded=570)
    assert (found.tax_due, found.revenue, found.revenue_without_tax) == (190, 1190, 1000)


@pytest.mark.breaks_the_books
@hypothesis_settings(max_examples=tries(5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 9999), st.data())
def test_the_shares_of_all_refunds_are_all_of_the_tax(alice, paid, data):
    tax = data.draw(st.integers(0, paid))
    Refund.objects.all().delete()
    purchase = simulate_token_purchase(alice.pk, "pro")
    Purchase.objects.filter(pk=purchase.pk).update(paid_cents=paid, tax_cents=tax, is_simulated=False)
    left = paid
    while left:
        cents = data.draw(st.integers(1, left))
        Refund.objects.create(user=alice, purchase=purchase, amount_cents=cents, status="succeeded", source="staff")
        left -= cents
        assert 0 <= now_taxed()["usd"].refunded_tax <= tax
    assert now_taxed()["usd"].refunded_tax == tax
    Purchase.objects.filter(pk=purchase.pk).update(is_simulated=True)


def test_failed_refunds_and_test_purchases_and_disputes_move_no_tax(sandbox, alice, taxed):
    simulate_token_purchase(alice.pk, "pro")
    Refund.objects.create(user=alice, purchase=taxed, amount_cents=100, status="failed", source="staff")
    disputed = buy(sandbox, alice, card="4000000000000259", **GERMAN)
    deliver_disputes(sandbox, disputed)
    assert now_taxed() == {"usd": Tax(paid=9520, paid_tax=1520)}


@pytest.mark.breaks_the_books
def test_a_refund_counts_in_the_month_in_which_it_was_made(alice):
    with time_machine.travel("2026-03-31T23:00Z", tick=False):
        purchase = simulate_token_purchase(alice.pk, "pro")
        Purchase.objects.filter(pk=purchase.pk).update(paid_cents=4760, tax_cents=760, is_simulated=False)
    with time_machine.travel("2026-04-01T01:00Z", tick=False):
        Refund.objects.create(user=alice, purchase=purchase, amount_cents=4760, status="succeeded", source="staff")
    (march,), (april,) = month_end(2026, 3), month_end(2026, 4)
    assert march.tax == Tax(paid=4760, paid_tax=760)
    assert (april.tax, april.tax.due) == (Tax(refunded=4760, refunded_tax=760), -760)


@pytest.mark.breaks_the_books
def test_each_currency_has_its_own_tax_also_one_without_tokens(alice):
    for currency, tax in (("usd", 760), ("jpy", 500)):
        purchase = simulate_token_purchase(alice.pk, "pro")
        Purchase.objects.filter(pk=purchase.pk).update(
            currency=currency, paid_cents=5000, tax_cents=tax, is_simulated=False
        )
    assert now_taxed() == {"jpy": Tax(paid=5000, paid_tax=500), "usd": Tax(paid=5000, paid_tax=760)}
    assert {code: money.tax for code, money in figures(period_of(7)).money.items()} == {"jpy": 500, "usd": 760}
    now = datetime.now(UTC)
    assert {report.currency: report.tax.due for report in month_end(now.year, now.month)} == {"jpy": 500, "usd": 760}


def test_the_file_ends_with_the_tax_where_there_was_any(taxed):
    give_back(taxed, 1190)
    out = io.StringIO()
    call_command("month_end", f"{datetime.now(UTC):%Y-%m}", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-10] == "usd,Closing,375,30.00"
    assert lines[-9:] == [
        'usd,"Payments, with tax",0,47.60',
        'usd,"Payments, tax",0,7.60',
        'usd,"Payments, without tax",0,40.00',
        'usd,"Refunds, with tax",0,-11.90',
        'usd,"Refunds, tax",0,-1.90',
        'usd,"Refunds, without tax",0,-10.00',
        'usd,"Payments less refunds, with tax",0,35.70',
        'usd,"Payments less refunds, tax",0,5.70',
        'usd,"Payments less refunds, without tax",0,30.00',
    ]
