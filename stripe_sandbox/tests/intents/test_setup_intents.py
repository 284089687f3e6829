"""SetupIntents: each state, and each refusal."""

from typing import Any

import pytest
import stripe

from stripe_sandbox.testing import Refused, authenticate
from stripe_sandbox.tests.support.actors import Buyer
from stripe_sandbox.tests.support.plans import Told

BACK = "http://127.0.0.1:9/back"
ACCEPTED = {"customer_acceptance": {"type": "offline"}}


@pytest.fixture
def customer(client) -> str:
    return str(client.v1.customers.create({"email": "ann@example.com"}).id)


def setup(client, customer: str | None = None, **changes: Any) -> Any:
    params = {"customer": customer, **changes}
    return client.v1.setup_intents.create({name: value for name, value in params.items() if value is not None})


def confirmed(client, method: str, customer: str | None = None, **changes: Any) -> Any:
    return setup(client, customer, payment_method=method, confirm=True, return_url=BACK, **changes)


def test_it_is_created_given_a_method_and_confirmed(client, customer: str) -> None:
    events = Told()
    made = setup(client, customer, metadata={"k": "v"})
    assert (made.status, made.usage, made.payment_method) == ("requires_payment_method", "off_session", None)
    given = client.v1.setup_intents.update(made.id, {"payment_method": "pm_card_visa", "description": "Top-up"})
    assert (given.status, given.description) == ("requires_confirmation", "Top-up")

    done = client.v1.setup_intents.confirm(made.id, {"return_url": BACK})

    assert (done.status, done.last_setup_error) == ("succeeded", None)
    assert client.v1.payment_methods.retrieve(done.payment_method).customer == customer
    assert events.types == ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]
    assert client.v1.setup_intents.list({"payment_method": done.payment_method}).data[0].id == made.id
    for call in (client.v1.setup_intents.confirm, client.v1.setup_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError, match="a status of succeeded") as found:
            call(made.id)
        assert found.value.code == "setup_intent_unexpected_state"
        error: Any = found.value.error
        assert error.setup_intent.id == made.id


def test_a_card_that_asks_is_saved_once_its_bank_was_answered(client, customer: str, buyer: Buyer) -> None:
    told = Told()
    made = confirmed(client, "pm_card_authenticationRequiredOnSetup", customer)
    address = made.next_action.redirect_to_url.url
    assert made.status == "requires_action"
    assert "asks to save your card ending in 3155" in buyer.look(address).text

    left = buyer.send(address, answer="approve").headers["Location"]

    assert left == (
        f"{BACK}?setup_intent={made.id}&setup_intent_client_secret={made.client_secret}&redirect_status=succeeded"
    )
    assert client.v1.setup_intents.retrieve(made.id).status == "succeeded"
    assert told.types == [
        "setup_intent.created",
        "setup_intent.requires_action",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]


def test_a_failed_authentication_saves_nothing(client, customer: str) -> None:
    told = Told()
    made = confirmed(client, "pm_card_authenticationRequired", customer)
    failed = authenticate(made.id, fail=True)
    assert (failed["status"], failed["payment_method"]) == ("requires_payment_method", None)
    assert failed["last_setup_error"]["code"] == "setup_intent_authentication_failure"
    assert told.types[-1] == "setup_intent.setup_failed"
    assert client.v1.payment_methods.list({"customer": customer}).data == []
    with pytest.raises(Refused, match="does not wait for the bank"):
        authenticate(made.id)


def test_a_card_that_its_bank_refuses_is_a_402_with_the_intent_in_it(client, customer: str) -> None:
    with pytest.raises(stripe.CardError) as found:
        confirmed(client, "pm_card_chargeDeclinedInsufficientFunds", customer)
    error: Any = found.value.error
    assert (found.value.http_status, error.code, error.decline_code) == (402, "card_declined", "insufficient_funds")
    kept = client.v1.setup_intents.retrieve(error.setup_intent.id)
    assert (kept.status, kept.last_setup_error.decline_code) == ("requires_payment_method", "insufficient_funds")
    done = client.v1.setup_intents.confirm(kept.id, {"payment_method": "pm_card_visa", "return_url": BACK})
    assert done.status == "succeeded"


def test_one_for_while_the_customer_is_there_has_no_leave_to_be_charged_later(client, customer: str) -> None:
    made = confirmed(client, "pm_card_authenticationRequiredOnSetup", customer, usage="on_session")
    authenticate(made.id)
    params = {"amount": 4000, "currency": "usd", "customer": customer, "off_session": True, "confirm": True}
    with pytest.raises(stripe.CardError, match="requires authentication"):
        client.v1.payment_intents.create({**params, "payment_method": made.payment_method, "return_url": BACK})


def test_it_is_canceled_until_it_is_done(client) -> None:
    told = Told()
    made = setup(client)
    canceled = client.v1.setup_intents.cancel(made.id, {"cancellation_reason": "requested_by_customer"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "requested_by_customer")
    assert told.types == ["setup_intent.created", "setup_intent.canceled"]
    with pytest.raises(stripe.InvalidRequestError, match="a status of canceled"):
        client.v1.setup_intents.confirm(made.id, {"payment_method": "pm_card_visa", "return_url": BACK})


def test_an_account_brings_a_mandate(client, customer: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: mandate_data"):
        confirmed(client, "pm_usBankAccount_success", customer)
    made = confirmed(client, "pm_usBankAccount_success", customer, mandate_data=ACCEPTED, expand=["mandate"])
    assert (made.status, made.mandate.type, made.mandate.payment_method) == (
        "succeeded",
        "multi_use",
        made.payment_method,
    )
    assert made.mandate.customer_acceptance.type == "offline"
    assert confirmed(client, "pm_card_visa", customer).mandate is None


@pytest.mark.parametrize(
    ("changes", "message", "param"),
    [
        ({"customer": "cus_nope"}, "No such customer", "customer"),
        ({"payment_method": "pm_nope"}, "No such PaymentMethod", "payment_method"),
        ({"return_url": BACK}, "unless `confirm` is set to true", "return_url"),
        ({"confirm": True, "return_url": BACK}, "missing a payment method", "intent"),
        ({"confirm": True, "payment_method": "pm_card_visa"}, "must provide a `return_url`", "return_url"),
        (
            {"payment_method_types": ["card"]},
            "Received unknown parameter: payment_method_types",
            "payment_method_types",
        ),
        ({"single_use": {"amount": 1, "currency": "usd"}}, "does not support single_use", "single_use"),
        ({"usage": "never"}, "Invalid usage", "usage"),
    ],
)
def test_what_cannot_be_is_refused(client, changes: dict, message: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as found:
        setup(client, **changes)
    assert (found.value.http_status, found.value.param) == (400, param)


def test_the_same_key_makes_one(client, customer: str) -> None:
    params = {"customer": customer, "payment_method": "pm_card_visa", "confirm": True, "return_url": BACK}
    made = {client.v1.setup_intents.create(params, {"idempotency_key": f"s-{customer}"}).id for _ in range(3)}
    assert len(made) == 1
    assert len(client.v1.payment_methods.list({"customer": customer}).data) == 1
