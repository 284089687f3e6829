"""After failures in a row Stripe is left alone for a while, and one call tries whether it is back."""

import time

import pytest

from tokens.errors import StripeFailed, StripeUnreachable
from tokens.stripe_api import admission, gateway
from tokens.stripe_api.admission import Admission
from tokens.testing.stalling import LIST, WAYS_TO_FAIL, ask, saying, silent

SENTENCE = "Stripe isn't answering; nothing was charged. Please try again in a moment."

# What a busy machine may take for everything else.
SLACK = 4.0


def test_after_failures_in_a_row_calls_fail_at_once_until_one_that_tries_succeeds(stripe_that, monkeypatch):
    monkeypatch.setattr(admission, "PAUSE_SECONDS", 1.0)
    stripe = stripe_that(WAYS_TO_FAIL["unavailable"])
    monkeypatch.setattr(gateway, "RETRIES", 0)
    gateway._client_for.cache_clear()
    for _ in range(5):
        ask(5)
    error, _ = ask(5)
    assert (str(error), stripe.asked) == (SENTENCE, 5)
    stripe.answer = saying(LIST)
    assert str(ask(5)[0]) == SENTENCE  # it is not looked whether Stripe is back before the pause is over
    time.sleep(1.1)
    assert (ask(5)[0], ask(5)[0], stripe.asked) == (None, None, 7)


def test_only_one_tries_after_a_pause_and_its_failure_begins_another(monkeypatch):
    monkeypatch.setattr(admission, "PAUSE_SECONDS", 0.2)
    gate = Admission()
    for _ in range(5):
        with gate.call():
            gate.report(is_answered=False)
    time.sleep(0.25)
    with gate.call():  # the one that tries
        with pytest.raises(StripeUnreachable), gate.call():
            pass
        gate.report(is_answered=False)
    with pytest.raises(StripeUnreachable), gate.call():
        pass
    time.sleep(0.25)
    with gate.call():
        gate.report(is_answered=True)
    with gate.call(), gate.call():
        pass


def test_refusals_are_answers_and_begin_no_pause(stripe_that):
    refusal = '{"error": {"type": "invalid_request_error", "message": "No."}}'
    stripe = stripe_that(saying(refusal, status="400 Bad Request"))
    for _ in range(8):
        assert type(ask(5)[0]) is StripeFailed
    assert stripe.asked == 8


def test_failures_that_are_not_in_a_row_begin_no_pause():
    gate = Admission()
    for is_answered in [False] * 4 + [True] + [False] * 4:
        with gate.call():
            gate.report(is_answered=is_answered)
    with gate.call():
        pass


def test_the_worker_is_neither_counted_nor_paused_but_waits_no_longer_than_its_own_deadline(settings, stripe_that):
    settings.STRIPE_BACKGROUND_SECONDS = 0.3
    settings.WEB_THREADS = 1
    stripe = stripe_that(silent)
    began = time.monotonic()
    for _ in range(7):
        with pytest.raises(StripeUnreachable):
            gateway.list_refunds("pi_1")
    assert stripe.asked == 7
    assert time.monotonic() - began < 7 * 0.3 + SLACK
