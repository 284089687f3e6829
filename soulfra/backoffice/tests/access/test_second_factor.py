"""Nobody of the staff enters the back office without a second factor that was used in the same session."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

INVITED, VERIFY = "/accounts/staff-invitation/", "/accounts/reauthenticate/"


@pytest.fixture(autouse=True)
def demanded(settings):
    settings.STAFF_MFA = True
    cache.clear()  # codes that were used, and failures, by user ids that repeat


@pytest.fixture
def secret(staff):
    """The secret of the factor that `staff` has set up, with recovery codes beside it."""
    secret = activate(staff)
    RecoveryCodes.activate(staff)
    return secret


def sign_in(username="staff"):
    client = Client()
    answer = client.post(reverse("account_login"), {"login": username, "password": PASSWORD})
    assert answer.status_code == 302
    return client, answer["Location"]


def led_to(answer):
    """Where the answer leads, and where it goes on afterwards."""
    assert answer.status_code == 302
    address = urlsplit(answer["Location"])
    return address.path, parse_qs(address.query)["next"][0]


def test_who_has_none_learns_that_an_invitation_is_needed(staff):
    client, _ = sign_in()
    assert led_to(client.get("/admin/tokens/purchase/?q=x")) == (INVITED, "/admin/tokens/purchase/?q=x")
    assert "Ask a superuser for an invitation" in client.get(INVITED).content.decode()


def test_who_has_one_is_asked_for_a_code_at_sign_in_and_then_enters(staff, secret):
    client, address = sign_in()
    assert address == reverse("mfa_authenticate")
    assert client.get("/admin/").status_code == 302
    assert client.post(address, {"code": "000000"}).status_code == 200
    assert client.post(address, {"code": code_of(secret)}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_recovery_code_opens_the_door_once(staff, secret):
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (200, 302):
        client, address = sign_in()
        client.post(address, {"code": code})
        assert client.get("/admin/").status_code == expected


def test_a_session_older_than_the_factor_is_asked_for_a_code(staff):
    client, _ = sign_in()
    secret = activate(staff)
    assert led_to(client.get("/admin/tokens/")) == (VERIFY, "/admin/tokens/")
    answer = client.post(VERIFY, {"password": PASSWORD, "code": code_of(secret), "next": "/admin/tokens/"})
    assert answer["Location"] == "/admin/tokens/"
    assert client.get("/admin/tokens/").status_code == 200


def test_the_same_code_does_not_open_a_second_session(staff, secret):
    code = code_of(secret)
    for expected in (200, 302):
        client, address = sign_in()
        client.post(address, {"code": code})
        assert client.get("/admin/").status_code == expected


def test_a_code_of_long_ago_opens_nothing(staff, secret):
    with time_machine.travel(time.time() - 120):
        code = code_of(secret)
    client, address = sign_in()
    assert client.post(address, {"code": code}).status_code == 200
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/tokens/", "/admin/search/?s=x", "/admin/month-end/", "/admin/jsi18n/", "/admin/nothing"]
)
def test_no_page_of_the_back_office_is_open_without_it(client, staff, path):
    client.force_login(staff)
    assert led_to(client.get(path)) == (INVITED, path)


def test_nothing_is_done_without_it(client, staff, alice):
    client.force_login(staff)
    answer = client.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert led_to(answer) == (INVITED, f"/admin/accounts/user/{alice.pk}/delete/")
    alice.refresh_from_db()


def test_a_dialog_leads_the_whole_page_there(client, staff):
    client.force_login(staff)
    page = "https://shop.example.com/admin/memberships/gift/?q=x"
    answer = client.post("/admin/memberships/gift/give-to", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer["HX-Redirect"] == f"{INVITED}?next=%2Fadmin%2Fmemberships%2Fgift%2F%3Fq%3Dx"


def test_it_is_asked_of_nobody_elsewhere_and_of_no_customer(client, staff, alice, settings):
    client.force_login(staff)
    assert client.get("/tokens/").status_code == 200
    assert client.post("/admin/logout/").status_code == 200
    client.force_login(alice)
    assert urlsplit(client.get("/admin/")["Location"]).path == "/admin/login/"
    assert client.get("/tokens/").status_code == 200
    settings.STAFF_MFA = False
    client.force_login(staff)
    assert client.get("/admin/").status_code == 200


def test_one_persons_factor_does_not_open_the_session_of_another(client, staff, secret, alice):
    client, address = sign_in()
    client.post(address, {"code": code_of(secret)})
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    assert led_to(client.get("/admin/"))[0] == INVITED


def test_the_back_office_never_shows_a_secret_and_a_lost_telephone_is_helped(client, staff, secret, settings):
    settings.STAFF_MFA = False
    client.force_login(staff)
    factor = Authenticator.objects.get(type="totp")
    page = reverse("admin:mfa_authenticator_change", args=[factor.pk])
    assert secret not in client.get(page).content.decode()
    assert client.post(page, {"data": "{}"}).status_code == 403
    delete = reverse("admin:mfa_authenticator_delete", args=[factor.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403  # one's own is taken away on one's own pages
    client.force_login(UserFactory.create(username="colleague", is_staff=True, is_superuser=True))
    client.post(delete, {"post": "yes"})
    assert not Authenticator.objects.filter(type="totp").exists()
