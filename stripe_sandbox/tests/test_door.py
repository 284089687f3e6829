"""Who gets in, and how the API answers those who do not."""

import socket

import pytest
import requests
import stripe
from django.test import RequestFactory

from stripe_sandbox import guard


def ask(url: str, *, key: str = "sk_test_sandbox", **headers: str) -> requests.Response:
    return requests.get(url, headers={"Authorization": f"Bearer {key}", **headers}, timeout=20)


def test_a_request_without_a_key_is_401(sandbox: str) -> None:
    answer = requests.get(f"{sandbox}/v1/customers", timeout=20)

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["message"].startswith("You did not provide an API key.")


@pytest.mark.parametrize("key", ["sk_live_0123456789abcdef", "pk_test_0123456789", "nonsense", "sk_test_"])
def test_a_key_that_is_no_test_key_is_401_and_is_not_repeated(sandbox: str, key: str) -> None:
    answer = ask(f"{sandbox}/v1/customers", key=key)

    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("Invalid API Key provided:")
    assert key not in answer.text


def test_beside_a_live_key_everything_refuses(sandbox: str, settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_real"

    assert ask(f"{sandbox}/v1/customers").status_code == 401
    assert requests.get(f"{sandbox}/stripe-sandbox/", timeout=20).status_code == 403


def test_a_request_that_breaks_off_in_its_body_does_nothing(sandbox: str, client: stripe.StripeClient) -> None:
    host, _, port = sandbox.removeprefix("http://").partition(":")
    head = (
        "POST /v1/customers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_test_sandbox\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nIdempotency-Key: broken\r\nContent-Length: 20\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=20) as broken:
        broken.sendall(head.encode() + b"name=Bo")
        broken.shutdown(socket.SHUT_WR)
        assert broken.recv(65536).startswith(b"HTTP/1.1 400 ")

    whole = client.v1.customers.create(params={"name": "Bo Buyer"}, options={"idempotency_key": "broken"})
    assert whole.name == "Bo Buyer"


@pytest.mark.parametrize("address", ["192.168.1.5", "::2", "", "not an address"])
def test_strangers_are_refused(address: str) -> None:
    request = RequestFactory().get("/v1/customers", REMOTE_ADDR=address)

    assert guard.refusal(request) == "The local Stripe sandbox answers this machine only."


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_let_in(address: str) -> None:
    assert guard.refusal(RequestFactory().get("/v1/customers", REMOTE_ADDR=address)) is None


def test_every_answer_names_its_request_and_version(sandbox: str) -> None:
    for path in ("/v1/customers", "/v1/nope"):
        headers = ask(sandbox + path).headers
        assert headers["Request-Id"].startswith("req_")
        assert headers["Stripe-Version"] == stripe.api_version


@pytest.mark.parametrize("path", ["/v1/nope", "/v1/", "/v1", "/v1/customers/", "/v1/charges/ch_1/nope"])
def test_an_unknown_address_is_404_in_stripes_shape(sandbox: str, path: str) -> None:
    answer = ask(sandbox + path)

    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith(f"Unrecognized request URL (GET: {path}).")


def test_another_version_is_refused_rather_than_answered_in_the_wrong_shape(sandbox: str) -> None:
    answer = ask(f"{sandbox}/v1/customers", **{"Stripe-Version": "2024-06-20"})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Invalid Stripe API version: 2024-06-20.")


def test_a_json_body_is_refused(sandbox: str) -> None:
    headers = {"Authorization": "Bearer sk_test_x"}

    answer = requests.post(f"{sandbox}/v1/customers", json={"email": "a@b.co"}, headers=headers, timeout=20)

    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.json()["error"]["message"]
