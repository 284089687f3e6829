"""Refunds: over the API, from the dashboard, slow ones, failing ones."""

import pytest
import stripe

from stripe_sandbox.testing import (
    Refused,
    advance,
    cancel_refund,
    events_of,
    events_since,
    fail_refund,
    pay,
    refund,
    settle,
    settle_refund,
)
from stripe_sandbox.tests.support.actors import at_once, order


@pytest.fixture
def paid(client):
    """`paid(card)` is the id of a PaymentIntent over $40.00 that was just paid."""

    def pay_for(card: str = "4242424242424242") -> str:
        session = client.v1.checkout.sessions.create(params=order())
        return pay(session.id, card=card)["payment_intent"]

    return pay_for


def charge_of(client, intent: str) -> stripe.Charge:
    return client.v1.payment_intents.retrieve(intent, params={"expand": ["latest_charge"]}).latest_charge


def types_of(object_id: str) -> list[str]:
    return [event["type"] for event in events_of(object_id)]


def refused(client, **params) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.refunds.create(params=params)
    return found.value


def test_a_refund_gives_back_the_whole_charge(client, paid) -> None:
    intent = paid()

    made = client.v1.refunds.create(
        params={"payment_intent": intent, "reason": "requested_by_customer", "metadata": {"refund": "3"}}
    )

    charge = charge_of(client, intent)
    assert (made.amount, made.currency, made.status, made.reason) == (4000, "usd", "succeeded", "requested_by_customer")
    assert (made.charge, made.payment_intent, made.metadata.to_dict()) == (charge.id, intent, {"refund": "3"})
    assert (charge.amount_refunded, charge.refunded) == (4000, True)
    assert types_of(made.id) == ["refund.created"]
    assert types_of(charge.id) == ["charge.succeeded", "charge.refunded"]


def test_partial_refunds_add_up_and_each_says_the_sum(client, paid) -> None:
    intent = paid()
    charge = charge_of(client, intent).id

    for amount in (1000, 1500, None):
        client.v1.refunds.create(params={"charge": charge} | ({"amount": amount} if amount else {}))

    told = [event["data"]["object"] for event in events_of(charge, type="charge.refunded")]
    assert [(body["amount_refunded"], body["refunded"]) for body in told] == [
        (1000, False),
        (2500, False),
        (4000, True),
    ]
    listed = client.v1.refunds.list(params={"payment_intent": intent}).data
    assert [found.amount for found in listed] == [1500, 1500, 1000]
    assert [found.amount for found in client.v1.refunds.list(params={"charge": charge, "limit": 1}).data] == [1500]
    expanded = client.v1.charges.retrieve(charge, params={"expand": ["refunds.data.balance_transaction"]}).refunds
    assert [found.balance_transaction.amount for found in expanded.data] == [-1500, -1500, -1000]


def test_more_than_is_left_is_refused(client, paid) -> None:
    intent = paid()

    too_much = refused(client, payment_intent=intent, amount=4001)
    assert (too_much.user_message, too_much.param) == (
        "Refund amount ($40.01) is greater than charge amount ($40.00)",
        "amount",
    )
    client.v1.refunds.create(params={"payment_intent": intent, "amount": 3000})
    more = refused(client, payment_intent=intent, amount=1001)
    assert more.user_message == "Refund amount ($10.01) is greater than unrefunded amount on charge ($10.00)"
    client.v1.refunds.create(params={"payment_intent": intent})
    again = refused(client, payment_intent=intent)
    assert (again.code, again.http_status) == ("charge_already_refunded", 400)
    assert charge_of(client, intent).amount_refunded == 4000


def test_eight_refunds_at_once_give_back_once(client, paid) -> None:
    intent = paid()

    results = at_once(8, lambda: client.v1.refunds.create(params={"payment_intent": intent}))

    assert len([made for made in results if isinstance(made, stripe.Refund)]) == 1
    assert charge_of(client, intent).amount_refunded == 4000


def test_the_same_key_refunds_once(client, paid) -> None:
    params, options = {"payment_intent": paid(), "amount": 100}, {"idempotency_key": "refund:1"}

    first, again = (client.v1.refunds.create(params=params, options=options) for _ in range(2))

    assert again.id == first.id
    assert charge_of(client, params["payment_intent"]).amount_refunded == 100


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "One of the following params should be provided for this request: payment_intent or charge."),
        ({"payment_intent": "pi_1", "charge": "ch_1"}, "You may only specify one of these parameters"),
        ({"payment_intent": "pi_nope"}, "No such payment_intent: 'pi_nope'"),
        ({"charge": "ch_nope"}, "No such charge: 'ch_nope'"),
        ({"charge": "ch_1", "amount": 0}, "This value must be greater than or equal to 1."),
        ({"charge": "ch_1", "reason": "because"}, "Invalid reason: must be one of"),
        ({"charge": "ch_1", "reverse_transfer": True}, "does not support"),
        ({"charge": "ch_1", "why": "x"}, "Received unknown parameter: why"),
    ],
)
def test_what_stripe_refuses_is_refused(client, params, message) -> None:
    assert message in refused(client, **params).user_message


