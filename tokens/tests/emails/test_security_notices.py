"""Security notices: one email for each change, through the outbox, to the address that must hear of it."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.sign_in import security_notices
from devtools.testing.factories import PASSWORD
from tokens.emails.outbox import send_due
from tokens.models import Mail

pytestmark = pytest.mark.django_db
NEW = "a-much-better-passphrase-47"


@pytest.fixture
def visitor(client, alice):
    client.post("/accounts/login/", {"login": alice.username, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    mail.outbox.clear()
    return client


def notices(user):
    return list(Mail.objects.filter(user=user, kind="security_notice").order_by("id").values_list("subject", "address"))


def change_password(visitor):
    return visitor.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    ).status_code


def test_a_changed_password_is_told_in_one_email_with_time_and_address(visitor, alice):
    assert change_password(visitor) == 302

    assert (notices(alice), mail.outbox) == ([("Your password was changed", alice.email)], [])
    assert (send_due(), send_due()) == (1, 0)
    (sent,) = mail.outbox
    assert sent.to == [alice.email]
    assert f"Date: {timezone.now():%b %-d, %Y}" in sent.body
    assert "IP address: 127.0.0.1" in sent.body
    assert "/accounts/password/reset/" in sent.body
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    assert "Your password was changed" in html
    assert "127.0.0.1" in html


def test_a_refused_change_tells_nothing(visitor, alice):
    visitor.post("/accounts/password/change/", {"oldpassword": "wrong", "password1": NEW, "password2": NEW})
    assert notices(alice) == []


def test_of_a_changed_address_the_old_one_is_told_even_when_it_is_sent_later(visitor, alice):
    old = alice.email
    EmailAddress.objects.create(user=alice, email="new@example.com", verified=True, primary=False)
    visitor.post("/accounts/email/", {"action_primary": "", "email": "new@example.com"})
    alice.refresh_from_db()
    assert alice.email == "new@example.com"

    assert notices(alice) == [(f"Your email address was changed from {old} to new@example.com", old)]
    send_due()
    assert mail.outbox[-1].to == [old]


def test_two_factor_authentication_turned_on_is_told(visitor, alice, django_capture_on_commit_callbacks):
    address = "/accounts/2fa/totp/activate/"
    visitor.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = visitor.get(address).context["form"].secret
    *_, now, _ = yield_hotp_counters_from_time()
    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.post(address, {"code": format_hotp_value(hotp_value(secret, now))}).status_code == 302

    assert ("Two-factor authentication was turned on", alice.email) in notices(alice)


def test_links_that_open_an_account_are_sent_at_once_and_never_kept(client, alice):
    mail.outbox.clear()
    client.post("/accounts/password/reset/", {"email": alice.email})

    assert len(mail.outbox) == 1
    assert not Mail.objects.filter(user=alice).exists()


def test_where_nobody_sends_them_allauth_does_at_once(visitor, alice, monkeypatch):
    monkeypatch.setattr(security_notices.delivers, "functions", [])
    change_password(visitor)

    assert (notices(alice), [sent.to for sent in mail.outbox]) == ([], [[alice.email]])


def test_nobody_can_opt_out_of_them(visitor):
    page = visitor.get("/accounts/notifications/").content.decode()
    assert "Security notices" in page
    assert 'name="security_notice"' not in page
