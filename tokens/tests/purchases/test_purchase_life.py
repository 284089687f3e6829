"""A purchase under news in every order: what a status may become, and that money is credited once."""

import threading
from itertools import product

import pytest
from django.test import Client
from django.utils import timezone

from stripe_sandbox import testing
from tokens.models import Lot, Purchase, StripeEvent
from tokens.purchases import lifecycle
from tokens.stripe_api import gateway
from tokens.testing.ledger_rows import assert_books_are_right, entries_of
from tokens.testing.races import at_once
from tokens.testing.sandbox import Sandbox
from tokens.testing.session_news import EVENTS, MONEY, tell

pytestmark = pytest.mark.django_db

PAID = {"completed_at": timezone.now(), "paid_cents": 4000}


@pytest.fixture
def paid(sandbox, alice):
    """A Pro Pack that alice has paid for and that nobody here knows of yet."""
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    return purchase


@pytest.mark.parametrize(("first", "second"), [pair for pair in product(EVENTS, EVENTS) if MONEY & {*pair}])
def test_once_any_news_of_two_says_paid_the_purchase_is_completed_and_credited_once(
    sandbox, paid, alice, first, second
):
    assert tell(sandbox, paid, first, second).status == "completed"
    assert entries_of(alice) == [("credit", 500, 500)]
    assert_books_are_right()


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("unpaid", "unpaid", "processing"),
        ("unpaid", "bounced", "failed"),
        ("unpaid", "expired", "processing"),
        ("bounced", "unpaid", "failed"),
        ("bounced", "bounced", "failed"),
        ("bounced", "expired", "failed"),
        ("expired", "unpaid", "expired"),
        ("expired", "bounced", "expired"),
        ("expired", "expired", "expired"),
    ],
)
def test_without_money_the_first_ending_stands_and_nothing_is_credited(sandbox, paid, alice, first, second, status):
    assert tell(sandbox, paid, first, second).status == status
    assert entries_of(alice) == []


@pytest.mark.parametrize("before", [("unpaid", "bounced"), ("bounced", "unpaid"), ("expired", "unpaid")])
def test_money_that_comes_after_two_bad_pieces_of_news_is_credited(sandbox, paid, alice, before):
    assert tell(sandbox, paid, *before, "settled").status == "completed"
    assert entries_of(alice) == [("credit", 500, 500)]


@pytest.mark.breaks_the_books
@pytest.mark.parametrize("ending", [lifecycle.fail, lifecycle.expire])
@pytest.mark.parametrize("status", ["completed", "partially_refunded", "refunded"])
def test_a_paid_purchase_neither_fails_nor_expires(sandbox, alice, ending, status):
    purchase = sandbox.buy(alice)
    Purchase.objects.update(status=status, **PAID)
    assert (ending(purchase).status, Purchase.objects.get().status) == (status, status)


@pytest.mark.breaks_the_books
@pytest.mark.parametrize("status", ["completed", "partially_refunded", "refunded", "failed", "expired", "processing"])
def test_only_a_pending_purchase_begins_to_be_processed(sandbox, alice, status):
    purchase = sandbox.buy(alice)
    Purchase.objects.update(status=status, **(PAID if status in Purchase.PAID else {}))
    lifecycle.mark_processing(purchase, payment_intent="pi_late")
    assert Purchase.objects.values_list("status", "stripe_payment_intent_id").get() == (status, None)


def test_a_bank_that_sends_the_money_back_fails_the_purchase(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, bank="000222222227")
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    assert purchase.status == "processing"
    testing.bounce(purchase.stripe_checkout_session_id)
    response = sandbox.deliver(sandbox.event(purchase, "checkout.session.async_payment_failed"))
    purchase.refresh_from_db()
    assert (response.status_code, purchase.status, entries_of(alice)) == (200, "failed", [])


def test_a_code_for_the_whole_price_is_credited_in_full_and_paid_with_nothing(sandbox, alice, settings):
    settings.STRIPE_PROMOTION_CODES = True
    purchase = sandbox.buy(alice)
    session = sandbox.pay(purchase, code="FREE100")
    assert (session["payment_status"], session["amount_total"], session["total_details"]["amount_discount"]) == (
        "no_payment_required",
        0,
        session["amount_subtotal"],
    )
    assert sandbox.deliver(sandbox.event(purchase)).status_code == 200
    purchase.refresh_from_db()
    assert (purchase.status, purchase.paid_cents, purchase.stripe_payment_intent_id) == ("completed", 0, None)
    assert entries_of(alice) == [("credit", 500, 500)]
    assert Lot.objects.values_list("paid_cents", "is_paid").get() == (0, False)
    assert_books_are_right()


def test_a_code_for_half_the_price_is_credited_in_full_and_paid_with_half(sandbox, alice, settings):
    settings.STRIPE_PROMOTION_CODES = True
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, code="HALF50")
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    assert (purchase.status, purchase.paid_cents, entries_of(alice)) == ("completed", 2000, [("credit", 500, 500)])


def test_a_page_that_was_opened_while_codes_were_allowed_is_credited_after_they_no_longer_are(sandbox, alice, settings):
    settings.STRIPE_PROMOTION_CODES = True
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, code="HALF50")
    settings.STRIPE_PROMOTION_CODES = False
    assert sandbox.deliver(sandbox.event(purchase)).status_code == 200
    assert entries_of(alice) == [("credit", 500, 500)]


@pytest.mark.parametrize("code", ["FREE100", "HALF50"])
def test_a_discount_in_a_shop_without_codes_is_refused_and_credits_nothing(sandbox, alice, settings, code):
    settings.STRIPE_PROMOTION_CODES = True
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, code=code)
    event = sandbox.event(purchase)
    event["data"]["object"]["allow_promotion_codes"] = None
    assert sandbox.deliver(event).status_code == 500
    purchase.refresh_from_db()
    assert (purchase.status, entries_of(alice)) == ("pending", [])
    assert StripeEvent.objects.get().last_error == (
        f"SessionMismatch: Checkout Session {purchase.stripe_checkout_session_id} differs from purchase {purchase.pk} "
        "in amount_total; nothing was credited."
    )


def test_a_browser_with_a_very_long_name_is_remembered_by_its_first_400_characters(sandbox, alice_page):
    alice_page.post("/tokens/purchase", {"package": "pro"}, headers={"User-Agent": "a" * 399 + "bc"})
    assert Purchase.objects.get().user_agent == "a" * 399 + "b"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_webhook_and_the_success_page_at_the_same_moment_credit_once(sandbox, alice, monkeypatch):
    purchase = sandbox.buy(alice)
    session_id = sandbox.pay(purchase)["id"]
    event = sandbox.event(purchase)
    browsers = [Client() for _ in range(8)]
    for browser in browsers:
        browser.force_login(alice)
    ask, all_know = gateway.retrieve_checkout_session, threading.Barrier(8)

    def ask_and_wait(session_id):
        answer = ask(session_id)
        all_know.wait(timeout=20)
        return answer

    monkeypatch.setattr(gateway, "retrieve_checkout_session", ask_and_wait)

    def arrive(number):
        if number % 2:
            all_know.wait(timeout=20)
            return Sandbox(browsers[number]).deliver(event).status_code
        page = browsers[number].get("/tokens/success", {"session_id": session_id})
        return page.context["purchase"].status

    assert at_once(arrive) == ["completed", 200] * 4
    assert entries_of(alice) == [("credit", 500, 500)]
    assert_books_are_right()
