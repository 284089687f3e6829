"""How Stripe integrations fail in production, one test for each known failure, named after it.

The rows about subscriptions (events out of order, two live subscriptions) are tested where memberships live.
"""

import json
import random

import pytest

from stripe_sandbox import testing
from tokens.errors import InsufficientTokens, RefundTooLarge
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, StripeCustomer, StripeEvent, TokenPackage
from tokens.money import format_money
from tokens.purchases.checkout import order_in_words
from tokens.purchases.refunds import refund
from tokens.spending.spends import spend
from tokens.stripe_api import gateway
from tokens.stripe_api.customers import stripe_customer_id
from tokens.sweep import sweep
from tokens.testing.ledger_rows import entries_of
from tokens.testing.races import at_once
from tokens.testing.sandbox import WEBHOOK, Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(sandbox, alice):
    """A Pro Pack ($40, 500 tokens) that alice has paid for; no event about it has come."""
    purchase = sandbox.buy(alice)
    session = sandbox.pay(purchase)
    purchase.stripe_payment_intent_id = session["payment_intent"]
    return purchase


@pytest.fixture
def bought(sandbox, paid):
    """The same, completed."""
    sandbox.deliver(sandbox.event(paid))
    paid.refresh_from_db()
    return paid


def events_about(purchase, *types):
    """The events about the purchase's payment, oldest first; `types` are beginnings of their names."""
    return [
        event
        for event in testing.events_since(None)
        if event["type"].startswith(types)
        and event["data"]["object"].get("payment_intent") == purchase.stripe_payment_intent_id
    ]


def tell(sandbox, events):
    return {sandbox.deliver(event).status_code for event in events}


def reversed_of(purchase):
    purchase.refresh_from_db()
    return purchase.tokens_reversed


def grow_late(purchase):
    Purchase.objects.filter(pk=purchase.pk).update(created_at="2026-01-01T00:00Z")


