"""Who gets in, and how the API answers those who do not."""

import socket
from typing import Any

import pytest
import requests
import stripe
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from stripe_sandbox.config import Config
from stripe_sandbox.server import guard
from stripe_sandbox.testing import run_sandbox


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


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_API_KEY", "KEY_OF_ANY_NAME"])
@pytest.mark.parametrize("key", ["sk_live_real", "rk_live_real"])
def test_beside_a_live_key_none_starts(tmp_path, monkeypatch, name: str, key: str) -> None:
    monkeypatch.setenv(name, key)

    with pytest.raises(guard.LiveKey, match=f"{name} is a live Stripe key"), run_sandbox(tmp_path / "store.db"):
        pass
    assert not (tmp_path / "store.db").exists()


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


def asked(address: str = "127.0.0.1", *, host: str = "127.0.0.1:4242", method: str = "GET", **headers: str) -> Request:
    given = [("Host", host), *((name.replace("_", "-"), value) for name, value in headers.items())]
    return EnvironBuilder(method=method, headers=given, environ_base={"REMOTE_ADDR": address}).get_request()


def refusal(request: Request, *, is_for_buyers: bool = False, **config: Any) -> str | None:
    return guard.refusal(request, Config("", **config), is_for_buyers=is_for_buyers)


@pytest.mark.parametrize("address", ["192.168.1.5", "::2", "", "not an address"])
def test_strangers_are_refused(address: str) -> None:
    assert refusal(asked(address)) == "The local Stripe sandbox answers this machine only."


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_let_in(address: str) -> None:
    assert refusal(asked(address)) is None


@pytest.mark.parametrize(
    "name",
    ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP", "x-forwarded-prefix"],
)
def test_what_a_proxy_forwards_is_refused(sandbox: str, name: str) -> None:
    for path in ("/v1/customers", "/stripe-sandbox/", "/c/pay/cs_test_nope"):
        answer = ask(sandbox + path, **{name: "203.0.113.7"})
        assert answer.status_code == 403
        assert "does not answer what a proxy forwards" in answer.text


def test_a_proxy_that_names_nobody_is_known_by_its_old_protocol(sandbox: str) -> None:
    host, _, port = sandbox.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as nginx:
        nginx.sendall(f"GET /stripe-sandbox/ HTTP/1.0\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        assert b" 403 " in nginx.recv(65536).partition(b"\r\n")[0]


@pytest.mark.parametrize(
    "host", ["shop.example.com", "evil.example:4242", "127.0.0.1.evil.example", "localhost.evil.example", ""]
)
def test_a_foreign_name_is_refused(host: str) -> None:
    assert "is not called" in str(refusal(asked(host=host)))


@pytest.mark.parametrize("host", ["localhost", "localhost:5180", "shop.localhost:1", "127.0.0.1:5", "[::1]:5"])
def test_its_own_names_are_let_in(host: str) -> None:
    assert refusal(asked(host=host)) is None


def test_a_container_answers_its_neighbours_by_plain_names_only() -> None:
    assert refusal(asked("172.17.0.3", host="stripe:5180"), is_open=True) is None
    assert refusal(asked("172.17.0.3", host="172.17.0.2:5180"), is_open=True) is None
    assert "is not called" in str(refusal(asked("172.17.0.3", host="evil.example"), is_open=True))


def test_through_a_tunnel_buyers_reach_their_pages_and_nobody_the_rest() -> None:
    tunnel = {"host": "pay.example.com", "X_Forwarded_For": "203.0.113.7", "X_Forwarded_Proto": "https"}
    public = "https://pay.example.com"

    assert refusal(asked(**tunnel), public_url=public, is_for_buyers=True) is None
    assert refusal(asked(**tunnel), public_url=public) is not None
    foreign = asked(method="POST", Origin="https://evil.example", **tunnel)
    assert refusal(foreign, public_url=public, is_for_buyers=True) == "This form was sent by another site's page."
    own = asked(method="POST", Origin=public, **tunnel)
    assert refusal(own, public_url=public, is_for_buyers=True) is None


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
