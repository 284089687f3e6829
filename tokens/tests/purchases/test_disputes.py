"""Disputes through Stripe, in any order: frozen when opened, taken when withdrawn, restored when won."""

import pytest

from stripe_sandbox import testing
from tokens.models import Dispute
from tokens.spending.spends import spend_tokens
from tokens.testing.buying import spend_tokens_of
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.ledger_rows import assert_books_are_right, figures

pytestmark = pytest.mark.django_db


def test_money_withdrawn_takes_the_tokens(sandbox, alice, bought):
    testing.dispute(bought.stripe_payment_intent_id)
    deliver_disputes(sandbox, bought)
    assert figures(alice) == (0, 0, 0)
    assert Dispute.objects.get().withdrawn_cents == 4000
    assert_books_are_right()


def test_an_inquiry_takes_and_freezes_nothing(sandbox, alice, bought):
    testing.dispute(bought.stripe_payment_intent_id, inquiry=True)
    deliver_disputes(sandbox, bought)
    assert figures(alice) == (500, 0, 500)
    assert Dispute.objects.get().is_inquiry


def test_a_part_of_the_money_takes_a_part_and_freezes_the_rest(sandbox, alice, bought):
    testing.dispute(bought.stripe_payment_intent_id, amount=1000)
    deliver_disputes(sandbox, bought)
    assert figures(alice) == (375, 375, 0)
    assert spend_tokens(alice.pk, "import_domain") is False
    assert_books_are_right()


@pytest.mark.parametrize("seed", range(4))
def test_a_won_dispute_restores_exactly_what_was_taken_in_whatever_order_the_news_comes(sandbox, alice, bought, seed):
    spend_tokens_of(alice, 200)
    dispute = testing.dispute(bought.stripe_payment_intent_id)
    deliver_disputes(sandbox, bought, seed=seed)
    assert figures(alice) == (-200, 0, 0)
    testing.close_dispute(dispute["id"], won=True)
    deliver_disputes(sandbox, bought, seed=seed)
    assert figures(alice) == (300, 0, 300)
    assert Dispute.objects.get().status == "won"
    assert_books_are_right()


def test_a_lost_dispute_keeps_the_tokens_and_an_appeal_may_bring_them_back(sandbox, alice, bought):
    dispute = testing.dispute(bought.stripe_payment_intent_id)
    testing.close_dispute(dispute["id"], won=False)
    deliver_disputes(sandbox, bought)
    assert figures(alice) == (0, 0, 0)
    testing.appeal(dispute["id"])
    testing.close_dispute(dispute["id"], won=True)
    deliver_disputes(sandbox, bought)
    assert figures(alice) == (500, 0, 500)
    assert_books_are_right()


def test_a_refund_after_a_won_dispute_takes_the_tokens_again(sandbox, alice, bought):
    dispute = testing.dispute(bought.stripe_payment_intent_id)
    testing.close_dispute(dispute["id"], won=True)
    deliver_disputes(sandbox, bought)
    testing.refund(bought.stripe_payment_intent_id)
    for event in testing.events_since(None):
        if event["type"] == "refund.created":
            sandbox.deliver(event)
    assert figures(alice) == (0, 0, 0)
    assert_books_are_right()


def test_a_warning_of_fraud_flags_the_purchase_once(sandbox, bought):
    testing.warn(bought.stripe_payment_intent_id)
    deliver_disputes(sandbox, bought)
    bought.refresh_from_db()
    assert bought.fraud_warning_at is not None


def test_a_dispute_of_another_shop_on_the_account_is_none_of_ours(sandbox, bought):
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "refund.created",
        "livemode": False,
        "data": {"object": {"id": "re_1", "object": "refund", "payment_intent": None, "status": "succeeded"}},
    }
    assert sandbox.deliver(event).status_code == 200
