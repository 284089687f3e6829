"""A refund of a purchase that has an invoice stands on one credit note, whatever is told when, whoever asks first."""

from typing import Any

import pytest

from stripe_sandbox import testing
from tokens.models import Refund
from tokens.purchases import credit_notes
from tokens.stripe_api import billing, gateway
from tokens.sweep import sweep
from tokens.testing.buying import buy
from tokens.testing.races import at_once
from tokens.testing.refund_news import events_about, give_back

pytestmark = pytest.mark.django_db
CALLS = "POST /v1/credit_notes"


def notes_of(purchase):
    """What stands on the notes at Stripe, newest first: the refund and so much of it."""
    purchase.refresh_from_db()
    found = billing.list_credit_notes(purchase.stripe_invoice_id)
    return [(each["refund"], each["amount_refunded"]) for note in found for each in note["refunds"]]


def state_of(refund):
    refund.refresh_from_db()
    return refund.needs_credit_note, bool(refund.stripe_credit_note_id)


def test_a_refund_has_a_credit_note_over_its_amount(bought):
    refund = give_back(bought, 1000)
    assert notes_of(bought) == [(refund.stripe_id, 1000)]
    assert state_of(refund) == (False, True)
    (note,) = billing.list_credit_notes(bought.stripe_invoice_id)
    assert (refund.stripe_credit_note_id, note["metadata"]["refund_key"]) == (note["id"], str(refund.key))


def test_nothing_that_is_told_or_asked_twice_makes_a_second_one(sandbox, bought):
    refund = give_back(bought, 1000)
    for event in events_about(bought) * 2:
        sandbox.deliver(event)
    assert credit_notes.make_missing() == 0
    Refund.objects.update(needs_credit_note=True, stripe_credit_note_id=None)  # as if our part of it had been lost
    testing.current().forget_answers()
    assert credit_notes.make_missing() == 1
    assert (notes_of(bought), state_of(refund)) == ([(refund.stripe_id, 1000)], (False, True))


def test_each_of_several_refunds_has_its_own(bought):
    refunds = [give_back(bought, cents) for cents in (1000, 500, 2000)]
    assert notes_of(bought) == [(refund.stripe_id, refund.amount_cents) for refund in reversed(refunds)]


@pytest.mark.parametrize("fault", [{"lost": True}, {"status": 500}], ids=["lost", "failed"])
def test_a_stripe_that_does_not_answer_is_asked_again_by_the_sweep(bought, fault):
    testing.fail_api(call=CALLS, times=3, **fault)
    refund = give_back(bought, 1000)
    assert (refund.status, state_of(refund)) == ("succeeded", (True, False))
    assert sweep()["credit notes made"] == 1
    assert (notes_of(bought), state_of(refund)) == ([(refund.stripe_id, 1000)], (False, True))


def test_what_stripe_refuses_is_not_asked_for_ever(bought, caplog):
    note: Any = {"invoice": bought.stripe_invoice_id, "amount": 4000, "out_of_band_amount": 4000}
    gateway.plain(lambda v1: v1.credit_notes.create(params=note))
    refund = give_back(bought, 1000)
    assert (refund.status, state_of(refund)) == ("succeeded", (False, False))
    assert "Stripe makes no credit note for refund" in caplog.text
    assert credit_notes.make_missing() == 0


def test_a_refund_that_is_still_on_its_way_waits_for_its_note(sandbox, alice):
    purchase = buy(sandbox, alice, card="4000000000007726")
    refund = give_back(purchase, 1000)
    assert (refund.status, notes_of(purchase)) == ("pending", [])
    testing.settle_refund(refund.stripe_id)
    for event in events_about(purchase):
        sandbox.deliver(event)
    assert credit_notes.make_missing() == 1
    assert notes_of(purchase) == [(refund.stripe_id, 1000)]


def test_a_refund_that_failed_before_it_had_one_has_none(sandbox, bought):
    testing.fail_api(call=CALLS, times=3, status=500)
    refund = give_back(bought, 1000)
    testing.fail_refund(refund.stripe_id)
    for event in events_about(bought):
        sandbox.deliver(event)
    assert credit_notes.make_missing() == 0
    assert (notes_of(bought), state_of(refund)) == ([], (False, False))


@pytest.mark.parametrize("by_staff", [False, True], ids=["without a note", "with one of their own"])
def test_a_refund_made_in_stripes_dashboard_has_one_note_too(sandbox, bought, by_staff):
    made = testing.refund(bought.stripe_payment_intent_id, amount=1000)["id"]
    if by_staff:
        note: Any = {"invoice": bought.stripe_invoice_id, "amount": 1000, "refunds": [{"refund": made}]}
        gateway.plain(lambda v1: v1.credit_notes.create(params=note))
    for event in events_about(bought):
        sandbox.deliver(event)
    assert credit_notes.make_missing() == 1
    assert notes_of(bought) == [(made, 1000)]


@pytest.mark.parametrize("late", ["the payment", "the invoice"])
def test_a_refund_told_first_has_its_note_once_the_invoice_is_known(sandbox, alice, late):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    completed = sandbox.event(purchase)
    invoice = testing.events_of(completed["data"]["object"]["invoice"], type="invoice.paid")[0]
    made = testing.refund(completed["data"]["object"]["payment_intent"], amount=1000)["id"]
    if late == "the invoice":
        sandbox.deliver({**completed, "data": {"object": {**completed["data"]["object"], "invoice": None}}})
    purchase.stripe_payment_intent_id = completed["data"]["object"]["payment_intent"]
    for event in events_about(purchase):
        assert sandbox.deliver(event).status_code == 200
    assert credit_notes.make_missing() == 0
    sandbox.deliver(invoice if late == "the invoice" else completed)
    assert credit_notes.make_missing() == 1
    assert notes_of(purchase) == [(made, 1000)]


def test_a_purchase_without_an_invoice_has_no_credit_notes(sandbox, alice, settings):
    settings.STRIPE_INVOICES = False
    purchase = buy(sandbox, alice)
    refund = give_back(purchase, 1000)
    assert (refund.status, state_of(refund)) == ("succeeded", (False, False))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one(bought):
    testing.fail_api(call=CALLS, times=3, status=500)
    refund = give_back(bought, 1000)
    assert state_of(refund) == (True, False)
    at_once(lambda number: credit_notes.make_missing(), times=4)
    credit_notes.make_missing()
    assert (notes_of(bought), state_of(refund)) == ([(refund.stripe_id, 1000)], (False, True))
