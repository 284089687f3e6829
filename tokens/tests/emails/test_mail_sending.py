"""Emails leave by real SMTP: once, again after a failure, under one Message-ID, and never two workers at a time."""

import re
from datetime import timedelta

import environ
import pytest
from django.core.mail.backends import smtp
from django.db import connection, transaction
from django.utils import timezone

from tokens.emails import outbox
from tokens.emails.outbox import send_due
from tokens.models import Mail
from tokens.sweep import sweep
from tokens.testing.mail_server import running_mail_server
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00Z"


@pytest.fixture
def postbox(settings):
    with running_mail_server() as (postbox, url):
        use(settings, url)
        yield postbox


def use(settings, url):
    for name, value in environ.Env.email_url_config(url).items():
        setattr(settings, name, value)


def write(user, number=1):
    """A email whose text is put in as it is."""
    Mail.objects.create(
        user=user,
        kind="test",
        about=f"test:{number}",
        subject="Grüße ✓",
        text="As text.\n",
        html="<p>As <b>HTML</b>.</p>\n",
        next_try_at=timezone.now() - timedelta(seconds=100 - number),
    )
    return Mail.objects.get(about=f"test:{number}")


def state(email):
    email.refresh_from_db()
    return email.status, email.attempts, email.last_error


def test_a_email_is_sent_with_its_headers_as_text_and_html(postbox, alice, settings):
    settings.SITE_URL = "https://shop.example.com:8443"
    email = write(alice)

    assert [send_due() for _ in range(2)] == [1, 0]

    (sent,) = postbox.emails
    headers = {name: sent[name] for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")}
    assert headers == {
        "From": settings.DEFAULT_FROM_EMAIL,
        "To": "alice@example.com",
        "Subject": "Grüße ✓",
        "Message-ID": f"<{email.message_id}@shop.example.com>",
        "Auto-Submitted": "auto-generated",
    }
    assert sent.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), part.get_content().strip()) for part in sent.iter_parts()]
    assert parts == [("text/plain", "As text."), ("text/html", "<p>As <b>HTML</b>.</p>")]
    assert state(email) == ("sent", 1, "")
    assert (email.address, email.next_try_at, email.sent_at is not None) == ("alice@example.com", None, True)


def test_the_sweep_sends_emails(postbox, alice):
    write(alice)
    assert sweep()["emails sent"] == 1
    assert len(postbox.emails) == 1


def test_a_email_goes_to_the_address_the_user_has_when_it_is_sent(postbox, alice):
    email = write(alice)
    type(alice).objects.update(email="new@example.com")
    send_due()
    email.refresh_from_db()
    assert (postbox.emails[0]["To"], email.address) == ("new@example.com", "new@example.com")


def test_a_user_without_an_address_is_sent_nothing_and_staff_can_read_why(postbox, alice):
    email = write(alice)
    type(alice).objects.update(email="")
    assert send_due() == 0
    assert state(email) == ("given_up", 1, "The user has no email address.")
    assert postbox.connections == 0


def test_all_emails_of_a_run_share_one_connection(postbox, alice):
    for number in range(5):
        write(alice, number)
    assert send_due() == 5
    assert postbox.connections == 1


def test_a_refused_connection_is_tried_again_later_and_then_sends_once(postbox, alice, settings):
    good = f"smtp://127.0.0.1:{settings.EMAIL_PORT}"
    email = write(alice)
    use(settings, "smtp://127.0.0.1:9")
    assert send_due() == 0
    assert state(email)[:2] == ("waiting", 1)
    assert email.last_error.startswith("ConnectionRefusedError: ")
    use(settings, good)
    assert send_due() == 0  # it is not due yet
    Mail.objects.update(next_try_at=LONG_AGO)
    assert [send_due() for _ in range(2)] == [1, 0]
    assert state(email) == ("sent", 2, "")
    assert len(postbox.emails) == 1


def test_a_server_that_cannot_be_reached_is_waited_for_once_in_a_run(alice, settings, monkeypatch):
    use(settings, "smtp://127.0.0.1:9")
    emails = [write(alice, number) for number in range(3)]
    opened: list[int] = []
    monkeypatch.setattr(outbox, "get_connection", lambda: Counting(opened))
    assert send_due() == 0
    assert opened == [1]
    assert [state(email)[:2] for email in emails] == [("waiting", 1)] * 3


class Counting(smtp.EmailBackend):
    """Django's own connection, which writes down that it was asked to open."""

    def __init__(self, opened):
        super().__init__()
        self.opened = opened

    def open(self):
        self.opened.append(1)
        return super().open()


@pytest.mark.parametrize("stage", ["refused", "reply_to_data"])
def test_a_permanent_refusal_is_given_up_at_once_and_the_log_names_nobody(postbox, alice, stage, caplog):
    getattr(postbox, stage)["alice@example.com"] = "550 No such mailbox for alice@example.com"
    email = write(alice)
    assert [send_due() for _ in range(2)] == [0, 0]
    assert state(email)[:2] == ("given_up", 1)
    assert "No such mailbox" in email.last_error
    (said,) = [line for line in caplog.messages if "could not be sent" in line]
    assert re.search(r"could not be sent: SMTP\w+, 550$", said)
    assert not any(alice.email in str(line.exc_text or "") for line in caplog.records)
    assert (email.next_try_at, email.address, email.sent_at) == (None, "alice@example.com", None)


