"""Every button of the back office, those to come too: looking does nothing, a stranger is refused, and one act leaves
one row that names who, why and in which request, with one entry in the log, however often the form is sent."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from devtools.testing.factories import UserFactory
from soulfra.testing.every_button import ALL, BUTTONS, OF_A_LIST, OTHERS, PERSON, address_of, make_rows
from tokens.models import Purchase, StaffAct
from tokens.staff import noting, stopping
from tokens.staff.acts import Why
from tokens.testing.office import hidden, hire, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(sandbox, alice, bob, staff):
    return make_rows(sandbox, alice, bob)


@pytest.fixture(autouse=True)
def low_limit(settings):
    """So that one pack is refunded by one person and another needs a second."""
    settings.STAFF_REFUND_LIMIT_CENTS = 3999


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
        rows[PERSON] = UserFactory.create(username="carol")  # of the others something is open
    if name == "refund":
        rows["tokens_purchase"] = Purchase.objects.get(pk=rows["tokens_purchase"].pk)
