"""Staff set up their second factor by an invitation, and by nothing less."""

import re
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.factors.sealing import unseal
from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD, StaffFactory, UserFactory
from soulfra.backoffice.invitations import invite
from soulfra.backoffice.models import StaffInvitation
from tokens.emails.account_emails import send_next
from tokens.models import StaffAct
from tokens.staff.acts import Why

pytestmark = pytest.mark.django_db

SET_UP, CONFIRM, NEEDED = "/accounts/2fa/totp/activate/", "/accounts/reauthenticate/", "/accounts/staff-invitation/"


@pytest.fixture(autouse=True)
def demanded(settings):
    settings.STAFF_MFA = True
    cache.clear()


@pytest.fixture
def clerk(db):
    """A new member of staff, who has nothing but a password."""
    return UserFactory.create(username="clerk", is_staff=True)


@pytest.fixture
def boss(staff):
    """The browser of a superuser who signed in with their second factor."""
    secret = activate(staff)
    client = Client()
    client.post("/accounts/login/", {"login": "staff", "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    return client


def link_for(user):
    printed = StringIO()
    call_command("invite_staff", user.username, stdout=printed)
    return urlsplit(printed.getvalue().splitlines()[-1]).path


def sign_in(client, user):
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    client.post(CONFIRM, {"password": PASSWORD})


@pytest.mark.slow_worker
def test_an_invitation_is_sent_as_long_as_its_link_is_good(staff, clerk, mailoutbox):
    invite(clerk, why=Why(staff, "New here"))
    with time_machine.travel(timezone.now() + timedelta(hours=47)):
        assert send_next()
    assert [sent.to for sent in mailoutbox] == [[clerk.email]]


def can_set_up(client):
    return client.get(SET_UP).status_code == 200


def test_who_merely_signs_in_first_sets_up_nothing(clerk):
    thief = Client()
    sign_in(thief, clerk)

    assert thief.get(SET_UP)["Location"] == NEEDED
    assert thief.post(SET_UP, {"code": "123456"})["Location"] == NEEDED
    assert thief.get("/admin/")["Location"].startswith(NEEDED)
    assert not Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_invitation_from_the_back_office_opens_it(boss, clerk, mailoutbox):
    page = f"/admin/accounts/user/{clerk.pk}/"
    form = {"_form_submitted": "True", "reason": "New colleague", "form_key": "k" * 20}
    answer = boss.post(f"{page}invite/", form, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"{page}change/"
    assert [mail.to for mail in mailoutbox] == [["clerk@example.com"]]
    assert StaffAct.objects.get().verb == "invite staff"
    link = re.findall(r"http://shop\.test(/\S+)", mailoutbox[0].body)[0]
    EmailAddress.objects.filter(user=clerk).update(verified=False)

    browser = Client()
    assert "Join the back office" in browser.get(link).content.decode()
    assert browser.post(link)["Location"].startswith("/accounts/login/")
    assert EmailAddress.objects.get(user=clerk).verified
    sign_in(browser, clerk)
    secret = browser.get(SET_UP).context["form"].secret
    browser.post(SET_UP, {"code": code_of(secret)})

    assert browser.get("/admin/").status_code == 200


def test_it_works_once(clerk):
    link = link_for(clerk)
    assert Client().post(link).status_code == 303

    again = Client()
    answers = [again.get(link), again.post(link)]
    sign_in(again, clerk)

    assert [answer.status_code for answer in answers] == [410, 410]
    assert not can_set_up(again)


def test_it_ends_after_two_days_and_what_it_opens_after_an_hour(clerk):
    link, client = link_for(clerk), Client()
    with time_machine.travel("2027-01-01 12:00Z"):
        assert client.post(link).status_code == 410

    with time_machine.travel("2026-11-30 12:00Z") as clock:
        client.post(link_for(clerk))
        sign_in(client, clerk)
        assert can_set_up(client)
        clock.shift(61 * 60)
        client.post("/accounts/logout/")
        sign_in(client, clerk)
        assert not can_set_up(client)


def tampered(link):
    """The link with another id under the same signature."""
    return link.replace(link.split("/")[-2].split(":")[0], "MTIzNDU")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda clerk, link: link[:-3] + "x/",
        lambda clerk, link: tampered(link),
        lambda clerk, link: "/accounts/staff-invitation/1/",
        lambda clerk, link: (link_for(clerk), link)[1],  # a newer one was made
        lambda clerk, link: (type(clerk).objects.update(is_staff=False), link)[1],
        lambda clerk, link: (type(clerk).objects.update(is_active=False), link)[1],
        lambda clerk, link: (type(clerk).objects.update(email="else@example.com"), link)[1],
        lambda clerk, link: (activate(clerk), link)[1],
    ],
)
def test_a_link_that_is_not_what_was_sent_to_this_clerk_opens_nothing(clerk, spoil):
    link = spoil(clerk, link_for(clerk))
    assert Client().post(link).status_code == 410
    assert not StaffInvitation.objects.exclude(accepted_at=None).exists()


def test_one_persons_invitation_is_of_no_use_to_another(clerk):
    other = StaffFactory.create(username="other")
    client = Client()
    sign_in(client, other)
    client.post(link_for(clerk))
    sign_in(client, other)

    assert not can_set_up(client)


def test_only_a_superuser_invites(clerk, boss, alice):
    manager = UserFactory.create(username="manager", is_staff=True)
    form = {"_form_submitted": "True", "reason": "Me too", "form_key": "k" * 20}
    secret = activate(manager)
    client = Client()
    client.post("/accounts/login/", {"login": "manager", "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert client.post(f"/admin/accounts/user/{clerk.pk}/invite/", form).status_code == 403
    boss.post(f"/admin/accounts/user/{alice.pk}/invite/", form, headers={"HX-Request": "true"})
    assert not StaffInvitation.objects.exists()  # alice is a customer


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"is_staff": False}, "Only active staff can be invited."),
        ({"email": ""}, "This account has no email address."),
    ],
)
def test_the_command_says_why_it_cannot_invite(clerk, changes, refusal):
    type(clerk).objects.update(**changes)
    with pytest.raises(CommandError, match=refusal):
        call_command("invite_staff", "clerk")


