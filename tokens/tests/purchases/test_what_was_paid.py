"""`amount` is what was paid and `price` what it cost: on pages, in emails, over the API and in the back office."""

import pytest

from tokens.emails import kinds
from tokens.models import Mail, Purchase
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.refunds import refund
from tokens.testing import reversal_rows as rows
from tokens.testing.ledger_rows import buy as bought
from tokens.testing.money_shown import NOTHING, cells_of, history_of, words_of
from tokens.testing.office import page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def with_codes(settings):
    settings.STRIPE_PROMOTION_CODES = True


def buy(sandbox, user, package="pro", **card):
    purchase = sandbox.buy(user, package)
    sandbox.pay(purchase, **card)
    assert sandbox.deliver(sandbox.event(purchase)).status_code == 200
    purchase.refresh_from_db()
    return purchase


@pytest.mark.parametrize(("code", "paid", "shown"), [("FREE100", 0.0, "$0.00"), ("HALF50", 20.0, "$20.00")])
def test_a_promotion_code_shows_what_was_paid_and_the_price_beside_it(
    sandbox, alice_page, api, alice, code, paid, shown
):
    purchase = buy(sandbox, alice, code=code)
    (row,) = history_of(api(alice))
    assert row == {"amount": paid, "price": 40.0, "refunded": NOTHING, "status": "completed"}
    assert api(alice).get("/api/tokens/stats").json()["total_spent_usd"] == paid
    for path in ("/tokens/", "/tokens/purchases"):
        assert cells_of(alice_page.get(path), "Amount")[-1] == f"{shown} List price $40.00"
    success = alice_page.get("/tokens/success", {"session_id": purchase.stripe_checkout_session_id})
    assert f"Amount paid {shown} List price $40.00" in words_of(success)
    receipt = kinds.compose(Mail.objects.get(kind="purchase_completed"))
    assert receipt.subject == f"Your receipt: 500 tokens for {shown}"
    assert f"\nPaid: {shown}\nList price: $40.00\n" in receipt.text


def test_where_nothing_differs_the_price_is_not_repeated(sandbox, alice_page, api, alice):
    buy(sandbox, alice)
    assert history_of(api(alice)) == [{"amount": 40.0, "price": 40.0, "refunded": NOTHING, "status": "completed"}]
    assert cells_of(alice_page.get("/tokens/purchases"), "Amount") == ["$40.00"]
    assert "List price" not in kinds.compose(Mail.objects.get()).text


def test_what_is_not_paid_shows_its_price_and_claims_no_money(sandbox, alice_page, api, alice):
    sandbox.buy(alice)
    bank = sandbox.buy(alice, "starter")
    sandbox.pay(bank, bank="000222222227")
    sandbox.deliver(sandbox.event(bank))
    assert history_of(api(alice)) == [
        {"amount": 0.0, "price": 10.0, "refunded": NOTHING, "status": "processing"},
        {"amount": 0.0, "price": 40.0, "refunded": NOTHING, "status": "pending"},
    ]
    assert cells_of(alice_page.get("/tokens/purchases"), "Amount") == [
        "$10.00",
        "$40.00",
    ]


@pytest.mark.parametrize(
    ("cents", "refunded", "shown"),
    [
        (1000, {"amount": 10.0, "amount_cents": 1000, "tokens": 250}, "Partially refunded Refunded $10.00, 250 tokens"),
        (1, {"amount": 0.01, "amount_cents": 1, "tokens": 0}, "Partially refunded Refunded $0.01"),
        (4, {"amount": 0.04, "amount_cents": 4, "tokens": 1}, "Partially refunded Refunded $0.04, 1 token"),
        (2000, {"amount": 20.0, "amount_cents": 2000, "tokens": 500}, "Refunded Refunded $20.00, 500 tokens"),
    ],
)
def test_a_refund_stands_in_its_purchases_row(sandbox, alice_page, api, alice, cents, refunded, shown):
    purchase = buy(sandbox, alice, code="HALF50")
    refund(purchase, amount_cents=cents, reason="as agreed", by=None)
    (row,) = history_of(api(alice))
    assert (row["amount"], row["price"], row["refunded"]) == (20.0, 40.0, refunded)
    assert cells_of(alice_page.get("/tokens/purchases"), "Status") == [shown]
    spent = api(alice).get("/api/tokens/stats").json()["total_spent_usd"]
    assert spent == round(20.0 - refunded["amount"], 2)
    email = Mail.objects.get(kind="refund")
    assert "\nPaid: $20.00\nList price: $40.00\n" in email.text


