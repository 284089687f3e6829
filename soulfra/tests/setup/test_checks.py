"""A shop set up in a way that could lose or fake money does not start."""

import re
from collections import Counter

import pytest
from django.conf import settings

from soulfra.checks import (
    mail_in_production,
    promise_of_encryption,
    proxy_in_production,
    sandbox_in_production,
    waiting_for_stripe,
)
from soulfra.pasted import problem_with
from soulfra.stripe_checks import stripe_keys


def ids(settings, **values):
    for name, value in values.items():
        setattr(settings, name, value)
    return [check.id for check in stripe_keys(None)]


def test_the_sandbox_with_its_own_keys_may_start(settings):
    assert ids(settings) == []


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_the_sandbox_does_not_start_beside_a_live_key(settings, key):
    assert ids(settings, STRIPE_SECRET_KEY=key) == ["soulfra.E001"]


def test_the_sandbox_needs_a_webhook_secret(settings):
    assert ids(settings, STRIPE_WEBHOOK_SECRET="") == ["soulfra.E002"]


def test_real_stripe_needs_every_key(settings):
    keys = {"STRIPE_SECRET_KEY": "", "STRIPE_PUBLISHABLE_KEY": "", "STRIPE_WEBHOOK_SECRET": ""}
    assert ids(settings, STRIPE_SANDBOX=False, **keys) == ["soulfra.E003"] * 3


def test_real_stripe_with_its_keys_may_start(settings):
    assert ids(settings, STRIPE_SANDBOX=False) == []


def test_keys_of_two_modes_are_refused(settings):
    assert ids(settings, STRIPE_SANDBOX=False, DEBUG=False, STRIPE_SECRET_KEY="sk_live_1") == ["soulfra.E004"]


