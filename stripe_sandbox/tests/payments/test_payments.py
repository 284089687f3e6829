"""What a payment leaves behind: the PaymentIntent, the charge, the events and their order."""

import pytest
import stripe

from stripe_sandbox.testing import Refused, advance, events_of, pay
from stripe_sandbox.tests.support.actors import at_once, order


@pytest.fixture
def session(client) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(params=order())


def events_about(client, session_id: str) -> list[str]:
    """Types, oldest first, of everything that happened to a session, its intent and its charges."""
    found = client.v1.checkout.sessions.retrieve(session_id)
    charges = client.v1.charges.list(params={"payment_intent": found.payment_intent}).data
    ids = {found.id, found.payment_intent, *(charge.id for charge in charges)}
    events = list(client.v1.events.list(params={"limit": 100}).auto_paging_iter())
    return [event.type for event in reversed(events) if event.data.object.id in ids]


def test_a_card_that_pays(client, session) -> None:
    pay(session.id)

    paid = client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent.latest_charge"]})
    intent, charge = paid.payment_intent, paid.payment_intent.latest_charge
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (intent.status, intent.amount, intent.amount_received) == ("succeeded", 4000, 4000)
    assert (charge.paid, charge.captured, charge.amount, charge.refunded) == (True, True, 4000, False)
    assert charge.payment_method_details.card.last4 == "4242"
    assert events_about(client, session.id) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_each_side_has_its_own_metadata(client) -> None:
    both = order(metadata={"of": "session"}, payment_intent_data={"metadata": {"of": "intent"}})
    session = client.v1.checkout.sessions.create(params=both)

    paid = pay(session.id)

    assert paid["metadata"] == {"of": "session"}
    assert client.v1.payment_intents.retrieve(paid["payment_intent"]).metadata.to_dict() == {"of": "intent"}


def test_an_event_is_a_frozen_snapshot(client, session) -> None:
    intent = pay(session.id)["payment_intent"]

    created, succeeded = events_of(intent)
    assert created["data"]["object"]["status"] == "requires_payment_method"
    assert succeeded["data"]["object"]["status"] == "succeeded"
    assert created["api_version"] == stripe.api_version
    assert created["request"]["id"].startswith("req_")
    (completed,) = events_of(session.id)
    assert completed["request"] == {"id": None, "idempotency_key": None}
    assert completed["data"]["object"]["payment_intent"] == intent


@pytest.mark.parametrize(
    ("card", "code", "decline_code", "message"),
    [
        ("4000000000000002", "card_declined", "generic_decline", "Your card was declined"),
        ("4000000000009995", "card_declined", "insufficient_funds", "Your card has insufficient funds"),
        ("4000000000000069", "expired_card", None, "Your card has expired"),
        ("4000000000000127", "incorrect_cvc", None, "Your card's security code is incorrect"),
        ("4000000000000119", "processing_error", None, "An error occurred while processing your card"),
        ("4000008400001629", "card_declined", "generic_decline", "Your card was declined"),
        ("4111111111111111", "card_declined", "test_mode_live_card", "used a non test card"),
    ],
)
def test_a_card_that_is_declined_leaves_the_session_open(client, session, card, code, decline_code, message) -> None:
    with pytest.raises(Refused, match=message):
        pay(session.id, card=card)

    still = client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent"]})
    error = still.payment_intent.last_payment_error
    assert (still.status, still.payment_status) == ("open", "unpaid")
    assert still.payment_intent.status == "requires_payment_method"
    assert (error.code, getattr(error, "decline_code", None)) == (code, decline_code)
    assert events_about(client, session.id)[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_a_decline_and_then_a_payment_share_one_intent(client, session) -> None:
    with pytest.raises(Refused):
        pay(session.id, card="4000000000000002")
    first = client.v1.checkout.sessions.retrieve(session.id).payment_intent

    assert pay(session.id)["payment_intent"] == first
    assert len(client.v1.charges.list(params={"payment_intent": first}).data) == 2


def test_3d_secure_approved(client, session) -> None:
    assert pay(session.id, card="4000002760003184")["payment_status"] == "paid"
    assert events_about(client, session.id) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_3d_secure_failed_charges_nothing(client, session) -> None:
    with pytest.raises(Refused, match="unable to authenticate"):
        pay(session.id, card="4000002500003155", fail_3ds=True)

    still = client.v1.checkout.sessions.retrieve(session.id)
    assert still.status == "open"
    assert client.v1.charges.list(params={"payment_intent": still.payment_intent}).data == []


@pytest.mark.parametrize("card", ["5555555555554444", "378282246310005", "6011111111111117", "3056930009020004"])
def test_other_brands_pay_too(session, card: str) -> None:
    assert pay(session.id, card=card)["payment_status"] == "paid"


def test_a_paid_or_expired_session_cannot_be_paid(client, session) -> None:
    pay(session.id)
    with pytest.raises(Refused, match="is complete; only an open one can be paid"):
        pay(session.id)

    other = client.v1.checkout.sessions.create(params=order())
    advance(seconds=24 * 3600 + 1)
    with pytest.raises(Refused, match="is expired; only an open one can be paid"):
        pay(other.id)


def test_eight_payments_at_once_charge_once(client, session) -> None:
    results = at_once(8, lambda: pay(session.id))

    assert len([result for result in results if isinstance(result, dict)]) == 1
    assert all("only an open one" in str(result) for result in results if not isinstance(result, dict))
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert len(client.v1.charges.list(params={"payment_intent": intent}).data) == 1
    assert len(events_of(session.id, type="checkout.session.completed")) == 1


def test_an_order_without_an_amount_completes_without_a_payment(client) -> None:
    session = client.v1.checkout.sessions.create(params=order(0))

    done = pay(session.id)

    assert (done["status"], done["payment_status"]) == ("complete", "no_payment_required")
    assert done["payment_intent"] is None
    assert [event["type"] for event in events_of(session.id)] == ["checkout.session.completed"]


def test_customer_creation_always_makes_a_customer_of_the_guest(client) -> None:
    session = client.v1.checkout.sessions.create(params=order(customer_creation="always"))

    paid = pay(session.id)

    customer = client.v1.customers.retrieve(paid["customer"])
    assert customer.email == paid["customer_details"]["email"]
    assert client.v1.payment_intents.retrieve(paid["payment_intent"]).customer == customer.id


def test_an_intent_is_canceled_only_when_its_session_is_over(client, session) -> None:
    with pytest.raises(Refused):
        pay(session.id, card="4000000000000002")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent

    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session instead"):
        client.v1.payment_intents.cancel(intent)
    client.v1.checkout.sessions.expire(session.id)
    assert client.v1.payment_intents.cancel(intent).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="because it has a status of canceled"):
        client.v1.payment_intents.cancel(intent)
