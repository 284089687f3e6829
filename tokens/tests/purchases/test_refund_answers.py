"""A refund that Stripe made stays made, whichever of the questions about it goes wrong."""

import json
import uuid
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.errors import CallUnderWay, KeyReused, StripeFailed
from tokens.ledger.wallet import get_token_balance
from tokens.models import Refund
from tokens.purchases import refunds
from tokens.purchases.refunds import refund, send_unsent
from tokens.stripe_api import gateway
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.stalling import NOBODY_LISTENS, by_words, saying, silent, stalling

pytestmark = pytest.mark.django_db


def answering(object):
    return saying(json.dumps(object))


KEYS = {"re_1": "11111111-1111-4111-8111-111111111111", "re_2": "22222222-2222-4222-8222-222222222222"}


def made(id, *, cents=920, currency="eur"):
    """Stripe's answer to a refund; one of $10.00 is told in euros by an account that settles in them."""
    about = {"id": id, "object": "refund", "amount": cents, "currency": currency, "status": "succeeded"}
    metadata = {"refund_key": KEYS[id]}
    return answering({**about, "charge": "ch_1", "balance_transaction": "txn_1", "metadata": metadata})


MOVEMENT = answering({"id": "txn_1", "object": "balance_transaction", "amount": -1000, "currency": "usd"})
CHARGE = answering({"id": "ch_1", "object": "charge", "amount": 4000, "currency": "usd", "refunded": False})
REFUSED = saying('{"error": {"type": "invalid_request_error", "message": "No."}}', status="400 Bad Request")
FORBIDDEN = saying('{"error": {"message": "This key may not read charges."}}', status="403 Forbidden")


READ = {"/v1/balance_transactions/": MOVEMENT, "/v1/charges/": CHARGE}


@pytest.fixture
def stripe_that(settings):
    """`with stripe_that(answers):` Stripe answers so; it is given up soon where it says nothing."""
    usual = settings.STRIPE_BACKGROUND_SECONDS

    @contextmanager
    def answers(those):
        settings.STRIPE_BACKGROUND_SECONDS = 1 if silent in those.values() else usual
        with stalling(by_words(those)) as stripe:
            settings.STRIPE_API_BASE = stripe.address
            yield

    return answers


def give_back(purchase, id="re_1"):
    return refund(purchase, amount_cents=1000, reason="as agreed", by=None, key=uuid.UUID(KEYS[id]))


def look_again(*, after=timedelta(minutes=2)):
    Refund.objects.update(created_at=timezone.now() - after)
    return send_unsent()


@pytest.mark.parametrize("failure", [REFUSED, FORBIDDEN, silent], ids=["refused", "forbidden", "silent"])
@pytest.mark.parametrize("read", READ)
def test_one_that_was_made_has_not_failed_because_a_later_question_did(bought, alice, stripe_that, failure, read):
    with stripe_that({**READ, read: failure, "/v1/refunds": made("re_1")}):
        row = give_back(bought)
    assert (row.status, row.failure, get_token_balance(alice.pk)) == ("requested", "", 375)
    with stripe_that({**READ, "/v1/refunds": made("re_1")}):
        assert look_again() == 1
    row.refresh_from_db()
    assert (row.status, row.amount_cents, row.stripe_id) == ("succeeded", 1000, "re_1")
    assert get_token_balance(alice.pk) == 375
    assert_books_are_right()


def test_one_that_may_have_been_made_a_day_ago_has_not_failed_because_it_cannot_be_looked_for(
    bought, alice, stripe_that, settings
):
    settings.STRIPE_API_BASE = NOBODY_LISTENS
    row = give_back(bought)
    with stripe_that({"GET /v1/refunds": REFUSED, "/v1/refunds": made("re_1")}):
        assert look_again(after=timedelta(days=2)) == 0
    row.refresh_from_db()
    assert (row.status, get_token_balance(alice.pk)) == ("requested", 375)


def test_one_that_cannot_be_read_holds_up_no_other(bought, stripe_that, settings):
    settings.STRIPE_API_BASE = NOBODY_LISTENS
    rows = [give_back(bought, id) for id in KEYS]
    refunds = {KEYS["re_1"]: made("re_1"), KEYS["re_2"]: made("re_2", cents=1000, currency="usd")}
    with stripe_that({"/v1/balance_transactions/": REFUSED, **refunds}):
        assert look_again() == 1
    assert [Refund.objects.get(pk=row.pk).status for row in rows] == ["requested", "succeeded"]


def test_a_refund_that_stripe_made_is_heard_of_after_a_refusal_was_noted_here(sandbox, bought, monkeypatch):
    real = gateway.create_refund

    def answer_lost(**params):
        real(**params)
        raise StripeFailed("Stripe refused the request.")

    monkeypatch.setattr(gateway, "create_refund", answer_lost)
    row = refund(bought, amount_cents=4000, reason="as agreed", by=None)
    assert (row.status, get_token_balance(bought.user_id)) == ("failed", 500)
    (made,) = gateway.list_refunds(bought.stripe_payment_intent_id)
    refunds.record_refund(bought, made)
    row.refresh_from_db()
    assert (row.status, get_token_balance(bought.user_id)) == ("succeeded", 0)


def test_a_key_that_stripe_does_not_accept_refuses_no_refund(bought, settings):
    key, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "nonsense"
    row = refund(bought, amount_cents=4000, reason="as agreed", by=None)
    assert row.status == "requested"
    settings.STRIPE_SECRET_KEY = key
    assert refunds.send(row).status == "succeeded"


def test_a_refund_whose_first_call_is_still_under_way_waits_for_it(bought, monkeypatch):
    def under_way(**params):
        raise CallUnderWay

    monkeypatch.setattr(gateway, "create_refund", under_way)
    assert refund(bought, amount_cents=4000, reason="as agreed", by=None).status == "requested"


def test_one_key_is_one_refund_of_one_amount(bought):
    key = uuid.uuid4()
    refund(bought, amount_cents=1000, reason="as agreed", by=None, key=key)
    with pytest.raises(KeyReused):
        refund(bought, amount_cents=1001, reason="as agreed", by=None, key=key)
    assert Refund.objects.count() == 1
