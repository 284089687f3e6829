"""Slow answers, lost answers and processes that die half-way: every order ends right all the same."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from django.db import connection, transaction
from django.utils import timezone

from stripe_sandbox import testing
from tokens.errors import CallUnderWay, StripeUnreachable
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, StripeCustomer, StripeEvent
from tokens.stripe_api import gateway
from tokens.sweep import sweep
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.races import at_once
from tokens.webhooks import inbox

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=300)


@contextmanager
def slow_stripe(upstream, *, seconds):
    """Stripe, but opening a Checkout Session takes so long: the answer waits, the work is done at once."""

    class Relay(BaseHTTPRequestHandler):
        def relay(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            if self.path == "/v1/checkout/sessions":
                with lock:
                    key = self.headers["Idempotency-Key"]
                    is_under_way = key in under_way
                    under_way.add(key)
                if is_under_way:
                    answer = (
                        b'{"error": {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": ""}}'
                    )
                    return self.say(409, answer)
                time.sleep(seconds)
            reply = requests.request(self.command, upstream + self.path, data=body, headers=headers, timeout=20)
            return self.say(reply.status_code, reply.content)

        def say(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = relay  # noqa: N815  the server's own names

        def log_message(self, *args):
            pass

    lock, under_way = threading.Lock(), set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_clicks_while_stripe_is_slow_one_gets_the_page_the_others_are_told_at_once(sandbox, alice, settings):
    times = []

    def click(_):
        began = time.monotonic()
        try:
            return sandbox.buy(alice)
        finally:
            times.append(time.monotonic() - began)

    upstream = settings.STRIPE_API_BASE
    with slow_stripe(upstream, seconds=3) as settings.STRIPE_API_BASE:
        outcomes = at_once(click, times=3)
    settings.STRIPE_API_BASE = upstream
    [page] = [outcome for outcome in outcomes if isinstance(outcome, Purchase)]
    assert [type(outcome) for outcome in outcomes].count(CallUnderWay) == 2
    assert (sorted(times)[1] < 2, sorted(times)[2] >= 3) == (True, True)
    assert sandbox.buy(alice).checkout_url == page.checkout_url


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_and_no_transaction_is_open_while_stripe_is_waited_for(sandbox, alice, settings):
    def buy_or_look(number):
        if number:
            return sandbox.buy(alice).status
        time.sleep(1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%'"
                " AND datname = current_database()"
            )
            [open_transactions] = cursor.fetchone()
            with transaction.atomic():
                cursor.execute("SELECT 1 FROM wallets, purchases, idempotency_keys FOR UPDATE NOWAIT")
        return open_transactions

    with slow_stripe(settings.STRIPE_API_BASE, seconds=3) as settings.STRIPE_API_BASE:
        assert at_once(buy_or_look, times=2) == [0, "pending"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_page_that_opened_after_the_deadline_doubles_nothing_and_its_money_is_credited(
    sandbox, alice, settings, alice_page
):
    upstream, settings.STRIPE_DEADLINE_SECONDS = settings.STRIPE_API_BASE, 2
    with slow_stripe(upstream, seconds=4) as settings.STRIPE_API_BASE:
        assert alice_page.post("/tokens/purchase", {"package": "pro"}).status_code == 502
        [given_up] = Purchase.objects.all()
        assert (given_up.status, given_up.stripe_checkout_session_id) == ("failed", None)
        time.sleep(2.5)  # Stripe opens the page all the same
    settings.STRIPE_API_BASE = upstream
    assert alice_page.post("/tokens/purchase", {"package": "pro"}).status_code == 303
    opened = gateway.payments_since("checkout.sessions", given_up.created_at - timedelta(minutes=1))
    [late] = [each for each in opened if each["metadata"]["purchase_key"] == str(given_up.key)]
    testing.pay(late["id"])
    event = testing.events_of(late["id"], type="checkout.session.completed")[-1]
    assert sandbox.deliver(event).status_code == 200
    assert (get_token_balance(alice.pk), Purchase.objects.count()) == (500, 2)
    assert_books_are_right()


def test_an_answer_that_comes_after_the_order_was_closed_gives_nobody_a_page_but_is_noted(sandbox, alice, monkeypatch):
    create = gateway.create_checkout_session

    def too_late(*args, **kwargs):
        session = create(*args, **kwargs)
        Purchase.objects.update(status="failed")
        return session

    monkeypatch.setattr(gateway, "create_checkout_session", too_late)
    with pytest.raises(StripeUnreachable):
        sandbox.buy(alice)
    purchase = Purchase.objects.get()
    assert (purchase.status, bool(purchase.stripe_checkout_session_id)) == ("failed", True)


def test_money_paid_on_an_order_that_failed_here_is_found_by_the_sweep(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    Purchase.objects.update(status="failed", created_at=timezone.now() - timedelta(hours=1))
    assert sweep()["differences with Stripe fixed"] == 1
    assert get_token_balance(alice.pk) == 500
    assert_books_are_right()


def test_an_order_whose_maker_died_before_its_page_was_open_is_closed_by_the_sweep(sandbox, alice):
    purchase = sandbox.buy(alice)
    Purchase.objects.update(stripe_checkout_session_id=None, created_at=LONG_AGO)
    assert sweep()["abandoned orders closed"] == 1
    purchase.refresh_from_db()
    assert purchase.status == "expired"


def test_news_faster_than_our_own_note_is_credited_and_completes_the_note(sandbox, alice):
    purchase = sandbox.buy(alice)
    session_id = purchase.stripe_checkout_session_id
    sandbox.pay(purchase)
    event = sandbox.event(purchase)
    Purchase.objects.update(stripe_checkout_session_id=None)
    sandbox.deliver(event)
    purchase.refresh_from_db()
    assert (purchase.status, purchase.stripe_checkout_session_id) == ("completed", session_id)


def test_a_customer_whose_address_changed_while_an_answer_was_lost_can_still_buy(sandbox, alice):
    sandbox.buy(alice)
    StripeCustomer.objects.update(stripe_id=None)
    alice.email = "changed@example.com"
    alice.save()
    assert sandbox.buy(alice, "starter").checkout_url


def test_an_event_that_never_heals_is_tried_less_and_less_and_then_left_to_staff(sandbox, alice, monkeypatch):
    monkeypatch.setitem(inbox._handlers, "test.poison", [(lambda _: 1 / 0, None)])
    payload = {"id": "evt_1", "object": "event", "type": "test.poison", "livemode": False, "data": {"object": {}}}
    event = inbox.receive(payload)
    for _ in range(60):
        StripeEvent.objects.filter(next_try_at__isnull=False).update(next_try_at=LONG_AGO)
        sweep()
    event.refresh_from_db()
    assert (event.status, event.attempts, event.next_try_at) == ("failed", inbox.LAST_ATTEMPT, None)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_purchase_that_cannot_be_settled_stops_no_other(sandbox, alice, bob):
    bad, good = sandbox.buy(alice), sandbox.buy(bob)
    for purchase in (bad, good):
        sandbox.pay(purchase)
    intent = sandbox.event(bad)["data"]["object"]["payment_intent"]
    third = sandbox.buy(alice, "starter")
    Purchase.objects.filter(pk=third.pk).update(stripe_payment_intent_id=intent)
    Purchase.objects.update(created_at=timezone.now() - timedelta(hours=1))
    sweep()
    assert (get_token_balance(alice.pk), get_token_balance(bob.pk)) == (0, 500)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_stripe_is_never_called_while_a_transaction_is_open(sandbox, alice):
    with pytest.raises(RuntimeError, match="while a database transaction is open"), transaction.atomic():
        sandbox.buy(alice)
    assert not connection.in_atomic_block
