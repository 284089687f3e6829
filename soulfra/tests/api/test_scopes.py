"""What a key may do, at every address of the API: those of today and, by themselves, those to come."""

import pytest
from django.db import connection
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework.permissions import AllowAny

from accounts import api_keys, scopes
from accounts.models import ApiKey
from accounts.scopes import Scope
from accounts.throttling import buckets
from soulfra.testing.api_calls import DOCS, calls, views
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.web.api.exact import ExactView
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db
CALLS = calls()
PUBLIC = {"GET /api/tokens/packages", "GET /api/memberships/plans", "GET /api/schema"}
SCOPED = [call for call in CALLS if str(call) not in PUBLIC]
# What signs nobody in by a key: Stripe's own address, pages for people, and what says that there is nothing.
WITHOUT_KEYS = {"/api/tokens/webhook", "/api(?:/|$)", *DOCS}


def header(user, may):
    return {"Authorization": f"Bearer {api_keys.issue(user, name='CI', may=may)[1]}"}


def all_but(scope):
    return scopes.stored(name for name in Scope.values if name != scope)


def asked(method, path, headers):
    buckets.clear()
    return Client().generic(method, path, headers=headers)


def test_every_address_of_the_api_is_known_here():
    others = {path for path, view in views() if not issubclass(getattr(view, "cls", object), ExactView)}
    public = {str(call) for call in CALLS if AllowAny in call.view.permission_classes}
    assert (others, public) == (WITHOUT_KEYS, PUBLIC)


@pytest.mark.parametrize("call", SCOPED, ids=str)
def test_a_key_without_the_scope_is_refused_by_name_and_with_it_alone_is_not(alice, call):
    scope = scopes.needed(call.view, call.method)
    lacking, having = header(alice, all_but(scope)), header(alice, scope)
    for method in [call.method, *(["HEAD"] if call.method == "GET" else [])]:
        refused = asked(method, call.path, lacking)
        assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
        if method != "HEAD":
            problem = refused.json()
            assert problem["type"] == problem_type("missing-scope")
            assert (problem["scope"], problem["scopes"]) == (scope, all_but(scope).split())
            assert f"lacks the scope “{scope}”" in problem["detail"]
        assert asked(method, call.path, having).status_code != 403
    assert asked("OPTIONS", call.path, header(alice, "read")).status_code == 200
    assert asked("OPTIONS", call.path, header(alice, all_but("read"))).status_code == 403


@pytest.mark.parametrize("call", SCOPED, ids=str)
def test_a_change_needs_another_scope_than_reading(call):
    scope = scopes.needed(call.view, call.method)
    assert (scope == Scope.READ) == (call.method == "GET")


@pytest.mark.parametrize("path", sorted(public.split()[1] for public in PUBLIC))
def test_what_anybody_may_read_any_key_may(alice, path):
    assert asked("GET", path, header(alice, "spend")).status_code == 200


def test_a_session_has_every_scope(client, alice):
    client.force_login(alice)
    assert client.get("/api/tokens/balance").status_code == 200
    assert client.patch("/api/tokens/limits", {"day": 5}, content_type="application/json").status_code == 200


def test_a_method_that_an_address_lacks_is_a_405_whatever_the_key_may(alice):
    assert asked("DELETE", "/api/tokens/balance", header(alice, "buy")).status_code == 405


def test_a_view_that_says_no_scope_lets_no_change_through():
    class Forgotten(ExactView):
        permission_classes = ()

    with pytest.raises(KeyError):
        scopes.needed(Forgotten, "POST")


@pytest.mark.parametrize(
    ("may", "balance", "spend"), [("read", 200, 403), ("spend", 403, 200), ("buy domains account", 403, 403)]
)
def test_both_doors_answer_alike_and_a_refused_spend_takes_nothing(doors, may, balance, spend):
    doors.both(lambda caller: ApiKey.objects.filter(pk=caller.key.pk).update(scopes=may))
    assert doors.call("GET", "/api/tokens/balance") == (balance, balance == 200)
    assert doors.call("POST", "/api/tokens/spend", {"action": "ai_analysis"}) == (spend, spend == 200)
    left = [get_token_balance(caller.user.pk) for caller in doors.callers]
    assert left == ([95, 95] if spend == 200 else [100, 100])


def test_a_refused_call_counts_as_a_call(doors, settings):
    settings.API_BURST, settings.API_REQUESTS_PER_MINUTE = 2, 1
    doors.both(lambda caller: ApiKey.objects.filter(pk=caller.key.pk).update(scopes="spend"))
    answers = [doors.call("GET", "/api/tokens/balance")[0] for _ in range(3)]
    assert answers == [403, 403, 429]


def test_a_scope_costs_a_call_no_statement(alice, django_assert_num_queries):
    simulate_token_purchase(alice.pk, "starter")
    key, text = api_keys.issue(alice, name="CI")
    api_keys.note_use(key.pk)
    signed = {"Authorization": f"Bearer {text}"}
    asked("GET", "/api/tokens/balance", signed)
    with django_assert_num_queries(2):  # the key, and the wallet
        asked("GET", "/api/tokens/balance", signed)


def test_a_key_that_a_version_without_scopes_makes_may_do_everything(alice):
    key, _ = api_keys.issue(alice, name="CI")
    columns = [
        str(field.column) for field in ApiKey._meta.concrete_fields if field.name not in ("id", "scopes", "digest")
    ]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO accounts_apikey ({names}, digest) SELECT {names}, 'old' FROM accounts_apikey")
    old = ApiKey.objects.get(digest="old")
    assert (key.scopes, old.scopes) == (scopes.USUAL, scopes.ALL)


def test_the_schema_says_which_scope_each_call_needs():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    operations = [
        (call, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        for call in CALLS
        if call.is_at(path) and call.method == method.upper()
    ]
    assert len(operations) >= len(SCOPED)
    for call, operation in operations:
        scope = scopes.needed(call.view, call.method)
        assert operation.get("x-required-scope") == scope
        assert scope is None or operation["description"].endswith(f"Needs the scope `{scope}`.")
    described = schema["components"]["securitySchemes"]["apiKey"]["description"]
    assert all(f"`{scope}`" in described for scope in Scope.values)
