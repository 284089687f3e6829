"""A second person's approval of a refund, while Stripe refuses or is silent."""

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Refund, RefundRequest
from tokens.purchases import refunds
from tokens.staff import refunding
from tokens.staff.acts import Why
from tokens.testing.buying import buy
from tokens.testing.office import hire, page, press, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(sandbox, alice):
    """A whole Premium Pack, $70.00, which is above what one person may refund."""
    purchase = buy(sandbox, alice, "premium")
    why, key = Why(hire("finance"), "Duplicate"), refunding.key_of(purchase)
    return refunding.refund(purchase, amount_cents=7000, why=why, key=key)


def approve(client, request):
    client.force_login(hire("manager"))
    return press(client, page("tokens_refundrequest", "approve", request.pk))


def test_an_approval_that_stripe_refuses_says_so_and_the_tokens_are_back(client, asked, alice):
    testing.refund(asked.purchase.stripe_payment_intent_id)
    answers = approve(client, asked)
    assert told(answers[0]) == ["$70.00 not refunded: Stripe declined it."]
    refund = Refund.objects.get()
    assert (refund.status, get_token_balance(alice.pk)) == ("failed", 1000)
    assert (
        "The refund failed, so the tokens were restored."
        in client.get(page("tokens_refund", "change", refund.pk)).content.decode()
    )
    assert RefundRequest.objects.get().status == "approved"


def test_an_approval_while_stripe_is_silent_is_finished_by_the_sweep(client, asked, alice, settings):
    working = settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    answers = approve(client, asked)
    assert told(answers[0]) == ["$70.00 requested; waiting for Stripe to respond."]
    assert (Refund.objects.get().status, get_token_balance(alice.pk)) == ("requested", 0)
    settings.STRIPE_API_BASE = working
    refunds.send(Refund.objects.get())
    assert Refund.objects.get().status == "succeeded"
    assert Refund.objects.count() == 1
