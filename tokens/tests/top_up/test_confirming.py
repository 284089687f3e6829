"""A bank that wants its customer there: they confirm on its page, or call the payment off; nothing else until then."""

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, Mail, Purchase, TopUp
from tokens.testing.buying import buy
from tokens.testing.topping_up import agree, answer_bank, paid, save_card, spend_to, turn_on, work
from tokens.top_up.consent import Terms

ASKS = "4000002760003184"
PAGE = "/tokens/auto-top-up/confirm"


@pytest.fixture
def waits(sandbox, alice):
    buy(sandbox, alice)
    turn_on(alice, number=ASKS)
    spend_to(alice, 0)
    work()
    return TopUp.objects.get()


def test_it_waits_and_asks_once(alice, waits, clock):
    clock.forward(days=3)
    work()
    work()
    assert TopUp.objects.get().status == "needs_confirmation"
    assert paid(alice) == []
    mail = Mail.objects.get(user=alice, kind__startswith="top_up")
    assert mail.kind == "top_up_confirm"
    assert PAGE in mail.text
    assert "auto-top-up/off/" in mail.text


def test_the_customer_confirms_at_the_bank_and_is_credited(alice, alice_page, waits):
    assert "Confirm payment of $10.00" in alice_page.get(PAGE).text
    assert "Confirm payment" in alice_page.get("/tokens/auto-top-up").text
    bank = alice_page.post(PAGE)
    assert bank.status_code == 303
    assert paid(alice) == []
    back = answer_bank(bank["Location"], "approve")
    assert "Payment confirmed" in alice_page.get(back, follow=True).text
    assert paid(alice) == [1000]
    assert read_wallet(alice.pk).balance == 100
    assert TopUp.objects.get().status == "done"
    spend_to(alice, 0)
    work()
    assert TopUp.objects.count() == 2


def test_who_fails_may_try_again(alice, alice_page, waits):
    back = answer_bank(alice_page.post(PAGE)["Location"], "fail")
    assert "confirmed yet" in alice_page.get(back).text
    assert paid(alice) == []
    answer_bank(alice_page.post(PAGE)["Location"], "approve")
    work()
    assert TopUp.objects.get().status == "needs_confirmation"  # nobody has come back yet
    alice_page.get("/tokens/auto-top-up/confirmed")
    assert paid(alice) == [1000]
    assert read_wallet(alice.pk).balance == 100


def test_who_never_comes_back_is_credited_by_the_event_or_the_worker(sandbox, alice, alice_page, waits, clock):
    answer_bank(alice_page.post(PAGE)["Location"], "approve")
    clock.forward(minutes=11)
    work()
    assert read_wallet(alice.pk).balance == 100
    assert TopUp.objects.get().status == "done"
    (event,) = testing.events_of(waits.purchase.stripe_payment_intent_id, type="payment_intent.succeeded")
    sandbox.deliver(event)
    assert read_wallet(alice.pk).balance == 100


def test_a_payment_that_is_called_off_is_never_charged(alice, alice_page, waits):
    alice_page.post("/tokens/auto-top-up/cancel")
    work()
    assert (TopUp.objects.get().status, Purchase.objects.get(top_up=waits).status) == ("given_up", "expired")
    assert AutoTopUp.objects.get().is_on
    assert "Nothing to confirm" in alice_page.get(PAGE).text
    assert alice_page.post(PAGE).status_code == 409
    work()
    assert TopUp.objects.count() == 1
    assert paid(alice) == []


def test_turning_it_off_calls_it_off(alice, alice_page, waits):
    alice_page.post("/tokens/auto-top-up/off")
    work()
    assert TopUp.objects.get().status == "given_up"
    assert alice_page.post(PAGE).status_code == 409


def test_nobody_confirms_what_another_pays(bob, client, waits):
    client.force_login(bob)
    assert "Nothing to confirm" in client.get(PAGE).text
    assert client.post(PAGE).status_code == 409
    client.post("/tokens/auto-top-up/cancel")
    assert TopUp.objects.get().status == "needs_confirmation"


def test_a_limit_that_was_lowered_meanwhile_holds_here_too(sandbox, alice, alice_page, clock):
    buy(sandbox, alice)
    turn_on(alice)
    spend_to(alice, 0)
    work()
    save_card(alice, ASKS)
    spend_to(alice, 0)
    work()
    AutoTopUp.objects.update(monthly_limit_cents=1000)
    assert alice_page.post(PAGE).status_code == 400
    assert paid(alice) == [1000]


def test_other_terms_stop_what_was_ordered_on_those_before(alice, waits):
    save_card(alice)
    agree(alice, Terms("pro", 100, 4000))
    work()
    assert paid(alice) == [4000]
    assert list(TopUp.objects.order_by("pk").values_list("status", flat=True)) == ["given_up", "done"]
