"""PaymentIntents without the customer there: a saved card is charged, asks its bank, or is refused."""

from typing import Any

import pytest
import stripe

from stripe_sandbox.testing import (
    Refused,
    advance,
    authenticate,
    close_dispute,
    decline_next,
    dispute,
    events_of,
    fail_refund,
    pay,
    refund,
    renew_card,
    warn,
)
from stripe_sandbox.tests.support.actors import Buyer, order
from stripe_sandbox.tests.support.plans import Told

BACK = "http://127.0.0.1:9/back"


@pytest.fixture
def customer(client) -> str:
    return str(client.v1.customers.create({"email": "ann@example.com"}).id)


def saved(client, customer: str, method: str = "pm_card_visa") -> str:
    return str(client.v1.payment_methods.attach(method, {"customer": customer}).id)


def charge(client, customer: str, method: str, **changes: Any) -> Any:
    params = {"amount": 4000, "currency": "usd", "customer": customer, "payment_method": method, **changes}
    return client.v1.payment_intents.create({"off_session": True, "confirm": True, "return_url": BACK, **params})


def refusal(client, customer: str, method: str) -> Any:
    with pytest.raises(stripe.CardError) as found:
        charge(client, customer, method)
    assert found.value.http_status == 402
    return found.value.error


@pytest.mark.parametrize(
    "token", ["pm_card_visa", "pm_card_visa_debit", "pm_card_mastercard", "pm_card_amex", "pm_card_riskLevelElevated"]
)
def test_a_saved_card_is_charged(client, customer: str, token: str) -> None:
    method = saved(client, customer, token)
    told = Told()
    made = charge(client, customer, method, metadata={"purchase_key": "7"}, expand=["latest_charge"])
    assert (made.status, made.amount_received, made.payment_method) == ("succeeded", 4000, method)
    assert made.latest_charge.metadata.purchase_key == "7"
    level = "elevated" if token == "pm_card_riskLevelElevated" else "normal"
    assert made.latest_charge.outcome.risk_level == level
    assert told.types == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def test_a_card_that_asks_is_refused_until_its_customer_confirms(client, customer: str, buyer: Buyer) -> None:
    method = saved(client, customer, "pm_card_authenticationRequired")
    told = Told()
    error = refusal(client, customer, method)
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.message == "Your card was declined. This transaction requires authentication."
    assert (error.payment_intent.status, error.payment_method.id) == ("requires_payment_method", method)
    assert told.types == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]

    asked = client.v1.payment_intents.confirm(error.payment_intent.id, {"payment_method": method, "return_url": BACK})
    assert asked.status == "requires_action"
    buyer.send(asked.next_action.redirect_to_url.url, answer="approve")

    assert client.v1.payment_intents.retrieve(asked.id).status == "succeeded"
    assert told.types[3:] == ["payment_intent.requires_action", "charge.succeeded", "payment_intent.succeeded"]


def test_a_card_whose_bank_has_agreed_is_charged_and_one_that_has_not_is_refused(client, customer: str) -> None:
    """4000 0025 0000 3155 asks its bank unless that has agreed to later charges."""
    raw = saved(client, customer, "pm_card_authenticationRequiredOnSetup")
    assert refusal(client, customer, raw).code == "authentication_required"

    agreed = client.v1.setup_intents.create(
        {"customer": customer, "payment_method": raw, "confirm": True, "return_url": BACK}
    )
    authenticate(agreed.id)
    assert charge(client, customer, raw).status == "succeeded"

    ready = saved(client, customer, "pm_card_authenticationRequiredSetupForOffSession")
    assert charge(client, customer, ready).status == "succeeded"
    there = {"customer": customer, "payment_method": ready, "amount": 900, "currency": "usd"}
    made = client.v1.payment_intents.create({**there, "confirm": True, "return_url": BACK})
    assert made.status == "requires_action"


def test_a_card_saved_and_refused_whenever_it_is_charged(client, customer: str) -> None:
    method = saved(client, customer, "pm_card_chargeCustomerFail")
    for _ in range(2):
        error = refusal(client, customer, method)
        assert (error.code, error.decline_code) == ("card_declined", "generic_decline")
    assert client.v1.payment_methods.retrieve(method).customer == customer


def test_the_next_payments_are_declined_as_told(client, customer: str) -> None:
    method = saved(client, customer)
    decline_next(customer, times=2)
    assert [refusal(client, customer, method).decline_code for _ in range(2)] == ["insufficient_funds"] * 2
    assert charge(client, customer, method).status == "succeeded"


def test_a_card_that_has_run_out_is_refused_until_its_network_renews_it(client, customer: str) -> None:
    method = saved(client, customer)
    client.v1.payment_methods.update(method, {"card": {"exp_month": 1, "exp_year": 2020}})
    assert refusal(client, customer, method).code == "expired_card"

    renew_card(method, exp_month=5, exp_year=2045)

    assert charge(client, customer, method).status == "succeeded"
    (event,) = events_of(method, type="payment_method.automatically_updated")
    assert event["data"]["object"]["card"]["exp_year"] == 2045
    assert event["data"]["previous_attributes"]["card"]["exp_year"] == 2020
    with pytest.raises(Refused, match="is no card that a customer has saved"):
        renew_card(client.v1.payment_methods.detach(method).id, exp_month=5, exp_year=2046)


