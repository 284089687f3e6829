"""Disputes, inquiries and early fraud warnings."""

import pytest
import stripe

from stripe_sandbox.testing import (
    Refused,
    appeal,
    close_dispute,
    dispute,
    events_of,
    pay,
    refund,
    settle,
    warn,
)
from stripe_sandbox.tests.support.actors import order

OPENED = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


@pytest.fixture
def paid(client):
    """`paid(card)` is the id of a PaymentIntent over $40.00 that was just paid."""

    def pay_for(card: str = "4242424242424242") -> str:
        session = client.v1.checkout.sessions.create(params=order())
        return pay(session.id, card=card)["payment_intent"]

    return pay_for


def charge_of(client, intent: str) -> stripe.Charge:
    return client.v1.payment_intents.retrieve(intent, params={"expand": ["latest_charge"]}).latest_charge


def dispute_of(client, intent: str) -> stripe.Dispute:
    (found,) = client.v1.disputes.list(params={"payment_intent": intent}).data
    return found


def types_of(object_id: str) -> list[str]:
    return [event["type"] for event in events_of(object_id)]


def amounts(found) -> list[int]:
    return [moved["amount"] for moved in found["balance_transactions"]]


@pytest.mark.parametrize(
    ("card", "reason"), [("4000000000000259", "fraudulent"), ("4000000000002685", "product_not_received")]
)
def test_a_card_that_disputes_takes_the_money_at_once(client, paid, card: str, reason: str) -> None:
    intent = paid(card)

    found = dispute_of(client, intent)

    assert (found.status, found.reason, found.amount, found.currency) == ("needs_response", reason, 4000, "usd")
    assert (found.charge, found.payment_intent) == (charge_of(client, intent).id, intent)
    assert (found.balance_transactions[0].amount, found.balance_transactions[0].fee) == (-4000, 1500)
    assert found.is_charge_refundable is False
    assert charge_of(client, intent).disputed is True
    assert types_of(found.id) == OPENED


def test_an_inquiry_moves_no_money_and_can_be_refunded(client, paid) -> None:
    intent = paid("4000000000001976")

    found = dispute_of(client, intent)

    assert (found.status, found.balance_transactions) == ("warning_needs_response", [])
    assert types_of(found.id) == ["charge.dispute.created"]
    assert client.v1.refunds.create(params={"payment_intent": intent}).status == "succeeded"
    assert close_dispute(found.id, won=False)["status"] == "warning_closed"
    assert types_of(found.id) == ["charge.dispute.created", "charge.dispute.closed"]


def test_an_inquiry_becomes_a_dispute(client, paid) -> None:
    intent = paid()
    asked = dispute(intent, inquiry=True)

    disputed = dispute(intent)

    assert (disputed["id"], disputed["status"], amounts(disputed)) == (asked["id"], "needs_response", [-4000])
    assert types_of(asked["id"]) == [
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
    ]
    with pytest.raises(Refused, match="already has an open dispute"):
        dispute(intent)


def test_a_won_dispute_gives_the_money_back_and_allows_a_refund(client, paid) -> None:
    intent = paid()
    opened = dispute(intent)
    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.refunds.create(params={"payment_intent": intent})
    assert found.value.code == "charge_disputed"

    won = close_dispute(opened["id"], won=True)

    assert (won["status"], amounts(won)) == ("won", [-4000, 4000])
    assert types_of(won["id"]) == [*OPENED, "charge.dispute.closed", "charge.dispute.funds_reinstated"]
    assert refund(intent)["amount"] == 4000
    with pytest.raises(Refused, match=f"Dispute {won['id']} is already won"):
        close_dispute(won["id"], won=True)


def test_part_of_the_money_can_be_reinstated(paid) -> None:
    opened = dispute(paid(), amount=3000)
    with pytest.raises(Refused, match="Only 3000 was withdrawn"):
        close_dispute(opened["id"], won=True, reinstated=3001)

    assert amounts(close_dispute(opened["id"], won=True, reinstated=1000)) == [-3000, 1000]


