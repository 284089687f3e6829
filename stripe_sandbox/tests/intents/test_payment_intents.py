"""PaymentIntents that a shop makes itself, with the customer there: each state, and each refusal."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from stripe_sandbox.testing import Refused, advance, authenticate, settle
from stripe_sandbox.tests.support.actors import Buyer, at_once, order
from stripe_sandbox.tests.support.plans import Told

BACK = "http://127.0.0.1:9/back?of=7"
ACCEPTED = {"customer_acceptance": {"type": "online", "online": {"ip_address": "203.0.113.7", "user_agent": "x"}}}
ASKING = "pm_card_authenticationRequired"


@pytest.fixture
def customer(client) -> str:
    return str(client.v1.customers.create({"email": "ann@example.com"}).id)


def intent(client, **changes: Any) -> Any:
    """A PaymentIntent over $40.00; a change to None leaves a parameter out."""
    params = {"amount": 4000, "currency": "usd", **changes}
    return client.v1.payment_intents.create({name: value for name, value in params.items() if value is not None})


def paid(client, method: str = "pm_card_visa", **changes: Any) -> Any:
    return intent(client, payment_method=method, confirm=True, return_url=BACK, **changes)


def refusal_in(found: Any) -> Any:
    """Stripe's error object, as a test has caught it."""
    return found.value.error


def test_it_is_created_given_a_method_and_confirmed(client, customer: str) -> None:
    told = Told()
    made = intent(client, customer=customer, metadata={"purchase": "7"}, description="Pro Pack")
    assert (made.status, made.amount, made.capture_method) == ("requires_payment_method", 4000, "automatic_async")
    assert made.automatic_payment_methods.to_dict() == {"allow_redirects": "always", "enabled": True}
    assert made.payment_method_types == ["card", "link", "us_bank_account"]

    given = client.v1.payment_intents.update(made.id, {"payment_method": "pm_card_mastercard", "amount": 5000})
    assert (given.status, given.amount) == ("requires_confirmation", 5000)
    done = client.v1.payment_intents.confirm(made.id, {"return_url": BACK, "expand": ["latest_charge"]})

    assert (done.status, done.amount_received, done.next_action) == ("succeeded", 5000, None)
    charge = done.latest_charge
    assert (charge.amount, charge.customer, charge.metadata.purchase) == (5000, customer, "7")
    assert (charge.payment_method_details.card.brand, charge.paid) == ("mastercard", True)
    assert told.types == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    listed = client.v1.payment_intents.list({"customer": customer}).data
    assert [found.id for found in listed] == [client.v1.payment_intents.retrieve(made.id).id]
    with pytest.raises(stripe.InvalidRequestError, match="has already succeeded"):
        client.v1.payment_intents.confirm(made.id, {"return_url": BACK})
    with pytest.raises(stripe.InvalidRequestError, match="amount could not be updated"):
        client.v1.payment_intents.update(made.id, {"amount": 100})
    changed = client.v1.payment_intents.update(made.id, {"description": "Paid", "metadata": {"more": "1"}})
    assert (changed.description, changed.metadata.to_dict()) == ("Paid", {"purchase": "7", "more": "1"})


def test_a_card_that_asks_leads_to_the_banks_page_and_back(client, buyer: Buyer, customer: str) -> None:
    told = Told()
    made = paid(client, ASKING, customer=customer)
    assert (made.status, made.next_action.type) == ("requires_action", "redirect_to_url")
    assert made.next_action.redirect_to_url.return_url == BACK
    address = made.next_action.redirect_to_url.url
    assert "<strong>$40.00</strong> to 127.0.0.1:9" in buyer.look(address).text

    left = buyer.send(address, answer="approve")

    where = urlsplit(left.headers["Location"])
    assert (left.status_code, where.netloc, where.path) == (303, "127.0.0.1:9", "/back")
    assert {name: value for name, (value,) in parse_qs(where.query).items()} == {
        "of": "7",
        "payment_intent": made.id,
        "payment_intent_client_secret": made.client_secret,
        "redirect_status": "succeeded",
    }
    done = client.v1.payment_intents.retrieve(made.id, {"expand": ["latest_charge"]})
    assert (done.status, done.next_action) == ("succeeded", None)
    assert done.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert told.types == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    # Opened again, the page asks for nothing and leads back.
    assert buyer.look(address).headers["Location"] == left.headers["Location"]


def test_a_failed_authentication_leads_back_too_and_another_card_pays(client, buyer: Buyer) -> None:
    made = paid(client, ASKING)
    left = buyer.send(made.next_action.redirect_to_url.url, answer="fail")
    assert "redirect_status=failed" in left.headers["Location"]
    failed = client.v1.payment_intents.retrieve(made.id)
    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"

    done = client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa", "return_url": BACK})
    assert (done.status, done.last_payment_error) == ("succeeded", None)