def test_the_command_knows_only_who_is_there(db):
    with pytest.raises(CommandError, match="Unknown user “nobody”"):
        call_command("invite_staff", "nobody")


def test_who_turns_the_factor_off_is_out_of_the_back_office_until_there_is_another(boss, staff):
    secret = secret_of(staff)
    boss.post(CONFIRM, {"password": PASSWORD, "code": code_of(secret, steps=1)})
    assert boss.get("/admin/").status_code == 200
    boss.post("/accounts/2fa/totp/deactivate/")

    for path in ("/admin/", "/admin/accounts/user/add/"):
        assert boss.get(path)["Location"].startswith(SET_UP)

    boss.post(SET_UP, {"code": code_of(boss.get(SET_UP).context["form"].secret)})
    assert boss.get("/admin/").status_code == 200


PROMOTIONS = [{"is_staff": "on"}, {"is_superuser": "on"}, {"is_staff": "on", "is_superuser": "on"}]


def form_of(browser, user, **changes):
    """The account's form as it is shown, with changes; None leaves a field out."""
    page = browser.get(f"/admin/accounts/user/{user.pk}/edit_account/").context["adminform"].form
    shown = {name: page[name].value() for name in page.fields if name not in ("password", "last_login", "date_joined")}
    body = {name: "on" if value is True else value for name, value in {**shown, **changes}.items()}
    times = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    return {name: value for name, value in {**times, **body}.items() if value not in (None, False)}


def edit(browser, user, **changes):
    return browser.post(f"/admin/accounts/user/{user.pk}/change/", form_of(browser, user, **changes), follow=True)


@pytest.mark.parametrize("rights", PROMOTIONS)
def test_a_customer_who_becomes_staff_is_invited_like_everyone_else(boss, alice, rights, mailoutbox):
    secret, customer = activate(alice), Client()
    customer.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    customer.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert customer.get("/accounts/api-keys/").status_code == 200

    answer = edit(boss, alice, **rights)

    assert "alice was signed out everywhere; send an invitation" in answer.content.decode()
    assert not Authenticator.objects.filter(user=alice).exists()
    assert customer.get("/accounts/api-keys/").status_code == 302
    sign_in(customer, alice)
    assert customer.get("/admin/").status_code == 302
    assert alice.mails.get().subject == "Two-factor authentication was turned off"


def test_a_change_that_promotes_nobody_leaves_the_factor(boss, alice, clerk):
    activate(alice)
    activate(clerk)
    edit(boss, alice, first_name="Alice")
    edit(boss, clerk, first_name="Clerk", is_staff="on")
    edit(boss, clerk, is_staff=None)

    assert Authenticator.objects.filter(user__in=[alice, clerk]).count() == 2


def test_who_had_no_factor_hears_of_none_that_was_removed(boss, alice):
    edit(boss, alice, is_staff="on")
    assert not alice.mails.exists()


def test_who_has_just_used_the_factor_may_replace_it_and_a_customer_needs_no_invitation(boss, alice, staff):
    boss.post(CONFIRM, {"password": PASSWORD, "code": code_of(secret_of(staff), steps=1)})
    boss.post("/accounts/2fa/totp/deactivate/")
    assert can_set_up(boss)

    customer = Client()
    sign_in(customer, alice)
    assert can_set_up(customer)


def secret_of(user):
    return unseal(Authenticator.objects.get(user=user, type="totp").data["secret"])


def test_a_factor_that_staff_remove_takes_codes_and_sessions_along(boss, clerk, mailoutbox):
    secret = activate(clerk)
    client = Client()
    client.post("/accounts/login/", {"login": "clerk", "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    Authenticator.objects.create(user=clerk, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    row = Authenticator.objects.get(user=clerk, type="totp")

    boss.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"})

    assert not Authenticator.objects.filter(user=clerk).exists()
    assert client.get("/accounts/api-keys/").status_code == 302
    assert clerk.mails.get().subject == "Two-factor authentication was turned off"
