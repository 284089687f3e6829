"""Whatever is called, and whoever calls: each answer has its ID, says how many calls are left, and who may keep it."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts import api_keys, scopes, throttling
from accounts.throttling import Buckets, buckets
from brands.errors import StorageAway
from soulfra.testing.api_calls import views
from tokens import errors
from tokens.ledger.wallet import get_token_balance
from tokens.models.catalog import TokenPackage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.web.refusals import problem_of

pytestmark = pytest.mark.django_db
BALANCE, SPEND, PACKAGES, PLANS = (
    "/api/tokens/balance",
    "/api/tokens/spend",
    "/api/tokens/packages",
    "/api/memberships/plans",
)
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"]
ROUTES = [path for path in dict(views()) if "(" not in path]
ADDRESSES = [*ROUTES, "/api", "/api/nowhere", "/api/tokens/nowhere"]
PUBLIC = {PACKAGES, PLANS}


@pytest.fixture
def callers(alice):
    """By key, by session, by a key that nobody has, and nobody at all."""
    for_all = {"Authorization": f"Bearer {api_keys.issue(alice, name='CI', may=scopes.ALL)[1]}"}
    by_session = Client()
    by_session.force_login(alice)
    return [
        Client(headers=for_all),
        by_session,
        Client(headers={"Authorization": "Bearer tk_test_x"}),
        Client(headers={"Stripe-Signature": "t=1,v1=0"}),
        Client(),
    ]


@pytest.fixture
def still(monkeypatch):
    """The throttle of the API, empty, with a clock that stands still."""
    monkeypatch.setattr(throttling, "buckets", Buckets(clock=lambda: 1000.0))


def limits_in(answer):
    return answer["RateLimit-Policy"], answer["RateLimit"]


def found(pattern, text):
    match = re.fullmatch(pattern, text)
    assert match, text
    return match


def assert_is_complete(answer):
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])
    name, q = found(r'"(calls|refusals)";q=(\d+);w=\d+', answer["RateLimit-Policy"]).groups()
    left = found(rf'"{name}";r=(\d+)(?:;t=(\d+))?', answer["RateLimit"])
    assert int(left[1]) <= int(q)
    assert (left[2] is None) == (left[1] == q)
    assert answer["Cache-Control"]
    assert not any(name.startswith("Access-Control-") for name in answer.headers)
    if answer.status_code in (429, 503):
        assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_of_every_address_has_them(callers, path):
    for caller in callers:
        for method in METHODS:
            buckets.clear()
            answer = caller.generic(method, path, headers={"Origin": "https://elsewhere.example"})
            assert_is_complete(answer)
            if path not in PUBLIC or answer.status_code != 200 or method == "OPTIONS":
                assert answer["Cache-Control"] == "private, no-store", (method, path, answer.status_code)


@pytest.mark.parametrize("path", [path for path, view in views() if "get" in getattr(view, "actions", {})])
def test_head_is_get_without_the_body(callers, path):
    get, head = (callers[0].generic(method, path) for method in ("GET", "HEAD"))
    apart = {"X-Request-ID", "RateLimit", "Content-Length"}
    assert head.status_code == get.status_code
    assert {n: v for n, v in head.items() if n not in apart} == {n: v for n, v in get.items() if n not in apart}


@pytest.mark.parametrize("path", ROUTES)
def test_options_names_the_methods_and_does_nothing(callers, alice, path):
    answer = callers[0].options(path)
    assert answer.status_code in (200, 204)
    allowed = set(answer["Allow"].split(", "))
    assert "OPTIONS" in allowed
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        assert callers[0].generic(method, path).status_code == 405
    assert get_token_balance(alice.pk) == 0


# --- limits ------------------------------------------------------------------------------------------


def test_both_doors_count_down_the_same_calls(callers, alice, still):
    simulate_token_purchase(alice.pk, "starter")
    client = callers[0]
    policy = '"calls";q=100;w=5'
    assert limits_in(client.get(BALANCE)) == (policy, '"calls";r=99;t=1')
    assert limits_in(client.get(BALANCE, headers={"Accept": "application/json; indent=2"})) == (
        policy,
        '"calls";r=98;t=1',
    )
    spent = client.post(SPEND, {"action": "ai_analysis"}, content_type="application/json")
    assert (spent.status_code, *limits_in(spent)) == (200, policy, '"calls";r=97;t=1')
    refused = client.post(SPEND, {"action": "fly"}, content_type="application/json")
    assert (refused.status_code, *limits_in(refused)) == (400, policy, '"calls";r=96;t=1')


def test_the_call_that_is_one_too_many_says_when_to_come_again(callers, settings, still):
    settings.API_REQUESTS_PER_MINUTE, settings.API_BURST = 6, 2
    answers = [callers[0].get(BALANCE) for _ in range(3)]
    assert [answer["RateLimit"] for answer in answers] == ['"calls";r=1;t=10', '"calls";r=0;t=10', '"calls";r=0;t=10']
    assert (answers[2].status_code, answers[2]["Retry-After"]) == (429, "10")
    assert answers[2]["RateLimit-Policy"] == '"calls";q=2;w=20'


def test_whom_no_key_lets_in_is_told_of_the_limit_of_such_calls(callers, still):
    assert limits_in(callers[2].get(BALANCE)) == ('"refusals";q=60;w=60', '"refusals";r=59;t=1')
    assert limits_in(callers[4].get(BALANCE)) == ('"refusals";q=60;w=60', '"refusals";r=58;t=1')


def test_what_is_not_counted_tells_the_limit_of_the_address(callers, still):
    assert limits_in(callers[4].get("/api/nowhere")) == ('"calls";q=100;w=5', '"calls";r=100')
    callers[4].get(PACKAGES)
    assert callers[4].get("/api/nowhere")["RateLimit"] == '"calls";r=99;t=1'


@pytest.mark.parametrize("kind", [errors.KeyInUse, errors.CallUnderWay, errors.StripeBusy, StorageAway])
def test_what_is_over_soon_says_when(kind):
    problem = problem_of(kind())
    assert problem
    assert int(problem.headers["Retry-After"]) > 0


def test_every_503_says_when():
    def kinds(kind):
        return {kind, *(each for sub in kind.__subclasses__() for each in kinds(sub))}

    unavailable = [kind for kind in kinds(errors.TokenError) if kind.status == 503]
    assert unavailable
    assert all(kind.retry_after for kind in unavailable)


# --- kept by the client ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_what_has_not_changed_is_a_304(callers, path):
    for client in (callers[0], callers[4]):
        first: HttpResponse = client.get(path)
        again = client.get(path, headers={"If-None-Match": f'"other", {first["ETag"]}'})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again["Cache-Control"] == first["Cache-Control"] == "no-cache"
        assert_is_complete(again)
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        assert client.head(path, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_new_price_is_another_answer(client, db):
    before = client.get(PACKAGES)["ETag"]
    TokenPackage.objects.filter(key="pro").update(tokens=501)
    after = client.get(PACKAGES, headers={"If-None-Match": before})
    assert (after.status_code, after.json()["packages"]["pro"]["tokens"]) == (200, 501)