def test_the_page_of_a_card_that_was_changed_meanwhile_answers_nothing(client, buyer: Buyer) -> None:
    made = paid(client, ASKING)
    address = made.next_action.redirect_to_url.url
    page = buyer.look(address).text
    old = re.findall(r'name="payment_method" value="([^"]*)"', page)[0]
    client.v1.payment_intents.confirm(made.id, {"payment_method": ASKING, "return_url": BACK})

    buyer.cookies.post(address, data={"payment_method": old, "answer": "approve"}, allow_redirects=False, timeout=20)

    assert client.v1.payment_intents.retrieve(made.id).status == "requires_action"
    assert authenticate(made.id)["status"] == "succeeded"
    with pytest.raises(Refused, match="does not wait for the bank"):
        authenticate(made.id)


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
        ("pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent"),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ],
)
def test_a_declined_card_is_a_402_with_the_intent_in_it(client, method: str, code: str, decline_code: str) -> None:
    with pytest.raises(stripe.CardError) as found:
        paid(client, method)

    error: Any = found.value.error
    assert (found.value.http_status, found.value.code) == (402, code)
    assert getattr(error, "decline_code", None) == decline_code
    kept = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert (kept.status, kept.payment_method) == ("requires_payment_method", None)
    assert (kept.last_payment_error.code, kept.last_payment_error.payment_method.type) == (code, "card")
    charge = client.v1.charges.retrieve(error.charge)
    assert (charge.status, charge.failure_code, charge.payment_intent) == ("failed", code, kept.id)
    blocked = decline_code == "fraudulent"
    assert charge.outcome.type == ("blocked" if blocked else "issuer_declined")


def test_a_declined_call_with_its_key_is_declined_once(client, customer: str) -> None:
    key = {"idempotency_key": f"declined-{customer}"}
    params = {"amount": 4000, "currency": "usd", "customer": customer, "payment_method": "pm_card_chargeDeclined"}
    params |= {"confirm": True, "return_url": BACK}
    found = []
    for _ in range(3):
        with pytest.raises(stripe.CardError) as refused:
            client.v1.payment_intents.create(params, key)
        found.append(refusal_in(refused).payment_intent.id)
    assert len(set(found)) == 1
    assert len(client.v1.charges.list({"payment_intent": found[0]}).data) == 1
    with pytest.raises(stripe.IdempotencyError):
        client.v1.payment_intents.create({**params, "amount": 5000}, key)


def test_authenticated_and_then_declined(client) -> None:
    for method, why in (
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
    ):
        made = paid(client, method)
        with pytest.raises(Refused, match=r"declined|funds"):
            authenticate(made.id)
        refused = client.v1.payment_intents.retrieve(made.id)
        assert (refused.status, refused.last_payment_error.decline_code) == ("requires_payment_method", why)


def test_a_shop_that_takes_no_action_is_declined_instead(client) -> None:
    with pytest.raises(stripe.CardError) as found:
        paid(client, ASKING, error_on_requires_action=True)
    assert found.value.code == "authentication_required"
    assert refusal_in(found).payment_intent.status == "requires_payment_method"


def test_where_no_redirects_are_taken_the_page_is_left_to_the_browsers_script(
    client, sandbox: str, buyer: Buyer
) -> None:
    automatic = {"enabled": True, "allow_redirects": "never"}
    made = intent(client, payment_method=ASKING, confirm=True, automatic_payment_methods=automatic)
    assert (made.status, made.next_action.type) == ("requires_action", "use_stripe_sdk")
    page = buyer.send(f"{sandbox}/3d-secure/{made.id}", answer="approve").text
    assert "<h1>Confirmed</h1>" in page
    assert client.v1.payment_intents.retrieve(made.id).status == "succeeded"


