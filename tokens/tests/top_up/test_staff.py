"""Staff see automatic top-up and turn it off; nothing lets them turn it on."""

import pytest
from django.urls import reverse

from devtools.testing.factories import StaffFactory
from tokens.errors import NotPermitted
from tokens.models import AutoTopUp, Mail, StaffAct
from tokens.staff import topping_up
from tokens.staff.acts import Why
from tokens.testing.topping_up import agree, card_row


@pytest.fixture
def on(alice):
    card_row(alice)
    return agree(alice)


def test_staff_see_it_on_the_page_of_the_customer(client, staff, alice, on):
    client.force_login(staff)
    page = client.get(reverse("admin:accounts_user_change", args=[alice.pk]), {"tab": "top_ups"})
    assert "On: Starter Pack below 20, $0.00 of $30.00 this month" in page.text
    assert client.get(reverse("admin:tokens_topupconsent_change", args=[on.consent_id])).status_code == 200


def test_staff_turn_it_off_with_a_reason_and_the_customer_is_told(staff, alice, on):
    assert topping_up.turn_off(alice, why=Why(staff, "Suspected fraud"))
    assert AutoTopUp.objects.get().off_reason == "staff"
    assert StaffAct.objects.get(user=alice).action == "Turn off automatic top-up"
    assert "support turned it off" in Mail.objects.get(user=alice, kind="top_up_off").text
    assert not topping_up.turn_off(alice, why=Why(staff, "Suspected fraud"))
    assert StaffAct.objects.count() == 1


def test_it_needs_the_permission(alice, on):
    with pytest.raises(NotPermitted):
        topping_up.turn_off(alice, why=Why(StaffFactory.create(username="clerk", is_superuser=False), "Because"))
    assert AutoTopUp.objects.get().is_on


def test_no_page_of_the_back_office_edits_it(client, staff, alice, on):
    client.force_login(staff)
    address = reverse("admin:tokens_autotopup_change", args=[alice.pk])
    client.post(address, {"is_on": "", "threshold": 1})
    assert AutoTopUp.objects.get().threshold == 20
    assert client.get(reverse("admin:tokens_autotopup_changelist")).status_code == 200