@pytest.mark.parametrize(
    ("refunds", "disputed", "answer", "shown"),
    [
        ([800], 3200, ((8.0, 100), (32.0, 400)), "Refunded $8.00, 100 tokens · Disputed $32.00, 400 tokens"),
        ([], 4000, ((0.0, 0), (40.0, 500)), "Disputed $40.00, 500 tokens"),
        ([500, 300], 4000, ((8.0, 100), (32.0, 400)), "Refunded $8.00, 100 tokens · Disputed $32.00, 400 tokens"),
        ([4000], 0, ((40.0, 500), (0.0, 0)), "Refunded $40.00, 500 tokens"),
        ([1], 1, ((0.01, 0), (0.01, 0)), "Refunded $0.01 · Disputed $0.01"),
    ],
)
def test_what_refunds_took_and_what_disputes_took_are_told_apart(
    alice_page, api, alice, refunds, disputed, answer, shown
):
    purchase = bought(alice.pk, "pro")
    for cents in refunds:
        rows.refund(purchase, cents, status="succeeded")
    undone = rows.refund(purchase, 2)
    rows.undo(undone)
    if disputed:
        rows.dispute(purchase, withdrawn_cents=disputed)
    for path in ("history", f"purchases/{purchase.pk}"):
        row = api(alice).get(f"/api/tokens/{path}").json()
        row = row["history"][0] if path == "history" else row
        assert tuple((row[name]["amount"], row[name]["tokens"]) for name in ("refunded", "disputed")) == answer
    for path in ("/tokens/", "/tokens/purchases"):
        (status,) = cells_of(alice_page.get(path), "Status")
        assert status.endswith(shown)
        assert status.count("Disputed") + status.count("Refunded $") == shown.count("$")


def test_a_page_of_refunded_purchases_takes_as_many_statements_as_one(
    api, alice, alice_page, django_assert_max_num_queries
):
    for _ in range(12):
        rows.refund(bought(alice.pk, "pro"), 100, status="succeeded")
    client = api(alice)
    with django_assert_max_num_queries(12):
        assert len(client.get("/api/tokens/history").json()["history"]) == 12
    with django_assert_max_num_queries(16):
        alice_page.get("/tokens/purchases")


def test_the_offer_and_the_limit_of_a_refund_are_of_what_was_paid(sandbox, client, staff, alice):
    purchase = buy(sandbox, alice, code="HALF50")
    client.force_login(staff)
    form = client.get(page("tokens_purchase", "refund", purchase.pk))
    assert "Paid: $20.00 List price: $40.00" in words_of(form)
    assert "Refundable: $20.00" in words_of(form)


def test_staff_see_paid_price_and_reversed_side_by_side(sandbox, client, staff, alice):
    purchase = buy(sandbox, alice, code="HALF50")
    refund(purchase, amount_cents=1000, reason="as agreed", by=None)
    client.force_login(staff)
    addresses = (
        page("tokens_purchase", "changelist"),
        page("tokens_purchase", "change", purchase.pk),
        page("accounts_user", "change", alice.pk) + "?tab=purchases",
    )
    for address in addresses:
        read = words_of(client.get(address))
        for word in ("Paid", "List price", "Reversed", "$20.00", "$40.00", "$10.00, 250 tokens"):
            assert word in read, (address, word)


def test_tax_on_top_is_paid_above_the_price(alice_page, api, alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    Purchase.objects.filter(pk=purchase.pk).update(paid_cents=4300)
    (row,) = history_of(api(alice))
    assert (row["amount"], row["price"]) == (43.0, 40.0)
    assert cells_of(alice_page.get("/tokens/purchases"), "Amount") == ["$43.00 List price $40.00"]


def test_a_simulated_purchase_is_marked_as_one(api, alice):
    simulate_token_purchase(alice.pk, "pro")
    (row,) = api(alice).get("/api/tokens/history").json()["history"]
    assert (row["amount"], row["simulated"]) == (40.0, True)
