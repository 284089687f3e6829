"""What is deleted for its age: payloads, texts and sessions; rows that books rest on stay, and what waits keeps all."""

import uuid
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from tokens import retention
from tokens.models import Mail, StaffAct, StripeEvent
from tokens.staff import replaying
from tokens.staff.acts import Why
from tokens.staff.errors import NothingToSend, PayloadGone
from tokens.sweep import sweep

pytestmark = pytest.mark.django_db


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def event(days, status="done"):
    row = StripeEvent.objects.create(
        stripe_id=f"evt_{uuid.uuid4()}", type="x", livemode=False, payload={"id": 1}, status=status
    )
    StripeEvent.objects.filter(pk=row.pk).update(received_at=days_ago(days))
    return row


def email(user, days, status="sent"):
    row = Mail.objects.create(
        user=user,
        kind="test",
        about=str(uuid.uuid4()),
        subject="Hello",
        text="Text",
        html="<p>Text",
        last_error="550 a@b",
        status=status,
    )
    Mail.objects.filter(pk=row.pk).update(created_at=days_ago(days))
    return row


def test_payloads_of_settled_events_go_after_their_days_and_the_rows_stay():
    old, failed, not_ours, young = event(91), event(91, "failed"), event(91, "not_ours"), event(89)
    assert [retention.forget_payloads() for _ in range(2)] == [2, 0]
    payloads = dict(StripeEvent.objects.values_list("pk", "payload"))
    assert payloads == {old.pk: {}, failed.pk: {"id": 1}, not_ours.pk: {}, young.pk: {"id": 1}}


def test_texts_of_emails_go_after_their_days_unless_they_wait(alice):
    old, waiting, given_up, young = (
        email(alice, 91),
        email(alice, 91, "waiting"),
        email(alice, 91, "given_up"),
        email(alice, 89),
    )
    assert [retention.forget_texts() for _ in range(2)] == [2, 0]
    assert dict(Mail.objects.filter(kind="test").values_list("pk", "text")) == {
        old.pk: "",
        waiting.pk: "Text",
        given_up.pk: "",
        young.pk: "Text",
    }
    assert not Mail.objects.filter(pk=old.pk).exclude(html="", last_error="").exists()


def test_more_than_fit_into_one_statement_go_in_one_run_and_the_next_goes_on_behind_them(monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(5):
        event(91)
    assert retention.forget_payloads() == 5
    event(91)
    assert retention.forget_payloads() == 1


def test_a_thousand_that_failed_hold_up_nothing_and_are_forgotten_once_they_are_settled(monkeypatch, alice):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    failed, waiting = [event(91, "failed") for _ in range(3)], [email(alice, 91, "waiting") for _ in range(3)]
    event(91)
    email(alice, 91)
    assert (retention.forget_payloads(), retention.forget_texts()) == (1, 1)
    StripeEvent.objects.filter(pk__in=[each.pk for each in failed]).update(status="done")
    Mail.objects.filter(pk__in=[each.pk for each in waiting]).update(status="given_up")
    assert (retention.forget_payloads(), retention.forget_texts()) == (3, 3)


def test_none_is_deleted_where_the_setting_is_zero(settings, alice):
    settings.EVENT_PAYLOAD_DAYS = settings.MAIL_TEXT_DAYS = 0
    event(1000)
    email(alice, 1000)
    assert (retention.forget_payloads(), retention.forget_texts()) == (0, 0)


def test_what_was_deleted_is_neither_retried_nor_sent_again_empty(alice, root):
    gone, letter = event(91, "not_ours"), email(alice, 91, "given_up")
    sweep()
    gone.refresh_from_db()
    letter.refresh_from_db()
    with pytest.raises(PayloadGone):
        replaying.replay(gone, why=Why(root, "Again"))
    with pytest.raises(NothingToSend, match="deleted for its age"):
        replaying.send_again(letter, why=Why(root, "Again"))
    assert replaying.replay_each(StripeEvent.objects.all(), why=Why(root, "Again")) == ([], 0)
    assert not StaffAct.objects.exists()


@pytest.fixture
def root(django_user_model):
    return django_user_model.objects.create_superuser("root", "root@example.com", "x")


def test_an_expired_session_goes_with_where_it_began_and_one_that_lasts_stays(client, alice):
    client.force_login(alice)
    lasting = client.session.session_key
    Session.objects.create(session_key="old", session_data="", expire_date=days_ago(1))
    for key in (lasting, "old", "new"):
        UserSession.objects.get_or_create(user=alice, session_key=key, defaults={"ip": "203.0.113.7"})
    UserSession.objects.filter(session_key__in=[lasting, "old"]).update(created_at=days_ago(2))
    assert retention.delete_sessions() == 2
    assert set(UserSession.objects.values_list("session_key", flat=True)) == {lasting, "new"}
