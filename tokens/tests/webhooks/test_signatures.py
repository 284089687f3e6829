"""What comes to the webhook is refused and not stored unless Stripe signed it just now, for this shop."""

import hashlib
import hmac
import json
import time

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import StripeEvent

pytestmark = pytest.mark.django_db


def signed_at(body, moment):
    digest = hmac.new(b"whsec_only_for_tests_0123456789", f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: (body, ""),
        lambda body: (body, "nonsense"),
        lambda body: (body, "t=1,v1=00"),
        lambda body: (body + b" ", testing.signature(body)),
        lambda body: (body, signed_at(body, int(time.time()) - 301)),
        lambda body: (body, testing.signature(body).replace("v1=", "v0=")),
        lambda body: (body, "t=1,v1=é"),
        lambda body: (body, testing.signature(body) + ",v1=é"),
        lambda body: (body, "t=abc,v1=00"),
        lambda body: (body, "t=" + "9" * 10_000 + ",v1=" + "0" * 10_000),
    ],
    ids=[
        "no header",
        "not a header",
        "wrong signature",
        "another body",
        "too old",
        "another scheme",
        "not ASCII",
        "not ASCII beside a good one",
        "no time",
        "huge",
    ],
)
def test_what_stripe_did_not_sign_just_now_is_refused_and_not_stored(sandbox, paid, alice, spoil):
    response = sandbox.post(*spoil(json.dumps(sandbox.event(paid)).encode()))
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert not StripeEvent.objects.exists()
    assert get_token_balance(alice.pk) == 0


def test_a_delivery_just_young_enough_is_taken(sandbox, paid):
    body = json.dumps(sandbox.event(paid)).encode()
    assert sandbox.post(body, signed_at(body, int(time.time()) - 290)).status_code == 200


def test_while_the_secret_is_rotated_one_good_signature_of_two_is_enough(sandbox, paid):
    body = json.dumps(sandbox.event(paid)).encode()
    assert sandbox.post(body, testing.signature(body) + ",v1=" + "0" * 64).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff\xfe",
        b"[1]",
        b'"text"',
        b"null",
        b"{}",
        b'{"object": "event"}',
        b'{"object": "event", "id": 7, "type": "x", "livemode": false, "data": {"object": {}}}',
        b'{"object": "event", "id": "evt_1", "type": "x", "livemode": false, "data": {}}',
        b'{"object": "charge", "id": "ch_1", "livemode": false}',
    ],
)
def test_what_is_signed_but_no_event_is_refused_and_not_stored(sandbox, body):
    assert sandbox.post(body, testing.signature(body)).status_code == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("livemode", [True, None, "false"])
def test_an_event_of_the_other_mode_is_refused_and_not_stored(sandbox, paid, livemode):
    assert sandbox.deliver({**sandbox.event(paid), "livemode": livemode}).status_code == 400
    assert not StripeEvent.objects.exists()


def test_a_live_shop_refuses_test_events(sandbox, paid, settings):
    event = sandbox.event(paid)
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    assert sandbox.deliver(event).status_code == 400


def test_a_get_is_not_a_delivery(client):
    response = client.get("/api/tokens/webhook")
    assert (response.status_code, response["Allow"]) == (405, "POST, OPTIONS")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "Stripe delivers events here by POST."


@pytest.mark.parametrize("debug", [True, False])
def test_a_delivery_larger_than_the_limit_is_a_413_problem(sandbox, settings, debug):
    settings.DEBUG = debug
    response = sandbox.post(b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), "t=1,v1=00")
    assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")
    assert not StripeEvent.objects.exists()
