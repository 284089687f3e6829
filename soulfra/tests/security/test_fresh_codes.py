"""Every button of the back office wants a fresh code, those to come too, unless it is named here."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import FactorNotFresh
from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD
from soulfra.testing.every_button import ALL, BUTTONS, PERSON, address_of, make_rows
from tokens.testing.office import page

pytestmark = pytest.mark.django_db

# What neither gives anything away nor lets anybody in, or can be taken back.
WITHOUT = {
    (PERSON, "note"),
    (PERSON, "block"),
    (PERSON, "unblock"),
    (PERSON, "turn_off_top_up"),
    (PERSON, "reset_password"),
    (PERSON, "end_sessions"),
    (PERSON, "end_gift"),
    (PERSON, "cancel_membership"),
    ("accounts_apikey", "revoke"),
    ("memberships_membership", "cancel_now"),
    ("memberships_gift", "end"),
    ("tokens_tokenusage", "release"),
    ("tokens_stripeevent", "replay"),
    ("tokens_stripeevent", "replay_failed"),
    ("tokens_mail", "send_again"),
}
WANTS_CODE = "/accounts/reauthenticate/?next="


@pytest.fixture
def stale(staff, settings):
    """The browser of a superuser who gave a code, longer ago than counts as fresh."""
    settings.STAFF_MFA = True
    secret, client = activate(staff), Client()
    with time_machine.travel(timezone.now() - timedelta(minutes=settings.STAFF_FRESH_MINUTES + 1)):
        client.post("/accounts/login/", {"login": "staff", "password": PASSWORD})
        client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/admin/").status_code == 200
    return client


def asked_for_a_code(send, address, body=None):
    """Whether it leads to where the code is given; whatever it does, it writes nothing but the session."""
    with CaptureQueriesContext(connection) as queries:
        answer = send(address, body)
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in written if "session" not in sql.split("(")[0].split("WHERE")[0]] == [], address
    return answer.get("Location", "").startswith(WANTS_CODE)


def test_every_button_that_is_not_named_here_wants_a_fresh_code(stale, sandbox, alice, bob, settings):
    settings.STAFF_REFUND_LIMIT_CENTS = 3999  # so that the refund among the rows waits for another person
    rows = make_rows(sandbox, alice, bob)
    guarded, shown = set(), set()
    for model, name in ALL:
        button = (model, name)
        filled = {"_form_submitted": "True", "form_key": "k" * 20, "reason": "By phone", **BUTTONS.get(button, {})}
        address = address_of(model, name, rows)
        if asked_for_a_code(stale.post, address, {} if button in WITHOUT else filled):
            guarded.add(button)
        if not asked_for_a_code(stale.get, address):
            shown.add(button)

    assert guarded == set(ALL) - WITHOUT
    assert shown == WITHOUT | {(PERSON, "invite")}  # which there is for staff alone


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("verb", ["change", "password", "add", "delete"])
def test_pages_of_users_and_authenticators_want_a_fresh_code(stale, alice, verb, method):
    activate(alice)
    row = Authenticator.objects.get(user=alice)
    address, body = {
        "change": (page(PERSON, "change", alice.pk), {"username": "alice", "is_staff": "on"}),
        "password": (f"/admin/accounts/user/{alice.pk}/password/", {"password1": PASSWORD, "password2": PASSWORD}),
        "add": (page(PERSON, "add"), {"username": "new", "password1": PASSWORD, "password2": PASSWORD}),
        "delete": (page("mfa_authenticator", "delete", row.pk), {"post": "yes"}),
    }[verb]
    is_to_look_at = (method, verb) == ("get", "change")

    assert asked_for_a_code(getattr(stale, method), address, body if method == "post" else None) is not is_to_look_at


def test_authenticators_are_deleted_by_no_other_way_without_one(stale, alice):
    activate(alice)
    request = stale.get("/admin/").wsgi_request
    with pytest.raises(FactorNotFresh):
        admin.site.get_model_admin(Authenticator).delete_queryset(request, Authenticator.objects.filter(user=alice))
    assert Authenticator.objects.filter(user=alice).exists()
