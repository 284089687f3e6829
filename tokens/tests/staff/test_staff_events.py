"""Events worked again and emails sent again by staff: the right people, as often as they like, with one effect."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tokens.emails.outbox import send_due
from tokens.errors import NotPermitted
from tokens.ledger.wallet import get_token_balance
from tokens.models import Mail, StaffAct, StripeEvent
from tokens.staff import replaying
from tokens.staff.acts import Why
from tokens.staff.errors import NothingToSend
from tokens.stripe_api import admission
from tokens.testing.office import hidden, hire, page, press, told
from tokens.testing.races import at_once
from tokens.testing.stalling import silent, stalling

pytestmark = pytest.mark.django_db

WORK_WHAT_FAILED = page("tokens_stripeevent", "replay_failed")


def failed_event(sandbox, user):
    """An event that named a session our row did not agree with; the row has been put right since."""
    purchase = sandbox.buy(user)
    sandbox.pay(purchase)
    type(purchase).objects.filter(pk=purchase.pk).update(amount_cents=1)
    sandbox.deliver(sandbox.event(purchase))
    type(purchase).objects.filter(pk=purchase.pk).update(amount_cents=4000)
    return StripeEvent.objects.get(status="failed", stripe_id=sandbox.event(purchase)["id"])


@pytest.fixture
def failed(sandbox, alice):
    return failed_event(sandbox, alice)


def test_a_failed_event_is_replayed_and_takes_effect_once(client, failed, alice):
    client.force_login(hire("support"))
    shown = client.get(page("tokens_stripeevent", "change", failed.pk)).content.decode()
    assert "SessionMismatch" in shown
    assert "&quot;checkout.session&quot;" in shown
    answers = press(client, page("tokens_stripeevent", "replay", failed.pk))
    assert told(answers[0]) == ["checkout.session.completed: processed."]
    assert get_token_balance(alice.pk) == 500
    assert list(StaffAct.objects.values_list("by__username", "verb")) == [("support", "replay")]


def test_chosen_events_are_replayed_once_when_a_reason_is_given(client, sandbox, alice, bob):
    first, second = failed_event(sandbox, alice), failed_event(sandbox, bob)
    client.force_login(hire("support"))
    asked = choose(client, first)
    assert first.stripe_id in asked.content.decode()
    assert get_token_balance(alice.pk) == 0
    confirm(client, asked, first, reason=" ")
    assert get_token_balance(alice.pk) == 0
    answers = [confirm(client, asked, first) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert told(answers[0]) == ["Retried 1 event: 1 processed."]
    assert (get_token_balance(alice.pk), get_token_balance(bob.pk)) == (500, 0)
    assert [(act.verb, act.reason) for act in StaffAct.objects.all()] == [("replay", "It was mended")]
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(first.pk)]
    second.refresh_from_db()
    assert second.status == "failed"


def choose(client, *events):
    chosen = {"action": "replay_selected", "_selected_action": [event.pk for event in events]}
    return client.post(page("tokens_stripeevent", "changelist"), chosen)


def confirm(client, asked, *events, reason="It was mended"):
    chosen = {"action": "replay_selected", "_selected_action": [event.pk for event in events]}
    body = {**chosen, "_form_submitted": "True", "form_key": hidden(asked, "form_key"), "reason": reason}
    return client.post(page("tokens_stripeevent", "changelist"), body)


def test_what_failed_is_worked_with_an_act_and_a_log_entry_for_each(client, sandbox, alice, bob):
    events = [failed_event(sandbox, user) for user in (alice, bob)]
    client.force_login(hire("support"))
    answer = press(client, WORK_WHAT_FAILED, times=1)[0]
    assert told(answer) == ["Retried 2 events: 2 processed."]
    assert (get_token_balance(alice.pk), get_token_balance(bob.pk)) == (500, 500)
    acts = StaffAct.objects.order_by("pk")
    assert [(act.subject, act.reason, act.request_id) for act in acts] == [
        (f"event {event.stripe_id} ({event.type})", "As agreed by phone", answer["X-Request-ID"]) for event in events
    ]
    logged = LogEntry.objects.order_by("pk").values_list("user__username", "object_id", "change_message")
    told_why = "Retried 2 events: 2 processed. Reason: As agreed by phone"
    assert list(logged) == [("support", str(event.pk), told_why) for event in events]


def test_what_failed_is_worked_once_however_often_the_form_is_sent(client, failed, settings):
    StripeEvent.objects.filter(pk=failed.pk).update(type="refund.updated")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    client.force_login(hire("support"))
    answers = press(client, WORK_WHAT_FAILED, times=3)
    assert {told(answer)[0] for answer in answers} == {"Retried 1 event: 0 processed."}
    failed.refresh_from_db()
    assert (failed.attempts, StaffAct.objects.count(), LogEntry.objects.count()) == (2, 1, 1)
    press(client, WORK_WHAT_FAILED, times=1)
    failed.refresh_from_db()
    assert failed.attempts == 3


@pytest.mark.parametrize("why", ["silent", "busy"])
def test_a_stripe_that_does_not_answer_is_asked_once_and_the_other_events_are_left(
    client, sandbox, alice, bob, settings, monkeypatch, why
):
    _, second = failed_event(sandbox, alice), failed_event(sandbox, bob)
    StripeEvent.objects.filter(pk=second.pk).update(type="refund.updated")
    second.refresh_from_db()
    second.pk, second.stripe_id = None, "evt_third"
    second.save(force_insert=True)
    client.force_login(hire("support"))
    settings.STRIPE_DEADLINE_SECONDS = 2
    if why == "busy":
        monkeypatch.setattr(admission, "most_at_once", lambda: 0)
    with stalling(silent) as stripe:
        settings.STRIPE_API_BASE = stripe.address
        answer = press(client, WORK_WHAT_FAILED, times=1)[0]
    left = "Stripe isn't responding, so 1 event remains. Try again later."
    assert told(answer) == [f"Retried 2 events: 1 processed. {left}"]
    assert list(StripeEvent.objects.filter(status="failed").order_by("pk").values_list("attempts", flat=True)) == [2, 1]
    assert (StaffAct.objects.count(), LogEntry.objects.count()) == (2, 2)


@pytest.mark.parametrize("role", ["finance", "manager", "auditor"])
def test_other_roles_do_not_work_what_failed(client, failed, role):
    client.force_login(hire(role))
    assert WORK_WHAT_FAILED not in client.get(page("tokens_stripeevent", "changelist")).content.decode()
    body = {"_form_submitted": "True", "form_key": "k", "reason": "x"}
    assert client.post(WORK_WHAT_FAILED, body).status_code == 403
    choose(client, failed)
    failed.refresh_from_db()
    assert (failed.status, StaffAct.objects.count()) == ("failed", 0)


@pytest.mark.parametrize("role", ["finance", "manager", "auditor"])
def test_other_roles_replay_nothing(client, failed, alice, role):
    member = hire(role)
    client.force_login(member)
    address = page("tokens_stripeevent", "replay", failed.pk)
    assert address not in client.get(page("tokens_stripeevent", "change", failed.pk)).content.decode()
    assert client.post(address, {"_form_submitted": "True", "form_key": "k", "reason": "x"}).status_code == 403
    with pytest.raises(NotPermitted):
        replaying.replay(failed, why=Why(member, "x"))
    assert get_token_balance(alice.pk) == 0


def test_looking_at_the_button_replays_nothing(client, failed, alice):
    client.force_login(hire("support"))
    assert client.get(page("tokens_stripeevent", "replay", failed.pk)).status_code == 200
    failed.refresh_from_db()
    assert failed.status == "failed"


def test_a_replay_while_stripe_is_silent_says_what_failed(client, failed, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    StripeEvent.objects.filter(pk=failed.pk).update(type="refund.updated")
    client.force_login(hire("support"))
    answer = press(client, page("tokens_stripeevent", "replay", failed.pk), times=1)[0]
    assert told(answer)[0].startswith("refund.updated: failed. ")
    assert StaffAct.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_replays_at_once_beside_the_webhook_take_effect_once(sandbox, alice):
    failed, why = failed_event(sandbox, alice), Why(hire("support"), "x")
    at_once(lambda _: replaying.replay(failed, why=why))
    assert get_token_balance(alice.pk) == 500


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_failed_is_worked_once_by_a_form_sent_eight_times_at_once(client, sandbox, alice):
    failed = failed_event(sandbox, alice)
    member = hire("support")
    client.force_login(member)
    key = hidden(client.get(WORK_WHAT_FAILED), "form_key")
    cookies = client.cookies

    def send(_):
        tab = Client()
        tab.cookies = cookies
        return tab.post(WORK_WHAT_FAILED, {"_form_submitted": "True", "form_key": key, "reason": "x"}).status_code

    assert at_once(send) == [200] * 8
    failed.refresh_from_db()
    assert (failed.status, failed.attempts) == ("done", 2)
    assert (get_token_balance(alice.pk), StaffAct.objects.count(), LogEntry.objects.count()) == (500, 1, 1)


def test_the_list_of_events_costs_the_same_with_one_row_and_with_three_and_counts_none(client, sandbox, staff, alice):
    client.force_login(staff)
    address = page("tokens_stripeevent", "changelist")
    failed_event(sandbox, alice)
    client.get(address)
    with CaptureQueriesContext(connection) as with_one:
        client.get(address)
    for _ in range(2):
        failed_event(sandbox, alice)
    with CaptureQueriesContext(connection) as with_more:
        client.get(address)
    assert len(with_more) == len(with_one)
    counts = [query["sql"] for query in with_more if "COUNT(" in query["sql"] and "stripe_events" in query["sql"]]
    assert [sql for sql in counts if "WHERE" not in sql] == []


# --- emails -----------------------------------------------------------------------------


@pytest.fixture
def given_up(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    Mail.objects.update(status="given_up", attempts=16, next_try_at=None, last_error="no")
    return Mail.objects.get()


def test_a_email_that_was_given_up_is_sent_again(client, given_up, mailoutbox):
    client.force_login(hire("support"))
    press(client, page("tokens_mail", "send_again", given_up.pk))
    assert send_due() == 1
    assert len(mailoutbox) == 1
    given_up.refresh_from_db()
    with pytest.raises(NothingToSend):
        replaying.send_again(given_up, why=Why(hire("support", username="two"), "x"))
    assert StaffAct.objects.count() == 1


def test_an_auditor_sends_nothing_again(client, given_up):
    client.force_login(hire("auditor"))
    address = page("tokens_mail", "send_again", given_up.pk)
    assert address not in client.get(page("tokens_mail", "change", given_up.pk)).content.decode()
    assert client.post(address, {"_form_submitted": "True", "form_key": "k", "reason": "x"}).status_code == 403
    given_up.refresh_from_db()
    assert given_up.status == "given_up"
