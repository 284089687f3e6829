"""Payments from a bank account: on their way for days, settled, bounced, disputed."""

import pytest
import stripe

from stripe_sandbox.testing import Refused, advance, bounce, events_since, pay, refund, settle
from stripe_sandbox.tests.support.actors import at_once, line, order

CLEARS, CLOSED, NO_MONEY, STAYS = "000123456789", "000111111113", "000222222227", "000000000009"
DAY = 24 * 3600


@pytest.fixture
def session(client) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(params=order())


def state_of(client, session) -> tuple[str, str, str, str]:
    found = client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent.latest_charge"]})
    intent = found.payment_intent
    return found.status, found.payment_status, intent.status, intent.latest_charge.status


def types_since(event_id: str | None) -> list[str]:
    return [event["type"] for event in events_since(event_id)]


def last_event() -> str | None:
    told = events_since(None)
    return told[-1]["id"] if told else None


def test_a_bank_payment_completes_the_session_unpaid(client, session) -> None:
    before = last_event()

    done = pay(session.id, bank=CLEARS)

    assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
    assert state_of(client, session) == ("complete", "unpaid", "processing", "pending")
    assert types_since(before) == [
        "payment_intent.created",
        "payment_intent.processing",
        "charge.pending",
        "checkout.session.completed",
    ]
    with pytest.raises(Refused, match="only an open one can be paid"):
        pay(session.id)


def test_settled_it_is_paid(client, session) -> None:
    pay(session.id, bank=CLEARS)
    before = last_event()

    assert settle(session.id)["payment_status"] == "paid"

    assert state_of(client, session) == ("complete", "paid", "succeeded", "succeeded")
    assert types_since(before) == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    with pytest.raises(Refused, match=r"\(complete/paid\) has no bank payment on its way"):
        settle(session.id)


def test_settled_and_bounced_at_once_it_ends_in_one_way(client, session) -> None:
    pay(session.id, bank=CLEARS)
    before = last_event()

    at_once(4, lambda: settle(session.id))
    results = at_once(4, lambda: bounce(session.id))

    assert all("has no bank payment on its way" in str(result) for result in results)
    assert len(types_since(before)) == 3


@pytest.mark.parametrize(
    ("number", "code"), [(CLEARS, "insufficient_funds"), (NO_MONEY, "insufficient_funds"), (CLOSED, "account_closed")]
)
def test_bounced_it_stays_unpaid_and_says_why(client, session, number: str, code: str) -> None:
    pay(session.id, bank=number)
    before = last_event()

    assert bounce(session.id)["payment_status"] == "unpaid"

    assert state_of(client, session) == ("complete", "unpaid", "requires_payment_method", "failed")
    intent = client.v1.payment_intents.retrieve(
        client.v1.checkout.sessions.retrieve(session.id).payment_intent, params={"expand": ["latest_charge"]}
    )
    assert (intent.last_payment_error.code, intent.latest_charge.failure_code) == (code, code)
    assert types_since(before) == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    with pytest.raises(Refused, match="has no bank payment on its way"):
        bounce(session.id)


@pytest.mark.parametrize(
    ("number", "after"),
    [
        (CLEARS, ("complete", "paid", "succeeded", "succeeded")),
        (CLOSED, ("complete", "unpaid", "requires_payment_method", "failed")),
        (STAYS, ("complete", "unpaid", "processing", "pending")),
    ],
)
def test_four_days_decide_by_themselves(client, session, number: str, after: tuple) -> None:
    pay(session.id, bank=number)

    advance(seconds=4 * DAY - 60)
    assert state_of(client, session)[2] == "processing"
    advance(seconds=120)
    assert state_of(client, session) == after


def test_a_settled_payment_is_not_settled_again_by_time(client, session) -> None:
    pay(session.id, bank=CLEARS)
    settle(session.id)
    before = last_event()

    advance(seconds=5 * DAY)

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert types_since(before) == []


def test_a_bank_refund_is_pending_for_days(client, session) -> None:
    intent = pay(session.id, bank=CLEARS)["payment_intent"]
    with pytest.raises(Refused, match="does not have a successful charge to refund"):
        refund(intent)
    settle(session.id)

    made = client.v1.refunds.create(params={"payment_intent": intent})

    assert (made.status, made.pending_reason) == ("pending", "processing")
    advance(seconds=5 * DAY + 1)
    assert client.v1.refunds.retrieve(made.id).status == "succeeded"


def test_an_account_of_no_test_is_refused(session) -> None:
    with pytest.raises(Refused, match="123 is none of Stripe's test bank accounts"):
        pay(session.id, bank="123")


def test_a_bank_that_is_excluded_or_of_another_currency_is_refused(client) -> None:
    excluded = order(excluded_payment_method_types=["us_bank_account"])
    for params in (excluded, order(line_items=[line(currency="eur")])):
        session = client.v1.checkout.sessions.create(params=params)
        with pytest.raises(Refused, match="does not take payments by us_bank_account"):
            pay(session.id, bank=CLEARS)


def test_a_payment_on_its_way_cannot_be_canceled(client, session) -> None:
    intent = pay(session.id, bank=CLEARS)["payment_intent"]

    with pytest.raises(stripe.InvalidRequestError, match="because it has a status of processing"):
        client.v1.payment_intents.cancel(intent)


def test_a_card_and_a_card_refused_leave_no_debit_to_settle(client, session) -> None:
    with pytest.raises(Refused, match=r"\(open/unpaid\) has no bank payment on its way"):
        settle(session.id)
    with pytest.raises(Refused, match=r"No such checkout\.session"):
        bounce("cs_test_nope")
