"""Asking twice: claims whose maker died, keys that are old, and calls to Stripe that are made again."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from tokens.errors import KeyInUse, StripeUnreachable
from tokens.idempotency import Answer, answer_once, forget_old_keys
from tokens.models import IdempotencyKey, StripeCustomer
from tokens.stripe_api import gateway
from tokens.stripe_api.customers import forget_stripe_customer, stripe_customer_id
from tokens.sweep import sweep
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


def claim(user, key="k", *, ago, **fields):
    return IdempotencyKey.objects.create(
        user=user, key=key, fingerprint="f", claimed_at=timezone.now() - timedelta(**ago), **fields
    )


# --- claims and keys -------------------------------------------------------------------


def test_a_claim_still_young_is_left_to_its_maker(alice):
    claim(alice, ago={"seconds": 55})
    with pytest.raises(KeyInUse):
        answer_once(alice.pk, "k", request="f", work=lambda: "mine")


def test_a_claim_whose_maker_must_have_died_is_taken_over(alice):
    claim(alice, ago={"seconds": 61})
    assert answer_once(alice.pk, "k", request="f", work=lambda: "mine") == Answer("mine")
    assert answer_once(alice.pk, "k", request="f", work=lambda: "never") == Answer("mine", is_replay=True)


def test_an_answer_however_old_is_never_taken_over(alice):
    claim(alice, ago={"days": 6}, answer="first")
    assert answer_once(alice.pk, "k", request="f", work=lambda: "never") == Answer("first", is_replay=True)


def test_a_maker_who_was_only_slow_does_not_overwrite_who_took_over(alice):
    def be_taken_over():
        IdempotencyKey.objects.update(claimed_at=timezone.now() + timedelta(seconds=1))
        return "too late"

    answer_once(alice.pk, "k", request="f", work=be_taken_over)
    assert IdempotencyKey.objects.get().answer is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_find_a_dead_claim_one_takes_it_over(alice):
    claim(alice, ago={"minutes": 5})
    worked = []

    def work():
        worked.append(threading.get_ident())
        time.sleep(0.5)
        return "done"

    outcomes = at_once(lambda _: answer_once(alice.pk, "k", request="f", work=work))
    assert len(worked) == 1
    assert outcomes.count(Answer("done")) == 1
    others = [outcome for outcome in outcomes if outcome != Answer("done")]
    assert all(isinstance(other, KeyInUse) or other == Answer("done", is_replay=True) for other in others)


def test_a_key_is_kept_for_a_week_and_no_longer(alice):
    claim(alice, "young", ago={"days": 7, "minutes": -1}, answer=1)
    claim(alice, "old", ago={"days": 7, "minutes": 1}, answer=1)
    assert (forget_old_keys(timezone.now()), IdempotencyKey.objects.get().key) == (1, "young")


def test_the_sweep_forgets_old_keys(alice):
    claim(alice, "old", ago={"days": 8}, answer=1)
    assert [sweep()["old idempotency keys deleted"] for _ in range(2)] == [1, 0]


# --- calls to Stripe ---------------------------------------------------------------------


class Stripe(ThreadingHTTPServer):
    """Answers calls with the given statuses in turn (None: not until it is closed), then 200; notes their keys."""

    daemon_threads = True

    def __init__(self, *statuses: int | None) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.statuses, self.is_closing = list(statuses), threading.Event()
        self.keys: list[str | None] = []


class Call(BaseHTTPRequestHandler):
    server: Stripe

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.append(self.headers["Idempotency-Key"])
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status is None:
            self.server.is_closing.wait(20)
            return
        answer = {"id": "cus_1", "object": "customer"} if status == 200 else {"error": {"type": "api_error"}}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        """A test's own report is enough."""


@pytest.fixture
def stripe_answering(settings) -> Iterator:
    """`stripe_answering(500, 500)` is a Stripe with two faults before its answers."""
    servers = []

    def start(*statuses):
        server = Stripe(*statuses)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{server.server_port}"
        return server

    yield start
    for server in servers:
        server.is_closing.set()
        server.shutdown()
        server.server_close()


def create_customer():
    return gateway.create_customer(idempotency_key="customer:1", email="a@example.com", name="Alice", metadata={})


def test_a_fault_at_stripe_is_asked_again_twice_under_the_same_key(stripe_answering):
    stripe = stripe_answering(500, 500)
    assert create_customer() == "cus_1"
    assert stripe.keys == ["customer:1"] * 3


def test_a_third_fault_at_stripe_is_the_last(stripe_answering):
    stripe = stripe_answering(500, 500, 500)
    with pytest.raises(StripeUnreachable, match="nothing was charged"):
        create_customer()
    assert stripe.keys == ["customer:1"] * 3


def test_a_customer_whose_answer_was_lost_is_asked_for_under_the_same_key(stripe_answering, alice):
    stripe = stripe_answering(500, 500, 500)
    with pytest.raises(StripeUnreachable):
        stripe_customer_id(alice.pk)
    assert stripe_customer_id(alice.pk) == "cus_1"
    assert (len(stripe.keys), len(set(stripe.keys))) == (4, 1)
    assert stripe.keys[0].startswith(f"customer:{StripeCustomer.objects.get().key}")


def test_a_customer_made_again_is_asked_for_under_a_new_key(stripe_answering, alice):
    stripe = stripe_answering()
    stripe_customer_id(alice.pk)
    forget_stripe_customer("cus_1")
    stripe_customer_id(alice.pk)
    assert len(set(stripe.keys)) == len(stripe.keys) == 2