def test_it_runs_out_by_the_sandboxs_clock(own_sandbox: str, client) -> None:
    own = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": own_sandbox})
    customer = own.v1.customers.create({}).id
    method = saved(own, customer)
    # The months after this one, whatever day it is.
    made = own.v1.payment_methods.retrieve(method).created
    year = int(made // (365.25 * 86400)) + 1970
    own.v1.payment_methods.update(method, {"card": {"exp_month": 12, "exp_year": year}})
    assert charge(own, customer, method).status == "succeeded"
    advance(days=370)
    assert refusal(own, customer, method).code == "expired_card"


def test_a_session_saves_the_card_that_is_charged_later(client, customer: str) -> None:
    kept: Any = {"payment_intent_data": {"setup_future_usage": "off_session"}, "customer": customer}
    for card in ("4242424242424242", "4000002500003155"):
        first = pay(client.v1.checkout.sessions.create(params=order(**kept)).id, card=card)
        method = client.v1.payment_intents.retrieve(first["payment_intent"]).payment_method
        assert client.v1.payment_methods.retrieve(method).customer == customer
        assert charge(client, customer, method).status == "succeeded"


def test_an_on_session_payment_saves_its_card_where_it_says_so(client, customer: str) -> None:
    params = {"amount": 4000, "currency": "usd", "customer": customer, "payment_method": "pm_card_visa"}
    params |= {"confirm": True, "return_url": BACK, "setup_future_usage": "off_session"}
    made = client.v1.payment_intents.create(params)
    assert client.v1.payment_methods.retrieve(made.payment_method).customer == customer
    with pytest.raises(stripe.InvalidRequestError, match="only a customer who is there can agree"):
        charge(client, customer, made.payment_method, setup_future_usage="off_session")


@pytest.mark.parametrize("usage", ["on_session", "off_session"])
def test_the_bank_agrees_to_later_charges_while_its_customer_is_there_if_it_is_asked_to(
    client, customer: str, usage: str
) -> None:
    params = {"amount": 4000, "currency": "usd", "customer": customer, "setup_future_usage": usage, "confirm": True}
    first = client.v1.payment_intents.create(
        {**params, "payment_method": "pm_card_authenticationRequiredOnSetup", "return_url": BACK}
    )
    method = authenticate(first.id)["payment_method"]
    if usage == "off_session":
        assert charge(client, customer, method).status == "succeeded"
    else:
        assert refusal(client, customer, method).code == "authentication_required"


def test_a_saved_account_is_debited_under_its_mandate(client, customer: str) -> None:
    session = client.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "usd", "customer": customer, "success_url": BACK}
    )
    pay(session.id, bank="000123456789")
    (method,) = client.v1.payment_methods.list({"customer": customer}).data

    made = charge(client, customer, method.id)
    assert made.status == "processing"
    advance(days=5)
    done = client.v1.payment_intents.retrieve(made.id, {"expand": ["latest_charge"]})
    mandate = done.latest_charge.payment_method_details.us_bank_account.mandate
    assert client.v1.mandates.retrieve(mandate).type == "multi_use"

    client.v1.payment_methods.detach(method.id)
    assert client.v1.mandates.retrieve(mandate).status == "inactive"
    assert [event["type"] for event in events_of(mandate)] == ["mandate.updated"]


def test_a_charge_without_a_session_is_refunded_disputed_and_warned_of(client, customer: str) -> None:
    method = saved(client, customer)
    made = charge(client, customer, method)
    given_back = refund(made.id, 1500)["id"]
    assert client.v1.charges.retrieve(made.latest_charge).amount_refunded == 1500
    fail_refund(given_back)
    assert client.v1.charges.retrieve(made.latest_charge).amount_refunded == 0
    assert client.v1.refunds.create({"payment_intent": made.id, "amount": 100}).status == "succeeded"

    other = charge(client, customer, method)
    assert warn(other.latest_charge)["payment_intent"] == other.id
    opened = dispute(other.id)["id"]
    assert client.v1.charges.retrieve(other.latest_charge).disputed
    assert close_dispute(opened, won=True)["status"] == "won"


@pytest.mark.parametrize(
    ("token", "kind", "field", "value"),
    [
        ("pm_card_createDispute", "disputes", "reason", "fraudulent"),
        ("pm_card_createDisputeProductNotReceived", "disputes", "reason", "product_not_received"),
        ("pm_card_createDisputeInquiry", "disputes", "status", "warning_needs_response"),
        ("pm_card_createIssuerFraudRecord", "radar.early_fraud_warnings", "actionable", True),
    ],
)
def test_a_card_that_brings_trouble_brings_it_without_a_session_too(
    client, customer: str, token: str, kind: str, field: str, value: Any
) -> None:
    made = charge(client, customer, saved(client, customer, token))
    resource = client.v1
    for name in kind.split("."):
        resource = getattr(resource, name)
    (found,) = resource.list({"payment_intent": made.id}).data
    assert getattr(found, field) == value


def test_a_refund_of_it_may_take_its_time(client, customer: str) -> None:
    made = charge(client, customer, saved(client, customer, "pm_card_pendingRefund"))
    begun = client.v1.refunds.create({"payment_intent": made.id})
    assert begun.status == "pending"
    advance(seconds=60)
    assert client.v1.refunds.retrieve(begun.id).status == "succeeded"


def test_a_customer_of_a_test_clock_is_charged_in_its_time(client) -> None:
    now = client.v1.customers.create({}).created
    frozen = now + 20 * 86400
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": frozen})
    customer = client.v1.customers.create({"test_clock": clock.id}).id
    assert charge(client, customer, saved(client, customer)).created == frozen
