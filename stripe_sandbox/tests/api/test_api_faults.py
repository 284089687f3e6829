"""An API that fails as it was told to, and a sandbox that begins anew."""

import time

import pytest
import requests
import stripe

from stripe_sandbox.testing import Refused, clear_api_faults, current, fail_api, pay, reset
from stripe_sandbox.tests.support.actors import order
from stripe_sandbox.tests.support.terminal import say


@pytest.fixture
def client(own_sandbox: str):
    """Without the SDK's own repetitions, which would hide what is played."""
    http = stripe.RequestsClient(timeout=20)
    yield stripe.StripeClient("sk_test_x", base_addresses={"api": own_sandbox}, http_client=http, max_network_retries=0)
    http.close()


@pytest.mark.parametrize(
    ("status", "error"), [(500, stripe.APIError), (429, stripe.RateLimitError), (409, stripe.StripeError)]
)
def test_a_status_is_answered_so_many_times_and_nothing_is_done(
    client, status: int, error: type[stripe.StripeError]
) -> None:
    fail_api(call="POST /v1/customers", status=status, times=2)

    for _ in range(2):
        with pytest.raises(error, check=lambda raised: raised.http_status == status):
            client.v1.customers.create(params={})
    assert client.v1.customers.list().data == []
    assert client.v1.customers.create(params={}).id.startswith("cus_")


def test_an_answer_that_is_lost_was_worked_for_and_is_had_by_the_same_key(client) -> None:
    fail_api(call="POST /v1/customers", lost=True)

    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create(params={}, options={"idempotency_key": "once"})
    made = client.v1.customers.create(params={}, options={"idempotency_key": "once"})
    assert [customer.id for customer in client.v1.customers.list().data] == [made.id]


def test_a_delay_passes_before_the_answer_and_others_do_not_wait(client) -> None:
    fail_api(call="GET /v1/customers", delay=1)

    started = time.monotonic()
    client.v1.charges.list()
    assert time.monotonic() - started < 0.9
    client.v1.customers.list()
    assert time.monotonic() - started > 1


def test_patterns_meet_what_they_name_and_never_the_verbs(client) -> None:
    fail_api(status=503, times=9)

    session_page = requests.get(f"{current().address}/stripe-sandbox/", timeout=20)
    assert session_page.status_code == 200
    with pytest.raises(stripe.APIError):
        client.v1.prices.list()
    assert clear_api_faults()["data"] == []
    session = client.v1.checkout.sessions.create(params=order())
    fail_api(call="GET /v1/checkout/*", status=500)
    assert pay(session.id)["status"] == "complete"
    with pytest.raises(stripe.APIError):
        client.v1.checkout.sessions.retrieve(session.id)


def test_from_the_terminal(own_sandbox: str) -> None:
    assert say("fail-api") == "No faults of the API.\n"
    said = say("fail-api", "--call", "POST /v1/refunds*", "--status", "500", "--delay", "2", "--times", "3")
    assert said == "POST /v1/refunds*: the next 3, after 2 s, status 500\n"
    assert say("fail-api", "--lost").splitlines()[-1] == "*: the next 1, done but never answered"
    assert len(say("fail-api").splitlines()) == 2
    assert say("clear-api-faults") == "No faults of the API.\n"
    with pytest.raises(Refused, match="Say what goes wrong"):
        say("fail-api", "--call", "*")
    with pytest.raises(Refused, match="less than or equal to 599"):
        say("fail-api", "--status", "600")


def test_reset_begins_anew(client) -> None:
    pay(client.v1.checkout.sessions.create(params=order()).id)
    fail_api(status=500)
    current().advance(days=3)

    assert say("reset") == "The sandbox is empty.\n"
    assert client.v1.checkout.sessions.list().data == []
    assert current().events_since(None) == []
    assert abs(client.v1.customers.create(params={}).created - time.time()) < 60
    assert reset() == {"object": "reset"}