def test_what_was_never_paid_cannot_be_refunded(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    with pytest.raises(Refused):
        pay(session.id, card="4000000000000002")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    (failed,) = client.v1.charges.list(params={"payment_intent": intent}).data

    assert "does not have a successful charge to refund" in refused(client, payment_intent=intent).user_message
    assert "only a succeeded charge can be refunded" in refused(client, charge=failed.id).user_message


def test_metadata_can_be_changed_and_a_card_refund_cannot_be_canceled(client, paid) -> None:
    made = client.v1.refunds.create(params={"payment_intent": paid(), "metadata": {"a": "1"}})

    changed = client.v1.refunds.update(made.id, params={"metadata": {"b": "2"}})

    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    assert types_of(made.id) == ["refund.created", "refund.updated", "charge.refund.updated"]
    with pytest.raises(stripe.InvalidRequestError, match="can not be canceled because it has a status of succeeded"):
        client.v1.refunds.cancel(made.id)


def test_a_slow_refund_is_pending_and_then_succeeds(client, paid) -> None:
    intent = paid("4000000000007726")

    made = client.v1.refunds.create(params={"payment_intent": intent})
    assert (made.status, charge_of(client, intent).refunded) == ("pending", True)

    advance(seconds=31)
    assert client.v1.refunds.retrieve(made.id).status == "succeeded"
    created, updated, _ = events_of(made.id)
    assert (created["type"], updated["type"]) == ("refund.created", "refund.updated")
    assert updated["data"]["previous_attributes"] == {"status": "pending"}


def test_a_refund_that_succeeded_fails_later_and_the_money_is_back(client, paid) -> None:
    intent = paid("4000000000005126")

    made = client.v1.refunds.create(params={"payment_intent": intent, "amount": 1000})
    assert made.status == "succeeded"

    advance(seconds=31)
    failed = client.v1.refunds.retrieve(made.id, params={"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.amount == 1000
    assert (charge_of(client, intent).amount_refunded, charge_of(client, intent).refunded) == (0, False)
    assert types_of(made.id) == ["refund.created", "refund.updated", "charge.refund.updated", "refund.failed"]
    client.v1.refunds.create(params={"payment_intent": intent})


def test_the_dashboard_refunds_without_metadata(client, paid) -> None:
    intent = paid()

    made = refund(intent, 1500)

    assert (made["amount"], made["metadata"], made["payment_intent"]) == (1500, {}, intent)
    assert refund(intent)["amount"] == 2500
    with pytest.raises(Refused, match="has already been refunded"):
        refund(intent)


def test_refunds_are_settled_failed_and_canceled_by_hand(client, paid) -> None:
    intent = paid("4000000000007726")
    one, two, three = (refund(intent, 1000)["id"] for _ in range(3))

    assert settle_refund(one)["status"] == "succeeded"
    assert fail_refund(one)["status"] == "failed"
    assert cancel_refund(two)["status"] == "canceled"
    assert charge_of(client, intent).amount_refunded == 1000
    with pytest.raises(Refused, match=f"Refund {one} is failed; only a pending or succeeded refund can be failed"):
        fail_refund(one)
    with pytest.raises(Refused, match="only a pending refund can be settled"):
        settle_refund(two)
    advance(seconds=31)
    assert client.v1.refunds.retrieve(three).status == "succeeded"
    assert client.v1.refunds.retrieve(two).status == "canceled"


def test_every_movement_is_a_balance_transaction(client, paid) -> None:
    made = client.v1.refunds.create(params={"payment_intent": paid(), "amount": 700})

    (moved,) = client.v1.balance_transactions.list(params={"source": made.id}).data

    assert (moved.id, moved.amount, moved.net, moved.type) == (made.balance_transaction, -700, -700, "refund")
    assert client.v1.balance_transactions.retrieve(moved.id).source == made.id


def test_all_events_after_one_come_in_order(client, paid) -> None:
    before = events_since(None)[-1]["id"] if events_since(None) else None
    intent = paid()
    refund(intent)

    assert [event["type"] for event in events_since(before)] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "refund.created",
        "charge.refunded",
    ]


@pytest.mark.parametrize(
    ("amount", "means", "fee"), [(4000, {}, 146), (50, {}, 31), (4000, {"bank": "000123456789"}, 32)]
)
def test_a_payment_comes_to_the_balance_less_its_fee(client, amount: int, means: dict, fee: int) -> None:
    session = client.v1.checkout.sessions.create(params=order(amount))
    intent = pay(session.id, **means)["payment_intent"]
    if means:
        waiting = client.v1.payment_intents.retrieve(intent, params={"expand": ["latest_charge"]}).latest_charge
        assert waiting.balance_transaction is None
        settle(session.id)

    charge = client.v1.payment_intents.retrieve(
        intent, params={"expand": ["latest_charge.balance_transaction"]}
    ).latest_charge
    moved = charge.balance_transaction
    assert (moved.type, moved.amount, moved.fee, moved.net) == ("charge", amount, fee, amount - fee)
    assert (moved.source, moved.currency, moved.fee_details[0].amount) == (charge.id, "usd", fee)
    assert [found.id for found in client.v1.balance_transactions.list(params={"source": charge.id}).data] == [moved.id]


def test_a_declined_payment_moves_nothing(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    with pytest.raises(Refused):
        pay(session.id, card="4000000000000002")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    charge = client.v1.payment_intents.retrieve(intent, params={"expand": ["latest_charge"]}).latest_charge
    assert (charge.status, charge.balance_transaction) == ("failed", None)