def test_duplicate_event_is_no_integrity_error_and_no_endless_retry(sandbox, paid, alice):
    event = sandbox.event(paid)
    assert [sandbox.deliver(event).status_code for _ in range(3)] == [200, 200, 200]
    assert StripeEvent.objects.filter(stripe_id=event["id"]).count() == 1
    assert get_token_balance(alice.pk) == 500


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_once_that_both_find_nothing_done_credit_once(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    event = sandbox.event(purchase)
    twins = [event, {**event, "id": "evt_twin"}]
    answers = at_once(lambda n: Sandbox(type(sandbox.client)()).deliver(twins[n % 2]).status_code)
    assert answers == [200] * 8
    assert entries_of(alice) == [("credit", 500, 500)]


def test_failed_event_recorded_as_seen_is_still_worked_by_the_retry(sandbox, paid, alice):
    event = sandbox.event(paid)
    Purchase.objects.filter(pk=paid.pk).update(amount_cents=1)  # something is wrong here, for now
    assert (sandbox.deliver(event).status_code, get_token_balance(alice.pk)) == (500, 0)
    Purchase.objects.filter(pk=paid.pk).update(amount_cents=4000)
    assert (sandbox.deliver(event).status_code, get_token_balance(alice.pk)) == (200, 500)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_deadlocks_between_handlers_do_not_happen(sandbox, alice):
    purchase = sandbox.buy(alice)
    purchase.stripe_payment_intent_id = sandbox.pay(purchase)["payment_intent"]
    testing.refund(purchase.stripe_payment_intent_id, 1000)
    testing.dispute(purchase.stripe_payment_intent_id, amount=1000)
    events = [sandbox.event(purchase), *events_about(purchase, "refund.", "charge.")]
    assert len(events) >= 6

    def deliver(number):
        shuffled = random.Random(number).sample(events, len(events))
        return {Sandbox(type(sandbox.client)()).deliver(event).status_code for event in shuffled}

    assert at_once(deliver, times=6) == [{200}] * 6
    assert reversed_of(purchase) == 250


def test_landing_page_and_webhook_race_make_one_credit(sandbox, paid, alice_page, alice):
    event = sandbox.event(paid)
    page = f"/tokens/success?session_id={paid.stripe_checkout_session_id}"
    for step in (alice_page.get, lambda _: sandbox.deliver(event), alice_page.get):
        assert step(page).status_code == 200
    assert entries_of(alice) == [("credit", 500, 500)]


def test_buyer_pays_and_never_returns_but_is_credited(sandbox, paid, alice):
    sandbox.deliver(sandbox.event(paid))
    assert get_token_balance(alice.pk) == 500


def test_completed_is_not_taken_for_paid_and_async_success_is_handled(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, bank="000123456789")
    sandbox.deliver(sandbox.event(purchase))
    assert get_token_balance(alice.pk) == 0
    testing.settle(purchase.stripe_checkout_session_id)
    sandbox.deliver(sandbox.event(purchase, type="checkout.session.async_payment_succeeded"))
    assert get_token_balance(alice.pk) == 500


def test_webhook_lost_is_made_up_for_by_asking_stripe(paid, alice):
    grow_late(paid)
    sweep()
    assert get_token_balance(alice.pk) == 500


@pytest.mark.parametrize("address", [WEBHOOK, WEBHOOK + "/", WEBHOOK + "?from=stripe"])
def test_webhook_is_never_answered_with_a_redirect(client, address):
    body = b'{"object": "event"}'
    answer = client.post(
        address, body, content_type="application/json", headers={"Stripe-Signature": testing.signature(body)}
    )
    assert not 300 <= answer.status_code < 400


def test_out_of_order_news_of_a_dispute_does_not_freeze_what_is_settled(sandbox, bought, alice):
    dispute = testing.dispute(bought.stripe_payment_intent_id)
    testing.close_dispute(dispute["id"], won=True)
    assert tell(sandbox, reversed(events_about(bought, "charge.dispute."))) == {200}
    assert spend(alice, "data_export").tokens_spent == 10


def test_silent_break_on_an_api_move_is_loud(sandbox, paid, alice, caplog):
    event = sandbox.event(paid)
    session = {name: value for name, value in event["data"]["object"].items() if name != "payment_status"}
    moved = {**event, "id": "evt_moved", "api_version": "2031-01-01.zebra", "data": {"object": session}}
    assert sandbox.deliver(moved).status_code == 500
    assert "2031-01-01.zebra" in caplog.text
    assert "payment_status" in StripeEvent.objects.get(stripe_id="evt_moved").last_error
    assert (sandbox.deliver(event).status_code, get_token_balance(alice.pk)) == (200, 500)


def test_stripe_objects_leave_the_gateway_as_plain_data(bought):
    row = refund(bought, amount_cents=100, reason="as agreed", by=None)
    dispute = testing.dispute(bought.stripe_payment_intent_id)
    answers = [
        gateway.retrieve_checkout_session(bought.stripe_checkout_session_id),
        gateway.list_refunds(bought.stripe_payment_intent_id),
        gateway.retrieve_dispute(dispute["id"]),
        gateway.metadata_of_payment_intent(bought.stripe_payment_intent_id),
    ]
    assert json.loads(json.dumps(answers)) == answers
    assert gateway.list_refunds(bought.stripe_payment_intent_id)[0].get("id") == row.stripe_id


def test_dashboard_refund_reaches_the_shop(sandbox, bought, alice):
    testing.refund(bought.stripe_payment_intent_id)
    assert tell(sandbox, events_about(bought, "refund.created")) == {200}
    assert get_token_balance(alice.pk) == 0


def test_several_partial_refunds_do_not_over_revoke(sandbox, bought, alice):
    for _ in range(2):
        testing.refund(bought.stripe_payment_intent_id, 1000)
        tell(sandbox, events_about(bought, "charge.refunded"))
    assert (reversed_of(bought), get_token_balance(alice.pk)) == (250, 250)


@pytest.mark.parametrize("how", [testing.refund, testing.dispute])
def test_refund_or_chargeback_leaves_no_spendable_credits(sandbox, bought, alice, how):
    how(bought.stripe_payment_intent_id)
    tell(sandbox, events_about(bought, "refund.", "charge."))
    with pytest.raises(InsufficientTokens):
        spend(alice, "import_domain")


def test_clawback_at_dispute_open_is_restored_when_won_and_in_tokens(sandbox, bought, alice):
    dispute = testing.dispute(bought.stripe_payment_intent_id)
    tell(sandbox, events_about(bought, "charge.dispute."))
    assert get_token_balance(alice.pk) == 0
    testing.close_dispute(dispute["id"], won=True)
    tell(sandbox, events_about(bought, "charge.dispute."))
    assert get_token_balance(alice.pk) == 500


def test_disputed_credits_are_not_spendable(sandbox, bought, alice):
    testing.dispute(bought.stripe_payment_intent_id, amount=400)
    tell(sandbox, events_about(bought, "charge.dispute.created"))
    with pytest.raises(InsufficientTokens):
        spend(alice, "import_domain")


def test_refund_after_tokens_are_spent_is_the_unspent_share(bought, alice):
    for _ in range(20):
        spend(alice, "data_export")
    with pytest.raises(RefundTooLarge, match=r"\$24\.00"):
        refund(bought, amount_cents=4000, reason="changed my mind", by=None)


def test_x100_for_yen_neither_on_write_nor_on_read_back(sandbox, alice):
    TokenPackage.objects.create(key="yen", name="Yen Pack", tokens=100, price_cents=1500, currency="jpy")
    purchase = sandbox.buy(alice, "yen")
    assert sandbox.pay(purchase)["amount_total"] == 1500
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    assert (purchase.paid_cents, purchase.amount, format_money(1500, "jpy")) == (1500, 1500, "¥1,500")
    assert refund(purchase, amount_cents=750, reason="half", by=None).status == "succeeded"
    assert reversed_of(purchase) == 50


def test_price_user_and_metadata_are_never_taken_from_the_client(sandbox, api, alice, bob):
    body = {"package": "pro", "price": 1, "tokens": 10**6, "user_id": bob.pk, "metadata": {"purchase_key": "x"}}
    assert api(alice).post("/api/tokens/purchase", body, format="json").status_code == 400
    answer = api(alice).post("/api/tokens/purchase", {"package": "pro"}, format="json")
    session_id = answer.json()["session_id"]
    session = gateway.retrieve_checkout_session(session_id)
    purchase = Purchase.objects.get()
    assert (session["amount_total"], session["client_reference_id"]) == (4000, str(alice.pk))
    assert session["metadata"] == order_in_words(purchase)
    assert (purchase.tokens, purchase.amount_cents) == (500, 4000)


def test_someone_elses_session_id_on_the_landing_page_shows_and_does_nothing(sandbox, paid, client, bob, alice):
    client.force_login(bob)
    answer = client.get(f"/tokens/success?session_id={paid.stripe_checkout_session_id}")
    assert (answer.status_code, get_token_balance(alice.pk), get_token_balance(bob.pk)) == (404, 0, 0)


@pytest.mark.parametrize(("key", "livemode"), [("sk_test_sandbox", True), ("sk_live_x", False)])
def test_test_event_in_production_or_the_reverse_is_refused(sandbox, paid, alice, settings, key, livemode):
    event = {**sandbox.event(paid), "livemode": livemode}
    settings.STRIPE_SECRET_KEY = key
    assert (sandbox.deliver(event).status_code, StripeEvent.objects.count()) == (400, 0)


def test_two_stripe_customers_per_user_do_not_come_about(alice):
    ids = {stripe_customer_id(alice.pk) for _ in range(3)}
    assert ids == {StripeCustomer.objects.get().stripe_id}


def test_dispute_event_is_not_treated_as_a_charge(sandbox, bought):
    testing.dispute(bought.stripe_payment_intent_id, inquiry=True)
    created = events_about(bought, "charge.dispute.created")[-1]
    assert created["data"]["object"]["object"] == "dispute"
    assert sandbox.deliver(created).status_code == 200
    assert (bought.disputes.count(), bought.refunds.count(), reversed_of(bought)) == (1, 0, 0)
