"""A user's Customer at Stripe: one each, with the e-mail address the user has now, and made anew if it is deleted."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from devtools.testing.factories import PASSWORD
from stripe_sandbox import testing
from tokens.models import StripeCustomer
from tokens.stripe_api.customers import forget_stripe_customer, stripe_customer_id, tell_new_addresses
from tokens.stripe_api.gateway import client as stripe_client
from tokens.sweep import sweep

pytestmark = pytest.mark.django_db

TOLD = "new email addresses sent to Stripe"


@pytest.fixture
def customer(sandbox, alice):
    return stripe_customer_id(alice.pk)


def address_at_stripe(customer):
    return stripe_client().v1.customers.retrieve(customer).email


def delete_at_stripe(customer):
    testing.remove(customer)


def change_here(user, email="new@example.com"):
    type(user).objects.filter(pk=user.pk).update(email=email)


def test_an_address_that_the_customer_makes_primary_is_told_to_stripe(customer, alice, alice_page):
    EmailAddress.objects.create(user=alice, email="new@example.com", verified=True)
    alice_page.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    alice_page.post(reverse("account_email"), {"email": "new@example.com", "action_primary": ""})
    alice.refresh_from_db()
    assert (alice.email, address_at_stripe(customer)) == ("new@example.com", "alice@example.com")
    assert sweep()[TOLD] == 1
    assert address_at_stripe(customer) == "new@example.com"
    assert sweep()[TOLD] == 0


def test_an_address_that_staff_change_is_told_to_stripe(customer, alice, client, staff):
    client.force_login(staff)
    sent = {"username": "alice", "email": "new@example.com", "is_active": "on"}
    client.post(reverse("admin:accounts_user_change", args=[alice.pk]), sent)
    alice.refresh_from_db()
    assert alice.email == "new@example.com"
    assert sweep()[TOLD] == 1
    assert address_at_stripe(customer) == "new@example.com"


def test_while_stripe_is_down_the_address_waits_for_the_next_sweep(customer, alice, settings):
    change_here(alice)
    address, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    assert tell_new_addresses() == 0
    assert StripeCustomer.objects.get().email == "alice@example.com"
    settings.STRIPE_API_BASE = address
    assert tell_new_addresses() == 1
    assert address_at_stripe(customer) == "new@example.com"


def test_an_address_that_stripe_refuses_is_told_once_and_stops_no_other(customer, alice, bob, sandbox, caplog):
    bobs = stripe_customer_id(bob.pk)
    change_here(alice, "not an address")
    change_here(bob, "bob@new.example")
    assert tell_new_addresses() == 2
    assert "does not take the new email address" in caplog.text
    assert (address_at_stripe(bobs), tell_new_addresses()) == ("bob@new.example", 0)
    assert sandbox.buy(alice).checkout_url  # it does not keep anyone from buying


def test_an_address_removed_here_is_removed_there(customer, alice):
    change_here(alice, "")
    assert tell_new_addresses() == 1
    assert address_at_stripe(customer) in (None, "")


def test_a_customer_deleted_at_stripe_is_forgotten_when_told(customer, alice):
    delete_at_stripe(customer)
    change_here(alice)
    assert tell_new_addresses() == 0
    assert stripe_customer_id(alice.pk) != customer
    assert address_at_stripe(StripeCustomer.objects.get().stripe_id) == "new@example.com"


def test_the_portal_of_a_customer_deleted_at_stripe_opens_for_a_new_one(customer, alice, alice_page, api):
    delete_at_stripe(customer)
    assert alice_page.post(reverse("memberships:portal")).status_code in (302, 303)
    again = StripeCustomer.objects.get().stripe_id
    assert again not in (None, customer)
    delete_at_stripe(again)
    change_here(alice)  # so that the address is told first, which fails too
    assert api(alice).post("/api/memberships/portal").json()["url"].startswith("http")


def test_a_customer_made_anew_meanwhile_is_not_forgotten(customer, alice):
    StripeCustomer.objects.update(stripe_id="cus_newer")
    forget_stripe_customer(customer)
    assert StripeCustomer.objects.get().stripe_id == "cus_newer"
