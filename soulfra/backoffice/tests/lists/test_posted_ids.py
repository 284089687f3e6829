"""Whatever ids a form of the back office is sent, the server has no fault, and nothing changes."""

import logging
import uuid

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from brands.models import Brand
from brands.testing.rows import make_brand
from soulfra.testing.every_list import list_of, live
from tokens.models import StaffAct
from tokens.testing.office import told

pytestmark = pytest.mark.django_db

ODD = ["zz", "", "\x00", "a\x00b", "9" * 30, "-1", "٣", "1.5", str(uuid.UUID(int=0))]
BRANDS = reverse("admin:brands_brand_changelist")


@pytest.fixture
def office(client, staff, alice, caplog):
    live(alice, staff)
    client.force_login(staff)
    client.raise_request_exception = False
    caplog.set_level(logging.CRITICAL)
    return client


def status_of(office, address, sent):
    with transaction.atomic():  # a complaint of PostgreSQL's would end the test's own
        answer = office.post(address, sent)
        transaction.set_rollback(True)
    return answer.status_code


def test_no_list_has_a_fault_when_it_is_sent_ids_that_are_none(office):
    request = office.get(BRANDS).wsgi_request
    actions = [(model, name) for model, page in admin.site._registry.items() for name in page.get_actions(request)]
    assert len(actions) > 3
    asked = [(list_of(model), {"action": name, "_selected_action": [odd]}) for model, name in actions for odd in ODD]
    faults = [(address, sent) for address, sent in asked if status_of(office, address, sent) >= 500]
    assert faults == []


@pytest.mark.parametrize("odd", ["zz", "\x00", "9" * 30])
def test_an_id_that_is_none_beside_a_good_one_changes_nothing_and_is_said(office, alice, odd):
    brand = make_brand(alice, "bücher.de")
    sent = {"action": "mark_as_test", "_selected_action": [brand.pk, odd]}
    answer = office.post(f"{BRANDS}?is_test__exact=0", sent)
    assert (answer.status_code, answer["Location"]) == (303, f"{BRANDS}?is_test__exact=0")
    assert told(answer) == ["Some of the selected rows don't exist, so nothing was changed. Select them again."]
    assert not StaffAct.objects.filter(user=alice, verb="mark as test").exists()
    assert not Brand.objects.get(pk=brand.pk).is_test


@pytest.mark.parametrize("odd", ODD)
def test_no_form_has_a_fault_when_it_is_sent_ids_that_are_none(office, alice, odd):
    pages = [reverse("admin:accounts_user_change", args=[alice.pk])]
    pages += [f"{list_of(model)}add/" for model in admin.site._registry]
    sent = {"groups": [odd], "user_permissions": [odd], "permissions": [odd], "user": odd, "plan": odd, "tier": odd}
    assert [page for page in pages if status_of(office, page, sent) >= 500] == []
    assert User.objects.get(pk=alice.pk).groups.count() == 0
    assert Group.objects.exists()