@pytest.mark.parametrize("stage", ["refused", "reply_to_data"])
def test_a_temporary_refusal_is_tried_again(postbox, alice, stage):
    getattr(postbox, stage)["alice@example.com"] = "451 Try again later"
    email = write(alice)
    send_due()
    assert state(email)[:2] == ("waiting", 1)
    getattr(postbox, stage).clear()
    Mail.objects.update(next_try_at=LONG_AGO)
    assert send_due() == 1


def test_one_bad_email_stops_no_other(postbox, alice, bob):
    postbox.refused["alice@example.com"] = "550 No such mailbox"
    bad, good = write(alice, 1), write(bob, 2)
    assert send_due() == 1
    assert (state(bad)[0], state(good)[0]) == ("given_up", "sent")


def test_a_email_that_no_mail_can_be_made_of_stops_no_other(postbox, alice, bob):
    bad, good = write(alice, 1), write(bob, 2)
    Mail.objects.filter(pk=bad.pk).update(subject="two\nlines")
    assert send_due() == 1
    assert state(bad)[2].startswith("BadHeaderError: ")
    assert state(good)[0] == "sent"


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 1), (1, 2), (4, 16), (9, 360), (14, 360)])
def test_the_wait_grows_with_every_failure_up_to_six_hours(alice, settings, attempts, minutes):
    use(settings, "smtp://127.0.0.1:9")
    email = write(alice)
    Mail.objects.update(attempts=attempts)
    before = timezone.now()
    send_due()
    email.refresh_from_db()
    wait = email.next_try_at - before
    assert timedelta(minutes=minutes) <= wait < timedelta(minutes=minutes, seconds=30)


def test_the_sixteenth_failure_is_the_last(alice, settings):
    use(settings, "smtp://127.0.0.1:9")
    email = write(alice)
    Mail.objects.update(attempts=15)
    send_due()
    assert state(email)[:2] == ("given_up", 16)
    assert email.last_error.startswith("ConnectionRefusedError: ")


def test_one_run_sends_until_nothing_is_due(alice, monkeypatch, mailoutbox):
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    for number in range(5):
        write(alice, number)
    assert [send_due() for _ in range(2)] == [5, 0]
    assert len(mailoutbox) == 5


def test_a_server_that_can_not_be_reached_ends_the_run_after_one_batch(alice, monkeypatch, settings):
    use(settings, "smtp://127.0.0.1:9")
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    for number in range(5):
        write(alice, number)
    assert send_due() == 0
    assert Mail.objects.filter(attempts=0).count() == 3


def test_a_slow_server_ends_the_run_early_and_the_next_goes_on(alice, monkeypatch, mailoutbox):
    monkeypatch.setattr(outbox, "RUN_FOR", timedelta(0))
    for number in range(3):
        write(alice, number)
    assert [send_due() for _ in range(4)] == [1, 1, 1, 0]


def test_a_worker_that_dies_while_sending_leaves_the_email_to_another_under_the_same_message_id(
    postbox, alice, monkeypatch
):
    email = write(alice)
    send = outbox._Connection.send

    def send_and_die(connection, message):
        send(connection, message)
        connection.close()
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(outbox._Connection, "send", send_and_die)
        with pytest.raises(SystemExit):
            send_due()
    assert state(email) == ("waiting", 1, "")
    assert send_due() == 0  # the lease of the dead worker holds
    assert timedelta(minutes=9) < email.next_try_at - timezone.now() <= outbox.LEASE
    Mail.objects.update(next_try_at=LONG_AGO)
    assert send_due() == 1
    assert [sent["Message-ID"] for sent in postbox.emails] == [f"<{email.message_id}@shop.test>"] * 2


def test_a_email_over_which_every_worker_dies_is_given_up(postbox, alice):
    email = write(alice)
    Mail.objects.update(attempts=outbox.LAST_ATTEMPT)
    assert send_due() == 0
    assert state(email) == ("given_up", 17, "Every worker that tried to send it died.")


def test_a_failure_noted_late_does_not_undo_what_another_worker_did_since(alice, monkeypatch):
    email = write(alice)

    def sent_by_another(connection, message):
        Mail.objects.update(status="sent", attempts=2, next_try_at=None)
        raise TimeoutError

    monkeypatch.setattr(outbox._Connection, "send", sent_by_another)
    send_due()
    assert state(email) == ("sent", 2, "")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_send_every_email_once(postbox, alice):
    postbox.seconds = 0.05
    emails = [write(alice, number) for number in range(6)]
    outcomes = at_once(lambda _: send_due())
    assert sum(outcomes) == 6
    assert sorted(sent["Message-ID"] for sent in postbox.emails) == sorted(
        f"<{email.message_id}@shop.test>" for email in emails
    )
    assert {state(email) for email in emails} == {("sent", 1, "")}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_server_is_talked_to(postbox, alice, monkeypatch):
    write(alice)
    send, seen = outbox._Connection.send, []

    def look(to_server, message):
        seen.append(connection.in_atomic_block)
        send(to_server, message)

    monkeypatch.setattr(outbox._Connection, "send", look)
    assert send_due() == 1
    assert seen == [False]
    write(alice, 2)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        send_due()