def test_a_lost_dispute_keeps_the_money_until_an_appeal_is_won(client, paid) -> None:
    intent = paid()
    lost = close_dispute(dispute(intent)["id"], won=False)
    assert (lost["status"], amounts(lost)) == ("lost", [-4000])
    with pytest.raises(Refused, match="has been charged back; cannot issue a refund"):
        refund(intent)

    assert appeal(lost["id"])["status"] == "appeal_under_review"
    won = close_dispute(lost["id"], won=True)

    assert (won["status"], amounts(won)) == ("won", [-4000, 4000])
    assert types_of(won["id"]) == [
        *OPENED,
        "charge.dispute.closed",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]


def test_what_was_refunded_is_not_disputed_unless_named(paid) -> None:
    intent = paid()
    refund(intent, 1000)

    assert dispute(intent)["amount"] == 3000


def test_evidence_is_kept_and_then_submitted(client, paid) -> None:
    found = dispute_of(client, paid("4000000000000259"))
    update = client.v1.disputes.update

    draft = update(found.id, params={"evidence": {"product_description": "Tokens"}, "submit": False})
    assert (draft.status, draft.evidence_details.has_evidence) == ("needs_response", True)
    assert draft.evidence_details.submission_count == 0

    sent = update(found.id, params={"evidence": {"customer_name": "Bo"}, "metadata": {"a": "b"}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert (sent.evidence.product_description, sent.evidence.customer_name) == ("Tokens", "Bo")
    updated = events_of(found.id, type="charge.dispute.updated")[-1]
    assert updated["data"]["previous_attributes"]["status"] == "needs_response"
    with pytest.raises(stripe.InvalidRequestError, match="evidence for it can no longer be given"):
        update(found.id, params={"evidence": {"customer_name": "Al"}})


@pytest.mark.parametrize(("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_the_sandboxes_verdict_is_in_the_evidence(client, paid, text: str, status: str) -> None:
    found = dispute_of(client, paid("4000000000000259"))

    assert client.v1.disputes.update(found.id, params={"evidence": {"uncategorized_text": text}}).status == status


def test_giving_in_loses_the_dispute(client, paid) -> None:
    found = dispute_of(client, paid("4000000000000259"))

    assert client.v1.disputes.close(found.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="only one that needs a response can be closed"):
        client.v1.disputes.close(found.id)


def test_a_disputed_bank_debit_is_final(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    intent = pay(session.id, bank="000555555559")["payment_intent"]
    assert client.v1.disputes.list(params={"payment_intent": intent}).data == []

    settle(session.id)

    found = dispute_of(client, intent)
    assert (found.status, found.reason, amounts(found)) == ("lost", "debit_not_authorized", [-4000])
    assert types_of(found.id) == [*OPENED, "charge.dispute.closed"]
    with pytest.raises(Refused, match="only a lost dispute of a card can be appealed"):
        appeal(found.id)


def test_a_warned_card_has_a_warning_that_a_refund_closes(client, paid) -> None:
    intent = paid("4000000000005423")

    (warning,) = client.v1.radar.early_fraud_warnings.list(params={"payment_intent": intent}).data
    assert (warning.actionable, warning.charge) == (True, charge_of(client, intent).id)

    refund(intent)
    assert client.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable is False
    assert types_of(warning.id) == ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"]


def test_a_warning_by_hand_is_actionable_until_the_dispute(client, paid) -> None:
    intent = paid()

    warning = warn(intent)

    assert (warning["actionable"], warning["payment_intent"]) == (True, intent)
    dispute(intent)
    assert client.v1.radar.early_fraud_warnings.retrieve(warning["id"]).actionable is False


def test_what_was_never_paid_is_neither_disputed_nor_warned_of(client) -> None:
    for act in (dispute, warn):
        with pytest.raises(Refused, match="No such payment_intent: 'pi_nope'"):
            act("pi_nope")
