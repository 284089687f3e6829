"""What a user bought and paid, less what was taken back, and other sums that span many rows."""

import pytest
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.ledger.burning import AT_A_TIME
from tokens.ledger.wallet import get_token_balance
from tokens.models import ActionCost, Dispute, Purchase, Refund, TokenPackage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.reversals import follow_the_money, reversed_cents
from tokens.reports.customer_totals import Totals, purchase_totals, spent_by_currency
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import assert_books_are_right, buy, make_lot, remaining_of

pytestmark = pytest.mark.django_db


def refund(purchase, cents, status="succeeded"):
    Refund.objects.create(
        user_id=purchase.user_id, purchase=purchase, amount_cents=cents, source="staff", status=status
    )
    follow_the_money(purchase)


def dispute(purchase, *, withdrawn, reinstated=0, status="lost"):
    Dispute.objects.create(
        stripe_id=f"dp_{Dispute.objects.count()}",
        user_id=purchase.user_id,
        purchase=purchase,
        status=status,
        amount_cents=withdrawn,
        withdrawn_cents=withdrawn,
        reinstated_cents=reinstated,
        fetched_at=timezone.now(),
    )
    follow_the_money(purchase)


@pytest.mark.parametrize(
    ("happened", "totals"),
    [
        (lambda pro: None, Totals(tokens=600, spent_cents=5000, purchases=2)),
        (lambda pro: refund(pro, 1000), Totals(tokens=475, spent_cents=4000, purchases=2)),
        (lambda pro: refund(pro, 1000, "requested"), Totals(tokens=475, spent_cents=4000, purchases=2)),
        (lambda pro: refund(pro, 1000, "failed"), Totals(tokens=600, spent_cents=5000, purchases=2)),
        (lambda pro: refund(pro, 4000), Totals(tokens=100, spent_cents=1000, purchases=2)),
        (lambda pro: [refund(pro, 1000), refund(pro, 2000)], Totals(tokens=225, spent_cents=2000, purchases=2)),
        (lambda pro: dispute(pro, withdrawn=4000), Totals(tokens=100, spent_cents=1000, purchases=2)),
        (
            lambda pro: dispute(pro, withdrawn=4000, reinstated=4000, status="won"),
            Totals(tokens=600, spent_cents=5000, purchases=2),
        ),
        (
            lambda pro: [refund(pro, 1000), dispute(pro, withdrawn=3000)],
            Totals(tokens=100, spent_cents=1000, purchases=2),
        ),
        # Never more than was paid, so that one purchase's loss is not taken off another.
        (
            lambda pro: [refund(pro, 4000), dispute(pro, withdrawn=4000)],
            Totals(tokens=100, spent_cents=1000, purchases=2),
        ),
    ],
    ids="nothing partly requested failed wholly twice lost won both too-much".split(),
)
def test_what_was_bought_and_paid_is_less_what_went_back(alice, happened, totals):
    pro = buy(alice.pk, "pro")
    buy(alice.pk, "starter")
    happened(pro)
    assert purchase_totals(alice.pk) == totals
    kept = [(purchase.paid_cents or 0) - reversed_cents(purchase) for purchase in Purchase.objects.all()]
    assert sum(kept) == totals.spent_cents
    assert_books_are_right()


def test_another_users_refunds_and_another_currencys_money_are_not_counted(alice, bob):
    buy(alice.pk, "pro")
    refund(buy(bob.pk, "pro"), 4000)
    TokenPackage.objects.filter(key="starter").update(currency="eur")
    refund(buy(alice.pk, "starter"), 500)
    assert purchase_totals(alice.pk) == Totals(tokens=550, spent_cents=4000, purchases=2)
    assert purchase_totals(alice.pk, currency="eur") == Totals(tokens=550, spent_cents=500, purchases=2)


def test_a_purchase_that_a_code_made_free_counts_its_tokens_and_no_money(alice):
    make_lot(alice, tokens=50, paid_cents=0)
    assert purchase_totals(alice.pk) == Totals(tokens=50, spent_cents=0, purchases=1)


def test_a_simulated_purchase_counts_its_tokens_and_no_money(alice):
    buy(alice.pk, "starter")
    refund(simulate_token_purchase(alice.pk, "pro"), 1000)
    assert purchase_totals(alice.pk) == Totals(tokens=475, spent_cents=1000, purchases=2)
    assert spent_by_currency(alice.pk) == {"usd": 1000}
    assert_books_are_right()


def test_the_totals_cost_the_same_statements_whatever_the_history(alice, django_assert_num_queries):
    for more in (1, 3):
        for _ in range(more):
            refund(buy(alice.pk, "pro"), 1000)
        with django_assert_num_queries(1):
            purchase_totals(alice.pk)


def test_stats_tell_what_is_left_of_the_purchases_and_what_is_owed(api, alice):
    refunded = buy(alice.pk, "pro")
    for _ in range(20):
        spend(alice, "data_export")
    refund(refunded, 4000)
    client = api(alice)
    assert client.get("/api/tokens/balance").json() == {
        "balance": -200,
        "user_id": alice.pk,
        "available": 0,
        "held": 0,
        "frozen": 0,
        "owed": 200,
    }
    assert client.get("/api/tokens/stats").json() == {
        "balance": -200,
        "total_purchased": 0,
        "total_spent_usd": 0.0,
        "amount_cents": 0,
        "currency": "usd",
        "purchase_count": 1,
        "usage_breakdown": [{"action": "data_export", "tokens": 200, "count": 20}],
    }


def test_the_token_page_says_what_is_owed_and_what_was_really_paid(alice_page, alice):
    refunded = buy(alice.pk, "pro")
    for _ in range(20):
        spend(alice, "data_export")
    refund(refunded, 4000)
    buy(alice.pk, "starter")
    page = alice_page.get("/tokens/")
    shown = {name: page.context[name] for name in ("total_purchased", "total_spent_cents")}
    text = " ".join(page.content.decode().split())
    assert shown == {"total_purchased": 100, "total_spent_cents": 1000}
    assert '<p class="balance-figure" id="balance"><strong>-100</strong> tokens</p>' in text
    assert "<dt>Debt</dt> <dd > 100 </dd>" in text
    assert "The next 100 tokens you buy repay that debt first." in text
    assert alice_page.get("/tokens/purchases").status_code == alice_page.get("/tokens/usage").status_code == 200


def test_savings_are_against_the_dearest_pack_in_the_same_currency():
    TokenPackage.objects.create(key="klein", name="Klein", tokens=10, price_cents=900, currency="eur")
    TokenPackage.objects.create(key="gross", name="Gross", tokens=100, price_cents=4500, currency="eur")
    savings = {pack.key: pack.savings_percent for pack in get_catalog().packages.values()}
    assert savings == {"starter": 0, "pro": 20, "premium": 30, "klein": 0, "gross": 50}


@pytest.mark.parametrize("take", [spend, hold])
def test_a_spend_goes_on_beyond_the_lots_that_are_read_at_a_time(alice, take):
    for _ in range(AT_A_TIME):
        make_lot(alice, tokens=1)
    make_lot(alice, tokens=20, paid_cents=100)
    ActionCost.objects.filter(key="data_export").update(tokens=AT_A_TIME + 10)
    take(alice, "data_export")
    assert (get_token_balance(alice.pk), remaining_of(alice)) == (10, [0] * AT_A_TIME + [10])
    assert_books_are_right()
