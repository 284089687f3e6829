"""What every answer tells the browser: keep nothing personal, use no camera, send forms nowhere else."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings as shop

from accounts import api_keys
from devtools.testing import environment


@pytest.fixture
def program(client, alice):
    """alice's API client."""
    _, key = api_keys.issue(alice, name="Test")
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.mark.parametrize("path", ["/tokens/", "/domains/", "/membership/", "/accounts/email/"])
def test_no_cache_keeps_a_page_of_somebody_signed_in(client, alice, path):
    client.force_login(alice)
    answer = client.get(path, follow=True)
    assert (answer.status_code, "no-store" in answer["Cache-Control"], "private" in answer["Cache-Control"]) == (
        200,
        True,
        True,
    )


@pytest.mark.parametrize("path", ["/api/tokens/balance", "/api/tokens/purchases", "/api/tokens/nope", "/api/domains"])
def test_no_cache_keeps_what_a_program_is_told(program, path):
    assert program.get(path)["Cache-Control"] == "private, no-store"


def test_no_cache_keeps_a_spend_whichever_way_it_is_answered(program):
    for body in ({"action": "import_domain"}, {"action": "import_domain", "metadata": {"deep": [1, [2, [3]]]}}):
        answer = program.post("/api/tokens/spend", json.dumps(body), content_type="application/json")
        assert answer["Cache-Control"] == "private, no-store"


def test_signing_in_is_kept_by_no_cache(client, alice):
    answer = client.post("/accounts/login/", {"login": "alice", "password": "correct horse battery"})
    assert "no-store" in answer["Cache-Control"]


def test_a_page_for_everybody_may_be_kept(client, db):
    assert "no-store" not in client.get("/tokens/").headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/tokens/", "/admin/login/", "/api/docs/", "/nope"])
def test_no_page_may_use_what_no_page_needs(client, db, path):
    policy = client.get(path, follow=True)["Permissions-Policy"]
    assert {"camera=()", "geolocation=()", "microphone=()", "payment=()"} <= set(policy.split(", "))


def form_action(answer):
    [directive] = [each for each in answer["Content-Security-Policy"].split("; ") if each.startswith("form-action")]
    return directive.split()[1:]


@pytest.mark.parametrize("path", ["/tokens/", "/admin/login/", "/accounts/login/"])
def test_forms_lead_to_stripe_and_nowhere_else(client, db, settings, path):
    settings.STRIPE_SANDBOX, settings.STRIPE_CUSTOM_DOMAINS = False, ["pay.example.com"]
    assert form_action(client.get(path)) == [
        "'self'",
        "https://checkout.stripe.com",
        "https://billing.stripe.com",
        "https://pay.example.com",
    ]


def test_forms_lead_to_the_sandbox_wherever_it_answers(client, db, settings):
    settings.STRIPE_API_BASE, settings.SANDBOX_PUBLIC_URL = "http://127.0.0.1:4242", "https://pay.example.com/x"
    assert form_action(client.get("/tokens/")) == ["'self'", "http://127.0.0.1:4242", "https://pay.example.com"]
    settings.STRIPE_API_BASE, settings.SANDBOX_PUBLIC_URL = "", ""
    assert form_action(client.get("/tokens/")) == ["'self'"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"SECURE_SSL_REDIRECT": "false", "SITE_URL": "https://shop.test"},
            ["__Host-sessionid", "__Host-csrftoken", "True"],
        ),
        ({"SECURE_SSL_REDIRECT": "true"}, ["__Host-sessionid", "__Host-csrftoken", "True"]),
        ({}, ["sessionid", "csrftoken", "False"]),
    ],
)
def test_cookies_of_a_shop_by_tls_are_taken_from_it_alone_whoever_redirects(variables, expected):
    show = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE)"
    )
    given = {**os.environ, **environment.TESTS, "DJANGO_SETTINGS_MODULE": "soulfra.settings", **variables}
    shown = subprocess.run([sys.executable, "-c", show], cwd=shop.BASE_DIR, env=given, capture_output=True, text=True)
    assert shown.stdout.split() == expected


@pytest.mark.parametrize(
    ("variables", "promise"),
    [
        ({}, "max-age=31536000; includeSubDomains"),
        ({"SECURE_HSTS_INCLUDE_SUBDOMAINS": "false"}, "max-age=31536000"),
        ({"SECURE_HSTS_SECONDS": "300"}, "max-age=300; includeSubDomains"),
        ({"SECURE_HSTS_PRELOAD": "true"}, "max-age=31536000; includeSubDomains; preload"),
        ({"SECURE_HSTS_SECONDS": "0"}, "None"),
    ],
)
def test_each_part_of_the_promise_of_encryption_is_a_setting(variables, promise):
    show = (
        "import django; django.setup(); from django.test import RequestFactory; "
        "from django.http import HttpResponse; from django.middleware.security import SecurityMiddleware; "
        "answer = SecurityMiddleware(lambda request: HttpResponse())(RequestFactory().get('/', secure=True)); "
        "print(answer.headers.get('Strict-Transport-Security'))"
    )
    given = {**os.environ, **environment.TESTS, "DJANGO_SETTINGS_MODULE": "soulfra.settings", **variables}
    shown = subprocess.run([sys.executable, "-c", show], cwd=shop.BASE_DIR, env=given, capture_output=True, text=True)
    assert shown.stdout.strip() == promise
