"""The shop finds its Stripe sandbox where that said it answers, and says what to do where none has been started."""

import pytest

from tokens.errors import StripeUnreachable
from tokens.purchases.checkout import open_checkout
from tokens.stripe_api import sandbox as where
from tokens.stripe_api.gateway import NO_SANDBOX, client
from tokens.testing.sandbox import HERE, running_sandbox


@pytest.fixture
def unset(settings, tmp_path):
    settings.STRIPE_API_BASE, settings.SANDBOX_STORE = "", str(tmp_path / "sandbox.db")
    return tmp_path / "sandbox.db.address"


def test_the_recorded_address_is_read_anew_each_time(unset):
    assert (where.address(), where.operator_page()) == ("", "")
    for port in (41001, 41002):
        unset.write_text(f"http://127.0.0.1:{port}\n")
        assert where.address() == f"http://127.0.0.1:{port}"
        assert where.operator_page() == f"http://127.0.0.1:{port}/stripe-sandbox/"


def test_without_a_sandbox_nothing_goes_to_the_real_stripe(unset):
    with pytest.raises(StripeUnreachable, match=r"^The local Stripe sandbox has not been started: "):
        client()


def test_what_is_set_counts_before_what_is_recorded_and_real_stripe_has_no_operator(unset, settings):
    unset.write_text("http://127.0.0.1:41001\n")
    settings.STRIPE_API_BASE = "http://127.0.0.1:42000"
    assert where.operator_page() == "http://127.0.0.1:42000/stripe-sandbox/"
    settings.STRIPE_API_BASE, settings.STRIPE_SANDBOX = "", False
    assert (where.address(), where.operator_page()) == ("", "")


@pytest.mark.django_db
def test_a_buyer_is_told_and_can_buy_once_it_runs(unset, alice, tmp_path):
    with pytest.raises(StripeUnreachable) as found:
        open_checkout(alice.pk, "pro", buyer=HERE)
    assert str(found.value) == NO_SANDBOX
    with running_sandbox(tmp_path / "sandbox.db"):
        assert open_checkout(alice.pk, "pro", buyer=HERE).checkout_url.startswith("http://127.0.0.1:")
