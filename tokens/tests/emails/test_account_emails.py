"""Emails that open an account: no page waits for the mail server, and no copy of the database has their links."""

import re
import socket
import threading
import time
from datetime import timedelta

import environ
import pytest
import time_machine
from django.utils import timezone

from tokens import jobs
from tokens.emails.account_emails import send_next
from tokens.models import AccountMail, Mail
from tokens.testing.mail_server import running_mail_server
from tokens.timing import Asked, when_asked

pytestmark = [pytest.mark.django_db, pytest.mark.slow_worker]


@pytest.fixture
def postbox(settings):
    with running_mail_server() as (postbox, url):
        use(settings, url)
        yield postbox


@pytest.fixture
def silent(settings):
    """A mail server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        use(settings, f"smtp://127.0.0.1:{server.getsockname()[1]}")
        settings.EMAIL_TIMEOUT = 0.3
        yield


def use(settings, url):
    for name, value in environ.Env.email_url_config(url).items():
        setattr(settings, name, value)


def said_by_the_shop(caplog):
    """Without what the mail server of the test says, in the same process."""
    return "\n".join(line.getMessage() for line in caplog.records if line.name.startswith("tokens."))


def reset(client, user):
    return client.post("/accounts/password/reset/", {"email": user.email})


def test_a_reset_is_sent_by_the_worker_once_and_nothing_of_it_stays(client, alice, postbox):
    assert reset(client, alice).status_code == 302
    assert postbox.emails == []
    waiting = AccountMail.objects.get()
    assert "/password/reset/key/" not in waiting.sealed
    assert [send_next() for _ in range(2)] == [True, False]
    (sent,) = postbox.emails
    assert (sent["To"], sent["Auto-Submitted"]) == (alice.email, "auto-generated")
    link = re.search(r"http://shop.test(/accounts/password/reset/key/\S+)", sent.get_content())
    assert link
    assert 'name="password1"' in client.get(link[1], follow=True).text
    assert not AccountMail.objects.exists()
    assert not Mail.objects.filter(text__contains="/password/reset/key/").exists()


def test_sign_up_an_unknown_address_and_one_that_is_taken_wait_for_the_worker_too(client, alice, postbox):
    password = "correct horse battery staple"
    people = [("new", "new@example.com"), ("another", alice.email)]
    for name, address in people:
        form = {"username": name, "email": address, "password1": password, "password2": password}
        client.post("/accounts/signup/", form)
    client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert postbox.emails == []
    assert jobs.run_due()["account emails sent"] == 3
    assert [sent["To"] for sent in postbox.emails] == ["new@example.com", alice.email, "nobody@example.com"]


def test_eight_resets_hold_no_page_while_the_mail_server_is_silent(client, customers, silent):
    began = time.monotonic()
    for user in customers(8):
        assert reset(client, user).status_code == 302
    assert time.monotonic() - began < 8 * 0.3
    assert AccountMail.objects.count() == 8
    assert send_next()
    assert AccountMail.objects.filter(attempts=1, next_try_at__gt=timezone.now() + timedelta(seconds=5)).count() == 1


@pytest.fixture
def customers(django_user_model, settings):
    settings.ACCOUNT_RATE_LIMITS = {}

    def make(number):
        make_one = django_user_model.objects.create_user
        return [make_one(f"customer{each}", f"customer{each}@example.com", "x") for each in range(number)]

    return make


def test_it_is_tried_again_when_the_mail_server_is_back_under_the_same_id(client, alice, silent, settings, caplog):
    reset(client, alice)
    send_next()
    with running_mail_server() as (postbox, url):
        use(settings, url)
        assert not send_next()  # not yet
        AccountMail.objects.update(next_try_at=timezone.now())
        postbox.refused["alice@example.com"] = "450 Busy: alice@example.com"
        assert send_next()
        assert "is tried again: SMTPRecipientsRefused, 450" in caplog.text
        assert alice.email not in said_by_the_shop(caplog)
        AccountMail.objects.update(next_try_at=timezone.now())
        postbox.refused.clear()
        assert send_next()
        assert len(postbox.emails) == 1
    assert not AccountMail.objects.exists()


def test_each_is_tried_as_long_as_its_link_is_good_and_no_longer(client, alice, postbox):
    password = "correct horse battery staple"
    form = {"username": "new", "email": "new@example.com", "password1": password, "password2": password}
    client.post("/accounts/signup/", form)
    reset(client, alice)
    with time_machine.travel(timezone.now() + timedelta(hours=71)):
        assert jobs.run_due()["account emails sent"] == 2
    assert [sent["To"] for sent in postbox.emails] == ["new@example.com"]


def test_how_long_the_mail_server_took_is_told(client, alice, postbox, monkeypatch):
    asked: list[Asked] = []
    monkeypatch.setattr(when_asked, "functions", [asked.append])
    reset(client, alice)
    assert send_next()
    assert [(each.to, each.operation, each.outcome) for each in asked] == [("mail server", "send", "sent")]


@pytest.mark.parametrize("ending", ["refused", "too old", "key gone"])
def test_what_can_never_be_sent_is_deleted_and_the_log_names_no_address(
    client, alice, postbox, settings, caplog, ending
):
    reset(client, alice)
    if ending == "refused":
        postbox.refused[alice.email] = "550 No such user"
    elif ending == "too old":
        AccountMail.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        settings.MFA_ENCRYPTION_KEYS = ["YW5vdGhlci1rZXktYW5vdGhlci1rZXktYW5vdGhlci0="]
    assert send_next()
    assert not AccountMail.objects.exists()
    assert postbox.emails == []
    assert "is not sent" in caplog.text
    assert "/password/reset/key/" not in caplog.text
    assert alice.email not in said_by_the_shop(caplog)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_running_worker_sends_within_two_seconds(client, alice, postbox):
    threads = jobs.start_threads()
    try:
        reset(client, alice)
        began = time.monotonic()
        while not postbox.emails and time.monotonic() - began < 10:
            time.sleep(0.02)
        assert time.monotonic() - began < 3
        assert threading.active_count() > len(threads)
    finally:
        jobs.stop_threads(threads)
