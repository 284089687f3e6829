"""A shop set up in a way that could lose or fake money does not start."""

import pytest

from soulfra.checks import (
    mail_in_production,
    proxy_in_production,
    sandbox_in_production,
    stripe_keys,
    waiting_for_stripe,
)


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
        ({"STRIPE_DEADLINE_SECONDS": 0}, ["soulfra.E011"]),
        ({"STRIPE_BACKGROUND_SECONDS": -1}, ["soulfra.E012"]),
    ],
)
def test_buyers_can_be_answered_and_leave_a_thread_to_everybody_else(settings, values, expected):
    for name, value in values.items():
        setattr(settings, name, value)
    assert [check.id for check in waiting_for_stripe(None)] == expected
