"""Emails are written with the fact they tell: one for each, whatever events come twice, out of order or at once."""

import pytest
from django.db import transaction
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.emails import kinds
from tokens.models import Mail, Purchase, Refund
from tokens.purchases import emails, lifecycle, refunds
from tokens.purchases.lifecycle import Buyer
from tokens.staff.grants import grant
from tokens.testing.buying import buy
from tokens.testing.letters import facts, only_email, told
from tokens.testing.office import hire
from tokens.testing.races import at_once
from tokens.testing.refund_news import give_back

pytestmark = pytest.mark.django_db


def test_a_fact_that_is_undone_leaves_no_email(alice):
    purchase = lifecycle.order(alice.pk, lifecycle.Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    with transaction.atomic():
        lifecycle.complete(purchase, payment_intent="pi_1", paid_cents=4000)
        assert told(alice) == ["purchase_completed"]
        transaction.set_rollback(True)
    assert told(alice) == []


def completed(description="Pro Pack"):
    return Purchase(pk=1, description=description, tokens=500, completed_at=timezone.now())


def write_receipt(user, **purchase):
    context = {"purchase": completed(**purchase), "paid": "$40.00", "wallet": {"balance": 500}}
    kinds.write(user.pk, emails.PURCHASE_COMPLETED, about="purchase:1:completed", **context)


def test_writing_twice_of_one_fact_keeps_the_first(alice):
    write_receipt(alice)
    write_receipt(alice, description="Another")
    assert facts(only_email())["Purchase"] == "Pro Pack"


def test_markup_in_a_name_stays_text(alice):
    write_receipt(alice, description="<b>R&D</b>")
    assert facts(only_email())["Purchase"] == "<b>R&D</b>"
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in only_email().html
    assert "<b>R&D</b>" not in only_email().html


def test_who_muted_a_kind_gets_none_of_it_and_the_others_still(sandbox, alice, bob):
    kinds.choose(alice.pk, wanted=[])
    for user in (alice, bob):
        grant(user, tokens=20, reason="Goodwill", by=hire("finance", username=f"for-{user}"))
    give_back(buy(sandbox, alice), 4000)
    assert (told(alice), told(bob)) == (["purchase_completed", "refund"], ["staff_change"])


def test_only_what_may_be_muted_is_muted_and_wanting_it_again_unmutes_it(alice):
    mutable = {kind.key for kind in kinds.kinds() if kind.is_optional}
    assert mutable & {"balance_low", "purchase_completed", "refund"} == {"balance_low"}
    for wanted in ([], [], ["balance_low", "unheard_of", "refund"], mutable):
        kinds.choose(alice.pk, wanted=wanted)
        assert kinds.opted_out_kinds(alice.pk) == mutable - {*wanted}


def test_two_kinds_cannot_have_one_key(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.kind("news", name="News", description="What is new.")
    with pytest.raises(ValueError, match="is registered twice"):
        kinds.kind("news", name="News", description="What is new.")


def test_staff_see_what_became_of_a_email_and_cannot_change_it(client, staff, bought, alice):
    give_back(bought, 4000)
    email = only_email()
    Mail.objects.update(status="given_up", last_error="SMTPRecipientsRefused: 550 No such mailbox")
    client.force_login(staff)
    rows, row = client.get("/admin/tokens/mail/"), client.get(f"/admin/tokens/mail/{email.pk}/change/")
    for page in (rows, row):
        assert "550 No such mailbox" in page.content.decode()
    assert 'name="action"' not in rows.content.decode()
    assert client.post(f"/admin/tokens/mail/{email.pk}/change/", {"status": "waiting"}).status_code == 403


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_who_complete_and_refund_a_purchase_at_once_write_each_email_once(sandbox, alice):
    purchase = lifecycle.order(alice.pk, lifecycle.Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    at_once(lambda _: lifecycle.complete(purchase, payment_intent="pi_1", paid_cents=4000))
    assert told(alice) == ["purchase_completed"]
    refund = {"id": "re_1", "amount": 4000, "currency": "usd", "status": "pending"}
    outcomes = at_once(
        lambda number: refunds.record_refund(purchase, {**refund, "status": "succeeded" if number % 2 else "pending"})
    )
    assert {outcome.pk for outcome in outcomes} == {Refund.objects.get().pk}
    assert told(alice) == ["purchase_completed", "refund"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_writers_of_one_fact_at_once_without_any_lock_write_one_email(alice):
    assert at_once(lambda _: write_receipt(alice)) == [None] * 8
    assert told(alice) == ["purchase_completed"]
