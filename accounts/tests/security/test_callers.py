"""Whom the API counts: the user with whatever keys, on both paths; and whoever has none, by address."""

import pytest
from django.test import override_settings

from accounts import api_keys, throttling
from accounts.throttling import Buckets

pytestmark = pytest.mark.django_db
BALANCE, SPEND, PACKAGES = "/api/tokens/balance", "/api/tokens/spend", "/api/tokens/packages"


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch):
    monkeypatch.setattr(throttling, "buckets", Buckets(clock=lambda: 1000.0))


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def get(client):
    def status(path=BALANCE, *, key="", address="127.0.0.1", **headers):
        headers |= bearer(key) if key else {}
        return client.get(path, headers=headers, REMOTE_ADDR=address).status_code

    return status


@override_settings(API_BURST=30)
@pytest.mark.parametrize("path", [BALANCE, PACKAGES], ids=["fast path", "REST framework"])
def test_a_user_with_25_keys_has_one_allowance(get, alice, bob, path):
    texts = [api_keys.issue(alice, name=str(n))[1] for n in range(24)]

    statuses = [get(path, key=texts[n % 24]) for n in range(100)]

    assert statuses == [200] * 30 + [429] * 70
    assert get(path, key=api_keys.issue(alice, name="one more")[1]) == 429
    assert get(path, key=api_keys.issue(bob, name="CI")[1]) == 200


@override_settings(API_BURST=3)
def test_keys_and_session_of_one_user_share_the_allowance(client, get, alice):
    text = api_keys.issue(alice, name="CI")[1]
    assert [get(key=text) for _ in range(2)] == [200, 200]
    client.force_login(alice)
    assert [client.get(BALANCE).status_code for _ in range(2)] == [200, 429]
    assert get(key=text) == 429


@override_settings(API_BURST=3)
def test_a_revoked_keys_successor_goes_on_with_the_same_allowance(get, alice):
    key, text = api_keys.issue(alice, name="CI")
    assert [get(key=text) for _ in range(3)] == [200] * 3
    api_keys.revoke(key)
    assert get(key=text) == 401
    assert get(key=api_keys.issue(alice, name="CI")[1]) == 429


@override_settings(API_REFUSALS_PER_MINUTE=3)
@pytest.mark.parametrize("header", [{}, bearer("tk_test_nobody"), bearer("junk"), {"Authorization": "Basic YTpi"}])
def test_calls_that_nothing_lets_in_are_limited_and_a_valid_key_beside_them_is_not(client, get, alice, header):
    answers = [client.get(BALANCE, headers=header) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 2
    assert answers[-1]["Retry-After"] == "20"
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert answers[-1].json()["detail"] == "Too many requests. Retry in 20 seconds."
    key = api_keys.issue(alice, name="CI")[1]
    assert [get(key=key) for _ in range(5)] == [200] * 5
    assert get(address="198.51.100.1") == 401


@override_settings(API_REFUSALS_PER_MINUTE=3)
def test_revoked_expired_and_unknown_keys_at_any_call_count_together(client, get, alice):
    key, text = api_keys.issue(alice, name="CI")
    api_keys.revoke(key)
    assert get(key=text) == 401
    assert client.post(SPEND, {}, headers=bearer("tk_test_nobody")).status_code == 401
    assert get("/api/domains", key=text) == 401
    assert get("/api/memberships/current") == 429


@override_settings(API_REFUSALS_PER_MINUTE=3, NUM_PROXIES=1)
def test_refused_calls_are_counted_by_the_address_that_our_proxy_saw(get):
    invented = [get(X_Forwarded_For=f"6.6.6.{n}, 2001:db8:1:2::{n}") for n in range(4)]
    assert invented == [401] * 3 + [429]
    assert get(X_Forwarded_For="6.6.6.6, 2001:db8:1:3::1") == 401
