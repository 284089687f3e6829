"""A Stripe that is slow, silent or gone: everyone has an answer in time, and nobody waits for another."""

import os
import socket
import threading
import time

import pytest
from django.utils import timezone

from memberships.subscriptions import checkout
from stripe_sandbox import testing
from tokens.errors import StripeBusy, StripeUnreachable
from tokens.models import Dispute, Purchase, StripeEvent
from tokens.stripe_api import admission, deadline, gateway
from tokens.sweep import sweep
from tokens.testing.races import at_once
from tokens.testing.sandbox import HERE
from tokens.testing.stalling import LIST, NOBODY_LISTENS, WAYS_TO_FAIL, ask, saying, silent, stalling

SENTENCE = "Stripe isn't answering; nothing was charged. Please try again in a moment."

# What a busy machine may take for everything else.
SLACK = 4.0


@pytest.mark.django_db
@pytest.mark.parametrize("way", [*WAYS_TO_FAIL, "refusing connections"])
def test_a_buyer_has_an_answer_by_the_deadline_however_stripe_fails(way, alice, api, alice_page, settings, stripe_that):
    settings.STRIPE_DEADLINE_SECONDS = 0.7
    if way in WAYS_TO_FAIL:
        stripe_that(WAYS_TO_FAIL[way])
    else:
        settings.STRIPE_API_BASE = NOBODY_LISTENS
    began = time.monotonic()
    answer = api(alice).post("/api/tokens/purchase", {"package": "pro"})
    page = alice_page.post("/tokens/purchase", {"package": "pro"})
    assert time.monotonic() - began < 2 * 0.7 + SLACK
    assert answer.status_code == 502
    assert (answer.json()["title"], answer.json()["detail"]) == ("Stripe unreachable", SENTENCE)
    assert (page.status_code, SENTENCE in page.text.replace("&#x27;", "'")) == (502, True)
    assert set(Purchase.objects.values_list("status", flat=True)) == {"failed"}


def test_all_calls_of_a_request_share_one_deadline(stripe_that):
    stripe = stripe_that(saying(LIST, after=0.4))
    began = time.monotonic()
    with deadline.within(1):
        answers = [ask(30)[0] for _ in range(4)]
    assert time.monotonic() - began < 1 + SLACK
    assert [type(each) for each in answers][2:] == [StripeUnreachable] * 2  # what the first two left was too little
    assert stripe.asked in (2, 3)


def test_a_deadline_within_another_ends_no_later(stripe_that):
    stripe_that(silent)
    with deadline.within(0.3):
        assert ask(30)[1] < 0.3 + SLACK


def test_the_look_up_of_a_name_counts_too(settings, monkeypatch):
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers.wait(20) and [])
    settings.STRIPE_API_BASE = "http://stripe.test"
    error, seconds = ask(0.4)
    answers.set()
    assert (type(error), seconds < 0.4 + SLACK) == (StripeUnreachable, True)


def test_a_call_that_is_given_up_leaves_neither_thread_nor_place(stripe_that, monkeypatch):
    monkeypatch.setattr(admission, "FAILURES_IN_A_ROW", 100)
    stripe = stripe_that(silent)
    ask(0.1)
    ours = {thread for thread in threading.enumerate() if "_serve" not in thread.name}
    for _ in range(10):
        ask(0.1)
    assert {thread for thread in threading.enumerate() if "_serve" not in thread.name} <= ours
    assert stripe.asked == 11


def test_one_call_more_than_the_process_may_make_is_refused_at_once(alice, api, settings, stripe_that):
    settings.WEB_THREADS = 3
    stripe = stripe_that(silent)
    waiting = threading.Thread(target=ask, args=[3])
    waiting.start()
    while not stripe.asked:
        time.sleep(0.01)
    began = time.monotonic()
    answer = api(alice).post("/api/tokens/purchase", {"package": "pro"})
    assert time.monotonic() - began < SLACK
    assert (answer.status_code, answer.json()["title"], answer["Retry-After"]) == (503, "Stripe busy", "2")
    waiting.join()
    assert stripe.asked == 1
    assert type(ask(0.2)[0]) is StripeUnreachable  # its place was given back


def test_the_first_calls_of_a_process_may_come_at_once(stripe_that):
    stripe = stripe_that(saying(LIST))
    for _ in range(5):
        start_anew()
        for _ in range(2):  # the second time on connections that the first has opened
            assert [error for error, _ in at_once(lambda _: ask(20), times=6)] == [None] * 6
        assert [each.cache_info().misses for each in MADE_ONCE] == [1, 1, 1]
    assert stripe.asked == 60


MADE_ONCE = [deadline._loop_of, gateway._connections, gateway._client_for]


def start_anew():
    """As in a process that has called nobody yet."""
    with deadline.within(5):
        deadline.run(gateway._connections(os.getpid()).aclose())
    loop = deadline._loop_of(os.getpid())
    loop.call_soon_threadsafe(loop.stop)
    while loop.is_running():
        time.sleep(0.001)
    loop.close()
    for each in MADE_ONCE:
        each.cache_clear()


@pytest.mark.parametrize(("threads", "calls"), [(1, 1), (2, 1), (3, 1), (4, 2), (8, 6)])
def test_two_threads_are_kept_free_of_stripe(settings, threads, calls):
    settings.WEB_THREADS = threads
    assert admission.most_at_once() == calls


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["busy", "silent"])
def test_an_event_that_must_ask_stripe_is_kept_and_worked_when_stripe_can_be_asked(why, alice, sandbox, settings):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    dispute = testing.dispute(purchase.stripe_payment_intent_id)
    event = testing.events_of(dispute["id"], type="charge.dispute.created")[-1]
    upstream, settings.STRIPE_DEADLINE_SECONDS = settings.STRIPE_API_BASE, 0.5
    with stalling(silent) as stripe, pytest.MonkeyPatch.context() as patch:
        settings.STRIPE_API_BASE = stripe.address
        if why == "busy":
            patch.setattr(admission, "most_at_once", lambda: 0)
        assert sandbox.deliver(event).status_code == 500
    settings.STRIPE_API_BASE = upstream
    assert StripeEvent.objects.get(stripe_id=event["id"]).status == "failed"
    StripeEvent.objects.update(next_try_at=timezone.now())
    assert sweep()["events processed"] == 1
    assert Dispute.objects.get().stripe_id == dispute["id"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["checkout", "change", "cancel", "resume", "portal"])
def test_every_door_of_memberships_answers_by_the_deadline(path, alice, api, settings, sandbox, stripe_that):
    order = checkout.start(alice.pk, "pro", buyer=HERE)
    if path != "checkout":
        sandbox.pay(order)
        checkout.settle_order(order)
    stripe_that(silent)
    settings.STRIPE_DEADLINE_SECONDS = 0.4
    began = time.monotonic()
    answer = api(alice).post(f"/api/memberships/{path}", {"plan": "premium"} if path in ("checkout", "change") else {})
    assert time.monotonic() - began < 0.4 + SLACK
    assert (answer.status_code, answer.json()["detail"]) == (502, SENTENCE)


def test_busy_counts_as_unreachable_for_whoever_asks_again_later():
    assert issubclass(StripeBusy, StripeUnreachable)