def test_debug_beside_live_keys_is_refused(settings):
    live = {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_PUBLISHABLE_KEY": "pk_live_1"}
    assert ids(settings, STRIPE_SANDBOX=False, DEBUG=True, **live) == ["soulfra.E005"]


def test_a_deployed_sandbox_is_warned_of(settings):
    assert [check.id for check in sandbox_in_production(None)] == ["soulfra.W001"]
    settings.DEBUG = True
    assert sandbox_in_production(None) == []
    settings.DEBUG = False
    settings.STRIPE_SANDBOX = False
    assert sandbox_in_production(None) == []


def test_keys_in_each_others_places_are_refused(settings):
    swapped = {"STRIPE_SECRET_KEY": "pk_test_1", "STRIPE_PUBLISHABLE_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "foo"}
    assert ids(settings, STRIPE_SANDBOX=False, **swapped) == ["soulfra.E006"] * 3


def test_the_sandboxes_own_webhook_secret_is_refused_beside_real_stripe(settings):
    assert ids(settings, STRIPE_SANDBOX=False, STRIPE_WEBHOOK_SECRET="whsec_sandbox_1") == ["soulfra.E007"]


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"])
@pytest.mark.parametrize("is_sandbox", [True, False])
@pytest.mark.parametrize("odd", [" a", "\na", "…", "é", "\u200ba", "a # mine"])
def test_a_key_with_something_in_it_that_no_key_has_is_refused(settings, name, is_sandbox, odd):
    assert "soulfra.E022" in ids(settings, STRIPE_SANDBOX=is_sandbox, **{name: getattr(settings, name) + odd})


@pytest.mark.parametrize(
    "rest",
    [
        "...",
        "xxx",
        "XXXXXXXX",
        "your_key",
        "your-secret-here",
        "changeme",
        "change-me",
        "<key>",
        "",
        "placeholder",
        "123",
    ],
)
def test_the_placeholder_of_a_guide_is_refused_beside_real_stripe(settings, rest):
    keys = {"STRIPE_SECRET_KEY": "sk_test_" + rest, "STRIPE_PUBLISHABLE_KEY": "pk_test_" + rest}
    found = ids(settings, STRIPE_SANDBOX=False, **keys, STRIPE_WEBHOOK_SECRET="whsec_" + rest)
    assert found == ["soulfra.E022"] * 3


@pytest.mark.parametrize(
    "key",
    [
        "sk_live_51H8xxxQyourZtodo7changemeAbc123",
        "rk_test_51Abc",
        "pk_live_abc1",
        "whsec_0123456789abcdef",
        "whsec_aB+/=",
    ],
)
def test_a_real_key_is_never_taken_for_a_placeholder(key):
    assert problem_with(key, is_real=True) is None


def test_two_webhook_secrets_may_stand_beside_each_other_and_each_is_looked_at(settings):
    assert ids(settings, STRIPE_SANDBOX=False, STRIPE_WEBHOOK_SECRET="whsec_a1,whsec_b1") == []
    assert ids(settings, STRIPE_WEBHOOK_SECRET="whsec_a1,whsec_…") == ["soulfra.E022"]
    assert ids(settings, STRIPE_WEBHOOK_SECRET="whsec_a1,sk_test_1") == ["soulfra.E006"]
    assert ids(settings, STRIPE_WEBHOOK_SECRET="whsec_a1,whsec_sandbox_1") == ["soulfra.E007"]


@pytest.mark.parametrize("secrets", ["whsec_a1,whsec_b1,whsec_c1", "whsec_a1,", ",whsec_a1", "whsec_a1,,whsec_b1", ","])
def test_more_secrets_than_two_and_empty_ones_are_refused(settings, secrets):
    assert "soulfra.E021" in ids(settings, STRIPE_SANDBOX=False, STRIPE_WEBHOOK_SECRET=secrets)


@pytest.mark.parametrize("address", ["api.stripe.com", "https://", "ftp://127.0.0.1", "…"])
def test_an_address_for_stripe_that_is_none_is_refused(settings, address):
    assert ids(settings, STRIPE_API_BASE=address) == ["soulfra.E023"]


@pytest.mark.parametrize("address", ["", "shop.example.com", "ftp://shop.example.com", "https://"])
def test_a_deployed_shop_needs_an_address_that_mails_can_link_to(settings, address):
    settings.SITE_URL = address
    assert [check.id for check in mail_in_production(None)] == ["soulfra.E008"]
    settings.DEBUG = True
    assert mail_in_production(None) == []


def test_a_deployed_shop_that_only_prints_its_mails_is_warned_of(settings):
    assert mail_in_production(None) == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert [check.id for check in mail_in_production(None)] == ["soulfra.W002"]
    settings.DEBUG = True
    assert mail_in_production(None) == []


def test_a_deployed_shop_that_would_redirect_to_itself_behind_its_proxy_is_warned_of(settings):
    assert proxy_in_production(None) == []
    settings.SECURE_SSL_REDIRECT = True
    assert [check.id for check in proxy_in_production(None)] == ["soulfra.W003"]
    settings.NUM_PROXIES = 1
    assert proxy_in_production(None) == []
    settings.NUM_PROXIES, settings.DEBUG = 0, True
    assert proxy_in_production(None) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"WEB_THREADS": 8}, []),
        ({"WEB_THREADS": 3}, []),
        ({"WEB_THREADS": 2}, ["soulfra.W004"]),
        ({"WEB_THREADS": 1}, ["soulfra.W004"]),
    ],
)
def test_buyers_leave_a_thread_to_everybody_else(settings, values, expected):
    for name, value in values.items():
        setattr(settings, name, value)
    assert [check.id for check in waiting_for_stripe(None)] == expected


def test_no_two_places_give_checks_one_id():
    """Silencing one would silence the other."""
    places: Counter[str] = Counter()
    for app in ("accounts", "brands", "memberships", "soulfra", "tokens"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            if not {"tests", "testing"} & set(path.parts):
                places.update(set(re.findall(r'id="(\w+\.[EW]\d+)"', path.read_text())))
    assert [name for name, count in places.items() if count > 1] == []
    assert len(places) > 20


@pytest.mark.parametrize(
    ("seconds", "subdomains", "preload", "expected"),
    [
        (31_536_000, True, True, []),
        (31_536_000, True, False, []),
        (0, False, False, []),
        (300, False, False, []),
        (-1, True, False, ["soulfra.E060"]),
        (31_535_999, True, True, ["soulfra.E061"]),
        (31_536_000, False, True, ["soulfra.E061"]),
    ],
)
def test_a_promise_of_encryption_that_browsers_would_not_take_is_refused(
    settings, seconds, subdomains, preload, expected
):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_PRELOAD = seconds, preload
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = subdomains
    assert [check.id for check in promise_of_encryption(None)] == expected
    settings.DEBUG = True
    assert promise_of_encryption(None) == []


@pytest.mark.parametrize("sender", ["", "Soulfra", "noreply"])
def test_a_deployed_shop_needs_a_sender_that_mail_servers_take(settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender
    assert [check.id for check in mail_in_production(None)] == ["soulfra.E062"]
