"""Programs take the fast path past what only pages need; a browser's session never does."""

import pytest
from django.test import Client

from accounts import api_keys

SPEND = "/api/tokens/spend"


@pytest.fixture
def bearer(alice):
    return {"Authorization": f"Bearer {api_keys.issue(alice, name='CI')[1]}"}


def test_a_signed_call_gets_its_length_its_id_and_no_cookie(client, bearer):
    answer = client.get("/api/tokens/balance", headers=bearer)
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(answer.content)))
    assert answer["X-Request-ID"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert "X-Frame-Options" not in answer


def test_a_session_beside_a_bad_key_is_not_believed(client, alice):
    client.force_login(alice)
    assert client.get("/api/tokens/balance", headers={"Authorization": "Bearer tk_test_x"}).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Stripe-Signature": "t=1,v1=0"}])
def test_a_browser_is_asked_for_its_token_even_with_the_header_of_a_webhook(alice, headers):
    browser = Client(enforce_csrf_checks=True, headers=headers)
    browser.force_login(alice)
    answer = browser.post(SPEND, {"action": "ai_analysis"}, content_type="application/json")
    assert answer.status_code in (401, 403)


def test_a_refusal_on_the_short_way_is_a_problem(client, db):
    answer = client.post(
        "/api/tokens/webhook", b"{}", content_type="application/json", headers={"Stripe-Signature": "x"}
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_an_address_that_is_not_there_is_a_404_in_json(client, bearer):
    answer = client.get("/api/tokens/nowhere", headers=bearer)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_host_that_is_not_ours_is_refused(client, bearer):
    assert client.get("/api/tokens/balance", headers={**bearer, "Host": "evil.example"}).status_code == 400
