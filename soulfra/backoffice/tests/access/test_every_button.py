"""Every button of the back office, those to come too: looking does nothing, a stranger is refused, and one act leaves
one row that names who, why and in which request, with one entry in the log, however often the form is sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import api_keys
from accounts.models import User
from memberships import complimentary
from memberships.models import Membership, Plan, Subscription
from memberships.testing.members import Member
from tokens.models import Dispute, Mail, Purchase, Refund, StaffAct, StripeEvent
from tokens.spending.holds import hold
from tokens.staff import alone, noting, refunding, stopping
from tokens.staff.acts import Why
from tokens.staff.grants import grant
from tokens.testing.office import hidden, hire, page

pytestmark = pytest.mark.django_db

UNTIL = (timezone.now() + timedelta(days=30)).date().isoformat()
NOTED = {"reason": "Correction", "note": "By phone"}
PERSON = "accounts_user"

# What each form needs beside its key and a reason.
BUTTONS = {
    (PERSON, "grant"): {"tokens": "20", **NOTED},
    (PERSON, "deduct"): {"tokens": "20", **NOTED},
    (PERSON, "note"): {},
    (PERSON, "give_membership"): {"plan": "premium", "until": UNTIL},
    (PERSON, "end_gift"): {},
    (PERSON, "cancel_membership"): {},
    (PERSON, "block"): {},
    (PERSON, "unblock"): {},
    (PERSON, "reset_password"): {},
    (PERSON, "end_sessions"): {},
    (PERSON, "anonymise"): {},
    ("accounts_apikey", "revoke"): {},
    ("memberships_membership", "give_free"): {"plan": "premium", "until": UNTIL},
    ("memberships_membership", "cancel_now"): {},
    ("memberships_gift", "give_to"): {"username": "bob", "plan": "premium", "until": UNTIL},
    ("memberships_gift", "end"): {},
    ("memberships_subscription", "move_to_present_price"): {},
    ("tokens_purchase", "refund"): {"how": "whole", "_confirm": "4000", "reason": "Duplicate", "note": "By phone"},
    ("tokens_dispute", "state_amount"): {"money": "2.00"},
    ("tokens_refund", "state_amount"): {"money": "2.00"},
    ("tokens_grantrequest", "approve"): {},
    ("tokens_grantrequest", "decline"): {},
    ("tokens_refundrequest", "approve"): {},
    ("tokens_refundrequest", "decline"): {},
    ("tokens_tokenusage", "release"): {},
    ("tokens_stripeevent", "replay"): {},
    ("tokens_stripeevent", "replay_failed"): {},
    ("tokens_grantbatch", "grant_to_a_list"): {"emails": "bob@example.com", "tokens": "20", **NOTED},
    ("tokens_mail", "send_again"): {},
}
# Each sending of these is an act of its own: a copy of the data, and Django's own form. The invitation is for staff
# alone, and tested in soulfra/tests/security.
OTHERS = {(PERSON, "export"), (PERSON, "edit_account"), (PERSON, "invite")}
OF_A_LIST = {"give_to", "replay_failed", "grant_to_a_list"}


def every_button():
    pages: dict[Any, Any] = dict(admin.site._registry)
    for model, model_page in pages.items():
        found = [*(model_page.actions_list or []), *(model_page.actions_detail or [])]
        found += [*(model_page.actions_row or []), *(model_page.actions_submit_line or [])]
        for one in found:
            for name in one["items"] if isinstance(one, dict) else [one]:
                yield f"{model._meta.app_label}_{model._meta.model_name}", name


ALL = sorted(every_button())


@pytest.fixture
def rows(sandbox, alice, bob, staff):
    """One row for each button; staff made none of the refund requests, which they may so decide."""
    member = Member(sandbox, alice)
    member.subscribe("pro")
    purchases = [sandbox.buy(user, "pro") for user in (alice, bob)]
    for purchase in purchases:
        sandbox.pay(purchase)
        sandbox.deliver(sandbox.event(purchase))
    until = timezone.now() + timedelta(days=9)
    gift = complimentary.give(alice, Plan.objects.get(key="premium"), until=until, reason="Thanks", by=hire("manager"))
    grant(alice, tokens=50, reason="So that the hold is of these", by=None)
    api_key, _ = api_keys.issue(alice, name="CI")
    asked = refunding.refund(
        purchases[1],
        amount_cents=4000,
        why=Why(hire("finance"), "Duplicate"),
        key=refunding.key_of(purchases[1]),
    )
    invoiced = Purchase.objects.get(type="subscription")

    def held(model, **more):
        of = {"user": alice, "purchase": invoiced, "amount_cents": 0}
        return model.objects.create(**of, **more, unclear="In another currency")

    event = StripeEvent.objects.filter(type="checkout.session.completed")[0]
    StripeEvent.objects.filter(pk=event.pk).update(status="failed")
    Mail.objects.update(status="given_up")
    found = {
        "accounts_user": alice,
        "accounts_apikey": api_key,
        "memberships_membership": Membership.objects.get(pk=alice.pk),
        "memberships_gift": gift,
        "memberships_subscription": Subscription.objects.get(),
        "tokens_purchase": purchases[0],
        "tokens_dispute": held(Dispute, stripe_id="dp_1", status="lost", currency="eur", fetched_at=timezone.now()),
        "tokens_refund": held(Refund, stripe_id="re_1", status="pending", stripe_currency="eur", stripe_cents=1),
        "tokens_refundrequest": asked,
        "tokens_grantrequest": alone.ask(2000, why=Why(User.objects.get(username="manager"), "Promotion"), user=bob),
        "tokens_tokenusage": hold(alice, "data_export"),
        "tokens_stripeevent": event,
        "tokens_mail": Mail.objects.first(),
    }
    LogEntry.objects.all().delete()
    return found


@pytest.fixture(autouse=True)
def low_limit(settings):
    """So that one pack is refunded by one person and another needs a second."""
    settings.STAFF_REFUND_LIMIT_CENTS = 3999


def address_of(model, name, rows):
    return page(model, name, *([] if name in OF_A_LIST else [rows[model].pk]))


def test_every_button_is_tested_here():
    assert set(ALL) == {*BUTTONS, *OTHERS}


def test_every_verb_for_chosen_rows_is_tested_where_its_rows_are():
    pages: dict[Any, Any] = dict(admin.site._registry)
    found = {
        (f"{model._meta.app_label}_{model._meta.model_name}", name)
        for model, model_page in pages.items()
        for name in model_page.actions or []
    }
    marks = {("brands_brand", "mark_as_test"), ("brands_brand", "mark_as_no_test")}
    assert found == {*marks, ("tokens_stripeevent", "replay_selected")}


def test_looking_at_a_button_writes_nothing(client, staff, rows):
    client.force_login(staff)
    for model, name in ALL:
        if name in ("unblock", "invite"):
            continue  # shown instead of “block”, and on pages of staff
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address_of(model, name, rows))
        assert answer.status_code == 200, name
        writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        assert writes == [], name


def test_staff_without_a_role_customers_and_strangers_press_nothing(client, rows, bob):
    body = {"_form_submitted": "True", "form_key": "k", "reason": "x"}
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(hire("manager", username="other"))
    for model, name in ALL:
        address = address_of(model, name, rows)
        client.logout()
        assert client.post(address, body).status_code == 302, name
        client.force_login(bob)
        assert client.post(address, body).status_code == 302, name
        assert strict.post(address, body).status_code == 403, name
    nobody, acts = hire(), StaffAct.objects.count()
    client.force_login(nobody)
    for model, name in ALL:
        assert client.get(address_of(model, name, rows)).status_code == 403, name
        assert client.post(address_of(model, name, rows), body).status_code == 403, name
    assert (StaffAct.objects.count(), LogEntry.objects.count()) == (acts, 0)


@pytest.mark.parametrize("pk", ["x", "0", "9" * 30])
def test_a_button_of_a_row_that_is_not_there_is_a_404_or_refused(client, staff, pk):
    client.force_login(staff)
    body = {"_form_submitted": "True", "form_key": "k", "reason": "x"}
    for model, name in ALL:
        if name not in OF_A_LIST:
            form = {**body, **BUTTONS.get((model, name), {})}
            assert client.get(page(model, name, pk)).status_code in (302, 403, 404), name
            assert client.post(page(model, name, pk), form).status_code in (302, 403, 404), name
    assert not StaffAct.objects.exists()


@pytest.mark.parametrize(("model", "name"), sorted(BUTTONS), ids=lambda word: word)
def test_an_act_is_written_and_logged_once_however_often_its_form_is_sent(client, staff, rows, model, name):
    prepare(name, rows)
    before = set(StaffAct.objects.values_list("pk", flat=True))
    client.force_login(staff)
    address = address_of(model, name, rows)
    form = client.get(address)
    body = {"_form_submitted": "True", "reason": "By phone", **BUTTONS[model, name]}
    for key in ("form_key", "key"):
        body[key] = hidden(form, key)
    if name == "grant_to_a_list":
        body["_confirm"] = hidden(client.post(address, body), "_confirm")
    answers = [client.post(address, body) for _ in range(3)]
    assert all("HX-Redirect" in answer or answer.status_code == 303 for answer in answers)
    act, reason = StaffAct.objects.exclude(pk__in=before).get(), noting.REASON if name == "note" else body["reason"]
    assert (act.by, act.reason, act.request_id) == (staff, reason, answers[0]["X-Request-ID"])
    assert act.subject
    entry = LogEntry.objects.get()
    assert entry.user == staff
    assert reason in entry.change_message


def prepare(name, rows):
    """Make the button there is, and the act possible."""
    if name == "unblock":
        stopping.block(rows[PERSON], why=Why(hire("finance", username="third"), "Abuse"))
    if name == "anonymise":
        rows[PERSON] = User.objects.get(username="bob")
    if name == "refund":
        rows["tokens_purchase"] = Purchase.objects.get(pk=rows["tokens_purchase"].pk)