@pytest.mark.parametrize(
    ("changes", "message", "param"),
    [
        ({"amount": 20}, "Amount must be at least", "amount"),
        ({"amount": 100_000_000}, "Amount must be no more than", "amount"),
        ({"amount": None}, "Missing required param: amount", "amount"),
        ({"currency": "zzz"}, "Invalid currency: zzz", "currency"),
        ({"customer": "cus_nope"}, "No such customer", "customer"),
        ({"payment_method": "pm_nope"}, "No such PaymentMethod", "payment_method"),
        ({"off_session": True}, "unless `confirm` is set to true", "off_session"),
        ({"return_url": BACK}, "unless `confirm` is set to true", "return_url"),
        ({"error_on_requires_action": True}, "unless `confirm` is set to true", "error_on_requires_action"),
        ({"confirm": True, "return_url": BACK}, "missing a payment method", "intent"),
        ({"confirm": True, "payment_method": "pm_card_visa"}, "must provide a `return_url`", "return_url"),
        (
            {"payment_method_types": ["card"]},
            "Received unknown parameter: payment_method_types",
            "payment_method_types",
        ),
        ({"capture_method": "manual"}, "does not support capture_method=manual", "capture_method"),
        ({"confirmation_method": "manual"}, "does not support", "confirmation_method"),
        ({"use_stripe_sdk": True}, "does not support use_stripe_sdk=true", "use_stripe_sdk"),
        ({"allowed_payment_method_types": ["klarna"]}, "No payment method is left", "allowed_payment_method_types"),
        (
            {"payment_method": "pm_card_visa", "allowed_payment_method_types": ["us_bank_account"]},
            "is not one of those",
            "payment_method",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(client, changes: dict, message: str, param: str) -> None:
    before = [found.id for found in client.v1.payment_intents.list({"limit": 1}).data]
    with pytest.raises(stripe.InvalidRequestError, match=message) as found:
        intent(client, **changes)
    assert (found.value.http_status, found.value.param) == (400, param)
    assert [found.id for found in client.v1.payment_intents.list({"limit": 1}).data] == before


def test_somebody_elses_card_pays_nothing(client, customer: str) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    other = client.v1.customers.create({}).id
    with pytest.raises(stripe.InvalidRequestError, match="for security purposes you must provide the customer"):
        paid(client, method)
    with pytest.raises(stripe.InvalidRequestError, match="must be attached to the customer"):
        paid(client, method, customer=other)
    assert paid(client, method, customer=customer).status == "succeeded"


def test_a_method_that_was_used_up_or_detached_pays_nothing_more(client, customer: str) -> None:
    once = paid(client).payment_method
    gone = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    client.v1.payment_methods.detach(gone)
    for method in (once, gone):
        with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
            paid(client, method, customer=customer)
        with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
            client.v1.payment_methods.attach(method, {"customer": customer})


def test_it_is_canceled_until_it_is_paid(client) -> None:
    told = Told()
    waiting = paid(client, ASKING)
    canceled = client.v1.payment_intents.cancel(waiting.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason, canceled.next_action) == ("canceled", "abandoned", None)
    assert told.types[-1] == "payment_intent.canceled"
    with pytest.raises(stripe.InvalidRequestError, match="a status of canceled") as found:
        client.v1.payment_intents.confirm(waiting.id, {"payment_method": "pm_card_visa", "return_url": BACK})
    assert found.value.code == "payment_intent_unexpected_state"
    assert refusal_in(found).payment_intent.status == "canceled"
    with pytest.raises(Refused, match="does not wait for the bank"):
        authenticate(waiting.id)
    with pytest.raises(stripe.InvalidRequestError, match="a status of succeeded"):
        client.v1.payment_intents.cancel(paid(client).id)


def test_the_intent_of_a_session_is_the_sessions(client, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    buyer.pay(session, number="4000002760003184")
    of_session = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="a Checkout Session or an invoice made it"):
        client.v1.payment_intents.confirm(of_session, {"payment_method": "pm_card_visa", "return_url": BACK})
    assert buyer.look(f"{session.url.partition('/c/')[0]}/3d-secure/{of_session}").status_code == 404


def test_confirmed_four_times_at_once_it_is_charged_once(client) -> None:
    made = intent(client, payment_method="pm_card_visa")
    results = at_once(4, lambda: client.v1.payment_intents.confirm(made.id, {"return_url": BACK}))
    assert len([result for result in results if isinstance(result, stripe.InvalidRequestError)]) == 3
    assert len(client.v1.charges.list({"payment_intent": made.id}).data) == 1


def test_a_bank_debit_needs_a_mandate_and_days(client, customer: str) -> None:
    told = Told()
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: mandate_data"):
        paid(client, "pm_usBankAccount_success", customer=customer)
    made = paid(client, "pm_usBankAccount_success", customer=customer, mandate_data=ACCEPTED)
    assert (made.status, made.amount_received) == ("processing", 0)
    advance(days=5)
    done = client.v1.payment_intents.retrieve(made.id, {"expand": ["latest_charge"]})
    assert done.status == "succeeded"
    mandate = client.v1.mandates.retrieve(done.latest_charge.payment_method_details.us_bank_account.mandate)
    assert (mandate.status, mandate.type, mandate.customer_acceptance.type) == ("active", "single_use", "online")
    assert [type for type in told.types if not type.startswith("checkout.")] == [
        "payment_intent.created",
        "payment_intent.processing",
        "charge.pending",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_a_bank_debit_bounces_or_is_settled_by_hand(client) -> None:
    bounced = paid(client, "pm_usBankAccount_insufficientFunds", mandate_data=ACCEPTED)
    stays = paid(client, "pm_usBankAccount_processing", mandate_data=ACCEPTED)
    advance(days=5)
    found = client.v1.payment_intents.retrieve(bounced.id)
    assert (found.status, found.last_payment_error.code) == ("requires_payment_method", "insufficient_funds")
    assert client.v1.payment_intents.retrieve(stays.id).status == "processing"
    assert settle(stays.id)["status"] == "succeeded"
    with pytest.raises(Refused, match=rf"{stays.id} \(succeeded\) has no bank payment on its way"):
        settle(stays.id)
