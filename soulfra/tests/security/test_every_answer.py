"""No answer without a policy, no program's call in the clear, no cookie that another host could have set."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as shop

from accounts import api_keys
from accounts.pages import theme
from accounts.sign_in import cookies
from devtools.testing import environment
from devtools.testing.factories import PASSWORD
from soulfra.middleware import CALLS

STRICT = {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}


def policy_of(answer):
    return set(answer["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize(
    "path",
    [
        "/tokens/",
        "/nope",
        "/admin/login/",
        "/api/docs",
        "/api/schema",
        "/api/nope",
        "/api/tokens/balance",
        "/api/tokens/webhook",
        "/static/css/base.css",
        "/favicon.ico",
    ],
)
def test_every_answer_says_what_it_may_load_and_that_nobody_may_frame_it(client, db, path):
    answer = client.get(path)
    answer.close()
    assert policy_of(answer) >= STRICT


def test_so_does_what_a_program_is_answered_and_what_is_refused_before_any_page(client, alice):
    key = {"Authorization": f"Bearer {api_keys.issue(alice, name='CI')[1]}"}
    assert policy_of(client.get("/api/tokens/balance", headers=key)) >= STRICT
    chunked = client.post("/accounts/login/", headers={"Transfer-Encoding": "chunked"})
    assert (chunked.status_code, policy_of(chunked) >= STRICT) == (411, True)


@pytest.mark.parametrize("path", [f"{call.rstrip('/')}/nope" for call in CALLS] + ["/api/domains"])
@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_call_in_the_clear_is_refused_and_not_redirected(client, db, tls, verb, path):
    answer = getattr(client, verb)(path, headers={"Authorization": "Bearer tk_test_x"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "https://" in answer.json()["detail"]


def test_a_call_in_the_clear_spends_nothing(client, alice, tls):
    key = {"Authorization": f"Bearer {api_keys.issue(alice, name='CI')[1]}"}
    assert client.get("/api/tokens/balance", headers=key).status_code == 403
    assert client.get("/api/tokens/balance", headers=key, secure=True).status_code == 200


@pytest.mark.parametrize("path", ["/tokens/", "/api/docs", "/api/schema"])
def test_a_page_in_the_clear_is_redirected(client, db, tls, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}")


@pytest.mark.parametrize(("proxies", "is_believed"), [(0, False), (1, True)])
def test_only_a_proxy_of_ours_names_a_request(client, db, settings, proxies, is_believed):
    settings.NUM_PROXIES = proxies
    name = client.get("/tokens/", headers={"X-Request-ID": "like-another-one"})["X-Request-ID"]
    assert (name == "like-another-one") == is_believed
    assert client.get("/tokens/", headers={"X-Request-ID": "two\nlines"})["X-Request-ID"].isalnum()


@pytest.fixture
def tls(settings):
    settings.SECURE_SSL_REDIRECT = True


def test_cookies_by_tls_have_names_that_no_neighbour_can_set(client, alice, settings):
    settings.SESSION_COOKIE_SECURE = True
    client.force_login(alice)
    client.post("/accounts/theme/", {"theme": "dark"}, secure=True)
    client.post(
        "/accounts/api-keys/",
        {"name": "CI", "scopes": ["read"], "form_key": "0" * 32, "expires_in_days": ""},
        secure=True,
    )
    set_here = {name: cookie for name, cookie in client.cookies.items() if name != settings.SESSION_COOKIE_NAME}
    assert "__Host-theme" in set_here
    assert all(name.startswith(("__Host-", "__Secure-")) for name in set_here)
    assert all(cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in set_here.values())
    assert 'data-theme="dark"' in client.get("/tokens/", secure=True).content.decode()


@pytest.mark.parametrize(("path", "name"), [("/", "__Host-x"), ("/accounts/", "__Secure-x")])
def test_the_prefix_fits_the_path(settings, path, name):
    assert cookies.named("x", path=path) == "x"
    settings.SESSION_COOKIE_SECURE = True
    assert cookies.named("x", path=path) == name


def test_what_the_shop_says_is_in_no_cookie(client, alice):
    answer = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert set(answer.cookies) <= {shop.SESSION_COOKIE_NAME, shop.CSRF_COOKIE_NAME}
    assert "Signed in" in client.get("/tokens/").content.decode()


def test_any_other_theme_is_the_systems(rf):
    request = rf.get("/")
    request.COOKIES[theme.NAME] = '"><script>'
    assert theme.chosen_theme(request) == ""


@pytest.mark.parametrize(("is_named", "status"), [(True, 200), (False, 302)])
def test_sessions_outlive_a_new_key_if_the_old_one_is_still_named(client, alice, settings, is_named, status):
    client.force_login(alice)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if is_named else []
    settings.SECRET_KEY = "n" * 50
    assert client.get("/accounts/email/").status_code == status


def test_a_guessable_key_of_before_is_refused_at_start():
    given = {**os.environ, **environment.TESTS, "SECRET_KEY_FALLBACKS": "change-me"}
    given["DJANGO_SETTINGS_MODULE"] = "soulfra.settings"
    command = [sys.executable, "-c", "import soulfra.wsgi"]
    loaded = subprocess.run(command, cwd=shop.BASE_DIR, env=given, capture_output=True, text=True)
    assert (loaded.returncode, "SECRET_KEY_FALLBACKS" in loaded.stderr) == (1, True)


def test_a_link_of_a_forgotten_password_works_for_an_hour():
    assert shop.PASSWORD_RESET_TIMEOUT == 3600
